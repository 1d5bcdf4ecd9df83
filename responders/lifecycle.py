"""The life of a proposal: which move leads from which state to which, and who may make it when. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unicodedata import category

from monitor.errors import Refused
from responders.model import Approval, Draft, Escalation, Pause, Proposal, Receipt, Silence, State
from responders.refusals import clock_text, not_in_table
from responders.rights import Right, Standing, right_of

EDITED_BY = "edited by "
"""How a draft that a person wrote names its author in `Draft.template`."""

MOST_DRAFTS = 10
"""On one card: as many choices as a chat offers, and more than anybody reads."""

WAITS = "its account: "
"""How the reason begins of what was approved and has to wait for its account."""

MOVES: dict[tuple[State, str], tuple[State, ...]] = {
    (State.PENDING, "edit"): (State.PENDING,),  # new revision: earlier looks and yeses no longer count
    (State.PENDING, "add"): (State.PENDING,),  # other drafts beside these: text, revision and yeses stay
    (State.PENDING, "approve"): (State.PENDING, State.APPROVED),  # stays pending until k of n said yes
    (State.PENDING, "reject"): (State.REJECTED,),
    (State.PENDING, "snooze"): (State.PENDING,),
    (State.PENDING, "escalate"): (State.PENDING,),  # nobody decided: more people may; it says yes to nothing
    (State.PENDING, "expire"): (State.EXPIRED,),
    (State.PENDING, "withdraw"): (State.WITHDRAWN,),
    (State.APPROVED, "expire"): (State.EXPIRED,),
    (State.APPROVED, "withdraw"): (State.WITHDRAWN,),  # a person's undo, or the guard turned
    (State.APPROVED, "wait"): (State.APPROVED,),  # the account spoke too often, or it is night there
    (State.APPROVED, "claim"): (State.SENDING,),  # committed before the first byte leaves
    (State.SENDING, "accepted"): (State.PUBLISHED,),
    (State.SENDING, "refused"): (State.FAILED,),
    (State.SENDING, "not_sent"): (State.APPROVED,),  # only with proof that nothing left
    (State.SENDING, "lost"): (State.UNCERTAIN,),  # look before sending again
    (State.UNCERTAIN, "found"): (State.PUBLISHED,),
    (State.UNCERTAIN, "absent"): (State.APPROVED,),  # only where a look-up can be trusted
    (State.UNCERTAIN, "give_up"): (State.FAILED,),
    (State.PUBLISHED, "undo"): (State.PUBLISHED, State.RETRACTED),  # asked for; then deleted and read back as gone
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a move depends on besides the proposal itself; the shell fetches it, in the same transaction."""

    now: datetime
    by: str
    """A person's key, or `clock`, `outbox`, `reconciler`, `guard`, `start-up`."""
    why: str = ""
    seen_revision: int | None = None
    """The revision the person looked at."""
    text: str | None = None
    until: datetime | None = None
    """End of a snooze, or the earliest next try after `not_sent` or `wait`."""
    pause: Pause | None = None
    """The pause in force, if any."""
    silence: Silence | None = None
    """The silence in force over this proposal, if any."""
    receipt: Receipt | None = None
    drafts: tuple[Draft, ...] = ()
    """For `add`: what stands behind the drafts there are from now on."""
    tier: int = 0
    """For `add`: the least tier the card has with them, and how many people it needs then."""
    needed: int = 1
    gone: bool = False
    """For `undo`: the publisher deleted it and read back that it is gone."""
    standing: Standing | None = None
    """What the person may lean on, as settings, Slack and absences are now; None: the names on the card alone."""
    escalation: Escalation | None = None
    """For `escalate`."""


class NotAllowed(Refused):
    """Somebody tried what they may not: told them, and kept."""


def apply(proposal: Proposal, move: str, facts: Facts) -> Proposal:
    """The proposal after the move. Raises Refused, with a sentence for a person, when the table forbids it."""
    targets = MOVES.get((proposal.state, move))
    if targets is None:
        raise Refused(not_in_table(proposal, move))
    after = _RULES[move](proposal, facts)
    assert after.state in targets, f"{move} led from {proposal.state} to {after.state}"
    return replace(after, moved_by=facts.by, moved_at=facts.now, version=proposal.version + 1)


