"""What the detector promises of any stream: noise is quiet, a copy is no voice, and no clock does harm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, product
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.detect.bursts import BurstSettings
from monitor.detect.detector import Detector, DetectSettings
from monitor.model import Post, Trend
from tests.crowd import START, chatter, happening, play, post

HOUR = 3600.0
SMALL = DetectSettings(bursts=BurstSettings(capacity=1 << 14))
"""The detector as it is, with room for a small stream's words only: quicker to make."""
PATIENT = DetectSettings(bursts=BurstSettings((30, 60, 300, 1800, 10800), capacity=1 << 14, tick_secs=30))
"""The same, looking every half minute: many hours in a second."""
NOISE_SEEDS = 100
NOISE_MINUTES = 18
MOST_FALSE_AN_HOUR = 1 / 20
"""Stated rate of false alarms on noise: at most one in twenty stream hours."""
LEXICON = ["".join(parts) for parts in product("bdfgklmnprst", "aeiou", "bdfgjklmnprstv", ("um", "ix"))]
ZIPF = list(accumulate(1.0 / rank for rank in range(1, len(LEXICON) + 1)))
VOLCANO = ("why is there a volcano now", "volcano???", "that volcano is smoking", "my aunt sees the volcano",
           "have you heard of the volcano", "volcano on every channel", "volcano near us", "no volcano")  # fmt: skip
LIGHTS = ("The lights went out at the stadium", "Lights out in the stadium", "who turned off the stadium lights")
DARK = ("dark", "all dark", "so dark here", "who made it dark")
SCHICK = ("schick", "schick scores", "what a shot schick")
GOAL = ("What a goal by Schick", "GOAL Schick!!", "Schick from the halfway line")


def noise(minutes: float, *, per_minute: float, seed: int, begin_secs: float = 0.0) -> list[Post]:
    """Words drawn as often as Zipf's law has it, and nothing that happens; a few people write much, many little."""
    random = Random(f"noise {seed} {begin_secs}")
    count = int(minutes * per_minute)
    times = sorted(begin_secs + random.random() * minutes * 60 for _ in range(count))
    texts = [" ".join(random.choices(LEXICON, cum_weights=ZIPF, k=random.randint(4, 12))) for _ in times]
    return [
        post(text, secs, key=f"n{seed}-{begin_secs}-{at}", author=f"n{seed}-{int(10_000 * random.random() ** 2)}")
        for at, (text, secs) in enumerate(zip(texts, times, strict=True))
    ]


def watched(posts: Sequence[Post], *, until_secs: float | None = None) -> list[Trend]:
    return play(posts, Detector(SMALL), until_secs=until_secs)


def secs_of(trend: Trend) -> float:
    return (trend.detected_at - START).total_seconds()


def words_of(trend: Trend) -> str:
    return f"{trend.name} {' '.join(trend.terms)}".casefold()


def spoken(texts: Sequence[str], times: Sequence[float], *, key: str, one_author: bool = False) -> list[Post]:
    """Each text by somebody else, or all by one."""
    authors = [key if one_author else f"{key}{at}" for at in range(len(texts))]
    return [
        post(text, secs, key=f"{key}-{at}", author=authors[at])
        for at, (text, secs) in enumerate(zip(texts, times, strict=True))
    ]


def crowd(phrases: Sequence[str], at_secs: float, *, posts: int, seed: int) -> list[Post]:
    """So many people within a minute, each with one of some short phrases and words of their own."""
    random = Random(f"crowd {seed} {at_secs} {phrases}")
    texts = [" ".join([random.choice(phrases), *random.choices(LEXICON, k=random.randint(0, 3))]) for _ in range(posts)]
    times = [at_secs + 60 * random.random() for _ in range(posts)]
    return spoken(texts, times, key=f"{phrases[0]}-{seed}-{at_secs}-")


def test_flat_noise_stays_under_the_stated_rate_of_false_alarms() -> None:
    told = 0
    for seed in range(NOISE_SEEDS):
        told += len(play(noise(NOISE_MINUTES, per_minute=40, seed=seed), Detector(PATIENT)))
    assert told <= MOST_FALSE_AN_HOUR * NOISE_SEEDS * NOISE_MINUTES / 60


@pytest.mark.parametrize("times", [2, 20, 60])  # up to 8 times the unrest of the terms would forgive, share or not
def test_noise_that_grows_as_a_whole_announces_nothing(times: int) -> None:
    before = noise(12, per_minute=60, seed=20)
    after = noise(1.5, per_minute=60 * times, seed=20, begin_secs=720)
    assert watched([*before, *after]) == []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("posts", [3, 20, 60])
