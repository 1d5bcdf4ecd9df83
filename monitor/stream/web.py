"""What an HTTP answer means for a source: try later, ask a person, or never again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import aiohttp
from pydantic import Field

from monitor.errors import AuthNeeded, BonmotError, Refused, Throttled, Unavailable
from monitor.visible import visible

CONNECT_SECS = 15.0
LONGEST_WAIT_SECS = 3600.0
"""A server may ask for more; within an hour somebody has looked whether it still means it."""
SHOWN_CHARS = 200
READ_AHEAD_BYTES = 1 << 18
"""Fewer stops and starts of the socket where posts come fast."""

HttpUrl = Annotated[
    str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=500, description="an address with http(s)://")
]
SocketUrl = Annotated[
    str, Field(pattern=r"^wss?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=500, description="an address with ws(s)://")
]


def session(contact: str = "", token: str = "") -> aiohttp.ClientSession:
    """A client for one connection: no cookies, no proxy of the environment, and no end; silence is the watchdog's."""
    headers = {"User-Agent": user_agent(contact)}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return aiohttp.ClientSession(
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECS),
        cookie_jar=aiohttp.DummyCookieJar(),
        read_bufsize=READ_AHEAD_BYTES,
    )


def user_agent(contact: str = "") -> str:
    """Who we are. Public services ask for somebody to write to, which is for the operator to say."""
    try:
        ours = f"bonmot/{version('bonmot')}"
    except PackageNotFoundError:
        ours = "bonmot"
    return f"{ours} ({contact})" if contact else ours


def failure(status: int, headers: Mapping[str, str], place: str, *, now: datetime) -> BonmotError:
    """What to raise for an answer that is no stream; `place` is where it came from, without secrets."""
    if status == 401:
        return AuthNeeded(f"{place} answers 401: it wants a valid token")
    if status == 403:
        return Refused(f"{place} answers 403: it does not let us in")
    if status == 429:
        return Throttled(f"{place} answers 429: too many calls", retry_after_secs=wait_secs(headers, now))
    if status >= 500 or status in (408, 425):
        return Unavailable(f"{place} answers {status}", retry_after_secs=wait_secs(headers, now))
    if 300 <= status < 400:
        return Refused(f"{place} has moved to {visible(headers.get('Location', 'nowhere'))[:SHOWN_CHARS]}")
    return Refused(f"{place} answers {status}: is the address right?")


def lost(error: Exception, place: str) -> Unavailable:
    """What to raise when the connection itself failed."""
    return Unavailable(f"{place}: {visible(str(error) or type(error).__name__)[:SHOWN_CHARS]}")


def wait_secs(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long the server asks us to wait, at most an hour; None where it does not say, or says nonsense.

    `Retry-After` is seconds or a date (RFC 9110, 10.2.3); Mastodon's `X-RateLimit-Reset` is an ISO time.
    """
    for name in ("Retry-After", "X-RateLimit-Reset"):
        secs = _secs(headers.get(name, "").strip(), now)
        if secs is not None:
            return min(secs, LONGEST_WAIT_SECS)
    return None


def _secs(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except (ValueError, TypeError):
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    return None
