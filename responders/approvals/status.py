"""Where a proposal stands, said to a person in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from responders.approvals import words
from responders.lifecycle import has_waited
from responders.model import Approval, Move, Pause, Proposal, State

Tone = Literal["quiet", "wait", "go", "done", "alarm", "over"]
Names = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Status:
    """One sentence; `until` makes the page count down behind it, `link` leads to the post."""

    tone: Tone
    text: str
    until: datetime | None = None
    at: datetime | None = None
    link: tuple[str, str] | None = None


def status_of(p: Proposal, *, names: Names, now: datetime, pause: Pause | None, history: Sequence[Move] = ()) -> Status:
    """The sentence for the state that the proposal is in; `history` tells who snoozed it."""
    match p.state:
        case State.PENDING:
            return _pending(p, names, now, history=history)
        case State.APPROVED:
            return _approved(p, names, now=now, pause=pause)
        case State.SENDING:
            return Status("go", "Posting now.")
        case State.UNCERTAIN:
            return Status("alarm", _uncertain(p))
        case State.PUBLISHED:
            return _published(p, names)
        case _:
            return _over(p, names)


def _pending(p: Proposal, names: Names, now: datetime, *, history: Sequence[Move]) -> Status:
    if p.deadline <= now:
        return Status("over", "Expired. Nothing was posted.", at=p.deadline)
    if p.snoozed_until is not None and p.snoozed_until > now:
        who = next((f" by {names(move.person)}" for move in reversed(history) if move.move == "snooze"), "")
        return Status("wait", f"Snoozed{who}; back in", until=p.snoozed_until)
    return Status("quiet", "")


def _approved(p: Proposal, names: Names, *, now: datetime, pause: Pause | None) -> Status:
    yes = " and ".join(_said_by(a, names) for a in p.approvals) or "you"
    if pause is not None:
        return Status("wait", f"Approved by {yes}. Held back: posting is paused.")
    if has_waited(p):
        return _waiting(p, yes, now)
    if p.send_after is not None and p.send_after > now:
        return Status("go", f"Approved by {yes}. Posting in", until=p.send_after)
    retry = f" Try {p.tries + 1}." if p.tries else ""
    return Status("go", f"Approved by {yes}. Posting now.{retry}")


def _published(p: Proposal, names: Names) -> Status:
    link = words.web_link(p.receipt.url) if p.receipt else None
    if p.moved_by is None or p.moved_by in words.MACHINES:
        return Status("done", f"Posted to {words.place(p.account)}.", at=_posted_at(p), link=link)
    # The only move of a person on what is published: the wish to delete it.
    asked = f"{names(p.moved_by)} asked to delete it from {words.place(p.account)}, and it is not known to be gone yet."
    return Status("alarm", f"{asked} It is tried again until it is.", at=p.moved_at, link=link)


def _said_by(yes: Approval, names: Names) -> str:
    return f"{names(yes.person)} for {names(yes.seat)}" if yes.seat else names(yes.person)


def _waiting(p: Proposal, yes: str, now: datetime) -> Status:
    """Its account spoke too often, or it is night there."""
    said = f"Approved by {yes}. It waits: {words.plain(p.reason or '', 200)}."
    if p.send_after is None or p.send_after <= now:
        return Status("wait", f"{said} Others are before it.")
    if p.send_after >= p.deadline:
        return Status("wait", f"{said} The joke is stale before that.", until=None)
    return Status("wait", f"{said} Posting in", until=p.send_after)


def _uncertain(p: Proposal) -> str:
    where = words.place(p.account)
    return (
        f"It is not known whether this was posted. {words.network(p.account.partition(':')[0])} did not answer after "
        f"we sent it, so it may stand on {where} already. It is not sent again until somebody or something has looked."
    )


def _over(p: Proposal, names: Names) -> Status:
    is_told = not p.reason or p.reason.startswith("taken back by")
    why = "" if is_told else f" {_sentence(p.reason or '')}"
    by = _by(p, names)
    texts = {
        State.REJECTED: f"Rejected{by}.{why}",
        State.EXPIRED: "Expired. Nothing was posted.",
        State.WITHDRAWN: f"Taken back{by}. Nothing was posted.{why}",
        State.FAILED: f"Not posted.{why}",
        State.RETRACTED: f"Deleted from {words.network(p.account.partition(':')[0])}{by}.{why}",
    }
    return Status("alarm" if p.state is State.FAILED else "over", texts[p.state], at=p.moved_at)


def _by(p: Proposal, names: Names) -> str:
    return f" by {names(p.moved_by)}" if p.moved_by and p.moved_by not in words.MACHINES else ""


def _posted_at(p: Proposal) -> datetime:
    return p.receipt.at if p.receipt else p.moved_at


def _sentence(text: str) -> str:
    clean = words.plain(text, 300).strip()
    clean = clean[:1].upper() + clean[1:]
    return clean if clean.endswith((".", "!", "?", "…")) else f"{clean}."
