"""How many different people speak of it, and whether one is among them whom the brand's people listen to."""

from __future__ import annotations

from datetime import datetime
from math import log

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context

KNOWN = 0.2
"""What a known voice adds: as much as a crowd three times as large."""
FULL_AT_TIMES = 50.0
"""Fifty times the brand's smallest crowd counts as everybody."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """0.2 at the smallest crowd the brand cares for, 1.0 at fifty times it, even steps for each doubling between."""
    times = trend.voices / brand.min_voices
    if times < 1.0:
        why = f"too small: {trend.voices} distinct voices, the brand asks for {brand.min_voices}"
        return Signal("reach", 0.2 * times, why, veto=Verdict.IGNORE)
    value = min(1.0, 0.2 + 0.8 * log(times) / log(FULL_AT_TIMES))
    why = f"{trend.voices} distinct voices in {trend.posts} posts"
    if known := _known(trend, brand):
        value, why = min(1.0, value + KNOWN), f"{why}, among them {', '.join(known[:3])}"
    return Signal("reach", value, why)


def _known(trend: Trend, brand: Brand) -> list[str]:
    """The brand's known voices that wrote one of the posts, in the brand's order; signs and capitals do not count."""
    wrote = {post.author.lstrip("@").casefold() for post in trend.evidence if post.author}
    return [name for name in brand.known_voices if name.lstrip("@").casefold() in wrote]
