"""Where we listen: one file a platform, whose name is its YAML key. This file is the promise each of them keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from monitor.model import Death, Post

MAX_PLACES = 5
"""How many places of broken input are kept for a person to look at; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a stream, by the stream's clock, of which nothing was delivered and nothing can be had any more."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts as they came, and the cursor that resumes behind them (None where the source cannot resume).

    A batch without posts is a sign of life. What is `deleted` or `gone` was taken back by whoever wrote it: nobody may
    keep its text, see monitor.erase.
    """

    posts: Sequence[Post]
    cursor: str | None = None
    deleted: Sequence[str] = ()
    """Ids of posts."""
    gone: Sequence[str] = ()
    """Authors, as `Post.author` names them, all of whose posts are to be forgotten: closed or banned accounts."""
    deaths: Sequence[Death] = ()
    gaps: Sequence[Gap] = ()


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
    """A place to listen. Built by `load(name).build(settings, tally, clock)`; stops when its iterator is closed."""

    name: str
    is_recording: bool
    """True where the stream's own clock is not the present."""

    def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield batches in order, from behind cursor `since`, or from now on.

        Broken input is counted in the tally and skipped. Raises BadInput for a source that cannot be opened at all,
        Unavailable when the service is away (a stream that ends of itself is away as well), AuthNeeded and Refused
        when it will not have us as we are.
        """
        ...


def names() -> list[str]:
    """The sources that exist, by their YAML key."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Any:
    """The module of one source: it has `Settings` (pydantic) and `build(settings, tally, clock) -> Source`."""
    return import_module(f"{__name__}.{name}")
