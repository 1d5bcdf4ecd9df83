"""The watching half as one machine: who is judged when, what is offered once, what the memory is for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from msgspec import structs

from monitor.detect.detector import Detector
from monitor.examples import trend_from_texts
from monitor.model import Account, Brand, Fact, Post, Trend, Verdict
from monitor.pipeline import REJUDGE_SECS, Judgement, Pipeline, is_same_happening

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
DARK = ["the stadium lights went out", "lights out, it is dark in here", "who turned off the lights", "so dark haha"]
GRAVE = ["seven people dead after the ferry sank", "praying for the victims of the ferry", "nine killed, so sad, rip"]


def brand(name: str = "oreo") -> Brand:
    fact = Fact("dark", "can be dunked in the dark", ("dark", "lights out", "lights went out"))
    return Brand(name, name.title(), facts=(fact,), min_voices=3, accounts=(Account(f"x:{name}", "x", name),))


def a_trend(key: str, texts: list[str], *, voices_each: int = 12) -> Trend:
    made = trend_from_texts([f"{text} {number}" for number, text in enumerate(texts * 4)], NOW, voices_each=voices_each)
    evidence = tuple(structs.replace(post, id=f"{key}-{post.id}") for post in made.evidence)
    return replace(made, id=key, evidence=evidence)


@dataclass
class Scripted:
    """A detector that announces what a test tells it to."""

    announces: list[Trend] = field(default_factory=list)
    alive: list[Trend] = field(default_factory=list)

    def add(self, post: Post) -> None:
        """Posts do not matter here."""

    def advance(self, now: datetime) -> list[Trend]:
        told, self.announces = self.announces, []
        return told

    def live(self) -> list[Trend]:
        return list(self.alive)


def machine(*brands: Brand) -> tuple[Pipeline, Scripted]:
    detector = Scripted()
    return Pipeline(brands or (brand(),), detector=cast(Detector, detector), id_prefix="run-"), detector


def announce(pipeline: Pipeline, detector: Scripted, trend: Trend, now: datetime = NOW) -> list[Judgement]:
    detector.announces, detector.alive = [trend], [*detector.alive, trend]
    return pipeline.advance(now)


def test_a_fitting_trend_is_offered_to_each_brand_once_in_its_life() -> None:
    pipeline, detector = machine(brand("oreo"), brand("tide"))
    [first] = announce(pipeline, detector, a_trend("t1", DARK))
    assert first.is_first
    assert [o.brand for o in first.opportunities] == ["oreo", "tide"]
    assert [o.id for o in first.opportunities] == ["run-o1", "run-o2"]
    later = pipeline.advance(NOW + timedelta(seconds=REJUDGE_SECS))
    assert not any(judgement.opportunities for judgement in later)


def test_judging_again_does_not_spend_the_days_budget_again() -> None:
    pipeline, detector = machine()
    announce(pipeline, detector, a_trend("t1", DARK))
    for round_ in range(1, 6):
        pipeline.advance(NOW + round_ * timedelta(seconds=REJUDGE_SECS))
    assert len(pipeline.context.offered) == 1


def test_a_trend_that_turns_grave_is_told_as_blocked() -> None:
    pipeline, detector = machine()
    announce(pipeline, detector, a_trend("t1", DARK))
    detector.alive = [replace(a_trend("t1", [*DARK[:1], *GRAVE]), id="t1")]
    [told] = pipeline.advance(NOW + timedelta(seconds=REJUDGE_SECS))
    assert told.blocked == {"oreo"}
    assert not told.is_first
    assert not told.opportunities


def test_two_trends_of_one_happening_make_one_card() -> None:
    pipeline, detector = machine()
    one = a_trend("t1", DARK)
    announce(pipeline, detector, one)
    twin = replace(one, id="t2", terms=("something", "else"))
    [told] = announce(pipeline, detector, twin, NOW + timedelta(seconds=5))
    assert told.scores[0].verdict is Verdict.OFFER
    assert not told.opportunities


def test_a_trend_that_began_and_ended_across_a_gap_is_judged_too() -> None:
    pipeline, detector = machine()
    detector.announces = [a_trend("t1", DARK)]
    [told] = pipeline.advance(NOW)
    assert told.trend.id == "t1"


def test_a_quiet_second_costs_nothing_and_tells_nothing() -> None:
    pipeline, detector = machine()
    announce(pipeline, detector, a_trend("t1", DARK))
    assert pipeline.advance(NOW + timedelta(seconds=1)) == []


def test_a_live_trend_is_assessed_again_and_an_ended_one_from_what_was_kept() -> None:
    pipeline, detector = machine()
    trend = a_trend("t1", DARK)
    announce(pipeline, detector, trend)
    live = pipeline.assess("t1", "oreo", NOW)
    assert live is not None
    assert live.verdict is Verdict.OFFER
    detector.alive = []
    assert pipeline.assess("t1", "oreo", NOW) is None
    assert pipeline.assess_stored(trend, "oreo", NOW).verdict is Verdict.OFFER


def test_happenings_are_the_same_by_half_their_terms_or_a_fifth_of_their_posts() -> None:
    one = replace(a_trend("t1", DARK), terms=("lights", "dark", "stadium"))
    by_terms = replace(a_trend("t2", DARK), terms=("lights", "dark"))
    by_posts = replace(one, id="t3", terms=("other",))
    neither = replace(a_trend("t4", GRAVE), terms=("ferry",))
    assert is_same_happening(one, by_terms)
    assert is_same_happening(one, by_posts)
    assert not is_same_happening(one, neither)
