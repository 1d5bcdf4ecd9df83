"""Whether one of the brand's markets mourns today: on such a day nobody jokes or sells, whatever the trend is."""

from __future__ import annotations

from datetime import datetime

from monitor.keywords import Words, cut
from monitor.model import Brand, RememberedDay, Signal, Trend, Verdict
from monitor.remembrance import distance
from monitor.signals.context import Context
from monitor.signals.reading import Reading, plain

NAMED_FROM = 0.1
"""One voice in ten writing the words of a remembered day makes the trend a part of it."""
NAMED_VOICES = 2
_WHEN = {-1: "is tomorrow", 0: "is today", 1: "was yesterday"}


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 on an ordinary day, 0.5 where the day asks for two people, 0.0 where it stops everything.

    A day's own words stop a trend on its eve and on the day after as well: people speak of it already, and still.
    """
    near = [(days, day) for day in brand.remembered if (days := _distance(day, brand, now)) is not None]
    if stopping := [day for days, day in near if days == 0 and day.follows is Verdict.BLOCK]:
        why = f"{_named(stopping[0])}: {stopping[0].who}; nobody jokes or sells today"
        return Signal("calendar", 0.0, why, veto=Verdict.BLOCK)
    title, reading = cut(" ".join((trend.name, *trend.terms))), context.reading_of(trend)
    for days, day in near:
        if words := _shared(day, title=title, reading=reading):
            why = f"people write {', '.join(words[:3])}, and {_named(day)} {_WHEN[days]}: {day.who}"
            return Signal("calendar", 0.0, why, veto=Verdict.BLOCK)
    if quiet := [day for days, day in near if days == 0]:
        why = "; ".join(f"{_named(day)}: {day.who}" for day in quiet)
        return Signal("calendar", 0.5, why, caution=why)
    return Signal("calendar", 1.0, "no day of mourning in the brand's markets")


def _distance(day: RememberedDay, brand: Brand, now: datetime) -> int | None:
    return distance(day, now, time_zone=brand.time_zone)


def _named(day: RememberedDay) -> str:
    return f"{day.name} in {day.place}"


def _shared(day: RememberedDay, *, title: Words, reading: Reading) -> list[str]:
    """The day's words that the trend is about, empty where it is about something else."""
    terms = [plain(term) for term in day.terms]
    share = reading.share_with(terms)
    is_named = share.hits >= NAMED_VOICES and share.value >= NAMED_FROM
    return [term for term in terms if title.has(term) or (is_named and reading.index.having(term))]
