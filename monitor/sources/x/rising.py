"""How many posts a minute a rule has, and whether that is worth reading them: the rule of thumb of `count_first`. Pure.

A rule rises when the last five minutes hold
  - at least twenty posts, and
  - at least three times what is usual for it, the middle of all its five-minute stretches of the last seven days, and
  - more than forty-nine in fifty of these stretches: its own evening peak is nothing new.
It has fallen back when it stayed below half of the number that it had to reach for a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

WEEK_MINUTES = 7 * 24 * 60
RARE = 0.98
"""A stretch as full as this comes once in fifty."""
LEAST_MINUTES = 120
"""With less known than this nothing is usual yet."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a rule stands: posts of the latest stretch, what is usual, and what it has to reach to be rising."""

    latest: int
    usual: float
    bar: float
    minutes: int

    @property
    def is_rising(self) -> bool:
        return self.latest >= self.bar

    @property
    def a_minute(self) -> float:
        """Posts."""
        return self.latest / self.minutes

    def __str__(self) -> str:
        return (
            f"{self.latest} posts in {self.minutes} min; usual are {self.usual:g}, worth reading from {self.bar:g} on"
        )


@dataclass(slots=True)
class Minutes:
    """Posts of each minute of the last seven days, as far as they are known, by minutes since 1970."""

    counts: dict[int, int] = field(default_factory=dict)
    whole_until: int = 0
    """Minutes from this one on are not over yet, or unknown."""

    @property
    def known_until(self) -> datetime | None:
        """From here on is to be asked; None for all of it."""
        return datetime.fromtimestamp(self.whole_until * 60, UTC) if self.whole_until else None

    def add(self, rows: Iterable[tuple[datetime, datetime, int]]) -> None:
        """Learn rows of beginning, end and count; what is no whole minute is left for the next time."""
        for start, end, count in rows:
            minute = int(start.timestamp()) // 60
            if end - start == timedelta(minutes=1) and start.second == 0:
                self.counts[minute] = count
                self.whole_until = max(self.whole_until, minute + 1)
        for minute in [known for known in self.counts if known < self.whole_until - WEEK_MINUTES]:
            del self.counts[minute]

    def look(self, *, window: int, at_least: int, times: float) -> Look | None:
        """How the rule stands; None where too little is known."""
        if len(self.counts) < max(LEAST_MINUTES, 2 * window):
            return None
        first = min(self.counts)
        series = np.zeros(self.whole_until - first, dtype=np.int64)
        for minute, count in self.counts.items():
            series[minute - first] = count
        sums = np.convolve(series, np.ones(window, dtype=np.int64), mode="valid")
        before = sums[:-window]
        usual = float(np.median(before))
        bar = max(float(at_least), times * usual, float(np.quantile(before, RARE)) + 1.0)
        return Look(int(sums[-1]), usual, bar, window)
