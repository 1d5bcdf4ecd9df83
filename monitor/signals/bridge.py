"""The named link between what happens and a fact of the brand; without one a post would be forced."""

from __future__ import annotations

from datetime import datetime

from monitor.keywords import Words, cut
from monitor.model import Brand, Bridge, Fact, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Reading, plain

FULL_SHARE = 0.25
"""When one voice in four uses a fact's words, the link is plain for everybody."""
LEAST_SHARE = 0.08
LEAST_VOICES = 3
"""Below one voice in twelve, or three voices, the word stands there by chance."""
IN_NAME = 0.7
"""How strong a link is that the trend's own name or terms show, however few voices repeat the word."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The strength of the best link; none is a veto: `forced`."""
    bridge = find(trend, brand, context.reading_of(trend))
    if bridge is None:
        return Signal("bridge", 0.0, f"forced: nothing links this to {brand.title}", veto=Verdict.IGNORE)
    words = ", ".join(bridge.matched[:4])
    return Signal("bridge", bridge.strength, f"{bridge.fact} (people write: {words})")


def find(trend: Trend, brand: Brand, reading: Reading) -> Bridge | None:
    """The strongest link of the brand's facts to the trend, or None."""
    title = cut(" ".join((trend.name, *trend.terms)))
    found = [bridge for fact in brand.facts if (bridge := _meet(fact, title, reading)) is not None]
    return max(found, key=lambda bridge: (bridge.strength, bridge.name), default=None)


def _meet(fact: Fact, title: Words, reading: Reading) -> Bridge | None:
    terms = [plain(term) for term in fact.terms]
    used = {term: hits for term in terms if (hits := len(reading.index.having(term)))}
    in_title = [term for term in terms if title.has(term)]
    share = reading.share_with(used)
    strength = 0.0
    if share.hits >= LEAST_VOICES and share.value >= LEAST_SHARE:
        strength = min(1.0, share.value / FULL_SHARE)
    if in_title and (share.hits >= 2 or not reading.voices):
        strength = max(strength, IN_NAME)
    if not strength:
        return None
    matched = dict.fromkeys((*in_title, *sorted(used, key=lambda term: (-used[term], term))))
    return Bridge(fact.name, fact.fact, strength * fact.strength, tuple(matched))
