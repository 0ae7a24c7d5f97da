"""Answers that are kept in memory, ready to be sent: the least recently used leave first when there are too many bytes of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from starlette.types import Message

from muniment_service.conditional import Headers, value_of

_OVERHEAD = 2_000
"""Bytes that an answer takes beside its body: objects, the key, headers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer as the messages that send it. Nobody changes them."""

    start: Message
    body: Message
    tag: bytes
    size: int

    @classmethod
    def of(cls, status: int, headers: Headers, body: bytes) -> Answer:
        """The answer with these parts."""
        return cls(
            {"type": "http.response.start", "status": status, "headers": list(headers)},
            {"type": "http.response.body", "body": body},
            value_of(headers, b"etag"),
            len(body) + _OVERHEAD,
        )


class Held:
    """Answers by key, at most ``size_bytes`` of them together and ``entry_bytes`` each.

    Example:
        >>> held = Held(size_bytes=10_000, entry_bytes=1_000)
        >>> held.put("key", Answer.of(200, [], b"body"))
        >>> held.get("key").body["body"], held.get("other"), held.bytes
        (b'body', None, 2004)
    """

    def __init__(self, size_bytes: int, entry_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.entry_bytes = min(entry_bytes, max(0, size_bytes - _OVERHEAD))
        self.bytes = 0
        self.hits = 0
        self.misses = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Hashable) -> Answer | None:
        """The answer with this key, which is now the one used last."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, and drop those used longest ago if there is no room."""
        if old := self._answers.pop(key, None):
            self.bytes -= old.size
        self._answers[key] = answer
        self.bytes += answer.size
        while self.bytes > self.size_bytes:
            _, oldest = self._answers.popitem(last=False)
            self.bytes -= oldest.size
