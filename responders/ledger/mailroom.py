"""The part of the ledger that keeps what came from a chat, and which message shows which proposal."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.clock import from_text, to_text
from monitor.errors import BadState
from monitor.storage import reading, tables, writing
from responders.approvals import Said
from responders.approvals.slack.kept import (
    UNDONE_AT_ONCE,
    Delivered,
    Plot,
    PlotState,
    Received,
    Standing,
    Stored,
)

EMPTY = "{}"
"""What is left of a payload that was worked off."""

_RECEIVE = upsert(tables.slack_inbox).on_conflict_do_nothing()
_UNDONE = (
    select(tables.slack_inbox)
    .where(tables.slack_inbox.c.done_at.is_(None))
    .order_by(tables.slack_inbox.c.number)
    .limit(UNDONE_AT_ONCE)
)
_DONE = update(tables.slack_inbox).where(
    tables.slack_inbox.c.number == bindparam("key"), tables.slack_inbox.c.done_at.is_(None)
)
_IS_DONE = select(tables.slack_inbox.c.number).where(
    tables.slack_inbox.c.number == bindparam("key"), tables.slack_inbox.c.done_at.is_not(None)
)
_CARD = select(tables.slack_cards).where(tables.slack_cards.c.proposal == bindparam("key"))
_NEW_CARD = upsert(tables.slack_cards)
_KEEP = _NEW_CARD.on_conflict_do_update(
    index_elements=["proposal"], set_={column.name: column for column in _NEW_CARD.excluded}
)


class Mailroom:
    """Payloads and messages of the Slack channel. None of it moves a proposal."""

    _engine: Engine

    def receive(self, stored: Stored, at: datetime) -> bool:
        """Keep a payload; False when its envelope or its act is known already."""
        row = asdict(stored) | {"received_at": to_text(at), "outcome": ""}
        with writing(self._engine) as connection:
            return connection.execute(_RECEIVE, row).rowcount == 1

    def undone(self) -> list[Received]:
        """What waits to be worked off, oldest first. Raises BadState."""
        with reading(self._engine) as connection:
            return [_received(row) for row in connection.execute(_UNDONE).mappings()]

    def done(self, number: int, outcome: str, at: datetime) -> None:
        """Worked off: the payload goes, the outcome stays; the first one counts."""
        with reading(self._engine) as connection:
            if connection.execute(_IS_DONE, {"key": number}).first() is not None:
                return  # with its effect, as most are: that costs no write
        with writing(self._engine) as connection:
            _done(connection, number, outcome or "done", at=at)

    def settle(self, act: str, outcome: str, at: datetime) -> bool:
        """Answered at once, and not to be carried out; False where it is worked off already."""
        table = tables.slack_inbox
        values = {"payload": EMPTY, "done_at": to_text(at), "outcome": outcome or "done"}
        with writing(self._engine) as connection:
            query = update(table).where(table.c.act == act, table.c.done_at.is_(None))
            return connection.execute(query.values(values)).rowcount == 1

    def outcomes(self) -> list[str]:
        """What became of all that was worked off, in the order it came."""
        table = tables.slack_inbox
        query = select(table.c.outcome).where(table.c.done_at.is_not(None)).order_by(table.c.number)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def delivered(self, proposal: str) -> Delivered | None:
        """The message of a proposal. Raises BadState."""
        with reading(self._engine) as connection:
            row = connection.execute(_CARD, {"key": proposal}).mappings().first()
        return None if row is None else _delivered(row)

    def keep_delivered(self, delivered: Delivered) -> None:
        """Write down how it stands with a message."""
        row = asdict(delivered) | {"moved_at": to_text(delivered.moved_at), "state": delivered.state.value}
        with writing(self._engine) as connection:
            connection.execute(_KEEP, row)

    def plots(self, proposal: str) -> list[Plot]:
        """The pictures of a proposal, oldest first. Raises BadState."""
        table = tables.slack_plots
        query = select(table).where(table.c.proposal == proposal).order_by(table.c.moved_at, table.c.file)
        with reading(self._engine) as connection:
            return [_plot(row) for row in connection.execute(query).mappings()]

    def keep_plot(self, plot: Plot) -> None:
        """Write down how it stands with a picture."""
        row = asdict(plot) | {"moved_at": to_text(plot.moved_at), "state": plot.state.value}
        query = upsert(tables.slack_plots).values(row)
        with writing(self._engine) as connection:
            connection.execute(query.on_conflict_do_update(index_elements=["file"], set_=row))


def work_off(connection: Connection, said: Said | None, outcome: str, *, at: datetime) -> None:
    """In the transaction of what came of a stored act: it is done, and no later run carries it out again."""
    if said is not None:
        _done(connection, said.number, outcome, at=at)


def _done(connection: Connection, number: int, outcome: str, *, at: datetime) -> None:
    connection.execute(_DONE, {"key": number, "payload": EMPTY, "done_at": to_text(at), "outcome": outcome})


def _received(row: RowMapping) -> Received:
    try:
        payload = json.loads(row["payload"])
        at = from_text(row["received_at"])
    except ValueError as error:
        raise BadState(f"slack_inbox {row['number']}: the stored row makes no sense: {error}") from error
    if not isinstance(payload, dict):
        raise BadState(f"slack_inbox {row['number']}: the stored row makes no sense: its payload is no object")
    return Received(row["number"], row["kind"], payload, at, row["act"])


def _delivered(row: RowMapping) -> Delivered:
    try:
        state, at = Standing(row["state"]), from_text(row["moved_at"])
    except ValueError as error:
        raise BadState(f"slack_cards {row['proposal']}: the stored row makes no sense: {error}") from error
    return Delivered(row["proposal"], row["channel"], row["ts"], row["shown"], state, at)


def _plot(row: RowMapping) -> Plot:
    try:
        state, at = PlotState(row["state"]), from_text(row["moved_at"])
    except ValueError as error:
        raise BadState(f"slack_plots {row['file']}: the stored row makes no sense: {error}") from error
    return Plot(row["proposal"], row["file"], row["alt"], row["posts"], state, at)
