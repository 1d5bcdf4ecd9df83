"""Which draft stands first, and why: a few plain measures, a weighted mean that anybody can redo by hand. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.model import Account, Brand, Fact, Opportunity
from responders.drafting.checks import NEAR_COPY, likeness
from responders.drafting.lengths import measure
from responders.drafting.no_go import said
from responders.drafting.voice import proofs
from responders.model import Draft, Measure

WEIGHTS = {"fit": 4.0, "vetted": 4.0, "novelty": 2.0, "term": 0.5, "length": 0.5, "turn": 0.5}
"""A text about the very fact comes before a general one, agreed words before others; the rest orders equals."""

ROOM = 280
"""What a short text is short of where the platform has no limit."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that passed every check, and what is known of where it came from."""

    draft: Draft
    is_for_fact: bool
    """It was written for the very fact that met the trend."""
    is_cleared: bool = False
    """Its words were agreed before the evening."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A text that is not among the drafts, and why."""

    template: str
    why: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts in the order they should be shown, and why every other text is not among them."""

    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...]


def fact_of(opportunity: Opportunity, brand: Brand) -> Fact | None:
    """The brand's own fact that met the trend."""
    bridge = opportunity.score.bridge
    return next((fact for fact in brand.facts if bridge is not None and fact.name == bridge.name), None)


def ranked(
    candidates: Sequence[Candidate],
    opportunity: Opportunity,
    brand: Brand,
    *,
    account: Account,
    recent: Sequence[str],
    limit: int,
) -> Drafted:
    """The best first, each measured against those above it; the same order for the same opportunity."""
    left = [
        (one, _steady(one, opportunity, brand, account=account), _most_like(one.draft.text, recent))
        for one in candidates
    ]
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    while left:
        measured = [replace(one.draft, measures=(*steady, _novelty(one, drafts, old))) for one, steady, old in left]
        best = max(range(len(left)), key=lambda place: (measured[place].rank, -place))
        chosen = measured[best]
        del left[best]
        why = _beside(chosen.text, drafts, limit)
        if why:
            skipped.append(Skipped(chosen.template, why))
        else:
            drafts.append(chosen)
    return Drafted(tuple(drafts), tuple(skipped))


def _steady(one: Candidate, opportunity: Opportunity, brand: Brand, *, account: Account) -> list[Measure]:
    """What does not depend on the drafts beside it."""
    fact = fact_of(opportunity, brand)
    return [
        _told("fit", 1.0, f"about {fact.name}")
        if one.is_for_fact and fact
        else _told("fit", 0.5, "goes with any fact"),
        _vetted(one, brand),
        _term(one.draft.text, fact, brand),
        _length(one.draft.text, account),
        _told("turn", _turn(opportunity.id, one.draft.text), "its turn, drawn from the trend's id"),
    ]


def _vetted(one: Candidate, brand: Brand) -> Measure:
    shown = proofs(one.draft.text, brand)
    proof = "".join(f", says {phrase!r} (proof: {source})" for phrase, source in shown)
    if one.draft.model is not None:
        return _told("vetted", 0.0, f"written by {one.draft.model}{proof}")
    if one.is_cleared:
        return _told("vetted", 1.0, f"agreed beforehand{proof}")
    return _told("vetted", 0.5, f"written by the brand{proof}")


def _term(text: str, fact: Fact | None, brand: Brand) -> Measure:
    used = said(text, fact.terms, brand=brand) if fact else []
    return _told("term", 1.0, f"says {used[0]!r}") if used else _told("term", 0.0, "says none of the fact's terms")


def _length(text: str, account: Account) -> Measure:
    length = measure(account.platform, text)
    room = length.limit or ROOM
    return _told("length", max(0.0, 1.0 - length.used / room), f"{length.used} of {room} {length.unit}")


def _novelty(one: Candidate, above: Sequence[Draft], old: float) -> Measure:
    beside = _most_like(one.draft.text, [draft.text for draft in above])
    alike = max(old, beside)
    what = "an earlier post" if old >= beside else "a draft above"
    return _told("novelty", 1.0 - alike / 100.0, f"{alike:.0f} % like {what}" if alike else "like nothing recent")


def _most_like(text: str, others: Sequence[str]) -> float:
    return max((likeness(text, other) for other in others), default=0.0)


def _turn(opportunity: str, text: str) -> float:
    """0 to 1, another for each trend: equals take turns in standing first."""
    return int.from_bytes(hashlib.sha256(f"{opportunity}\n{text}".encode()).digest()[:4], "big") / 2**32


def _beside(text: str, drafts: Sequence[Draft], limit: int) -> str:
    """Why it is not needed beside the drafts there are."""
    if len(drafts) >= limit:
        return f"{limit} better ones were found"
    twin = next((other for other in drafts if likeness(text, other.text) >= NEAR_COPY), None)
    return f"nearly the same as {twin.template}" if twin else ""


def _told(name: str, value: float, why: str) -> Measure:
    return Measure(name, round(value, 3), WEIGHTS[name], why)
