"""The named link between what happens and a fact of the brand; without one a post would be forced.

A fact's term is met by itself, by its other forms (dunk, dunking), by a common phrase for the same thing (the brand
says `dark`, people write `lights out`) and, where a lexicon is at hand, by words that mean nearly the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.keywords import Words, cut
from monitor.model import Brand, Bridge, Fact, Signal, Trend, Verdict
from monitor.signals.context import Context, Near
from monitor.signals.reading import Reading, plain
from monitor.signals.words.common import COMMON
from monitor.signals.words.sayings import said_for
from monitor.signals.words.stems import forms_in

FULL_SHARE = 0.25
"""When one voice in four uses a fact's words, the link is plain for everybody."""
LEAST_SHARE = 0.08
LEAST_VOICES = 3
"""Below one voice in twelve, or three voices, the word stands there by chance."""
IN_NAME = 0.7
"""How strong a link is that the trend's own name or terms show, however few voices repeat the word."""
BY_MEANING = 0.6
"""Of a link by meaning, against one in the brand's own words: people have to think once more."""


@dataclass(slots=True)
class _Met:
    """What people write that meets one fact."""

    plainly: dict[str, int] = field(default_factory=dict)
    """The fact's own words, their forms and phrases: word -> voices."""
    nearly: dict[str, str] = field(default_factory=dict)
    """By meaning: word people write -> the fact's term it is near to."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The strength of the best link; none is a veto: `forced`."""
    bridge = find(trend, brand, context)
    if bridge is None:
        return Signal("bridge", 0.0, f"forced: nothing links this to {brand.title}", veto=Verdict.IGNORE)
    words = ", ".join(bridge.matched[:4])
    return Signal("bridge", bridge.strength, f"{bridge.fact} (people write: {words})")


def find(trend: Trend, brand: Brand, context: Context) -> Bridge | None:
    """The strongest link of the brand's facts to the trend, or None."""
    reading = context.reading_of(trend)
    title = cut(" ".join((trend.name, *trend.terms)))
    bridges = (_meet(fact, title, reading, brand=brand, near=context.near) for fact in brand.facts)
    found = [bridge for bridge in bridges if bridge is not None]
    return max(found, key=lambda bridge: (bridge.strength, bridge.name), default=None)


def _meet(fact: Fact, title: Words, reading: Reading, *, brand: Brand, near: Near | None) -> Bridge | None:
    met = _met(fact, reading, brand=brand, near=near)
    words = [*dict.fromkeys([*map(plain, fact.terms), *met.plainly])]
    in_title = [word for word in words if title.has(word)]
    share = reading.share_with(met.plainly)
    strength = 0.0
    if share.hits >= LEAST_VOICES and share.value >= LEAST_SHARE:
        strength = min(1.0, share.value / FULL_SHARE)
    if in_title and (share.hits >= 2 or not reading.voices):
        strength = max(strength, IN_NAME)
    if strength:
        matched = dict.fromkeys((*in_title, *sorted(met.plainly, key=lambda word: (-met.plainly[word], word))))
        return Bridge(fact.name, fact.fact, strength * fact.strength, tuple(matched))
    return _meet_by_meaning(fact, met, reading)


def _met(fact: Fact, reading: Reading, *, brand: Brand, near: Near | None) -> _Met:
    met, tokens = _Met(), reading.index.where
    for term in map(plain, fact.terms):
        wordings = [term, *said_for(term)]
        if " " not in term:
            wordings += forms_in(term, tokens, brand.languages)
        for word in wordings:
            if hits := len(reading.index.having(word)):
                met.plainly[word] = hits
        for word, _ in near(term) if near is not None and "en" in brand.languages else ():
            if word in tokens and word not in COMMON:
                met.nearly.setdefault(word, term)
    return met


def _meet_by_meaning(fact: Fact, met: _Met, reading: Reading) -> Bridge | None:
    """A word that is only near must be on every fourth person's lips: of many words some are near to anything."""
    share = reading.share_with([*met.nearly, *met.plainly])
    if share.hits < LEAST_VOICES or share.value < FULL_SHARE:
        return None
    often = sorted(met.nearly, key=lambda word: (-len(reading.index.having(word)), word))
    matched = tuple(f"{word}, near to {met.nearly[word]}" for word in often if reading.index.having(word))
    return Bridge(fact.name, fact.fact, BY_MEANING * fact.strength, matched or tuple(met.plainly))
