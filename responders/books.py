"""The ledger as seen from the event loop: what the outbox wants of it; the house brings `desk_people.Books`."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from responders.ledger import Ledger

P = ParamSpec("P")
R = TypeVar("R")


class Books(Protocol):
    """The ledger behind something that lets one act after the other."""

    ledger: Ledger

    async def call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one method of the ledger in the one thread that may write."""
        ...
