"""What holds everything: an attack, a disaster or an accident with victims, told by many people; and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from monitor.examples import trend_from_texts
from monitor.model import Brand, Trend
from monitor.pipeline import REJUDGE_SECS, Judgement
from monitor.score import judge
from monitor.signals.context import Context
from monitor.signals.grave import LEAST_VOICES, MANY_VOICES, Grave, grave_in, is_same_tragedy
from monitor.signals.reading import read
from tests.pure.test_pipeline import NOW, announce, machine

FERRY = [
    "seven people dead after the ferry sank at Elmsworth",
    "praying for the victims of the Elmsworth ferry",
    "ferry capsized near Elmsworth, nine killed, many injured",
    "rescue boats out, the Elmsworth ferry has sunk, people killed",
]
BOMBS = [
    "two explosions at the finish line in Boston, people injured",
    "praying for the victims in Boston, explosions at the marathon",
    "Boston: a bomb went off, three people dead",
    "explosions at the Boston marathon, so many injured",
]
STAR = ["the singer has died aged 57", "rest in peace, singer", "RIP, what a voice, gone too soon", "singer found dead"]
STRIKER = ["he hit an absolute bomb from 30 yards", "killer pass, what a shot", "dead ball, goal", "what an attack"]
BRAWL = [
    "police say a gunman opened fire",
    "shots fired downtown",
    "gunman on the run, police say",
    "shooting, stay away",
]
STORM = [
    "tornado warning for the county",
    "hurricane makes landfall, stay safe",
    "flood warning",
    "storm damage to roofs",
]


def a_trend(texts: list[str], count: int = 40, *, authors: int = 1000) -> Trend:
    made = trend_from_texts([f"{texts[n % len(texts)]} {n}" for n in range(count)], datetime(2026, 11, 22, tzinfo=UTC))
    posts = tuple(structs.replace(post, author=f"a{n % authors}") for n, post in enumerate(made.evidence))
    return replace(made, evidence=posts)


def found(trend: Trend) -> Grave | None:
    score = judge(trend, Brand("any", "Any", min_voices=1), trend.detected_at, context=Context())
    return grave_in(trend, [score], read(trend))


@pytest.mark.parametrize("texts", [FERRY, BOMBS], ids=["a ferry sinks", "bombs at a marathon"])
def test_victims_and_what_struck_them_told_by_many_stop_everything(texts: list[str]) -> None:
    grave = found(a_trend(texts))
    assert grave is not None
    assert grave.why.startswith("40 of 40 voices write of ")
    assert "death" in grave.why
    assert {"elmsworth", "boston"} & set(grave.terms)


@pytest.mark.parametrize(
    "texts", [STAR, STRIKER, BRAWL, STORM], ids=["one person's death", "football", "no victims told", "no victims yet"]
)
def test_what_is_sad_or_only_sounds_so_stops_its_own_trend_at_most(texts: list[str]) -> None:
    assert found(a_trend(texts)) is None


@pytest.mark.parametrize("texts", [STORM, BRAWL], ids=["a storm makes landfall", "a gunman"])
def test_very_many_people_do_not_wait_for_the_victims_to_be_counted(texts: list[str]) -> None:
    assert found(a_trend([f"{text} in Elmsworth" for text in texts], 2 * MANY_VOICES)) is not None
    assert found(a_trend([f"{text} in Elmsworth" for text in texts], MANY_VOICES - 1)) is None


def test_few_people_or_few_accounts_are_not_the_world() -> None:
    assert found(a_trend(FERRY, LEAST_VOICES)) is not None
    assert found(a_trend(FERRY, LEAST_VOICES - 1)) is None
    assert found(a_trend(FERRY, 60, authors=10)) is None


def test_a_tragedy_that_most_people_do_not_speak_of_is_not_the_subject() -> None:
    cheerful = [f"what a goal, number {n}, drinks for everybody" for n in range(4)]
    assert found(a_trend([*FERRY, *cheerful, "goal again"], 90)) is None


def test_a_tragedy_is_known_again_by_half_of_its_words() -> None:
    known = {"elmsworth", "ferry", "harbour", "coastguard"}
    assert is_same_tragedy(("elmsworth", "ferry", "divers"), known)
    assert is_same_tragedy(("ferry", "divers"), known)
    assert not is_same_tragedy(("boston", "marathon", "ferry"), known)


def test_the_pipeline_tells_a_grave_tragedy_once_in_its_trends_life() -> None:
    pipeline, detector = machine()
    small = a_trend(FERRY, 12)
    told = announce(pipeline, detector, small)
    assert [judgement.grave for judgement in told] == [None]
    detector.alive = [replace(a_trend(FERRY), id=small.id)]
    rounds: list[list[Judgement]] = [
        pipeline.advance(NOW + n * timedelta(seconds=REJUDGE_SECS)) for n in (1, 2, 3)
    ]  # fmt: skip
    assert [[judgement.grave is not None for judgement in told] for told in rounds] == [[True], [], []]
