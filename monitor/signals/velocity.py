"""How much faster people write now than they usually do."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context

HALF_AT_TIMES = 3.0
"""A trend at this many times its usual pace counts half; four times that counts 0.8."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """0 at the usual pace or below, 0.5 at three times above it, towards 1 for a flood."""
    times = trend.velocity / max(trend.expected_velocity, 0.5)
    above = max(0.0, times - 1.0)
    why = f"{trend.velocity:.0f} voices a minute, {times:.1f} times the usual {trend.expected_velocity:.1f}"
    return Signal("velocity", above / (above + HALF_AT_TIMES), why)
