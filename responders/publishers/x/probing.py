"""Whether X knows each account's keys, whose they are, and whether they may write. Posts nothing.

Asking whose keys they are may be charged as one read of our own, a tenth of a cent; it is not written into the book,
which belongs to the daemon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from monitor.clock import Clock
from monitor.errors import BonmotError
from monitor.probing import Finding, ahead_secs, doubtful, failed, fine
from responders.publishers.x.client import Client
from responders.publishers.x.reading import account_id
from responders.publishers.x.speaker import bare

if TYPE_CHECKING:
    from responders.publishers.x import Settings

REMEDY = "make new keys in X's developer console, as that account, with the app set to `Read and write`; export them"


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """One question an account; 75 are allowed in a quarter of an hour."""
    return [await _account(settings, http, clock, handle=handle) for handle in settings.accounts]


async def _account(settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, handle: str) -> Finding:
    client = Client(
        http,
        base_url=settings.base_url,
        keys=settings.accounts[handle],
        clock=clock,
        timeout_secs=settings.timeout_secs,
    )
    try:
        answer = await client.get("/2/users/me")
        account_id(answer.json, bare(handle))
    except BonmotError as error:
        return failed(handle, error, REMEDY)
    if answer.headers.get("x-access-level") == "read":
        return doubtful(handle, "is let in, and its keys may only read", REMEDY)
    place = urlsplit(settings.base_url).netloc
    return fine(handle, f"is let in at {place}", ahead=ahead_secs(answer.headers, clock.now()))
