"""How people are asked. A channel shows cards and passes on what people do; the truth stays behind the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from monitor.model import Opportunity, Score, Trend
from responders.drafting.by_hand import ByHand
from responders.model import Move, Pause, Proposal, Silence
from responders.rights import Away, Rota

Act = Literal["edit", "approve", "reject", "snooze", "withdraw", "undo", "give_up"]


@dataclass(frozen=True, slots=True)
class Said:
    """An act that was stored before it is carried out: with its effect it is marked as done, so it has one effect."""

    number: int
    at: datetime
    """When it was stored."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one person did on one card, and what the card showed when it was done."""

    proposal: str
    act: Act
    person: str
    via: str
    seen_revision: int
    text: str | None = None
    """For `edit` the new text; for `approve` the text that was on the screen: another draft than the present one is
    chosen, in the same transaction, before the yes counts."""
    reason: str = ""
    until: datetime | None = None
    """For `snooze`."""
    said: Said | None = None
    """Where it was stored, if anywhere: done in the same transaction."""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a channel shows of one proposal."""

    proposal: Proposal
    opportunity: Opportunity
    history: tuple[Move, ...]
    limits: tuple[str, ...] = ()
    """What its network does not simply allow the account to do, a sentence each."""
    by_hand: tuple[ByHand, ...] = ()
    """What a person may post there by hand."""
    rehearsed: frozenset[str] = frozenset()
    """Networks on which nothing is posted: what is agreed to is printed to the console."""
    sisters: tuple[Proposal, ...] = ()
    """The other accounts' proposals of the same opportunity and brand, whatever became of them, by account."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A trend that did not become a card, and why; shown so that silence can be checked."""

    trend: Trend
    scores: tuple[Score, ...]
    at: datetime


class Desk(Protocol):
    """What stands behind every channel: the ledger and the watch, with their rules. Safe to call from many tasks."""

    async def cards(self) -> list[Card]:
        """Open proposals first (nearest deadline first), then those closed in the last 24 hours (newest first)."""
        ...

    async def card(self, proposal: str) -> Card | None:
        """One card, or None for an unknown id."""
        ...

    async def decide(self, order: Order) -> Proposal:
        """Carry the order out whole or not at all. Raises Refused with a sentence for the person; whoever tried what
        they may not is written down as well."""
        ...

    async def decide_together(self, orders: Sequence[Order]) -> list[Proposal]:
        """Carry out one person's yeses to sisters, each to its own revision and exact text: all of them or none.
        Raises Refused with a sentence for the person."""
        ...

    async def take_back(self, order: Order) -> list[str]:
        """Undo the order's proposal and its sisters on every network: what is published is deleted and read back as
        gone, what was not sent is withdrawn, cards that wait for a yes as well. One that fails leaves the others being
        undone. Returns what could not be undone, a sentence each, with the place where a person has to look; what a
        network did not delete yet is tried again until it is gone. Raises Refused where there is nothing to undo."""
        ...

    async def problems(self, proposal: Proposal, text: str) -> list[str]:
        """What the checks (length, no-go words, near copies, foreign text) have against the text; empty when fine."""
        ...

    async def judged(self) -> list[Judged]:
        """The latest trends that were blocked or ignored, newest first, at most 50."""
        ...

    async def paused(self) -> Pause | None:
        """The pause in force, if any."""
        ...

    async def pause(self, person: str, why: str, until: datetime | None, *, said: Said | None = None) -> None:
        """Stop every claim from now on. Raises Refused for one whose end has come: it would end another's."""
        ...

    async def resume(self, person: str, why: str, *, said: Said | None = None) -> None:
        """End the pause. Raises Refused when there is none, or where it began after somebody asked to resume."""
        ...

    async def rota(self) -> Rota:
        """Who is away, what is silenced, who is in which group."""
        ...

    async def silence(
        self, term: str, person: str, why: str, *, until: datetime, brand: str | None, via: str,
        said: Said | None = None,
    ) -> int:  # fmt: skip
        """Offer nothing that speaks of the term (or trend, or author) until then, and take open cards of it back; how
        many those were. `brand` None is all of them. Raises Refused with a sentence for the person."""
        ...

    async def unsilence(self, key: str, person: str, why: str, *, via: str, said: Said | None = None) -> Silence:
        """End a silence, by its id or term. Raises Refused when there is none."""
        ...

    async def go_away(
        self, person: str, delegate: str | None, why: str, *, until: datetime, via: str, said: Said | None = None
    ) -> Away:
        """From now until then the delegate, if any, decides in the person's place. Raises Refused."""
        ...

    async def come_back(self, person: str, *, via: str, said: Said | None = None) -> None:
        """End an absence early. Raises Refused when there is none."""
        ...

    async def keep_refusal(self, person: str, about: str, why: str, *, via: str) -> None:
        """Write down that somebody was refused: who, what they tried, the sentence they were told."""
        ...

    def changes(self) -> AsyncIterator[str]:
        """Yield the id of a proposal (or `judged`, `pause`) whenever it changed; ends when the desk closes.

        Each reader has its own bounded queue; a slow one gets `refresh` instead of what it missed.
        """
        ...
