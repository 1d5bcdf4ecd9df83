"""The local page put together: one aiohttp application on loopback in front of the desk."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from aiohttp import web, web_response

from monitor.clock import Clock
from monitor.errors import BadInput
from monitor.listening import Listening
from monitor.model import Trend
from responders.approvals import Desk
from responders.approvals.inbox import doors, pages, stream
from responders.approvals.inbox.context import CONTEXT, Context, Hooks, environment
from responders.approvals.inbox.failures import answer_failures
from responders.approvals.inbox.security import DOOR, HEADERS, MIDDLEWARES, Door, add_headers
from responders.approvals.inbox.sessions import Sessions

MAX_BODY_BYTES = 64 * 1024
NAMES = ("127.0.0.1", "localhost", "[::1]")
_ADDRESSES = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}


class InboxApp:
    """The page of one program. `start`, hand out `login_url`s, `close`."""

    def __init__(self, app: web.Application, *, host: str, port: int) -> None:
        self.app = app
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8642/`; empty before `start`."""
        return self.app[CONTEXT].url

    async def start(self) -> str:
        """Listen, and return the address. Raises BadInput when the port is taken."""
        # Lines too broken to become a request are answered before any of our code runs, under this name.
        web_response.SERVER_SOFTWARE = HEADERS["Server"]  # type: ignore[attr-defined]  # no public way exists
        listener = _listen(self._host, self._port)
        port = listener.getsockname()[1]
        # The names are known before the first connection is accepted.
        ports = ("", ":80") if port == 80 else (f":{port}",)
        self.app[DOOR].hosts.update(f"{name}{suffix}" for name in NAMES for suffix in ports)
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self.app[CONTEXT].url = f"http://{shown}:{port}/"
        self._runner = web.AppRunner(
            self.app,
            access_log=None,
            keepalive_timeout=30,
            max_line_size=8190,
            max_field_size=8190,
            shutdown_timeout=2.0,
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self.url

    def login_url(self, person: str) -> str:
        """A link that logs `person` in: once, within ten minutes. Raises BadInput for an unknown person."""
        return doors.link_for(self.app[CONTEXT], person)

    async def close(self) -> None:
        """Stop listening and end the open streams; idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


def build(
    desk: Desk,
    *,
    people: Mapping[str, str],
    brands: Mapping[str, str],
    clock: Clock,
    port: int = 8642,
    host: str = "127.0.0.1",
    secret: bytes | None = None,
    token: str | None = None,
    wall: Clock | None = None,
    ready: Callable[[], tuple[bool, str]] | None = None,
    metrics: Callable[[], bytes] | None = None,
    last_read: Callable[[], datetime | None] | None = None,
    listening: Callable[[], Mapping[str, Listening]] | None = None,
    notice: Callable[[], str] | None = None,
    trends: Callable[[], Awaitable[Iterable[Trend]]] | None = None,
    picture: Callable[[str], bytes] | None = None,
) -> InboxApp:
    """The page for `people` and `brands` (key -> title), not yet listening.

    `clock` counts the deadlines down; `wall` times logins and is the same clock unless the evening is replayed fast.
    `secret` keeps the cookie's name the same over restarts; `token` lets scripts at /metrics and /api/login-links.
    `picture` reads the pictures of cards.
    `last_read`, `listening` (by source) and `trends` (alive this second) keep the page telling while nobody decides.
    """
    sessions = Sessions(secret or secrets.token_bytes(32), wall or clock)
    app = web.Application(middlewares=[answer_failures, *MIDDLEWARES], client_max_size=MAX_BODY_BYTES)
    app[DOOR] = Door(sessions, token)
    hooks = Hooks(ready, metrics, last_read, listening, notice, trends, picture)
    app[CONTEXT] = Context(desk, people, brands, clock, sessions, hooks, environment())
    app.add_routes([*pages.ROUTES, *doors.ROUTES, *stream.ROUTES])
    app.router.add_static("/static/", Path(__file__).parent / "static", show_index=False, follow_symlinks=False)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(stream.close_all)
    return InboxApp(app, host=host, port=port)


def _listen(host: str, port: int) -> socket.socket:
    if host not in _ADDRESSES:
        raise BadInput(f"inbox.host: {host!r} is not a loopback address; use 127.0.0.1 and `ssh -L` from elsewhere")
    address = _ADDRESSES[host]
    try:
        return socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    except OSError as failure:
        raise BadInput(f"inbox.port: cannot listen on {host}:{port}: {failure.strerror}; choose another port") from None
