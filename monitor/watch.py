"""The shell of the watching half: sources in a TaskGroup, one worker that feeds the pipeline, a drain on stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from monitor.aside import Aside, Here
from monitor.clock import Clock, sleep_unless
from monitor.erase import TakenBack
from monitor.errand import Errand
from monitor.errors import AuthNeeded, OutOfMoney, Refused, Throttled, Unavailable
from monitor.listening import Listening, State
from monitor.model import Death, Post
from monitor.pipeline import Judgement, Thinks
from monitor.present import Present
from monitor.retry import delays
from monitor.signals.context import Tragedy
from monitor.sources import Batch, Source, Tally
from monitor.telemetry import (
    POSTS_DROPPED,
    POSTS_READ,
    SOURCE_GAP_SECS,
    SOURCE_LOST,
    SOURCE_UP,
    TRENDS_ANNOUNCED,
    VERDICTS,
)

log = structlog.get_logger()

INBOX_BATCHES = 64
"""Batches that may wait for the worker. A full queue slows the sources: nothing is dropped on the way in."""

IDLE_TICK_SECS = 5.0
"""With live sources the clock moves on even when nobody posts, so that trends can end."""

CURSOR_EVERY_SECS = 5.0
"""A crash re-reads at most this much of a stream; the duplicates collapse."""

HEALTHY = timedelta(minutes=1)
"""A connection that stood for so long was a good one: the next outage is waited out from the shortest wait on."""

REFUSED_SECS = 900.0
"""A source that will not have us waits for a person; it is asked again now and then, for the mistake may be its own."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    source: Source
    batch: Batch


_Inbox = asyncio.Queue[_Arrival | Errand | None]


async def _nothing(*_: object) -> None:
    """For whoever does not want to be told."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What a collector needs while the watch runs."""

    ears: asyncio.TaskGroup
    inbox: _Inbox
    stop: asyncio.Event


