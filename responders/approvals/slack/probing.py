"""Trying Slack without saying anything there: tokens and scopes, each channel, group and person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError
from monitor.probing import Finding, Health, doubtful, failed, fine
from monitor.schema import ListenSettings, SlackSettings, is_loopback
from responders.approvals.slack.kept import Payload
from responders.approvals.slack.people import FLAGS
from responders.approvals.slack.scopes import OPTIONAL, SCOPES, missing
from responders.approvals.slack.web import ScopeMissing, Web
from responders.calling import shown

APP_PAGE = "look at the app's page at api.slack.com/apps, under OAuth & Permissions"
GRANT = "add it there (OAuth & Permissions, Bot Token Scopes), install the app again, and export the new token"
SOCKETS = "it needs the scope connections:write (Basic Information, App-Level Tokens), and Socket Mode switched on"
SECRET = "copy it again from the app's page: Basic Information, Signing Secret"  # noqa: S105 - says where one lies
INVITE = "write /invite @bonmot in the channel"
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_ROOM_REMEDIES: Mapping[str, str] = {
    "channel_not_found": f"copy its id again (the channel's name, at the foot of About); if it is private, {INVITE}",
    "missing_scope": GRANT,
}
_GROUP_REMEDIES: Mapping[str, str] = {
    "no_such_subteam": "copy its id again (People, User groups, Copy group ID)",
    "subteam_not_found": "copy its id again (People, User groups, Copy group ID)",
    "plan_upgrade_required": "user groups are there on paid plans only: name people as approvers",
    "missing_scope": GRANT,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tried."""

    slack: SlackSettings
    people: Mapping[str, str] = field(default_factory=dict)
    """Slack's id -> the key in the settings."""
    groups: Sequence[str] = ()
    """Ids of the groups among the approvers."""
    door: Callable[[ListenSettings], Finding] | None = None
    """Tells whether this machine can listen there."""


