"""The watching half is killed without a word, between two saves: no card comes twice, no cool-off is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from monitor.model import Verdict
from tests.conftest import ROOT
from tests.crowd import chatter
from tests.lives import furnish, live, people

GRAVE = ("seven people dead in Elmsworth", "they found nine dead in Elmsworth", "praying for Elmsworth, rip")
NEAR = ("lights out in Elmsworth", "so dark in Elmsworth haha", "who turned off Elmsworth lights")
PANDA = ("a panda on the motorway", "the panda ate my sandwich", "somebody stop that panda")
EVENING = chatter(18) + people(360, *GRAVE) + people(540, *PANDA) + people(900, *NEAR)


async def killed(folder: Path, run_id: str, at_secs: float) -> int:
    """One life in a process of its own; how it ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.watcher", str(folder), run_id, str(at_secs), cwd=ROOT, env=dict(os.environ)
    )
    return await process.wait()


@pytest.mark.parametrize("deaths_secs", [(400.0,), (400.0, 585.0, 640.0)], ids=["once", "often"])
async def test_killed_between_two_saves_it_asks_once_and_stays_silent_near_the_dead(
    tmp_path: Path, deaths_secs: tuple[float, ...]
) -> None:
    furnish(tmp_path, EVENING)
    for number, at_secs in enumerate(deaths_secs):
        assert await killed(tmp_path, f"run{number}", at_secs) == -9
    last = await live(tmp_path, "last")
    assert [tragedy for tragedy in last.context.tragedies if "elmsworth" in tragedy.terms], "learnt before the death"
    assert last.verdicts("elmsworth") == {Verdict.BLOCK}
    assert len(last.cards) == 1
    assert "panda" in last.cards[0].trend_name.casefold()
