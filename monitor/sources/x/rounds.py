"""What is asked now and then: counts and trends that choose rules, searches and mentions that give posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor.clock import Clock
from monitor.errors import OutOfMoney, Refused, Unavailable
from monitor.prices import MICROS, X
from monitor.sources import Batch, Gap
from monitor.sources.x.chores import Chore, spread
from monitor.sources.x.chosen import WHOLE, Chosen, met_by
from monitor.sources.x.looks import Found, Looks, Mark
from monitor.sources.x.money import COUNT, LAST_MINUTES, READ, Meter
from monitor.sources.x.reader import Reader
from monitor.sources.x.rising import Look, Minutes
from monitor.sources.x.settings import Settings
from monitor.sources.x.wire import Heard

log = structlog.get_logger()

KEPT = timedelta(days=7) - timedelta(minutes=10)
"""So far back search goes, with a little to spare."""
FIRST_LOOK = timedelta(minutes=5)
"""So far back a start without a cursor looks."""
MOST_PAGES = 10
"""Of one look: a thousand posts, 5 USD."""
QUIET = timedelta(hours=1)
COUNT_SHARE = 0.25
"""Counting may take so much of a day's money; with many rules each is counted less often."""
COUNT_GAP_SECS = 3.1
"""X allows 300 counts in a quarter of an hour."""
LOST_SECS = 900.0
"""What X refuses waits for a person, and is asked for again now and then."""
PUT_OFF_SECS = 60.0


@dataclass(slots=True)
class _Polled:
    """How far a search, or an account's mentions, has come."""

    mark: Mark
    """Behind it the next look begins."""
    number: int
    """The post behind which nothing is missing."""
    highest_before: int = 0
    looked_at: datetime | None = None

    def went_on(self, newest: int, mark: Mark, *, highest: int, now: datetime) -> None:
        """A look from `mark` on found posts up to `newest`, or none; `highest` is what anybody has seen so far.

        What others had seen at the last look was there then, and would have been found now at the latest. In a quiet
        place the mark moves on by time, or X would one day no longer know it.
        """
        self.number = max(self.number, newest, self.highest_before)
        before, self.highest_before, self.looked_at = self.looked_at, highest, now
        self.mark = Mark(self.number) if self.number else mark
        if before is not None and (self.mark.time is None or self.mark.time < before - QUIET):
            self.mark = Mark(at=before)


