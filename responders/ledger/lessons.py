"""The part of the ledger that keeps what people taught: examples, for `check` and for tuning."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import from_text, to_text
from monitor.errors import BadState
from monitor.storage import reading, tables, writing
from responders.model import Example

KEPT_FOR = timedelta(days=90)
"""People may have typed a stranger's words: nothing of it is kept for ever."""


class Lessons:
    """Examples. None of them changes behaviour by itself."""

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
