"""Slack as a channel: cards in, clicks out. It works beside the local page, never in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random

import aiohttp

from monitor import retry
from monitor.clock import Clock, sleep_unless
from monitor.errors import AuthNeeded, BonmotError
from responders.approvals import Desk
from responders.approvals.aides import Aides
from responders.approvals.shapes import Reader
from responders.approvals.slack import groups
from responders.approvals.slack.board import Board
from responders.approvals.slack.clerk import Clerk
from responders.approvals.slack.door import Door
from responders.approvals.slack.face import Face
from responders.approvals.slack.groups import Groups
from responders.approvals.slack.kept import Kept
from responders.approvals.slack.people import Gate
from responders.approvals.slack.plots import Plots, Trends
from responders.approvals.slack.signed import Ours
from responders.approvals.slack.socket import Sockets
from responders.approvals.slack.thread import Thread
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
    signing_secret: str = field(default="", repr=False)
    """For clicks over HTTP; empty in Socket Mode."""
    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who; all are read anew each time, so that changed settings count at once."""

    ids: Mapping[str, str]
    """Slack id -> person."""
    people: Mapping[str, str]
    brands: Mapping[str, str]
    channels: Mapping[str, str]
    """Brand -> channel id."""
    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    """User group -> Slack ids, for the time while Slack does not tell."""


class SlackChannel:
    """The channel of one program. `run` it beside everything else; `notice` is for the local page.

    `picture` reads a draft's picture by its SHA-256, as the page's does; without it words tell of pictures.
    """

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
        trends: Trends | None = None,
        aides: Aides | None = None,
        picture: Callable[[str], bytes] | None = None,
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
        self.plots = Plots(self._web, kept, clock, self.trouble, trends=trends, picture=picture)
        self.board = Board(
            desk, self._web, kept, face, names.channels, clock, self._reader, self.trouble, self.plots, random
        )
        self.plots.tell = self.board.mark
        self.board.thread = Thread(
            self._web, kept, names.ids, names.people, clock, lambda: self.board.own, self.board.done_at
        )
        asks = Web(http, token=line.bot_token, clock=clock, base_url=line.base_url, timeout_secs=groups.TIMEOUT_SECS)
        self.groups = Groups(asks, names.ids, names.groups, clock, self.trouble)
        self.sockets: Sockets | None = None
        if line.app_token:
            opener = Web(http, token=line.app_token, clock=clock, base_url=line.base_url)
            told = self._told_of_sockets
            self.sockets = Sockets(http, opener, self.clerk.receive, clock, random, tell=told)
        self.door: Door | None = None
        if line.signing_secret:
            self.door = Door(line.signing_secret, self.clerk.receive, clock, host=line.host, port=line.port)

    async def open(self) -> None:
        """Listen where clicks come in over HTTP, so that a port that is taken stops the start. Raises BadInput."""
        if self.door is not None:
            await self.door.open()

    async def close(self) -> None:
        """Stop listening, for whoever opened and never ran; idempotent."""
        if self.door is not None:
            await self.door.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`. Never raises for what Slack does."""
        async with asyncio.TaskGroup() as group:
            if self.sockets is not None:  # clicks are stored from the first second on, whatever else is known
                group.create_task(self.sockets.run(stop), name="slack sockets")
            if self.door is not None:
                group.create_task(self.door.run(stop), name="slack door")
            if await self._introduced(stop):
                group.create_task(self.clerk.run(stop), name="slack clicks")
                group.create_task(self.board.run(stop), name="slack board")
                group.create_task(self.plots.run(stop), name="slack pictures")

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
            if self.door is not None:
                self.door.ours = Ours(self._gate.team, await self._app(said.get("bot_id")))
            self.trouble.tell("bot token", "")
            return True
        return False

    async def _app(self, bot: object) -> str:
        """The id of our app; empty where Slack does not tell it: the signature proves the app as well."""
        try:
            known = (await self._web.ask("bots.info", bot=bot)).get("bot")
        except BonmotError:
            return ""
        return str(known.get("app_id") or "") if isinstance(known, dict) else ""

    async def _reader(self) -> Reader:
        pause, rota = await self._desk.paused(), await self._desk.rota()
        return Reader("", self._clock.now(), self._names.people, self._names.brands, pause, rota)

    def _told_of_sockets(self, why: str) -> None:
        self.trouble.tell("clicks", why)
