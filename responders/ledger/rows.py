"""Rows to domain objects and back. A row that makes no sense stops the program with its id; it is never guessed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Connection, RowMapping, Select, UnaryExpression, bindparam, select

from monitor.clock import to_text
from monitor.errors import BadState
from monitor.model import Opportunity
from monitor.storage import tables
from responders.model import Approval, Move, Picture, Proposal, Publication, Receipt, State

T = TypeVar("T")

JSON_COLUMNS = ("drafts", "approvers", "languages", "escalations", "media")
NOT_COLUMNS = ("approvals", "receipt")
"""Fields of a proposal that have tables of their own."""

OPEN = tuple(state.value for state in (State.PENDING, State.APPROVED, State.SENDING, State.UNCERTAIN))
"""States in which somebody may still act on a proposal."""

HAS_RECEIPT = frozenset({State.PUBLISHED.value, State.RETRACTED.value})
"""States of which the database takes none without a receipt."""

# Statements that every click needs are made once: to make and to compile one takes longer than SQLite needs for it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_APPROVALS = (
    select(tables.approvals)
    .where(tables.approvals.c.proposal.in_(_IDS))
    .order_by(tables.approvals.c.at, tables.approvals.c.person)
)
_RECEIPTS = select(tables.receipts).where(tables.receipts.c.proposal.in_(_IDS))
_ONE = select(tables.proposals).where(tables.proposals.c.id == bindparam("key"))
_APPROVALS_OF_ONE = (
    select(tables.approvals)
    .where(tables.approvals.c.proposal == bindparam("key"))
    .order_by(tables.approvals.c.at, tables.approvals.c.person)
)
_RECEIPT_OF_ONE = select(tables.receipts).where(tables.receipts.c.proposal == bindparam("key"))


def text_of(moment: datetime | None) -> str | None:
    """The written form of a time that may be missing."""
    return None if moment is None else to_text(moment)


def proposal_row(proposal: Proposal) -> dict[str, Any]:
    """The columns of `proposals`; approvals and receipt have tables of their own."""
    plain = _plain(proposal)
    row = {name: value for name, value in plain.items() if name not in NOT_COLUMNS}
    return row | {name: _json(plain[name]) for name in JSON_COLUMNS}


def publication_row(publication: Publication, revision: int) -> dict[str, Any]:
    """The columns of `publications`."""
    row: dict[str, Any] = _plain(replace(publication, files=()))
    del row["files"]
    return row | {"languages": _json(row["languages"]), "media": _json(row["media"]), "revision": revision}


def receipt_row(proposal: str, receipt: Receipt) -> dict[str, Any]:
    """The columns of `receipts`."""
    row: dict[str, Any] = _plain(receipt)
    return row | {"proposal": proposal}


def approval_row(proposal: str, yes: Approval) -> dict[str, Any]:
    """The columns of `approvals`."""
    row: dict[str, Any] = _plain(yes)
    return row | {"proposal": proposal}


def opportunity_row(opportunity: Opportunity, judged_at: datetime | None = None) -> dict[str, Any]:
    """The columns of `opportunities`; the body holds all of it, so that a card survives a restart."""
    return {
        "id": opportunity.id,
        "brand": opportunity.brand,
        "trend": opportunity.trend.id,
        "offered_at": to_text(opportunity.offered_at),
        "deadline": to_text(opportunity.deadline),
        "body": msgspec.json.encode(opportunity).decode(),
        "judged_at": to_text(judged_at or opportunity.offered_at),
    }


def read_opportunity(row: RowMapping) -> Opportunity:
    """The opportunity of a row. Raises BadState."""
    try:
        return msgspec.json.decode(row["body"], type=Opportunity)
    except msgspec.MsgspecError as error:
        raise BadState(f"opportunity {row['id']}: the stored row makes no sense: {error}") from error


def read_publication(row: RowMapping) -> Publication:
    """The publication of a row. Raises BadState."""
    place = f"publication of {row['proposal']}"
    values = {**row, "languages": _from_json(row["languages"], place), "media": _from_json(row["media"], place)}
    del values["revision"]
    return _convert(values, Publication, place)


def read_media(text: str, place: str) -> tuple[Picture, ...]:
    """The pictures of a column `media`. Raises BadState."""
    try:
        return msgspec.json.decode(text, type=tuple[Picture, ...])
    except msgspec.MsgspecError as error:
        raise BadState(f"{place}: the stored row makes no sense: {error}") from error


def read_move(row: RowMapping) -> Move:
    """The audit row. Raises BadState."""
    return _convert(dict(row), Move, f"move {row['number']}")


def read_proposals(
    connection: Connection, where: ColumnElement[bool], *order: ColumnElement[Any] | UnaryExpression[Any]
) -> list[Proposal]:
    """The proposals that match, with their yeses and receipts. Raises BadState naming a row that makes no sense."""
    return found_proposals(connection, select(tables.proposals).where(where).order_by(*order, tables.proposals.c.id))


def read_proposal(connection: Connection, key: str) -> Proposal | None:
    """One proposal by its id. Raises BadState."""
    row = connection.execute(_ONE, {"key": key}).mappings().first()
    if row is None:
        return None
    yeses = [dict(yes) for yes in connection.execute(_APPROVALS_OF_ONE, {"key": key}).mappings()]
    receipt = None
    if row["state"] in HAS_RECEIPT:
        receipt = connection.execute(_RECEIPT_OF_ONE, {"key": key}).mappings().first()
    return _read_proposal(dict(row), yeses, None if receipt is None else dict(receipt))


def found_proposals(connection: Connection, query: Select[Any], values: dict[str, Any] | None = None) -> list[Proposal]:
    """What a query for whole rows of proposals finds, as `read_proposals` does."""
    rows = [dict(row) for row in connection.execute(query, values).mappings()]
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    approvals = _approvals(connection, ids)
    receipts = _receipts(connection, [row["id"] for row in rows if row["state"] in HAS_RECEIPT])
    return [_read_proposal(row, approvals.get(row["id"], []), receipts.get(row["id"])) for row in rows]


def _approvals(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(_APPROVALS, {"ids": ids}).mappings():
        found.setdefault(row["proposal"], []).append(dict(row))
    return found


def _receipts(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = connection.execute(_RECEIPTS, {"ids": ids}).mappings() if ids else ()
    return {row["proposal"]: dict(row) for row in rows}


def _read_proposal(row: dict[str, Any], approvals: list[dict[str, Any]], receipt: dict[str, Any] | None) -> Proposal:
    place = f"proposal {row['id']}"
    values = row | {name: _from_json(row[name], place) for name in JSON_COLUMNS}
    # Yeses to an earlier revision stay in the table as history; they no longer count.
    present = [a for a in approvals if a["revision"] == row["revision"]]
    values["approvals"] = [_convert(_without_proposal(a), Approval, place) for a in present]
    values["receipt"] = None if receipt is None else _convert(_without_proposal(receipt), Receipt, place)
    return _convert(values, Proposal, place)


def _without_proposal(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "proposal"}


def _convert(values: dict[str, Any], kind: type[T], place: str) -> T:
    try:
        # Column names are a subclass of str, which the conversion does not take for keys.
        return msgspec.convert({str(name): value for name, value in values.items()}, kind)
    except msgspec.ValidationError as error:
        raise BadState(f"{place}: the stored row makes no sense: {error}") from error


def _plain(value: Any) -> Any:
    """A dataclass as plain values, each time in its one written form."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime,))
    return {name: to_text(item) if isinstance(item, datetime) else item for name, item in plain.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _from_json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadState(f"{place}: the stored row makes no sense: {error}") from error
