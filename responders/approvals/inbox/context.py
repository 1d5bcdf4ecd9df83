"""What every handler of the page needs, and the one place where HTML is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.clock import Clock, to_text
from monitor.listening import Listening
from monitor.model import Trend
from responders.approvals import Desk, words
from responders.approvals.inbox.security import SESSION
from responders.approvals.inbox.sessions import Session, Sessions
from responders.approvals.shapes import Reader


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the daemon lends the page; every one may be left out."""

    ready: Callable[[], tuple[bool, str]] | None = None
    metrics: Callable[[], bytes] | None = None
    last_read: Callable[[], datetime | None] | None = None
    """When the last post was read."""
    listening: Callable[[], Mapping[str, Listening]] | None = None
    """How it stands with each source, by name."""
    notice: Callable[[], str] | None = None
    """What a person has to know of the program itself; empty for nothing."""
    trends: Callable[[], Awaitable[Iterable[Trend]]] | None = None
    """The trends as they are this second, so that an open card shows how its trend goes on."""
    picture: Callable[[str], bytes] | None = None
    """The bytes of a picture by their SHA-256. Blocking; raises Refused where they are not there, or others."""


@dataclass(slots=True)
class Context:
    """One running page."""

    desk: Desk
    people: Mapping[str, str]
    brands: Mapping[str, str]
    clock: Clock
    sessions: Sessions
    hooks: Hooks
    html: Environment
    streams: list[Any] = field(default_factory=list)
    """The open streams of changes, oldest first."""
    url: str = ""


CONTEXT = web.AppKey("context", Context)


def environment() -> Environment:
    """Templates that escape everything and refuse unknown names."""
    html = Environment(
        loader=PackageLoader("responders.approvals.inbox"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html.filters.update(plain=words.plain, iso=to_text, clock=words.clock, span=words.span, countdown=words.countdown)
    return html


def session_of(request: web.Request) -> Session:
    """The session that the doorkeeper found; 401 where there is none."""
    if SESSION not in request:
        raise web.HTTPUnauthorized(text="Please log in.")
    return request[SESSION]


async def reader_of(request: web.Request) -> Reader:
    """The person at the other end, as the views want them."""
    context = request.app[CONTEXT]
    pause, rota = await context.desk.paused(), await context.desk.rota()
    return Reader(session_of(request).person, context.clock.now(), context.people, context.brands, pause, rota)


def render(request: web.Request, template: str, /, **names: Any) -> web.Response:
    """A page or a piece of one."""
    text = request.app[CONTEXT].html.get_template(template).render(**names)
    return web.Response(text=text, content_type="text/html", charset="utf-8")
