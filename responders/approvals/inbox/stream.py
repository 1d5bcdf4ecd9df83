"""Server-sent events: the page hears what changed and fetches just that. Only names and the time are sent here."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from monitor.clock import to_text
from responders.approvals.inbox.context import CONTEXT, Context, session_of
from responders.approvals.inbox.sessions import Session

BEAT_SECS = 15.0
MAX_STREAMS = 20
MAX_STREAMS_EACH = 4
"""A browser opens six connections to a host at most: older tabs are parked so that acts still find a free one."""
QUEUE_SIZE = 64
PLAIN = frozenset({"judged", "pause", "refresh"})
LAST = frozenset({"bye", "parked"})


@dataclass(slots=True, eq=False)
class Stream:
    """One open page. A full queue drops what it holds and says `refresh` instead."""

    session: Session
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))

    def put(self, what: str) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait("refresh")
            if what not in LAST:
                return
        self.queue.put_nowait(what)


async def stream(request: web.Request) -> web.StreamResponse:
    """Tell one page about changes until it leaves, logs out or the program stops."""
    context, session = request.app[CONTEXT], session_of(request)
    mine = Stream(session)
    _make_room(context, mine)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    try:
        await response.prepare(request)
        await _serve(context, mine, response)
    except ConnectionError:
        pass  # the page was closed: nothing to tell, and nobody to tell it to
    except ExceptionGroup as group:
        if group.split(ConnectionError)[1] is not None:
            raise
    finally:
        with suppress(ValueError):
            context.streams.remove(mine)
    return response


async def close_all(app: web.Application) -> None:
    """Let every page know that we stop; without this a stop would wait for all of them."""
    for open_stream in list(app[CONTEXT].streams):
        open_stream.put("parked")


async def _serve(context: Context, mine: Stream, response: web.StreamResponse) -> None:
    async with asyncio.TaskGroup() as group:
        pump = group.create_task(_pump(context, mine), name="inbox stream")
        try:
            await _write(response, "now", to_text(context.clock.now()))
            what = ""
            while what not in LAST:
                what = await _next(context, mine)
                await _tell(context, response, what)
        finally:
            pump.cancel()


async def _pump(context: Context, mine: Stream) -> None:
    async for what in context.desk.changes():
        mine.put(what)
    mine.put("parked")


async def _next(context: Context, mine: Stream) -> str:
    try:
        async with asyncio.timeout(BEAT_SECS):
            what = await mine.queue.get()
    except TimeoutError:
        what = "now"
    # Looked up every time: a logout elsewhere ends this page's stream with the next word.
    return what if context.sessions.is_alive(mine.session) else "bye"


async def _tell(context: Context, response: web.StreamResponse, what: str) -> None:
    if what in PLAIN or what in LAST:
        await _write(response, what, "")
    elif what != "now":
        await _write(response, "card", what)
    await _write(response, "now", to_text(context.clock.now()))


async def _write(response: web.StreamResponse, name: str, data: str) -> None:
    await response.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())


def _make_room(context: Context, mine: Stream) -> None:
    each = [s for s in context.streams if s.session is mine.session]
    if len(each) >= MAX_STREAMS_EACH:
        each[0].put("parked")
        context.streams.remove(each[0])
    if len(context.streams) >= MAX_STREAMS:
        context.streams.pop(0).put("parked")
    context.streams.append(mine)


ROUTES = (web.get("/stream", stream),)
