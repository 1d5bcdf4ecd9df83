"""Killed at every seam while it posts on Mastodon, on servers that know our key and on those that take it twice."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from monitor.clock import FakeClock, to_text
from responders.crashpoints import SEAMS
from responders.sandbox.mastodon import Mastodon
from tests.crash.lanes import BEGAN, LANES, Lane, a_lane, check

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
        async with a_lane(folder, number, "mastodon") as lane:
            for seed in seeds:
                died.update(await evening(lane, seed))
            lane.engine.dispose()

    async with asyncio.TaskGroup() as group:
        for number in range(LANES):
            group.create_task(work(number), name=f"lane {number}")
    assert died == dict.fromkeys(SEAMS, SEEDS)


async def evening(lane: Lane, seed: int) -> list[str]:
    """A death at each seam, each with new work, and one whole life at the end. On odd seeds the server ignores keys."""
    chance = Random(seed)
    seams: list[str] = chance.sample(SEAMS, len(SEAMS))
    approved = [n for n, seam in enumerate(seams) if SEAMS.index(seam) >= 4 or chance.random() < 0.6]
    handle = f"seed-{seed}.test"
    lane.begin_anew()
    lane.clock = lane.sandbox.clock = lane.sandbox.network.clock = FakeClock(BEGAN)
    lane.sandbox.network.tokens[f"token-of-{handle}"] = handle
    lane.sandbox.network.rules.ignores_keys = seed % 2 == 1
    life: dict[str, object] = {
        "url": lane.sandbox.url, "handle": handle, "seed": seed, "began": to_text(BEGAN), "approved": approved,
    }  # fmt: skip
    for number, seam in enumerate(seams):
        lose_answers(lane.sandbox, chance, seam)
        now = to_text(BEGAN + timedelta(seconds=number * APART_SECS))
        ended = await lane.live(**life, **LIFE, proposals=number + 1, now=now, dies_at=seam)
        assert ended == -9, f"seed {seed}: the life that should die at {seam} ended with {ended}"
        await lane.clock.advance(APART_SECS)
    lose_answers(lane.sandbox, chance, None)
    if is_blind := chance.random() < 0.2:
        lane.sandbox.dial.turn("unready", door="own", times=1000)
    now = to_text(BEGAN + timedelta(seconds=len(seams) * APART_SECS))
    assert await lane.live(**life, **LAST_LIFE, proposals=len(seams), now=now, dies_at=None) == 0, f"seed {seed}"
    lane.sandbox.dial.waiting.clear()
    written = Counter(stored.text for stored in lane.sandbox.network.written if stored.author == handle)
    check(lane, approved, written=written, is_blind=is_blind, place=f"seed {seed}, {seams}")
    return seams


def lose_answers(sandbox: Mastodon, chance: Random, seam: str | None) -> None:
    """Some of the next posts meet a fault; a death behind the answer needs an answer to come."""
    kinds = ["fine", "fine", *NOT_DELIVERED]
    if seam not in ("after_post", "after_receipt"):
        kinds += [*DELIVERED_AND_LOST] * 2
    sandbox.dial.waiting.clear()
    for _ in range(chance.randint(0, 2)):
        sandbox.dial.turn(chance.choice(kinds), door="post")
