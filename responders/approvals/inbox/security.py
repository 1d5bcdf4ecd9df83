"""The doorkeepers: Host, Origin, token, type and session are checked here, before any handler runs.

Any page a person visits can send something to 127.0.0.1, and any name can be made to point there; so being local
proves nothing. Sources: RFC 6265bis, the Fetch standard's `Origin` and `Sec-Fetch-Site`, OWASP's CSRF pages.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from responders.approvals.inbox.sessions import SESSION_LIFE, Session, Sessions

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/login", "/api/login", "/healthz", "/readyz", "/metrics"})
"""Reached without a session; the last two decide for themselves how much they tell."""
BEARER_PATHS = frozenset({"/readyz", "/metrics", "/api/login-links"})
HANDLER_SECS = 30.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "bonmot",
}


@dataclass(slots=True)
class Door:
    """What the doorkeepers know. `hosts` is filled once the port is known; until then everybody is refused."""

    sessions: Sessions
    token: str | None
    """The bearer token of scripts, or None where none may come in."""
    hosts: set[str] = field(default_factory=set)


DOOR = web.AppKey("door", Door)
SESSION = web.RequestKey("session", Session)


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every name but our own: this is what stops DNS rebinding."""
    host = request.headers.get("Host")
    # `request.host` differs from the header when the request line carries a whole address.
    if host not in request.app[DOOR].hosts or request.host != host:
        raise web.HTTPMisdirectedRequest(text="This is not a name of this page.")
    return await handler(request)


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let acts come from our own page only, and nothing but page views from elsewhere."""
    site = request.headers.get("Sec-Fetch-Site")
    if request.method in READS:
        is_view = request.headers.get("Sec-Fetch-Mode") == "navigate"
        if site in ("cross-site", "same-site") and not is_view:
            raise web.HTTPForbidden(text="Another page may not read this one.")
    elif not (_is_own_origin(request, site) or is_bearer(request)):
        raise web.HTTPForbidden(text="This did not come from the inbox page.")
    return await handler(request)


@web.middleware
async def check_type(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take JSON only: a plain form of a foreign page cannot send that type without asking us first."""
    if request.method not in READS and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    return await handler(request)


@web.middleware
async def check_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Know the person, and for acts the token that only our own page could read."""
    door = request.app[DOOR]
    session = door.sessions.find(request.cookies.get(door.sessions.cookie_name))
    if session is not None:
        request[SESSION] = session
    if request.path in OPEN_PATHS or request.path.startswith("/static/"):
        return await handler(request)
    if is_bearer(request) and request.path in BEARER_PATHS:
        return await handler(request)
    if session is None:
        raise web.HTTPSeeOther("/login") if request.path == "/" else web.HTTPUnauthorized(text="Please log in.")
    if request.method not in READS:
        _check_act(request, session)
    return await handler(request)


@web.middleware
async def check_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give up on a handler that hangs; the stream of changes is meant to last."""
    if request.path == "/stream":
        return await handler(request)
    try:
        async with asyncio.timeout(HANDLER_SECS):
            return await handler(request)
    except TimeoutError:
        raise web.HTTPServiceUnavailable(text="This took too long; look at the card before trying again.") from None


def is_bearer(request: web.Request) -> bool:
    """Whether a script came with the token and without any cookie."""
    token = request.app[DOOR].token
    given = request.headers.get("Authorization", "")
    if token is None or "Cookie" in request.headers:
        return False
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def set_cookie(response: web.StreamResponse, sessions: Sessions, value: str) -> None:
    """No `Secure` and no `__Host-` name: the page is plain http on loopback."""
    max_age = int(SESSION_LIFE.total_seconds())
    name = sessions.cookie_name
    response.set_cookie(name, value, httponly=True, samesite="Strict", path="/", max_age=max_age)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the safety headers on every answer, errors and static files included."""
    response.headers.update(HEADERS)
    is_static = request.path.startswith("/static/")
    response.headers["Cache-Control"] = "no-cache" if is_static else "no-store"


def _is_own_origin(request: web.Request, site: str | None) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return site == "same-origin"
    return origin == f"http://{request.host}"


def _check_act(request: web.Request, session: Session) -> None:
    sessions = request.app[DOOR].sessions
    given = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), sessions.csrf(session).encode()):
        raise web.HTTPForbidden(text="The page is out of date; reload it.")
    if sessions.is_idle(session) and request.path != "/api/logout":
        raise web.HTTPUnauthorized(text="You were away for more than 30 minutes; please log in again.")
    sessions.touch(session)


MIDDLEWARES = (check_host, check_origin, check_type, check_session, check_time)
