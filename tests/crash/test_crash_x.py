"""Killed at every seam while it posts on X, where a copy is refused and where it is taken as a second post."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from monitor.clock import to_text
from responders.crashpoints import SEAMS
from responders.sandbox.x import X
from tests.crash.lanes import LANES, Lane, a_lane, check

SEEDS = int(os.environ.get("BONMOT_CRASH_SEEDS", "8"))
APART_SECS = 240
"""Between two lives: in each, two lost posts can be read back after the settling time and sent again."""
LIFE = {"steps": 14, "step_secs": 16}
LAST_LIFE = {"steps": 30, "step_secs": 16}

NOT_DELIVERED = ("cut", "unready", "limit", "auth", "broken")
DELIVERED_AND_LOST = ("drop", "error", "half", "page")


async def test_killed_at_every_seam_it_posts_once_or_says_it_does_not_know(folder: Path) -> None:
    seeds = iter(range(SEEDS))
    died = Counter[str]()

    async def work(number: int) -> None:
        async with a_lane(folder, number, "x") as lane:
            lane.sandbox.desk.keys.skew_secs = 3600.0  # a life's own time runs ahead of the sandbox's
            for seed in seeds:
                died.update(await evening(lane, seed))
            lane.engine.dispose()

    async with asyncio.TaskGroup() as group:
        for number in range(LANES):
            group.create_task(work(number), name=f"lane {number}")
    assert died == dict.fromkeys(SEAMS, SEEDS)


async def evening(lane: Lane, seed: int) -> list[str]:
    """A death at each seam, each with new work, and one whole life at the end. On odd seeds X takes copies."""
    chance = Random(seed)
    seams: list[str] = chance.sample(SEAMS, len(SEAMS))
    approved = [n for n, seam in enumerate(seams) if SEAMS.index(seam) >= 4 or chance.random() < 0.6]
    handle, desk = f"seed-{seed}.test", lane.sandbox.desk
    lane.begin_anew()
    began = lane.clock.now()
    desk.keys.accounts[f"token-of-{handle}"] = ("secret", handle)
    desk.takes_copies = seed % 2 == 1
    life: dict[str, object] = {
        "url": lane.sandbox.url, "handle": handle, "seed": seed, "began": to_text(began), "approved": approved,
    }  # fmt: skip
    for number, seam in enumerate(seams):
        lose_answers(lane.sandbox, chance, seam)
        now = to_text(began + timedelta(seconds=number * APART_SECS))
        ended = await lane.live(**life, **LIFE, proposals=number + 1, now=now, dies_at=seam)
        assert ended == -9, f"seed {seed}: the life that should die at {seam} ended with {ended}"
        await lane.clock.advance(APART_SECS)
    lose_answers(lane.sandbox, chance, None)
    if is_blind := chance.random() < 0.2:
        desk.dial.turn("unready", door="own", times=1000)
    now = to_text(began + timedelta(seconds=len(seams) * APART_SECS))
    assert await lane.live(**life, **LAST_LIFE, proposals=len(seams), now=now, dies_at=None) == 0, f"seed {seed}"
    desk.dial.waiting.clear()
    written = Counter(one.text for one in desk.written if one.author == handle)
    check(lane, approved, written=written, is_blind=is_blind, place=f"seed {seed}, {seams}")
    await lane.clock.advance(APART_SECS)
    return seams


def lose_answers(sandbox: X, chance: Random, seam: str | None) -> None:
    """Some of the next posts meet a fault; a death behind the answer needs an answer to come."""
    kinds = ["fine", "fine", *NOT_DELIVERED]
    if seam not in ("after_post", "after_receipt"):
        kinds += [*DELIVERED_AND_LOST] * 2
    sandbox.desk.dial.waiting.clear()
    for _ in range(chance.randint(0, 2)):
        sandbox.desk.dial.turn(chance.choice(kinds), door="post")
