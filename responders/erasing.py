"""Strangers' words do not stay: what its author took back goes at once, the rest when its card is a day old."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from monitor.clock import Clock, sleep_unless
from monitor.erase import TakenBack
from responders.album import Album
from responders.desk import Books, LedgerDesk

log = structlog.get_logger()

KEPT_FOR = timedelta(hours=24)
"""So long the posts of a card are kept where nobody told us that they are gone: not every network tells, and none while
we are away. X and Reddit ask for this at most (docs.x.com, developer policy; Reddit's Data API terms)."""
PICTURES_KEPT_FOR = timedelta(days=7)
"""After a proposal's last move: closed cards are still looked at."""
LOOK_SECS = 900.0


@dataclass(frozen=True, slots=True)
class Eraser:
    """What the watch tells of deletions ends here; the pipeline looks after its own memory."""

    books: Books
    desk: LedgerDesk
    clock: Clock
    aside: Path
    """Where a saved state that could not be used was put: it holds posts, too."""
    album: Album | None = None

    async def forget(self, taken: TakenBack) -> None:
        """Erase what was taken back from cards and from what is remembered of trends without one."""
        self.desk.erase(taken)
        if erased := await self.books.call(self.books.ledger.erase, taken):
            log.info("posts_erased", platform=taken.platform, opportunities=erased, reason="taken back")

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then for what has been kept for long enough, until `stop`."""
        while not stop.is_set():
            await self.look()
            await sleep_unless(stop, self.clock, LOOK_SECS)

    async def look(self) -> None:
        """Erase what has been kept for long enough."""
        before = self.clock.now() - KEPT_FOR
        if erased := await self.books.call(self.books.ledger.erase_older, before):
            log.info("posts_erased", opportunities=erased, reason="kept long enough")
        if await asyncio.to_thread(_remove_older, self.aside, before):
            log.info("posts_erased", place=str(self.aside), reason="kept long enough")
        if self.album is not None:
            wanted = await self.books.call(self.books.ledger.pictures_wanted, self.clock.now() - PICTURES_KEPT_FOR)
            # A card that is being made keeps its pictures before its row; one of the last hours is left alone.
            if erased := await asyncio.to_thread(self.album.prune, wanted, than=before):
                log.info("pictures_pruned", count=erased)


def _remove_older(path: Path, than: datetime) -> bool:
    """Whether the file was there, older, and is gone now."""
    try:
        if path.stat().st_mtime >= than.timestamp():
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
