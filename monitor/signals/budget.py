"""How many cards the brand's people may be asked to look at in a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The share of the day's cards still free; none left is a veto."""
    used = sum(name == brand.name and abs(now - at) < timedelta(days=1) for name, at in context.offered)
    if used >= brand.cards_per_day:
        why = f"the day's budget of {brand.cards_per_day} cards is spent"
        return Signal("budget", 0.0, why, veto=Verdict.IGNORE)
    return Signal("budget", 1.0 - used / brand.cards_per_day, f"{used} of {brand.cards_per_day} cards used in 24 hours")