class Rounds:
    """The chores of one source. They live as long as it does, over outages, so that nothing is asked too early."""

    def __init__(self, settings: Settings, clock: Clock, *, meter: Meter, reader: Reader, chosen: Chosen) -> None:
        self.looks: Looks | None = None
        """Set while the source listens."""
        self.may_start = True
        """Whether there is money to read another rule."""
        self._settings = settings
        self._clock = clock
        self._meter = meter
        self._reader = reader
        self._chosen = chosen
        self._minutes = {name: Minutes() for name in settings.rules}
        self._latest: dict[str, Look] = {}
        self._parts: dict[str, _Polled] = {}
        self._chores: list[Chore] = []

    # --- when ----------------------------------------------------------------------------------------------------

    def plan(self, cursor: int) -> None:
        """Make the chores, the first time: from now on, or from behind the post where the last run was."""
        if self._chores:
            return
        ours, now = self._settings, self._clock.now()
        if ours.mode == "count_first":
            self._add({f"count {name}": partial(self._count, name) for name in ours.rules}, self.count_secs())
            self._add(
                {f"trends {place}": partial(self._trends, place) for place in ours.woeids}, ours.trends_every_secs
            )
        polled: dict[str, Callable[[], Awaitable[Batch]]] = {}
        if ours.mode == "search":
            polled |= {f"search {name}": partial(self._search, name) for name in ours.rules}
            self._add(polled, ours.search_every_secs)
        mentions = {f"mentions {user}": partial(self._mentions, user) for user in ours.mentions_of}
        self._add(mentions, ours.mentions_every_secs)
        for key in (*polled, *mentions):
            self._parts[key] = _Polled(Mark(cursor) if cursor else Mark(at=now - FIRST_LOOK), cursor)

    def _add(self, acts: Mapping[str, Callable[[], Awaitable[Batch]]], every_secs: float) -> None:
        now = self._clock.now()
        for place, (key, act) in enumerate(acts.items()):
            self._chores.append(Chore(key, act, every_secs, now + spread(len(acts), every_secs, place)))

    def count_secs(self) -> float:
        """Between two counts of a rule: as set, longer where many rules would take too much of a day's money."""
        ours = self._settings
        dear = len(ours.rules) * X.cost(COUNT) * 86_400 / (self._meter.purse.caps.day * COUNT_SHARE)
        return max(ours.count_every_secs, dear, len(ours.rules) * COUNT_GAP_SECS)

    def due(self) -> list[Chore]:
        """Those whose time has come."""
        now = self._clock.now()
        return [chore for chore in self._chores if chore.next_at <= now]

    def idle_secs(self) -> float:
        """Until the next one is due; a minute where none is before."""
        now = self._clock.now()
        return max(0.0, min((60.0, *((chore.next_at - now).total_seconds() for chore in self._chores))))

    async def do(self, chore: Chore, *, is_streaming: bool) -> Batch | None:
        """What a chore gives; None where it failed and others still listen. Raises what nobody makes up for."""
        now = self._clock.now()
        try:
            batch = await chore.act()
        except Refused as error:
            self._lose(chore, error)
            chore.put_off(now, LOST_SECS)
            if not is_streaming and all(one.is_lost for one in self._chores):
                raise
            return None
        except Unavailable as error:
            if not is_streaming:
                raise
            wish = error.retry_after_secs or 0.0
            chore.put_off(now, wish if isinstance(error, OutOfMoney) else max(PUT_OFF_SECS, wish))
            return None
        chore.done(self._clock.now())
        if chore.is_lost:
            chore.is_lost = False
            log.info("part_back", source="x", part=chore.key)
        return batch

    def _lose(self, chore: Chore, error: Exception) -> None:
        if not chore.is_lost:
            log.warning("part_lost", source="x", part=chore.key, reason=str(error))
        chore.is_lost = True

    # --- posts ---------------------------------------------------------------------------------------------------

    @property
    def reached(self) -> list[int]:
        """The post behind which each polled part goes on; 0 where it has seen none."""
        return [part.number for part in self._parts.values()]

    async def _search(self, name: str) -> Batch:
        rule = self._settings.rules[name]
        return await self._poll(f"search {name}", lambda mark: self._open.search(rule, mark, most_pages=MOST_PAGES))

    async def _mentions(self, user: str) -> Batch:
        key = f"mentions {user}"
        return await self._poll(
            key, lambda mark: self._open.mentions(user, mark, most_pages=MOST_PAGES), act="owned_read"
        )

    async def _poll(self, key: str, ask: Callable[[Mark], Awaitable[Found]], *, act: str = READ) -> Batch:
        now, part = self._clock.now(), self._parts[key]
        mark = part.mark.since(now - KEPT)
        gaps = [_gap(part.mark.time, mark.time, "X keeps seven days")] if mark != part.mark else []
        found = await ask(mark)
        posts = self._reader.items(found.items, act=act)
        if found.missed_until is not None:
            gaps.append(_gap(mark.time, found.missed_until, found.why))
        newest = max((int(item.post.id) for item in found.items if isinstance(item, Heard)), default=0)
        part.went_on(newest, mark, highest=self._reader.highest, now=now)
        return Batch(posts, gaps=[gap for gap in gaps if gap is not None])

    @property
    def _open(self) -> Looks:
        assert self.looks is not None
        return self.looks

    # --- which rules are worth it --------------------------------------------------------------------------------

    async def _count(self, name: str) -> Batch:
        minutes, rising = self._minutes[name], self._settings.rising
        minutes.add(await self._open.counts(self._settings.rules[name], minutes.known_until))
        look = minutes.look(window=rising.window_minutes, at_least=rising.at_least, times=rising.times)
        if look is not None:
            self._latest[name] = look
            self._judge(name, look)
        return Batch(())

    def _judge(self, name: str, look: Look) -> None:
        if name in self._chosen:
            if self._chosen.note(name, look, self._clock.now()):
                self._chosen.stop(name)
                log.info("rule_stopped", source="x", rule=name, reason=f"calm again: {look}")
        elif look.is_rising:
            self.start(name, f"rising: {look}", look)

    async def _trends(self, woeid: int) -> Batch:
        names = await self._open.trends(woeid)
        for name, rule in self._settings.rules.items():
            trend = met_by(names, rule) if name not in self._chosen else None
            if trend is not None:
                self.start(name, f"trends in {woeid}: {trend}", self._latest.get(name))
        return Batch(())

    def start(self, name: str, why: str, look: Look | None = None) -> None:
        """Read a rule from now on, and only a part of it where the money would not last for all."""
        if not self.may_start:
            return
        a_minute = look.a_minute if look is not None else 0.0
        wanted = round(a_minute * LAST_MINUTES)
        percent = max(1, WHOLE * self._meter.may_read(wanted) // wanted) if wanted else WHOLE
        if self._chosen.start(name, self._clock.now(), percent=percent, bar=look.bar if look is not None else None):
            usd = a_minute * 60 * percent / WHOLE * X.cost(READ) / MICROS
            log.info("rule_started", source="x", rule=name, reason=why, percent=percent, usd_an_hour=round(usd, 2))

    def sentence(self, name: str) -> str:
        """How a rule stands, for a person."""
        look = self._latest.get(name)
        percent = self._chosen.percent(name)
        read = "" if not percent else "read" if percent == WHOLE else f"{percent} in a hundred are read"
        return "; ".join(part for part in (read, str(look) if look is not None else "") if part) or "not read"


def _gap(since: datetime | None, until: datetime | None, why: str) -> Gap | None:
    return Gap(since, until, why) if since is not None and until is not None and since < until else None
