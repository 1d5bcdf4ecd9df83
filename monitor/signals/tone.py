"""The mood under the trend, first form: joy and laughter against mockery of one person, quarrel and grief."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import Reading, Share
from monitor.signals.words.mood import Mood

MOCKING = 1 / 8
"""From one mocking voice in eight on, a brand would be piling on somebody."""
QUARREL = 0.2
"""From one angry voice in five on, every joke takes a side."""
AFRAID = 1 / 6
"""From one frightened voice in six on, nobody is in the mood."""
GRIEVING = 0.1
"""From one grieving voice in ten on, two people look."""
_LIMITS = {
    Mood.GRIEVING: (GRIEVING, "people grieve"),
    Mood.AFRAID: (AFRAID, "people are afraid"),
    Mood.MOCKING: (MOCKING, "people laugh at somebody's expense"),
    Mood.ANGRY: (QUARREL, "people quarrel"),
}


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 for a cheerful crowd, 0.5 for a neutral one, 0.0 for an angry or grieving one."""
    reading = context.reading_of(trend)
    bright = reading.share_in(Mood.CHEERFUL).value
    dark = {mood: reading.share_in(mood) for mood in _LIMITS}
    value = 0.5 + 0.5 * (bright - min(1.0, sum(share.value for share in dark.values())))
    why = f"{bright:.0%} cheerful; " + ", ".join(f"{share.value:.0%} {mood}" for mood, share in dark.items())
    return Signal("tone", min(1.0, max(0.0, value)), why, caution=_caution(dark, reading))


def _caution(dark: dict[Mood, Share], reading: Reading) -> str | None:
    """The first mood that asks for two people, or None; two voices at least, so that one sour post decides nothing."""
    for mood, (limit, advice) in _LIMITS.items():
        share = dark[mood]
        if share.value >= limit and (share.hits >= 2 or len(reading.voices) < 5):
            return f"{advice}: {share}"
    return None
