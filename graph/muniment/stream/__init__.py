"""A dataset as sorted lines that need not fit into memory: how a build reads, consolidates, completes, counts and orders.

Everything here takes lines in some order and gives lines in order: by subject, by object, by graph. What is small stays in lists; what is
not is spilled to sorted files in the unfinished release's folder, and worked on by several processes, a range of terms each.
"""
