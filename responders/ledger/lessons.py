"""The part of the ledger that keeps what people taught: examples, and changes of keywords that wait for a review."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import from_text, to_text
from monitor.errors import BadState, Refused
from monitor.storage import reading, tables, writing
from responders.approvals.aides import Tuning
from responders.model import Example

KEPT_FOR = timedelta(days=90)
"""People may have typed a stranger's words: nothing of it is kept for ever."""

TUNED = ("brand", "act", "place", "match", "weight", "before", "digest", "person", "why")


class Lessons:
    """Examples and tunings. None of them changes behaviour by itself."""

    _engine: Engine

    def keep_example(self, example: Example) -> None:
        """Keep one, and let go of those that are too old. Idempotent for kind, person, time and text."""
        table = tables.examples
        row = {"kind": example.kind, "text": example.text, "person": example.person, "at": to_text(example.at)}
        with writing(self._engine) as connection:
            connection.execute(upsert(table).values(row | {"answer": example.answer}).on_conflict_do_nothing())
            connection.execute(delete(table).where(table.c.at < to_text(example.at - KEPT_FOR)))

    def examples(self, kind: str, since: datetime | None = None) -> list[Example]:
        """Those of one kind, newest first. Raises BadState."""
        table = tables.examples
        query = select(table).where(table.c.kind == kind).order_by(table.c.at.desc(), table.c.number.desc())
        if since is not None:
            query = query.where(table.c.at >= to_text(since))
        with reading(self._engine) as connection:
            found = list(connection.execute(query).mappings())
        try:
            return [
                Example(row["kind"], row["text"], row["person"], from_text(row["at"]), row["answer"]) for row in found
            ]
        except ValueError as error:
            raise BadState(f"examples: a stored row makes no sense: {error}") from error

    def keep_tuning(self, tuning: Tuning) -> int:
        """Keep a change that waits; its number. Idempotent for brand, person and time; the given number is ignored."""
        table = tables.tunings
        row = {name: getattr(tuning, name) for name in TUNED} | {"at": to_text(tuning.at), "state": "open"}
        known = (table.c.brand == tuning.brand) & (table.c.person == tuning.person) & (table.c.at == row["at"])
        with writing(self._engine) as connection:
            connection.execute(upsert(table).values(row).on_conflict_do_nothing())
            return int(connection.execute(select(table.c.number).where(known)).scalar_one())

    def tunings(self) -> list[Tuning]:
        """What waits, oldest first."""
        table = tables.tunings
        query = select(table).where(table.c.state == "open").order_by(table.c.number)
        with reading(self._engine) as connection:
            rows = list(connection.execute(query).mappings())
        return [Tuning(row["number"], **{name: row[name] for name in TUNED}, at=from_text(row["at"])) for row in rows]

    def settle_tuning(self, number: int, person: str, *, applied: bool, at: datetime) -> None:
        """Applied or dropped. Raises Refused where it is no longer open."""
        table = tables.tunings
        values = {
            "state": "applied" if applied else "dropped",
            "settled_by": person,
            "settled_at": to_text(at),
        }
        with writing(self._engine) as connection:
            query = update(table).where(table.c.number == number, table.c.state == "open").values(values)
            if connection.execute(query).rowcount != 1:
                raise Refused("somebody settled that already")
