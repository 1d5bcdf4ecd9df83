"""Every signal: what moves it, what makes it stop or ask, and that it says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from monitor.examples import trend_from_texts
from monitor.model import Brand, Fact, KeywordRule, Score, Signal, Trend, Verdict
from monitor.score import judge
from monitor.signals import load, names
from monitor.signals.bridge import find
from monitor.signals.context import Context, remember

NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRAND = Brand(
    "oreo",
    "Oreo",
    facts=(
        Fact("dark", "can be dunked in the dark", ("dark", "lights out")),
        Fact("milk", "goes with milk", ("milk",), 0.5),
    ),
    keywords=(KeywordRule("lights OR blackout", 1.0), KeywordRule("snack*", 0.5)),
    exclude=("dark web",),
    competitors=("Chips Ahoy",),
    own_names=("oreo", "oreos"),
)
LIGHTS = [
    "the lights are out",
    "sitting in the dark here",
    "so dark and so loud",
    "lights out, phones up",
    "the band plays on in the dark",
    "who forgot the meter",
    "best concert of my life",
    "twenty thousand people singing",
]
TRAGEDY = ["a ferry sank off Elmsworth, people are missing", "Elmsworth ferry: at least nine dead"] * 2 + [
    "rescue boats near Elmsworth, the ferry is gone",
    "praying for the people on the Elmsworth ferry",
    "Elmsworth hospital asks for blood, many injured",
]


def _trend(texts: list[str] | None = None) -> Trend:
    return trend_from_texts(texts if texts is not None else LIGHTS, NOW, voices_each=10)


def _measure(name: str, trend: Trend, *, brand: Brand = BRAND, context: Context | None = None) -> Signal:
    return load(name)(trend, brand, NOW, context=context or Context())


def test_every_signal_file_is_found_by_its_name() -> None:
    assert {"velocity", "freshness", "reach", "relevance", "bridge", "tone", "safety", "authenticity"} <= set(names())
    assert not {"context", "reading", "words"} & set(names())
    with pytest.raises(KeyError):
        load("context")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("texts", [[], ["hm"], LIGHTS, ["", " ", "💀", "…"]], ids=["none", "one", "some", "empty"])
def test_every_signal_stays_between_0_and_1_and_says_why(name: str, texts: list[str]) -> None:
    signal = _measure(name, _trend(texts))
    assert signal.name == name
    assert 0.0 <= signal.value <= 1.0
    assert signal.why


def test_velocity_counts_half_at_four_times_the_usual_pace() -> None:
    assert _measure("velocity", replace(_trend(), velocity=4.0, expected_velocity=1.0)).value == 0.5
    assert _measure("velocity", replace(_trend(), velocity=1.0, expected_velocity=1.0)).value == 0.0


def test_freshness_halves_with_each_half_life_and_ends_with_the_shelf_life() -> None:
    young = replace(_trend(), started_at=NOW - timedelta(seconds=BRAND.half_life_secs))
    assert _measure("freshness", young).value == pytest.approx(0.5)
    old = replace(_trend(), started_at=NOW - timedelta(seconds=BRAND.shelf_life_secs + 1))
    assert _measure("freshness", old).veto is Verdict.IGNORE


def test_reach_grows_with_each_doubling_and_ignores_a_handful() -> None:
    assert _measure("reach", replace(_trend(), voices=19)).veto is Verdict.IGNORE
    assert _measure("reach", replace(_trend(), voices=20)).value == pytest.approx(0.2)
    assert _measure("reach", replace(_trend(), voices=1000)).value == pytest.approx(1.0)
    small, middle, large = (_measure("reach", replace(_trend(), voices=n)).value for n in (50, 100, 200))
    assert middle - small == pytest.approx(large - middle)


def test_relevance_is_the_weighted_share_of_voices_that_meet_a_rule() -> None:
    assert _measure("relevance", _trend()).value == pytest.approx((2 / 8 * 1.0) / 0.5)
    assert _measure("relevance", _trend(), brand=replace(BRAND, keywords=())).value == 0.5


def test_excluded_subject_is_none_of_our_business() -> None:
    signal = _measure("relevance", _trend([*LIGHTS, "dark web forum", "the dark web again", "so much dark web talk"]))
    assert signal.veto is Verdict.IGNORE
    assert "dark web" in signal.why


def test_bridge_names_the_fact_and_the_words_that_meet_it() -> None:
    trend = _trend()
    bridge = find(trend, BRAND, Context())
    assert bridge is not None
    assert (bridge.name, bridge.strength) == ("dark", 1.0)
    assert {"dark", "lights out"} <= set(bridge.matched)


def test_without_a_bridge_a_post_would_be_forced() -> None:
    signal = _measure("bridge", _trend(["what a goal", "goal of the year", "that goal!!"]))
    assert signal.veto is Verdict.IGNORE
    assert signal.why.startswith("forced")


def test_word_by_chance_is_no_bridge() -> None:
    chance = [f"what a goal number {n}" for n in range(30)] + ["it is getting dark here", "dark clouds"]
    assert _measure("bridge", replace(_trend(chance), terms=("goal",), name="goal")).veto is Verdict.IGNORE


def test_weak_fact_makes_a_weak_bridge() -> None:
    assert _measure("bridge", _trend(["milk please", "cold milk", "milk!"])).value == 0.5


def test_competitor_is_never_one_persons_decision() -> None:
    assert _measure("competition", _trend()).caution is None
    assert "chips ahoy" in (_measure("competition", _trend([*LIGHTS, "Chips Ahoy in the dark"])).caution or "")


def test_talk_about_a_person_asks_two_people_but_a_player_in_play_does_not() -> None:
    gala = [
        "Nora Quist and her hat",
        "Nora's hat is huge",
        "what is Nora wearing, she wins",
        "that hat! Nora!",
        "Nora, his or her hat",
    ]
    assert "Nora" in (_measure("people", _trend(gala)).caution or "")
    match = [
        "Nora scores! what a goal",
        "she did it, Nora, 1-0",
        "Nora with her left, goal",
        "great assist for Nora",
        "Nora is on fire, her third goal",
    ]
    signal = _measure("people", _trend(match))
    assert signal.caution is None
    assert "Nora" in signal.why


def test_angry_customers_are_the_brands_own_crisis() -> None:
    angry = [
        "my oreos made me sick",
        "Oreo recall? disgusting",
        "oreo ignores us, furious",
        "I love oreos",
        "refund me oreo",
    ]
    assert _measure("own_crisis", _trend(angry)).veto is Verdict.BLOCK
    assert _measure("own_crisis", _trend(["oreos in the dark", "love oreos", "oreo time"])).veto is None


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["so sad", "heartbroken 💔", "devastating news", "my condolences"], "grieve"),
        (["what a clown", "embarrassing, what is he doing", "pathetic miss", "lol ok"], "expense"),
        (["we were robbed", "corrupt refs", "disgrace", "rigged", "fine by me"], "quarrel"),
        (["so scared right now", "terrified", "this is scary", "ok"], "afraid"),
    ],
)
def test_dark_mood_asks_two_people(texts: list[str], says: str) -> None:
    signal = _measure("tone", _trend(texts))
    assert says in (signal.caution or "")
    assert signal.value < 0.5


def test_cheerful_crowd_lifts_the_tone() -> None:
    assert _measure("tone", _trend(["amazing", "love it 😂", "what a beautiful night", "best ever"])).value == 1.0


def test_foreign_crowd_asks_two_people() -> None:
    spanish = [
        "que golazo de la noche",
        "no lo puedo creer, qué partido",
        "el mejor gol de la historia",
        "vamos por más",
    ]
    assert _measure("language", _trend(spanish)).caution is not None
    assert _measure("language", _trend(spanish), brand=replace(BRAND, languages=("es",))).caution is None
    assert _measure("language", _trend(["停電です", "真っ暗だ"])).value == 0.0


def _after(texts: list[str], hours: float, *, brand: Brand = BRAND) -> Context:
    then = NOW - timedelta(hours=hours)
    trend = trend_from_texts(texts, then, voices_each=10)
    return remember(Context(), trend, judge(trend, brand, then), now=then)


def test_neighbour_of_a_tragedy_stays_blocked_until_the_cool_off_is_over() -> None:
    near = _trend(["dark roast coffee in Elmsworth", "Elmsworth at night, so dark", "dark chocolate, Elmsworth style"])
    assert _measure("cool_off", near, context=_after(TRAGEDY, 17)).veto is Verdict.BLOCK
    assert _measure("cool_off", near, context=_after(TRAGEDY, 71)).veto is Verdict.BLOCK
    assert _measure("cool_off", near, context=_after(TRAGEDY, 73)).veto is None


def test_tag_glued_to_a_place_is_its_neighbour() -> None:
    tagged = _trend(["#ElmsworthStrong tonight", "dark night #elmsworthstrong", "lights out #ElmsworthStrong"])
    assert _measure("cool_off", tagged, context=_after(TRAGEDY, 1)).veto is Verdict.BLOCK


def test_tragedy_elsewhere_does_not_silence_the_world() -> None:
    assert _measure("cool_off", _trend(), context=_after(TRAGEDY, 1)).veto is None


def test_blocked_politics_and_minutes_of_silence_are_not_remembered_as_tragedies() -> None:
    politics = [
        "Trump speaks at the senate",
        "the election is close",
        "vote counts in the senate race",
        "Biden answers Trump",
    ]
    assert _after(politics, 1).tragedies == ()


def test_budget_of_the_day_counts_cards_and_opens_again_the_next_day() -> None:
    card = Score("oreo", Verdict.OFFER, 1, 0.8, "fine", None, ())
    context = Context()
    for n in range(BRAND.cards_per_day):
        context = remember(context, _trend(), card, now=NOW - timedelta(hours=n))
    assert _measure("budget", _trend(), context=context).veto is Verdict.IGNORE
    assert _measure("budget", _trend(), brand=replace(BRAND, name="tide"), context=context).veto is None
    later = load("budget")(_trend(), BRAND, NOW + timedelta(days=1), context=context)
    assert later.veto is None


SPORT = replace(BRAND, territories=(("live sport", "stadium OR goal*"), ("weather", "snow*")))


def test_a_brand_without_territories_may_speak_anywhere() -> None:
    assert _measure("territory", _trend()).veto is None


def test_within_a_territory_a_brand_may_speak_and_outside_it_is_silent() -> None:
    dark_stadium = [*LIGHTS, "the whole stadium is dark", "stadium lights out", "never seen a stadium so dark"]
    inside = _measure("territory", _trend(dark_stadium), brand=SPORT)
    assert (inside.value, inside.veto) == (1.0, None)
    assert inside.why.startswith("within live sport: ")
    outside = _measure("territory", _trend(LIGHTS), brand=SPORT)
    assert (outside.value, outside.veto) == (0.0, Verdict.IGNORE)
    assert outside.why == "outside of Oreo's territories (live sport, weather)"


def test_a_word_by_the_way_does_not_move_a_trend_into_a_territory() -> None:
    by_the_way = [*LIGHTS, "there was a goal as well"]
    assert _measure("territory", _trend(by_the_way), brand=SPORT).veto is Verdict.IGNORE


def test_words_of_the_description_and_words_near_to_them_add_to_relevance() -> None:
    def near(word: str) -> tuple[tuple[str, float], ...]:
        return (("biscuit", 0.8), ("there", 0.7)) if word == "cookie" else ()

    described = replace(BRAND, keywords=(), description="A cookie for all of you, with milk.")
    texts = ["my cookie broke", "what a cookie", "biscuit for me", "and there it went"]
    plain = _measure("relevance", _trend(texts), brand=described)
    assert plain.value == pytest.approx(0.5 + 0.25)
    assert plain.why.endswith("2 of 4 voices use words like the brand's description")
    widened = _measure("relevance", _trend(texts), brand=described, context=Context(near=near))
    assert widened.why.endswith("3 of 4 voices use words like the brand's description"), "common words tell nothing"
    assert _measure("relevance", _trend(["what a goal", "top corner", "unreal"]), brand=described).value == 0.5


def test_a_known_voice_adds_to_the_reach_and_is_named() -> None:
    trend = _trend()
    one = replace(trend, evidence=(msgspec.structs.replace(trend.evidence[0], author="NASA"), *trend.evidence[1:]))
    brand = replace(BRAND, known_voices=("@nasa", "@nfl"))
    alone, known = _measure("reach", one), _measure("reach", one, brand=brand)
    assert known.value == pytest.approx(alone.value + 0.2)
    assert known.why == f"{alone.why}, among them @nasa"
    assert _measure("reach", trend, brand=brand) == _measure("reach", trend), "nobody known is no change"
