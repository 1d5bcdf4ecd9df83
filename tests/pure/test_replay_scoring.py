"""How announcements are held against the listed happenings of a recording."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.quality import Announcement, Happening, Listing, compare, figures, shows

ONSET = datetime(2021, 6, 14, 14, 9, 28, tzinfo=UTC)
GOAL = Happening("goal", ONSET, ("schick", "halfway line"), is_major=True)


def told(secs: float, name: str = "What a goal by Schick", terms: tuple[str, ...] = (), key: str = "") -> Announcement:
    return Announcement(key or f"t{secs}", ONSET + timedelta(seconds=secs), name, terms)


@pytest.mark.parametrize(
    ("name", "terms", "expected"),
    [
        ("What a goal by Schick", (), True),
        ("SCHICKS second", (), True),
        ("Wow", ("patrik", "#schick"), True),
        ("From the half-way", ("halfway-line",), True),
        ("Unschick", (), False),
        ("The line at the bar", ("halfway",), False),
        ("", (), False),
        ("Wow", ("a", "b", "c", "d", "e", "f", "g", "h", "schick"), False),
    ],
)
def test_what_an_announcement_shows(name: str, terms: tuple[str, ...], expected: bool) -> None:
    assert shows(told(0, name, terms), GOAL) is expected


def test_a_term_without_letters_matches_nothing() -> None:
    assert not shows(told(0), Happening("odd", ONSET, ("!!", "")))


@pytest.mark.parametrize(("secs", "found"), [(-61, False), (-60, True), (0, True), (180, True), (181, False)])
def test_found_is_from_a_minute_before_to_the_tolerance_after(secs: float, found: bool) -> None:
    (match,) = compare(Listing((GOAL,)), [told(secs)])
    assert bool(match.announcements) is found


def test_the_delay_counts_from_the_onset_to_the_first_announcement() -> None:
    (match,) = compare(Listing((GOAL,)), [told(21), told(90)])
    assert match.delay_secs == 21


def test_the_figures_of_a_small_evening() -> None:
    card = Happening("card", ONSET + timedelta(minutes=20), ("lundstram",))
    quiet = ((ONSET + timedelta(minutes=30), ONSET + timedelta(minutes=40)),)
    announced = [told(21), told(90), told(600, "Something else"), told(1900, "In the quiet")]
    got = figures(Listing((GOAL, card), quiet), announced, timedelta(hours=2))
    assert got == {
        "found": 1, "listed": 2, "majors_found": 1, "majors_listed": 1, "median_delay_secs": 21.0,
        "p90_delay_secs": 21.0, "quiet_alerts": 1, "quiet_minutes": 10, "alerts_per_hour": 2.0, "duplicates": 1,
        "missed": ["card"],
    }  # fmt: skip


def test_nothing_announced_is_told_as_nothing() -> None:
    got = figures(Listing((GOAL,)), [], timedelta())
    assert (got["found"], got["median_delay_secs"], got["alerts_per_hour"]) == (0, None, 0.0)
