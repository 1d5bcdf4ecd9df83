"""What listening may cost: caps a day and a month, a reserve for cheap acts, and when the money will be gone. Pure.

Days and months are UTC's, as networks bill them. Nothing here reads a clock or a file; see monitor.purse.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from monitor.prices import MICROS, READS, Tariff, usd_text

KEPT_DAYS = 100
MONTH_DAYS = 30
MOST_IDS = 1_000_000
RATE_MINUTES = 30
"""A forecast looks at the spending of so many minutes: at a match it is not the day's mean that counts."""
UNKNOWN = "unknown"
"""The act of what was spent according to a book that could not be read."""


class Purse(Protocol):
    """Money of one network. Acts are the names in its dated price list, see monitor.prices."""

    caps: Caps

    def can_pay(self, act: str, count: int = 1) -> bool:
        """Whether `pay` would pass. Raises ValueError for an unknown act."""
        ...

    def pay(self, act: str, count: int = 1) -> None:
        """Write the cost down, before the act. Raises OutOfMoney, and writes nothing, where a cap would be passed."""
        ...

    def note(self, act: str, count: int = 1) -> None:
        """Write down what is charged whatever the caps say. Raises OutOfMoney where it cannot be written."""
        ...

    def give_back(self, act: str, count: int = 1) -> None:
        """Strike out what `pay` wrote down for an act that provably was not done."""
        ...

    def until(self) -> datetime:
        """When money is back: the next UTC day, or the next month where the month's is spent."""
        ...


@dataclass(frozen=True, slots=True)
class Caps:
    """Micro-dollars that are never passed; `reserve` is the part of each (0..1) that reading may not touch."""

    day: int
    month: int
    reserve: float = 0.1

    def for_reads(self, cap: int) -> int:
        """What of a cap reading may spend."""
        return cap - int(cap * self.reserve + 0.5)


@dataclass(frozen=True, slots=True)
class Sum:
    """How often something was done and what that cost in micro-dollars."""

    count: int = 0
    micros: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.count + other.count, self.micros + other.micros)


Day = Mapping[str, Sum]
"""By act."""


@dataclass(frozen=True, slots=True)
class Book:
    """What was spent, by UTC day. A clock that jumps changes which page is written on and never tears one out."""

    days: Mapping[date, Day] = field(default_factory=dict)

    def with_spent(self, today: date, act: str, done: Sum) -> Book:
        """The book with one line more; the oldest pages go."""
        page = dict(self.days.get(today, {}))
        page[act] = page.get(act, Sum()) + done
        kept = {day: acts for day, acts in self.days.items() if day.replace(day=1) == today.replace(day=1)}
        others = sorted((day for day in self.days if day not in kept), reverse=True)[: KEPT_DAYS - len(kept)]
        return Book({**{day: self.days[day] for day in others}, **kept, today: page})

    def of_day(self, today: date, acts: Iterable[str] | None = None) -> Sum:
        """What a day holds, of these acts or of all."""
        page = self.days.get(today, {})
        wanted = page if acts is None else [act for act in acts if act in page]
        return sum((page[act] for act in wanted), Sum())

    def of_month(self, today: date, acts: Iterable[str] | None = None) -> Sum:
        """What the days of `today`'s month hold."""
        chosen = None if acts is None else tuple(acts)
        same = (day for day in self.days if (day.year, day.month) == (today.year, today.month))
        return sum((self.of_day(day, chosen) for day in same), Sum())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be paid, and when it can be."""

    why: str
    until: datetime


def refusal(book: Book, caps: Caps, tariff: Tariff, *, act: str, count: int, now: datetime) -> Refusal | None:
    """Why the act would pass a cap; None where it may be paid. Raises ValueError as `Tariff.cost` does."""
    today, cost = now.astimezone(UTC).date(), tariff.cost(act, count)
    most = tariff.most_a_month.get(act)
    if most is not None and book.of_month(today, (act,)).count + count > most:
        return Refusal(f"{tariff.network} allows {most:,} {act} a month and they are used", next_month(now))
    spans = (
        ("month", caps.month, book.of_month(today), book.of_month(today, READS), next_month(now)),
        ("day", caps.day, book.of_day(today), book.of_day(today, READS), next_day(now)),
    )
    for name, cap, spent, reads, until in spans:
        if spent.micros + cost > cap:
            return Refusal(f"the {usd_text(cap)} for {tariff.network} of this {name} are spent", until)
        if act in READS and reads.micros + cost > caps.for_reads(cap):
            kept = usd_text(cap - caps.for_reads(cap))
            why = f"what reading {tariff.network} may cost this {name} is spent; {kept} of {usd_text(cap)} are kept"
            return Refusal(f"{why} for counting and posting", until)
    return None


def affordable(book: Book, caps: Caps, tariff: Tariff, *, act: str, now: datetime) -> int:
    """How often the act can still be paid today."""
    today = now.astimezone(UTC).date()
    left = [caps.day - book.of_day(today).micros, caps.month - book.of_month(today).micros]
    if act in READS:
        left.append(caps.for_reads(caps.day) - book.of_day(today, READS).micros)
        left.append(caps.for_reads(caps.month) - book.of_month(today, READS).micros)
    times = max(0, min(left)) // tariff.cost(act)
    most = tariff.most_a_month.get(act)
    return times if most is None else max(0, min(times, most - book.of_month(today, (act,)).count))


def assumed_spent(caps: Caps, now: datetime) -> Book:
    """The most that can have been spent this month until now: for a book that cannot be read."""
    today = now.astimezone(UTC).date()
    before = min(caps.day, max(0, caps.month - caps.day) // max(1, today.day - 1))
    days = {today.replace(day=number): before for number in range(1, today.day)} | {today: caps.day}
    return Book({day: {UNKNOWN: Sum(0, micros)} for day, micros in days.items()})


def next_day(now: datetime) -> datetime:
    """The midnight to come, UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def next_month(now: datetime) -> datetime:
    """The first midnight of the month to come, UTC."""
    first = now.astimezone(UTC).date().replace(day=1)
    return datetime.combine((first + timedelta(days=32)).replace(day=1), time(), UTC)