def decide(proposal: Proposal, act: str, facts: Facts) -> list[tuple[str, Proposal]]:
    """What one person's act leads to: each move with the proposal after it, in order.

    `approve` with the text of another draft chooses that draft first. `undo` before anything was sent withdraws.
    Raises Refused; then nothing at all happened.
    """
    if act == "undo" and proposal.state in (State.PENDING, State.APPROVED):
        act = "withdraw"
    if act == "approve" and proposal.state is State.PENDING and facts.text not in (None, proposal.text):
        chosen = apply(proposal, "edit", replace(facts, text=_draft_text(proposal, facts.text or "")))
        # The person saw the old revision with this draft chosen on the screen, which is the new revision.
        agreed = apply(chosen, "approve", replace(facts, seen_revision=chosen.revision, text=None))
        return [("edit", chosen), ("approve", agreed)]
    return [(act, apply(proposal, act, facts))]


def people_needed(proposal: Proposal) -> int:
    """How many different people have to say yes; two at least in tier 2, whatever the settings say."""
    return max(proposal.needed, 2 if proposal.tier >= 2 else 1)


def seat_of(yes: Approval) -> str:
    """Whose yes it is: a seat has one, whoever sat there."""
    return yes.seat or yes.person


def told_for(after: Proposal, person: str, why: str) -> str:
    """Why, for the audit, of an act of `person`: with whose yes it was, where it was not their own."""
    last = next((a for a in reversed(after.approvals) if a.person == person and a.at == after.moved_at), None)
    if last is None or not (last.seat or last.entry):
        return why
    by = f"for {last.seat}" if last.seat else f"as a member of {last.entry}"
    return f"{by}: {why}" if why else by


def yeses(proposal: Proposal) -> tuple[Approval, ...]:
    """The yeses that count: to this very revision and digest."""
    present = (proposal.revision, proposal.digest)
    return tuple(a for a in proposal.approvals if (a.revision, a.digest) == present)


def has_waited(proposal: Proposal) -> bool:
    """Whether the last thing that happened to it is that its account had to wait."""
    return proposal.state is State.APPROVED and proposal.reason is not None and proposal.reason.startswith(WAITS)


def _edit(proposal: Proposal, facts: Facts) -> Proposal:
    _check_in_time(proposal, facts.now)
    _check_seen(proposal, facts)
    text = facts.text or ""
    if not text.strip():
        raise Refused(f"{proposal.id} cannot be empty: write the text that should be posted")
    if not all(char == "\n" or category(char) not in ("Cc", "Cs") for char in text):
        raise Refused(f"{proposal.id} would hold control characters, which cannot be posted: take them out")
    if text == proposal.text:
        raise Refused(f"nothing changed: that already is the text of {proposal.id}")
    known = next((draft for draft in proposal.drafts if draft.text == text), None)
    draft = known or Draft(proposal.account, text, f"{EDITED_BY}{facts.by}", media=proposal.media)
    return replace(
        proposal,
        text=text,
        media=draft.media,
        drafts=proposal.drafts if known else (*proposal.drafts, draft),
        edited_by=draft.template.removeprefix(EDITED_BY) if draft.template.startswith(EDITED_BY) else None,
        revision=proposal.revision + 1,
        approvals=(),
        reason=facts.why or f"text by {draft.template}" if known else facts.why or "own text",
    )


def check_room(proposal: Proposal, now: datetime) -> None:
    """Raises Refused, with a sentence for a person, where no draft can be added."""
    if (proposal.state, "add") not in MOVES:
        raise Refused(not_in_table(proposal, "add"))
    _check_in_time(proposal, now)
    if len(proposal.drafts) >= MOST_DRAFTS:
        raise Refused(f"{proposal.id} has {MOST_DRAFTS} drafts already: choose among them, or write your own")


def _add(proposal: Proposal, facts: Facts) -> Proposal:
    """What is up for decision does not change, so the yeses to it stand; more people may be needed than before."""
    check_room(proposal, facts.now)
    known = {draft.text for draft in proposal.drafts}
    new = tuple(draft for draft in facts.drafts if draft.text not in known)
    if not new or any(draft.account != proposal.account for draft in new):
        raise Refused(f"there is no other draft to add to {proposal.id}")
    if len(proposal.drafts) + len(new) > MOST_DRAFTS:
        raise Refused(f"{proposal.id} would have more than {MOST_DRAFTS} drafts")
    return replace(
        proposal,
        drafts=(*proposal.drafts, *new),
        tier=max(proposal.tier, facts.tier),
        needed=max(proposal.needed, facts.needed),
        reason=facts.why or f"{len(new)} more drafts",
    )


