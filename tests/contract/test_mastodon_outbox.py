"""One yes through the outbox on a server of Mastodon's kind: one status whatever breaks, or an honest `uncertain`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from responders.ledger import Ledger
from tests.posting import Stage, approve, on_mastodon, sent

ACCOUNT = "mastodon:oreo.test"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_mastodon(timeout_secs=0.5) as made:
        yield made


REFUSED = ("forbidden", "refuse", "missing")
LOST = ("drop", "half", "error", "page", "odd", "cut", "unready", "broken", "moved", "silence")
NOT_SENT = ("limit", "limit_blank", "auth")


@pytest.mark.parametrize("ignores_keys", [False, True])
@pytest.mark.parametrize("fault", [*REFUSED, *LOST, *NOT_SENT])
async def test_one_yes_is_one_status_or_a_no(ledger: Ledger, stage: Stage, fault: str, ignores_keys: bool) -> None:
    stage.sandbox.network.rules.ignores_keys = ignores_keys
    stage.sandbox.dial.turn(fault, secs=20)
    approve(ledger, account=ACCOUNT)
    moves = await sent(ledger, stage)
    [proposal] = ledger.proposals()
    assert (proposal.state.value, len(stage.sandbox.network.written)) == (
        ("failed", 0) if fault in REFUSED else ("published", 1)
    ), moves


@pytest.mark.parametrize("fault", LOST)
async def test_while_nobody_can_look_it_is_uncertain_and_not_sent_again(
    ledger: Ledger, stage: Stage, fault: str
) -> None:
    stage.sandbox.dial.turn(fault)
    stage.sandbox.dial.turn("unready", door="own", times=1000)
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage) == ["claim", "lost"]
    assert stage.sandbox.calls.count("post") == 1
    assert ledger.proposals()[0].state.value == "uncertain"


async def test_a_server_that_comes_back_after_the_hour_has_one_status(ledger: Ledger, stage: Stage) -> None:
    """The key is forgotten by then: only the look before keeps it from a second one."""
    stage.sandbox.dial.turn("drop")
    stage.sandbox.dial.turn("unready", door="own", times=1000)
    approve(ledger, account=ACCOUNT)
    assert await sent(ledger, stage, times=10) == ["claim", "lost"]
    await stage.clock.advance(7200)
    stage.sandbox.dial.waiting.clear()
    assert await sent(ledger, stage, times=1) == ["claim", "lost", "found"]
    assert len(stage.sandbox.network.written) == 1
