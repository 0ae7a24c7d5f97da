"""SHACL at scale: a faster engine where it is known to agree, shards over processes, and only what a change touches.

``muniment.validation`` is the reference: one graph, one run of pyshacl. All that is here gives the same results.

    engines.py            pyshacl or pyshifty, by what the shapes use
    automaton.py          what a walk from a focus node reads
    reach.py              the walks that shapes take, and the queries in them
    instances.py          of which classes a node is an instance, before a change and since
    statements.py         a graph to look things up in, and the part of it that some focus nodes reach
    sorted_statements.py  the same in sorted lines, which need not fit into memory
    shards.py             all focus nodes of a graph in memory, in parts, over processes
    spans.py              all focus nodes of a graph in sorted lines, in spans, over processes
    incremental.py        only the focus nodes that a change can matter to
"""
