"""Bursts: a share that rises, not a stream that grows; bounded memory; what burst before does not hide the next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.bursts import BurstMeter, BurstSettings, Found

SMALL = BurstSettings(windows_secs=(60,), capacity=1 << 12)


def feed(meter: BurstMeter, ticks: list[list[tuple[str, ...]]], first: int = 0) -> list[Found]:
    """Count ticks of five seconds; returns the bursts that reach 4.5 sigmas."""
    found: list[Found] = []
    for number, posts in enumerate(ticks, start=first + 1):
        if posts:
            meter.count(posts)
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
    assert {burst.term for burst in found} == {"lights"}
    assert found[0].count <= 9, "three ticks are enough"


def test_a_frequent_word_needs_more_than_a_rare_one() -> None:
    meter = BurstMeter(SMALL)
    feed(meter, talk(240, 6, words=6))
    more = [[*posts, ("word1",), ("zebra",)] for posts in talk(12, 6, words=6)]
    strongest: dict[str, float] = {}
    for number, posts in enumerate(more, start=241):
        meter.count(posts)
        for burst in meter.tick(number):
            strongest[burst.term] = max(strongest.get(burst.term, 0.0), burst.significance)
    assert strongest.get("zebra", 0.0) > strongest.get("word1", 0.0)


def test_the_second_goal_half_an_hour_later_bursts_again() -> None:
    meter = BurstMeter(SMALL)
    goal = [[*posts, *[("goal",)] * 5] for posts in talk(12, 6)]
    feed(meter, talk(240, 6))
    assert feed(meter, goal, first=240)
    feed(meter, talk(348, 6), first=252)
    assert {burst.term for burst in feed(meter, goal, first=600)} == {"goal"}


def test_a_pair_is_counted_from_its_second_sighting() -> None:
    meter = BurstMeter(SMALL)
    assert meter.count([("lights out", "lights")]) == [frozenset({"lights"})]
    assert meter.count([("lights out", "lights")]) == [frozenset({"lights", "lights out"})]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 20_000), max_size=60), min_size=1, max_size=60))
def test_memory_is_bounded_and_the_counts_come_back_to_nothing(ticks: list[list[int]]) -> None:
    small = BurstSettings(windows_secs=(60,), capacity=256)
    meter = BurstMeter(small)
    feed(meter, [[(f"t{number}",) for number in numbers] for numbers in ticks])
    assert len(meter.vocabulary) <= small.capacity
    feed(meter, [[]] * 40, first=len(ticks))
    assert all(window.is_empty for window in meter.windows)
    assert not meter.windows[0].now.any()
    assert not meter.windows[0].before.any()


def test_what_makes_room_is_the_least_used() -> None:
    meter = BurstMeter(BurstSettings(windows_secs=(60,), capacity=256))
    for tick in range(1, 200):
        meter.count([("evergreen",), *[(f"new{tick}-{n}",) for n in range(5)]])
        meter.tick(tick)
    assert "evergreen" in {name for name in meter.vocabulary.names if name}
    assert len(meter.vocabulary) <= 256
