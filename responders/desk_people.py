"""The part of the desk that speaks of people: who is away, what is silenced, who was refused."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import structlog

from monitor.aside import Thread
from monitor.clock import Clock
from monitor.errors import Refused
from responders import rights, silencing
from responders.approvals import Said
from responders.approvals.changes import Changes
from responders.ledger import Ledger
from responders.model import Proposal, Silence
from responders.permits import Permits
from responders.rights import Away, Permit, Rota

log = structlog.get_logger()


class Books(Thread):
    """The ledger as seen from the event loop: every call runs in the one thread that may write.

    Calls that wait at the same time share a commit; each is told when that has reached the disk.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__("ledger", gather=lambda: ledger.together())
        self.ledger = ledger


class PeopleDesk:
    """See `responders.approvals.Desk`. Without permits the names on a card decide alone, and nobody stands in."""

    _books: Books
    _clock: Clock
    _changes: Changes
    permits: Permits | None = None

    async def rota(self) -> Rota:
        """Who is away, what is silenced, who is in which group."""
        now = self._clock.now()
        absences, silences = await self._books.call(self._rota, now)
        known = self.permits.away if self.permits else ()
        members = await self.permits.members() if self.permits else {}
        return Rota(tuple(one for one in (*absences, *known) if one.is_in_force(now)), tuple(silences), members)

    def _rota(self, now: datetime) -> tuple[list[Away], list[Silence]]:
        """In the ledger's thread."""
        return self._books.ledger.absences(now), self._books.ledger.silences(now)

    async def silence(
        self, term: str, person: str, why: str, *, until: datetime, brand: str | None, via: str,
        said: Said | None = None,
    ) -> int:  # fmt: skip
        """Keep a silence and take back what it covers; how many cards that were."""
        if brand is not None and self.permits is not None and brand not in self.permits.rules:
            raise Refused(f"there is no brand {brand!r}; known: {', '.join(sorted(self.permits.rules))}")
        wanted = Silence(f"s-{uuid4().hex[:10]}", brand, term, person, why, self._clock.now(), until)
        silence = silencing.check(wanted)
        gone = await self._books.call(self._books.ledger.silence, silence, via=via, said=said)
        log.info("silence_began", person=person, until=str(until), cards=len(gone), via=via)
        self._changes.tell("pause")
        return len(gone)

    async def unsilence(self, key: str, person: str, why: str, *, via: str, said: Said | None = None) -> Silence:
        """End a silence by its id or term."""
        now = self._clock.now()
        end = self._books.ledger.unsilence
        ended = await self._books.call(end, key, person, why, via=via, now=now, said=said)
        log.info("silence_ended", person=person, via=via)
        self._changes.tell("pause")
        return ended

    async def go_away(
        self, person: str, delegate: str | None, why: str, *, until: datetime, via: str, said: Said | None = None
    ) -> Away:
        """Keep an absence until its end."""
        wanted = Away(person, delegate, why.strip()[:500], self._clock.now(), until, person)
        away = rights.check(wanted, self.permits.people if self.permits else (person, delegate or person))
        await self._books.call(self._books.ledger.go_away, away, by=person, via=via, said=said)
        log.info("absence_began", person=person, delegate=delegate, until=str(until), via=via)
        self._changes.tell("pause")
        return away

    async def come_back(self, person: str, *, via: str, said: Said | None = None) -> None:
        """End an absence before its time."""
        now = self._clock.now()
        await self._books.call(self._books.ledger.come_back, person, by=person, via=via, now=now, said=said)
        log.info("absence_ended", person=person, via=via)
        self._changes.tell("pause")

    async def keep_refusal(self, person: str, about: str, why: str, *, via: str) -> None:
        """Write down that somebody tried what they may not."""
        now = self._clock.now()
        await self._books.call(self._books.ledger.keep_refusal, person, about, why, via=via, now=now)
        log.warning("act_refused", person=person, about=about, via=via)

    async def _permit(self, proposal: Proposal) -> Permit | None:
        return await self.permits.of(proposal) if self.permits else None
