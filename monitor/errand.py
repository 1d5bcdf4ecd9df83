"""Something that somebody else is asked to do in their turn, and that its sender waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Errand:
    """Put it where work waits; `done` tells the sender how it went."""

    act: Callable[[], Awaitable[None]]
    done: asyncio.Future[None]

    async def run(self) -> None:
        """Do it. What it raises is the sender's, unless the sender has gone."""
        if self.done.cancelled():
            return
        try:
            await self.act()
        except Exception as error:  # whatever it is, it belongs to whoever sent us
            if self.done.cancelled():
                raise
            self.done.set_exception(error)
        else:
            if not self.done.cancelled():
                self.done.set_result(None)
