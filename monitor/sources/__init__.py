"""Where we listen: one file a platform, whose name is its YAML key. This file is the promise each of them keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from monitor.model import Post

MAX_PLACES = 5
"""How many places of broken input are kept for a person to look at; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts as they came, and the cursor that resumes behind them (None where the source cannot resume)."""

    posts: Sequence[Post]
    cursor: str | None = None


@dataclass(slots=True)
class Tally:
    """What was dropped and why, with the first few places; reasons are a small fixed set."""

    dropped: dict[str, int] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)

    def drop(self, reason: str, place: str) -> None:
        """Count one dropped post; `place` is `file:line: what was seen`, kept for the first few."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1
        if len(self.places) < MAX_PLACES:
            self.places.append(place)


class Source(Protocol):
    """A place to listen. Built by `load(name)(settings, tally)`; stops when its iterator is closed."""

    name: str
    is_recording: bool
    """True where the stream's own clock is not the present."""

    def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield batches in order, from behind cursor `since`, or from now on.

        Broken input is counted in the tally and skipped. Raises BadInput for a source that cannot be opened at all,
        Unavailable when the service is away.
        """
        ...


def names() -> list[str]:
    """The sources that exist, by their YAML key."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Any:
    """The module of one source: it has `Settings` (pydantic) and `build(settings, tally) -> Source`."""
    return import_module(f"{__name__}.{name}")
