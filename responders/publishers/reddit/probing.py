"""Whether Reddit lets each account in and shows its subreddit. Posts nothing."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError
from monitor.probing import Finding, Question, ask, failed, fine, json_of
from responders.calling import shown
from responders.publishers.reddit.answers import check_user

if TYPE_CHECKING:
    from responders.publishers.reddit import AccountSettings, Settings

REMEDY = "look at the app under reddit.com/prefs/apps (id, secret) and at the account's user name and password"

CLOSED = "private, banned or misspelt; look whether the consent still holds"


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """A log-in and two questions an account (github.com/reddit-archive/reddit/wiki/OAuth2)."""
    return [
        await _account(settings, http, clock, name=name, account=account) for name, account in settings.accounts.items()
    ]


async def _account(
    settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, name: str, account: AccountSettings
) -> Finding:
    oauth = settings.oauth_url.rstrip("/")
    try:
        token, ahead = await _log_in(settings, http, clock, account=account)
        headers = {"Authorization": f"Bearer {token}", "User-Agent": settings.user_agent}
        me = await ask(http, f"{oauth}/api/v1/me", clock, question=Question(headers))
        check_user(json_of(me, "Reddit"), account.username)
    except BonmotError as error:
        return failed(name, error, REMEDY)
    try:
        place = f"{oauth}/r/{account.subreddit}/new"
        await ask(http, place, clock, question=Question(headers, {"limit": "1"}))
    except BonmotError as error:
        return failed(
            f"r/{account.subreddit}", error, "private, banned or misspelt: look whether the consent still holds"
        )
    return fine(name, f"is let in as u/{account.username}, and sees r/{account.subreddit}", ahead=ahead)


async def _log_in(
    settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, account: AccountSettings
) -> tuple[str, float | None]:
    basic = b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
    form = {"grant_type": "password", "username": account.username, "password": account.password}
    headers = {"Authorization": f"Basic {basic}", "User-Agent": settings.user_agent}
    url = f"{settings.reddit_url.rstrip('/')}/api/v1/access_token"
    reply = await ask(http, url, clock, question=Question(headers, form=form))
    answer: Any = json_of(reply, "Reddit")
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):  # a wrong password is told with 200
        said = answer.get("error") if isinstance(answer, dict) else None
        raise AuthNeeded(f"Reddit refuses the log-in: {shown(said)}")
    return token, reply.ahead_secs
