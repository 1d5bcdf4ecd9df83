"""`bonmot inbox approve|undo ID --everywhere`: the accounts of one opportunity at once."""

from __future__ import annotations

from dataclasses import replace

import typer
from rich.console import Console

from monitor.errors import Refused
from monitor.visible import visible
from responders.approvals import Card, Desk, Order
from responders.commands.office import print_proposal
from responders.model import Proposal, State


async def carry_out(desk: Desk, order: Order, untold: list[str]) -> list[Proposal]:
    """Say yes to a card and all its sisters that wait for one, or undo them all; how they stand afterwards.

    `untold` gets what could not be undone. Raises Refused, also where the person says no to what they are shown.
    """
    card = await _card(desk, order.proposal)
    if order.act == "undo":
        untold += await desk.take_back(order)
        return await _again(desk, [card.proposal, *card.sisters])
    waiting = [one for one in card.sisters if one.state is State.PENDING]
    _ask(card.proposal, waiting, order.text)
    own = replace(order, seen_revision=card.proposal.revision, text=order.text or card.proposal.text)
    # Each sister as it was shown: whatever changed while the person read is refused.
    also = [replace(own, proposal=one.id, seen_revision=one.revision, text=one.text) for one in waiting]
    return await desk.decide_together([own, *also])


def _ask(own: Proposal, waiting: list[Proposal], text: str | None) -> None:
    """Every text whole, then the question: nobody says yes to a text unseen."""
    console = Console(stderr=True)
    for proposal in (own, *waiting):
        print_proposal(console, proposal)
    places = ", ".join(proposal.account for proposal in (own, *waiting))
    chosen = f" with {visible(text)!r} on {own.account}" if text else ""
    if not typer.confirm(f"approve all of these ({places}){chosen}?", err=True):
        raise Refused("nothing was done")


async def _again(desk: Desk, proposals: list[Proposal]) -> list[Proposal]:
    return [(await _card(desk, proposal.id)).proposal for proposal in proposals]


async def _card(desk: Desk, key: str) -> Card:
    card = await desk.card(key)
    if card is None:
        raise Refused(f"there is no proposal {key!r}; `bonmot inbox` lists them")
    return card
