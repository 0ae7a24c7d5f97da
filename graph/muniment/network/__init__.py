"""Networks of bodies, people, events and documents, in which each tie shows the events and the lines behind it.

    store = muniment.open()
    graph = store.network("co-organisation", since="2004")    # a networkx graph
    graph.edges[one, other]["because"]                        # the events, with their claims

A network is a file in ``queries/network/`` (``files``); ``making`` turns it into a graph, ``cutting`` and ``subsets`` cut it, ``slicing`` follows
it through time, ``measures`` and ``groups`` measure it, ``placing`` and ``forces`` place its nodes, ``formats`` writes it to files, ``workshop``
does all of that to order. See docs/networks.md.

What is named here is imported when it is first asked for: networkx takes a tenth of a second, which a service that only lists its networks need
not wait for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muniment.network.asking import Size
    from muniment.network.cutting import Cut, cut
    from muniment.network.dates import Reading, Window, bounds
    from muniment.network.files import (
        NetworkFile,
        Weights,
        find_network,
        network_of,
        networks_among,
        read_network,
        read_networks,
    )
    from muniment.network.forces import layout
    from muniment.network.groups import Brokerage, assortativity, brokerage, communities, modularity
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
    from muniment.network.slicing import Change, Slice, changes, over_time, slices
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

_NAMES = {
    "asking": "Size",
    "cutting": "Cut cut",
    "dates": "Reading Window bounds",
    "files": "NetworkFile Weights find_network network_of networks_among read_network read_networks",
    "forces": "layout",
    "groups": "Brokerage assortativity brokerage communities modularity",
    "making": "make size with_claims",
    "measures": "MEASURES articulation betweenness bridges closeness clustering component core degree eigenvector measured pagerank strength",
    "placing": "placed",
    "reasons": "Claim Reason weigh",
    "slicing": "Change Slice changes over_time slices",
    "subsets": "Step at_least during ego explain largest_component of_class path paths",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "MEASURES",
    "Brokerage",
    "Change",
    "Claim",
    "Cut",
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
    "cut",
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
    "networks_among",
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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
