"""What a window is told in the ack of its submission: what stands against it, beside the field.

Only the ack can keep a modal open (docs.slack.dev, `response_action: errors`), and it has three seconds. So the payload
is stored first, then looked at for at most two; what is not known by then is acked and worked off like every click.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from monitor.clock import Clock, within
from monitor.errors import BonmotError, Refused
from responders import lifecycle
from responders.approvals import Card, Desk, words
from responders.approvals.shapes import Reader
from responders.approvals.slack.face import Asked, Face
from responders.approvals.slack.kept import Kept, Payload, Stored
from responders.approvals.slack.people import Gate, origin_of
from responders.approvals.slack.tunes import Step, Tunes
from responders.approvals.slack.wishes import VIA
from responders.lifecycle import Facts, NotAllowed

log = structlog.get_logger()

LOOK_SECS = 2.0
"""Slack waits three seconds for an ack; a third of them is for storing and for the way."""
MOST_KEPT = 500
"""Answers kept for submissions that come once more; Slack sends again within minutes, if at all."""
DECIDING = frozenset({"approve", "reject", "edit", "choose", "withdraw", "expire", "undo", "give_up"})


@dataclass(slots=True)
class Answers:
    """Stores submissions and says what stands against them. The same submission gets the same answer, once carried out
    or not at all."""

    desk: Desk
    kept: Kept
    face: Face
    gate: Gate
    clock: Clock
    reader: Callable[[], Awaitable[Reader]]
    tunes: Tunes | None = None
    _said: dict[str, asyncio.Future[Step | None]] = field(default_factory=dict)
    """By act: what is being looked at, and what was answered."""

    def holds(self, act: str) -> bool:
        """Whether an act is being looked at or was answered for good: not to be carried out."""
        said = self._said.get(act)
        return said is not None and (not said.done() or (step := said.result()) is None or step.is_final)

    async def to(self, sent: Stored, payload: Payload) -> Payload | None:
        """Store a submission; the answer that keeps its window open, or None where it is to be carried out.

        Raises what storing raises.
        """
        known = self._said.get(sent.act)
        if known is not None:
            step = await asyncio.shield(known)
            return None if step is None else step.answer
        said = self._said[sent.act] = asyncio.get_running_loop().create_future()
        step = None
        try:
            if await self.kept.receive(sent, self.clock.now()):
                step = await self._looked(sent, payload)
        finally:
            said.set_result(step)
            if step is None:
                del self._said[sent.act]
            self._make_room()
        return None if step is None else step.answer

    async def _looked(self, sent: Stored, payload: Payload) -> Step | None:
        """What the ack says; where nothing is to be carried out, that is written down first."""
        step = await self._in_time(payload)
        if step is None or not step.is_final:
            return step
        user, outcome = origin_of(payload).user, step.sentence
        if step.answer.get("response_action") == "errors":
            log.warning("slack_refused", user=user, team=origin_of(payload).team, reason=step.sentence)
            outcome = f"refused {user}: {step.sentence}"
        # Before the answer leaves: what a person is told to mend must not be carried out as well.
        is_ours = await self.kept.settle(sent.act, outcome, self.clock.now())
        return step if is_ours else None

    async def _in_time(self, payload: Payload) -> Step | None:
        try:
            return await within(self.clock, LOOK_SECS, self._against(payload))
        except TimeoutError:
            return None

    async def _against(self, payload: Payload) -> Step | None:
        try:
            asked = self.face.read(payload, self.clock.now())
            sentence = await self._sentence(payload, asked)
            if not sentence and self.tunes is not None:
                return self.tunes.step(payload, asked)
            answer = self.face.complaint(payload, asked, sentence) if sentence else None
        except Exception as error:  # the edge of a look: whatever it is, the submission is worked off in the usual way
            log.warning("slack_not_looked_at", reason=str(error) if isinstance(error, BonmotError) else repr(error))
            return None
        return None if answer is None else Step(answer, sentence, is_final=True)

    async def _sentence(self, payload: Payload, asked: Asked) -> str:
        """Why it cannot be done; empty where nothing is known against it."""
        if asked.kind not in ("order", "wish", "refused"):
            return ""
        try:
            person = await self._let_in(payload, asked)
            if asked.kind == "order":
                return await self._against_order(asked, person)
            if asked.name == "drafts" and (card := await self.desk.card(asked.proposal)) is not None:
                lifecycle.check_room(card.proposal, self.clock.now())
        except Refused as error:
            return str(error)
        return asked.reason if asked.kind == "refused" else ""

    async def _let_in(self, payload: Payload, asked: Asked) -> str:
        """The person; that somebody else tried is kept. Raises NotAllowed."""
        origin = origin_of(payload)
        try:
            return await self.gate.who(origin)
        except NotAllowed as error:
            about = f"{asked.act or asked.name} {asked.proposal} by {origin.user} of {origin.team or 'no workspace'}"
            await self.desk.keep_refusal(origin.user, about, str(error), via=VIA)
            raise

    async def _against_order(self, asked: Asked, person: str) -> str:
        card = await self.desk.card(asked.proposal)
        if card is None:
            return "There is no such card any more."
        if asked.act is None:
            return ""
        facts = Facts(
            self.clock.now(), person, why=asked.reason, seen_revision=asked.seen_revision, text=asked.text,
            until=asked.until,
        )  # fmt: skip
        try:
            lifecycle.decide(card.proposal, asked.act, facts)
        except NotAllowed:
            return ""  # the desk knows who stands in for whom, and keeps the refusal
        except Refused as error:
            return told(card, person, await self.reader(), error=str(error))
        if asked.act == "edit" and asked.text is not None:
            return "; ".join(await self.desk.problems(card.proposal, asked.text))
        return ""

    def _make_room(self) -> None:
        old = [act for act, said in self._said.items() if said.done()]
        for act in old[: max(0, len(old) - MOST_KEPT)]:
            del self._said[act]


def told(card: Card | None, person: str, reader: Reader, *, error: str) -> str:
    """Why it came to nothing: who was faster and when, if anybody was."""
    last = next((move for move in reversed(card.history) if move.move in DECIDING), None) if card else None
    if last is None:
        return error
    who = "You" if last.person == person else reader.name(last.person)
    return f"{who} {words.MOVES.get(last.move, last.move)} at {last.at:%H:%M:%S} UTC. {error}"
