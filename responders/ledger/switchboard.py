"""The part of the ledger that holds posting back, remembers and forgets, and knows where listening resumes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Engine

from monitor.erase import TakenBack
from monitor.errors import Refused
from monitor.signals.context import Context, Tragedy
from monitor.storage import empty_log, reading, together, writing
from responders.approvals import Said
from responders.ledger import chairs, deeds, erasing, mailroom, memory, stock, switches
from responders.model import Deed, Pause, Silence
from responders.refusals import clock_text
from responders.rights import Away
from responders.stock import Count


class Switchboard(ABC):
    """Pauses, silences, absences, tragedies and cursors. None of them moves a proposal; every move looks at them."""

    _engine: Engine

    @abstractmethod
    def _forget_opportunities(self) -> None:
        """Posts were taken out of some: what is remembered of them no longer holds."""

    def together(self) -> AbstractContextManager[None]:
        """All that this thread writes in it is kept when it ends, with one wait for the disk; see `storage`."""
        return together(self._engine)

    def paused(self, now: datetime) -> Pause | None:
        """The pause in force, if any."""
        with reading(self._engine) as connection:
            return switches.pause_in_force(connection, now)

    def pause(self, person: str, why: str, *, until: datetime | None, now: datetime, said: Said | None = None) -> None:
        """Stop every claim from now on; replaces a pause in force.

        Raises Refused for a pause that is over already: asked for long ago, it would only end the one in force.
        """
        if until is not None and until <= now:
            raise Refused(f"that pause would have ended at {clock_text(until)}: ask again if it is still needed")
        with writing(self._engine) as connection:
            switches.start_pause(connection, Pause(person, why, now, until))
            mailroom.work_off(connection, said, f"pause by {person}", at=now)

    def hold(self, hold: Pause) -> Pause | None:
        """Pause for a tragedy; the pause now in force, or None where this tragedy was told already.

        It takes the place of a pause in force, with its reason, and never makes it shorter.
        """
        with writing(self._engine) as connection:
            return switches.start_hold(connection, hold)

    def resume(self, person: str, why: str, now: datetime, *, said: Said | None = None) -> None:
        """End the pause. Raises Refused when there is none, and for one that began after somebody `said` so."""
        with writing(self._engine) as connection:
            pause = switches.pause_in_force(connection, now)
            if said is not None and pause is not None and pause.since > said.at:
                when = clock_text(pause.since)
                raise Refused(f"posting was paused by {pause.person} at {when}, after you asked to resume: look again")
            switches.end_pause(connection, person=person, why=why, now=now)
            mailroom.work_off(connection, said, f"resume by {person}", at=now)

    def unsilence(
        self, key: str, person: str, why: str, *, via: str, now: datetime, said: Said | None = None
    ) -> Silence:
        """End a silence by its id or term. Raises Refused when there is none."""
        with writing(self._engine) as connection:
            mailroom.work_off(connection, said, f"unmute by {person}", at=now)
            return chairs.unsilence(connection, key, by=person, via=via, why=why, now=now)

    def silences(self, now: datetime) -> list[Silence]:
        """The silences in force."""
        with reading(self._engine) as connection:
            return switches.silences_in_force(connection, now)

    def count_stock(self, counted: Count) -> None:
        """Keep how many are left of something; the newest count counts."""
        with writing(self._engine) as connection:
            stock.count(connection, counted)

    def stock(self, brand: str) -> dict[str, Count]:
        """The newest count of each item of a brand that was ever counted."""
        with reading(self._engine) as connection:
            return stock.counts(connection, brand)

    def absences(self, now: datetime) -> list[Away]:
        """Who is away, and who decides in their place."""
        with reading(self._engine) as connection:
            return switches.absences_in_force(connection, now)

    def go_away(self, away: Away, *, by: str, via: str, said: Said | None = None) -> None:
        """Keep an absence; it takes the place of the person's last one."""
        with writing(self._engine) as connection:
            mailroom.work_off(connection, said, f"away by {by}", at=away.since)
            chairs.go_away(connection, away, by=by, via=via)

    def come_back(self, person: str, *, by: str, via: str, now: datetime, said: Said | None = None) -> None:
        """End an absence before its time. Raises Refused when there is none."""
        with writing(self._engine) as connection:
            mailroom.work_off(connection, said, f"back by {by}", at=now)
            chairs.come_back(connection, person, by=by, via=via, now=now)

    def keep_refusal(self, person: str, about: str, why: str, *, via: str, now: datetime) -> None:
        """Write down that somebody tried what they may not."""
        with writing(self._engine) as connection:
            deeds.append(connection, "refused", person=person, about=about, why=why, via=via, at=now)

    def deeds(self, most: int = 500) -> list[Deed]:
        """The newest rows of the second audit, newest first."""
        with reading(self._engine) as connection:
            return deeds.read(connection, most)

    def save_tragedies(self, tragedies: Sequence[Tragedy], now: datetime) -> None:
        """Keep tragedies over restarts; the same one again changes nothing."""
        with writing(self._engine) as connection:
            memory.save_tragedies(connection, tragedies, now)

    def drop_tragedies(self, tragedies: Sequence[Tragedy]) -> None:
        """Forget tragedies that were said by mistake; unknown ones change nothing."""
        with writing(self._engine) as connection:
            memory.drop_tragedies(connection, tragedies)

    def context(self, now: datetime) -> Context:
        """What judgements have to remember: tragedies of the longest cool-off, cards of the day and a little more."""
        with reading(self._engine) as connection:
            return memory.context(connection, now)

    def erase(self, taken: TakenBack) -> int:
        """Take posts out of every card that keeps them; the number of opportunities that were written anew."""
        with reading(self._engine) as connection:
            if not erasing.holders(connection, taken):
                return 0
        with writing(self._engine) as connection:
            erased = erasing.erase(connection, taken)
            self._forget_opportunities()
        empty_log(self._engine)
        return erased

    def erase_older(self, than: datetime) -> int:
        """Take all posts out of the cards that were offered before and are closed; how many were written anew."""
        with reading(self._engine) as connection:
            if not erasing.outdated(connection, than):
                return 0
        with writing(self._engine) as connection:
            erased = erasing.erase_older(connection, than)
            self._forget_opportunities()
        empty_log(self._engine)
        return erased

    def save_cursor(self, source: str, cursor: str) -> None:
        """Remember where a source resumes."""
        with writing(self._engine) as connection:
            switches.save_cursor(connection, source, cursor)

    def cursor(self, source: str) -> str | None:
        """Where a source resumes, or None for one that was never read."""
        with reading(self._engine) as connection:
            return switches.cursor(connection, source)
