"""Where a brand may speak at all: live sport, weather, television; outside of its territories it is silent."""

from __future__ import annotations

from datetime import datetime

from monitor.keywords import cut, parse
from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Share

LEAST_SHARE = 0.08
LEAST_VOICES = 3
"""As for a bridge: below one voice in twelve, or three voices, a word stands there by chance."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 inside a territory, or where the brand names none; outside it is a veto. It weighs nothing by default."""
    if not brand.territories:
        return Signal("territory", 1.0, f"{brand.title} names no territories: it may speak anywhere")
    reading, title = context.reading_of(trend), cut(" ".join((trend.name, *trend.terms)))
    for name, rule in brand.territories:
        parsed = parse(rule)
        share = Share(len(parsed.places(reading.index)), len(reading.voices))
        if parsed.matches(title) or (share.hits >= LEAST_VOICES and share.value >= LEAST_SHARE):
            return Signal("territory", 1.0, f"within {name}: {share}")
    names = ", ".join(name for name, _ in brand.territories)
    return Signal("territory", 0.0, f"outside of {brand.title}'s territories ({names})", veto=Verdict.IGNORE)
