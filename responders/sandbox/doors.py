"""A server on loopback with several doors, each with faults of its own: also answers that are lost after the act."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from monitor.clock import Clock, SystemClock
from responders.sandbox.faults import PAGE, Loopback, cut

NOT_DONE = {
    "cut": "not done, the connection is cut",
    "unready": "not done, answered with 503",
    "broken": "not done, answered with 500 and a page of HTML",
    "limit": "not done, answered with 429 that says when it is over, in `secs`",
    "limit_blank": "not done, answered with 429 that does not say when it is over",
    "auth": "not done, answered with 401",
    "forbidden": "not done, answered with 403",
    "refuse": "not done, answered with 422",
    "missing": "not done, answered with 404",
    "moved": "not done, answered with 302 to another door",
}
DONE = {
    "fine": "done and answered, as ever; for a fault that should meet a later call",
    "drop": "done, then the connection is cut without an answer",
    "half": "done, then the answer is cut in the middle",
    "silence": "done, and no answer until the client goes",
    "error": "done, answered with 500",
    "page": "done, answered with 200 and a page of HTML",
    "odd": "done, answered with 200 and JSON in which nothing is as it should be",
}
STATUSES = {
    "unready": 503,
    "limit": 429,
    "limit_blank": 429,
    "auth": 401,
    "forbidden": 403,
    "refuse": 422,
    "missing": 404,
}

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One fault for one call."""

    kind: str
    secs: float = 0.0


@dataclass(slots=True)
class Dial:
    """Faults waiting for calls, first in, first out, for each door; the first door where none is named."""

    doors: tuple[str, ...]
    waiting: dict[str, deque[Turn]] = field(default_factory=dict)

    def turn(self, kind: str, *, door: str = "", secs: float = 0.0, times: int = 1) -> None:
        """Let the next calls meet a fault. Raises ValueError for an unknown kind or door."""
        if kind not in NOT_DONE | DONE:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(sorted(NOT_DONE | DONE))}")
        if door and door not in self.doors:
            raise ValueError(f"{door!r} is no door; there are {', '.join(self.doors)}")
        self.waiting.setdefault(door or self.doors[0], deque()).extend([Turn(kind, secs)] * times)

    def next(self, door: str) -> Turn:
        """What this call meets."""
        waiting = self.waiting.get(door)
        return waiting.popleft() if waiting else Turn("fine")


class Doors(Loopback):
    """The server. `calls` holds which doors were knocked at, in order."""

    def __init__(self, clock: Clock | None, doors: tuple[str, ...]) -> None:
        self.clock = clock or SystemClock()
        self.dial = Dial(doors)
        self.calls: list[str] = []

    def behind(self, door: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler behind a door."""

        async def met(request: web.Request) -> web.StreamResponse:
            self.calls.append(door)
            turn = self.dial.next(door)
            if turn.kind in NOT_DONE:
                return self._refusal(turn, request)
            return await _spoilt(turn, await handler(request), request)

        return met

    def no(self, status: int, secs: float | None) -> web.Response:
        """A refusal in the words of the platform; `secs` until a limit is over."""
        raise NotImplementedError

    def _refusal(self, turn: Turn, request: web.Request) -> web.StreamResponse:
        if turn.kind == "cut":
            return cut(request)
        if turn.kind == "broken":
            return web.Response(body=PAGE, status=500, content_type="text/html")
        if turn.kind == "moved":
            return web.Response(status=302, headers={"Location": f"{self.url}/elsewhere"})
        return self.no(STATUSES[turn.kind], turn.secs if turn.kind == "limit" else None)

    async def _turn(self, request: web.Request) -> web.Response:
        # A page elsewhere can send a form here, but no JSON without asking first.
        if request.content_type != "application/json":
            return web.json_response({"error": "send JSON"}, status=415)
        try:
            self.dial.turn(**await request.json())
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})


async def _spoilt(turn: Turn, answer: web.Response, request: web.Request) -> web.StreamResponse:
    """The answer after the act, or what becomes of it on the way."""
    if turn.kind == "drop":
        return cut(request)
    if turn.kind == "silence":
        await asyncio.Event().wait()
    if turn.kind == "half":
        body = answer.body if isinstance(answer.body, bytes) else b"{}"
        begun = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
        await begun.prepare(request)
        await begun.write(body[: len(body) // 2])
        return cut(request)
    if turn.kind == "error":
        return web.json_response({"error": "Internal Server Error"}, status=500)
    if turn.kind == "page":
        return web.Response(body=PAGE, content_type="text/html")
    return web.json_response([{"id": 1, "created_at": "soon", "content": None}]) if turn.kind == "odd" else answer
