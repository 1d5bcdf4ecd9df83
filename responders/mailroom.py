"""The Slack channel's store as seen from the event loop: the ledger behind its one thread."""

from __future__ import annotations

from datetime import datetime

from responders.approvals.slack.kept import Delivered, Plot, Received, Stored
from responders.desk import Books


class BookedMail:
    """See `responders.approvals.slack.kept.Kept`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def receive(self, stored: Stored, at: datetime) -> bool:
        return await self._books.call(self._books.ledger.receive, stored, at)

    async def undone(self) -> list[Received]:
        return await self._books.call(self._books.ledger.undone)

    async def done(self, number: int, outcome: str, at: datetime) -> None:
        await self._books.call(self._books.ledger.done, number, outcome, at)

    async def settle(self, act: str, outcome: str, at: datetime) -> bool:
        return await self._books.call(self._books.ledger.settle, act, outcome, at)

    async def delivered(self, proposal: str) -> Delivered | None:
        return await self._books.call(self._books.ledger.delivered, proposal)

    async def keep(self, delivered: Delivered) -> None:
        await self._books.call(self._books.ledger.keep_delivered, delivered)

    async def plots(self, proposal: str) -> list[Plot]:
        return await self._books.call(self._books.ledger.plots, proposal)

    async def keep_plot(self, plot: Plot) -> None:
        await self._books.call(self._books.ledger.keep_plot, plot)
