"""One yes through the outbox on X: one post whatever breaks, or an honest `uncertain`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from responders.ledger import Ledger
from tests.posting import Stage, approve, on_x, sent

ACCOUNT = "x:oreo.test"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_x(timeout_secs=0.5) as made:
        yield made


REFUSED = ("forbidden", "refuse", "missing")
LOST = ("drop", "half", "error", "page", "odd", "cut", "unready", "broken", "moved", "silence")
NOT_SENT = ("limit", "limit_blank", "auth")


@pytest.mark.parametrize("takes_copies", [False, True])
@pytest.mark.parametrize("fault", [*REFUSED, *LOST, *NOT_SENT])
async def test_one_yes_is_one_post_or_a_no(ledger: Ledger, stage: Stage, fault: str, takes_copies: bool) -> None:
    stage.sandbox.desk.takes_copies = takes_copies
    stage.sandbox.desk.dial.turn(fault, secs=20)
    approve(ledger, account=ACCOUNT)
    moves = await sent(ledger, stage)
    [proposal] = ledger.proposals()
    assert (proposal.state.value, len(stage.sandbox.desk.written)) == (
        ("failed", 0) if fault in REFUSED else ("published", 1)
    ), moves


@pytest.mark.parametrize("fault", LOST)
async def test_while_nobody_can_look_it_is_uncertain_and_not_sent_again(
    ledger: Ledger, stage: Stage, fault: str
) -> None:
    stage.sandbox.desk.dial.turn(fault)
    stage.sandbox.desk.dial.turn("unready", door="own", times=1000)
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage) == ["claim", "lost"]
    assert stage.sandbox.desk.calls.count("post") == 1
    assert ledger.proposals()[0].state.value == "uncertain"


async def test_a_timeline_that_lags_too_far_is_saved_by_xs_no_to_duplicates(ledger: Ledger, stage: Stage) -> None:
    """Absent by the timeline, sent again, refused as a duplicate, and found by then."""
    stage.sandbox.desk.dial.turn("drop")
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage, times=2) == ["claim", "lost"]
    hidden = stage.sandbox.posts.copy()
    stage.sandbox.posts.clear()
    while ledger.proposals()[0].state.value != "approved":
        await sent(ledger, stage, times=1)
    stage.sandbox.posts += hidden
    assert (await sent(ledger, stage))[-3:] == ["absent", "claim", "accepted"]
    assert len(stage.sandbox.desk.written) == 1


async def test_an_empty_purse_holds_it_back_and_nothing_is_spent_on_trying(ledger: Ledger) -> None:
    async with on_x(usd_per_day=0.01) as stage:
        approve(ledger, account=ACCOUNT)
        moves = await sent(ledger, stage, times=6)
        assert moves == ["claim", "not_sent"], "money is back at midnight"
        assert (stage.sandbox.desk.written, stage.purse.spent[0]) == ([], 1_000)


async def test_tries_that_were_not_let_in_cost_nothing(ledger: Ledger, stage: Stage) -> None:
    stage.sandbox.desk.dial.turn("auth", times=3)
    approve(ledger, account=ACCOUNT)
    await sent(ledger, stage)
    assert ledger.proposals()[0].state.value == "published"
    assert stage.purse.spent[0] == 15_000 + 1_000
