"""Our own key for a publication, in the form of a record key that Bluesky takes (a TID) and any other platform can.

A TID is 13 characters of base 32: microseconds since 1970 in 53 bits, then 10 bits for who made it, so that keys sort
by time and two of ours never meet (atproto.com/specs/tid).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from random import Random

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Marks:
    """Makes marks that grow, also when the clock stands still or goes back. Safe from several threads."""

    def __init__(self, maker: int) -> None:
        """`maker` is 0 to 1023 and tells two programs apart that make marks in the same microsecond."""
        self._maker = maker % 1024
        self._last = 0
        self._lock = threading.Lock()

    def new(self, now: datetime) -> str:
        """A mark close to `now`."""
        with self._lock:
            self._last = max((now - EPOCH) // timedelta(microseconds=1), self._last + 1)
            return tid(self._last, self._maker)


def tid(micros: int, maker: int) -> str:
    """The 13 characters for a time in microseconds since 1970 and a maker."""
    value = (micros & (2**53 - 1)) << 10 | maker % 1024
    return "".join(LETTERS[value >> shift & 31] for shift in range(60, -1, -5))


_marks: list[Marks] = []


def new_mark(now: datetime) -> str:
    """A mark close to `now`, greater than every one this program made before."""
    if not _marks:
        _marks.append(Marks(Random().randrange(1024)))  # noqa: S311 - tells programs apart, hides nothing
    return _marks[0].new(now)
