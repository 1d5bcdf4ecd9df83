"""A tragedy breaks while a yes waits in its undo window: nothing goes out until a person says that life goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import Refused
from monitor.pipeline import Judgement
from monitor.signals.grave import grave_in
from monitor.signals.reading import read
from responders.model import Proposal, State
from tests.journey.test_whole_evening import Evening, an_evening
from tests.pure.test_grave import BOMBS, a_trend

HOURS = 0.1
"""Short, so that the joke is still fresh when the hold ends by itself."""


async def a_card(evening: Evening) -> Proposal:
    """The card of the lights, once the evening is heard to its end and a person ended the hold of its own disaster."""
    finished = evening.stage.house.watch.is_finished

    async def look() -> bool:
        return finished.is_set()

    await evening.until(look, step_secs=0.0)
    desk = evening.stage.house.office.desk
    pause = await desk.paused()
    assert pause is not None
    assert "elmsworth" in pause.terms
    await desk.resume("maya", "the evening goes on")
    return (await evening.card()).proposal


async def tragedy(evening: Evening) -> None:
    """What the watch hands over when the bombs go off, somewhere else than the brand's own trend."""
    trend = a_trend(BOMBS)
    pipeline = evening.stage.house.office.pipeline
    scores = tuple(pipeline.assess_stored(trend, brand.name, trend.detected_at) for brand in pipeline.brands)
    grave = grave_in(trend, scores, read(trend))
    assert grave is not None
    judgement = Judgement(trend, scores, (), evening.clock.now(), is_first=True, grave=grave)
    await evening.stage.house.watch.receive(judgement, False)


async def test_an_approved_proposal_inside_its_undo_window_is_held_until_a_person_resumes(tmp_path: Path) -> None:
    async with an_evening(tmp_path, hold_hours=HOURS) as evening:
        desk = evening.stage.house.office.desk
        approved = await evening.order(await a_card(evening), "approve")
        await tragedy(evening)
        assert evening.clock.now() < (approved.send_after or evening.clock.now())
        for _ in range(60):
            await evening.clock.advance(1.0)
        assert (await evening.now(approved)).state is State.APPROVED
        assert evening.posted == []
        pause = await desk.paused()
        assert pause is not None
        assert pause.person == "guard"
        assert "a tragedy breaks" in pause.why
        assert "voices write of" in pause.why
        await desk.resume("maya", "we looked, it may go out")
        await evening.reaches(approved, State.PUBLISHED)
        assert evening.posted == [approved.text]


async def test_an_open_card_is_on_hold_with_the_reason_in_words(tmp_path: Path) -> None:
    async with an_evening(tmp_path, hold_hours=HOURS) as evening:
        proposal = await a_card(evening)
        await tragedy(evening)
        with pytest.raises(Refused, match=r"posting is paused by guard since .*: a tragedy breaks"):
            await evening.order(proposal, "approve")


async def test_the_hold_ends_by_itself_and_says_when(tmp_path: Path) -> None:
    async with an_evening(tmp_path, hold_hours=HOURS) as evening:
        desk = evening.stage.house.office.desk
        approved = await evening.order(await a_card(evening), "approve")
        await tragedy(evening)
        pause = await desk.paused()
        assert pause is not None
        assert pause.until is not None
        assert abs((pause.until - pause.since) - timedelta(hours=HOURS)) < timedelta(seconds=1)
        await evening.reaches(approved, State.PUBLISHED)
        assert evening.clock.now() >= pause.until
