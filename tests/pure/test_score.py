"""The verdict: vetoes first, then two people, then the weighted mean; every number can be done again by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.examples import ExampleSettings, trend_from_texts, try_example
from monitor.model import Brand, Fact, Stage, Thresholds, Trend, Verdict
from monitor.score import DEFAULT_WEIGHTS, judge, judge_all, weigh
from monitor.signals import names
from monitor.signals.context import Context, with_reading

NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRAND = Brand("oreo", "Oreo", facts=(Fact("dark", "can be dunked in the dark", ("dark", "lights out")),))
LIGHTS = [
    "lights out in the whole arena, amazing",
    "sitting in the dark and laughing",
    "so dark and so loud, love it",
    "lights out, phones up",
    "the band plays on in the dark",
    "best blackout of my life",
    "singing in the dark with twenty thousand people",
    "what a night",
]
SHOOTING = ["police say three people were killed", "shots fired, a gunman is inside", "praying for the victims"]


def _trend(texts: list[str] | None = None) -> Trend:
    return trend_from_texts(texts or LIGHTS, NOW, voices_each=20)


def test_fresh_harmless_trend_with_a_bridge_is_offered_to_one_person() -> None:
    score = judge(_trend(), BRAND, NOW)
    assert (score.verdict, score.tier) == (Verdict.OFFER, 1)
    assert score.bridge is not None
    assert score.bridge.name == "dark"
    assert "can be dunked in the dark" in score.why


def test_every_signal_is_kept_with_its_number() -> None:
    assert tuple(signal.name for signal in judge(_trend(), BRAND, NOW).signals) == names()


def test_score_can_be_done_again_by_hand() -> None:
    score = judge(_trend(), BRAND, NOW)
    weighed = [
        (signal.value, DEFAULT_WEIGHTS[signal.name]) for signal in score.signals if signal.name in DEFAULT_WEIGHTS
    ]
    assert score.value == pytest.approx(sum(v * w for v, w in weighed) / sum(w for _, w in weighed))


def test_weights_of_the_brand_stand_above_the_usual_ones() -> None:
    only_bridge = replace(BRAND, weights=dict.fromkeys(names(), 0.0) | {"bridge": 1.0})
    assert judge(_trend(), only_bridge, NOW).value == 1.0
    assert weigh((), BRAND) == 0.0


def test_block_comes_before_ignore() -> None:
    score = judge(_trend(SHOOTING), BRAND, NOW)
    assert {signal.veto for signal in score.signals} >= {Verdict.BLOCK, Verdict.IGNORE}
    assert (score.verdict, score.tier) == (Verdict.BLOCK, 0)


def test_ignore_comes_before_caution() -> None:
    sad = ["so sad tonight", "heartbroken", "devastating evening"]
    score = judge(_trend(sad), BRAND, NOW)
    assert any(signal.caution for signal in score.signals)
    assert score.verdict is Verdict.IGNORE


def test_doubt_asks_two_people_however_high_the_score() -> None:
    score = judge(_trend([*LIGHTS, "is it true? unconfirmed", "rumour says it was planned"]), BRAND, NOW)
    assert (score.verdict, score.tier) == (Verdict.CAUTION, 2)
    assert score.value > BRAND.thresholds.offer


@pytest.mark.parametrize(
    ("thresholds", "verdict"),
    [
        (Thresholds(0.1, 0.05), Verdict.OFFER),
        (Thresholds(0.99, 0.1), Verdict.CAUTION),
        (Thresholds(1.0, 0.99), Verdict.IGNORE),
        (Thresholds(0.1, 0.99), Verdict.OFFER),
    ],
)
def test_thresholds_decide_where_nothing_stops(thresholds: Thresholds, verdict: Verdict) -> None:
    assert judge(_trend(), replace(BRAND, thresholds=thresholds), NOW).verdict is verdict


@pytest.mark.parametrize("texts", [LIGHTS, SHOOTING, ["hm", "well", "ok"]])
def test_there_always_is_a_case_against_posting(texts: list[str]) -> None:
    against = judge(_trend(texts), BRAND, NOW).against
    assert against
    assert all(not sentence[0].islower() and sentence.endswith(".") for sentence in against)


def test_late_joke_is_told_so() -> None:
    late = replace(_trend(), started_at=NOW - timedelta(minutes=11))
    assert any("best jokes have been made" in sentence for sentence in judge(late, BRAND, NOW).against)


def test_one_reading_serves_every_brand() -> None:
    trend = _trend()
    brands = (BRAND, replace(BRAND, name="other", facts=(Fact("moon", "seen from the moon", ("moon",)),)))
    together = judge_all(trend, brands, NOW, context=Context())
    assert together == [judge(trend, brand, NOW) for brand in brands]
    assert [score.verdict for score in together] == [Verdict.OFFER, Verdict.IGNORE]


def test_reading_of_another_trend_is_never_used() -> None:
    stale = with_reading(Context(), _trend(SHOOTING))
    assert judge(_trend(), BRAND, NOW, context=stale) == judge(_trend(), BRAND, NOW)


def test_judgement_of_a_trend_without_posts_is_no_offer() -> None:
    empty = replace(_trend(), evidence=(), samples=())
    assert judge(empty, BRAND, NOW).verdict in (Verdict.IGNORE, Verdict.CAUTION)


def test_texts_make_a_rising_trend_named_after_what_they_share() -> None:
    trend = trend_from_texts(LIGHTS, NOW)
    assert trend.stage is Stage.RISING
    assert "dark" in trend.terms
    assert len(trend.name) <= 60
    assert trend.voices == len(LIGHTS)


def test_example_remembers_what_happened_before() -> None:
    before = {"hours_before": 5.0, "posts": [f"{text}, Elmsworth" for text in SHOOTING]}
    example = ExampleSettings.model_validate(
        {
            "name": "n",
            "posts": [f"{text} #Elmsworth" for text in LIGHTS],
            "want": "block",
            "why": "w",
            "earlier": [before],
        }
    )
    assert try_example(example, BRAND, NOW).verdict is Verdict.BLOCK
    assert try_example(example.model_copy(update={"earlier": []}), BRAND, NOW).verdict is Verdict.OFFER
