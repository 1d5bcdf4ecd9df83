"""The same folder, started again: what was grave stays grave, what was spent stays spent, what lives on lives on."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from monitor import telemetry
from monitor.model import Verdict
from responders.model import State
from responders.watch_state import STATE_FILE
from tests.crowd import chatter
from tests.lives import RECORDING, furnish, live, people, play, record

GRAVE = ("seven people dead in Elmsworth", "they found nine dead in Elmsworth", "praying for Elmsworth, rip")
NEAR = ("lights out in Elmsworth", "so dark in Elmsworth haha", "who turned off Elmsworth lights")
DARK = ("the stadium lights went out", "stadium lights out, so dark", "who turned off the stadium lights")
PANDA = ("a panda on the motorway", "the panda ate my sandwich", "somebody stop that panda")

FIRST, SECOND = chatter(9), chatter(9, seed=2, begin_secs=540)
KILLED = ("stadium lights out, dead", "dark stadium lights, killed", "stadium lights out, rip", "so dark, stadium dead")
WOE, NEIGHBOUR = people(360, *GRAVE), people(840, *NEAR)
LIGHTS, ZOO = people(400, *DARK), people(840, *PANDA)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs go; the set-up of the process is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    level, handlers = root.level, root.handlers[:]
    telemetry.configure(stream=lambda: stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("is_state_lost", [False, True], ids=["with its state", "from the ledger alone"])
async def test_a_tragedy_before_the_restart_blocks_its_neighbour_after_it(tmp_path: Path, is_state_lost: bool) -> None:
    furnish(tmp_path, FIRST + WOE)
    first = await live(tmp_path, "one")
    assert first.verdicts("elmsworth") == {Verdict.BLOCK}
    if is_state_lost:
        (tmp_path / "data" / STATE_FILE).unlink(missing_ok=True)
    record(tmp_path, FIRST + WOE + SECOND + NEIGHBOUR)
    second = await live(tmp_path, "two")
    assert [tragedy.name for tragedy in second.context.tragedies] == [
        tragedy.name for judgement in first.told for tragedy in judgement.learnt
    ]
    assert second.verdicts("elmsworth") == {Verdict.BLOCK}
    assert all("cool_off" in [s.name for s in score.signals if s.veto] for score in second.scores("elmsworth"))
    assert second.cards == []


async def test_without_the_tragedy_the_same_neighbour_is_offered(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST + SECOND + NEIGHBOUR)
    only = await live(tmp_path, "one")
    assert [card.trend_name for card in only.cards] == [only.told[0].trend.name]


@pytest.mark.parametrize("is_state_lost", [False, True], ids=["with its state", "from the ledger alone"])
async def test_a_card_spent_before_the_restart_is_spent_after_it(tmp_path: Path, is_state_lost: bool) -> None:
    furnish(tmp_path, FIRST + LIGHTS, cards_per_day=1)
    assert len((await live(tmp_path, "one")).cards) == 1
    if is_state_lost:
        (tmp_path / "data" / STATE_FILE).unlink(missing_ok=True)
    record(tmp_path, FIRST + LIGHTS + SECOND + ZOO)
    second = await live(tmp_path, "two")
    assert {score.why for score in second.scores("panda")} == {"the day's budget of 1 cards is spent"}
    assert len(second.cards) == 1


async def test_with_two_cards_a_day_the_second_is_offered_after_the_restart(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST + LIGHTS, cards_per_day=2)
    await live(tmp_path, "one")
    record(tmp_path, FIRST + LIGHTS + SECOND + ZOO)
    assert len((await live(tmp_path, "two")).cards) == 2


async def test_what_comes_again_has_its_card_and_spends_no_second_one(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST + LIGHTS, cards_per_day=2)
    await live(tmp_path, "one")
    (tmp_path / "data" / STATE_FILE).unlink(missing_ok=True)  # with it, the same happening would not even be announced
    record(tmp_path, FIRST + LIGHTS + SECOND + people(760, *DARK) + ZOO)
    second = await live(tmp_path, "two")
    assert Verdict.OFFER in second.verdicts("stadium")
    assert sorted(card.trend.split("-")[0] for card in second.cards) == ["one", "two"]
    assert second.verdicts("panda") == {Verdict.OFFER}


async def test_what_turns_grave_under_another_name_takes_the_card_of_the_last_run_back(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST + LIGHTS)
    [card] = (await live(tmp_path, "one")).cards
    (tmp_path / "data" / STATE_FILE).unlink(missing_ok=True)
    record(tmp_path, FIRST + LIGHTS + SECOND + people(760, *KILLED))
    [withdrawn] = (await live(tmp_path, "two")).cards
    assert (withdrawn.id, withdrawn.state, withdrawn.moved_by) == (card.id, State.WITHDRAWN, "guard")


async def test_what_lives_on_keeps_its_name_and_is_not_announced_again(tmp_path: Path) -> None:
    begun = [post for post in FIRST + LIGHTS if post.created_at < LIGHTS[0].created_at.replace(minute=7, second=20)]
    furnish(tmp_path, begun)
    first = await live(tmp_path, "one")
    assert len(first.announced) == len(first.cards) == 1
    record(tmp_path, FIRST + LIGHTS + SECOND + ZOO)
    second = await live(tmp_path, "two")
    assert len(second.cards) == 2
    assert [key.split("-")[0] for key in second.announced] == ["two"], "the panda, and not the lights again"


@pytest.mark.parametrize("wrong", [b"", b"bonmot watch 0\n" + b"x" * 99, None], ids=["empty", "older form", "bent"])
async def test_a_state_that_cannot_be_used_is_put_aside_and_said(
    tmp_path: Path, written: io.StringIO, wrong: bytes | None
) -> None:
    furnish(tmp_path, FIRST + WOE)
    await live(tmp_path, "one")
    path = tmp_path / "data" / STATE_FILE
    whole = path.read_bytes()
    bent = whole[:-9] + b"?" + whole[-8:] if wrong is None else wrong
    path.write_bytes(bent)
    record(tmp_path, FIRST + WOE + SECOND + NEIGHBOUR)
    second = await live(tmp_path, "two")
    assert second.cards == []
    assert second.verdicts("elmsworth") == {Verdict.BLOCK}
    assert path.with_name(f"{STATE_FILE}.aside").read_bytes() == bent
    assert "state_put_aside" in written.getvalue()
    assert path.read_bytes() != bent, "and it was saved anew"


async def test_the_sources_resume_where_the_saved_state_says_not_where_the_ledger_does(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST)
    await live(tmp_path, "one")
    early = (tmp_path / "data" / STATE_FILE).read_bytes()
    record(tmp_path, FIRST + LIGHTS[:1] + SECOND)
    await live(tmp_path, "two")
    (tmp_path / "data" / STATE_FILE).write_bytes(early)
    record(tmp_path, FIRST + SECOND + ZOO)
    third = await live(tmp_path, "three")
    assert third.verdicts("panda") == {Verdict.OFFER}


async def test_another_recording_is_heard_from_its_beginning_whatever_year_it_is_of(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST)
    await live(tmp_path, "one")
    record(tmp_path, FIRST + SECOND + ZOO)
    play(tmp_path, files=[str(tmp_path / RECORDING)], shift=-86400.0 * 365)
    second = await live(tmp_path, "two")
    assert second.verdicts("panda") == {Verdict.OFFER}


async def test_a_recording_shifted_to_now_begins_anew_with_every_start(tmp_path: Path) -> None:
    furnish(tmp_path, FIRST)
    play(tmp_path, files=[str(tmp_path / RECORDING)], shift="now")
    await live(tmp_path, "one")
    assert not (tmp_path / "data" / STATE_FILE).exists()
    record(tmp_path, FIRST + SECOND + ZOO)
    second = await live(tmp_path, "two")
    assert second.verdicts("panda") == {Verdict.OFFER}
