"""Slack as a channel: cards in, clicks out. It works beside the local page, never in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import aiohttp

from monitor import retry
from monitor.clock import Clock, sleep_unless
from monitor.errors import AuthNeeded, BonmotError
from responders.approvals import Desk
from responders.approvals.aides import Aides
from responders.approvals.shapes import Reader
from responders.approvals.slack.board import Board
from responders.approvals.slack.clerk import Clerk
from responders.approvals.slack.face import Face
from responders.approvals.slack.kept import Kept
from responders.approvals.slack.people import Gate
from responders.approvals.slack.socket import Sockets
from responders.approvals.slack.trouble import Trouble
from responders.approvals.slack.web import BASE_URL, Web

PERSON_SECS = 120.0
"""Between two tries while a person has to act."""


@dataclass(frozen=True, slots=True)
class Line:
    """How Slack is reached."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    """For Socket Mode; empty where clicks come in over HTTP."""
    base_url: str = BASE_URL


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who; all four are read anew each time, so that changed settings count at once."""

    ids: Mapping[str, str]
    """Slack id -> person."""
    people: Mapping[str, str]
    brands: Mapping[str, str]
    channels: Mapping[str, str]
    """Brand -> channel id."""


class SlackChannel:
    """The channel of one program. `run` it beside everything else; `notice` is for the local page."""

    def __init__(
        self,
        desk: Desk,
        kept: Kept,
        face: Face,
        *,
        line: Line,
        names: Names,
        http: aiohttp.ClientSession,
        clock: Clock,
        random: Random | None = None,
        aides: Aides | None = None,
    ) -> None:
        random = random or Random()  # noqa: S311 - spreads retries, hides nothing
        self._desk = desk
        self._names = names
        self._clock = clock
        self._random = random
        self.trouble = Trouble(clock)
        self._web = Web(http, token=line.bot_token, clock=clock, base_url=line.base_url)
        self._gate = Gate(self._web, names.ids, clock)
        self.clerk = Clerk(desk, self._web, kept, face, self._gate, clock, self._reader, random, aides or Aides())
        self.board = Board(desk, self._web, kept, face, names.channels, clock, self._reader, self.trouble, random)
        self.sockets: Sockets | None = None
        if line.app_token:
            opener = Web(http, token=line.app_token, clock=clock, base_url=line.base_url)
            told = self._told_of_sockets
            self.sockets = Sockets(http, opener, self.clerk.receive, clock, random, tell=told)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`. Never raises for what Slack does."""
        async with asyncio.TaskGroup() as group:
            if self.sockets is not None:  # clicks are stored from the first second on, whatever else is known
                group.create_task(self.sockets.run(stop), name="slack sockets")
            if await self._introduced(stop):
                group.create_task(self.clerk.run(stop), name="slack clicks")
                group.create_task(self.board.run(stop), name="slack board")

    def notice(self) -> str:
        """What people have to know of Slack; empty for nothing."""
        return self.trouble.notice()

    async def _introduced(self, stop: asyncio.Event) -> bool:
        """Learn who we are and where; False when `stop` came first."""
        waits = retry.delays(self._random)
        while not stop.is_set():
            try:
                said = await self._web.ask("auth.test")
            except BonmotError as error:
                self.trouble.tell("bot token", str(error))
                wish = getattr(error, "retry_after_secs", None) or 0.0
                wait = PERSON_SECS if isinstance(error, AuthNeeded) else max(wish, next(waits))
                await sleep_unless(stop, self._clock, wait)
                continue
            self._gate.team, self.board.own = str(said.get("team_id")), str(said.get("user_id"))
            self.trouble.tell("bot token", "")
            return True
        return False

    async def _reader(self) -> Reader:
        pause = await self._desk.paused()
        return Reader("", self._clock.now(), self._names.people, self._names.brands, pause)

    def _told_of_sockets(self, why: str) -> None:
        self.trouble.tell("clicks", why)
