"""Trying Slack without saying anything there: both tokens, and each channel."""

from __future__ import annotations

from collections.abc import Collection

import aiohttp

from monitor.clock import Clock
from monitor.errors import BonmotError
from monitor.probing import Finding, doubtful, failed, fine
from monitor.schema import SlackSettings
from responders.approvals.slack.web import Web
from responders.calling import shown

LOOK = "look at the app's page at api.slack.com/apps, under OAuth & Permissions"


async def probe(
    settings: SlackSettings, http: aiohttp.ClientSession, clock: Clock, *, groups: Collection[str] = ()
) -> list[Finding]:
    """Whether the bot is known, a socket may be opened, the bot is in each channel, and groups tell their members.

    Posts nothing. `groups` are those the brands name, by their bare ids.
    """
    bot = Web(http, token=settings.bot_token, clock=clock, base_url=settings.base_url)
    app = Web(http, token=settings.app_token, clock=clock, base_url=settings.base_url)
    found = [await _bot(bot), await _sockets(app)]
    found += [await _channel(bot, brand, room) for brand, room in settings.channels.items()]
    return found + [await _group(bot, key, settings) for key in sorted(groups)]


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


async def _group(web: Web, key: str, settings: SlackSettings) -> Finding:
    part = f"group {key}"
    try:
        said = (await web.ask("usergroups.users.list", usergroup=key)).get("users")
    except BonmotError as error:
        do = "give the bot usergroups:read; user groups are of paid plans alone"
        if settings.groups.get(key):
            return doubtful(part, f"{error}; the list under slack.groups counts meanwhile", do)
        return failed(part, error, f"{do}; until then name people, or list its members under slack.groups")
    count = len(said) if isinstance(said, list) else 0
    return fine(part, f"tells its {count} members; those with a `slack` id under people may decide")
