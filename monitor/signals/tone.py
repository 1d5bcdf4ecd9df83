"""The mood under the trend, first form: joy and laughter against mockery of one person, quarrel and grief."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import Reading, Share, Voice
from monitor.signals.words.figures import GRIEF as GRIEF_SIGNS
from monitor.signals.words.mood import ANGER, FUN, GRIEF, JOY, MOCKERY, SCORN

MOCKING = 1 / 8
"""From one mocking voice in eight on, a brand would be piling on somebody."""
QUARREL = 0.2
"""From one angry voice in five on, every joke takes a side."""
GRIEVING = 0.1
"""From one grieving voice in ten on, two people look."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 for a cheerful crowd, 0.5 for a neutral one, 0.0 for an angry or grieving one."""
    reading = context.reading_of(trend)
    bright = reading.share(_is_bright).value
    dark = {name: reading.share(claim) for name, claim in _DARK.items()}
    value = 0.5 + 0.5 * (bright - min(1.0, sum(share.value for share in dark.values())))
    why = f"{bright:.0%} cheerful; " + ", ".join(f"{share.value:.0%} {name}" for name, share in dark.items())
    return Signal("tone", min(1.0, max(0.0, value)), why, caution=_caution(dark, reading))


def _caution(dark: dict[str, Share], reading: Reading) -> str | None:
    """The first mood that asks for two people, or None; two voices at least, so that one sour post decides nothing."""
    limits = {"grieving": GRIEVING, "mocking": MOCKING, "angry": QUARREL}
    advice = {"grieving": "people grieve", "mocking": "people laugh at somebody's expense", "angry": "people quarrel"}
    for name, limit in limits.items():
        share = dark[name]
        if share.value >= limit and (share.hits >= 2 or len(reading.voices) < 5):
            return f"{advice[name]}: {share}"
    return None


def _is_bright(voice: Voice) -> bool:
    return not voice.words.tokens.isdisjoint(JOY) or FUN.search(voice.words.text) is not None


def _mocks(voice: Voice) -> bool:
    return not voice.words.tokens.isdisjoint(MOCKERY) or SCORN.search(voice.words.text) is not None


def _grieves(voice: Voice) -> bool:
    return GRIEF.search(voice.words.text) is not None or GRIEF_SIGNS.search(voice.words.text) is not None


_DARK = {
    "mocking": _mocks,
    "angry": lambda voice: not voice.words.tokens.isdisjoint(ANGER),
    "grieving": _grieves,
}
