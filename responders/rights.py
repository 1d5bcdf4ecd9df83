"""Who may say yes to what, this very moment: names, Slack groups, who stands in for whom, the next step. Pure.

A person decides from a seat: their own, or that of somebody who is away and named them. A seat has one yes, and so has
a person: Jon for Maya and Jon for himself are one human, Jon for Maya and Maya are one seat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from monitor.errors import Refused
from responders.model import Silence

GROUP = "group:"
"""How an approver begins that is a user group of Slack's: `group:S0123ABCD`."""
SETTINGS = "settings"
"""Who set an absence that stands in bot.yaml."""
LONGEST = timedelta(days=60)
"""Of an absence; a longer one is a change of the settings."""


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away until a time, and who decides in their place; nobody may be named."""

    person: str
    delegate: str | None
    why: str
    since: datetime
    until: datetime
    set_by: str
    """The person, or `settings`."""

    def is_in_force(self, now: datetime) -> bool:
        """It ends by itself."""
        return self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class Step:
    """After so long without a decision these may decide as well."""

    after_secs: float
    """Since the step before, or since the card was made."""
    to: tuple[str, ...]
    tiers: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may decide for one brand, as the settings say now."""

    approvers: Mapping[int, tuple[str, ...]]
    """By tier: people and groups."""
    steps: tuple[Step, ...] = ()

    def chain(self, tier: int) -> tuple[Step, ...]:
        """The steps of one tier, in order."""
        return tuple(step for step in self.steps if tier in step.tiers)

    def named(self, tier: int) -> frozenset[str]:
        """Everybody who may decide in this tier, now or after some step."""
        later = (entry for step in self.chain(tier) for entry in step.to)
        return frozenset((*self.approvers.get(tier, ()), *later))


@dataclass(frozen=True, slots=True)
class Seat:
    """From where somebody decides."""

    person: str
    groups: frozenset[str] = frozenset()
    """As approvers are written: `group:S0123ABCD`."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the settings and Slack say of rights, fetched before a decision; the ledger adds who is away."""

    named: frozenset[str] = frozenset()
    """Who may decide in this brand and tier as the settings are now; whoever was taken out decides nothing more."""
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Group -> people, as far as it could be told; who cannot be told is no member."""
    away: tuple[Away, ...] = ()
    """Absences that stand in the settings."""


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is away, what is silenced, who is in which group: what everybody who looks on is shown."""

    away: tuple[Away, ...] = ()
    silences: tuple[Silence, ...] = ()
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """One person at the time of one act."""

    seats: tuple[Seat, ...]
    """Their own first."""
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Right:
    """By which approver's name somebody decides, and from whose seat."""

    entry: str
    seat: str


def standing(person: str, permit: Permit, absences: Iterable[Away], *, now: datetime) -> Standing:
    """What a person may lean on: their own name and groups, and those of everybody they stand in for, one step far."""
    absent = [a for a in (*permit.away, *absences) if a.is_in_force(now) and a.delegate == person != a.person]
    people = dict.fromkeys([person, *(away.person for away in absent)])
    return Standing(tuple(Seat(one, _groups(one, permit.members)) for one in people), permit.named)


def right_of(person: str, approvers: Collection[str], known: Standing | None) -> Right | None:
    """The first right by which a person may decide; None where they have none.

    Without a standing (no settings at hand) the names on the card count, and nobody else.
    """
    if known is None:
        return Right(person, person) if person in approvers else None
    for seat in known.seats:
        for entry in approvers:
            if entry in known.named and (entry == seat.person or entry in seat.groups):
                return Right(entry, seat.person)
    return None


def due_step(chain: tuple[Step, ...], done: int, *, made_at: datetime, now: datetime) -> tuple[Step, float] | None:
    """The next step where its time has come, with the seconds since the card was made; None otherwise."""
    if done >= len(chain):
        return None
    after_secs = list(accumulate(step.after_secs for step in chain))[done]
    return (chain[done], after_secs) if now >= made_at + timedelta(seconds=after_secs) else None


def check(away: Away, people: Collection[str]) -> Away:
    """The absence as it is kept. Raises Refused, with a sentence for a person."""
    if away.until <= away.since:
        raise Refused("say until when: an absence ends after it began")
    if away.until - away.since > LONGEST:
        raise Refused(f"an absence lasts {LONGEST.days} days at most; for longer change `approval` in the settings")
    if away.delegate == away.person:
        raise Refused("somebody else has to decide for you: name another person, or nobody")
    if away.delegate is not None and away.delegate not in people:
        raise Refused(f"nobody is called {away.delegate!r} in bot.yaml; known: {', '.join(sorted(people))}")
    return away


def is_group(entry: str) -> bool:
    """Whether an approver is a group of Slack's."""
    return entry.startswith(GROUP)


def _groups(person: str, members: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(group for group, people in members.items() if person in people)
