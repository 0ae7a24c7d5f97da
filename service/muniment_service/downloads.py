"""A file of a release, as it lies on disk: with its digest, in parts to those who ask for a part (RFC 9110, section 14)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from muniment_service.conditional import PINNED, matches, value_of
from muniment_service.errors import RangeNotSatisfiable
from muniment_service.requests import exchange_of

_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.IGNORECASE)


class Download(FileResponse):
    """A file that never changes. One range is honoured; several, or what is no range of bytes, are answered with the whole file."""

    def __init__(self, path: Path, sha256: str, media_type: str, headers: Mapping[str, str]) -> None:
        """Args:
        path: the file.
        sha256: of its bytes, in hex; the entity tag, too.
        media_type: of the file as it is, such as that of a compression.
        headers: further headers.
        """
        self._tag = f'"{sha256}"'
        found = {
            "Accept-Ranges": "bytes",
            "Cache-Control": PINNED.decode(),
            "ETag": self._tag,
            "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:",
            **headers,
        }
        super().__init__(path, headers=found, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a part of it, or a 304."""
        exchange = exchange_of(scope)
        asked = {**scope, "method": exchange.scope["method"] if exchange else scope["method"]}
        if_none_match = value_of(scope["headers"], b"if-none-match")
        if if_none_match and matches(if_none_match, self._tag.encode()):
            kept = {
                name: value
                for name, value in self.headers.items()
                if name in ("etag", "cache-control", "muniment-release")
            }
            return await Response(status_code=304, headers=kept)(asked, receive, send)
        size = Path(self.path).stat().st_size
        if_range = value_of(scope["headers"], b"if-range").decode("latin-1")
        stale = if_range not in ("", self._tag)  # the client has a part of another file
        asked["headers"] = [
            h for h in scope["headers"] if h[0] != b"range" or (not stale and _satisfiable(h[1], size))
        ]
        return await super().__call__(asked, receive, send)


def _satisfiable(value: bytes, size: int) -> bool:
    """Whether it is one range of bytes that the file has.

    Raises:
        RangeNotSatisfiable: it is one range, but the file ends before.
    """
    found = _RANGE.fullmatch(value.decode("latin-1").strip())
    if found is None:
        return False
    first, last, suffix = found.groups()
    if first and last and int(last) < int(first):
        return False
    if (first and int(first) >= size) or (suffix and (int(suffix) == 0 or size == 0)):
        raise RangeNotSatisfiable(size)
    return True
