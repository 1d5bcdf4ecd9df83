"""Every network, every way in which its answers fail, a kill at every seam: one post, or an honest `uncertain`.

`BONMOT_CRASH_SEEDS=100` runs the full hundred for each network; the seed says which shape an evening has.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from monitor.clock import to_text
from responders.crashpoints import SEAMS
from tests.crash import networks
from tests.crash.lanes import LANES, Lane, a_lane, check

SEEDS = int(os.environ.get("BONMOT_CRASH_SEEDS", "3"))
APART_SECS = 304
"""Between two lives: in each, two lost posts can be read back after the settling time, 90 s at most, and sent again."""
LIFE = {"steps": 18, "step_secs": 16}
LAST_LIFE = {"steps": 17, "step_secs": 26}
AHEAD_SECS = 200
"""A receiver takes what is five minutes off: the last life begins behind its clock, and ends before it."""


@pytest.mark.parametrize("network", networks.NETWORKS)
async def test_whatever_its_answers_are_it_posts_once_or_says_it_does_not_know(folder: Path, network: str) -> None:
    seeds = iter(range(SEEDS))
    died, ends = Counter[str](), Counter[str]()

    async def work(number: int) -> None:
        async with a_lane(folder, number, network) as lane:
            for seed in seeds:
                seams, ended = await evening(lane, network, seed)
                died.update(seams)
                ends.update(ended)
            lane.engine.dispose()

    async with asyncio.TaskGroup() as group:
        for number in range(LANES):
            group.create_task(work(number), name=f"lane {number}")
    print(f"\n{network}: {SEEDS} seeds, {died.total()} kills, {dict(ends)}")
    assert died == dict.fromkeys(SEAMS, SEEDS)


async def evening(lane: Lane, network: str, seed: int) -> tuple[list[str], Counter[str]]:
    """A death at each seam, each with new work, and one whole life at the end; and how the cards ended."""
    chance, shapes = Random(f"{network} {seed}"), networks.shapes_of(network)
    shape = shapes[seed % len(shapes)]
    seams: list[str] = chance.sample(SEAMS, len(SEAMS))
    # What is rejected never comes to the later seams, so it is mixed in where the death comes before.
    approved = [n for n, seam in enumerate(seams) if SEAMS.index(seam) >= 4 or chance.random() < 0.6]
    handle = f"seed-{seed}" if network == "reddit" else f"seed-{seed}.test"
    lane.begin_anew()
    networks.welcome(network, lane.sandbox, handle, is_kind=seed % 2 == 0)
    began = lane.clock.now()
    life: dict[str, object] = {
        "url": lane.sandbox.url, "handle": handle, "seed": seed, "began": to_text(began), "approved": approved,
        "is_forgetful": network == "bluesky" and seed % 2 == 1,
    }  # fmt: skip
    place = f"{network}, seed {seed}, {shape}, {seams}"
    for number, seam in enumerate(seams):
        is_slow = networks.lose(network, lane.sandbox, chance, shape, seam=seam)
        more = {"timeout_secs": networks.SLOW_SECS} if is_slow else {}
        now = to_text(began + timedelta(seconds=number * APART_SECS))
        ended = await lane.live(**life, **LIFE, **more, proposals=number + 1, now=now, dies_at=seam)
        assert ended == -9, f"{place}: the life that should die at {seam} ended with {ended}"
        await lane.clock.advance(APART_SECS)
    is_slow = networks.lose(network, lane.sandbox, chance, shape, seam=None)
    more = {"timeout_secs": networks.SLOW_SECS} if is_slow else {}
    if is_blind := chance.random() < 0.2:
        networks.blind(network, lane.sandbox)
    now = to_text(began + timedelta(seconds=len(seams) * APART_SECS))
    await lane.clock.advance(AHEAD_SECS)
    if shape == "402":
        networks.calm(network, lane.sandbox)  # somebody bought more
    assert await lane.live(**life, **LAST_LIFE, **more, proposals=len(seams), now=now, dies_at=None) == 0, place
    networks.calm(network, lane.sandbox)
    written = Counter(networks.written(network, lane.sandbox, handle))
    may_fail = networks.SHAPES[shape].is_final
    ends = check(lane, approved, written=written, is_blind=is_blind, place=place, may_fail=may_fail)
    await lane.clock.advance(APART_SECS)
    return seams, ends
