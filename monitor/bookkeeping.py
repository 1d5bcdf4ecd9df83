"""Small JSON files that say what is spent: written whole or not at all, and never taken for empty when damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from monitor.errors import BadInput


def read_book(path: Path) -> dict[str, Any] | None:
    """The object in the file, None where there is no file. Raises BadInput, with the reason, for anything else."""
    try:
        kept = json.loads(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput("is no JSON") from error
    if not isinstance(kept, dict):
        raise BadInput("holds no object")
    return kept


def write_book(path: Path, kept: dict[str, Any]) -> None:
    """Put the file in place, or leave the old one there. Blocking, a fraction of a millisecond. Raises OSError.

    A killed process loses nothing. It is not forced to the disk: that would cost milliseconds for every post.
    """
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(kept), encoding="ascii")
    beside.replace(path)


def keep_aside(path: Path) -> Path:
    """Copy a damaged file, for whoever wants to look into it. Raises OSError.

    A copy, because a missing book says that nothing was spent: the damaged one stays until another takes its place.
    """
    aside = path.with_name(f"{path.name}.aside")
    aside.write_bytes(path.read_bytes())
    return aside
