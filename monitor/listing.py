"""A file of listed happenings, as a person wrote it about a recording: read, checked, moved in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from monitor.clock import from_text, to_text
from monitor.errors import BadInput
from monitor.quality import Happening, Listing


def load_listing(path: str | Path, *, shift_secs: float = 0.0) -> Listing:
    """Read a file of listed happenings, each moved by `shift_secs`. Raises BadInput with the file and what is wrong."""
    try:
        found = yaml.load(Path(path).read_bytes(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: bytes that are no text, the 30th of February
        raise BadInput(f"{path}: is no YAML: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("events"), list):
        raise BadInput(f"{path}: is no list of happenings: it needs a key `events` with a list under it")
    try:
        return _listing(found, timedelta(seconds=shift_secs))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path}: is no list of happenings: {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    return f"the key {error} is missing" if isinstance(error, KeyError) else str(error)


def _listing(found: dict[str, Any], shift: timedelta) -> Listing:
    happenings = tuple(_happening(one, number, shift=shift) for number, one in enumerate(found["events"], start=1))
    quiet = tuple((_time(one["from"]) + shift, _time(one["to"]) + shift) for one in found.get("quiet") or [])
    for start, end in quiet:
        if end < start:
            raise ValueError(f"a quiet period ends at {to_text(end)}, before it begins at {to_text(start)}")
    terms = found.get("tracked_terms")
    return Listing(
        happenings,
        quiet,
        timedelta(seconds=float(found.get("tolerance_seconds", 180))),
        is_dense=found.get("dense") is True,
        tracked_terms=tuple(str(term) for term in terms) if isinstance(terms, list) else (),
    )


def _happening(one: Any, number: int, *, shift: timedelta) -> Happening:
    if not isinstance(one, dict) or not isinstance(one.get("terms"), list):
        raise ValueError(f"event {number} needs id, onset and a list of terms")
    terms = tuple(str(term) for term in one["terms"])
    return Happening(str(one["id"]), _time(one["onset"]) + shift, terms, is_major=one.get("strength") == "major")


def _time(value: str | datetime) -> datetime:
    if not isinstance(value, str | datetime):
        raise ValueError(f"{value!r} is no time; write 2021-06-14T13:42:16Z")
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return from_text(value)
