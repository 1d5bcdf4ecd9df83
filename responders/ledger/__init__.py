"""The book of proposals: every move is one transaction that holds the new state and its audit row, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Connection, Engine, bindparam, insert, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import to_text
from monitor.errors import Refused
from monitor.model import Opportunity
from monitor.storage import reading, tables, writing
from responders import lifecycle, silencing
from responders.approvals import Order, Said
from responders.crashpoints import crashpoint
from responders.ledger import audit, chairs, erasing, facts, mailroom, rows, stock, switches
from responders.ledger.lessons import Lessons
from responders.ledger.lookout import Lookout
from responders.ledger.looks import Looks
from responders.ledger.mailroom import Mailroom
from responders.ledger.sisters import Sisters
from responders.ledger.switchboard import Switchboard
from responders.lifecycle import Facts
from responders.model import Draft, Proposal, Publication, Receipt, Silence, State
from responders.pacing import Pace, Wait
from responders.rights import Permit, Rule
from responders.stock import sold_out

_OFFER = upsert(tables.opportunities).on_conflict_do_nothing()
_APPROVE = upsert(tables.approvals).on_conflict_do_nothing(index_elements=["proposal", "revision", "person"])
_MOVE = (
    update(tables.proposals)
    .where(tables.proposals.c.id == bindparam("was_id"), tables.proposals.c.state == bindparam("was_state"))
    .where(tables.proposals.c.revision == bindparam("was_revision"))
    .where(tables.proposals.c.version == bindparam("was_version"))
)
"""The compare-and-set; SQLAlchemy takes the new values from the row that comes with it."""
_RECEIPT = insert(tables.receipts)

_NOW: BindParameter[str] = bindparam("now")
_SOONEST = tables.proposals.c.deadline, tables.proposals.c.id
_UNDO_WANTED = select(tables.proposals).where(
    tables.proposals.c.state == "published",
    tables.proposals.c.id.in_(select(tables.moves.c.proposal).where(tables.moves.c.move == "undo")),
)
_UNCERTAIN = select(tables.proposals).where(tables.proposals.c.state == "uncertain")
_UNCERTAIN = _UNCERTAIN.order_by(tables.proposals.c.moved_at, tables.proposals.c.id)
_CLAIMABLE = (
    select(tables.proposals)
    .where(tables.proposals.c.state == "approved", tables.proposals.c.send_after <= _NOW)
    .where(tables.proposals.c.deadline > _NOW)
    .order_by(*_SOONEST)
)
_DUE = (
    select(tables.proposals.c.id)
    .where(tables.proposals.c.state.in_(("pending", "approved")), tables.proposals.c.deadline <= _NOW)
    .limit(1)
)


class Ledger(Looks, Switchboard, Mailroom, Lookout, Lessons, Sisters):
    """Everything that must survive a crash. Blocking; safe from several threads, which then wait for each other.

    Every method that moves a proposal raises Refused, with a sentence for a person, when the table of moves or the
    facts forbid it; then nothing was written. BadState means that the stored rows make no sense: stop.
    """

    def __init__(self, engine: Engine, *, on_move: Callable[[str], None] | None = None) -> None:
        """`on_move` is told the id of each proposal that moved, after the commit, in the thread that moved it."""
        super().__init__(engine)
        self._on_move = on_move

    def close(self) -> None:
        """Let go of the database; idempotent."""
        self._engine.dispose()

    # --- opportunities and cards -------------------------------------------------------------------------------

    def save_opportunity(
        self, opportunity: Opportunity, proposals: Sequence[Proposal], *, judged_at: datetime | None = None
    ) -> list[Proposal]:
        """Keep an opportunity with its proposals; returns the new ones. With one, a card of the day is spent.

        Idempotent for brand, trend and account: a trend that was offered once, whatever became of it, is not offered
        again. So a trend's id has to stay different from those of earlier runs. `judged_at` is the stream's clock where
        it is not ours.
        """
        crashpoint("before_save")
        with self._moving() as connection:
            connection.execute(_OFFER, rows.opportunity_row(opportunity, judged_at))
            erasing.note(connection, opportunity)
            new = [
                self._offer(connection, proposal) for proposal in proposals if not facts.is_known(connection, proposal)
            ]
        crashpoint("after_save")
        return new

    def proposal(self, key: str) -> Proposal | None:
        """One proposal, or None for an unknown id."""
        with reading(self._engine) as connection:
            return facts.find(connection, key)

    def proposals(self, *, open_only: bool = False, closed_since: datetime | None = None) -> list[Proposal]:
        """The open ones, nearest deadline first, then the closed ones, newest first.

        `open_only` leaves the closed ones out, `closed_since` those that closed before.
        """
        table = tables.proposals
        is_open = table.c.state.in_(rows.OPEN)
        closed = ~is_open & (table.c.moved_at >= to_text(closed_since) if closed_since else true())
        with reading(self._engine) as connection:
            found = rows.read_proposals(connection, is_open, table.c.deadline)
            if not open_only:
                found += rows.read_proposals(connection, closed, table.c.moved_at.desc())
        return found

    # --- people ------------------------------------------------------------------------------------------------

    def decide(self, order: Order, now: datetime, permit: Permit | None = None) -> Proposal:
        """Carry out what a person did on a card, whole or not at all; who is away is read in the same transaction.

        Without a `permit` the names on the card decide alone. `undo` takes back what was not sent yet; what is
        published the outbox has to delete first.
        """
        crashpoint("before_decide")
        with self._moving() as connection:
            after = self._decided(connection, order, now=now, permit=permit)
        crashpoint("after_decide")
        return after

    def add_drafts(
        self,
        key: str,
        drafts: Sequence[Draft],
        *,
        person: str,
        via: str,
        why: str,
        tier: int,
        needed: int,
        now: datetime,
    ) -> Proposal:
        """Put drafts that a person wished for behind those of an open card; what is up for decision stays."""
        known = Facts(now, person, why=why, drafts=tuple(drafts), tier=tier, needed=needed)
        return self._move(key, "add", known, via=via)

    def undo_asked(self, order: Order, now: datetime) -> Proposal:
        """Write down that a person wants a publication deleted, before anything is deleted."""
        known = facts.rounded(Facts(now, order.person, why=order.reason))
        with self._moving() as connection:
            before = facts.get(connection, order.proposal)
            after = self._make(connection, before, "undo", known=known, via=order.via)
            mailroom.work_off(connection, order.said, f"undo by {order.person}", at=now)
        return after

    def undo_wanted(self) -> list[Proposal]:
        """Publications that a person wants deleted and that are not known to be gone."""
        with reading(self._engine) as connection:
            return rows.found_proposals(connection, _UNDO_WANTED)

    def last_undo(self, key: str) -> Order:
        """The newest wish to delete a publication, as the person uttered it."""
        last = [move for move in self.history(key) if move.move == "undo"][-1]
        return Order(key, "undo", last.person, last.via, last.revision, reason=last.why)

    def retracted(self, order: Order, now: datetime) -> Proposal:
        """The publication was deleted and read back as gone."""
        known = Facts(now, order.person, why=order.reason, gone=True)
        return self._move(order.proposal, "undo", known, via=order.via)

    # --- clock and guard ---------------------------------------------------------------------------------------

    def expire_due(self, now: datetime) -> list[Proposal]:
        """Expire everything that nobody may post any more; returns what expired."""
        with reading(self._engine) as connection:
            if connection.execute(_DUE, {"now": to_text(now)}).first() is None:
                return []
        table = tables.proposals
        due = table.c.state.in_(("pending", "approved")) & (table.c.deadline <= to_text(now))
        return self._move_all(due, "expire", Facts(now, "clock"))

    def withdraw(self, key: str, *, by: str, why: str, now: datetime, via: str = "daemon") -> Proposal:
        """Take a proposal back for good before anything was sent."""
        return self._move(key, "withdraw", Facts(now, by, why=why), via=via)

    def silence(self, silence: Silence, *, via: str = "daemon", said: Said | None = None) -> list[Proposal]:
        """Keep a silence and withdraw what it covers, in one transaction; returns what was withdrawn."""
        why = silencing.sentence(silence, silence.person)
        known = facts.rounded(Facts(silence.since, silence.person, why=why))
        with self._moving() as connection:
            covered = chairs.silence(connection, silence, via=via)
            mailroom.work_off(connection, said, f"mute by {silence.person}", at=silence.since)
            return [self._make(connection, p, "withdraw", known=known, via=via) for p in covered]

    def escalate_due(self, rules: Mapping[str, Rule], now: datetime) -> list[Proposal]:
        """Let the next people decide on what nobody decided on in time; nothing during a pause. Says yes to nothing."""
        if not any(rule.steps for rule in rules.values()):
            return []
        with reading(self._engine) as connection:
            if not facts.steps_due(connection, rules, now):
                return []
        with self._moving() as connection:
            due = facts.steps_due(connection, rules, now)
            return [self._make(connection, p, "escalate", known=known) for p, known in due]

    # --- the outbox --------------------------------------------------------------------------------------------

    def claimable(self, now: datetime) -> list[Proposal]:
        """What may be sent now, nearest deadline first; nothing during a pause."""
        with reading(self._engine) as connection:
            if switches.pause_in_force(connection, now) is not None:
                return []
            return rows.found_proposals(connection, _CLAIMABLE, {"now": to_text(now)})

    def silence_over(self, proposal: Proposal, now: datetime) -> Silence | None:
        """The silence in force that covers the proposal, if any."""
        with reading(self._engine) as connection:
            return facts.silence_over(connection, proposal, now)

    def claim(
        self, key: str, now: datetime, *, pace: Pace | None = None, promised: Sequence[str] = ()
    ) -> Publication | Wait | None:
        """Commit the intent to send, before the first byte leaves; pause and silences are read in the same transaction.

        None where the text promises something (`promised`) of which none are left: then it is taken back for good.

        Where the account has spoken too often, or it is quiet there, the proposal waits instead; that is written once.
        Raises Refused also when the account has another publication in hand.
        """
        with self._moving() as connection:
            before = facts.get(connection, key)
            if (gone := stock.first_gone(connection, before.brand, promised)) is not None:
                self._make(connection, before, "withdraw", known=Facts(now, "outbox", why=sold_out(gone)))
                return None
            wait = facts.wait_of(connection, before, pace, now=now) if pace else None
            if wait is not None:
                lifecycle.apply(before, "claim", facts.of_claim(connection, before, now))  # else it would not even wait
                if not lifecycle.has_waited(before):
                    self._make(connection, before, "wait", known=Facts(now, "outbox", why=wait.why, until=wait.until))
                return wait
            sending = lifecycle.apply(before, "claim", facts.of_claim(connection, before, now))
            publication = facts.keep_publication(connection, sending)
            self._write(connection, before, [("claim", sending)], person="outbox", via="daemon", why="")
        return publication

    def accepted(self, key: str, receipt: Receipt, now: datetime) -> Proposal:
        """The platform took it: the receipt and the state in one transaction."""
        return self._receive(key, "accepted", Facts(now, "outbox", receipt=receipt))

    def refused(self, key: str, why: str, now: datetime) -> Proposal:
        """The platform said no for good."""
        return self._move(key, "refused", Facts(now, "outbox", why=why))

    def not_sent(self, key: str, why: str, *, now: datetime, again_at: datetime) -> Proposal:
        """It is proven that nothing left; try again from `again_at`."""
        return self._move(key, "not_sent", Facts(now, "outbox", why=why, until=again_at))

    def lost(self, key: str, why: str, now: datetime) -> Proposal:
        """Nobody knows whether it was sent."""
        return self._move(key, "lost", Facts(now, "outbox", why=why))

    def found(self, key: str, receipt: Receipt, now: datetime) -> Proposal:
        """Looked for by our mark and found."""
        return self._receive(key, "found", Facts(now, "reconciler", why="found by our mark", receipt=receipt))

    def absent(self, key: str, now: datetime) -> Proposal:
        """Looked for where a look-up can be trusted, and not there: it may be sent again."""
        return self._move(key, "absent", Facts(now, "reconciler", why="not there after the settling time"))

    def sending_to_uncertain(self, now: datetime) -> list[Proposal]:
        """At start-up: what was in hand when we died, nobody knows about."""
        known = Facts(now, "start-up", why="stopped while sending")
        return self._move_all(tables.proposals.c.state == "sending", "lost", known)

    def uncertain(self) -> list[Proposal]:
        """What has to be looked for, the longest lost first."""
        with reading(self._engine) as connection:
            return rows.found_proposals(connection, _UNCERTAIN)

    def publication(self, key: str) -> Publication | None:
        """What was, or was about to be, sent for the proposal; None when it was never claimed."""
        table = tables.publications
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.proposal == key)).mappings().first()
        return None if row is None else rows.read_publication(row)

    # --- inside ------------------------------------------------------------------------------------------------

    @contextmanager
    def _moving(self) -> Iterator[Connection]:
        with writing(self._engine) as connection:
            moved: list[str] = connection.info.setdefault("moved", [])
            moved.clear()
            yield connection
            told = list(moved)
        if self._on_move is not None:
            for key in told:
                self._on_move(key)

    def _decided(self, connection: Connection, order: Order, *, now: datetime, permit: Permit | None) -> Proposal:
        before = facts.get(connection, order.proposal)
        if order.act == "undo" and before.state is State.PUBLISHED:
            raise Refused(f"{before.id} is published: it has to be deleted on the platform first")
        known = facts.of_person(connection, before, order, now=now, permit=permit)
        steps = lifecycle.decide(before, order.act, known)
        why = lifecycle.told_for(steps[-1][1], order.person, order.reason)
        after = self._write(connection, before, steps, person=order.person, via=order.via, why=why)
        mailroom.work_off(connection, order.said, f"{order.act} by {order.person}", at=now)
        return after

    def _move(self, key: str, move: str, known: Facts, *, via: str = "daemon") -> Proposal:
        with self._moving() as connection:
            return self._make(connection, facts.get(connection, key), move, known=facts.rounded(known), via=via)

    def _move_all(self, where: ColumnElement[bool], move: str, known: Facts) -> list[Proposal]:
        """The same move for all that match, in one transaction; looks first, so that nothing due costs no write."""
        with reading(self._engine) as connection:
            if not connection.execute(select(tables.proposals.c.id).where(where).limit(1)).first():
                return []
        with self._moving() as connection:
            due = rows.read_proposals(connection, where, tables.proposals.c.deadline)
            return [self._make(connection, before, move, known=facts.rounded(known)) for before in due]

    def _make(
        self, connection: Connection, before: Proposal, move: str, *, known: Facts, via: str = "daemon"
    ) -> Proposal:
        after = lifecycle.apply(before, move, known)
        why = known.why or after.reason or ""
        return self._write(connection, before, [(move, after)], person=known.by, via=via, why=why)

    def _receive(self, key: str, move: str, known: Facts) -> Proposal:
        assert known.receipt is not None
        receipt = replace(known.receipt, at=facts.whole(known.receipt.at))
        with self._moving() as connection:
            # The receipt first: the database lets nothing be `published` without one.
            connection.execute(_RECEIPT, rows.receipt_row(key, receipt))
            known = facts.rounded(replace(known, receipt=receipt))
            return self._make(connection, facts.get(connection, key), move, known=known)

    def _write(
        self,
        connection: Connection,
        before: Proposal,
        steps: list[tuple[str, Proposal]],
        *,
        person: str,
        via: str,
        why: str,
    ) -> Proposal:
        """One compare-and-set from `before` to the last step, then one audit row a step."""
        after = steps[-1][1]
        was = {"was_id": before.id, "was_state": before.state, "was_revision": before.revision}
        row = rows.proposal_row(after) | was | {"was_version": before.version}
        if connection.execute(_MOVE, row).rowcount != 1:
            raise Refused(f"{before.id} was changed by somebody else at the same moment: look again")
        for yes in after.approvals:
            connection.execute(_APPROVE, rows.approval_row(after.id, yes))
        crashpoint("inside_move")
        for move, step in steps:
            audit.append(connection, move, step, before=before, person=person, via=via, why=why or step.reason or "")
            before = step
        connection.info["moved"].append(after.id)
        return after

    def _offer(self, connection: Connection, proposal: Proposal) -> Proposal:
        connection.execute(insert(tables.proposals), rows.proposal_row(proposal))
        crashpoint("inside_move")
        person = proposal.moved_by or "watch"
        audit.append(connection, "offer", proposal, before=None, person=person, via="daemon", why=proposal.reason or "")
        connection.info["moved"].append(proposal.id)
        return facts.get(connection, proposal.id)
