"""When the days fall on which a market mourns: fixed dates, Easter, weekdays of a month, dates listed year by year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.model import RememberedDay

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ORDINALS = ("first", "second", "third", "fourth", "last")
FORMS = "09-11, easter - 2, last monday of may or sunday on or after 11-13"
_LEAP_YEAR = 2024
_FIXED = re.compile(r"(\d\d)-(\d\d)")
_EASTER = re.compile(r"easter(?: ([+-]) (\d{1,2}))?")
_OF_MONTH = re.compile(rf"({'|'.join(ORDINALS)}) ({'|'.join(WEEKDAYS)}) of ({'|'.join(MONTHS)})")
_ON_OR_AFTER = re.compile(rf"({'|'.join(WEEKDAYS)}) on or after (\d\d)-(\d\d)")


def check_rule(rule: str) -> None:
    """Raises ValueError, with a sentence for a person, for a rule that names no day in every year."""
    words = (*WEEKDAYS, *MONTHS, *ORDINALS, "easter", "of", "on", "or", "after")
    for word in re.findall(r"[^\W\d]+", rule):
        if word not in words:
            near = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
            hint = f"; did you mean '{near[0]}'?" if near else f"; write {FORMS}"
            raise ValueError(f"'{word}' is no word of a date{hint}")
    try:
        day = day_in(rule, _LEAP_YEAR)
    except ValueError as error:
        raise ValueError(f"must be a date such as {FORMS}") from error
    if (day.month, day.day) == (2, 29) and _FIXED.fullmatch(rule):
        raise ValueError("comes in leap years only; list the dates instead")


@lru_cache(maxsize=4096)
def day_in(rule: str, year: int) -> date:
    """The day a rule names in a year. Raises ValueError for a rule that cannot be read."""
    if found := _FIXED.fullmatch(rule):
        return date(year, int(found[1]), int(found[2]))
    if found := _EASTER.fullmatch(rule):
        return easter(year) + timedelta(days=int(f"{found[1] or '+'}{found[2] or 0}"))
    if found := _OF_MONTH.fullmatch(rule):
        return _of_month(found[1], WEEKDAYS.index(found[2]), date(year, MONTHS.index(found[3]) + 1, 1))
    if found := _ON_OR_AFTER.fullmatch(rule):
        return _on_or_after(date(year, int(found[2]), int(found[3])), WEEKDAYS.index(found[1]))
    raise ValueError(f"{rule!r} is no date")


def easter(year: int) -> date:
    """Easter Sunday of the western churches, for years from 1583 on.

    The anonymous Gregorian algorithm (Nature, 20 April 1876), as in J. Meeus, Astronomical Algorithms, 1991, chapter 8.
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def distance(day: RememberedDay, now: datetime, *, time_zone: str) -> int | None:
    """Days until it begins (-1: tomorrow), 0 while it lasts, days since it ended; None where it is farther than one.

    The day lasts from the first midnight in its market to the last; `time_zone` is for a market that names no zone.
    """
    found = [_distance_on(day, now.astimezone(ZoneInfo(zone)).date()) for zone in day.time_zones or (time_zone,)]
    return min((days for days in found if days is not None), key=abs, default=None)


def next_days(days: Iterable[RememberedDay], today: date, count: int = 3) -> list[tuple[date, RememberedDay]]:
    """The next days with their first date, nearest first; those that last today are among them."""
    coming = []
    for day in days:
        starts = (start for year in range(today.year - 1, today.year + 3) for start in _starts(day, year))
        first = min((start for start in starts if start + timedelta(days=day.days) > today), default=None)
        if first is not None:
            coming.append((first, day))
    return sorted(coming, key=lambda found: (found[0], found[1].market, found[1].name))[:count]


def _distance_on(day: RememberedDay, today: date) -> int | None:
    for start in (*_starts(day, today.year - 1), *_starts(day, today.year), *_starts(day, today.year + 1)):
        passed = (today - start).days
        if -1 <= passed <= day.days:
            return passed if passed < 0 else max(0, passed - day.days + 1)
    return None


def _starts(day: RememberedDay, year: int) -> tuple[date, ...]:
    if day.dates:
        return tuple(listed for listed in day.dates if listed.year == year)
    return (day_in(day.rule, year),)


def _of_month(ordinal: str, weekday: int, first: date) -> date:
    if ordinal != "last":
        return _on_or_after(first, weekday) + timedelta(weeks=ORDINALS.index(ordinal))
    next_month = (first + timedelta(days=31)).replace(day=1)
    return _on_or_after(next_month - timedelta(days=7), weekday)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
