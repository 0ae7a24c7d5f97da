"""An answer that lies in a file: sent piece by piece, then removed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 1 << 20


class FileBody(Response):
    """A response whose body is a file; the file is complete, so the length is known before the first byte."""

    def __init__(self, path: Path, headers: Mapping[str, str]) -> None:
        super().__init__(None, headers={**headers, "content-length": str(path.stat().st_size)})
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file and remove it."""
        try:
            with self.path.open("rb") as file:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                while piece := await run_in_threadpool(file.read, _PIECE):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.path.unlink(missing_ok=True)