# --- what is charged once ------------------------------------------------------------------------------------------


class Once:
    """What was read today already: a network charges the same post once in a UTC day.

    Lost with the process, and the oldest ids are forgotten: then something is written down twice, which errs on the
    safe side.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._ids: OrderedDict[str, None] = OrderedDict()

    def new(self, ids: Iterable[str], now: datetime) -> list[str]:
        """Those not seen on this UTC day, each once; they are seen from now on."""
        today = now.astimezone(UTC).date()
        if today != self._day:
            self._day, self._ids = today, OrderedDict()
        fresh = [one for one in dict.fromkeys(ids) if one not in self._ids]
        self._ids.update(dict.fromkeys(fresh))
        while len(self._ids) > MOST_IDS:
            self._ids.popitem(last=False)
        return fresh


# --- forecasts ----------------------------------------------------------------------------------------------------


class Rate:
    """Spending of the last half hour, by minute."""

    def __init__(self) -> None:
        self._minutes: OrderedDict[datetime, int] = OrderedDict()
        self._since: datetime | None = None

    def add(self, micros: int, now: datetime) -> None:
        """Note what was just paid."""
        self._since = self._since or now
        minute = now.replace(second=0, microsecond=0)
        self._minutes[minute] = self._minutes.get(minute, 0) + micros
        while len(self._minutes) > RATE_MINUTES + 1:
            self._minutes.popitem(last=False)

    def micros_a_sec(self, now: datetime) -> float:
        """0.0 where nothing was paid, or only for less than a minute."""
        if self._since is None or now - self._since < timedelta(minutes=1):
            return 0.0
        begin = now - timedelta(minutes=RATE_MINUTES)
        paid = sum(micros for minute, micros in self._minutes.items() if begin < minute <= now)
        return paid / (now - max(begin, self._since)).total_seconds()


def empty_at(left: int, micros_a_sec: float, now: datetime) -> datetime | None:
    """When `left` micro-dollars are gone at this rate; None where that is not before the next UTC day."""
    if micros_a_sec <= 0.0:
        return None
    secs = max(0, left) / micros_a_sec
    return now + timedelta(seconds=secs) if secs < (next_day(now) - now).total_seconds() else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What listening costs in a month of 30 days."""

    micros: int
    """With the caps."""
    wanted_micros: int
    """Without them."""
    hours_a_day: float
    """How long reading goes on each day until its part of the day's cap is spent; 24 where it is not."""


def forecast(caps: Caps, tariff: Tariff, a_second: Mapping[str, float]) -> Forecast:
    """What acts at these rates (times a second) cost."""
    a_day = {act: tariff.cost(act) * often * 86_400 for act, often in a_second.items()}
    reads = sum(micros for act, micros in a_day.items() if act in READS)
    others = sum(a_day.values()) - reads
    read_cap = caps.for_reads(caps.day)
    daily = min(float(caps.day), min(reads, float(read_cap)) + others)
    hours = 24.0 if reads <= read_cap else 24.0 * read_cap / reads
    return Forecast(min(caps.month, round(daily * MONTH_DAYS)), round((reads + others) * MONTH_DAYS), hours)


def forecast_text(caps: Caps, tariff: Tariff, a_second: Mapping[str, float]) -> str:
    """`about 150 USD a month; without the caps about 129,600 USD, and each day's reading ends after 0.3 hours`."""
    told = forecast(caps, tariff, a_second)
    said = f"about {_about(told.micros)} a month"
    if told.wanted_micros <= told.micros:
        return said
    said += f"; without the caps about {_about(told.wanted_micros)}"
    return said if told.hours_a_day >= 24.0 else f"{said}, and each day's reading ends after {told.hours_a_day:.1f} h"


def _about(micros: int) -> str:
    """Whole dollars from ten on: nobody knows a forecast to the cent."""
    return usd_text(round(micros / MICROS) * MICROS if micros >= 10 * MICROS else micros)
