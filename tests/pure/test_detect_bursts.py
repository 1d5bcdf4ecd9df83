"""Bursts: a share that rises, not a stream that grows; bounded memory; what burst before does not hide the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.bursts import BurstMeter, BurstSettings, Found
from monitor.detect.duplicates import COPY, ECHO, VOICE
from monitor.detect.recent import SLOW_SECS
from monitor.detect.tokens import Terms, listed, term_hash
from monitor.detect.vocabulary import NONE

SMALL = BurstSettings(windows_secs=(60,), tick_secs=5, capacity=1 << 12)
FAST_AND_SLOW = BurstSettings(windows_secs=(60, SLOW_SECS), tick_secs=5, capacity=256)
NO_TEXTS = listed([], [])
PASTED = 0x5EED
"""Stands for a whole text."""


def terms_of(posts: Sequence[Sequence[str]]) -> Terms:
    """Posts given by their terms, as the batch that the meter counts."""
    rows = [(place, term) for place, terms in enumerate(posts) for term in terms]
    return Terms(
        np.array([place for place, _ in rows], np.int32),
        np.array([term_hash(term) for _, term in rows], np.uint64),
        np.array([" " in term for _, term in rows], np.bool_),
    )


def number_of(meter: BurstMeter, term: str) -> int:
    """What the meter calls a term, NONE where it does not know it."""
    return int(meter.vocabulary.find(np.array([term_hash(term)], np.uint64))[0])


def count(
    meter: BurstMeter, posts: Sequence[Sequence[str]], *, kind: int = VOICE, texts: Terms = NO_TEXTS
) -> list[set[int]]:
    """Count posts of one kind given by their terms; returns the numbers that the meter knows of each."""
    owners, numbers = meter.count(terms_of(posts), texts, kinds=np.full(len(posts), kind, np.uint8))
    return [set(numbers[owners == place].tolist()) for place in range(len(posts))]


def feed(meter: BurstMeter, ticks: Sequence[Sequence[Sequence[str]]], first: int = 0) -> list[Found]:
    """Count ticks of five seconds; returns the bursts that reach 4.5 sigmas."""
    found: list[Found] = []
    for number, posts in enumerate(ticks, start=first + 1):
        if posts:
            count(meter, posts)
            meter.make_room([])
        found += [burst for burst in meter.tick(number) if burst.significance >= 4.5]
    return found


def talk(ticks: int, per_tick: int, words: int = 40) -> list[list[tuple[str, ...]]]:
    """An even stream: every post has one of `words` words in turn."""
    return [
        [(f"word{(tick * per_tick + n) % words}", f"w{(tick * per_tick + n) % 7}") for n in range(per_tick)]
        for tick in range(ticks)
    ]


def test_an_even_stream_has_no_bursts() -> None:
    assert feed(BurstMeter(SMALL), talk(400, 6)) == []


@pytest.mark.parametrize("factor", [2, 4])
def test_a_stream_that_grows_as_a_whole_is_no_burst(factor: int) -> None:
    assert feed(BurstMeter(SMALL), talk(240, 6) + talk(240, 6 * factor) + talk(240, 6)) == []


def test_a_word_that_rises_bursts_within_seconds() -> None:
    meter = BurstMeter(SMALL)
    feed(meter, talk(240, 6))
    rising = [[*posts, ("lights",), ("lights",), ("lights",)] for posts in talk(12, 6)]
    found = feed(meter, rising, first=240)
    assert found
    assert {burst.number for burst in found} == {number_of(meter, "lights")}
    assert found[0].count <= 9, "three ticks are enough"


def test_a_frequent_word_needs_more_than_a_rare_one() -> None:
    meter = BurstMeter(SMALL)
    feed(meter, talk(240, 6, words=6))
    more = [[*posts, ("word1",), ("zebra",)] for posts in talk(12, 6, words=6)]
    strongest: dict[int, float] = {}
    for number, posts in enumerate(more, start=241):
        count(meter, posts)
        for burst in meter.tick(number):
            strongest[burst.number] = max(strongest.get(burst.number, 0.0), burst.significance)
    assert strongest.get(number_of(meter, "zebra"), 0.0) > strongest.get(number_of(meter, "word1"), 0.0)


def test_the_second_goal_half_an_hour_later_bursts_again() -> None:
    meter = BurstMeter(SMALL)
    goal = [[*posts, *[("goal",)] * 5] for posts in talk(12, 6)]
    feed(meter, talk(240, 6))
    assert feed(meter, goal, first=240)
    feed(meter, talk(348, 6), first=252)
    assert {burst.number for burst in feed(meter, goal, first=600)} == {number_of(meter, "goal")}


def test_a_pair_is_counted_from_its_second_sighting() -> None:
    meter = BurstMeter(SMALL)
    once = count(meter, [("lights out", "lights")])
    assert number_of(meter, "lights out") == NONE
    assert once == [{number_of(meter, "lights")}]
    assert count(meter, [("lights out", "lights")]) == [{number_of(meter, "lights"), number_of(meter, "lights out")}]


def test_a_term_counts_once_a_post_however_often_it_is_said() -> None:
    meter = BurstMeter(SMALL)
    assert count(meter, [("goal", "goal", "goal"), ("goal",)]) == [{number_of(meter, "goal")}] * 2
    meter.tick(1)
    assert meter.windows[0].now[number_of(meter, "goal")] == 2


def test_copies_are_told_their_terms_but_count_for_nothing() -> None:
    meter = BurstMeter(SMALL)
    count(meter, [("goal",)])
    assert count(meter, [("goal", "zebra")] * 3, kind=COPY) == [{number_of(meter, "goal")}] * 3
    assert number_of(meter, "zebra") == NONE
    meter.tick(1)
    assert meter.windows[0].now[number_of(meter, "goal")] == 1
    assert meter.windows[0].posts_now == 1


def test_echoes_are_heard_in_slow_windows_only() -> None:
    meter = BurstMeter(FAST_AND_SLOW)
    count(meter, [("goal",)])
    count(meter, [("goal", "zebra")] * 3, kind=ECHO)
    meter.tick(SLOW_SECS // SMALL.tick_secs)
    fast, slow = meter.windows
    goal, zebra = number_of(meter, "goal"), number_of(meter, "zebra")
    assert (fast.now[goal], fast.now[zebra], fast.posts_now) == (1, 0, 1)
    assert (slow.now[goal], slow.now[zebra], slow.posts_now) == (4, 3, 4)


@pytest.mark.parametrize("kind", [VOICE, ECHO, COPY], ids=["voices", "echoes", "copies"])
def test_a_repeated_text_counts_in_slow_windows_whoever_repeats_it(kind: int) -> None:
    meter = BurstMeter(FAST_AND_SLOW)
    count(meter, [("quiet",)])
    known = count(meter, [("goal",)] * 3, kind=kind, texts=listed([1, 2], [PASTED, PASTED]))
    number = int(meter.vocabulary.find(np.array([PASTED], np.uint64))[0])
    assert [number in own for own in known] == [False, True, True]
    assert np.flatnonzero(meter.are_texts).tolist() == [number]
    meter.tick(SLOW_SECS // SMALL.tick_secs)
    assert [window.now[number] for window in meter.windows] == [0, 2]


def test_a_slow_window_that_holds_nothing_but_copies_tells_of_nothing() -> None:
    meter = BurstMeter(FAST_AND_SLOW)
    steps = SLOW_SECS // 5
    feed(meter, talk(4 * steps, 1))
    text = listed([0], [PASTED])
    found = []
    for number in range(4 * steps + 1, 6 * steps):
        count(meter, [("word1", "w1")], kind=COPY, texts=text)
        found += meter.tick(number)
    assert meter.windows[1].posts_now == 0 < meter.windows[1].now.max()
    assert all(burst.posts > 0 for burst in found)


def test_a_number_that_stood_for_a_text_is_free_for_a_word() -> None:
    meter = BurstMeter(BurstSettings(windows_secs=(60,), capacity=256))
    count(meter, [("goal",)], texts=listed([0], [PASTED]))
    assert meter.are_texts.sum() == 1
    feed(meter, [[(f"new{tick}-{n}",) for n in range(5)] for tick in range(1, 200)])
    assert not meter.are_texts.any()


def test_tests_of_a_term_are_told_by_the_hour() -> None:
    meter = BurstMeter(SMALL)
    feed(meter, [[("goal",)] * SMALL.min_voices] * 12)
    assert 0 < meter.tests_per_hour()[60] <= 60
    assert BurstMeter(SMALL).tests_per_hour() == {60: 0.0}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 20_000), max_size=60), min_size=1, max_size=60))
def test_memory_is_bounded_and_the_counts_come_back_to_nothing(ticks: list[list[int]]) -> None:
    small = BurstSettings(windows_secs=(60,), tick_secs=5, capacity=256)
    meter = BurstMeter(small)
    feed(meter, [[(f"t{number}",) for number in numbers] for numbers in ticks])
    assert len(meter.vocabulary) <= small.capacity
    feed(meter, [[]] * 40, first=len(ticks))
    assert all(window.is_empty for window in meter.windows)
    assert not meter.windows[0].now.any()
    assert not meter.windows[0].before.any()


def test_what_makes_room_is_the_least_used() -> None:
    meter = BurstMeter(BurstSettings(windows_secs=(60,), capacity=256))
    feed(meter, [[("evergreen",), *[(f"new{tick}-{n}",) for n in range(5)]] for tick in range(1, 200)])
    assert number_of(meter, "evergreen") != NONE
    assert number_of(meter, "new1-0") == NONE
    assert len(meter.vocabulary) <= 256


def test_what_is_to_be_kept_never_makes_room() -> None:
    meter = BurstMeter(BurstSettings(windows_secs=(60,), capacity=256))
    count(meter, [("zebra",)])
    number = number_of(meter, "zebra")
    for tick in range(1, 200):
        count(meter, [(f"new{tick}-{n}",) for n in range(5)])
        assert number not in meter.make_room([number])
        meter.tick(tick)
    assert number_of(meter, "zebra") == number
