"""One opportunity on several accounts: who may be agreed to at once, and what takes each back. Pure.

Sisters are the proposals of one opportunity and brand. Each is approved, sent and deleted by itself; together are only
the act of saying yes and the wish to have them all gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.errors import Refused
from responders.model import Proposal, State

if TYPE_CHECKING:
    from responders.approvals import Order

MOST = 20
"""Orders at once; no brand has as many accounts."""
UNKNOWN = (State.SENDING, State.UNCERTAIN)
"""It may stand there, and cannot be deleted now: a person has to look."""
_BACK = {State.PENDING: "withdraw", State.APPROVED: "withdraw", State.PUBLISHED: "undo"}


def check(orders: Sequence[Order], proposals: Sequence[Proposal]) -> None:
    """Raises Refused, with a sentence for a person, unless these are yeses of one person to sisters and their texts."""
    if not 1 <= len(orders) <= MOST:
        raise Refused(f"between one and {MOST} cards can be agreed to at once, not {len(orders)}")
    first = proposals[0]
    for order, proposal in zip(orders, proposals, strict=True):
        if order.act != "approve" or order.person != orders[0].person:
            raise Refused("only yeses of one person are carried out together")
        if order.text is None:
            raise Refused(f"a yes to {proposal.id} among others has to say to which text")
        if (proposal.opportunity, proposal.brand) != (first.opportunity, first.brand):
            raise Refused(f"{proposal.id} does not belong to {first.id}: agree to it on its own card")
    if len({order.proposal for order in orders}) < len(orders):
        raise Refused("the same card was named twice")


def sisters_in(kin: Sequence[Proposal], proposal: Proposal) -> tuple[Proposal, ...]:
    """The others among the proposals of its opportunity."""
    return tuple(one for one in kin if one.account != proposal.account and one.brand == proposal.brand)


def way_back(proposal: Proposal) -> str | None:
    """The move that takes it back; None where there is nothing to take back, or where nobody knows."""
    return _BACK.get(proposal.state)


def why_back(move: str, proposal: Proposal, order: Order) -> str:
    """Why a sister is taken back, for its audit and its card; empty where the move itself says it."""
    is_own = proposal.id == order.proposal
    return "" if is_own or move == "undo" else f"undo everywhere, asked for on the card {order.proposal}"
