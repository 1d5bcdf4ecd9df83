"""A running inbox over a desk in memory, and visitors who talk to it as a browser would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from monitor.clock import FakeClock
from responders.approvals import samples
from responders.approvals.fake import FakeDesk
from responders.approvals.inbox import InboxApp, build

TOKEN = "a-token-for-scripts"


@dataclass
class Visitor:
    """One browser: its cookies, and the token it was given at login."""

    url: str
    http: aiohttp.ClientSession
    csrf: str = ""

    @property
    def origin(self) -> str:
        return self.url.rstrip("/")

    async def login(self, link: str) -> tuple[int, dict[str, Any]]:
        status, answer = await self.post("api/login", {"code": link.partition("#code=")[2]})
        self.csrf = answer.get("csrf", self.csrf)
        return status, answer

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as response:
            return response.status, await response.text()

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        sent = {"Origin": self.origin, "X-CSRF-Token": self.csrf} | headers
        async with self.http.post(self.url + path, json=body, headers=sent) as response:
            return response.status, await response.json()

    def cookie(self) -> str:
        return next((morsel.value for morsel in self.http.cookie_jar), "")


@dataclass
class House:
    """Clock, desk and page of one test."""

    clock: FakeClock
    desk: FakeDesk
    inbox: InboxApp
    opened: list[aiohttp.ClientSession] = field(default_factory=list)

    def offer(self, key: str = "p1", **changes: Any) -> None:
        """Put a card up; keyword arguments change the proposal."""
        named = changes.pop("trend", None)
        offered = samples.opportunity(of=named)
        self.desk.offer(offered, samples.proposal(key, offered, **changes))

    def visitor(self) -> Visitor:
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.opened.append(http)
        return Visitor(self.inbox.url, http)

    async def enter(self, person: str = "maya") -> Visitor:
        visitor = self.visitor()
        status, _ = await visitor.login(self.inbox.login_url(person))
        assert status == 200
        return visitor

    async def pass_time(self, secs: float) -> None:
        await self.clock.advance(secs)
        await self.desk.tick()

    async def raw(self, text: str) -> str:
        """Send bytes as they are and return the whole answer."""
        parts = urlsplit(self.inbox.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(text.encode())
        async with asyncio.timeout(5):
            answer = await reader.read(4000)
        writer.close()
        await writer.wait_closed()
        return answer.decode()

    async def close(self) -> None:
        for http in self.opened:
            await http.close()
        self.desk.close()
        await self.inbox.close()


@asynccontextmanager
async def open_house(**hooks: Any) -> AsyncIterator[House]:
    """An inbox on a free port with nothing on it yet."""
    clock = FakeClock(samples.START)
    desk = FakeDesk(clock)
    inbox = build(desk, people=samples.PEOPLE, brands=samples.BRANDS, clock=clock, port=0, token=TOKEN, **hooks)
    house = House(clock, desk, inbox)
    await inbox.start()
    try:
        yield house
    finally:
        await house.close()
