"""X: posts that match rules, by its filtered stream, by search, or by counting first and reading only what rises.

Everything X delivers costs money, so the cheap mode is the default: a rule is counted every few minutes (0.005 USD tell
seven days by the minute) and read (0.005 USD a post) only while it rises clearly above what is usual for it. Caps for a
day and a month are never passed: shortly before, the stream is closed by us, and counting goes on from a part that is
kept back. After a gap the posts in between are bought from recent search, as far as pages and money reach; the rest is
told as a gap.

Posts that are deleted on X are not told to self-serve apps: its compliance stream is for enterprises, and nothing but
asking for each post again would show it, which is not done here. Facts: docs.x.com as of August 2026.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import structlog

from monitor.budget import Purse
from monitor.clock import Clock
from monitor.errors import BadInput, BonmotError, Refused, Unavailable
from monitor.sources import Batch, Tally
from monitor.sources.x.answers import Crowded, NoRules, Waits
from monitor.sources.x.api import Api
from monitor.sources.x.catchup import CatchUp
from monitor.sources.x.chosen import Chosen
from monitor.sources.x.looks import Looks
from monitor.sources.x.money import READ, SETTLE_SECS, Meter, thinner
from monitor.sources.x.probing import probe
from monitor.sources.x.reader import Reader
from monitor.sources.x.rounds import Rounds
from monitor.sources.x.ruleset import standing_names, sync
from monitor.sources.x.settings import Settings
from monitor.sources.x.stream import Held, Spent, Stream

__all__ = ["Settings", "X", "build", "probe"]

log = structlog.get_logger()

HEALTHY = timedelta(minutes=1)
MOST_ALLOWED = 2000
"""So many posts ahead the purse is asked; the stream hangs up by itself behind them."""
IN_FLIGHT = 10
IN_FLIGHT_SECS = 2.0
"""X bills what it has sent, read or not: so many posts, or seconds of them, before the cap we hang up."""
CLEAR_EVERY = timedelta(hours=1)
CLEARED_SECS = 5.0


class X:
    """See `monitor.sources.Source`. The cursor is the largest id up to which all is known."""

    name = "x"
    is_recording = False

    def __init__(self, settings: Settings, tally: Tally, clock: Clock, *, purse: Purse) -> None:
        self._settings = settings
        self._clock = clock
        self._meter = Meter(purse, clock)
        self._reader = Reader(self._meter, tally, clock)
        self._chosen = Chosen(settings.rules, settings.rising)
        self._rounds = Rounds(settings, clock, meter=self._meter, reader=self._reader, chosen=self._chosen)
        self._catch_up = CatchUp(settings, clock, self._reader)
        self._waits = Waits(Random())  # noqa: S311 - spreads calls, hides nothing
        self._stream: Stream | None = None
        self._at_x: Mapping[str, str] | None = None
        """The rules that X holds of ours; None where nobody knows."""
        self._spent_until: datetime | None = None
        self._today = clock.now().astimezone(UTC).date()
        self._cleared_at: datetime | None = None
        self._goodbye: Exception | None = None

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """As the promise of sources says; raises OutOfMoney where nothing more may be bought before a known time."""
        cursor = int(since) if since and since.isascii() and since.isdecimal() else 0
        self._reader.highest = max(self._reader.highest, cursor)
        self._api = Api(self._settings.base_url, self._settings.bearer_token, self._clock)
        self._looks = Looks(self._api, self._meter, self._clock, authors=self._settings.authors)
        self._rounds.looks = self._looks
        try:
            await self._begin(cursor)
            while True:
                for batch in await self._ask():
                    yield batch
                await self._tend()
                for batch in await self._hear():
                    yield batch
                if self._goodbye is not None:
                    raise self._goodbye
        except Unavailable as error:
            await self._note_failure(error)
            raise
        finally:
            await self._hang_up()
            await self._api.close()

    async def _ask(self) -> list[Batch]:
        """What the chore gives whose time has come, if there is one."""
        chore = next(iter(self._rounds.due()), None)
        if chore is None:
            return []
        batch = await self._rounds.do(chore, is_streaming=self._stream is not None)
        if batch is None:
            return []
        self._settle()
        return [self._with_cursor(batch)]

    def states(self) -> Mapping[str, str]:
        """What a person reads about each rule."""
        return {name: self._rounds.sentence(name) for name in self._settings.rules}

    # --- beginnings and ends -------------------------------------------------------------------------------------

    async def _begin(self, cursor: int) -> None:
        self._goodbye = None
        self._rounds.plan(cursor)
        if self._settings.mode == "stream":
            for name in self._settings.rules:
                self._chosen.start(name, self._clock.now())
        elif self._settings.mode == "count_first" and self._at_x is None:
            for name in await standing_names(self._api, self._settings.rules):
                self._chosen.start(name, self._clock.now())  # the last run read them; counts will say if they are calm
        self._catch_up.begin(cursor, self._chosen.names)

    async def _note_failure(self, error: Unavailable) -> None:
        if isinstance(error, NoRules):
            self._at_x = None
        self._waits.stay_away(error)
        if isinstance(error, Crowded) and await self._clear():
            error.retry_after_secs = CLEARED_SECS

    async def _clear(self) -> bool:
        """End what X takes for our connection; not often, for another program of ours may hold it."""
        now = self._clock.now()
        if self._cleared_at is not None and now - self._cleared_at < CLEAR_EVERY:
            return False
        self._cleared_at = now
        try:
            await self._api.send("DELETE", "/2/connections/filtered_stream", door="connections")
        except BonmotError:
            return False
        return True

    async def _hang_up(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    def _with_cursor(self, batch: Batch) -> Batch:
        return Batch(batch.posts, self._cursor(), gaps=batch.gaps)

    def _cursor(self) -> str | None:
        """Behind it nothing is missing: the least of what the stream and each polled part have reached."""
        reached = list(self._rounds.reached)
        if self._settings.mode != "search":
            reached.append(self._catch_up.reached(self._reader.highest))
        lowest = min(reached, default=0)
        return str(lowest) if lowest else None

    # --- money and rules -----------------------------------------------------------------------------------------

    async def _tend(self) -> None:
        """Make the rules that X holds, and the stream, what they should be now."""
        now = self._clock.now()
        self._look_at_the_calendar(now)
        self._thin_out(now)
        if self._spent_until is not None:
            return
        wanted = self._chosen.texts()
        if wanted != (self._at_x or {}) or (self._at_x is None and wanted):
            await self._sync(wanted)
        if not self._at_x:
            await self._hang_up()
            self._catch_up.forget()
        elif self._stream is None:
            await self._open()

    def _look_at_the_calendar(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        if today != self._today:
            self._today = today
            self._chosen.new_day()
        if self._spent_until is not None and now >= self._spent_until:
            self._spent_until, self._rounds.may_start = None, True

    async def _sync(self, wanted: Mapping[str, str]) -> None:
        refused = await sync(self._api, wanted)
        for name, why in refused.items():
            log.warning("part_lost", source=self.name, part=name, reason=why)
            self._chosen.give_up(name)
        self._at_x = {name: text for name, text in wanted.items() if name not in refused}
        if refused and self._settings.mode == "stream" and not self._at_x:
            raise Refused("; ".join(f"{name}: {why}" for name, why in list(refused.items())[:3]))

    def _thin_out(self, now: datetime) -> None:
        """Where the day's money would be gone within half an hour, read less of the loudest rule."""
        pace = self._reader.pace.a_minute(now)
        if pace is None or self._stream is None:
            return
        wanted = round(sum(pace.values()) * 60)
        change = thinner(pace, self._meter.may_read(wanted))
        if change is None:
            if (now - self._reader.pace.since).total_seconds() > 300.0:
                self._reader.pace.restart(now)
            return
        name, part = change
        percent = self._chosen.thin(name, part)
        less = f"{percent} in a hundred of its posts are read" if percent else "it is read no more today"
        why = f"{pace[name]:.0f} posts a minute cost {pace[name] * 0.3:.2f} USD an hour, more than is left: {less}"
        log.warning("source_narrowed", source=self.name, rule=name, reason=why)
        self._reader.pace.restart(now + timedelta(seconds=SETTLE_SECS))

    # --- the stream ----------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        held = Held(self._clock, self._settings.silence_secs)
        held.allowance = self._allowance(0)
        if held.allowance <= 0:
            self._run_out()
            return
        ours = self._settings
        params = self._looks.fields()
        self._stream = Stream(ours.base_url, ours.bearer_token, params=params, held=held, clock=self._clock)

    def _allowance(self, waiting: int) -> int:
        """How many lines may still come, beside those that are here and not paid."""
        return self._meter.may_read(MOST_ALLOWED) - self._in_flight() - waiting

    def _in_flight(self) -> int:
        """Posts that X has sent, and bills, when we hang up."""
        pace = self._reader.pace.a_minute(self._clock.now()) or {}
        return max(IN_FLIGHT, round(sum(pace.values()) / 60 * IN_FLIGHT_SECS))

    def _run_out(self) -> None:
        """Reading is over for today; what is cheap goes on. Raises OutOfMoney where there is nothing else."""
        least = self._in_flight() + 1 if self._meter.may_read(1) else 1
        error = self._meter.out_of_money(READ, least)
        self._catch_up.miss("no money for it")
        if self._settings.mode == "stream":
            raise error
        self._spent_until = self._clock.now() + timedelta(seconds=error.retry_after_secs or 0.0)
        self._rounds.may_start = False
        why = f"{error}; counting goes on, reading at {self._spent_until:%Y-%m-%d %H:%M} UTC"
        log.warning("source_narrowed", source=self.name, rule="all", reason=why)

    async def _hear(self) -> list[Batch]:
        """What came until the next chore is due; without a stream, time passes."""
        secs = self._rounds.idle_secs()
        if self._stream is None:
            await self._clock.sleep(secs)
            return []
        held = self._stream.held
        try:
            lines = await held.take(secs)
        except Spent:
            await self._hang_up()
            self._meter.spoilt(READ, self._in_flight())
            self._meter.settle()
            self._run_out()
            return []
        if not held.is_connected:
            return []
        batches = [self._with_cursor(batch) for batch in await self._catch_up.step(self._looks)]
        posts, self._goodbye = self._reader.lines(lines)
        self._reader.too_long(held.too_long)
        held.too_long = 0
        held.allowance = self._allowance(held.waiting)
        self._settle()
        return [*batches, Batch(posts, self._cursor())]

    def _settle(self) -> None:
        """What works well for a while makes good what failed before."""
        if self._stream is None or self._clock.now() - self._stream.since >= HEALTHY:
            self._waits.well()


def build(settings: Settings, tally: Tally, clock: Clock, *, purse: Purse) -> X:
    """The source; nothing is asked yet, and tweepy is not loaded. Raises BadInput where there is no rule."""
    if not settings.rules:
        raise BadInput(
            "sources: x: there is no rule to listen by: none of the keywords can be asked for there "
            "(`bonmot check --rules` tells why); name some under `rules`"
        )
    return X(settings, tally, clock, purse=purse)
