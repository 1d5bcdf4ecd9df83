"""How those who look on learn what changed: one bounded queue a reader, and a word for who fell behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

WAITING_CHANGES = 256
REFRESH = "refresh"


class Changes:
    """Tells every reader which proposal changed. A reader that falls behind is told to refresh, nothing more."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[str | None]] = set()

    def tell(self, what: str) -> None:
        """Never blocks; to be called on the event loop."""
        for reader in self._readers:
            self._put(reader, what)

    def close(self) -> None:
        """End every reader."""
        for reader in self._readers:
            self._put(reader, None)

    async def read(self) -> AsyncIterator[str]:
        """Yield changes from now on, until closed."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING_CHANGES)
        self._readers.add(queue)
        try:
            while (what := await queue.get()) is not None:
                yield what
        finally:
            self._readers.discard(queue)

    @staticmethod
    def _put(reader: asyncio.Queue[str | None], what: str | None) -> None:
        if reader.full():
            while not reader.empty():
                reader.get_nowait()
            reader.put_nowait(REFRESH)
        reader.put_nowait(what)
