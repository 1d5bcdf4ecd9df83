"""How young the trend is: a late joke is worse than silence."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 for a trend that began now, 0.5 after one half-life; past the shelf life it is too old."""
    age_secs = max(0.0, (now - trend.started_at).total_seconds())
    value = 0.5 ** (age_secs / brand.half_life_secs)
    if age_secs > brand.shelf_life_secs:
        why = f"too old: began {age_secs / 60:.0f} min ago, the shelf life is {brand.shelf_life_secs / 60:.0f} min"
        return Signal("freshness", value, why, veto=Verdict.IGNORE)
    return Signal("freshness", value, f"began {age_secs / 60:.0f} min ago")
