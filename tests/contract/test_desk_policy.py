"""What a network does not allow is refused at the yes, and a card says what is not allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from monitor.clock import FakeClock
from monitor.errors import Refused
from monitor.model import Account, Brand
from monitor.schema import PolicySettings
from monitor.storage import open_database
from responders.approvals import Order
from responders.approvals.changes import Changes
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from responders.policy import policy_of
from tests.samples import NOW, a_proposal, an_opportunity

HERS, HIS = "x:oreo", "x:oreo_uk"


@pytest.fixture
async def desk() -> AsyncIterator[LedgerDesk]:
    clock, ledger = FakeClock(NOW), Ledger(open_database(":memory:"))
    books = Books(ledger)
    accounts = (Account(HERS, "x", "oreo"), Account(HIS, "x", "oreo_uk"), Account("bluesky:oreo", "bluesky", "oreo"))
    made = LedgerDesk(books, clock=clock, brands={"oreo": Brand("oreo", "Oreo", accounts=accounts)}, changes=Changes())
    yield made
    books.close()
    ledger.close()


async def _offer(desk: LedgerDesk, number: int, account: str, text: str) -> Order:
    opportunity = an_opportunity(f"t{number}")
    proposal = a_proposal(number, opportunity=opportunity.id, trend=f"t{number}", account=account, text=text)
    await desk._books.call(desk._books.ledger.save_opportunity, opportunity, [proposal])
    return Order(proposal.id, "approve", "maya", "inbox", proposal.revision)


async def test_the_text_of_a_sister_account_is_no_text_for_x_and_fine_elsewhere(desk: LedgerDesk) -> None:
    await desk.decide(await _offer(desk, 1, HERS, "Dunk in the dark."))
    with pytest.raises(Refused, match="as our earlier post 'Dunk in the dark"):
        await desk.decide(await _offer(desk, 2, HIS, "Dunk in the dark!"))
    agreed = await desk.decide(await _offer(desk, 3, "bluesky:oreo", "Dunk in the dark."))
    assert agreed.state == "approved"


async def test_a_yes_is_refused_where_the_network_forbids_the_post(desk: LedgerDesk) -> None:
    with pytest.raises(Refused, match="holds 2 cashtags: one cashtag a post"):
        await desk.decide(await _offer(desk, 1, HERS, "$MDLZ or $HSY?"))


async def test_other_settings_count_at_once_and_stand_on_the_card(desk: LedgerDesk) -> None:
    order = await _offer(desk, 1, HERS, "Dunk in the dark.")
    rule = {"account": HERS, "act": "post", "standing": "forbidden", "why": "the lawyers said wait", "source": "Ines"}
    desk.policy = policy_of(PolicySettings.model_validate({"rules": [rule | {"checked": "2026-11-20"}]}))
    card = await desk.card(order.proposal)
    assert card is not None
    assert "a post of one's own: not allowed, the lawyers said wait (Ines, 2026-11-20)" in card.limits
    with pytest.raises(Refused, match=r"may not be posted on x:oreo: the lawyers said wait \(Ines, 2026-11-20\)"):
        await desk.decide(order)
