"""Rows that are chained by hash: each covers what it says and the row before it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

Row = Mapping[str, Any] | RowMapping

START = "0" * 64
"""What the first row is chained to."""


def hash_of(previous: str, row: Row, names: Sequence[str]) -> str:
    """SHA-256 over the hash before and the named columns in their order. 64 hex digits."""
    canonical = json.dumps([row[name] for name in names], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def breaks(rows: Iterable[Row], names: Sequence[str], *, what: str, told: Callable[[Row], str]) -> list[str]:
    """Where the chain is broken, a sentence each; `what` is one row, `told` says in brackets which."""
    problems: list[str] = []
    number, previous = 0, START
    for row in rows:
        number += 1
        if row["number"] != number:
            problems.append(f"{what} {number} is missing: the next row is {row['number']}")
            number = row["number"]
        if row["hash"] != hash_of(previous, row, names):
            problems.append(f"{what} {row['number']} ({told(row)}) was changed after it was written")
        previous = row["hash"]
    return problems
