"""Somebody died, says an encyclopedia: what speaks of that person is not joked with; what does not is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.examples import trend_from_texts
from monitor.model import Death, Signal, Trend, Verdict
from monitor.signals.context import MAX_DEATHS, MAX_TRAGEDIES, Context, Tragedy, bounded
from monitor.signals.cool_off import measure
from monitor.signals.mourning import learn, unlearn, whole_name
from tests.pure.test_pipeline import a_trend, announce, brand, machine

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
BRAND = brand()
DARK = [
    "the lights went out",
    "it is so dark in here",
    "who turned off the lights",
    "dark dark dark",
    "lights out haha",
]


def death(name: str, minutes_ago: float = 26, *, is_taken_back: bool = False) -> Death:
    return Death(name, NOW - timedelta(minutes=minutes_ago), "Wikipedia", is_taken_back=is_taken_back)


def after(*names: str, minutes_ago: float = 26) -> Context:
    context = Context()
    for name in names:
        context, _ = learn(context, death(name, minutes_ago))
    return context


def measured(trend: Trend, *names: str, minutes_ago: float = 26) -> Signal:
    return measure(trend, BRAND, NOW, context=after(*names, minutes_ago=minutes_ago))


def saying(*texts: str, name: str = "", terms: tuple[str, ...] = ()) -> Trend:
    trend = trend_from_texts(list(texts), NOW)
    return replace(trend, name=name or trend.name, terms=terms or trend.terms)


def test_a_trend_named_after_the_dead_is_blocked_with_a_reason() -> None:
    signal = measured(saying(*DARK, name="jane doe", terms=("jane doe",)), "Jane Doe (actor)")
    assert signal.veto is Verdict.BLOCK
    assert signal.why == "Jane Doe died, says Wikipedia at 20:14: the trend is named after them; 0 of 72 hours ago"


@pytest.mark.parametrize(
    "texts",
    [
        ["what, Jane Doe?", "JANE DOE was the best", "that film with jane doe"],
        ["what, Zoë Saldaña?", "ZOË SALDAÑA was the best"],
        ["so long #JaneDoe", "oh #ripjanedoe"],
    ],
)
def test_voices_that_give_the_whole_name_speak_of_that_person(texts: list[str]) -> None:
    signal = measured(saying(*DARK, *texts, name="lights out", terms=("lights out",)), "Jane Doe", "Zoë Saldaña")
    assert signal.veto is Verdict.BLOCK
    assert f"{len(texts)} of {len(DARK) + len(texts)} voices name them" in signal.why


@pytest.mark.parametrize(
    ("texts", "dead"),
    [
        ([], "Jane Doe"),
        (["a doe, a deer", "the doe and jane went out"], "Jane Doe"),
        (["one single Jane Doe"], "Jane Doe"),
        (["carolina in my mind #carolina", "#carolina dark"], "Li Na"),
        (["dark blue and dark grey", "so dark"], "Jane Dark"),
        (["prince harry in the dark", "prince of darkness"], "Prince (musician)"),
        (["my phone is dead, what a dark hour", "my battery died in the dark"], "Jane Dark"),
    ],
)
def test_others_are_not_meant(texts: list[str], dead: str) -> None:
    trend = saying(*DARK, *texts, name="lights out", terms=("lights out", "dark"))
    assert measured(trend, dead).veto is None


@pytest.mark.parametrize("dead", ["Jane Saldaire", "John Saldaire Jr.", "Saldaire (singer)", "Ann Saldaire III"])
def test_a_surname_tells_beside_words_of_death(dead: str) -> None:
    texts = [
        "rip Saldaire, you legend",
        "Saldaire has died, heartbroken",
        "Saldaire passed away",
        "rest in peace saldaire",
    ]
    signal = measured(saying(*DARK, *texts, name="saldaire", terms=("saldaire",)), dead)
    assert signal.veto is Verdict.BLOCK
    assert "4 voices write of death beside the name saldaire" in signal.why
    happy = ["Saldaire scores again", "what a goal by Saldaire", "saldaire saldaire saldaire", "Saldaire for president"]
    assert measured(saying(*happy, name="saldaire", terms=("saldaire",)), dead).veto is None


@pytest.mark.parametrize(("hours", "blocks"), [(-0.5, True), (0.1, True), (71, True), (73, False), (-2, False)])
def test_it_lasts_as_long_as_the_brands_cool_off(hours: float, blocks: bool) -> None:
    trend = saying(*DARK, name="jane doe", terms=("jane doe",))
    assert (measured(trend, "Jane Doe", minutes_ago=hours * 60).veto is Verdict.BLOCK) is blocks


def test_what_is_taken_back_within_the_hour_is_forgotten_and_later_not() -> None:
    context = after("Jane Doe", "John Doe", minutes_ago=50)
    context, forgotten = unlearn(context, death("Jane Doe", 45, is_taken_back=True))
    assert [tragedy.person for tragedy in forgotten] == ["jane doe"]
    assert [tragedy.person for tragedy in context.tragedies] == ["john doe"]
    late = after("Jane Doe", minutes_ago=90)
    assert unlearn(late, death("Jane Doe", 0, is_taken_back=True)) == (late, ())


def test_a_death_told_again_is_not_new_but_after_a_mistake_it_is() -> None:
    context, first = learn(Context(), death("Jane Doe", 30))
    assert first is not None
    assert learn(context, death("Jane Doe (actor)", 20))[1] is None
    context, _ = unlearn(context, death("Jane Doe", 25))
    assert learn(context, death("Jane Doe", 20))[1] is not None


@pytest.mark.parametrize("name", ["", "(actor)", "...", "  "])
def test_a_name_without_letters_is_none(name: str) -> None:
    assert learn(Context(), death(name)) == (Context(), None)


def test_a_name_is_compared_as_posts_are() -> None:
    assert whole_name("Jean-Luc O'Neil (born 1950)") == "jean luc o'neil"


def test_the_many_dead_push_no_disaster_out_and_are_bounded() -> None:
    ferry = Tragedy("ferry", frozenset({"ferry"}), NOW)
    dead = [Tragedy(f"t{n}", frozenset({f"x{n}"}), NOW, f"x{n}") for n in range(MAX_DEATHS + 10)]
    kept = bounded([ferry, *dead])
    assert kept == (ferry, *dead[10:])
    assert bounded([dead[0], *[ferry] * (MAX_TRAGEDIES + 1)]).count(ferry) > 0


def test_a_live_trend_is_judged_again_at_once_and_its_card_is_taken_back() -> None:
    pipeline, detector = machine()
    trend = replace(a_trend("t1", [*DARK[:3], "dark like jane doe"]), name="jane doe in the dark")
    [told] = announce(pipeline, detector, trend)
    assert told.opportunities
    tragedy = pipeline.mourn(death("Jane Doe", 0))
    assert tragedy is not None
    assert pipeline.mourn(death("Jane Doe", 0)) is None
    [turned] = pipeline.advance(NOW + timedelta(seconds=1))
    assert turned.blocked == {"oreo"}
    assert "Jane Doe died, says Wikipedia" in turned.scores[0].why
    assert pipeline.assess("t1", "oreo", NOW).verdict is Verdict.BLOCK  # type: ignore[union-attr]  # it lives
    assert pipeline.take_back(death("Jane Doe", -1)) == (tragedy,)
    [freed] = pipeline.advance(NOW + timedelta(seconds=2))
    assert freed.scores[0].verdict in (Verdict.OFFER, Verdict.CAUTION)
    assert not freed.opportunities, "a card that was taken back is not offered again"
