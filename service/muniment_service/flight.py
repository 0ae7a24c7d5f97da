"""An answer that is being computed for all who ask for it: first landed, so that those who wait have it, then sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send

from muniment_service.conditional import matches, not_modified
from muniment_service.headers import bodiless
from muniment_service.held import Answer

EMPTY: Message = {"type": "http.response.body", "body": b""}


class Flight:
    """Takes the messages of the application for the request that leads."""

    def __init__(self, keep: Callable[[Answer], bool], leave: Callable[[], object], most: int) -> None:
        """Args:
        keep: holds an answer if it may be held, and says whether it did.
        leave: is called when the flight is over.
        most: bytes of an answer up to which it is gathered.
        """
        self.landed = asyncio.Event()
        self.unfit = False
        """After landing: nothing is held, and who waited does better to compute an answer of its own."""
        self._keep, self._leave, self._most = keep, leave, most
        self._start: Message | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    def land(self, *, unfit: bool) -> None:
        """Let those who wait go on: to what is held now; if it is unfit, each by itself; else one of them leads."""
        if not self.landed.is_set():
            self.unfit = unfit
            self._leave()
            self.landed.set()

    def sender(self, if_none_match: bytes | None, bare: bool, send: Send) -> Send:
        """What the application sends with; an answer that is too long goes on at once, others when they are complete."""
        onward = bodiless(send) if bare else send

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start" and not self.landed.is_set():
                self._start = message
                return None
            if message["type"] != "http.response.body" or self._start is None:
                return await onward(message)
            start, piece, more = self._start, message.get("body", b""), message.get("more_body", False)
            self._pieces.append(piece)
            self._size += len(piece)
            if more and self._size <= self._most:
                return None
            body = piece if len(self._pieces) == 1 else b"".join(self._pieces)
            self._pieces.clear()
            self._start = None
            if more or self._size > self._most:
                self.land(unfit=True)
                await onward(start)
                return await onward({**message, "body": body})
            answer = Answer.of(start["status"], start["headers"], body)
            self.land(unfit=not self._keep(answer))
            return await give(answer, if_none_match, bare, send)

        return gather


async def give(answer: Answer, if_none_match: bytes | None, bare: bool, send: Send) -> None:
    """Send an answer, or say that the client has it."""
    if if_none_match and answer.tag and answer.start["status"] == 200 and matches(if_none_match, answer.tag):
        await send(not_modified(answer.start["headers"]))
        return await send(EMPTY)
    await send(answer.start)
    return await send(EMPTY if bare else answer.body)