def test_twice_the_voices_in_twice_the_traffic_get_the_same_verdict(posts: int, seed: int) -> None:
    once = watched([*noise(18, per_minute=60, seed=seed), *crowd(DARK, 900, posts=posts, seed=seed)])
    louder = crowd(DARK, 900, posts=2 * posts, seed=seed + 100)
    twice = watched([*noise(18, per_minute=120, seed=seed + 100), *louder])
    assert len(once) == len(twice) == (posts > 3)
    for single, double in zip(once, twice, strict=True):
        assert "dark" in words_of(single)
        assert "dark" in words_of(double)
        assert abs(secs_of(single) - secs_of(double)) <= 30


def mixed_evening() -> list[Post]:
    """Two happenings, a text that goes round and a repost of it, all in whole seconds."""
    text = "everybody should hear what the old man at the market told"
    copies = [post(text, 400 + at // 4, key=f"copy{at}", author=f"copier{at}") for at in range(40)]
    reposts = [post(text, 620 + at // 4, key=f"re{at}", author=f"r{at}", repost_of="copy0") for at in range(40)]
    posts = [*noise(12, per_minute=40, seed=5), *happening(LIGHTS, 500), *happening(GOAL, 560), *copies, *reposts]
    return sorted(
        (structs.replace(one, created_at=one.created_at.replace(microsecond=0)) for one in posts),
        key=lambda one: one.created_at,
    )


EVENING = mixed_evening()


def told_of(posts: Sequence[Post]) -> list[tuple[object, ...]]:
    detector = Detector(SMALL)
    announced = play(posts, detector)
    return [
        (t.id, t.name, t.terms, t.detected_at, t.posts, t.voices, t.significance, [p.id for p in t.evidence])
        for t in [*announced, *detector.live(), *detector.ended()]
    ]


@settings(max_examples=5, deadline=None, phases=[Phase.generate])  # shrinking would take minutes
@given(st.permutations(range(len(EVENING))))
def test_any_order_within_a_second_gives_the_same_trends(order: list[int]) -> None:
    as_it_came = told_of(EVENING)
    assert len(as_it_came) >= 4
    assert told_of([EVENING[at] for at in order]) == as_it_came


def test_a_clock_that_jumps_back_announces_everything_once() -> None:
    posts = sorted([*noise(30, per_minute=60, seed=6), *happening(LIGHTS, 900)], key=lambda one: one.created_at)
    detector, told = Detector(SMALL), []
    for at, one in enumerate(posts):
        detector.add(one)
        told += detector.advance(one.created_at)
        if at % 7 == 0:
            told += detector.advance(one.created_at - timedelta(minutes=1 + at % 50))
        if at % 500 == 0:
            told += detector.advance(one.created_at - timedelta(days=3650))
    assert [(t.id, t.detected_at) for t in told] == [(t.id, t.detected_at) for t in watched(posts)]
    assert len(told) == 1


def test_posts_that_come_five_minutes_late_are_counted_and_nothing_is_told_twice() -> None:
    late = [(one.created_at + timedelta(minutes=5), one) for one in happening(LIGHTS, 910, posts=60, over_secs=50)]
    posts = [*noise(30, per_minute=60, seed=7), *happening(LIGHTS, 900), *happening(GOAL, 1500, seed=9)]
    detector, told = Detector(SMALL), []
    for now, one in sorted([*((each.created_at, each) for each in posts), *late], key=lambda row: (row[0], row[1].id)):
        detector.add(structs.replace(one, id=f"{one.id} {now}"))
        told += detector.advance(now)
    assert detector.too_old == 0
    assert len(told) == 2
    assert len({trend.id for trend in told}) == 2
    assert "schick" in words_of(told[-1])


@pytest.mark.parametrize("years", [-20, -1, 1, 20])
def test_a_source_whose_clock_is_wrong_by_years_does_no_harm(years: int) -> None:
    right = [*noise(25, per_minute=60, seed=8), *happening(LIGHTS, 1000)]
    wrong = noise(25, per_minute=20, seed=9)
    detector, told = Detector(SMALL), []
    for one in sorted([*right, *wrong], key=lambda each: each.created_at):
        is_wrong = one.id.startswith("n9-")
        sent = structs.replace(one, created_at=one.created_at + timedelta(days=365 * years)) if is_wrong else one
        detector.add(sent)
        told += detector.advance(one.created_at)
    assert len(told) == 1
    assert "lights" in words_of(told[0])
    assert years > 0 or detector.too_old >= len(wrong) - 20


@pytest.mark.parametrize("gap_secs", [0, 5, 20, 120])
def test_two_happenings_of_two_merged_streams_are_two_trends_with_no_posts_in_common(gap_secs: int) -> None:
    first = [*noise(18, per_minute=60, seed=10), *crowd(DARK, 900, posts=60, seed=10)]
    second = [*chatter(18, per_minute=60, seed=11), *crowd(SCHICK, 900 + gap_secs, posts=60, seed=11)]
    detector = Detector(SMALL)
    told = play([*first, *second], detector)
    assert len(told) == 2
    evidence = [{one.id for one in trend.evidence} for trend in [*detector.live(), *detector.ended()]]
    assert all(len(posts) >= 50 for posts in evidence)
    assert not evidence[0] & evidence[1]


@pytest.mark.parametrize(
    "texts",
    [
        ("an earthquake", "earthquakes again", "so many earthquakes here", "did you feel the earthquake"),
        ("#powercut in the whole street", "power cut here #powercut", "there is a power cut", "power cut #PowerCut"),
        ("the bridge is closed", "closed bridge again", "they closed the bridge", "bridge closed #bridge"),
        ("Lights out", "no lights at the stadium", "the stadium is dark", "stadium lights", "#lightsout stadium"),
    ],
    ids=["plural", "tag", "phrase", "words"],
)
def test_one_happening_told_in_different_words_is_one_trend(texts: tuple[str, ...]) -> None:
    assert len(watched([*noise(25, per_minute=60, seed=13), *happening(texts, 900, posts=100, over_secs=120)])) == 1


@pytest.mark.parametrize("marked", [True, False])
def test_a_repost_storm_is_no_crowd_in_a_busy_stream(marked: bool) -> None:
    text = "Look at this wonderful zebra that my neighbour keeps upon the roof of his house"
    storm = [
        post(text if marked else f"RT @zoo{at % 3}: {text}", 900 + 0.3 * at, key=f"s{at}", author=f"s{at}",
             repost_of="original" if marked else None)
        for at in range(1000)
    ]  # fmt: skip
    assert watched([*noise(25, per_minute=90, seed=14), *storm]) == []


def test_one_author_with_a_hundred_posts_is_no_crowd() -> None:
    random = Random(15)
    texts = [f"zebra {random.choice(LEXICON)} {random.choice(LEXICON)} {at}" for at in range(100)]
    mine = spoken(texts, [900 + 1.5 * at for at in range(100)], key="ann", one_author=True)
    assert watched([*noise(25, per_minute=90, seed=15), *mine]) == []
    others = [structs.replace(one, author=f"someone{at}") for at, one in enumerate(mine)]
    assert len(watched([*noise(25, per_minute=90, seed=15), *others])) == 1


def test_a_form_filled_in_by_many_is_not_as_many_voices() -> None:
    times = [900 + 4.0 * at for at in range(14)]
    forms = [f"I am now at the Harbour Station platform with {at + 3} other people" for at in range(14)]
    own = [f"harbour station {first} {second}" for first, second in zip(LEXICON[::90], LEXICON[40::90], strict=False)]
    background = noise(25, per_minute=60, seed=16)
    assert watched([*background, *spoken(forms, times, key="form")]) == []
    assert len(watched([*background, *spoken(own[:14], times, key="own")])) == 1


@pytest.mark.parametrize("seed", range(2))
def test_in_a_thin_stream_a_text_pasted_twelve_times_in_an_hour_is_told_once(seed: int) -> None:
    text = "Please sign the letter against the closing of the swimming pool in our town"
    pasted = spoken([text] * 12, [10 * HOUR + 290 * at for at in range(12)], key="paste")
    (trend,) = play([*noise(12 * 60, per_minute=1, seed=seed), *pasted], Detector(PATIENT))
    assert "swimming" in words_of(trend) or "pool" in words_of(trend)
    assert 10 * HOUR < secs_of(trend) <= 11 * HOUR


@pytest.mark.parametrize(("voices", "hours"), [(8, 8), (6, 48)])
def test_in_a_thin_stream_a_few_voices_on_a_new_word_in_half_an_hour_are_told(voices: int, hours: int) -> None:
    said = spoken(VOLCANO[:voices], [hours * HOUR + 200 * at for at in range(voices)], key="volcano")
    told = play([*noise((hours + 1) * 60, per_minute=1, seed=18), *said], Detector(PATIENT))
    (trend,) = [trend for trend in told if "volcano" in words_of(trend)]
    assert hours * HOUR < secs_of(trend) <= hours * HOUR + 1800


def test_accounts_that_chime_the_same_form_on_each_full_hour_are_never_told() -> None:
    random = Random(17)
    quiet = noise(18 * 60, per_minute=1, seed=17)
    times = [hour * HOUR + 5 * who for hour in range(1, 18) for who in range(12)]
    chimes = [f"cuckoo it is {int(at / HOUR) % 24} o'clock {random.choice(LEXICON)}" for at in times]
    assert play([*quiet, *spoken(chimes, times, key="clock")], Detector(PATIENT)) == []
    once = [f"cuckoo {random.choice(LEXICON)} {random.choice(LEXICON)}" for _ in range(12)]
    said = spoken(once, [15 * HOUR + 5 * who for who in range(12)], key="cuckoo")
    assert len(play([*quiet, *said], Detector(PATIENT))) == 1
