"""The bot is killed at every seam, over and over, with answers lost on top: one post, or an honest `uncertain`."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from monitor.clock import to_text
from responders.crashpoints import SEAMS
from responders.sandbox.bluesky import Sandbox
from tests.crash.lanes import BEGAN, LANES, Lane, a_lane, check

SEEDS = int(os.environ.get("BONMOT_CRASH_SEEDS", "50"))
LOOKS = ("com.atproto.repo.getRecord", "com.atproto.repo.listRecords")
WRITES = ("com.atproto.repo.putRecord", "com.atproto.repo.createRecord")

NOT_DELIVERED = ("cut", "unready", "limit", "expired")
DELIVERED_AND_LOST = ("drop", "error")


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
    stored = [one for one in lane.sandbox.network.written if one.handle == f"seed-{seed}.test"]
    written = Counter(one.text for one in stored)
    check(lane, approved, written=written, is_blind=is_blind, place=f"seed {seed}, {seams}")
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
