"""Why a move is not there, in sentences for whoever tried it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from responders.model import FINAL, Proposal, State


def clock_text(moment: datetime) -> str:
    """`20:41:07 UTC`, as sentences for people say it."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def not_in_table(proposal: Proposal, move: str) -> str:
    """Why the move is not there, told from what happened last: `already approved by jon at 20:41:07 UTC`."""
    who = f" by {proposal.moved_by}" if proposal.moved_by else ""
    state = proposal.state
    if state is State.APPROVED and proposal.approvals:
        last = max(proposal.approvals, key=lambda a: a.at)
        return f"{proposal.id} is already approved by {last.person} at {clock_text(last.at)}: undo takes it back"
    if state is State.SENDING:
        return f"{proposal.id} is being sent since {clock_text(proposal.moved_at)}: wait for the platform's answer"
    if state is State.UNCERTAIN:
        return f"nobody knows yet whether {proposal.id} was published: it is being looked for, or give it up"
    if state in FINAL or state is State.PUBLISHED:
        return f"{proposal.id} is already {state}{who} at {clock_text(proposal.moved_at)}"
    return f"{proposal.id} is {state}: {move.replace('_', ' ')} is not possible now"
