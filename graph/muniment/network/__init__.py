"""Networks of bodies, people, events and documents, in which each tie shows the events and the lines behind it.

    store = muniment.open()
    graph = store.network("co-organisation", since="2004")    # a networkx graph
    graph.edges[one, other]["because"]                        # the events, with their claims

A network is a file in ``queries/network/`` (``files``); ``making`` turns it into a graph, ``subsets`` cuts it, ``slices`` follows it through
time, ``measures`` and ``groups`` measure it, ``layout`` places its nodes, ``formats`` writes it to files. See docs/networks.md.
"""

from muniment.network.asking import Size
from muniment.network.dates import Reading, Window, bounds
from muniment.network.files import NetworkFile, Weights, find_network, network_of, read_network, read_networks
from muniment.network.groups import Brokerage, assortativity, brokerage, communities, modularity
from muniment.network.layout import layout
from muniment.network.making import make, size, with_claims
from muniment.network.measures import (
    MEASURES,
    articulation,
    betweenness,
    bridges,
    closeness,
    clustering,
    component,
    core,
    degree,
    eigenvector,
    measured,
    pagerank,
    strength,
)
from muniment.network.placing import placed
from muniment.network.reasons import Claim, Reason, weigh
from muniment.network.slices import Change, Slice, changes, over_time, slices
from muniment.network.subsets import (
    Step,
    at_least,
    during,
    ego,
    explain,
    largest_component,
    of_class,
    path,
    paths,
)

__all__ = [
    "MEASURES",
    "Brokerage",
    "Change",
    "Claim",
    "NetworkFile",
    "Reading",
    "Reason",
    "Size",
    "Slice",
    "Step",
    "Weights",
    "Window",
    "articulation",
    "assortativity",
    "at_least",
    "betweenness",
    "bounds",
    "bridges",
    "brokerage",
    "changes",
    "closeness",
    "clustering",
    "communities",
    "component",
    "core",
    "degree",
    "during",
    "ego",
    "eigenvector",
    "explain",
    "find_network",
    "largest_component",
    "layout",
    "make",
    "measured",
    "modularity",
    "network_of",
    "of_class",
    "over_time",
    "pagerank",
    "path",
    "paths",
    "placed",
    "read_network",
    "read_networks",
    "size",
    "slices",
    "strength",
    "weigh",
    "with_claims",
]
