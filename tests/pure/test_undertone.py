"""What trained heads may do to a verdict: ask for a second look, with whom it was heard of; never allow anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.examples import trend_from_texts
from monitor.model import Brand, Trend, Verdict
from monitor.pipeline import Pipeline
from monitor.score import judge
from monitor.signals.context import Context, Hear, remember
from monitor.signals.undertone import LEAST_VOICES, MOST_VOICES, measure
from tests.pure.test_safety_on_streams import _outcome

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BRAND = Brand("any", "Any", min_voices=1)
STRICTNESS = [Verdict.OFFER, Verdict.CAUTION, Verdict.BLOCK]


def crowd(count: int, word: str = "the lights went out here") -> Trend:
    """So many different voices."""
    return trend_from_texts([f"{word} number {n}" for n in range(count)], NOW)


def hears(**shares: float) -> Hear:
    """Heads that hear the same in every text: `disaster=0.9` is that label's probability."""
    labels = {"disaster": "disaster", "sentiment": "negative", "offensive": "offensive"}

    def hear(text: str, language: str | None) -> Mapping[str, Mapping[str, float]]:
        return {task: {labels[task]: share} for task, share in shares.items()}

    return hear


def test_without_heads_only_words_count() -> None:
    signal = measure(crowd(20), BRAND, NOW, context=Context())
    assert (signal.value, signal.caution, signal.veto) == (1.0, None, None)


@pytest.mark.parametrize("task", ["disaster", "sentiment", "offensive"])
def test_a_crowd_that_sounds_dark_asks_for_two_people_and_says_whom_it_heard(task: str) -> None:
    signal = measure(crowd(20), BRAND, NOW, context=Context(hear=hears(**{task: 0.9})))
    assert signal.caution is not None
    assert "20 of 20 voices" in signal.caution
    assert signal.evidence[:1] == ("example-1",)
    assert signal.veto is None, "a head alone blocks nothing"


def test_what_half_a_chance_or_a_light_crowd_says_changes_nothing() -> None:
    for heard in (hears(disaster=0.49, sentiment=0.49, offensive=0.49), hears(disaster=0.0)):
        assert measure(crowd(20), BRAND, NOW, context=Context(hear=heard)).caution is None


def test_the_share_decides_and_not_the_loudest_voice() -> None:
    def hear(text: str, language: str | None) -> Mapping[str, Mapping[str, float]]:
        return {"disaster": {"disaster": 0.99 if text.endswith(("1", "2", "3", "4")) else 0.1}}

    assert measure(crowd(20), BRAND, NOW, context=Context(hear=hear)).caution is None  # 8 of 20


def test_a_few_texts_or_an_unknown_language_tell_nothing() -> None:
    few = measure(crowd(LEAST_VOICES - 1), BRAND, NOW, context=Context(hear=hears(disaster=0.9)))
    foreign = measure(crowd(20), BRAND, NOW, context=Context(hear=lambda text, language: {}))
    assert few.caution is foreign.caution is None
    assert "too few to tell" in few.why
    assert "0 voices" in foreign.why


def test_a_task_that_the_heads_know_in_the_language_of_few_voices_only_is_not_counted() -> None:
    def hear(text: str, language: str | None) -> Mapping[str, Mapping[str, float]]:
        known = {"sentiment": {"negative": 0.1}}
        return known | {"disaster": {"disaster": 0.9}} if text.endswith("number 1") else known

    signal = measure(crowd(20), BRAND, NOW, context=Context(hear=hear))
    assert signal.caution is None
    assert "disaster" not in signal.why


def test_no_more_voices_are_heard_than_the_clock_allows_and_their_source_says_the_language() -> None:
    seen: list[tuple[str, str | None]] = []

    def hear(text: str, language: str | None) -> Mapping[str, Mapping[str, float]]:
        seen.append((text, language))
        return {}

    measure(crowd(200), BRAND, NOW, context=Context(hear=hear))
    assert 0 < len(seen) <= MOST_VOICES
    assert {language for _, language in seen} == {None}
    assert seen[0][0].endswith("number 0")
    assert seen[-1][0].endswith("number 196"), "spread over the whole trend"


@given(
    shares=st.fixed_dictionaries({task: st.floats(0, 1) for task in ("disaster", "sentiment", "offensive")}),
    word=st.sampled_from(
        ["the lights went out", "they are dead, so many people killed", "so sad", "he is such a clown"]
    ),
)
def test_heads_never_make_a_verdict_milder(shares: dict[str, float], word: str) -> None:
    trend = crowd(12, word)
    without, with_heads = (judge(trend, BRAND, NOW, context=Context(hear=h)) for h in (None, hears(**shares)))
    assert STRICTNESS.index(_outcome(with_heads)) >= STRICTNESS.index(_outcome(without))
    assert with_heads.value == without.value, "they weigh nothing where a brand does not say so"
    assert (with_heads.verdict is Verdict.BLOCK) == (without.verdict is Verdict.BLOCK)


def test_the_heads_stay_at_hand_when_a_trend_is_remembered() -> None:
    context = Context(hear=hears(disaster=0.9))
    trend = crowd(12)
    kept = remember(context, trend, judge(trend, BRAND, NOW, context=context), now=NOW)
    assert kept.hear is context.hear


def test_the_pipeline_judges_with_the_heads_it_is_given() -> None:
    class Nothing:
        def live(self) -> list[Trend]:
            return [crowd(20)]

    heard = hears(disaster=0.9)
    pipeline = Pipeline([BRAND], detector=Nothing(), hear=heard)  # type: ignore[arg-type]
    score = pipeline.assess("example", "any", NOW)
    assert score is not None
    assert next(signal for signal in score.signals if signal.name == "undertone").caution
