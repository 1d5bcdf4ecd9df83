"""When the remembered days fall, checked against printed calendars, and how long they last around the world."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from monitor.model import RememberedDay, Verdict
from monitor.remembrance import check_rule, day_in, distance, easter, next_days
from monitor.settings import CalendarFile, remembered_in

CALENDARS = Path(__file__).resolve().parents[2] / "config" / "calendars"


def remembered(rule: str = "09-11", *, days: int = 1, zones: tuple[str, ...] = ()) -> RememberedDay:
    return RememberedDay("a day", "us", "the United States", "the dead", rule, (), days, Verdict.BLOCK, (), zones)


def starter() -> dict[str, CalendarFile]:
    return {
        path.stem: CalendarFile.model_validate(yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader), strict=False)
        for path in CALENDARS.glob("*.yaml")
    }


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1961, "1961-04-02"),
        (1981, "1981-04-19"),  # the year in which a simpler formula says 26 April
        (2000, "2000-04-23"),
        (2008, "2008-03-23"),
        (2024, "2024-03-31"),
        (2026, "2026-04-05"),
        (2027, "2027-03-28"),
        (2038, "2038-04-25"),
        (2285, "2285-03-22"),
    ],
)
def test_easter_is_where_the_almanac_has_it(year: int, sunday: str) -> None:
    assert easter(year).isoformat() == sunday


def test_easter_is_a_sunday_between_22_march_and_25_april() -> None:
    for year in range(1583, 4100):
        found = easter(year)
        assert found.weekday() == 6
        assert (3, 22) <= (found.month, found.day) <= (4, 25)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("09-11", "2026-09-11"),
        ("easter", "2026-04-05"),
        ("easter - 2", "2026-04-03"),
        ("easter + 1", "2026-04-06"),
        ("last monday of may", "2026-05-25"),
        ("third monday of january", "2026-01-19"),
        ("second sunday of november", "2026-11-08"),
        ("last friday of december", "2026-12-25"),
        ("sunday on or after 11-13", "2026-11-15"),
        ("sunday on or after 11-20", "2026-11-22"),
    ],
)
def test_a_rule_names_its_day(rule: str, day: str) -> None:
    check_rule(rule)
    assert day_in(rule, 2026).isoformat() == day


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("last mondey of may", "'mondey' is no word of a date; did you mean 'monday'?"),
        ("Last monday of may", "'Last' is no word of a date; did you mean 'last'?"),
        ("pentecost", "'pentecost' is no word of a date; write 09-11, "),
        ("13-01", "must be a date such as 09-11"),
        ("9-11", "must be a date such as 09-11"),
        ("easter -2", "must be a date such as 09-11"),
        ("", "must be a date such as 09-11"),
        ("02-29", "comes in leap years only; list the dates instead"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_a_remedy(rule: str, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_rule(rule)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-09-10T03:59:00Z", None),
        ("2026-09-10T04:00:00Z", -1),
        ("2026-09-11T03:59:00Z", -1),
        ("2026-09-11T04:00:00Z", 0),  # midnight in New York
        ("2026-09-12T09:59:00Z", 0),  # a minute to midnight in Honolulu
        ("2026-09-12T10:00:00Z", 1),
        ("2026-09-13T10:00:00Z", None),
    ],
)
def test_a_day_lasts_from_the_first_midnight_of_its_market_to_the_last(now: str, days: int | None) -> None:
    day = remembered(zones=("America/New_York", "Pacific/Honolulu"))
    assert distance(day, datetime.fromisoformat(now), time_zone="Asia/Tokyo") == days


def test_a_market_without_zones_has_the_day_of_the_brand() -> None:
    now = datetime(2026, 9, 10, 16, 0, tzinfo=UTC)  # one at night in Tokyo
    assert distance(remembered(), now, time_zone="Asia/Tokyo") == 0
    assert distance(remembered(), now, time_zone="UTC") == -1


def test_days_that_last_go_over_the_new_year() -> None:
    day = remembered("12-31", days=3)
    found = [distance(day, datetime(2027, 1, n, 12, tzinfo=UTC), time_zone="UTC") for n in (1, 2, 3, 4)]
    assert found == [0, 0, 1, None]
    assert distance(remembered("01-01"), datetime(2026, 12, 31, 12, tzinfo=UTC), time_zone="UTC") == -1


def test_the_next_days_come_nearest_first_and_one_that_lasts_is_among_them() -> None:
    days = (remembered("12-07"), remembered("11-20", days=3), remembered("last monday of may"))
    assert [day.isoformat() for day, _ in next_days(days, date(2026, 11, 22))] == [
        "2026-11-20",
        "2026-12-07",
        "2027-05-31",
    ]
    assert [day.isoformat() for day, _ in next_days(days, date(2026, 11, 23), 1)] == ["2026-12-07"]


def test_listed_dates_that_ran_out_come_no_more() -> None:
    day = RememberedDay("a day", "x", "X", "the dead", "", (date(2026, 4, 14),), 1, Verdict.BLOCK)
    assert next_days((day,), date(2026, 4, 14)) == [(date(2026, 4, 14), day)]
    assert next_days((day,), date(2026, 4, 15)) == []


def test_every_starter_calendar_can_be_read_and_names_who_mourns() -> None:
    calendars = starter()
    assert {"international", "us", "gb", "de", "fr"} <= calendars.keys()
    days = remembered_in(sorted(calendars), calendars)
    assert len(days) > 50
    assert len(next_days(days, date(2026, 1, 1), 1000)) == len(days)
    assert len({(day.market, day.name) for day in days}) == len(days)
    assert all(len(day.who) > 20 for day in days)
