"""Reads a request for a network: how it is cut, what is measured, and in which format it is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from muniment.errors import ParameterError, did_you_mean
from muniment.network.cutting import WHOLE, Cut
from muniment.network.dates import Reading
from muniment.parameters import LONGEST, Space
from muniment.terms import MUN
from muniment_service.asked import once, parameters, timeout_of

Shown = Literal["network", "edge", "path"]

_CUTS = ("since", "until", "dates", "class", "min_weight", "ego", "radius", "largest")
ENDS: Mapping[Shown, tuple[str, ...]] = {"network": (), "edge": ("a", "b"), "path": ("from", "to")}
_ALWAYS = ("format", "release", "timeout")
_MOST_RADIUS = 99


@dataclass(frozen=True)
class NetworkRequest:
    """What is asked of a network. Nodes and classes are IRIs."""

    given: tuple[tuple[str, str], ...]
    """The parameters that cut and measure, as given, for links to the same."""
    cut: Cut = WHOLE
    measures: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """The two nodes of an edge or a path."""
    formats: tuple[str, ...] = ()
    release: str | None = None
    timeout: float | None = None

    def links(self, **more: str | None) -> list[tuple[str, str]]:
        """The parameters of a link to the same, with others."""
        release = {"release": self.release, **more}
        return [*self.given, *((name, value) for name, value in release.items() if value)]


def read_network_request(request: Request, space: Space, shown: Shown = "network") -> NetworkRequest:
    """What is asked; an empty value is none, as forms send it.

    Raises:
        ParameterError: a parameter is not known, or its value does not fit.
        MalformedRequest: a parameter is repeated, or the query string is unreadable.
    """
    given: dict[str, list[str]] = {}
    for name, value in parameters(request.scope["query_string"], "query string"):
        given.setdefault(name, []).append(value)
    measured = ("measures",) if shown == "network" else ()
    known = (*ENDS[shown], *_CUTS, *measured, *_ALWAYS)
    for name, values in given.items():
        if name not in known:
            hint = did_you_mean(name, known) or f"Parameters are {', '.join(known)}."
            raise ParameterError(name[:80], "is no parameter of this address", None, None, hint)
        if max(map(len, values)) > LONGEST:
            raise ParameterError(name, f"is longer than {LONGEST:,} characters", "a shorter value", None)
    said = {name: once(given, name) or None for name in known if name not in ("measures", "format")}
    names = [name.strip() for value in given.get("measures", ()) for name in value.split(",")]
    measures = tuple(dict.fromkeys(filter(None, names)))
    kept = tuple((name, text) for name in _CUTS if (text := said[name]))
    return NetworkRequest(
        given=(*kept, *((("measures", ",".join(measures)),) if measures else ())),
        cut=Cut(
            since=said["since"],
            until=said["until"],
            dates=_dates(said["dates"]),
            of_class=_class(said["class"], space),
            min_weight=_weight(said["min_weight"]),
            largest=_flag("largest", said["largest"]),
            ego=_node("ego", said["ego"], space),
            radius=_radius(said["radius"]),
        ),
        measures=measures,
        ends=tuple(_end(name, said[name], space) for name in ENDS[shown]),
        formats=tuple(given.get("format", ())),
        release=said["release"],
        timeout=timeout_of(said["timeout"]),
    )


def _dates(text: str | None) -> Reading:
    if text in (None, "possible"):
        return "possible"
    if text == "certain":
        return "certain"
    raise _unfit("dates", text, "possible or certain", "certain")


def _flag(name: str, text: str | None) -> bool:
    if text not in (None, "0", "1", "false", "true", "on"):
        raise _unfit(name, text, "1 or 0", "1")
    return text in ("1", "true", "on")


def _weight(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is not None and not math.isfinite(value):
        raise _unfit("min_weight", text, "a number", "2")
    return value


def _radius(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_RADIUS):
        raise _unfit("radius", text, f"a whole number from 0 to {_MOST_RADIUS}", "2")
    return int(text)


def _class(text: str | None, space: Space) -> str | None:
    """A class by its IRI, a prefixed name, or the name of one of ours."""
    if text is None:
        return None
    found = space.iri(text) if ":" in text else space.iri(f"<{MUN}{text}>")
    if found is None:
        raise _unfit("class", text, "a class: its name, a prefixed name or an IRI", "mun:Body")
    return found


def _node(name: str, text: str | None, space: Space) -> str | None:
    if text is None:
        return None
    found = space.iri(text.strip())
    if found is None:
        raise _unfit(
            name, text, "a node: an IRI, a prefixed name, or the path of a thing", "body/secretariat"
        )
    return found


def _end(name: str, text: str | None, space: Space) -> str:
    found = _node(name, text, space)
    if found is None:
        raise ParameterError(name, "is missing", "a node: an IRI, or the path of a thing", "body/secretariat")
    return found


def _unfit(name: str, text: str | None, expected: str, example: str) -> ParameterError:
    clipped = text if text is None or len(text) <= 80 else f"{text[:80]}..."
    return ParameterError(name, f"`{clipped}` does not fit", expected, example)
