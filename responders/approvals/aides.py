"""What people may ask of a running bot beside decisions: opinions, what was missed, other drafts, keywords.

The desk holds the truth and answers at once; who is named here takes a while, works aside, and changes nothing by
itself. A channel does without any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import Signal, Verdict


@dataclass(frozen=True, slots=True)
class Weighed:
    """One signal with what it weighs for the brand."""

    signal: Signal
    weight: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What would be thought of a text for one brand: as a trend that people make, and as a draft of its own."""

    brand: str
    """Its title."""
    verdict: Verdict
    tier: int
    value: float
    why: str
    voices: int
    """How many people are taken to say so."""
    signals: tuple[Weighed, ...]
    """The heaviest first: what stops, then what asks for two people, then by weight."""
    against: tuple[tuple[str, tuple[str, ...]], ...]
    """For each account what the checks have against the text as a draft; an empty tuple where it may be posted."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Why something that a person saw was not told, sentence by sentence, and what would have caught it."""

    reasons: tuple[str, ...]
    catches: tuple[str, ...]


class Counsel(Protocol):
    """Thinks aside, within its time; what is not known by then is said."""

    async def opinions(self, text: str) -> list[Opinion]:
        """What the guard and every signal say of a text, brand by brand. Raises Unavailable where it takes too long."""
        ...

    async def missed(self, text: str, person: str, received_at: datetime) -> Missed:
        """Look up what a person saw trending, keep it as an example, and say why it was not told.

        Idempotent for person, text and time. Raises Unavailable where it takes too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wished:
    """What a person wants of the drafts of a card."""

    proposal: str
    person: str
    via: str
    words: str
    """What they say of the wording; may be empty."""
    at: datetime
    """When it was said."""


@dataclass(frozen=True, slots=True)
class Redrafted:
    """What came of a wish."""

    numbers: tuple[int, ...] = ()
    """Of the new drafts on the card, from 1."""
    why: str = ""
    """Why there are none, or why no model wrote any."""


class Redraft(Protocol):
    """Writes other drafts for an open card."""

    async def add(self, wished: Wished) -> Redrafted:
        """Put new drafts beside those there are. Raises Refused with a sentence for the person."""
        ...


@dataclass(frozen=True, slots=True)
class Aides:
    """Who is there to be asked."""

    counsel: Counsel | None = None
    redraft: Redraft | None = None
