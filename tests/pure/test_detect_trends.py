"""The detector's door: what is announced, once, with which name, and how its life goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.detect.bars import Bar, TrendSettings
from monitor.detect.bursts import BurstSettings
from monitor.detect.detector import Detector, DetectSettings
from monitor.detect.naming import NAME_CHARS
from monitor.model import Post, Stage, Trend
from tests.crowd import START, chatter, happening, play, post

LIGHTS = ("The lights went out at the stadium", "Lights out in the stadium", "who turned off the stadium lights")
GOAL = ("What a goal by Schick", "GOAL Schick!!", "Schick from the halfway line")
SECOND_GOAL = ("Schick again!!", "Schick scores his second", "2-0 Schick")
SMALL = DetectSettings(
    bursts=BurstSettings(capacity=1 << 13), remembered_ids=5000, remembered_texts=5000, recent_posts=3000
)


def test_a_happening_is_announced_once_and_soon() -> None:
    trends = play([*chatter(25), *happening(LIGHTS, 900)])
    assert len(trends) == 1
    delay_secs = (trends[0].detected_at - START).total_seconds() - 900
    assert 0 <= delay_secs <= 30
    assert abs((trends[0].started_at - START).total_seconds() - 900) <= 15


def test_its_name_is_a_phrase_that_people_wrote() -> None:
    (trend,) = play([*chatter(25), *happening(LIGHTS, 900)])
    assert "lights" in trend.name.casefold()
    assert len(trend.name) <= NAME_CHARS
    assert any(trend.name.casefold() in one.text.casefold() for one in trend.evidence)
    assert any("lights" in term for term in trend.terms)
    assert 1 <= len(trend.terms) <= 8
    assert 3 <= len(trend.samples) <= 5


def test_two_happenings_at_a_time_are_two_trends() -> None:
    trends = play([*chatter(25), *happening(LIGHTS, 900), *happening(GOAL, 910)])
    assert len(trends) == 2
    assert {"lights" in trend.name.casefold() for trend in trends} == {True, False}


@pytest.mark.parametrize("minutes", [12, 29])
def test_the_second_goal_of_the_same_player_is_a_new_trend(minutes: int) -> None:
    trends = play([*chatter(55), *happening(GOAL, 900), *happening(SECOND_GOAL, 900 + 60 * minutes)])
    assert len(trends) == 2


def test_short_shouts_of_unknown_people_are_voices() -> None:
    shouts = [post("GOAL!!!", 900 + number, key=f"g{number}") for number in range(40)]
    (trend,) = play([*chatter(20), *shouts])
    assert "goal" in trend.name.casefold()
    assert trend.authors is None


def test_one_text_pasted_by_many_accounts_is_no_crowd() -> None:
    text = "Claim your free zebra today and join our wonderful zebra club for ever"
    pasted = [post(text, 900 + number, key=f"p{number}", author=f"bot{number}") for number in range(60)]
    assert play([*chatter(20), *pasted]) == []


def test_one_person_who_repeats_a_word_is_no_crowd() -> None:
    posts = [post(f"zebra {number} {number * 7}", 900 + number, author="ann") for number in range(60)]
    assert play([*chatter(20), *posts]) == []


def test_copies_count_as_posts_of_a_trend_but_not_as_voices() -> None:
    copies = [post(f"{LIGHTS[0]} said the man on the radio", 930 + n, key=f"c{n}", author=f"x{n}") for n in range(50)]
    detector = Detector()
    play([*chatter(16), *happening(LIGHTS, 900), *copies], detector, until_secs=990)
    (trend,) = detector.live()
    assert trend.posts >= 100
    assert trend.voices <= 62


@pytest.mark.parametrize("seed", range(4))
def test_chatter_alone_announces_nothing(seed: int) -> None:
    assert play(chatter(60, per_minute=90, seed=seed)) == []


def test_twice_the_traffic_announces_nothing() -> None:
    louder = chatter(20, per_minute=180, seed=2, begin_secs=1800)
    assert play([*chatter(30, seed=1), *louder, *chatter(20, seed=3, begin_secs=3000)]) == []


def test_each_announcement_beyond_the_first_raises_the_bar_for_some_minutes() -> None:
    bar = Bar(TrendSettings())
    calm = bar.now(60, 0.0)
    bar.count()
    assert bar.now(60, 0.0) == calm == TrendSettings().min_significance
    bar.count()
    assert bar.now(60, 0.0) > calm
    assert bar.now(60, 3_600.0) == calm


def test_a_window_that_tests_less_needs_less_and_one_that_tests_more_needs_more() -> None:
    bar, usual = Bar(TrendSettings()), TrendSettings().usual_tests
    bar.tests = {30: 4 * usual, 60: usual, 300: usual / 4, 1800: 1.0, 10800: 0.0}
    bars = [bar.calm(secs) for secs in bar.tests]
    assert bars[:4] == sorted(set(bars), reverse=True)
    assert bars[3] == bars[4], "a stream without any tests needs something, too"
    assert bars[1] == TrendSettings().min_significance


def test_a_trend_rises_peaks_fades_and_ends() -> None:
    stages: dict[Stage, None] = {}
    detector = Detector()
    for one in sorted([*chatter(30), *happening(LIGHTS, 900, posts=120, over_secs=90)], key=lambda p: p.created_at):
        detector.add(one)
        detector.advance(one.created_at)
        stages.update({trend.stage: None for trend in [*detector.live(), *detector.ended()]})
    assert list(stages) == [Stage.RISING, Stage.PEAKING, Stage.FADING, Stage.ENDED]


def test_a_trend_that_faded_and_comes_back_stronger_is_told_of_anew() -> None:
    def shouts(begin: float, count: int, secs: float) -> list[Post]:
        return [
            post(f"{GOAL[n % 3]} {n}", begin + n * secs / count, key=f"g{begin}-{n}", author=f"a{begin}-{n}")
            for n in range(count)
        ]

    first, lull = shouts(900, 40, 50), shouts(955, 18, 100)  # a lull, never silence: the first trend still lives
    again, weaker = shouts(1060, 90, 50), shouts(1060, 30, 50)
    assert len(play([*chatter(25), *first, *lull])) == 1
    assert len(play([*chatter(25), *first, *lull, *again])) == 2
    assert len(play([*chatter(25), *first, *lull, *weaker])) == 1


def test_an_ended_trend_is_told_once_with_its_whole_life() -> None:
    detector = Detector()
    play([*chatter(30), *happening(LIGHTS, 900)], detector)
    (ended,) = detector.ended()
    assert detector.ended() == []
    assert detector.live() == []
    assert ended.peaked_at is not None
    assert ended.ended_at is not None
    assert ended.started_at <= ended.detected_at <= ended.peaked_at < ended.ended_at
    assert sum(ended.volume) == ended.posts
    assert len(ended.evidence) <= 200


def test_names_show_neither_handles_nor_links_nor_abuse() -> None:
    texts = (
        "fucking lights out @ann_private https://x.example/1",
        "@ann_private lights out you wanker",
        "lights out shit",
    )
    for trend in play([*chatter(20), *happening(texts, 900)]):
        shown = f"{trend.name} {' '.join(trend.terms)}".casefold()
        assert not any(bad in shown for bad in ("@", "ann_private", "http", "fuck", "wanker", "shit"))


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (("Se fue la luz en el estadio", "No hay luz, apagón total", "apagón en el estadio"), "estadio"),
        (("Zgasły światła na stadionie", "światła zgasły, ciemno", "ciemno na stadionie"), "stadion"),
        (("スタジアムが停電した", "停電だよ", "え、停電?"), "停電"),
        (("انقطاع الكهرباء في الملعب", "الكهرباء انقطعت", "ظلام في الملعب"), "الكهرباء"),
    ],
    ids=["spanish", "polish", "japanese", "arabic"],
)
def test_it_works_in_other_languages(texts: tuple[str, ...], word: str) -> None:
    trends = play([*chatter(20), *happening(texts, 900)])
    assert trends
    assert any(word in f"{trend.name} {' '.join(trend.terms)}" for trend in trends)


def shown(trends: list[Trend]) -> list[tuple[object, ...]]:
    return [(t.id, t.name, t.terms, t.detected_at, t.posts, t.voices, [p.id for p in t.samples]) for t in trends]


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_within_a_second_changes_nothing(random: Random) -> None:
    posts, in_order = within_seconds()
    shuffled = list(posts)
    random.shuffle(shuffled)
    assert in_order == shown(play(shuffled))


@cache
def within_seconds() -> tuple[list[Post], list[tuple[object, ...]]]:
    """A happening whose times are cut to the second, and what is said of it in the order it was told."""
    posts = [*chatter(18), *happening(LIGHTS, 900)]
    cut = [structs.replace(one, created_at=one.created_at.replace(microsecond=0)) for one in posts]
    return cut, shown(play(cut))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.integers(0, 900), st.sampled_from(["a", "b", None])), max_size=60))
def test_no_rubbish_raises(rows: list[tuple[str, int, str | None]]) -> None:
    posts = [post(text, secs, author=author, key=str(number)) for number, (text, secs, author) in enumerate(rows)]
    detector = Detector(SMALL)
    for one in posts:  # in any order, some far too late
        detector.add(one)
        detector.advance(one.created_at)
    detector.advance(START + timedelta(days=400))
    assert detector.live() == []


def test_a_post_delivered_twice_is_counted_as_duplicate() -> None:
    detector = Detector()
    play([post("hello there", 1, key="a"), post("hello there", 2, key="a")], detector)
    assert detector.duplicates == 1


def test_a_post_from_long_ago_is_counted_as_too_old() -> None:
    detector = Detector()
    play(chatter(15), detector)
    detector.add(post("yesterday", -86_400))
    assert detector.too_old == 1


def test_silence_between_two_posts_may_last_years() -> None:
    posts = [post(f"post number {year}", year * 31_557_600.0) for year in range(8)]
    assert play(posts) == []


def test_memory_does_not_grow_with_the_stream() -> None:
    detector = Detector(SMALL)
    random = Random(3)
    sizes = []
    for part in range(4):
        begin = part * 300.0
        posts = [
            post(" ".join(f"w{random.randrange(50_000)}" for _ in range(8)), begin + n / 15, key=f"{part}-{n}")
            for n in range(4_500)
        ]
        play(posts, detector, until_secs=begin + 300)
        sizes.append(detector.sizes())
    assert sizes[3]["terms"] <= SMALL.bursts.capacity
    assert sizes[3]["recent"] <= SMALL.recent_posts * 9 / 8
    assert sizes[3]["ids"] <= 2 * SMALL.remembered_ids
    assert sizes[3]["texts"] <= 2 * SMALL.remembered_texts


def test_a_flood_within_one_tick_is_taken_in_at_once() -> None:
    detector = Detector(replace(SMALL, pending_posts=500))
    detector.advance(START)
    for number in range(3_000):
        detector.add(Post(str(number), "x", START + timedelta(seconds=1), f"flood {number} water"))
    assert detector.sizes()["pending"] < 500
