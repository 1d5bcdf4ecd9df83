"""What once made a harmless blackout look grave, suspect or near a tragedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from msgspec import structs

from monitor.examples import trend_from_texts
from monitor.model import Brand, Fact, Trend, Verdict
from monitor.score import judge
from monitor.signals.authenticity import measure as authenticity
from monitor.signals.context import Context, remember
from monitor.signals.tone import measure as tone

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
BRAND = Brand("oreo", "Oreo", facts=(Fact("dark", "can be dunked in the dark", ("dark", "lights out")),), min_voices=3)
DARK = ["lights out in the stadium", "so dark in here haha", "who turned off the lights", "it is dark, send snacks"]


def crowd(texts: list[str], *, followers: int | None = None) -> Trend:
    trend = trend_from_texts([f"{text} {n}" for n, text in enumerate(texts * 6)], NOW, voices_each=5)
    evidence = tuple(
        structs.replace(post, author=f"somebody {n}", author_followers=followers)
        for n, post in enumerate(trend.evidence)
    )
    return replace(trend, evidence=evidence)


def half_unknown(trend: Trend) -> Trend:
    evidence = tuple(
        structs.replace(post, author_followers=40 if n % 2 else 900) for n, post in enumerate(trend.evidence)
    )
    return replace(trend, evidence=evidence)


def test_a_crowd_of_which_half_have_few_followers_is_a_crowd() -> None:
    signal = authenticity(half_unknown(crowd(DARK)), BRAND, NOW, context=Context())
    assert signal.caution is None
    assert signal.veto is None


def test_a_crowd_that_nobody_follows_at_all_is_a_doubt_but_no_suspicion() -> None:
    signal = authenticity(crowd(DARK, followers=50), BRAND, NOW, context=Context())
    assert signal.veto is None
    assert signal.caution is not None


def test_a_candle_in_a_power_cut_is_no_mourning() -> None:
    lit = crowd([f"{text} 🕯️" for text in DARK])
    assert tone(lit, BRAND, NOW, context=Context()).caution is None


def test_a_dead_scoreboard_is_no_neighbour_of_nine_dead_people() -> None:
    ferry = crowd(["nine people dead after the ferry sank off Elmsworth", "nine dead in Elmsworth, praying for them"])
    grave = judge(ferry, BRAND, NOW)
    assert grave.verdict is Verdict.BLOCK
    context = remember(Context(), ferry, grave, now=NOW)
    assert context.tragedies, "the ferry is remembered"
    blackout = crowd([*DARK, "scoreboard is dead, lights out"])
    assert judge(blackout, BRAND, NOW, context=context).verdict is not Verdict.BLOCK
    there = crowd(["the lights went out in Elmsworth, so dark", "Elmsworth is dark tonight", "dark in Elmsworth"])
    assert judge(there, BRAND, NOW, context=context).verdict is Verdict.BLOCK