def _approve(proposal: Proposal, facts: Facts) -> Proposal:
    now = facts.now
    right = _check_allowed(proposal, facts)
    _check_in_time(proposal, now)
    _check_seen(proposal, facts)
    _check_quiet(facts)
    _check_first(proposal, facts.by, right.seat)
    yes = Approval(facts.by, proposal.revision, proposal.digest, now, *_written(facts.by, right))
    agreed = replace(proposal, approvals=(*yeses(proposal), yes), snoozed_until=None, reason=facts.why or None)
    if not _is_agreed(agreed):
        return agreed
    send_after = now + timedelta(seconds=proposal.undo_secs)
    if send_after >= proposal.deadline:
        raise Refused(
            f"too late for {proposal.id}: it can be taken back until {clock_text(send_after)}, "
            f"and after {clock_text(proposal.deadline)} nothing may be posted"
        )
    return replace(agreed, state=State.APPROVED, approved_at=now, send_after=send_after)


def _written(person: str, right: Right) -> tuple[str, str]:
    """Seat and entry as a yes keeps them: empty where they are the person's own."""
    return (right.seat if right.seat != person else "", right.entry if right.entry != person else "")


def _escalate(proposal: Proposal, facts: Facts) -> Proposal:
    _check_in_time(proposal, facts.now)
    step = facts.escalation
    if step is None or step.after_secs > (facts.now - proposal.created_at).total_seconds():
        raise Refused(f"it is not time yet to ask more people about {proposal.id}")
    if proposal.snoozed_until is not None and proposal.snoozed_until > facts.now:
        raise Refused(f"{proposal.id} is snoozed until {clock_text(proposal.snoozed_until)}")
    approvers = tuple(dict.fromkeys((*proposal.approvers, *step.to)))
    return replace(proposal, approvers=approvers, escalations=(*proposal.escalations, step))


def _reject(proposal: Proposal, facts: Facts) -> Proposal:
    _check_allowed(proposal, facts)
    if not facts.why.strip():
        raise Refused(f"say why {proposal.id} is rejected: the reason is kept and learned from")
    return replace(proposal, state=State.REJECTED, reason=facts.why)


def _snooze(proposal: Proposal, facts: Facts) -> Proposal:
    _check_in_time(proposal, facts.now)
    if facts.until is None or facts.until <= facts.now:
        raise Refused(f"say until when {proposal.id} should wait: a time after {clock_text(facts.now)}")
    if facts.until >= proposal.deadline:
        raise Refused(f"{proposal.id} cannot wait that long: it is stale after {clock_text(proposal.deadline)}")
    return replace(proposal, snoozed_until=facts.until, reason=facts.why or None)


def _expire(proposal: Proposal, facts: Facts) -> Proposal:
    if facts.now < proposal.deadline:
        raise Refused(f"{proposal.id} is good until {clock_text(proposal.deadline)}")
    return replace(proposal, state=State.EXPIRED, reason=facts.why or "the deadline passed")


def _withdraw(proposal: Proposal, facts: Facts) -> Proposal:
    return replace(proposal, state=State.WITHDRAWN, reason=facts.why or f"taken back by {facts.by}")


def _claim(proposal: Proposal, facts: Facts) -> Proposal:
    _check_in_time(proposal, facts.now)
    _check_quiet(facts)
    if proposal.send_after is None or facts.now < proposal.send_after:
        wait = "it was approved" if proposal.send_after is None else clock_text(proposal.send_after)
        raise Refused(f"{proposal.id} may not be sent before {wait}")
    if not _is_agreed(proposal):
        raise Refused(f"{proposal.id} lacks a yes to its present text: {_missing(proposal)}")
    return replace(proposal, state=State.SENDING, reason=None)


def _wait(proposal: Proposal, facts: Facts) -> Proposal:
    if facts.until is None or facts.until <= facts.now:
        raise Refused(f"say until when {proposal.id} has to wait: a time after {clock_text(facts.now)}")
    return replace(proposal, send_after=facts.until, reason=f"{WAITS}{facts.why}")


def _accepted(proposal: Proposal, facts: Facts) -> Proposal:
    if facts.receipt is None:
        raise Refused(f"{proposal.id} is published only with the platform's receipt")
    return replace(proposal, state=State.PUBLISHED, receipt=facts.receipt, reason=facts.why or None)


def _refused(proposal: Proposal, facts: Facts) -> Proposal:
    return replace(proposal, state=State.FAILED, reason=facts.why)


def _again(proposal: Proposal, facts: Facts) -> Proposal:
    """Back in the queue; mark and `approved_at` stay, so that sending again sends the identical record."""
    again_at = facts.until or facts.now
    return replace(proposal, state=State.APPROVED, tries=proposal.tries + 1, send_after=again_at, reason=facts.why)


