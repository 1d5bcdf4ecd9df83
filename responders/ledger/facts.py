"""What a move depends on, read inside the transaction that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select

from monitor.clock import from_text, to_text
from monitor.errors import BadState, Refused
from monitor.model import Trend
from monitor.storage import tables
from responders import rights, silencing
from responders.approvals import Order
from responders.ledger import rows, switches
from responders.lifecycle import Facts
from responders.model import Escalation, Proposal, Publication, Silence
from responders.pacing import LONGEST, Pace, Wait, wait_for
from responders.rights import Permit, Rule

_AT = func.coalesce(tables.receipts.c.at, tables.proposals.c.moved_at)
_SPOKEN = (
    select(_AT)
    .select_from(tables.proposals.outerjoin(tables.receipts, tables.receipts.c.proposal == tables.proposals.c.id))
    .where(tables.proposals.c.state.in_(("sending", "uncertain", "published", "retracted")))
    .where(tables.proposals.c.id != bindparam("key"), tables.proposals.c.account == bindparam("account"))
    .where(bindparam("since") <= _AT)
)
_BUSY = (
    select(tables.proposals.c.id)
    .where(tables.proposals.c.account == bindparam("account"), tables.proposals.c.state == "sending")
    .where(tables.proposals.c.id != bindparam("key"))
    .limit(1)
)
_PUBLICATION = select(tables.publications).where(tables.publications.c.proposal == bindparam("key"))
_PUBLISH = insert(tables.publications)


def find(connection: Connection, key: str) -> Proposal | None:
    """One proposal, or None for an unknown id."""
    return rows.read_proposal(connection, key)


def get(connection: Connection, key: str) -> Proposal:
    """One proposal. Raises Refused for an unknown id."""
    proposal = find(connection, key)
    if proposal is None:
        raise Refused(f"there is no proposal {key!r}")
    return proposal


def is_known(connection: Connection, proposal: Proposal) -> bool:
    """Whether brand, trend and account met before, whatever became of it."""
    table = tables.proposals
    same = (table.c.brand == proposal.brand) & (table.c.trend == proposal.trend)
    query = select(table.c.id).where(same & (table.c.account == proposal.account)).limit(1)
    return connection.execute(query).first() is not None


def is_account_busy(connection: Connection, proposal: Proposal) -> bool:
    """Whether another publication on the account is being sent right now."""
    return connection.execute(_BUSY, {"account": proposal.account, "key": proposal.id}).first() is not None


def silence_over(connection: Connection, proposal: Proposal, now: datetime) -> Silence | None:
    """The silence in force that covers the proposal; its trend is read only when there is any silence at all."""
    silences = switches.silences_in_force(connection, now)
    if not silences:
        return None
    return silencing.silence_over(proposal, trend_of(connection, proposal), silences, now=now)


def of_person(
    connection: Connection, before: Proposal, order: Order, *, now: datetime, permit: Permit | None = None
) -> Facts:
    """What a person's act depends on; without a permit the names on the card decide alone."""
    absences = switches.absences_in_force(connection, now) if permit else ()
    return Facts(
        standing=rights.standing(order.person, permit, absences, now=now) if permit else None,
        now=whole(now),
        by=order.person,
        why=order.reason,
        seen_revision=order.seen_revision,
        text=order.text,
        until=whole(order.until) if order.until else None,
        pause=switches.pause_in_force(connection, now),
        silence=silence_over(connection, before, now),
    )


def of_claim(connection: Connection, before: Proposal, now: datetime) -> Facts:
    """What a claim depends on. Raises Refused when the account has another publication in hand."""
    if is_account_busy(connection, before):
        raise Refused(f"{before.id} has to wait: another publication on {before.account} is in hand")
    pause = switches.pause_in_force(connection, now)
    return Facts(whole(now), "outbox", pause=pause, silence=silence_over(connection, before, now))


def steps_due(connection: Connection, rules: Mapping[str, Rule], now: datetime) -> list[tuple[Proposal, Facts]]:
    """What nobody decided on in time, with the next step of its tier; nothing while nobody could say yes."""
    if switches.pause_in_force(connection, now) is not None:
        return []
    table, found = tables.proposals, []
    open_ones = (table.c.state == "pending") & (table.c.deadline > to_text(now))
    for p in rows.read_proposals(connection, open_ones, table.c.deadline):
        is_asleep = p.snoozed_until is not None and p.snoozed_until > now
        chain = rules[p.brand].chain(p.tier) if p.brand in rules else ()
        due = rights.due_step(chain, len(p.escalations), made_at=p.created_at, now=now)
        if due is not None and not is_asleep:
            step, after_secs = due
            why = f"nobody decided in {after_secs / 60:g} min: {', '.join(step.to)} may decide as well"
            found.append((p, Facts(whole(now), "clock", why=why, escalation=Escalation(after_secs, step.to))))
    return found


def wait_of(connection: Connection, before: Proposal, pace: Pace, *, now: datetime) -> Wait | None:
    """Whether the account has to wait, by what was sent on it so far; what may have been sent counts as well."""
    sought = {"key": before.id, "account": before.account, "since": to_text(now - LONGEST)}
    found = connection.execute(_SPOKEN, sought).scalars()
    wait = wait_for(pace, [from_text(text) for text in found], now)
    # Stored to the millisecond; a time cut off there would be too early.
    return None if wait is None else replace(wait, until=whole(wait.until + timedelta(milliseconds=1)))


def keep_publication(connection: Connection, proposal: Proposal) -> Publication:
    """The one publication of a proposal: written with the first claim, the identical one with every later claim."""
    if proposal.approved_at is None:
        raise BadState(f"proposal {proposal.id} is claimed, and was never approved")
    publication = Publication(
        proposal=proposal.id,
        account=proposal.account,
        text=proposal.text,
        digest=proposal.digest,
        mark=proposal.mark,
        created_at=proposal.approved_at,
        languages=proposal.languages,
        media=proposal.media,
    )
    row = rows.publication_row(publication, proposal.revision)
    kept = connection.execute(_PUBLICATION, {"key": proposal.id}).mappings().first()
    if kept is None:
        connection.execute(_PUBLISH, row)
    elif dict(kept) != row:
        raise BadState(f"proposal {proposal.id} would be sent with another content than it was sent before")
    return publication


def rounded(facts: Facts) -> Facts:
    """The facts with the times that will be stored."""
    return replace(facts, now=whole(facts.now), until=whole(facts.until) if facts.until else None)


def whole(moment: datetime) -> datetime:
    """To the millisecond, as it is stored: what we return is what the next reader gets."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def trend_of(connection: Connection, proposal: Proposal) -> Trend | None:
    """The trend of a proposal as it was when it was offered."""
    table = tables.opportunities
    row = connection.execute(select(table).where(table.c.id == proposal.opportunity)).mappings().first()
    return None if row is None else rows.read_opportunity(row).trend
