"""Whatever happens to any of them meanwhile: what is posted is what was on the screen, all that was chosen or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import Refused
from responders.approvals import Order
from responders.ledger import Ledger
from responders.model import Draft, Proposal
from tests.contract.test_together import a_sister, on_a_ledger
from tests.samples import NOW

NETWORKS = ("bluesky", "mastodon", "x", "reddit", "console")
MEANWHILE = ("nothing", "edited", "other draft", "rejected", "withdrawn", "approved")


def a_family(count: int) -> list[Proposal]:
    """One opportunity on so many accounts, each with two texts of its own."""
    made = []
    for number in range(1, count + 1):
        account = f"{NETWORKS[number - 1]}:oreo"
        drafts = tuple(Draft(account, f"the joke of {account} in words {n}", f"t{n}") for n in (1, 2))
        made.append(replace(a_sister(1), id=f"p{number}", account=account, drafts=drafts, text=drafts[0].text))
    return made


def meet(ledger: Ledger, proposal: Proposal, fate: str) -> None:
    """What somebody else does while a person reads."""
    order = Order(proposal.id, "approve", "jon", "cli", proposal.revision)
    if fate == "edited":
        ledger.decide(replace(order, act="edit", text="what jon wrote meanwhile"), NOW)
    elif fate == "other draft":
        ledger.decide(replace(order, act="edit", text=proposal.drafts[1].text), NOW)
    elif fate == "rejected":
        ledger.decide(replace(order, act="reject", reason="no"), NOW)
    elif fate == "withdrawn":
        ledger.withdraw(proposal.id, by="guard", why="grave", now=NOW)
    elif fate == "approved":
        ledger.decide(order, NOW)


@settings(max_examples=60, deadline=None)
@given(st.data())
async def test_all_that_were_chosen_or_none_and_each_exactly_as_it_was_shown(data: st.DataObject) -> None:
    family = a_family(data.draw(st.integers(2, len(NETWORKS))))
    chosen = data.draw(st.lists(st.sampled_from(family), min_size=1, unique_by=lambda one: one.id))
    screen = {one.id: one.drafts[data.draw(st.integers(0, 1))].text for one in chosen}
    fates = {one.id: data.draw(st.sampled_from(MEANWHILE)) for one in family}
    async with on_a_ledger() as room:
        ledger = room.ledger
        assert ledger is not None
        await room.offer(family)
        for one in family:
            meet(ledger, one, fates[one.id])
        before, head = ledger.proposals(), ledger.audit_head()
        orders = [Order(one.id, "approve", "maya", "inbox", 1, text=screen[one.id]) for one in chosen]
        if any(fates[one.id] != "nothing" for one in chosen):
            with pytest.raises(Refused):
                ledger.decide_together(orders, NOW, {})
            assert (ledger.proposals(), ledger.audit_head()) == (before, head), "nothing at all happened"
            return
        ledger.decide_together(orders, NOW, {})
        await room.clock.advance(11)
        for one in family:
            found = ledger.proposal(one.id)
            assert found is not None
            if one.id in screen:
                publication = ledger.claim(one.id, room.clock.now())
                assert getattr(publication, "text", None) == screen[one.id]
                assert [yes.person for yes in found.approvals] == ["maya"]
                assert found.approvals[0].digest == found.digest
            elif fates[one.id] != "approved":
                with pytest.raises(Refused):
                    ledger.claim(one.id, room.clock.now())
        assert ledger.verify_audit() == []
