"""An answer that is made piece by piece, complete before the first byte is sent: in memory while it is small, then in a file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from starlette.responses import Response

from muniment.workers.limits import ResultTooLarge
from muniment_service.file_response import FileBody

_IN_MEMORY = 4 << 20


async def response_of(pieces: AsyncIterator[bytes], headers: Mapping[str, str], most: int) -> Response:
    """The answer with these pieces.

    Raises:
        ResultTooLarge: it has more than ``most`` bytes.
    """
    held, size, path = bytearray(), 0, None
    try:
        async for piece in pieces:
            size += len(piece)
            if size > most:
                raise ResultTooLarge(most)
            held += piece
            if len(held) > _IN_MEMORY:
                path = path or _new_file()
                await asyncio.to_thread(_append, path, bytes(held))
                held.clear()
        if path is None:
            return Response(bytes(held), headers=dict(headers))
        await asyncio.to_thread(_append, path, bytes(held))
    except BaseException:
        if path:
            path.unlink(missing_ok=True)
        raise
    return FileBody(path, headers)


def _new_file() -> Path:
    with tempfile.NamedTemporaryFile(prefix="muniment-set-", delete=False) as file:
        return Path(file.name)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
