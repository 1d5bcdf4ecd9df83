"""A restart at any point says what no restart would have said: the pipeline saved and restored, its context carried."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.detect.detector import Detector
from monitor.errors import BadInput
from monitor.examples import trend_from_texts
from monitor.model import Account, Brand, Fact, Opportunity, Post, Trend
from monitor.pipeline import SAVED_VERSION, Judgement, Pipeline
from monitor.signals.context import Context, without
from tests.crowd import chatter, happening

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
DARK = ["the stadium lights went out", "lights out, it is dark in here", "who turned off the lights", "so dark haha"]
GRAVE = [
    "seven dead, the ferry sank",
    "praying for the ferry victims",
    "ferry: nine killed, so sad",
    "rip, dead on that ferry",
]
NEAR = [
    "lights out, the ferry pier",
    "ferry pier so dark haha",
    "who turned off ferry lights",
    "dark on the ferry pier",
]
SAYINGS = (DARK, GRAVE, NEAR)
STEP = timedelta(seconds=20)
"""Shorter than the time after which a trend is judged again, and no part of it."""


def brand(name: str, *, cards: int = 8) -> Brand:
    fact = Fact("dark", "can be dunked in the dark", ("dark", "lights out", "lights went out"))
    account = Account(f"x:{name}", "x", name)
    return Brand(name, name.title(), facts=(fact,), min_voices=3, accounts=(account,), cards_per_day=cards)


BRANDS = (brand("oreo"), brand("tide", cards=1))


# --- with a detector that does what a test tells it to ---------------------------------------------------------------


@cache
def spoken(key: str, saying: int) -> Trend:
    """A loud trend whose posts say one thing."""
    texts = [f"{text} {key} {number}" for number, text in enumerate(SAYINGS[saying] * 4)]
    made = trend_from_texts(texts, NOW, voices_each=12)
    evidence = tuple(msgspec.structs.replace(post, id=f"{key}-{post.id}") for post in made.evidence)
    return replace(made, id=key, terms=(key, *made.terms[:3]), evidence=evidence)


@dataclass(frozen=True)
class Life:
    """When a trend lives, and what people say before and after it turns, in steps."""

    begins: int
    lasts: int
    says: int
    turns_after: int
    turns_to: int


@dataclass
class Scripted:
    """A detector that follows a script by the clock; all it knows is what time it is."""

    script: Sequence[Life]
    at: int = -1

    def advance(self, now: datetime) -> list[Trend]:
        began = self.at
        self.at = round((now - NOW) / STEP)
        return [self._trend(n) for n, life in enumerate(self.script) if began < life.begins <= self.at]

    def live(self) -> list[Trend]:
        return [self._trend(n) for n, life in enumerate(self.script) if 0 <= self.at - life.begins < life.lasts]

    def _trend(self, number: int) -> Trend:
        life = self.script[number]
        has_turned = self.at - life.begins >= life.turns_after
        return spoken(f"t{number}", life.turns_to if has_turned else life.says)

    def save(self) -> bytes:
        return json.dumps(self.at).encode()


def restored(script: Sequence[Life], saved: bytes) -> Detector:
    return cast(Detector, Scripted(script, json.loads(saved)))


def machine(*script: Life) -> Pipeline:
    return Pipeline(BRANDS, detector=cast(Detector, Scripted(script)), id_prefix="run-")


def restart(pipeline: Pipeline, *script: Life, prefix: str = "run-") -> Pipeline:
    """The pipeline after a restart: counting from what was saved, tragedies and cards as the rows of the ledger."""
    saved = pipeline.save()
    new = Pipeline.restore(saved, BRANDS, restore_detector=partial(restored, script), id_prefix=prefix)
    new.context = Context(pipeline.context.tragedies, pipeline.context.offered)
    return new


def step(pipeline: Pipeline, number: int) -> list[Judgement]:
    return pipeline.advance(NOW + number * STEP)


SMALL = st.integers(0, 5)
LIVES = st.builds(Life, SMALL, st.integers(1, 6), st.integers(0, 2), SMALL, st.integers(0, 2))


@settings(max_examples=40, deadline=None)
@given(st.lists(LIVES, min_size=1, max_size=3), st.sets(st.integers(0, 11), min_size=1, max_size=3))
def test_a_restart_at_any_point_gives_the_same_judgements(script: list[Life], restarts: set[int]) -> None:
    steady, restless = machine(*script), machine(*script)
    for number in range(12):
        assert step(restless, number) == step(steady, number)
        if number in restarts:
            restless = restart(restless, *script)
    assert restless.context == steady.context


def test_what_lives_on_keeps_its_card_and_is_not_announced_again() -> None:
    script = (Life(0, 6, 0, 9, 0), Life(3, 3, 2, 9, 2))
    before = machine(*script)
    [first] = step(before, 0)
    assert [opportunity.id for opportunity in first.opportunities] == ["run-o1", "run-o2"]
    after = restart(before, *script, prefix="next-")
    assert step(after, 2) == []
    [other] = step(after, 3)
    assert other.is_first
    assert [opportunity.id for opportunity in other.opportunities] == ["next-o3"], "tide's one card of the day is spent"


def test_what_turned_grave_before_a_restart_is_known_and_its_neighbour_blocked() -> None:
    script = (Life(0, 2, 1, 9, 1), Life(4, 3, 2, 9, 2))
    before = machine(*script)
    [grave] = step(before, 0)
    assert grave.blocked == {"oreo", "tide"}
    assert [tragedy.name for tragedy in grave.learnt] == [grave.trend.name]
    after = restart(before, *script)
    assert step(after, 2) == []
    [near] = step(after, 4)
    assert near.blocked == {"oreo", "tide"}
    forgetful = restart(machine(*script), *script)
    forgetful.detector = restored(script, b"3")
    [harmless] = step(forgetful, 4)
    assert not harmless.blocked, "the same trend without the memory: the block above rests on it"


def test_a_tragedy_is_told_once() -> None:
    pipeline = machine(Life(0, 9, 1, 9, 1))
    assert sum(len(judgement.learnt) for number in range(9) for judgement in step(pipeline, number)) == 1


def test_an_opportunity_that_became_no_card_spends_nothing_of_the_day() -> None:
    pipeline = machine(Life(0, 3, 0, 9, 0))
    [told] = step(pipeline, 0)
    for opportunity in (*told.opportunities, *told.opportunities):
        pipeline.give_back(opportunity)
    assert pipeline.context.offered == ()
    assert step(pipeline, 2) == [], "and it is not offered again all the same"


def test_one_card_is_given_back_not_all_of_its_minute() -> None:
    context = Context(offered=(("oreo", NOW), ("tide", NOW), ("oreo", NOW)))
    assert without(context, [("oreo", NOW)]).offered == (("tide", NOW), ("oreo", NOW))
    assert without(context, [("oreo", NOW + timedelta(seconds=1))]) == context


def test_the_last_card_of_the_day_is_no_reason_against_its_own_trend() -> None:
    pipeline = machine(Life(0, 9, 0, 9, 0), Life(4, 5, 2, 9, 2))
    [told] = step(pipeline, 0)
    assert [opportunity.brand for opportunity in told.opportunities] == ["oreo", "tide"]
    assert step(pipeline, 2) == [], "no verdict changed"
    [other] = step(pipeline, 4)
    assert other.scores[1].why == "the day's budget of 1 cards is spent"


OF_ANOTHER_VERSION = machine().save().replace(b"\xa7version" + bytes([SAVED_VERSION]), b"\xa7version\x63")


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        (b"", "no saved pipeline"),
        (b"\xc1" * 40, "no saved pipeline"),
        (msgspec.msgpack.encode({"version": 1}), "no saved pipeline"),
        (OF_ANOTHER_VERSION, f"form 99, this version reads form {SAVED_VERSION}"),
    ],
    ids=["nothing", "no bytes of ours", "half of it", "another version"],
)  # fmt: skip
def test_bytes_that_are_no_saved_pipeline_are_refused(saved: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Pipeline.restore(saved, BRANDS, restore_detector=partial(restored, ()))


# --- with the real detector ------------------------------------------------------------------------------------------


@dataclass
class Told:
    """What a run said, in the order it said it."""

    judged: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    offered: list[Opportunity] = field(default_factory=list)

    def note(self, judgements: Sequence[Judgement]) -> None:
        for judgement in judgements:
            verdicts = tuple(score.verdict.value for score in judgement.scores)
            self.judged.append((judgement.trend.id, judgement.trend.name, verdicts))
            self.offered += judgement.opportunities


@cache
def stream() -> tuple[Post, ...]:
    """Small talk, a ferry that sinks, lights that go out, and lights that go out beside the ferry."""
    posts = chatter(16)
    for texts, minute in ((GRAVE, 6), (DARK, 9), (NEAR, 13)):
        posts += happening(texts, minute * 60.0)
    return tuple(sorted(posts, key=lambda post: post.created_at))


def listen(pipeline: Pipeline, posts: Sequence[Post], told: Told) -> None:
    for post in posts:
        told.note(pipeline.add(post))


@cache
def without_a_restart() -> Told:
    told = Told()
    listen(Pipeline(BRANDS, detector=Detector()), stream(), told)
    return told


@settings(max_examples=12, deadline=None)
@given(st.integers(1, len(stream()) - 1))
def test_a_restart_in_the_middle_of_a_stream_finds_the_same_trends(at: int) -> None:
    told = Told()
    before = Pipeline(BRANDS, detector=Detector())
    listen(before, stream()[:at], told)
    after = Pipeline.restore(before.save(), BRANDS, restore_detector=Detector.restore)
    after.context = before.context
    listen(after, stream()[at:], told)
    assert told == without_a_restart()


def test_posts_that_were_counted_before_the_restart_are_not_counted_again() -> None:
    posts = stream()
    before = Pipeline(BRANDS, detector=Detector())
    told = Told()
    listen(before, posts[:700], told)
    after = Pipeline.restore(before.save(), BRANDS, restore_detector=Detector.restore)
    after.context = before.context
    listen(after, posts[600:], told)
    assert told == without_a_restart()


def test_the_stream_of_these_tests_has_an_offer_a_tragedy_and_a_neighbour() -> None:
    verdicts = {verdicts for _, _, verdicts in without_a_restart().judged}
    assert ("block", "block") in verdicts
    assert {opportunity.brand for opportunity in without_a_restart().offered} == {"oreo", "tide"}
    assert len(without_a_restart().judged) >= 3


def test_half_a_surrogate_pair_in_an_id_or_a_word_does_not_keep_a_pipeline_from_being_saved() -> None:
    posts = [structs.replace(one, id=f"{one.id} \ud83d", text=f"{one.text} dark\ude00") for one in stream()[:700]]
    told, pipeline = Told(), Pipeline(BRANDS, detector=Detector())
    listen(pipeline, posts, told)
    assert told.judged
    after = Pipeline.restore(pipeline.save(), BRANDS, restore_detector=Detector.restore)
    assert after.detector.live() == pipeline.detector.live()
    assert after._known == pipeline._known