async def probe(asked: Asked, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether the bot is known and may do what it has to, clicks can come in, and channels, groups, people are there.

    Posts nothing and opens nothing that stays open.
    """
    settings = asked.slack
    bot = Web(http, token=settings.bot_token, clock=clock, base_url=settings.base_url)
    known, found = await _bot(bot)
    if settings.app_token:
        found += [await _sockets(Web(http, token=settings.app_token, clock=clock, base_url=settings.base_url))]
    else:
        found += _door(settings, asked.door)
    if known is None:
        return found  # with a token that does not do, everything else would say the same
    rooms = [await _channel(bot, brand, room) for brand, room in settings.channels.items()]
    groups = [await _group(bot, group, settings) for group in asked.groups]
    team = str(known.get("team_id") or "")
    people = [await _person(bot, user, key, team=team) for user, key in asked.people.items()]
    return [*found, *_scopes(bot), *rooms, *groups, *people]


async def _bot(web: Web) -> tuple[Payload | None, list[Finding]]:
    try:
        said = await web.ask("auth.test")
    except BonmotError as error:
        return None, [failed("bot token", error, f"it has to begin with xoxb- (xapp-... is the app token); {APP_PAGE}")]
    return said, [fine("bot token", f"is {shown(said.get('user'))}'s in {shown(said.get('team'))}")]


async def _sockets(web: Web) -> Finding:
    try:
        await web.ask("apps.connections.open")  # an address that nobody uses lapses
    except BonmotError as error:
        return failed("app token", error, f"it begins with xapp-; {SOCKETS}")
    return fine("app token", "opens sockets")


def _door(settings: SlackSettings, can_listen: Callable[[ListenSettings], Finding] | None) -> list[Finding]:
    """The signing secret cannot be tried: nobody but Slack signs with it. What it has to look like is known."""
    place = settings.door or ListenSettings()
    found = [fine("signing secret", "looks like one; only a click from Slack tries it")]
    if not _SIGNING_SECRET.fullmatch(settings.signing_secret):
        found = [doubtful("signing secret", "does not look like one: 32 digits and letters from a to f", SECRET)]
    if can_listen is not None:
        found.append(can_listen(place))
    if not is_loopback(place.host):
        said = f"clicks are taken at {place.host} in plain HTTP"
        found.append(doubtful("listen", said, "let only the proxy that speaks TLS reach it"))
    return found


def _scopes(web: Web) -> list[Finding]:
    """What the token lacks, as far as Slack told what it has: with every answer, or when it refused something."""
    if web.scopes is None:
        return [fine("scopes", "Slack does not say which the token has; nothing that was tried lacked one")]
    lacking = missing(web.scopes)
    if not lacking:
        return [fine("scopes", f"all {len(SCOPES)} are there")]
    return [_lacking(scope, why) for scope, why in lacking.items()]


def _lacking(scope: str, why: str) -> Finding:
    health = Health.WARNING if scope in OPTIONAL else Health.FAILED
    return Finding(f"scope {scope}", health, f"is missing: {why}", GRANT)


async def _channel(web: Web, brand: str, room: str) -> Finding:
    part = f"channel {room} of {brand}"
    about, finding = await _known(web, part, _ROOM_REMEDIES, method="conversations.info", channel=room)
    if finding is not None:
        return finding
    known = _object(about, "channel")
    if known.get("is_archived"):
        return Finding(part, Health.FAILED, "is archived: nothing can be posted there", "name another channel")
    if not known.get("is_member"):
        return Finding(part, Health.FAILED, "does not have the bot in it: cards cannot be posted there", INVITE)
    shared = ", which other workspaces see as well" if known.get("is_ext_shared") else ""
    return fine(part, f"is #{shown(known.get('name'))}{shared}, and the bot is in it")


async def _group(web: Web, group: str, settings: SlackSettings) -> Finding:
    part = f"group {group}"
    about, finding = await _known(web, part, _GROUP_REMEDIES, method="usergroups.users.list", usergroup=group)
    if finding is not None and settings.groups.get(group):
        return doubtful(part, f"{finding.said}; the list under slack.groups counts meanwhile", finding.do)
    if finding is not None:
        return finding
    users = about.get("users")
    count = len(users) if isinstance(users, list) else 0
    if not count:
        return doubtful(part, "has nobody in it: nobody of it can say yes", "put people into it")
    return fine(part, f"has {count} people; those with a `slack` id under people may decide")


async def _person(web: Web, user: str, key: str, *, team: str) -> Finding:
    part = f"person {key}"
    remedies = {"user_not_found": "copy the member id again: their profile, Copy member ID", "missing_scope": GRANT}
    about, finding = await _known(web, part, remedies, method="users.info", user=user)
    if finding is not None:
        return finding
    known = _object(about, "user")
    wrong = next((what for flag, what in FLAGS.items() if known.get(flag)), None)
    if known.get("team_id") not in (team, None):
        wrong = FLAGS["is_stranger"]
    name = shown(known.get("real_name") or known.get("name"))
    if wrong:
        return doubtful(part, f"{user} ({name}) is {wrong}, and decides nothing", "name a full member of the workspace")
    return fine(part, f"{user} is {name}")


async def _known(
    web: Web, part: str, remedies: Mapping[str, str], *, method: str, **args: Any
) -> tuple[Payload, Finding | None]:
    """What a method tells, or what a person is told where it tells nothing."""
    try:
        return await web.ask(method, **args), None
    except BonmotError as error:
        word = "missing_scope" if isinstance(error, ScopeMissing) else getattr(error, "error", "")
        usual = APP_PAGE if isinstance(error, AuthNeeded) else ""
        return {}, failed(part, error, remedies.get(word, usual))


def _object(about: Payload, key: str) -> Payload:
    found = about.get(key)
    return found if isinstance(found, dict) else {}
