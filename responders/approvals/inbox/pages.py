"""What a browser may look at: the page, single cards, the lists below and the plots. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from monitor.errors import Refused
from responders import plot
from responders.approvals import Card, words
from responders.approvals.ears import ears
from responders.approvals.inbox.context import CONTEXT, Context, reader_of, render, session_of
from responders.approvals.inbox.security import SESSION, is_bearer
from responders.approvals.shapes import CardView, Reader
from responders.approvals.views import aged, passed, view

NOTICE_LETTERS = 600
JUST_POSTED = timedelta(minutes=15)
KINDS: dict[str, Callable[[bytes], bool]] = {
    "image/png": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "image/webp": lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
}
"""Nothing else is ever served from what a card holds."""
ID = "{id:[A-Za-z0-9_.-]{1,100}}"


async def page(request: web.Request) -> web.Response:
    """The inbox, whole."""
    context, session, reader = request.app[CONTEXT], session_of(request), await reader_of(request)
    if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":  # not the script that keeps the page fresh
        context.sessions.touch(session)
    cards = [view(card, reader) for card in await _going_on(context, await context.desk.cards())]
    return render(
        request,
        "page.html",
        reader=reader,
        csrf=context.sessions.csrf(session),
        open_cards=[card for card in cards if _is_near(card, reader)],
        closed_cards=[card for card in cards if not _is_near(card, reader)],
        waiting=sum(card.state == "pending" and card.is_open for card in cards),
        session=session,
        sessions=context.sessions.of(session.person),
        **await _lists(request, reader),
    )


async def card(request: web.Request) -> web.Response:
    """One card as a piece of HTML."""
    reader = await reader_of(request)
    return render(request, "card.html", c=view(await _card(request), reader), reader=reader)


async def part(request: web.Request) -> web.Response:
    """One of the lists around the cards."""
    reader = await reader_of(request)
    name = request.match_info["part"]
    return render(request, f"{name}.html", reader=reader, **await _lists(request, reader))


async def picture(request: web.Request) -> web.Response:
    """The plot of a card's trend."""
    found = await _card(request)
    theme: plot.Theme = "dark" if request.query.get("theme") == "dark" else "light"
    width = plot.NARROW if request.query.get("size") == "narrow" else plot.WIDE
    text = plot.draw(plot.of_trend(found.opportunity.trend), theme, width=width)
    return web.Response(text=text, content_type="image/svg+xml", charset="utf-8")


async def shown(request: web.Request) -> web.Response:
    """A picture of a card, to the last byte as it would be posted; its type is told from its own first bytes."""
    read = request.app[CONTEXT].hooks.picture
    if read is None:
        raise web.HTTPNotFound(text="No pictures here.")
    try:
        data = await asyncio.to_thread(read, request.match_info["sha256"])
    except Refused as error:
        raise web.HTTPNotFound(text=str(error)) from None
    kind = next((kind for kind, starts in KINDS.items() if starts(data)), None)
    if kind is None:
        raise web.HTTPNotFound(text="That is no picture.")
    return web.Response(body=data, content_type=kind)


async def login_page(request: web.Request) -> web.Response:
    """Trades the code behind the # for a session; the code itself is never sent in an address."""
    return render(request, "login.html")


async def healthz(request: web.Request) -> web.Response:
    """The process answers; nothing more is said."""
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """Whether the daemon works; why not is told to those who may know."""
    hook = request.app[CONTEXT].hooks.ready
    is_ready, why = hook() if hook else (True, "ready")
    if SESSION not in request and not is_bearer(request):
        why = "ready" if is_ready else "not ready"
    return web.Response(text=why, status=200 if is_ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text format, for a session or a script with the token."""
    hook = request.app[CONTEXT].hooks.metrics
    if SESSION not in request and not is_bearer(request):
        raise web.HTTPUnauthorized(text="Metrics need the bearer token.")
    if hook is None:
        raise web.HTTPNotFound(text="No metrics here.")
    return web.Response(body=hook(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def _card(request: web.Request) -> Card:
    context = request.app[CONTEXT]
    found = await context.desk.card(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(text="There is no such card.")
    return (await _going_on(context, [found]))[0]


async def _going_on(context: Context, cards: list[Card]) -> list[Card]:
    """The cards with the present life of their trends; what was judged (samples, signals) stays as it was."""
    trends = {trend.id: trend for trend in await context.hooks.trends()} if context.hooks.trends else {}
    return [aged(card, trends.get(card.opportunity.trend.id)) for card in cards]


async def _lists(request: web.Request, reader: Reader) -> dict[str, Any]:
    context = request.app[CONTEXT]
    last_read, listening = context.hooks.last_read, context.hooks.listening
    notice = context.hooks.notice
    return {
        "notice": words.plain(notice(), NOTICE_LETTERS) if notice else "",
        "ears": ears(listening() if listening else {}, reader.now),
        "judged": [passed(judged, reader) for judged in await context.desk.judged()],
        "last_read": last_read() if last_read else None,
    }


def _is_near(card: CardView, reader: Reader) -> bool:
    """Whether it belongs among the cards: what is open, and what was just posted, where undo is at hand."""
    at = card.status.at
    is_fresh = card.state == "published" and at is not None and reader.now - at < JUST_POSTED
    return card.is_open or is_fresh


ROUTES = (
    web.get("/", page),
    web.get("/login", login_page),
    web.get(f"/cards/{ID}", card),
    web.get("/parts/{part:judged|pause|quiet|listening|trouble}", part),
    web.get(f"/plot/{ID}.svg", picture),
    web.get("/picture/{sha256:[0-9a-f]{64}}", shown),
    web.get("/healthz", healthz),
    web.get("/readyz", readyz),
    web.get("/metrics", metrics),
)
