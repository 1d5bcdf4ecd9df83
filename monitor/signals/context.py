"""What earlier trends left behind: tragedies that stay near for days, and what each brand was offered already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.keywords import fold
from monitor.model import Score, Trend, Verdict
from monitor.signals.reading import Reading, Voice, read
from monitor.signals.words.alarm import TRAGIC
from monitor.signals.words.common import COMMON
from monitor.signals.words.listen import HARM_WORDS

LONGEST_COOL_OFF = timedelta(days=30)
OFFERS_KEPT = timedelta(days=2)
"""Longer than the day that the budget looks back on."""
MAX_TERMS = 16
MAX_TRAGEDIES = 500
"""Older ones are forgotten first; a month of very bad news."""
MAX_DEATHS = 4000
"""People; a month of what an encyclopedia tells."""
_CAPITAL = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-zà-ž]{3,}\b")


class Hear(Protocol):
    """Trained heads: text and the language its source gave in, task -> label -> probability out.

    Nothing for a language no head knows. Pure for whoever calls it: the same text is always heard alike.
    """

    def __call__(self, text: str, language: str | None) -> Mapping[str, Mapping[str, float]]: ...


class Near(Protocol):
    """A lexicon: a folded word in, words that mean nearly the same and their likeness 0..1 out, nearest first. Pure."""

    def __call__(self, word: str) -> Sequence[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Tragedy:
    """A blocked trend that stays near: whatever shares its places and names is no ground for a joke."""

    name: str
    terms: frozenset[str]
    """Folded words that set it apart."""
    at: datetime
    person: str = ""
    """Who died, folded and whole, where an encyclopedia says so; known again as monitor.signals.mourning tells."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a judgement may know beside the trend itself."""

    tragedies: tuple[Tragedy, ...] = ()
    offered: tuple[tuple[str, datetime], ...] = ()
    """Brand and time of every card, by the stream's clock."""
    reading: Reading | None = None
    """The posts of the trend in hand, read once for all signals and brands."""
    hear: Hear | None = None
    """The trained heads; without them only words are read."""
    near: Near | None = None
    """The lexicon; without it a fact is met by its own words only."""

    def reading_of(self, trend: Trend) -> Reading:
        """The trend's posts, read now if nobody did before."""
        known = self.reading
        return known if known is not None and known.posts is trend.evidence else read(trend)


def with_reading(context: Context, trend: Trend) -> Context:
    """The same context, with the trend's posts read."""
    return replace(context, reading=context.reading_of(trend))


def remember(context: Context, trend: Trend, score: Score, *, now: datetime) -> Context:
    """The context for the next trend: tragedies and cards are added, what is too old is dropped."""
    tragedies = tuple(t for t in context.tragedies if now - t.at <= LONGEST_COOL_OFF)
    offered = tuple(card for card in context.offered if abs(now - card[1]) <= OFFERS_KEPT)
    if score.verdict in (Verdict.OFFER, Verdict.CAUTION):
        offered = (*offered, (score.brand, now))
    if _was_blocked_by_safety(score) and all(t.name != trend.name or t.at != now for t in tragedies):
        tragedy = _tragedy(trend, context.reading_of(trend), now)
        tragedies = (*tragedies, tragedy) if tragedy else tragedies
    return replace(context, tragedies=bounded(tragedies), offered=offered, reading=None)


def bounded(tragedies: Iterable[Tragedy]) -> tuple[Tragedy, ...]:
    """The newest of each kind: the many deaths of a week do not push a disaster out."""
    kept = tuple(tragedies)
    people = [tragedy for tragedy in kept if tragedy.person][-MAX_DEATHS:]
    if len(kept) - len(people) <= MAX_TRAGEDIES and len(people) < MAX_DEATHS:
        return kept
    others = [tragedy for tragedy in kept if not tragedy.person][-MAX_TRAGEDIES:]
    stay = {*people, *others}
    return tuple(tragedy for tragedy in kept if tragedy in stay)


def without(context: Context, cards: Iterable[tuple[str, datetime]]) -> Context:
    """The context as if these cards, by brand and time, had not been offered; one each, where several are alike."""
    kept = list(context.offered)
    for card in cards:
        if card in kept:
            kept.remove(card)
    return replace(context, offered=tuple(kept))


def _was_blocked_by_safety(score: Score) -> bool:
    return any(signal.name == "safety" and signal.veto is Verdict.BLOCK for signal in score.signals)


def _tragedy(trend: Trend, reading: Reading, now: datetime) -> Tragedy | None:
    """The trend as a tragedy, or None where it was blocked for something else, such as politics or slurs."""
    struck = [voice for voice in reading.voices if not TRAGIC.isdisjoint(voice.alarms)]
    if len(struck) < 2 or len(struck) * 8 < len(reading.voices):
        return None
    terms = set_apart(trend, struck)
    return Tragedy(trend.name, terms, now) if terms else None


def set_apart(trend: Trend, struck: Sequence[Voice]) -> frozenset[str]:
    """The folded words by which a tragedy is known again: the trend's terms, and the names among those it struck."""
    used = Counter(word for voice in struck for word in voice.words.tokens)
    own = [fold(term).lstrip("#") for term in trend.terms]
    names = Counter(fold(name) for voice in struck for name in set(_CAPITAL.findall(voice.text)))
    often = sorted((name for name in names if names[name] * 4 >= len(struck)), key=lambda name: (-names[name], name))
    terms = [term for term in (*own, *often) if _sets_apart(term) and (used[term] >= 2 or " " in term)]
    return frozenset(terms[:MAX_TERMS])


def _sets_apart(term: str) -> bool:
    """Places and names do. The words of harm itself do not: a dead scoreboard is no neighbour of nine dead people."""
    if term in HARM_WORDS:
        return False
    return len(term) >= 4 and term not in COMMON and "'" not in term
