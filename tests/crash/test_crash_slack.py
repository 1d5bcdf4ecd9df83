"""Killed at every seam of a card and of a click in Slack: one message, one decision, nothing lost."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.storage import open_database
from responders import crashpoints
from responders.crashpoints import CHANNEL_SEAMS, PLOT_SEAMS
from responders.ledger import Ledger
from responders.model import State
from responders.sandbox import slack
from tests.crash.fast_clock import START, FastClock
from tests.crash.worker import opportunity, proposal

PATIENCE_SECS = 40.0


@asynccontextmanager
async def a_life(*words: str, dies_at: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the channel; asked to stop at the end where it still lives."""
    environ = {**os.environ, crashpoints.VARIABLE: dies_at}
    command = (sys.executable, "-m", "tests.crash.slack_worker", *words)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, env=environ)
    try:
        yield process
    finally:
        if process.returncode is None and process.stdin is not None:
            process.stdin.write(b"stop\n")
            await process.wait()


async def until(is_true: Callable[[], bool]) -> None:
    """Wait for another process. Fails when it takes too long."""
    async with asyncio.timeout(PATIENCE_SECS):
        while not is_true():
            await asyncio.sleep(0.01)


def has_buttons(message: dict[str, Any]) -> bool:
    return any(block["type"] == "actions" for block in message.get("blocks", []))


@pytest.mark.parametrize("seam", CHANNEL_SEAMS)
async def test_killed_at_a_seam_it_shows_one_card_and_takes_one_decision(folder: Path, seam: str) -> None:
    zero, database = time.time(), folder / "bonmot.db"
    ledger = Ledger(open_database(database))
    ledger.save_opportunity(opportunity("t0", START), [proposal(0, "bluesky:oreo.test", START)])
    server = await slack.start(clock=FastClock(zero))
    words = (str(database), server.url, str(zero))
    try:
        async with a_life(*words, dies_at=seam) as first:
            if not seam.startswith("slack_card"):
                await until(lambda: len(server.messages) == 1 and has_buttons(server.messages[0]))
                await server.click(server.messages[0], "reject", "U01ADA")
            assert await asyncio.wait_for(first.wait(), PATIENCE_SECS) == -9
        async with a_life(*words) as second:
            await until(lambda: len(server.messages) == 1)
            if seam.startswith("slack_card"):
                await until(lambda: bool(ledger.delivered("p0")) and ledger.delivered("p0").state.value == "shown")  # type: ignore[union-attr]
                await server.click(server.messages[0], "reject", "U01ADA")
            await until(lambda: len(ledger.outcomes()) == 1)
            await until(lambda: not has_buttons(server.messages[0]))
            assert second.returncode is None
        assert len(server.messages) == 1
        assert ledger.outcomes()[0].startswith("reject by maya")
        assert [move.move for move in ledger.history("p0")].count("reject") == 1
        found = ledger.proposal("p0")
        assert found is not None
        assert found.state is State.REJECTED
        assert server.space.ephemerals == []
    finally:
        await server.close()
        ledger.close()


@pytest.mark.parametrize("seam", PLOT_SEAMS)
async def test_killed_while_it_uploads_a_picture_it_leaves_nothing_that_no_card_shows(folder: Path, seam: str) -> None:
    zero, database = time.time(), folder / "bonmot.db"
    ledger = Ledger(open_database(database))
    ledger.save_opportunity(opportunity("t0", START), [proposal(0, "bluesky:oreo.test", START)])
    server = await slack.start(clock=FastClock(zero))
    words = (str(database), server.url, str(zero))
    try:
        async with a_life(*words, dies_at=seam) as first:
            assert await asyncio.wait_for(first.wait(), PATIENCE_SECS) == -9
        [kept] = ledger.plots("p0")
        async with a_life(*words):
            await until(lambda: any("slack_file" in block for block in server.messages[0].get("blocks", [])))
        [message] = server.messages
        [file] = [block["slack_file"]["id"] for block in message["blocks"] if "slack_file" in block]
        there = [key for key, one in server.space.files.items() if one.get("is_complete")]
        assert there == [file]
        # Its bytes never left in the one case, and were asked for again in the other.
        assert (file == kept.file) is (seam == "slack_picture_sent")
    finally:
        await server.close()
        ledger.close()