def _lost(proposal: Proposal, facts: Facts) -> Proposal:
    return replace(proposal, state=State.UNCERTAIN, reason=facts.why)


def _give_up(proposal: Proposal, facts: Facts) -> Proposal:
    _check_allowed(proposal, facts)
    return replace(proposal, state=State.FAILED, reason=facts.why or f"given up by {facts.by}, never found")


def _undo(proposal: Proposal, facts: Facts) -> Proposal:
    if not facts.gone:
        return replace(proposal, reason=facts.why or f"{facts.by} asked to delete it")
    return replace(proposal, state=State.RETRACTED, reason=facts.why or "deleted, read back as gone")


_RULES: dict[str, Callable[[Proposal, Facts], Proposal]] = {
    "edit": _edit,
    "add": _add,
    "approve": _approve,
    "reject": _reject,
    "snooze": _snooze,
    "escalate": _escalate,
    "expire": _expire,
    "withdraw": _withdraw,
    "wait": _wait,
    "claim": _claim,
    "accepted": _accepted,
    "refused": _refused,
    "not_sent": _again,
    "lost": _lost,
    "found": _accepted,
    "absent": _again,
    "give_up": _give_up,
    "undo": _undo,
}


def _is_agreed(proposal: Proposal) -> bool:
    given = yeses(proposal)
    people, seats = {a.person for a in given}, {seat_of(a) for a in given}
    # In tier 2 somebody else than the author of the words has to stand behind them, and not from the author's seat.
    author = proposal.edited_by
    seen_by_another = proposal.tier < 2 or any(author not in (a.person, seat_of(a)) for a in given)
    are_allowed = all((a.entry or a.person) in proposal.approvers for a in given)
    # One human is one yes, and so is one seat: whichever there are fewer of.
    return min(len(people), len(seats)) >= people_needed(proposal) and seen_by_another and are_allowed


def _missing(proposal: Proposal) -> str:
    return f"{len({a.person for a in yeses(proposal)})} of {people_needed(proposal)}"


def _draft_text(proposal: Proposal, text: str) -> str:
    if all(draft.text != text for draft in proposal.drafts):
        raise Refused(f"that text is no draft of {proposal.id}: save it as an edit first, then approve it")
    return text


def _check_allowed(proposal: Proposal, facts: Facts) -> Right:
    right = right_of(facts.by, proposal.approvers, facts.standing)
    if right is not None:
        return right
    if facts.standing is not None and facts.by in proposal.approvers and facts.by not in facts.standing.named:
        raise NotAllowed(f"{facts.by} may not decide on {proposal.id} any more: the settings changed since it was made")
    names = ", ".join(proposal.approvers) or "nobody"
    raise NotAllowed(f"{facts.by} may not decide on {proposal.id}: {names} may")


def _check_first(proposal: Proposal, person: str, seat: str) -> None:
    """One yes a human, one yes a seat."""
    for yes in yeses(proposal):
        at = clock_text(yes.at)
        if yes.person == person:
            raise Refused(f"you said yes to {proposal.id} at {at} already: another person has to")
        if seat_of(yes) == seat:
            what = f"{yes.person} said yes for {seat}" if yes.seat else f"{seat} said yes"
            raise Refused(f"{what} to {proposal.id} at {at} already: another person has to")


def _check_in_time(proposal: Proposal, now: datetime) -> None:
    if now >= proposal.deadline:
        raise Refused(f"too late: {proposal.id} was good until {clock_text(proposal.deadline)}")


def _check_seen(proposal: Proposal, facts: Facts) -> None:
    if facts.seen_revision == proposal.revision:
        return
    who = proposal.edited_by or proposal.moved_by or "somebody"
    when = f" at {clock_text(proposal.moved_at)}" if who == proposal.moved_by else ""
    raise Refused(
        f"{proposal.id} was edited by {who}{when}: "
        f"you saw revision {facts.seen_revision}, it is now {proposal.revision}"
    )


def _check_quiet(facts: Facts) -> None:
    pause, silence = facts.pause, facts.silence
    if pause is not None:
        raise Refused(
            f"posting is paused by {pause.person} since {clock_text(pause.since)}: {pause.why or 'no reason'}"
        )
    if silence is not None:
        end = clock_text(silence.until)
        raise Refused(f"{silence.term!r} is silenced by {silence.person} until {end}: {silence.why or 'no reason'}")
