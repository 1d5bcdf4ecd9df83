"""Who is away and who sits in their place, what is silenced and no more, and who was refused: each with its deed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, update

from monitor.clock import to_text
from monitor.errors import Refused
from monitor.storage import tables
from responders import silencing
from responders.ledger import deeds, rows, switches
from responders.ledger.facts import trend_of
from responders.model import Proposal, Silence
from responders.rights import Away


def go_away(connection: Connection, away: Away, *, by: str, via: str) -> None:
    """Keep an absence in the place of the one before; the rows stay as history."""
    _end(connection, away.person, away.since)
    row = {"person": away.person, "delegate": away.delegate, "why": away.why, "set_by": away.set_by}
    times = {"since": to_text(away.since), "until": to_text(away.until)}
    connection.execute(insert(tables.absences).values(row | times))
    about = deeds.of_absence(away.person, away.delegate)
    deeds.append(connection, "away", person=by, about=about, why=away.why, via=via, at=away.since, until=away.until)


def come_back(connection: Connection, person: str, *, by: str, via: str, now: datetime) -> None:
    """End an absence before its time. Raises Refused where there is none in force."""
    if all(away.person != person for away in switches.absences_in_force(connection, now)):
        raise Refused(f"{person} is not away; what stands in bot.yaml is ended there")
    _end(connection, person, now)
    deeds.append(connection, "back", person=by, about=person, why="", via=via, at=now)


def silence(connection: Connection, wanted: Silence, *, via: str) -> list[Proposal]:
    """Keep a silence with its deed; the open proposals that it covers, nearest deadline first."""
    if not switches.add_silence(connection, wanted):
        return []
    deeds.append(
        connection, "silence", person=wanted.person, about=_named(wanted), why=wanted.why, via=via,
        at=wanted.since, until=wanted.until,
    )  # fmt: skip
    table = tables.proposals
    found = rows.read_proposals(connection, table.c.state.in_(("pending", "approved")), table.c.deadline)
    now = wanted.since
    return [p for p in found if silencing.silence_over(p, trend_of(connection, p), [wanted], now=now)]


def unsilence(connection: Connection, key: str, *, by: str, via: str, why: str, now: datetime) -> Silence:
    """End a silence, named by its id or its term, before its time. Raises Refused where there is none in force."""
    in_force = switches.silences_in_force(connection, now)
    wanted = " ".join(key.casefold().split())
    found = [one for one in in_force if wanted in (one.id.casefold(), one.term.casefold())]
    if not found:
        known = ", ".join(repr(one.term) for one in in_force[:10]) or "nothing"
        raise Refused(f"{key!r} is not silenced; silenced now: {known}")
    for one in found:
        ended = update(tables.silences).where(tables.silences.c.id == one.id).values(ended_at=to_text(now))
        connection.execute(ended)
        deeds.append(connection, "unsilence", person=by, about=_named(one), why=why, via=via, at=now)
    return found[0]


def _named(silence: Silence) -> str:
    return f"{silence.term} for {silence.brand or 'every brand'}"


def _end(connection: Connection, person: str, now: datetime) -> None:
    table = tables.absences
    mine = (table.c.person == person) & table.c.ended_at.is_(None)
    connection.execute(update(table).where(mine).values(ended_at=to_text(now)))
