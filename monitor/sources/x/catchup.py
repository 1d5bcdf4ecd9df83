"""What was posted while the stream was away: bought from recent search, as far as that is wanted; the rest is a gap."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.errors import OutOfMoney, Refused, Unavailable
from monitor.sources import Batch, Gap
from monitor.sources.x.looks import Looks, Mark
from monitor.sources.x.reader import Reader
from monitor.sources.x.settings import Settings

LATE = timedelta(seconds=15)
"""The stream delivers within seconds: so much of what was written before it broke may not have come."""
MOST_TRIES = 3
TRY_EVERY = timedelta(seconds=30)


@dataclass(slots=True)
class _Missing:
    """What is to be bought: for which rules, and behind which mark."""

    names: frozenset[str]
    mark: Mark
    cursor: int
    tries: int = 0
    next_at: datetime | None = None


class CatchUp:
    """One gap at a time. While it is open the cursor stays where the gap begins."""

    def __init__(self, settings: Settings, clock: Clock, reader: Reader) -> None:
        self._settings = settings
        self._clock = clock
        self._reader = reader
        self._missing: _Missing | None = None
        self._gaps: list[Gap] = []
        self._heard_at: datetime | None = None
        """When the stream last stood."""
        self._missed_since: datetime | None = None
        self._missed_why = ""

    def begin(self, cursor: int, names: Collection[str]) -> None:
        """Listening begins, again or in a new process, for rules that were read before."""
        self._missing = None
        if not names or self._missed_since is not None or (not cursor and self._heard_at is None):
            return
        now = self._clock.now()
        oldest = now - timedelta(minutes=self._settings.catch_up_minutes)
        heard_at = self._heard_at or Mark(cursor).time
        if heard_at is not None and heard_at < oldest:
            self._gaps.append(Gap(heard_at, oldest, "older than is caught up with"))
        mark = Mark(cursor) if heard_at is None else Mark(at=max(oldest, heard_at - LATE))
        self._missing = _Missing(frozenset(names), mark, cursor)

    def forget(self) -> None:
        """No rule is read: what comes next is a beginning and no gap."""
        self._missing = None
        self._heard_at = None

    def miss(self, why: str) -> None:
        """Nothing is read from now on, and it will not be bought."""
        self._missing = None
        if self._missed_since is None:
            self._missed_since, self._missed_why = self._clock.now(), why

    def reached(self, highest: int) -> int:
        """Up to which post nothing is missing."""
        return self._missing.cursor if self._missing is not None else highest

    async def step(self, looks: Looks) -> list[Batch]:
        """Called while the stream stands: what could be bought, and what is given up."""
        now = self._clock.now()
        self._heard_at = now
        if self._missed_since is not None:
            self._gaps.append(Gap(self._missed_since, now, self._missed_why))
            self._missed_since = None
        batches = []
        if self._missing is not None and (self._missing.next_at is None or now >= self._missing.next_at):
            batches = await self._buy(self._missing, looks)
        if self._gaps:
            batches.append(Batch((), gaps=tuple(self._gaps)))
            self._gaps = []
        return batches

    async def _buy(self, missing: _Missing, looks: Looks) -> list[Batch]:
        missing.tries += 1
        posts = []
        for name in sorted(missing.names):
            try:
                if self._settings.catch_up_pages:
                    found = await looks.search(
                        self._settings.rules[name], missing.mark, most_pages=self._settings.catch_up_pages
                    )
                    posts += self._reader.items(found.items)
                    self._give_up(missing, name, until=found.missed_until, why=found.why)
                else:
                    self._give_up(missing, name, until=self._clock.now(), why="nothing is bought after a gap")
            except (OutOfMoney, Refused) as error:
                self._give_up(missing, name, until=self._clock.now(), why=str(error))
            except Unavailable as error:
                if missing.tries < MOST_TRIES:
                    missing.next_at = self._clock.now() + TRY_EVERY
                    return [Batch(posts)] if posts else []
                self._give_up(missing, name, until=self._clock.now(), why=str(error))
        self._missing = None
        posts.sort(key=lambda post: int(post.id))
        return [Batch(posts)] if posts else []

    def _give_up(self, missing: _Missing, name: str, *, until: datetime | None, why: str) -> None:
        since = missing.mark.time
        if since is not None and until is not None and since < until:
            self._gaps.append(Gap(since, until, f"{name}: {why}"))
