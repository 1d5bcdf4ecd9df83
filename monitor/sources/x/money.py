"""What listening to X costs: every post is paid once a day, and less is read when a day's money goes too fast.

X charges what it delivers, see monitor.prices; the same post within one UTC day once, which X calls a soft promise.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from monitor.budget import Purse
from monitor.clock import Clock
from monitor.errors import OutOfMoney

READ, AUTHOR, COUNT, TRENDS, MENTION = "post_read", "user_read", "counts_recent", "trends", "owned_read"
MOST_IDS = 200_000
LAST_MINUTES = 30.0
"""At the pace of the last minutes the day's money has to last so long, or the loudest rule is thinned out."""
PACE_SECS = 60.0
"""A pace is told from so much at least."""
PACE_MOST_SECS = 300.0
SETTLE_SECS = 30.0
"""X takes up a changed rule within about 20 s."""


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
