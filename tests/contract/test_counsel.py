"""The running bot's counsel: a text judged as a trend and as a draft, and why something was missed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from monitor.aside import Here
from monitor.clock import FakeClock
from monitor.detect.detector import Detector
from monitor.errors import Unavailable
from monitor.model import Account, Brand, Fact, KeywordRule, Verdict, Voice
from monitor.pipeline import Pipeline
from monitor.storage import open_database
from responders.approvals.changes import Changes
from responders.counsel import THINK_SECS, LiveCounsel
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from responders.model import MISSED, Example
from tests.crowd import START, chatter, happening

LIGHTS = ("The lights went out at the stadium", "Lights out in the stadium", "who turned off the stadium lights")
OREO = Brand(
    "oreo",
    "Oreo",
    keywords=(KeywordRule("dark OR blackout"),),
    facts=(Fact("dunk", "You can dunk an Oreo in the dark", ("dark", "dunk")),),
    accounts=(Account("x:oreo", "x", "oreo"),),
    voice=Voice(emoji=0),
)
TIDE = Brand("tide", "Tide", accounts=(Account("bluesky:tide.example", "bluesky", "tide.example"),))


@dataclass
class Room:
    """A counsel with the pipeline it asks."""

    counsel: LiveCounsel
    pipeline: Pipeline
    ledger: Ledger
    clock: FakeClock
    desk: LedgerDesk

    def hear(self, *posts: Any, until_min: float) -> None:
        for post in sorted(posts, key=lambda one: one.created_at):
            for judgement in self.pipeline.add(post):
                self.desk.note(judgement)
        for judgement in self.pipeline.advance(START + timedelta(minutes=until_min)):
            self.desk.note(judgement)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    clock, ledger = FakeClock(START), Ledger(open_database(":memory:"))
    books, brands = Books(ledger), {"oreo": OREO, "tide": TIDE}
    desk = LedgerDesk(books, clock=clock, brands=brands, changes=Changes())
    pipeline = Pipeline([OREO, TIDE], detector=Detector())
    yield Room(LiveCounsel(brands, books, desk, pipeline, Here(), clock), pipeline, ledger, clock, desk)
    books.close()
    ledger.close()


async def test_a_text_is_judged_as_a_trend_and_as_a_draft_for_every_brand(room: Room) -> None:
    oreo, tide = await room.counsel.opinions("The stadium is dark, what a night")
    assert (oreo.brand, tide.brand) == ("Oreo", "Tide")
    assert oreo.verdict in (Verdict.OFFER, Verdict.CAUTION)
    assert tide.verdict is Verdict.IGNORE
    assert tide.signals[0].signal.veto is Verdict.IGNORE  # what stops it stands first
    assert oreo.against == (("x:oreo", ()),)
    assert len(oreo.signals) >= 9


async def test_a_grave_text_is_blocked_and_no_draft(room: Room) -> None:
    oreo, _ = await room.counsel.opinions("Nine people were killed in the dark, hundreds are injured, so many dead")
    assert oreo.verdict is Verdict.BLOCK
    assert oreo.signals[0].signal.veto is Verdict.BLOCK
    assert oreo.against[0][1]


async def test_a_text_that_is_too_long_for_one_account_is_told_for_that_one(room: Room) -> None:
    oreo, tide = await room.counsel.opinions("dunk in the dark " * 17)
    assert any("too long: 289" in one for one in oreo.against[0][1])
    assert not any("too long" in one for one in tide.against[0][1])


async def test_what_was_missed_is_explained_and_kept_once(room: Room) -> None:
    room.hear(*chatter(20), until_min=20)
    at = START + timedelta(minutes=20)
    told = await room.counsel.missed("a zeppelin over the harbour", "maya", at)
    assert "It was not heard" in told.reasons[0]
    assert told.catches[0].startswith("Oreo: none of its keywords meets it; 'zeppelin harbour' would")
    await room.counsel.missed("a zeppelin over the harbour", "maya", at)
    [kept] = room.ledger.examples(MISSED)
    assert (kept.text, kept.person, kept.at) == ("a zeppelin over the harbour", "maya", at)
    assert kept.answer.startswith("It was not heard")


async def test_what_was_judged_and_ignored_is_told_with_its_reason(room: Room) -> None:
    room.hear(*chatter(16), *happening(LIGHTS, 900), until_min=17)
    told = await room.counsel.missed("lights in the stadium", "maya", START)
    assert "It was judged at" in told.reasons[0]
    assert "tide: ignore, forced" in told.reasons[0]


async def test_thinking_has_an_end(room: Room) -> None:
    class Never:
        async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            await asyncio.Event().wait()

    room.counsel.think = Never()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(_refused(room.counsel), name="ask")
        await room.clock.advance(0.0)  # it begins to wait
        await room.clock.advance(THINK_SECS + 0.1)
        assert "nothing was thought within 8 s" in await asking
    assert room.ledger.examples(MISSED) == []


async def _refused(counsel: LiveCounsel) -> str:
    with pytest.raises(Unavailable) as told:
        await counsel.missed("a zeppelin", "maya", START)
    return str(told.value)


def test_old_examples_go_and_other_kinds_are_refused(room: Room) -> None:
    room.ledger.keep_example(Example(MISSED, "old", "maya", START, "x"))
    room.ledger.keep_example(Example(MISSED, "new", "maya", START + timedelta(days=91), "x"))
    assert [one.text for one in room.ledger.examples(MISSED)] == ["new"]
    assert room.ledger.examples(MISSED, START + timedelta(days=92)) == []
    with pytest.raises(Exception, match="CHECK") as refused:
        room.ledger.keep_example(Example("guess", "new", "maya", START, "x"))
    assert isinstance(refused.value.__cause__, sqlite3.IntegrityError)
