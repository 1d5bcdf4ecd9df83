"""What is done now and then beside the stream, each with its own time; one that fails leaves the others alone. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.sources import Batch


@dataclass(slots=True)
class Chore:
    """Something to ask every so often."""

    key: str
    act: Callable[[], Awaitable[Batch]]
    every_secs: float
    next_at: datetime
    is_lost: bool = False
    """People were told that it gives nothing."""

    def done(self, now: datetime) -> None:
        """Plan the next time; after an outage from now on, for what was missed is asked with it."""
        self.next_at += timedelta(seconds=self.every_secs)
        if self.next_at <= now:
            self.next_at = now + timedelta(seconds=self.every_secs)

    def put_off(self, now: datetime, secs: float) -> None:
        """Not before so many seconds."""
        self.next_at = now + timedelta(seconds=secs)


def spread(count: int, every_secs: float, place: int) -> timedelta:
    """When the chore at a place among several of a kind begins: not all at once, and none later than its interval."""
    return timedelta(seconds=min(every_secs, place * min(2.0, every_secs / max(1, count))))
