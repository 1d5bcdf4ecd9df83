"""Whether people write in a language the brand speaks; the guard's word lists cannot read the others."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import Voice

OURS_FROM = 0.5
"""Below half of the voices two people look, one of whom reads the language."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The share of readable voices that write in the brand's languages; short cries count for no language."""
    told = [code for voice in context.reading_of(trend).voices if (code := language_of(voice)) is not None]
    if not told:
        return Signal("language", 0.5, "the texts are too short to tell a language")
    ours = sum(code in brand.languages for code in told) / len(told)
    why = f"{ours:.0%} of {len(told)} readable voices write in {', '.join(brand.languages)}"
    return Signal("language", ours, why, caution=why if ours < OURS_FROM else None)


def language_of(voice: Voice) -> str | None:
    """The two-letter code the source gave, else a guess, else None."""
    given = next((post.lang for post in voice.posts if post.lang and post.lang != "und"), None)
    return given[:2] if given else voice.heard.tongue
