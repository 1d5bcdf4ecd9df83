"""Each source is killed in the middle of a happening, and started again: the same trends as if nothing had been."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import from_text
from monitor.prices import TARIFFS
from monitor.settings import Settings
from monitor.storage import open_database
from responders.adapters import book_of
from responders.bot import database
from responders.ledger import Ledger
from responders.loading import load_settings
from responders.watch_state import STATE_FILE
from tests.conftest import ROOT
from tests.crash.stories import STORY, WORLDS, Life, furnish, told
from tests.crowd import START

LOOK = timedelta(minutes=1)
DIES_AT_SECS = 275.0
"""Half of the people have spoken of the panda; nobody of the goat."""
BEGINS_AGAIN_SECS = 300.0


async def started(folder: Path, name: str) -> Process:
    """A life in a process of its own, which ends in a death."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash.listener", str(folder), name, "first", str(DIES_AT_SECS)),
        cwd=ROOT,
        env=dict(os.environ),
    )


def cards(folder: Path) -> list[str]:
    """What people are asked about, by the ledger."""
    settings: Settings = load_settings(folder / "config", {"SECRET": "app-secret"})
    ledger = Ledger(open_database(database(settings)))
    try:
        return sorted(proposal.trend_name for proposal in ledger.proposals())
    finally:
        ledger.close()


def assert_alike(trends: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The same happenings, begun within one look.

    A start asks the feeds one by one, from then on each has its own minute: the same posts come in another order, and
    which of them are the first, and give the name, depends on that.
    """
    assert [animals(one) for one in trends] == [animals(one) for one in expected]
    for one, other in zip(trends, expected, strict=True):
        assert abs(from_text(one["started"]) - from_text(other["started"])) <= LOOK


def animals(trend: dict[str, Any]) -> set[str]:
    """Who it is about."""
    words = set(" ".join(trend["terms"]).split())
    return {"panda", "goat"} & words


def spent(folder: Path, network: str) -> int:
    """Micro-dollars, by the book beside the ledger; 0 for a network that costs nothing."""
    settings: Settings = load_settings(folder / "config", {"SECRET": "app-secret"})
    if network not in TARIFFS:
        return 0
    pages = json.loads(book_of(settings, network).read_text("utf-8"))["micro_usd"].values()
    return sum(micros for page in pages for _count, micros in page.values())


def paid_for(folder: Path, network: str) -> int:
    """What the first life spent: at least the price of all that it heard before its death."""
    paid = spent(folder, network)
    if network in TARIFFS:
        heard = sum((one.created_at - START).total_seconds() < DIES_AT_SECS for one in STORY)
        assert paid >= heard * TARIFFS[network].cost("post_read") > 0
    return paid


@pytest.mark.parametrize("name", sorted(WORLDS))
async def test_killed_in_the_middle_it_finds_what_it_would_have_found(name: str, tmp_path: Path) -> None:
    whole, torn = furnish(tmp_path / "whole"), furnish(tmp_path / "torn")
    dying = await started(torn, name)
    await Life(whole, name, "only").live()
    assert await dying.wait() == -9
    before, paid = told(torn), paid_for(torn, name)
    assert (torn / "data" / STATE_FILE).exists(), "it had saved what it counts"
    second = Life(torn, name, "second", begin_secs=BEGINS_AGAIN_SECS)
    await second.live()
    assert spent(torn, name) >= paid + second.billed_micros, "nothing that was paid is forgotten"
    trends, expected = told(torn), told(whole)
    assert [animals(one) for one in expected] == [{"panda"}, {"goat"}]
    assert before != expected, "it died before the end of the story"
    assert len(cards(torn)) == len(cards(whole)) == 1, "one of the two has something to do with the brand"
    if name == "feeds":
        assert_alike(trends, expected)
    else:
        assert trends == expected
        assert cards(torn) == cards(whole)