@dataclass(slots=True)
class Watch:
    """Reads the sources, feeds the pipeline, hands every judgement to `receive` before the cursor moves on.

    `receive(judgement, is_recording)` and `save_cursor(source, cursor)` are awaited in order by one worker, so that a
    cursor is never stored before what was found up to it. The same worker awaits `save_state(cursors)`, every
    `save_every_secs` and at the end: the pipeline stands still meanwhile, exactly at these cursors.
    """

    sources: Sequence[Source]
    pipeline: Thinks
    clock: Clock
    receive: Callable[[Judgement, bool], Awaitable[None]]
    save_cursor: Callable[[str, str], Awaitable[None]]
    load_cursor: Callable[[str], Awaitable[str | None]]
    save_state: Callable[[Mapping[str, str]], Awaitable[None]]
    save_every_secs: float
    tally: Tally
    random: Random
    think: Aside = field(default_factory=Here)
    """Where the pipeline lives. Nothing is added to it before what it said last was told."""
    keep: Callable[[str, Batch], Awaitable[None]] = _nothing
    """Awaited with each batch and the name of its live source, before it is judged: for whoever records."""
    forget: Callable[[TakenBack], Awaitable[None]] = _nothing
    """Awaited with what was taken back, before the cursor moves on; the pipeline knows it already."""
    mourn: Callable[[Sequence[Tragedy]], Awaitable[None]] = _nothing
    """Awaited with the deaths that a source told of, before anything else of its batch is judged."""
    comfort: Callable[[Sequence[Tragedy]], Awaitable[None]] = _nothing
    """Awaited with the deaths that were taken back."""
    listening: dict[str, Listening] = field(default_factory=dict)
    is_finished: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when every source has ended by itself (recordings do) and all of it was judged."""
    _cursors: dict[str, str] = field(default_factory=dict)
    """Up to where the pipeline knows each source."""
    _saved_at: dict[str, datetime] = field(default_factory=dict)
    _state_saved_at: datetime | None = None
    _presents: dict[str, Present] = field(default_factory=dict)
    """By live source."""
    _room: _Room | None = None
    _collectors: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """By source."""
    _counted: dict[str, int] = field(default_factory=dict)
    _shown: int = 0
    _slow_rules: set[str] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set or all sources have ended, then judge what is in hand and return."""
        inbox: _Inbox = asyncio.Queue(INBOX_BATCHES)
        self._state_saved_at = self.clock.now()
        async with asyncio.TaskGroup() as house:
            house.create_task(self._work(inbox), name="watch worker")
            async with asyncio.TaskGroup() as ears:
                self._room = _Room(ears, inbox, stop)
                for source in self.sources:
                    self._listen_to(source)
            self._room = None
            await inbox.put(None)
        self.is_finished.set()

    async def between(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something when all that was read so far is judged and told. Raises what it raises."""
        if self._room is None:
            await act()
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._room.inbox.put(Errand(act, done))
        await done

    async def listen_anew(self, gone: Collection[str], new: Sequence[Source]) -> None:
        """Leave some sources, then listen to others. Who keeps its name goes on where the old one was judged up to.

        Raises Unavailable where listening has ended.
        """
        if self._room is None:
            raise Unavailable("listening has ended: start again to listen to other sources")
        stays = asyncio.Event()
        self._room.ears.create_task(stays.wait(), name="sources change")  # the last one may go before the first comes
        try:
            for name in gone:
                await self._leave(name)
            await self.between(_nothing)  # what they delivered is judged, and the cursors are behind it
            self.sources = [*(source for source in self.sources if source.name not in gone), *new]
            for source in new:
                self._listen_to(source)
        finally:
            stays.set()

    async def _leave(self, name: str) -> None:
        task = self._collectors.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self.listening.pop(name, None)

    def _listen_to(self, source: Source) -> None:
        assert self._room is not None
        self.listening[source.name] = Listening(since=self.clock.now())
        collecting = self._collect(source, self._room.inbox, self._room.stop)
        self._collectors[source.name] = self._room.ears.create_task(collecting, name=f"collect {source.name}")

    async def _collect(self, source: Source, inbox: _Inbox, stop: asyncio.Event) -> None:
        """Read one source to its end, again and again after outages, until `stop`."""
        waits = delays(self.random)
        while not stop.is_set():
            try:
                await self._read(source, inbox, stop)
                self._count_drops()  # what stood behind the last usable post, too
                self._change(source.name, State.ENDED)
                log.info("source_ended", source=source.name, posts=self.listening[source.name].posts)
                return
            except (Unavailable, AuthNeeded, Refused) as error:
                self._count_drops()
                if self.listening[source.name].stood_for(self.clock.now()) >= HEALTHY:
                    waits = delays(self.random)
                self._lose(source.name, error)
                await sleep_unless(stop, self.clock, _wait_secs(error, next(waits)))

    def _lose(self, source: str, error: Exception) -> None:
        listening = self.listening[source]
        if not listening.is_missed:  # said once when it goes and once when it is back
            log.warning("source_lost", source=source, reason=str(error))
        listening.is_missed = True
        listening.lost += 1
        SOURCE_LOST.labels(source=source).inc()
        back_in_secs = error.retry_after_secs if isinstance(error, OutOfMoney) else None
        self._change(source, _state_after(error), str(error), back_in_secs=back_in_secs)

    def _change(self, source: str, state: State, why: str = "", *, back_in_secs: float | None = None) -> None:
        SOURCE_UP.labels(source=source).set(state is State.CONNECTED)
        self.listening[source].change(state, why, self.clock.now(), back_in_secs=back_in_secs)

    async def _read(self, source: Source, inbox: _Inbox, stop: asyncio.Event) -> None:
        stopped = asyncio.ensure_future(stop.wait())
        stream = source.posts(await self._resume_at(source.name))
        coming: asyncio.Future[Batch | None] | None = None
        try:
            while True:
                coming = asyncio.ensure_future(anext(stream, None))
                await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    return
                batch = coming.result()
                if batch is None:
                    return
                self._note(source, batch)
                await inbox.put(_Arrival(source, batch))
                if stop.is_set():
                    return
        finally:
            stopped.cancel()
            if coming is not None and not coming.done():  # the stream cannot be closed while it is being read
                await _cancelled(coming)
            if hasattr(stream, "aclose"):
                await stream.aclose()

    async def _resume_at(self, source: str) -> str | None:
        """After an outage behind what is judged already, at the start where the last run says."""
        if source not in self._cursors and (stored := await self.load_cursor(source)) is not None:
            self._cursors[source] = stored
        return self._cursors.get(source)

    def _note(self, source: Source, batch: Batch) -> None:
        listening = self.listening[source.name]
        if listening.state is not State.CONNECTED:
            log.info("source_connected", source=source.name)
            listening.is_missed = False
            self._change(source.name, State.CONNECTED)
        listening.posts += len(batch.posts)
        POSTS_READ.labels(source=source.name).inc(len(batch.posts))
        if batch.posts:
            listening.last_post_at = batch.posts[-1].created_at
        for gap in batch.gaps:
            secs = (gap.until - gap.since).total_seconds()
            log.warning("source_gap", source=source.name, since=gap.since, until=gap.until, reason=gap.why)
            SOURCE_GAP_SECS.labels(source=source.name).inc(max(0.0, secs))
            listening.gaps += 1

    async def _work(self, inbox: _Inbox) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_TICK_SECS):
                    arrival = await inbox.get()
            except TimeoutError:
                await self._tick()
            else:
                if arrival is None:
                    break
                if isinstance(arrival, Errand):
                    await arrival.run()
                else:
                    await self._take(arrival)
            await self._save_state_if_due()
        await self.save_state(self._cursors)

    async def _take(self, arrival: _Arrival) -> None:
        source, batch = arrival.source, arrival.batch
        if not source.is_recording:
            await self.keep(source.name, batch)
        for death in batch.deaths:
            await self._hear_of(death)
        posts = iter(batch.posts if source.is_recording else list(self._credible(source.name, batch.posts)))
        while told := await self.think.call(self._next_told, posts):
            for judgement in told:
                await self._tell(judgement, source.is_recording)
        self._count_drops()
        self._tell_slow_rules()
        if batch.deleted or batch.gone:  # behind the posts, which may be among them, and before the cursor
            await self._forget(TakenBack(source.name, frozenset(batch.deleted), frozenset(batch.gone)))
        await self._save(source.name, batch.cursor)
        await asyncio.sleep(0)  # a full queue never makes `get` wait: give approvals and health their turn

    async def _forget(self, taken: TakenBack) -> None:
        await self.think.call(self.pipeline.forget, taken)
        await self.forget(taken)

    def _next_told(self, posts: Iterator[Post]) -> list[Judgement]:
        """Feed the pipeline until it has something to say; empty when the posts are at an end."""
        return next((told for post in posts if (told := self.pipeline.add(post))), [])

    async def _hear_of(self, death: Death) -> None:
        """Rows first: whatever happens from here on, the next run knows who died."""
        if death.is_taken_back:
            if forgotten := await self.think.call(self.pipeline.take_back, death):
                await self.comfort(forgotten)
                log.info("death_taken_back", name=death.name, says=death.says)
        elif (tragedy := await self.think.call(self.pipeline.mourn, death)) is not None:
            await self.mourn([tragedy])
            log.info("death_heard", name=death.name, says=death.says)

    def _tell_slow_rules(self) -> None:
        """Say once of each rule that a post took it too long: it counted as not met there."""
        for rule in self.pipeline.slow_rules():
            if rule not in self._slow_rules:
                self._slow_rules.add(rule)
                log.warning("rule_timed_out", rule=rule)

    def _credible(self, source: str, posts: Sequence[Post]) -> Iterator[Post]:
        """The posts of a live source without those whose time nobody else confirms."""
        present = self._presents.setdefault(source, Present(source, self.tally))
        for post in posts:
            yield from present.take(post, self.clock.now())

    async def _tick(self) -> None:
        """Nobody posted for a while; a recording's clock stands still then, the world's does not."""
        if any(not source.is_recording for source in self.sources):
            for judgement in await self.think.call(self.pipeline.advance, self.clock.now()):
                await self._tell(judgement, is_recording=False)

    async def _tell(self, judgement: Judgement, is_recording: bool) -> None:
        if judgement.is_first:
            TRENDS_ANNOUNCED.inc()
        for score in judgement.scores:
            VERDICTS.labels(brand=score.brand, verdict=score.verdict.value).inc()
        await self.receive(judgement, is_recording)

    async def _save(self, source: str, cursor: str | None) -> None:
        if cursor is None:
            return
        self._cursors[source] = cursor
        now = self.clock.now()
        last = self._saved_at.get(source)
        if last is not None and (now - last).total_seconds() < CURSOR_EVERY_SECS:
            return
        self._saved_at[source] = now
        await self.save_cursor(source, cursor)

    async def _save_state_if_due(self) -> None:
        now = self.clock.now()
        # Either way: a clock that was set back must not put off saving for as long.
        if self._state_saved_at is None or abs((now - self._state_saved_at).total_seconds()) >= self.save_every_secs:
            self._state_saved_at = now
            await self.save_state(self._cursors)

    def _count_drops(self) -> None:
        """Put what was dropped into the metrics; the first few places stand in the log, for whoever mends them."""
        for reason, count in self.tally.dropped.items():
            new = count - self._counted.get(reason, 0)
            if new:
                POSTS_DROPPED.labels(reason=reason).inc(new)
                self._counted[reason] = count
        for place in self.tally.places[self._shown :]:
            log.warning("post_dropped", place=place)
        self._shown = len(self.tally.places)


def _wait_secs(error: Exception, wait_secs: float) -> float:
    """The longer of what we would wait and what the service asks for."""
    if isinstance(error, Unavailable):
        return max(wait_secs, error.retry_after_secs or 0.0)
    return REFUSED_SECS


def _state_after(error: Exception) -> State:
    if isinstance(error, OutOfMoney):
        return State.BROKE
    if isinstance(error, Throttled):
        return State.THROTTLED
    return State.AWAY if isinstance(error, Unavailable) else State.REFUSED


async def _cancelled(task: asyncio.Future[Batch | None]) -> None:
    """Cancel a read that is under way and wait for it to be over."""
    task.cancel()
    await asyncio.wait({task})
