"""Whether Reddit lets the app in, and shows the subreddits."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused
from monitor.probing import Finding, Question, ask, doubtful, failed, fine, json_of
from monitor.visible import visible

if TYPE_CHECKING:
    from monitor.sources.reddit import Settings

SPARE_CALLS = 50.0
MOST_ASKED = 20
"""Subreddits that are tried one by one; a doctor is no reason to spend a limit."""


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """A log-in, then one item of each subreddit (reddit.com/dev/api, github.com/reddit-archive/reddit/wiki/OAuth2)."""
    try:
        token, found = await _log_in(settings, http, clock)
    except (AuthNeeded, Refused) as error:
        remedy = "look at the app under reddit.com/prefs/apps: id, secret, and user name with password if you gave them"
        return [failed("log-in", error, remedy)]
    headers = {"Authorization": f"Bearer {token}", "User-Agent": settings.user_agent}
    for name in settings.subreddits[:MOST_ASKED]:
        found.append(await _subreddit(f"{settings.oauth_url.rstrip('/')}/r/{name}/new", http, clock, headers=headers))
    if len(settings.subreddits) > MOST_ASKED:
        rest = len(settings.subreddits) - MOST_ASKED
        found.append(
            doubtful("subreddits", f"{rest} more were not tried", "nothing; listening tells of each that fails")
        )
    return found


async def _log_in(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> tuple[str, list[Finding]]:
    url = f"{settings.reddit_url.rstrip('/')}/api/v1/access_token"
    basic = b64encode(f"{settings.client_id}:{settings.client_secret}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    if settings.username is not None and settings.password is not None:
        form = {"grant_type": "password", "username": settings.username, "password": settings.password}
    headers = {"Authorization": f"Basic {basic}", "User-Agent": settings.user_agent}
    reply = await ask(http, url, clock, question=Question(headers, form=form))
    answer = json_of(reply, "Reddit")
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):  # a wrong password is told with 200
        said = answer.get("error") if isinstance(answer, dict) else None
        raise AuthNeeded(f"Reddit refuses the log-in: {visible(str(said))[:100]}")
    who = "the user" if settings.username else "the app"
    return token, [fine("log-in", f"{who} is let in", ahead=reply.ahead_secs)]


async def _subreddit(url: str, http: aiohttp.ClientSession, clock: Clock, *, headers: dict[str, str]) -> Finding:
    name = "/".join(url.split("/")[-3:-1])
    try:
        reply = await ask(http, url, clock, question=Question(headers, {"limit": "1"}))
    except BonmotError as error:
        return failed(name, error, "private, banned or misspelt subreddits are told with 403, 404 and 302: remove it")
    left = reply.headers.get("x-ratelimit-remaining", "")
    if left.replace(".", "", 1).isdecimal() and float(left) < SPARE_CALLS:
        return doubtful(
            name, f"is shown; {float(left):.0f} calls are left", "look whether another program uses the app"
        )
    return fine(name, "is shown")
