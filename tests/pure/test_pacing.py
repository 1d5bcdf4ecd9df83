"""How often an account speaks and when it is quiet: caps over any window, the night by its own clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from responders.pacing import WINDOWS, Pace, wait_for

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
NIGHT = (time(22), time(7))


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in minutes]


def test_without_caps_and_night_nothing_waits() -> None:
    assert wait_for(Pace(), ago(*range(500)), NOW) is None


def test_a_full_hour_waits_until_its_oldest_is_an_hour_old() -> None:
    wait = wait_for(Pace(per_hour=2), ago(50, 10), NOW)
    assert wait is not None
    assert (wait.until, wait.why) == (NOW + timedelta(minutes=10), "2 posts an hour are its most")
    assert wait_for(Pace(per_hour=2), ago(60, 10), NOW) is None, "an hour ago is another hour"


def test_the_longest_wait_counts_and_every_reason_is_told() -> None:
    wait = wait_for(Pace(per_hour=1, per_day=2), ago(23 * 60, 10), NOW)
    assert wait is not None
    assert wait.until == NOW + timedelta(hours=1)
    assert wait.why == "1 post an hour is its most; then 2 posts a day are its most"


def test_at_night_it_waits_for_the_morning_of_its_own_clocks() -> None:
    night = Pace(quiet=NIGHT, zone="Europe/Warsaw")
    assert wait_for(night, [], NOW) is None, "21:40 in Warsaw"
    wait = wait_for(night, [], NOW + timedelta(hours=1))
    assert wait is not None
    assert wait.until == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert wait.why == "it is quiet until 07:00 (Europe/Warsaw)"
    assert wait_for(night, [], wait.until) is None
    before_dawn = wait_for(night, [], datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    assert before_dawn is not None
    assert before_dawn.until == wait.until


def test_a_cap_that_ends_in_the_night_waits_for_the_morning() -> None:
    wait = wait_for(Pace(per_hour=1, quiet=(time(21), time(7))), ago(10), NOW)
    assert wait is not None
    assert wait.until == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert wait.why == "1 post an hour is its most; then it is quiet until 07:00 (UTC)"


def test_a_nap_by_day_is_a_night_too() -> None:
    nap = Pace(quiet=(time(12), time(14)))
    assert wait_for(nap, [], datetime(2026, 11, 22, 13, 0, tzinfo=UTC)) is not None
    assert wait_for(nap, [], datetime(2026, 11, 22, 14, 0, tzinfo=UTC)) is None


ZONES = st.sampled_from(["UTC", "Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"])
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(ZONES, MOMENTS, st.tuples(CLOCKS, CLOCKS))
def test_the_end_of_the_night_is_no_night_and_comes_within_a_day(
    zone: str, now: datetime, quiet: tuple[time, time]
) -> None:
    pace = Pace(quiet=quiet, zone=zone)
    wait = wait_for(pace, [], now)
    if wait is not None:
        assert now < wait.until <= now + timedelta(hours=27), "an hour more where the clocks are set back"
        assert wait_for(pace, [], wait.until) is None


@given(
    st.lists(st.integers(0, 40 * 24 * 60), max_size=40),
    st.tuples(*[st.none() | st.integers(1, 6)] * 3),
    st.booleans(),
)
def test_whoever_waits_as_told_never_passes_a_cap(
    asks: list[int], caps: tuple[int | None, ...], is_quiet: bool
) -> None:
    pace = Pace(*caps, quiet=NIGHT if is_quiet else None, zone="America/St_Johns")
    posted: list[datetime] = []
    for minute in sorted(asks):
        at = max([NOW + timedelta(minutes=minute), *posted[-1:]])
        wait = wait_for(pace, posted, at)
        at = wait.until if wait else at
        assert wait_for(pace, posted, at) is None, "the time it was told is a time at which it may"
        posted.append(at)
    for (_, window), most in zip(WINDOWS, caps, strict=True):
        for at in posted if most is not None else []:
            assert sum(at - window < other <= at for other in posted) <= most
