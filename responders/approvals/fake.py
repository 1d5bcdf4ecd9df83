"""A desk in memory, for tests, pictures and building channels: the real table of moves, no database, no network."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from monitor.clock import Clock, to_text
from monitor.errors import Refused
from monitor.model import Account, Brand, Opportunity
from responders import lifecycle, together
from responders.approvals import Card, Judged, Order, Said, words
from responders.approvals.changes import Changes
from responders.approvals.fake_people import FakePeople
from responders.drafting import checks
from responders.lifecycle import Facts, NotAllowed
from responders.model import FINAL, Move, Pause, Proposal, Receipt, Silence, State
from responders.rights import Away, Rota
from responders.silencing import sentence, silence_over

CLOSED_FOR = timedelta(hours=24)


class FakeDesk:
    """Keeps the promises of `Desk`; `tick` does what the outbox and the clock would do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._proposals: dict[str, Proposal] = {}
        self._opportunities: dict[str, Opportunity] = {}
        self._history: dict[str, list[Move]] = {}
        self._changes = Changes()
        self._pause: Pause | None = None
        self._judged: list[Judged] = []
        self.folk = FakePeople()
        self.posted: list[tuple[str, str]] = []
        """(account, text) of everything that was sent, in order."""
        self.keeps_posts: set[str] = set()
        """Accounts whose network does not delete for now."""
        self.loses_answers = False
        """While true, whatever is sent becomes `uncertain`."""
        self.post_url = "http://127.0.0.1:1/post"
        """Where receipts say that a post stands."""

    def offer(self, opportunity: Opportunity, proposal: Proposal) -> None:
        """Put a new proposal up for decision."""
        self._opportunities[proposal.id] = opportunity
        self._history[proposal.id] = []
        self._proposals[proposal.id] = proposal
        self._changes.tell(proposal.id)

    def note(self, judged: Judged) -> None:
        """Add a trend that did not become a card."""
        self._judged.insert(0, judged)
        self._changes.tell("judged")

    async def tick(self) -> None:
        """Close what is overdue and send what may be sent now."""
        for proposal in list(self._proposals.values()):
            now = self._clock.now()
            if proposal.state in (State.PENDING, State.APPROVED) and now >= proposal.deadline:
                self._move(proposal, "expire", Facts(now, "clock"))
            elif self._is_due(proposal, now):
                self._send(proposal, now)

    async def cards(self) -> list[Card]:
        since = self._clock.now() - CLOSED_FOR
        kept = [p for p in self._proposals.values() if p.is_open or p.moved_at >= since]
        return [self._card(p) for p in sorted(kept, key=_nearest_first)]

    async def card(self, proposal: str) -> Card | None:
        found = self._proposals.get(proposal)
        return None if found is None else self._card(found)

    async def decide(self, order: Order) -> Proposal:
        steps = await self._steps(order)
        for move, after in steps:
            self._write(self._proposals[order.proposal], move, after, via=order.via)
        if order.act == "undo" and self._proposals[order.proposal].state is State.PUBLISHED:
            self._delete(self._proposals[order.proposal], order)
        return self._proposals[order.proposal]

    async def decide_together(self, orders: Sequence[Order]) -> list[Proposal]:
        together.check(orders, [self._get(order.proposal) for order in orders])
        ready = [(order, await self._steps(order)) for order in orders]  # before the first is written
        for order, steps in ready:
            for move, after in steps:
                self._write(self._proposals[order.proposal], move, after, via=order.via)
        return [self._proposals[order.proposal] for order in orders]

    async def take_back(self, order: Order) -> list[str]:
        own, now, told = self._get(order.proposal), self._clock.now(), []
        everywhere = [own, *self._sisters(own)]
        if not any(together.way_back(one) or one.state in together.UNKNOWN for one in everywhere):
            raise Refused(f"there is nothing to take back of {own.id}: it stands nowhere")
        for one in everywhere:
            move = together.way_back(one)
            if one.state in together.UNKNOWN:
                told.append(f"{words.place(one.account)}: nobody knows whether it was posted there; look yourself")
            elif move is not None:
                why = order.reason or together.why_back(move, one, order)
                asked = self._move(one, move, Facts(now, order.person, why=why), via=order.via)
                if one.account in self.keeps_posts:
                    told.append(f"{words.place(one.account)} still has it: it is tried again until it is gone")
                elif move == "undo":
                    self._delete(asked, order)
        return told

    async def problems(self, proposal: Proposal, text: str) -> list[str]:
        platform, _, handle = proposal.account.partition(":")
        account = Account(proposal.account, platform, handle)
        brand = Brand(proposal.brand, proposal.brand, accounts=(account,))
        evidence = self._opportunities[proposal.id].trend.evidence
        recent = [sent for account, sent in self.posted if account == proposal.account]
        return checks.problems(text, brand=brand, account=account, recent=recent, evidence=evidence)

    async def judged(self) -> list[Judged]:
        return self._judged[:50]

    async def paused(self) -> Pause | None:
        pause = self._pause
        if pause is not None and pause.until is not None and pause.until <= self._clock.now():
            self._pause = pause = None
        return pause

    async def pause(self, person: str, why: str, until: datetime | None, *, said: Said | None = None) -> None:
        if until is not None and until <= self._clock.now():
            raise Refused("that pause would be over already")
        self._pause = Pause(person, why, self._clock.now(), until)
        self._changes.tell("pause")

    async def resume(self, person: str, why: str, *, said: Said | None = None) -> None:
        pause = await self.paused()
        if pause is None:
            raise Refused("posting is not paused")
        if said is not None and pause.since > said.at:
            raise Refused("posting was paused after you asked to resume")
        self._pause = None
        self._changes.tell("pause")

    async def rota(self) -> Rota:
        return self.folk.rota(self._clock.now())

    async def silence(
        self, term: str, person: str, why: str, *, until: datetime, brand: str | None, via: str,
        said: Said | None = None,
    ) -> int:  # fmt: skip
        now = self._clock.now()
        wanted = Silence(f"s{len(self.folk.silences) + 1}", brand, term, person, why, now, until)
        self.folk.silence(wanted)
        covered = [p for p in self._proposals.values() if p.state in (State.PENDING, State.APPROVED)]
        covered = [p for p in covered if silence_over(p, self._opportunities[p.id].trend, [wanted], now=now)]
        for proposal in covered:
            self._move(proposal, "withdraw", Facts(now, person, why=sentence(wanted, person)))
        self._changes.tell("pause")
        return len(covered)

    async def unsilence(self, key: str, person: str, why: str, *, via: str, said: Said | None = None) -> Silence:
        self._changes.tell("pause")
        return self.folk.unsilence(key, self._clock.now())

    async def go_away(
        self, person: str, delegate: str | None, why: str, *, until: datetime, via: str, said: Said | None = None
    ) -> Away:
        self._changes.tell("pause")
        return self.folk.go_away(Away(person, delegate, why, self._clock.now(), until, person))

    async def come_back(self, person: str, *, via: str, said: Said | None = None) -> None:
        self.folk.come_back(person, self._clock.now())

    async def keep_refusal(self, person: str, about: str, why: str, *, via: str) -> None:
        self.folk.refusals.append((person, about, why, via))

    def changes(self) -> AsyncIterator[str]:
        return self._changes.read()

    def close(self) -> None:
        """End every reader of `changes`."""
        self._changes.close()

    async def _steps(self, order: Order) -> list[tuple[str, Proposal]]:
        """What the order leads to. Raises Refused; nothing is written yet."""
        proposal = self._get(order.proposal)
        if order.act in ("edit", "approve"):
            found = await self.problems(proposal, order.text or proposal.text)
            if found:
                raise Refused("; ".join(found))
        facts = Facts(
            now=self._clock.now(),
            by=order.person,
            why=order.reason,
            seen_revision=order.seen_revision,
            text=order.text,
            until=order.until,
            pause=await self.paused(),
            standing=self.folk.standing(order.person, proposal.approvers, self._clock.now()),
        )
        try:
            return lifecycle.decide(proposal, order.act, facts)
        except NotAllowed as error:
            await self.keep_refusal(order.person, f"{order.act} {order.proposal}", str(error), via=order.via)
            raise

    def _get(self, key: str) -> Proposal:
        found = self._proposals.get(key)
        if found is None:
            raise Refused(f"there is no proposal {key}")
        return found

    def _sisters(self, proposal: Proposal) -> tuple[Proposal, ...]:
        same = [one for one in self._proposals.values() if one.opportunity == proposal.opportunity]
        return together.sisters_in(sorted(same, key=lambda one: one.account), proposal)

    def _delete(self, proposal: Proposal, order: Order) -> None:
        self._move(proposal, "undo", Facts(self._clock.now(), order.person, why=order.reason, gone=True))

    def _is_due(self, proposal: Proposal, now: datetime) -> bool:
        is_sendable = proposal.state is State.APPROVED and self._pause is None
        return is_sendable and proposal.send_after is not None and proposal.send_after <= now

    def _send(self, proposal: Proposal, now: datetime) -> None:
        sending = self._move(proposal, "claim", Facts(now, "outbox"))
        self.posted.append((proposal.account, proposal.text))
        if self.loses_answers:
            self._move(sending, "lost", Facts(now, "outbox", why="no answer within 30 s"))
            return
        receipt = Receipt(f"post-{len(self.posted)}", f"{self.post_url}/{len(self.posted)}", now)
        self._move(sending, "accepted", Facts(now, "outbox", receipt=receipt))

    def _move(self, proposal: Proposal, move: str, facts: Facts, *, via: str = "daemon") -> Proposal:
        after = lifecycle.apply(proposal, move, facts)
        self._write(proposal, move, after, via=via)
        return after

    def _write(self, before: Proposal, move: str, after: Proposal, *, via: str) -> None:
        rows = self._history[after.id]
        last = rows[-1].hash if rows else ""
        row = Move(
            number=len(rows) + 1,
            proposal=after.id,
            move=move,
            before=before.state,
            after=after.state,
            person=after.moved_by or "",
            via=via,
            why=after.reason or "",
            revision=after.revision,
            digest=after.digest,
            at=after.moved_at,
            hash=hashlib.sha256(f"{last} {move} {after.digest} {to_text(after.moved_at)}".encode()).hexdigest(),
        )
        rows.append(row)
        self._proposals[after.id] = after
        for key in (after.id, *(one.id for one in self._sisters(after))):
            self._changes.tell(key)

    def _card(self, proposal: Proposal) -> Card:
        history = tuple(self._history[proposal.id])
        return Card(proposal, self._opportunities[proposal.id], history, sisters=self._sisters(proposal))


def _nearest_first(proposal: Proposal) -> tuple[bool, float]:
    is_closed = proposal.state in FINAL or proposal.state is State.PUBLISHED
    return is_closed, -proposal.moved_at.timestamp() if is_closed else proposal.deadline.timestamp()
