"""The bot is killed at every seam, over and over, with answers lost on top: one post, or an honest `uncertain`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from monitor.clock import FakeClock, to_text
from monitor.storage import open_database
from responders.crashpoints import SEAMS
from responders.ledger import Ledger
from responders.model import State
from responders.sandbox.bluesky import Sandbox, start

SEEDS = int(os.environ.get("BONMOT_CRASH_SEEDS", "50"))
LANES = 2
"""Evenings side by side, one for each of two cores."""
BEGAN = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
LOOKS = ("com.atproto.repo.getRecord", "com.atproto.repo.listRecords")
WRITES = ("com.atproto.repo.putRecord", "com.atproto.repo.createRecord")

NOT_DELIVERED = ("cut", "unready", "limit", "expired")
DELIVERED_AND_LOST = ("drop", "error")


@dataclass
class Lane:
    """A sandbox and a database of its own, and a parent that forks lives."""

    sandbox: Sandbox
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
async def a_lane(folder: Path, number: int) -> AsyncIterator[Lane]:
    sandbox = await start(clock=FakeClock(BEGAN))
    empty, database = folder / f"empty{number}.db", folder / f"lane{number}.db"
    engine = open_database(empty)
    engine.dispose()
    path = Path(__file__).with_name("worker.py")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, str(path), str(database), sandbox.url, cwd=path.parents[2],
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"
        yield Lane(sandbox, worker, open_database(database), database, empty)
    finally:
        await worker.communicate(b"")  # the end of its input is the end of the parent of lives
        await sandbox.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where the machine has it: a killed process loses nothing that it handed to the system."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as made:
        yield Path(made)


async def test_killed_at_every_seam_it_posts_once_or_says_it_does_not_know(folder: Path) -> None:
    seeds = iter(range(SEEDS))
    died = Counter[str]()

    async def work(number: int) -> None:
        async with a_lane(folder, number) as lane:
            for seed in seeds:
                died.update(await evening(lane, seed))
            lane.engine.dispose()

    async with asyncio.TaskGroup() as group:
        for number in range(LANES):
            group.create_task(work(number))
    assert died == dict.fromkeys(SEAMS, SEEDS)


async def evening(lane: Lane, seed: int) -> list[str]:
    """A death at each seam, in an order the seed chooses, each with new work, and one whole life at the end.

    Odd seeds post on a network without keys of ours, where sending twice would be seen at once.
    """
    chance = Random(seed)
    seams: list[str] = chance.sample(SEAMS, len(SEAMS))
    # What is rejected never comes to the later seams, so it is mixed in where the death comes before.
    approved = [n for n, seam in enumerate(seams) if SEAMS.index(seam) >= 4 or chance.random() < 0.6]
    life: dict[str, object] = {
        "url": lane.sandbox.url, "handle": f"seed-{seed}.test", "seed": seed, "began": to_text(BEGAN),
        "approved": approved, "is_forgetful": seed % 2 == 1,
    }  # fmt: skip
    lane.begin_anew()
    for number, seam in enumerate(seams):
        lose_answers(lane.sandbox, chance, seam)
        now = to_text(BEGAN + timedelta(minutes=number * 3))
        ended = await lane.live(**life, proposals=number + 1, now=now, dies_at=seam)
        assert ended == -9, f"seed {seed}: the life that should die at {seam} ended with {ended}"
    lose_answers(lane.sandbox, chance, None)
    if is_blind := chance.random() < 0.2:
        for nsid in LOOKS:
            lane.sandbox.dial.turn("unready", nsid=nsid, times=1000)
    now = to_text(BEGAN + timedelta(minutes=len(seams) * 3))
    assert await lane.live(**life, proposals=len(seams), now=now, dies_at=None) == 0, f"seed {seed}"
    check(lane, approved, handle=f"seed-{seed}.test", is_blind=is_blind, place=f"seed {seed}, {seams}")
    return seams


def lose_answers(sandbox: Sandbox, chance: Random, seam: str | None) -> None:
    """Some of the next writes meet a fault; a death behind the answer needs an answer to come."""
    kinds = ["fine", "fine", *NOT_DELIVERED]
    if seam not in ("after_post", "after_receipt"):
        kinds += [*DELIVERED_AND_LOST] * 2
    sandbox.dial.waiting.clear()
    for _ in range(chance.randint(0, 3)):
        kind = chance.choice(kinds)
        for nsid in WRITES:
            sandbox.dial.turn(kind, nsid=nsid)


def check(lane: Lane, approved: list[int], *, handle: str, is_blind: bool, place: str) -> None:
    """None lost, none double, none that nobody said yes to, and the record of it whole."""
    written = Counter(stored.text for stored in lane.sandbox.network.written if stored.handle == handle)
    ledger = Ledger(lane.engine)
    for number in range(len(SEAMS)):
        proposal = ledger.proposal(f"p{number}")
        assert proposal is not None, f"{place}: p{number} is lost"
        times = written.pop(proposal.text, 0)
        if number not in approved:
            assert (proposal.state, times) == (State.REJECTED, 0), place
        elif proposal.state is State.PUBLISHED:
            assert times == 1, f"{place}: p{number} stands {times} times on the network"
            assert proposal.receipt is not None
        else:
            assert proposal.state is State.UNCERTAIN, f"{place}: p{number} is {proposal.state}: {proposal.reason}"
            assert is_blind, f"{place}: p{number} could have been looked for"
            assert times <= 1, place
    assert not written, f"{place}: {written} was never proposed"
    assert ledger.verify_audit() == [], place
    ledger.close()
