"""What listening to X costs: a purse, every post paid once a day, and what to do when a day's money goes too fast.

X charges what it delivers (docs.x.com, x-api/getting-started/pricing, 2026-08-22): 0.005 USD a post, 0.010 an author,
0.005 for counting a rule, 0.010 for a look at trends, 0.001 for a mention of our own account. The same post within one
UTC day is charged once, which X calls a soft promise.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from monitor.clock import Clock
from monitor.errors import OutOfMoney

READ, AUTHOR, COUNT, TRENDS, MENTION = "post_read", "user_read", "counts_recent", "trends", "owned_read"
MICROS = {READ: 5_000, AUTHOR: 10_000, COUNT: 5_000, TRENDS: 10_000, MENTION: 1_000}
"""Micro-dollars, as of 2026-08-22."""
READS = frozenset({READ, AUTHOR})
RESERVE = 0.1
"""The part of the caps that reading leaves alone, so that counting goes on when a day's reading is over."""
MOST_IDS = 200_000
LAST_MINUTES = 30.0
"""At the pace of the last minutes the day's money has to last so long, or the loudest rule is thinned out."""
PACE_SECS = 60.0
"""A pace is told from so much at least."""
PACE_MOST_SECS = 300.0
SETTLE_SECS = 30.0
"""X takes up a changed rule within about 20 s."""


class Purse(Protocol):
    """Money for one network. Acts are names in its price list."""

    def can_pay(self, act: str, count: int = 1) -> bool:
        """Whether `pay` would pass."""
        ...

    def pay(self, act: str, count: int = 1) -> None:
        """Write the cost down. Raises OutOfMoney, and writes nothing, where a cap would be passed."""
        ...

    def until(self) -> datetime:
        """When money is back: the next UTC day, or the next month where the month's is spent."""
        ...


class Pocket:
    """A purse that forgets with the process: for a source that is given none."""

    def __init__(self, usd_per_day: float, usd_per_month: float, clock: Clock) -> None:
        self._caps = {"day": round(usd_per_day * 1e6), "month": round(usd_per_month * 1e6)}
        self._clock = clock
        self._days: dict[date, Counter[str]] = {}

    def can_pay(self, act: str, count: int = 1) -> bool:
        """As the promise says. Raises KeyError for an act without a price."""
        return self._broken(act, count) is None

    def pay(self, act: str, count: int = 1) -> None:
        """As the promise says."""
        cap = self._broken(act, count)
        if cap is not None:
            left = (self._next(cap) - self._clock.now()).total_seconds()
            raise OutOfMoney(f"the {cap}'s {self._caps[cap] / 1e6:g} USD are spent", retry_after_secs=max(1.0, left))
        self._days.setdefault(self._today(), Counter())[act] += MICROS[act] * count

    def until(self) -> datetime:
        """As the promise says."""
        return self._next(self._broken(READ, 1) or "day")

    def _next(self, cap: str) -> datetime:
        today = self._today()
        month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return datetime.combine(month if cap == "month" else today + timedelta(days=1), time(), UTC)

    @property
    def usd_today(self) -> float:
        """Spent on this UTC day."""
        return sum(self._days.get(self._today(), Counter()).values()) / 1e6

    def _broken(self, act: str, count: int) -> str | None:
        """The cap that would be passed."""
        today, cost = self._today(), MICROS[act] * count
        month = [day for day in self._days if (day.year, day.month) == (today.year, today.month)]
        for cap, days in (("month", month), ("day", [today])):
            spent = sum((self._days.get(day, Counter()) for day in days), Counter())
            reads = sum(spent[one] for one in READS)
            is_too_much = sum(spent.values()) + cost > self._caps[cap]
            if is_too_much or (act in READS and reads + cost > self._caps[cap] * (1 - RESERVE)):
                return cap
        return None

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


@dataclass(slots=True)
class Pace:
    """Posts a minute of each rule, since a while ago."""

    since: datetime
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, names: Iterable[str], now: datetime) -> None:
        """A post came for these rules; it is the first one's that it is paid for."""
        name = next(iter(names), "")
        if now >= self.since:
            self.counts[name] += 1

    def a_minute(self, now: datetime) -> Mapping[str, float] | None:
        """None where too little has been seen."""
        secs = (now - self.since).total_seconds()
        return {name: count * 60.0 / secs for name, count in self.counts.items()} if secs >= PACE_SECS else None

    def restart(self, at: datetime) -> None:
        """Forget what was; `at` may be a little ahead."""
        self.since, self.counts = at, Counter()


class Meter:
    """Pays for what came, a handful at a time, and says what may still come."""

    def __init__(self, purse: Purse, clock: Clock) -> None:
        self.purse = purse
        self._clock = clock
        self._owed: Counter[str] = Counter()
        self._paid_on: OrderedDict[str, date] = OrderedDict()

    def take(self, number: str, users: Iterable[str] = (), *, act: str = READ) -> bool:
        """Note a post that has to be paid for, once a UTC day; whether it is new. `settle` pays."""
        today = self._clock.now().astimezone(UTC).date()
        is_new = number not in self._paid_on
        if is_new or self._paid_on[number] != today:
            self._owed[act] += 1
        for user in users:
            if self._paid_on.get(f"@{user}") != today:
                self._owed[AUTHOR] += 1
                self._paid_on[f"@{user}"] = today
        self._paid_on[number] = today
        self._paid_on.move_to_end(number)
        while len(self._paid_on) > MOST_IDS:
            self._paid_on.popitem(last=False)
        return is_new

    def spoilt(self, act: str = READ, count: int = 1) -> None:
        """Note what was delivered and cannot be used."""
        self._owed[act] += count

    def settle(self) -> None:
        """Pay what is owed, as far as the caps allow: what X delivered beyond them cannot be given back."""
        owed, self._owed = self._owed, Counter()
        for act, count in owed.items():
            payable = self.may_read(count, act=act)
            if payable:
                self.purse.pay(act, payable)

    def may_read(self, most: int, *, act: str = READ) -> int:
        """How many posts the caps allow, at most `most`."""
        if most <= 0 or self.purse.can_pay(act, most):
            return max(0, most)
        least = 0
        while least < most - 1:
            middle = (least + most) // 2
            least, most = (middle, most) if self.purse.can_pay(act, middle) else (least, middle)
        return least

    def out_of_money(self, act: str, count: int = 1) -> OutOfMoney:
        """What to raise where an act cannot be paid: the purse's own words."""
        if not self.purse.can_pay(act, count):
            try:
                self.purse.pay(act, count)
            except OutOfMoney as error:
                return error
        left = (self.purse.until() - self._clock.now()).total_seconds()
        return OutOfMoney("what reading may cost is spent", retry_after_secs=max(1.0, left))


def thinner(pace: Mapping[str, float], affordable: int) -> tuple[str, float] | None:
    """The loudest rule, and to what part of it (0 to 1) it has to be thinned; None where the money lasts as it is.

    It is thinned for the money to last twice as long as it has to, or the next minute would do it again. Only the
    loudest gives way: it has the most voices to spare, and a tenth of them still tells what it is about.
    """
    wanted = sum(pace.values()) * LAST_MINUTES
    if not pace or wanted <= affordable:
        return None
    loudest = max(pace, key=lambda name: pace[name])
    others = wanted - pace[loudest] * LAST_MINUTES
    return loudest, max(0.0, affordable / 2 - others) / (pace[loudest] * LAST_MINUTES)
