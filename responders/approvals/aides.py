"""What people may ask of a running bot beside decisions: opinions, what was missed, other drafts, keywords.

The desk holds the truth and answers at once; who is named here takes a while, works aside, and changes nothing by
itself. A channel does without any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

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
class Keyword:
    """One rule of a brand as its file has it."""

    match: str
    weight: float
    tag: str = ""


@dataclass(frozen=True, slots=True)
class BrandKeywords:
    """A brand's rules, and by what its file is known again."""

    brand: str
    title: str
    digest: str
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True, slots=True)
class Retune:
    """A change of one keyword that a person has in mind."""

    brand: str
    act: Literal["add", "change", "remove"]
    place: int
    """Which keyword, from 0; for `add` nothing."""
    digest: str
    """Of the brand's file when the person looked at it."""
    match: str = ""
    weight: float = 1.0
    why: str = ""


@dataclass(slots=True)
class Progress:
    """How far a preview is; written in another thread, read by whoever shows it."""

    posts: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """How many cards the brand would have had, with the rules as they are and as they would be."""

    before: int
    after: int
    of: str
    """What they were counted on, in words."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """A change that waits for somebody to apply it."""

    number: int
    brand: str
    act: Literal["add", "change", "remove"]
    place: int
    match: str
    weight: float
    before: str
    """The rule that stands there; empty for a new one."""
    digest: str
    person: str
    why: str
    at: datetime


class Tuner(Protocol):
    """Changes keywords in the settings themselves, when two people agree, or the only one there is."""

    def keywords(self) -> list[BrandKeywords]:
        """What the brands have, by name."""
        ...

    def against(self, retune: Retune) -> dict[str, str]:
        """What is wrong with it, by field (`match`, `weight`, or `` for all of it)."""
        ...

    async def preview(self, retune: Retune, progress: Progress) -> Preview:
        """Count cards of the last 24 hours on what is kept of them. Raises Refused or Unavailable."""
        ...

    async def propose(self, retune: Retune, person: str, at: datetime) -> str:
        """Write it down, and apply it where nobody else could review it; what happened, in words. Raises Refused."""
        ...

    async def waiting(self) -> list[Tuning]:
        """What waits for a review, oldest first."""
        ...

    async def settle(self, number: int, person: str, *, apply: bool) -> str:
        """Apply it, or drop it; what happened, in words. Raises Refused: by whom it may not be, or why it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Aides:
    """Who is there to be asked."""

    counsel: Counsel | None = None
    redraft: Redraft | None = None
    tuner: Tuner | None = None
