"""What comes back by the clock is told the first times and then only when it is more than ever: greetings, chimes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import msgspec
import numpy as np
import pytest

from monitor.detect import habits
from monitor.detect.bursts import BurstSettings, Found
from monitor.detect.clusters import Candidate
from monitor.detect.detector import Detector, DetectSettings
from monitor.detect.habits import Habits
from monitor.model import Post, Trend
from tests.crowd import START, chatter, play, post

FAST = DetectSettings(bursts=BurstSettings((30, 60, 300, 1800, 10800), capacity=1 << 12, tick_secs=30))
"""The detector as it is, with room for a small stream's words and looking every half minute."""
SLOW = DetectSettings(bursts=BurstSettings(capacity=1 << 12, tick_secs=150, windows_secs=(1800, 10800)))
"""Only the windows of a thin stream, looking as often as they move on: a day in a second."""
HOUR, DAY = 3600.0, 86400.0
SEVEN = 11 * HOUR
"""Seven in the morning, after the start at eight in the evening."""
GREETINGS = (
    "good morning everybody", "morning all, coffee first", "a very good morning from the lake", "good morning world",
    "Guten Tag and good morning", "morning! off to work", "such a grey morning", "good morning my friends",
    "wishing you a good morning", "good morning, is it friday yet", "early morning run done", "morning dear people",
)  # fmt: skip
VOLCANO = ("why is there a volcano now", "volcano???", "that volcano is smoking", "my aunt sees the volcano",
           "have you heard of the volcano", "volcano on every channel", "volcano near us", "no volcano")  # fmt: skip
CHIMES = (
    "bong, the full hour in {}", "it is bong time here, says {}", "hear the bong of {}", "another bong over {}",
    "{} goes bong", "bong from the tower of {}", "old {} lets it ring: bong", "bong bong {}",
    "dear {} a bong for you", "our clock in {} says bong", "the bell, bong, rings for {}", "for {} one more bong",
)  # fmt: skip
PLACES = ("Ulm", "Bern", "Graz", "Riga", "Oslo", "Turin", "Lyon", "Ghent", "Split", "Porto", "Kiel", "Bath", "Cork")


@cache
def background(days: float) -> list[Post]:
    return chatter(days * 24 * 60, per_minute=1, seed=3)


def crowd(texts: Sequence[str], at_secs: float, *, people: int = 20) -> list[Post]:
    """Unlike people say something in their own words and at their own minute of an hour, others every time."""
    random = Random(f"{texts[0]} {at_secs}")
    return [
        post(f"{random.choice(texts)} {random.choice(PLACES)}", at_secs + HOUR * random.random(),
             key=f"{texts[0]}-{at_secs}-{who}", author=f"{random.randrange(300)}-{who}")
        for who in range(people)
    ]  # fmt: skip


def chime(at_secs: float) -> list[Post]:
    """Unlike accounts post within a minute, each in its own form."""
    random = Random(f"chime {at_secs}")
    return [
        post(text.format(random.choice(PLACES)), at_secs + 4 * who + random.random(), key=f"{at_secs}-{who}",
             author=f"clock{who}")
        for who, text in enumerate(CHIMES)
    ]  # fmt: skip


def having(trends: Iterable[Trend], word: str) -> list[Trend]:
    return [trend for trend in trends if word in f"{trend.name} {' '.join(trend.terms)}".casefold()]


