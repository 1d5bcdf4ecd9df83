"""Whether a recent tragedy is near: it stays hot for days, whatever the trend of the hour is called."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.keywords import Words, cut
from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context, Tragedy
from monitor.signals.mourning import AHEAD, Ear
from monitor.signals.reading import Reading

NEAR_FROM = 0.1
"""One voice in ten naming the place or person of a tragedy makes the trend its neighbour."""
NEAR_VOICES = 2
GLUED_FROM = 5
"""Letters a word needs to be looked for inside a #tag; shorter ones stand there by chance."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 where no tragedy is near, else 0.0 and a block until the brand's cool-off is over."""
    limit = timedelta(hours=brand.cool_off_hours)
    recent = [tragedy for tragedy in context.tragedies if _since(tragedy) <= now - tragedy.at <= limit]
    if not recent:
        return Signal("cool_off", 1.0, "no tragedy in the cool-off time")
    title, reading = cut(" ".join((trend.name, *trend.terms))), context.reading_of(trend)
    ear = Ear(title, reading)
    for tragedy in recent:
        if tragedy.person:
            if how := ear.mourned(tragedy):
                hours = max(0.0, (now - tragedy.at).total_seconds() / 3600)
                why = f"{tragedy.name}: {how}; {hours:.0f} of {brand.cool_off_hours:.0f} hours ago"
                return Signal("cool_off", 0.0, why, veto=Verdict.BLOCK)
        elif shared := _shared(tragedy, title=title, reading=reading):
            hours = (now - tragedy.at).total_seconds() / 3600
            words = ", ".join(shared[:3])
            why = f"shares {words} with {tragedy.name!r}, {hours:.0f} of {brand.cool_off_hours:.0f} hours ago"
            return Signal("cool_off", 0.0, why, veto=Verdict.BLOCK)
    return Signal("cool_off", 1.0, "recent tragedies are elsewhere")


def _since(tragedy: Tragedy) -> timedelta:
    """How far ahead of the stream's clock it may be: an encyclopedia's clock is another one."""
    return -AHEAD if tragedy.person else timedelta()


def _shared(tragedy: Tragedy, *, title: Words, reading: Reading) -> list[str]:
    """The tragedy's words that this trend uses, empty where it is no neighbour."""
    in_title = sorted(term for term in tragedy.terms if _names(title, term))
    share = reading.share(lambda voice: any(_names(voice.words, term) for term in tragedy.terms))
    if in_title or (share.hits >= NEAR_VOICES and share.value >= NEAR_FROM):
        return in_title or sorted(
            term for term in tragedy.terms if any(_names(voice.words, term) for voice in reading.voices)
        )
    return []


def _names(words: Words, term: str) -> bool:
    """Does the term stand here as a word, or glued into a #tag (`#bostonstrong` names Boston)?"""
    if words.has(term):
        return True
    return len(term) >= GLUED_FROM and any(token[0] == "#" and term in token for token in words.tokens)
