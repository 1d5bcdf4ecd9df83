"""What the acts of a paid network cost, as dated data, and money as whole micro-dollars: sums never drift. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

MICROS = 1_000_000
"""Micro-dollars in a dollar."""
STALE = timedelta(days=90)
"""Networks change their prices a few times a year; a list that nobody looked at for so long is a guess."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one act costs."""

    micros: int
    source: str
    """The page that says so."""
    checked: date
    """When somebody last compared the two."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one network, by act, and what it allows of an act in a calendar month whatever is paid."""

    network: str
    prices: Mapping[str, Price]
    most_a_month: Mapping[str, int]

    def cost(self, act: str, count: int = 1) -> int:
        """Micro-dollars. Raises ValueError for an act that is not on the list, or a negative count."""
        if act not in self.prices:
            raise ValueError(f"{self.network} has no price for {act!r}; there are {', '.join(sorted(self.prices))}")
        if count < 0:
            raise ValueError(f"{act} cannot be done {count} times")
        return self.prices[act].micros * count

    def warning(self, today: date) -> str | None:
        """A sentence where the oldest price was last checked too long ago."""
        checked = min(price.checked for price in self.prices.values())
        if today - checked <= STALE:
            return None
        source = next(price.source for price in self.prices.values() if price.checked == checked)
        days = (today - checked).days
        return f"the prices of {self.network} were last checked {days} days ago ({checked}): compare them with {source}"


READS = frozenset({"post_read", "user_read"})
"""Acts that can be done without end. They leave the reserve alone: probes and posting go on when it has stopped."""


def micros_of(usd: float | str, *, is_cap: bool = True) -> int:
    """Dollars as micro-dollars; a cap is rounded down, a price up. Raises ValueError for what is no amount."""
    amount = Decimal(str(usd))
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{usd} is no amount of dollars")
    return int((amount * MICROS).to_integral_value(ROUND_FLOOR if is_cap else ROUND_CEILING))


def usd_text(micros: int) -> str:
    """`12.5 USD`, `0.005 USD`, `4,320 USD`: no digit that says nothing."""
    amount = Decimal(micros) / MICROS
    digits = f"{amount:,.2f}" if amount >= 1 or not amount else f"{amount:.6f}"
    return f"{digits.rstrip('0').rstrip('.')} USD"


def _x(usd: str) -> Price:
    return Price(micros_of(usd, is_cap=False), "docs.x.com/x-api/getting-started/pricing", date(2026, 8, 22))


X = Tariff(
    "X",
    {
        "post_read": _x("0.005"),
        "user_read": _x("0.010"),
        "owned_read": _x("0.001"),
        "counts_recent": _x("0.005"),
        "counts_all": _x("0.010"),
        "trends": _x("0.010"),
        "post_create": _x("0.015"),
        "post_create_with_url": _x("0.200"),
        "reply_summoned": _x("0.010"),
        "delete": _x("0.010"),
        "media_metadata": _x("0.005"),
    },
    most_a_month={"post_read": 3_000_000},
)
"""Pay-per-use. The same post within one UTC day is charged once, which X calls a soft promise."""

TARIFFS: dict[str, Tariff] = {"x": X}
"""By the name of the platform's settings."""
