"""Who goes after whom: acts of one person, and acts on one card, in the order they came; all others side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Turn:
    """`async with` it: waits for those before, and lets those after go on when it is over."""

    names: frozenset[str]
    before: list[asyncio.Event]
    of: Turns
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> None:
        for over in self.before:
            await over.wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let the next ones go on; idempotent."""
        self.over.set()
        self.of.let_go(self)


@dataclass(slots=True)
class Turns:
    """Hands out turns."""

    _last: dict[str, Turn] = field(default_factory=dict)
    """By name, the one who goes last so far."""
    _under_way: dict[int, Turn] = field(default_factory=dict)
    _alone: Turn | None = None
    """The last one that lets nobody go beside it."""

    def take(self, names: Collection[str], *, alone: bool = False) -> Turn:
        """After all that were handed out before and share a name, or where `alone`, after all of them.

        Who comes later goes after whoever goes alone.
        """
        first = list(self._under_way.values()) if alone else [self._last[name] for name in names if name in self._last]
        before = [*first, self._alone] if self._alone is not None else first
        turn = Turn(frozenset(names), [other.over for other in before], self)
        self._under_way[id(turn)] = turn
        self._last.update(dict.fromkeys(turn.names, turn))
        if alone:
            self._alone = turn
        return turn

    def let_go(self, turn: Turn) -> None:
        """Forget one that is over."""
        self._under_way.pop(id(turn), None)
        for name in turn.names:
            if self._last.get(name) is turn:
                del self._last[name]
        if self._alone is turn:
            self._alone = None
