"""Whether each account's server answers and its token is that account's. Posts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from monitor.clock import Clock
from monitor.errors import BonmotError, Refused
from monitor.probing import Finding, ask, failed, fine
from responders.publishers.mastodon.speaker import Speaker

if TYPE_CHECKING:
    from responders.publishers.mastodon import Settings

REMEDY = (
    "make a new access token (Preferences, Development; profile, read:statuses, write:statuses) as that account and "
    "export it"
)


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Two or three questions an account; 300 are allowed in five minutes."""
    servers = dict.fromkeys(map(settings.server_of, settings.accounts))
    speakers = {handle: Speaker(settings, http, clock, handle=handle) for handle in settings.accounts}
    found = [await _server(server, http, clock) for server in servers]
    return found + [await _account(speaker, handle) for handle, speaker in speakers.items()]


async def _server(server: str, http: aiohttp.ClientSession, clock: Clock) -> Finding:
    """Whether it answers, and by how much its clock is ahead: posts are told from older ones by their time."""
    place = urlsplit(server).netloc
    try:
        reply = await ask(http, f"{server}/api/v1/instance", clock)
    except Refused as error:
        return fine(place, f"is there, and shows its page only to those it knows ({error})")
    except BonmotError as error:
        return failed(place, error)
    return fine(place, "answers", ahead=reply.ahead_secs)


async def _account(speaker: Speaker, handle: str) -> Finding:
    try:
        instance, _ = await speaker.here()
    except BonmotError as error:
        return failed(handle, error, REMEDY)
    return fine(handle, f"is let in; a status may have {instance.max_chars} characters")
