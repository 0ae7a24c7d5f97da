"""What explaining finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "term", "graph", "nothing", "join", "filter", "having", "limit", "offset", "service", "product"
]


@dataclass(frozen=True)
class Finding:
    """One reason: the part of the query as written, its line, what is wrong with it, and what may help."""

    kind: Kind
    pattern: str
    line: int | None
    problem: str
    suggestion: str | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.pattern}\n  {self.problem}" + (
            f"\n  {self.suggestion}" if self.suggestion else ""
        )


@dataclass(frozen=True)
class Explanation:
    """All that was found; ``complete`` is false where there were more questions than allowed, or some were not answered."""

    findings: tuple[Finding, ...]
    complete: bool = True
    asked: int = 0

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings) or "No reason was found."

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = [{k: v for k, v in asdict(finding).items() if v is not None} for finding in self.findings]
        return {"findings": found, "complete": self.complete, "asked": self.asked}
