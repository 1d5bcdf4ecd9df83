"""How many different people speak of it."""

from __future__ import annotations

from datetime import datetime
from math import log

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context

FULL_AT_TIMES = 50.0
"""Fifty times the brand's smallest crowd counts as everybody."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """0.2 at the smallest crowd the brand cares for, 1.0 at fifty times it, even steps for each doubling between."""
    times = trend.voices / brand.min_voices
    if times < 1.0:
        why = f"too small: {trend.voices} distinct voices, the brand asks for {brand.min_voices}"
        return Signal("reach", 0.2 * times, why, veto=Verdict.IGNORE)
    value = min(1.0, 0.2 + 0.8 * log(times) / log(FULL_AT_TIMES))
    return Signal("reach", value, f"{trend.voices} distinct voices in {trend.posts} posts")
