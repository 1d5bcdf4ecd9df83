"""Trying Slack without saying anything there: both tokens, and each channel."""

from __future__ import annotations

from typing import Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError
from monitor.probing import Finding, doubtful, failed, fine
from monitor.schema import SlackSettings
from responders.approvals.slack.web import Said, Web
from responders.calling import shown

WANTED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("files:write", "files.getUploadURLExternal", {"filename": "plot.png", "length": 1}),  # lapses when nothing comes
    ("files:read", "files.info", {"file": "F000000000"}),
)
"""Scopes that cards do without: a call that needs each and does nothing."""
LOOK = "look at the app's page at api.slack.com/apps, under OAuth & Permissions"


async def probe(settings: SlackSettings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether the bot is known, a socket may be opened, pictures can be shown, and the bot is in each channel.

    Posts nothing and uploads nothing.
    """
    bot = Web(http, token=settings.bot_token, clock=clock, base_url=settings.base_url)
    app = Web(http, token=settings.app_token, clock=clock, base_url=settings.base_url)
    found = [await _bot(bot), await _sockets(app), await _pictures(bot)]
    return found + [await _channel(bot, brand, room) for brand, room in settings.channels.items()]


async def _bot(web: Web) -> Finding:
    try:
        said = await web.ask("auth.test")
    except BonmotError as error:
        return failed("bot token", error, LOOK)
    return fine("bot token", f"is {shown(said.get('user'))}'s in {shown(said.get('team'))}")


async def _sockets(web: Web) -> Finding:
    try:
        await web.ask("apps.connections.open")  # an address that nobody uses lapses
    except BonmotError as error:
        return failed("app token", error, "it needs the scope connections:write, and Socket Mode switched on")
    return fine("app token", "opens sockets")


async def _pictures(web: Web) -> Finding:
    """A picture is welcome and not needed, so that a scope which is missing is a doubt and no failure."""
    missing = []
    for scope, method, args in WANTED:
        try:
            await web.ask(method, **args)
        except AuthNeeded:
            missing.append(scope)
        except Said:
            continue  # it was let in and found no such file
        except BonmotError as error:
            return doubtful("pictures", f"nobody knows whether they can be shown: {error}", "try again later")
    if missing:
        scopes = " and ".join(missing)
        return doubtful("pictures", f"are left out: the bot has no {scopes}", f"add {scopes} and install the app anew")
    return fine("pictures", "can be shown on cards")


async def _channel(web: Web, brand: str, room: str) -> Finding:
    part = f"channel {room} of {brand}"
    try:
        about = (await web.ask("conversations.info", channel=room)).get("channel")
    except BonmotError as error:
        return failed(part, error, "invite the bot to the channel, and give it channels:read and groups:read")
    known = about if isinstance(about, dict) else {}
    if known.get("is_archived"):
        return doubtful(part, "is archived: nothing can be posted there", "name another channel")
    if not known.get("is_member"):
        return doubtful(part, "does not have the bot in it: cards cannot be posted there", "invite the bot there")
    return fine(part, f"is #{shown(known.get('name'))}, and the bot is in it")
