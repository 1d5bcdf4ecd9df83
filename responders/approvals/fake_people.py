"""Absences, silences and refusals of the desk in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.errors import Refused
from responders import rights, silencing
from responders.model import Silence
from responders.rights import Away, Permit, Rota, Standing, standing


@dataclass
class FakePeople:
    """What a desk knows of people; `people` are those the settings would name."""

    people: tuple[str, ...] = ("maya", "jonas", "priya", "jon", "ines")
    away: dict[str, Away] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    taken_out: set[str] = field(default_factory=set)
    """Approvers who stand in the settings no more."""
    refusals: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Who, what, why, via."""

    def rota(self, now: datetime) -> Rota:
        """What is in force."""
        away = tuple(one for one in self.away.values() if one.is_in_force(now))
        return Rota(away, tuple(s for s in self.silences.values() if s.since <= now < s.until), dict(self.members))

    def standing(self, person: str, approvers: tuple[str, ...], now: datetime) -> Standing:
        """What a person may lean on."""
        permit = Permit(frozenset(approvers) - self.taken_out, self.members)
        return standing(person, permit, self.away.values(), now=now)

    def silence(self, silence: Silence) -> None:
        """Keep one. Raises Refused."""
        self.silences[silence.id] = silencing.check(silence)

    def unsilence(self, key: str, now: datetime) -> Silence:
        """End one. Raises Refused."""
        wanted = " ".join(key.casefold().split())
        for one in self.rota(now).silences:
            if wanted in (one.id.casefold(), one.term.casefold()):
                return self.silences.pop(one.id)
        raise Refused(f"{key!r} is not silenced")

    def go_away(self, away: Away) -> Away:
        """Keep one. Raises Refused."""
        self.away[away.person] = rights.check(away, self.people)
        return away

    def come_back(self, person: str, now: datetime) -> None:
        """End one. Raises Refused."""
        if all(one.person != person for one in self.rota(now).away):
            raise Refused(f"{person} is not away")
        del self.away[person]
