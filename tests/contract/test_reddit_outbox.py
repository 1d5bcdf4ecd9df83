"""One yes through the outbox on Reddit: one submission whatever breaks, or an honest `uncertain`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from responders.ledger import Ledger
from tests.posting import Stage, approve, on_reddit, sent

ACCOUNT = "reddit:oreo.test"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_reddit(timeout_secs=0.5) as made:
        yield made


REFUSED = ("forbidden", "refuse", "missing")
LOST = ("drop", "half", "error", "page", "odd", "cut", "unready", "broken", "moved", "silence")
NOT_SENT = ("limit", "limit_blank", "auth")


@pytest.mark.parametrize("fault", [*REFUSED, *LOST, *NOT_SENT])
async def test_one_yes_is_one_submission_or_a_no(ledger: Ledger, stage: Stage, fault: str) -> None:
    stage.sandbox.desk.dial.turn(fault, secs=20)
    approve(ledger, account=ACCOUNT)
    moves = await sent(ledger, stage)
    [proposal] = ledger.proposals()
    assert (proposal.state.value, len(stage.sandbox.desk.written)) == (
        ("failed", 0) if fault in REFUSED else ("published", 1)
    ), moves


async def test_a_break_that_reddit_asks_for_is_taken(ledger: Ledger, stage: Stage) -> None:
    stage.sandbox.desk.errors.append(["RATELIMIT", "Take a break for 1 minute before trying again.", "ratelimit"])
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage, times=8) == ["claim", "not_sent"]
    assert (await sent(ledger, stage))[-2:] == ["claim", "accepted"]
    assert stage.sandbox.desk.calls.count("submit") == 2


@pytest.mark.parametrize("fault", ["drop", "error", "cut", "unready"])
async def test_while_nobody_can_look_it_is_uncertain_and_not_sent_again(
    ledger: Ledger, stage: Stage, fault: str
) -> None:
    stage.sandbox.desk.dial.turn(fault)
    stage.sandbox.desk.dial.turn("fine", door="own")  # the look before the submission
    stage.sandbox.desk.dial.turn("unready", door="own", times=1000)
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage) == ["claim", "lost"]
    assert stage.sandbox.desk.calls.count("submit") == 1
    assert ledger.proposals()[0].state.value == "uncertain"
