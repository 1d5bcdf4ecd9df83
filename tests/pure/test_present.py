"""A post that is dated far ahead moves no clock by itself; what many agree on is the present."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Post
from monitor.present import AGREEING, Present
from monitor.sources import Tally

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)


def taken(minutes: Sequence[float], *, clock_minutes: float | None = None) -> tuple[list[float], dict[str, int]]:
    """Which posts are counted, in order, and what was dropped; our own clock is right, or stands still."""
    tally = Tally()
    present, counted = Present("radio", tally), []
    for place, at in enumerate(minutes):
        post = Post(str(place), "radio", NOW + timedelta(minutes=at), "tea")
        now = NOW + timedelta(minutes=place if clock_minutes is None else clock_minutes)
        counted += [(one.created_at - NOW) / timedelta(minutes=1) for one in present.take(post, now)]
    return counted, tally.dropped


@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("alone", [1, 2, AGREEING - 1])
def test_a_few_posts_far_ahead_are_dropped_and_the_others_stay(first: int, alone: int) -> None:
    before = [float(at) for at in range(first)]
    after = [float(at) for at in range(first + alone, 20)]
    counted, dropped = taken([*before, *[700.0 + at for at in range(alone)], *after])
    assert counted == [*before, *after]
    assert dropped == {"too_early": alone}


def test_posts_far_ahead_at_times_of_their_own_never_agree() -> None:
    counted, dropped = taken([100.0 * at for at in range(1, 10)])
    assert counted == []
    assert dropped == {"too_early": 8}, "the last one may still find company"


def test_where_our_own_clock_is_wrong_the_posts_are_right() -> None:
    minutes = [60.0 + at / 10 for at in range(30)]
    assert taken(minutes, clock_minutes=0.0) == (minutes, {})


def test_a_silence_is_no_leap_and_what_comes_late_or_a_little_early_is_taken() -> None:
    tally = Tally()
    present = Present("radio", tally)
    for hours, ahead in ((0, 0), (3, 0), (3, -90), (3, 9), (30, 0)):
        post = Post(f"{hours} {ahead}", "radio", NOW + timedelta(hours=hours, minutes=ahead), "tea")
        assert present.take(post, NOW + timedelta(hours=hours)) == [post]
    assert not tally.dropped


def test_a_doubtful_post_is_taken_when_one_that_is_not_comes_near_it() -> None:
    assert taken([0, 12, 9]) == ([0, 12, 9], {})


def test_the_place_names_the_source_and_the_time() -> None:
    tally = Tally()
    present = Present("radio", tally)
    present.take(Post("a", "radio", NOW + timedelta(days=1), "tea"), NOW)
    present.take(Post("b", "radio", NOW, "tea"), NOW)
    assert tally.places == ["radio: a post dated 2026-11-23T20:40:00.000Z"]
