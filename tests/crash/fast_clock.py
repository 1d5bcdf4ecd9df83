"""A clock that two processes can share, and that runs faster than the machine's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

SPEED = 10.0
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class FastClock:
    """Ten seconds in one, counted from a second of the machine's own clock."""

    def __init__(self, zero: float) -> None:
        self._zero = zero

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.time() - self._zero) * SPEED)

    async def sleep(self, secs: float) -> None:
        await asyncio.sleep(max(0.0, secs) / SPEED)
