"""Evenings side by side: a sandbox, a database, and a parent that forks one life of the bot after another."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from monitor.clock import FakeClock
from monitor.storage import open_database
from responders.crashpoints import SEAMS
from responders.ledger import Ledger
from responders.model import State
from tests.crash import networks

LANES = 2
"""Evenings side by side, one for each of two cores."""
BEGAN = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)


@dataclass
class Lane:
    """A sandbox and a database of its own, and a parent that forks lives."""

    sandbox: Any
    clock: FakeClock
    """The sandbox's own; it moves when a test says so."""
    worker: asyncio.subprocess.Process
    engine: Engine
    database: Path
    empty: Path

    async def live(self, **life: object) -> int:
        """One life of the bot; how it ended: 0, or -9 for the seam."""
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        self.worker.stdin.write(json.dumps(life).encode() + b"\n")
        return int(await self.worker.stdout.readline())

    def begin_anew(self) -> None:
        """An empty ledger under the same name."""
        self.engine.dispose()  # nobody may hold the old file open
        for left in self.database.parent.glob(f"{self.database.name}*"):
            left.unlink()
        shutil.copy(self.empty, self.database)


@asynccontextmanager
async def a_lane(folder: Path, number: int, platform: str = "bluesky") -> AsyncIterator[Lane]:
    clock = FakeClock(BEGAN)
    sandbox = await networks.start(platform, clock)
    empty, database = folder / f"empty{number}.db", folder / f"lane{number}.db"
    engine = open_database(empty)
    engine.dispose()
    path = Path(__file__).with_name("worker.py")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, str(path), str(database), sandbox.url, platform, cwd=path.parents[2],
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"
        yield Lane(sandbox, clock, worker, open_database(database), database, empty)
    finally:
        await worker.communicate(b"")  # the end of its input is the end of the parent of lives
        await sandbox.close()


def check(
    lane: Lane, approved: list[int], *, written: Counter[str], is_blind: bool, place: str, may_fail: bool = False
) -> Counter[str]:
    """None lost, none double, none that nobody said yes to, and the record of it whole. `written` is used up.

    `may_fail`: the network said no for good, perhaps; then nothing stands there. Returns how many ended how.
    """
    ledger, ends = Ledger(lane.engine), Counter[str]()
    for number in range(len(SEAMS)):
        proposal = ledger.proposal(f"p{number}")
        assert proposal is not None, f"{place}: p{number} is lost"
        times = written.pop(proposal.text, 0)
        ends[proposal.state.value] += 1
        if number not in approved:
            assert (proposal.state, times) == (State.REJECTED, 0), place
        elif proposal.state is State.PUBLISHED:
            assert times == 1, f"{place}: p{number} stands {times} times on the network"
            assert proposal.receipt is not None
        elif proposal.state is State.FAILED and may_fail:
            assert times == 0, f"{place}: p{number} was refused, and stands there"
        elif proposal.state is State.APPROVED and is_blind:  # a network that is looked through before each post
            assert times == 0, f"{place}: p{number} waits to be sent, and stands there"
        else:
            assert proposal.state is State.UNCERTAIN, f"{place}: p{number} is {proposal.state}: {proposal.reason}"
            assert is_blind, f"{place}: p{number} could have been looked for"
            assert times <= 1, place
    assert not written, f"{place}: {written} was never proposed"
    assert ledger.verify_audit() == [], place
    ledger.close()
    return ends
