"""Trying a network without posting and without reading for money: one polite question, and what a person is told.

A source or publisher may offer `async def probe(settings, http, clock) -> list[Finding]`. It asks a few questions that
cost nothing, each with an end, and raises BonmotError only where there is nothing more to be said than that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused, Throttled, Unavailable
from monitor.stream.web import failure, lost

PROBE_SECS = 10.0
"""Longer nobody waits for one answer."""
MOST_BYTES = 1 << 20


class Health(StrEnum):
    """How it stands with one thing that was tried."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. Neither `said` nor `do` holds a credential."""

    part: str
    """What of it: a host, an account, a feed."""
    health: Health
    said: str
    do: str = ""
    """What a person can do about it."""
    ahead_secs: float | None = None
    """By how much the server's clock is ahead of ours, where it told its time."""
    is_away: bool = False
    """It failed for want of an answer: that proves nothing of what was asked about."""

    @property
    def is_dead(self) -> bool:
        """Waiting does not help: a person has to do something."""
        return self.health is Health.FAILED and not self.is_away


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer; only that of a 200 has a body."""

    body: bytes
    headers: Mapping[str, str]
    ahead_secs: float | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked besides the address."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    """With a form it is a POST, of a log-in: nothing else may be sent."""
    is_stream: bool = False
    """The head is all that is wanted."""


async def ask(http: aiohttp.ClientSession, url: str, clock: Clock, *, question: Question | None = None) -> Reply:
    """One answer, without following it elsewhere: a redirect could carry a token away.

    Raises what an answer other than 200 means (see monitor.stream.web.failure), Unavailable for none in time.
    """
    asked, place = question or Question(), url.split("/")[2]
    try:
        async with (
            asyncio.timeout(PROBE_SECS),
            http.request(
                "GET" if asked.form is None else "POST",
                url,
                headers=dict(asked.headers),
                params=dict(asked.params),
                data=asked.form,
                allow_redirects=False,
            ) as response,
        ):
            ahead = ahead_secs(response.headers, clock.now())
            if response.status != 200:
                raise failure(response.status, response.headers, place, now=clock.now())
            body = b"" if asked.is_stream else await _body(response)
            if asked.is_stream:
                response.close()
            return Reply(body, response.headers, ahead)
    except TimeoutError as error:
        raise Unavailable(f"{place} gave no whole answer within {PROBE_SECS:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise lost(error, place) from error


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            response.close()
            raise Refused(f"{response.url.host} answers more than {MOST_BYTES} bytes")
    return bytes(body)


def ahead_secs(headers: Mapping[str, str], now: datetime) -> float | None:
    """By how much the clock behind `Date` (RFC 9110, 6.6.1) is ahead; a cache on the way adds the `Age` of its copy."""
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
        age = float(headers.get("Age", "0")[:12])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - now).total_seconds() + age


def fine(part: str, said: str, *, ahead: float | None = None) -> Finding:
    """It works."""
    return Finding(part, Health.OK, said, ahead_secs=ahead)


def doubtful(part: str, said: str, do: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(part, Health.WARNING, said, do)


def failed(part: str, error: BonmotError, do: str = "") -> Finding:
    """It does not work; what can be done follows from the kind of failure where nothing better is known."""
    return Finding(part, Health.FAILED, str(error), do or _remedy(error), is_away=isinstance(error, Unavailable))


def _remedy(error: BonmotError) -> str:
    if isinstance(error, AuthNeeded):
        return "renew the credential, export it again, and look whether it belongs to this server"
    if isinstance(error, Throttled):
        return "wait; look whether another program uses the same account"
    if isinstance(error, Unavailable):
        return "look whether this machine reaches it (name, proxy, firewall); it may be away for a while"
    return "look at the address and at what the account may do"


def json_of(reply: Reply, place: str) -> Any:
    """The answer as JSON. Raises Unavailable where it is none: a page of a proxy, perhaps."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{place} answers something that is no JSON") from error
