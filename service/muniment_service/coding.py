"""Content codings by the rules of RFC 9110, section 12.5.3: which one a client wants, and gzip whose bytes depend on nothing but the content."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

LEVEL = 5
"""Of zlib: measured on results and Turtle, 6 to 9 take up to twice the time for two per cent."""
SMALLEST = 1_000
"""Below this many bytes nothing is gained."""
IDENTITY, GZIP, ONLY_GZIP = "identity", "gzip", "gzip only"
"""What a client wants: nothing coded; gzip where it pays; gzip whatever it costs, since it refuses all else."""
_ELEMENT = re.compile(
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ][ \t]*=[ \t]*(0(?:\.\d*)?|1(?:\.0*)?)[ \t]*)?"
)
_PLAIN = re.compile(rb"text/|application/(?!gzip|zip|zstd|octet-stream|pdf)|image/svg\+xml")


@lru_cache(maxsize=256)
def wanted(accept_encoding: bytes | None) -> str:
    """What an Accept-Encoding header asks for: ``IDENTITY``, ``GZIP`` or ``ONLY_GZIP``.

    A header that refuses everything is overruled (section 12.1 allows it): an answer helps more than a 406. Malformed elements are passed over.

    Example:
        >>> wanted(b"gzip, br"), wanted(b"gzip;q=0, *"), wanted(b"*, identity;q=0")
        ('gzip', 'identity', 'gzip only')
    """
    given: dict[str, float] = {}
    for element in (accept_encoding or b"").decode("latin-1").split(","):
        if found := _ELEMENT.fullmatch(element.strip(" \t")):
            given[found[1].lower().removeprefix("x-")] = float(found[2] or 1)
    gzip = given.get("gzip", given.get("*", 0.0))
    identity = given.get("identity", given.get("*"))
    if not gzip:
        return IDENTITY
    if identity == 0:
        return ONLY_GZIP
    return IDENTITY if identity is not None and identity > gzip else GZIP


def pays(media_type: bytes, size: int) -> bool:
    """Whether an answer of this type and size gets smaller by gzip."""
    return size >= SMALLEST and _PLAIN.match(media_type) is not None


def compress(body: bytes) -> bytes:
    """The bytes as gzip, without a time or a name in them."""
    return zlib.compress(body, LEVEL, wbits=31)


class Stream:
    """The same, piece by piece."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(LEVEL, wbits=31)

    def add(self, piece: bytes, *, last: bool) -> bytes:
        """What can be sent after this piece; may be nothing yet."""
        found = self._gzip.compress(piece)
        return found + self._gzip.flush() if last else found
