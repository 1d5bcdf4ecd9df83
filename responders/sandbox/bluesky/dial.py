"""The fault dial: what the next calls of one procedure meet, so that answers can be lost on purpose."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

PUT = "com.atproto.repo.putRecord"

KINDS = {
    "drop": "done, then the connection is cut without an answer",
    "late": "done, answered after `secs`",
    "error": "done, answered with 500",
    "cut": "not done, the connection is cut",
    "unready": "not done, answered with 503",
    "limit": "not done, answered with 429; `secs` until the limit is over",
    "auth": "not done, answered with 401",
    "expired": "not done, the session is over: 400 ExpiredToken",
    "refuse": "not done, answered with 400 InvalidRequest",
    "fine": "done and answered, as ever; for a fault that should meet a later call",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One fault for one call."""

    kind: str
    secs: float = 0.0


@dataclass(slots=True)
class Dial:
    """Faults waiting for calls, first in, first out, for each procedure."""

    waiting: dict[str, deque[Turn]] = field(default_factory=dict)

    def turn(self, kind: str, *, nsid: str = PUT, secs: float = 0.0, times: int = 1) -> None:
        """Let the next calls meet a fault. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
        self.waiting.setdefault(nsid, deque()).extend([Turn(kind, secs)] * times)

    def next(self, nsid: str) -> Turn:
        """What this call meets."""
        waiting = self.waiting.get(nsid)
        return waiting.popleft() if waiting else Turn("fine")
