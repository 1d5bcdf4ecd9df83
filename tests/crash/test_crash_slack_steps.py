"""Killed while the next people are called: the thread rings them once, and nobody's silence says yes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from monitor.storage import open_database
from responders.crashpoints import THREAD_SEAMS
from responders.ledger import Ledger
from responders.model import State
from responders.rights import Rule, Step
from responders.sandbox import slack
from tests.crash.fast_clock import START, FastClock
from tests.crash.test_crash_slack import PATIENCE_SECS, a_life, until
from tests.crash.worker import opportunity, proposal


@pytest.mark.parametrize("seam", THREAD_SEAMS)
async def test_killed_at_a_seam_of_a_step_it_calls_the_next_people_once(folder: Path, seam: str) -> None:
    zero, database = time.time(), folder / "bonmot.db"
    ledger = Ledger(open_database(database))
    [kept] = ledger.save_opportunity(opportunity("t0", START), [proposal(0, "bluesky:oreo.test", START)])
    server = await slack.start(clock=FastClock(zero))
    rules = {kept.brand: Rule({kept.tier: kept.approvers}, (Step(1.0, ("jonas",)),))}
    words = (str(database), server.url, str(zero))
    try:
        await until(lambda: bool(ledger.escalate_due(rules, FastClock(zero).now())))
        async with a_life(*words, dies_at=seam) as first:
            assert await asyncio.wait_for(first.wait(), PATIENCE_SECS) == -9
        async with a_life(*words) as second:
            await until(lambda: (row := ledger.delivered("p0/step1")) is not None and row.state.value == "shown")
            assert second.returncode is None
        replies = [one for one in server.messages if one.get("thread_ts", one["ts"]) != one["ts"]]
        assert [one["text"].partition(":")[0] for one in replies] == ["<@U02BEN>"]
        found = ledger.proposal("p0")
        assert found is not None
        assert (found.state, found.approvals) == (State.PENDING, ())
    finally:
        await server.close()
        ledger.close()
