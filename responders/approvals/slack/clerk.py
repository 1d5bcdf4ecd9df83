"""Works off what people did, in the order it came, once it is stored and acked; what a crash left, at the next run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import structlog

from monitor import retry
from monitor.aside import first
from monitor.clock import Clock, within
from monitor.errors import AuthNeeded, BadInput, BadState, BonmotError, Refused, Unavailable
from responders.approvals import Desk, Order, Said
from responders.approvals.aides import Aides
from responders.approvals.shapes import Reader
from responders.approvals.slack import errands, modals
from responders.approvals.slack.answers import Answers, told
from responders.approvals.slack.asides import Errands
from responders.approvals.slack.face import Asked, Face, View
from responders.approvals.slack.kept import Kept, Payload, Received, is_submission, stored
from responders.approvals.slack.people import Gate, Origin, origin_of
from responders.approvals.slack.tunes import Tunes
from responders.approvals.slack.turns import Turn, Turns
from responders.approvals.slack.web import Web, escaped
from responders.crashpoints import crashpoint
from responders.lifecycle import NotAllowed

log = structlog.get_logger()

VIA = "slack"
TRIGGER_SECS = 2.5
"""A trigger opens a window within three seconds; later there is no use in trying."""
AT_HAND_SECS = 0.5
"""So long a window waits for its card; then it opens without, and is filled after."""
TRIES = 4
"""How often Slack is asked who somebody is before a click is given up."""
AT_ONCE = 32
"""So many clicks are in hand at the same time: those of other people, on other cards."""
FOR_ALL = errands.NAMES | {"pause", "resume"}
"""Wishes that change what others may do: nothing that came later overtakes them, and they overtake nothing."""


@dataclass(slots=True)
class Clerk:
    """Takes payloads in, and turns them into orders."""

    desk: Desk
    web: Web
    kept: Kept
    face: Face
    gate: Gate
    clock: Clock
    reader: Callable[[], Awaitable[Reader]]
    random: Random = field(default_factory=Random)  # spreads retries, hides nothing
    aides: Aides = field(default_factory=Aides)
    answers: Answers = field(init=False)
    errands: Errands = field(init=False)
    tunes: Tunes | None = field(init=False)
    turns: Turns = field(default_factory=Turns)
    _in_hand: set[int] = field(default_factory=set)
    """Clicks that are worked on, by the number of their payload."""
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _under_way: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    """Errands by the number of their payload."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers = Answers(self.desk, self.kept, self.face, self.gate, self.clock, self.reader)
        tuner = self.aides.tuner
        self.tunes = None if tuner is None else Tunes(tuner, self.web, self.clock)
        self.answers.tunes = self.tunes
        self.errands = Errands(self.aides, self.tunes)

    async def receive(self, envelope: str, kind: str, payload: Payload) -> Mapping[str, Any] | None:
        """Store it; the ack may follow, and the work does. What is returned goes with the ack of a submission."""
        sent = stored(envelope, kind, payload)
        try:
            with first():
                if is_submission(payload):
                    return await self.answers.to(sent, payload)
                await self.kept.receive(sent, self.clock.now())
        finally:
            self._news.set()
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; what is in hand then is finished, the rest waits for the next start."""
        async with asyncio.TaskGroup() as group, asyncio.TaskGroup() as errands:
            leaving = group.create_task(self._leave(stop), name="leave slack clicks")
            while not stop.is_set():
                self._news.clear()
                waiting = await self._waiting()
                for received in waiting:  # after `stop` they only see that it is set
                    await self._begin(received, stop, clicks=group, errands=errands)
                if not waiting:
                    await self._news.wait()
            leaving.cancel()
            for task in self._under_way.values():  # what takes a while is done anew by the next start
                task.cancel()

    async def _waiting(self) -> list[Received]:
        """What nobody works on, in the order it came."""
        before = {*self._in_hand, *self._under_way}  # what ends during the look may be seen as it was before
        with first():
            undone = await self.kept.undone()
        busy = {*before, *self._in_hand, *self._under_way}
        return [one for one in undone if one.number not in busy and not self.answers.holds(one.act)]

    async def _begin(
        self, received: Received, stop: asyncio.Event, *, clicks: asyncio.TaskGroup, errands: asyncio.TaskGroup
    ) -> None:
        """Start the work; waits while too much is in hand."""
        asked = self._read(received)
        if self.errands.takes(asked):
            task = errands.create_task(self._run_errand(received, stop), name="slack errand")
            self._under_way[received.number] = task
            return
        await self._places.acquire()
        names = {f"person {origin_of(received.payload).user}", f"card {asked.proposal}" if asked.proposal else ""}
        turn = self.turns.take(names - {""}, alone=asked.kind == "wish" and asked.name in FOR_ALL)
        self._in_hand.add(received.number)
        with first():
            work = clicks.create_task(self._work(received, turn, stop), name="slack click")
        work.add_done_callback(lambda _: self._let_go(received.number))

    def _let_go(self, number: int) -> None:
        self._in_hand.discard(number)
        self._places.release()

    def _read(self, received: Received) -> Asked:
        try:
            return self.face.read(received.payload, received.received_at)
        except Exception:  # whatever is wrong with it is told where it is worked off
            return Asked("nothing")

    async def _run_errand(self, received: Received, stop: asyncio.Event) -> None:
        try:
            await self._work(received, self.turns.take(()), stop)
        finally:
            del self._under_way[received.number]
            self._news.set()

    async def _leave(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._news.set()

    async def _work(self, received: Received, turn: Turn, stop: asyncio.Event) -> None:
        origin = origin_of(received.payload)
        try:
            async with turn:
                if stop.is_set():
                    return
                outcome = await self._carried_out(received, origin)
            if not isinstance(outcome, str):  # Slack may take its time to be told: nobody who came later waits for that
                outcome = await outcome
        except Refused as error:
            log.warning("slack_refused", user=origin.user, team=origin.team, reason=str(error))
            outcome = f"refused {origin.user}: {error}"
            await self._whisper(origin, str(error))
        except (Unavailable, AuthNeeded, BadInput) as error:
            outcome = f"not done: {error}"
            await self._whisper(origin, f"That was not done: {error}")
        except BadState:  # our own store makes no sense: stop rather than guess
            raise
        except Exception as error:  # the edge of one click: the next ones are worked off all the same
            log.exception("task_failed", task="slack click")
            outcome = f"failed: {type(error).__name__}"
        crashpoint("slack_decided")
        await self.kept.done(received.number, outcome, self.clock.now())
        log.info("slack_done", number=received.number, outcome=outcome)

    async def _carried_out(self, received: Received, origin: Origin) -> str | Coroutine[Any, Any, str]:
        """What became of it, or what is still to be told to Slack and then says so. Raises Refused with a sentence for
        the person."""
        asked = self.face.read(received.payload, received.received_at)
        if asked.kind == "nothing" or not origin.user:
            return "nothing to do"
        person = await self._let_in(asked, origin)
        if asked.kind == "refused":
            raise Refused(asked.reason)
        said = Said(received.number, received.received_at)
        if asked.kind == "order":
            return await self._decide(asked, person, said)
        if asked.kind == "open":
            return self._open(asked, origin, received.received_at)
        if self.errands.takes(asked):
            for told_to in await self.errands.carry_out(asked, person, received, view=self._view):
                await self._whisper(origin, told_to, proposal=asked.proposal)
            if asked.name in ("tune_apply", "tune_drop"):
                await self._show_home(origin)
            return f"{asked.name} by {person}"
        return await self._grant(asked, person, origin, said=said)

    async def _let_in(self, asked: Asked, origin: Origin) -> str:
        """The person; whoever is none of ours is told so, and that they tried is kept."""
        try:
            return await self._who(origin)
        except NotAllowed as error:
            if asked.name != "home":  # to look at a tab is to try nothing
                what = f"{asked.act or asked.name or asked.kind} {asked.proposal}".strip()
                about = f"{what} by {origin.user} of {origin.team or 'no workspace'}"
                await self.desk.keep_refusal(origin.user, about, str(error), via=VIA)
            raise

    async def _who(self, origin: Origin) -> str:
        """The person, once Slack told what it knows of the account. Nobody is let in unseen."""
        waits = retry.delays(self.random, first_secs=0.5)
        for tries in range(1, TRIES + 1):
            try:
                return await self.gate.who(origin)
            except Unavailable as error:
                if tries == TRIES:
                    raise
                await self.clock.sleep(max(next(waits), error.retry_after_secs or 0.0))
        raise AssertionError

    async def _decide(self, asked: Asked, person: str, said: Said) -> str:
        card = await self.desk.card(asked.proposal)
        asked = self.face.chosen(asked, card)
        if asked.kind != "order" or asked.act is None:
            raise Refused(asked.reason)
        order = Order(
            asked.proposal, asked.act, person, VIA, asked.seen_revision,
            text=asked.text, reason=asked.reason, until=asked.until, said=said,
        )  # fmt: skip
        try:
            await self.desk.decide(order)
        except Refused as error:
            card = await self.desk.card(asked.proposal)
            raise Refused(told(card, person, await self.reader(), error=str(error))) from error
        return f"{order.act} by {person}"

    async def _open(self, asked: Asked, origin: Origin, received_at: datetime) -> str:
        """Open the window; where the card is not at hand, one that waits, which is filled as soon as it is."""
        left = TRIGGER_SECS - (self.clock.now() - received_at).total_seconds()
        if left < 0:
            raise Refused("That took too long to open a window; click again.")
        try:
            window = await within(self.clock, min(AT_HAND_SECS, left), self._window(asked))
        except TimeoutError:
            return await self._open_empty(asked, origin)
        await self.web.ask("views.open", trigger_id=origin.trigger, view=window)
        return f"opened {asked.name}"

    async def _open_empty(self, asked: Asked, origin: Origin) -> str:
        """The window stands at once, for a trigger waits for nobody; `hash` keeps us to this state of it."""
        opened = await self.web.ask("views.open", trigger_id=origin.trigger, view=modals.loading())
        shown = opened.get("view") or {}
        try:
            window = await self._window(asked)
        except BonmotError as error:
            window = modals.failure(str(error))
        await self.web.ask("views.update", view_id=shown.get("id"), hash=shown.get("hash"), view=window)
        return f"opened {asked.name}, filled after"

    async def _window(self, asked: Asked) -> Payload:
        if asked.name == "tune" and self.tunes is not None:
            return self.tunes.first()
        card = await self.desk.card(asked.proposal) if asked.proposal else None
        if asked.proposal and card is None:
            raise Refused("There is no such card any more.")
        return self.face.window(asked, card, await self.reader())

    async def _grant(self, asked: Asked, person: str, origin: Origin, *, said: Said) -> str | Coroutine[Any, Any, str]:
        text = ""
        if asked.name == "pause":
            await self.desk.pause(person, asked.reason, asked.until, said=said)
        elif asked.name == "resume":
            await self.desk.resume(person, asked.reason, said=said)
        elif asked.name in errands.NAMES:
            text = await errands.carry_out(self.desk, asked, person, ids=self.gate.ids, said=said)
        else:
            return self._show(asked, person, origin)
        return self._tell(origin, text, f"{asked.name} by {person}")

    async def _show(self, asked: Asked, person: str, origin: Origin) -> str:
        """What there is to look at."""
        if asked.name == "home":
            await self._show_home(origin)
        else:
            await self._whisper(origin, self.face.answer(asked, await self._view()))
        return f"{asked.name} by {person}"

    async def _tell(self, origin: Origin, text: str, outcome: str) -> str:
        await self._whisper(origin, text)
        return outcome

    async def _view(self) -> View:
        tuner = self.aides.tuner
        tunings = await tuner.waiting() if tuner is not None else []
        cards, judged = await self.desk.cards(), await self.desk.judged()
        return View(cards, judged, await self.reader(), tunings, can_tune=tuner is not None)

    async def _show_home(self, origin: Origin) -> None:
        view = self.face.home(await self._view())
        await self.web.ask("views.publish", user_id=origin.user, view=view)

    async def _whisper(self, origin: Origin, text: str, *, proposal: str = "") -> None:
        """Tell one person alone. Not worth a second try: what was done is done, and the card shows it."""
        if not origin.user or not text:
            return
        said = escaped(text)[:3000]
        try:
            room = origin.channel or await self._room_of(proposal)
            if room:
                await self.web.ask("chat.postEphemeral", channel=room, user=origin.user, text=said)
            else:  # a window stands in no channel; a user's id names the app's own conversation with them
                await self.web.ask("chat.postMessage", channel=origin.user, text=said)
        except BonmotError as error:
            log.warning("slack_not_told", user=origin.user, reason=str(error))

    async def _room_of(self, proposal: str) -> str:
        """Where a card stands; a window over it stands in no channel."""
        delivered = await self.kept.delivered(proposal) if proposal else None
        return delivered.channel if delivered is not None else ""
