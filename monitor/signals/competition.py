"""Whether a competitor is part of the talk: a joke about a rival is never one person's decision."""

from __future__ import annotations

from datetime import datetime

from monitor.keywords import cut
from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import plain

NAMED_FROM = 0.05
"""One voice in twenty naming a competitor makes it part of the story."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 where no competitor is named, 0.0 where everybody names one."""
    reading, title = context.reading_of(trend), cut(" ".join((trend.name, *trend.terms)))
    rivals = [plain(name) for name in brand.competitors]
    named = [rival for rival in rivals if title.has(rival) or reading.share_with([rival]).value >= NAMED_FROM]
    if not named:
        return Signal("competition", 1.0, "no competitor is named")
    share = reading.share_with(named)
    why = f"a competitor is named: {', '.join(named[:3])} ({share})"
    return Signal("competition", 1.0 - share.value, why, caution=why)
