"""What holds posting back, who is away, and where listening resumes: pauses, silences, absences, cursors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, bindparam, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import from_text, to_text
from monitor.errors import Refused
from monitor.signals.grave import is_same_tragedy
from monitor.storage import tables
from responders.ledger.rows import text_of
from responders.model import Pause, Silence
from responders.rights import Away

GUARD = "guard"
"""Who sets a hold."""

REPLACED = "replaced by a later pause"
"""Why a pause ended that nobody resumed from."""

TOLD_FOR = timedelta(hours=72)
"""How long a tragedy is the same news: as long as brands keep away from its places and names."""


LONGEST_BEFORE = 200
"""Letters of an earlier reason that are kept: a day of bad news does not grow without end."""

_NOW: BindParameter[str] = bindparam("now")
_PAUSE = select(tables.pauses).where(
    tables.pauses.c.ended_at.is_(None), or_(tables.pauses.c.until.is_(None), tables.pauses.c.until > _NOW)
)
_ABSENCES = (
    select(tables.absences)
    .where(tables.absences.c.since <= _NOW, tables.absences.c.until > _NOW, tables.absences.c.ended_at.is_(None))
    .order_by(tables.absences.c.person)
)
_SILENCES = (
    select(tables.silences)
    .where(tables.silences.c.since <= _NOW, tables.silences.c.until > _NOW, tables.silences.c.ended_at.is_(None))
    .order_by(tables.silences.c.until.desc(), tables.silences.c.id)
)


def pause_in_force(connection: Connection, now: datetime) -> Pause | None:
    """The pause that holds posting back at `now`, if any."""
    row = connection.execute(_PAUSE, {"now": to_text(now)}).first()
    if row is None:
        return None
    until = from_text(row.until) if row.until else None
    return Pause(row.person, row.why, from_text(row.since), until, tuple(json.loads(row.terms)))


def start_pause(connection: Connection, pause: Pause) -> None:
    """Put a person's pause in force in place of the one before; the rows stay as history. A hold lives on in it."""
    before = pause_in_force(connection, pause.since)
    _keep(connection, _taking_over(pause, before) if before is not None and before.terms else pause)


def start_hold(connection: Connection, hold: Pause) -> Pause | None:
    """Put a hold in force for a tragedy that is news, and return it; None for one that is held or was looked at.

    Looked at: a person ended its hold in the last days. Where only its time ended, nobody did, and it is held again. A
    pause in force is taken over with its reason and its tragedies, and never becomes shorter.
    """
    if is_same_tragedy(hold.terms, _terms_known(connection, hold.since)):
        return None
    before = pause_in_force(connection, hold.since)
    held = hold if before is None else _taking_over(hold, before)
    _keep(connection, held)
    return held


def end_pause(connection: Connection, *, person: str, why: str, now: datetime) -> None:
    """Let posting go on. Raises Refused when nothing is paused."""
    if pause_in_force(connection, now) is None:
        raise Refused("posting is not paused")
    _end(connection, person=person, why=why, now=now)


def absences_in_force(connection: Connection, now: datetime) -> list[Away]:
    """Who is away at `now`, by name."""
    return [
        Away(row.person, row.delegate, row.why, from_text(row.since), from_text(row.until), row.set_by)
        for row in connection.execute(_ABSENCES, {"now": to_text(now)})
    ]


def silences_in_force(connection: Connection, now: datetime) -> list[Silence]:
    """The silences in force at `now`, the longest first."""
    rows = connection.execute(_SILENCES, {"now": to_text(now)})
    return [
        Silence(row.id, row.brand, row.term, row.person, row.why, from_text(row.since), from_text(row.until))
        for row in rows
    ]


def add_silence(connection: Connection, silence: Silence) -> bool:
    """Keep a silence; False, and nothing changed, where it is kept already."""
    row = {
        "id": silence.id,
        "brand": silence.brand,
        "term": silence.term,
        "person": silence.person,
        "why": silence.why,
        "since": to_text(silence.since),
        "until": to_text(silence.until),
    }
    return connection.execute(upsert(tables.silences).values(row).on_conflict_do_nothing()).rowcount == 1


def save_cursor(connection: Connection, source: str, cursor: str) -> None:
    """Remember where a source resumes."""
    query = upsert(tables.cursors).values(source=source, cursor=cursor)
    connection.execute(query.on_conflict_do_update(index_elements=["source"], set_={"cursor": cursor}))


def cursor(connection: Connection, source: str) -> str | None:
    """Where a source resumes, or None for one that was never read."""
    table = tables.cursors
    return connection.execute(select(table.c.cursor).where(table.c.source == source)).scalar()


def _terms_known(connection: Connection, now: datetime) -> set[str]:
    """The words of the tragedies that are held now, and of those that a person looked at in the last days."""
    table = tables.pauses
    is_looked_at = table.c.ended_at.is_not(None) & (table.c.ended_why != REPLACED)
    known = table.c.ended_at.is_(None) & or_(table.c.until.is_(None), table.c.until > to_text(now)) | is_looked_at
    rows = connection.execute(select(table.c.terms).where(table.c.since >= to_text(now - TOLD_FOR), known))
    return {term for row in rows for term in json.loads(row.terms)}


def _taking_over(pause: Pause, before: Pause) -> Pause:
    """The new pause with the reason and the tragedies of the one before; it ends when the later of the two would."""
    why = f"{pause.why}; paused before by {before.person}: {before.why[:LONGEST_BEFORE]}"
    until = max(pause.until, before.until) if pause.until and before.until else None
    return replace(pause, until=until, why=why, terms=tuple(sorted({*pause.terms, *before.terms})))


def _keep(connection: Connection, pause: Pause) -> None:
    _end(connection, person=pause.person, why=REPLACED, now=pause.since)
    row = {"person": pause.person, "why": pause.why, "since": to_text(pause.since), "until": text_of(pause.until)}
    terms = json.dumps(pause.terms, ensure_ascii=False)
    connection.execute(insert(tables.pauses).values(row | {"terms": terms}))


def _end(connection: Connection, *, person: str, why: str, now: datetime) -> None:
    ended = {"ended_at": to_text(now), "ended_by": person, "ended_why": why}
    connection.execute(update(tables.pauses).where(tables.pauses.c.ended_at.is_(None)).values(ended))