def whole(trends: Iterable[Trend], unit_secs: float) -> list[int]:
    """After how many whole hours or days each was announced."""
    return [int((trend.detected_at - START).total_seconds() // unit_secs) for trend in trends]


def told_with_restarts(posts: Sequence[Post], *, days: int) -> list[Trend]:
    """What a detector tells that is saved and restored every evening."""
    detector, found = Detector(SLOW), []
    stream = [*background(days)[::2], *posts]
    for day in range(days):
        begin, end = START + timedelta(days=day), START + timedelta(days=day + 1)
        found += play([one for one in stream if begin <= one.created_at < end], detector)
        detector = Detector.restore(detector.save(), SLOW)
    return found


def test_a_daily_greeting_is_told_on_the_first_days_and_when_five_times_as_many_greet_and_the_irregular_always() -> (
    None
):
    hello = [one for day in range(6) for one in crowd(GREETINGS, day * DAY + SEVEN, people=100 if day == 5 else 20)]
    smoke = [one for day, at in enumerate((20, 14.5, 17, 1, 21, 15)) for one in crowd(VOLCANO, day * DAY + at * HOUR)]
    found = told_with_restarts([*hello, *smoke], days=6)
    assert set(whole(having(found, "morning"), DAY)) == {0, 5}
    assert {4, 5} <= set(whole(having(found, "volcano"), DAY))


def test_a_chime_of_unlike_accounts_is_told_in_the_first_hours_only() -> None:
    posts = [one for hour in range(4, 14) for one in chime(hour * HOUR)]
    found = whole(having(play([*background(0.6), *posts], Detector(FAST)), "bong"), HOUR)
    assert found[0] == 4
    assert found[-1] <= 6


# --- the memory by itself --------------------------------------------------------------------------------------------

HASHES = np.arange(10, 10_000, dtype=np.uint64)


def burst(count: int = 12, *, others: int = 30, window_secs: int = 300, number: int = 0) -> Found:
    return Found(number, window_secs, count, 0.5, 1.0, others + count, 10_000.0)


def news(memory: Habits, found: Found, at_secs: float) -> bool:
    """Whether a burst is one in spite of its habit; it is told then, and remembered."""
    rising = memory.unforeseen([found], HASHES, at_secs)
    memory.learn([Candidate(one.number, [one]) for one in rising], HASHES, at_secs)
    return bool(rising)


def heard(*at_secs: float, window_secs: int = 300) -> list[bool]:
    memory = Habits()
    return [news(memory, burst(window_secs=window_secs), secs) for secs in at_secs]


WEEK = 7 * DAY


@pytest.mark.parametrize("window_secs", [300, 1800, 10800])
def test_a_weekly_show_is_told_twice(window_secs: int) -> None:
    late = (0, 500, -300, 800, 100)
    assert heard(*(week * WEEK + late[week] for week in range(5)), window_secs=window_secs) == [True] * 2 + [False] * 3


def test_three_hours_make_a_habit_and_an_outage_does_not_end_it() -> None:
    assert heard(*(hour * HOUR for hour in (0, 1, 2, 3, 5, 6))) == [True] * 3 + [False] * 3


def test_a_day_off_does_not_end_a_daily_habit_and_some_days_do() -> None:
    assert heard(*(day * DAY for day in (0, 1, 3, 4, 8))) == [True, True, False, False, True]


@pytest.mark.parametrize("minutes", [(0, 70, 135, 190, 255, 330), (0, 25, 75, 100, 165, 190, 240)])
def test_what_comes_again_and_again_at_no_certain_time_is_news_every_time(minutes: tuple[int, ...]) -> None:
    assert all(heard(*(60.0 * minute for minute in minutes)))


def test_a_word_of_the_morning_and_of_the_night_has_two_habits() -> None:
    assert heard(*(day * DAY + at * HOUR for day in range(4) for at in (7, 22))) == [True] * 4 + [False] * 4


def test_the_slowest_window_is_not_held_to_the_minute() -> None:
    assert heard(0, DAY + 2400, 2 * DAY + 600, window_secs=10800) == [True, True, False]
    assert heard(0, DAY + 2400, 2 * DAY + 600, window_secs=1800) == [True, True, True]


def test_a_word_that_is_there_all_the_time_has_no_habit() -> None:
    assert all(heard(*(1200.0 * turn for turn in range(40))))


def test_a_slow_window_knows_nothing_of_hours() -> None:
    assert all(heard(*(hour * HOUR for hour in range(6)), window_secs=1800))


def learnt(*counts: int, others: int = 300) -> tuple[Habits, float]:
    """A memory of as many days, and the time of the next one."""
    memory = Habits()
    for day, count in enumerate(counts):
        news(memory, burst(count, others=others), day * DAY)
    return memory, len(counts) * DAY


@pytest.mark.parametrize(("count", "is_news"), [(18, False), (60, True)])
def test_far_more_than_ever_is_news_and_foreseen_is_what_is_usual(count: int, is_news: bool) -> None:
    memory, now = learnt(12, 10, 12)
    restless = replace(burst(count, others=300), unrest=2.0)
    rising = memory.unforeseen([restless], HASHES, now)
    assert [(one.expected, one.unrest) for one in rising] == [(pytest.approx(12), 1.0)] * is_news


def test_a_habit_below_the_baseline_changes_nothing() -> None:
    memory, now = learnt(4, 4)
    found = replace(burst(60, others=300), expected=30.0)
    assert memory.unforeseen([found], HASHES, now) == [found]


def test_one_great_day_does_not_hide_the_next() -> None:
    memory, now = learnt(12, 12, 80)
    assert news(memory, burst(80, others=300), now)


def test_a_stream_of_three_times_the_volume_may_say_it_three_times_as_often() -> None:
    memory, now = learnt(20, 20)
    assert not news(memory, burst(60, others=900), now)
    memory, now = learnt(20, 20)
    assert news(memory, burst(60, others=300), now)


def test_a_burst_is_held_against_its_habit_as_long_as_it_lasts() -> None:
    memory, now = learnt(5, 5)
    counts = [burst(count, others=300) for count in (4, 6, 7, 40)]
    assert [news(memory, one, now + 120.0 * at) for at, one in enumerate(counts)] == [False, False, False, True]


def test_of_a_burst_its_height_and_its_beginning_are_remembered() -> None:
    memory = Habits()
    for day in range(2):
        for place, count in enumerate((5, 30, 6)):
            news(memory, burst(count, others=300), day * DAY + 300.0 * place)
    assert not any(news(memory, burst(30, others=300), 2 * DAY + 600.0 * place) for place in range(5))


def test_the_other_windows_of_a_word_that_was_told_learn_with_it() -> None:
    memory = Habits()
    memory.learn([Candidate(0, [burst()])], HASHES, 0.0)
    slow = [memory.unforeseen([burst(window_secs=1800)], HASHES, day * DAY) for day in range(3)]
    assert [bool(rising) for rising in slow] == [True, True, False]


def test_only_what_was_told_is_remembered() -> None:
    memory = Habits()
    assert memory.unforeseen([burst()], HASHES, 0.0) == [burst()]
    assert not memory.state().levels.size


def test_however_much_happens_the_memory_stays_small_and_keeps_what_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(habits, "KNOWN", 100)
    memory = Habits()
    for hour in range(600):
        is_chime = [news(memory, burst(), hour * HOUR)]
        assert is_chime == [hour < 3]
        assert all(news(memory, burst(number=1 + 9 * hour + one), hour * HOUR) for one in range(9))
    state = memory.state()
    assert state.hashes.size == 100
    assert state.levels.size == 99 + habits.KEPT


def test_a_state_is_complete_and_one_that_contradicts_itself_is_refused() -> None:
    memory, now = learnt(12, 12)
    news(memory, burst(number=3, window_secs=60), now)
    news(memory, burst(window_secs=60), now)
    again = Habits()
    again.restore(memory.state())
    assert again._spells == memory._spells
    assert list(again._spells) == list(memory._spells) == [HASHES[3], HASHES[0]]
    cut = msgspec.structs.replace(memory.state(), levels=np.zeros(2))
    with pytest.raises(ValueError, match="2 spells stand where 4 belong"):
        Habits().restore(cut)
