"""Whether a Mastodon server answers, knows our token, and shows what we want to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused
from monitor.probing import Finding, Question, ask, doubtful, failed, fine, json_of
from monitor.stream.web import user_agent
from monitor.visible import visible

if TYPE_CHECKING:
    from monitor.sources.mastodon import Settings


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """The server, the token where there is one, one status of the timeline (docs.joinmastodon.org, methods)."""
    asker = _Asker(settings, http, clock)
    found = [await asker.instance()]
    if settings.token:
        found.append(await asker.token())
    return [*found, await asker.timeline()]


class _Asker:
    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._base = settings.url.rstrip("/")
        self._host = settings.url.split("/")[2]

    async def instance(self) -> Finding:
        """Raises where the server is away: then the rest need not be asked."""
        try:
            reply = await ask(self._http, f"{self._base}/api/v1/instance", self._clock, question=self._question())
        except Refused as error:  # other servers of the network have no such page
            return doubtful(self._host, str(error), "nothing, if it is no Mastodon; else look at the address")
        about = json_of(reply, self._host)
        number = about.get("version") if isinstance(about, dict) else None
        return fine(self._host, f"answers, version {visible(str(number))[:60]}", ahead=reply.ahead_secs)

    async def token(self) -> Finding:
        """Whose token it is; one that may only read statuses is not told, and good enough."""
        url = f"{self._base}/api/v1/accounts/verify_credentials"
        try:
            about = json_of(await ask(self._http, url, self._clock, question=self._question()), self._host)
        except Refused:
            return fine("token", "is known; it may not read its own account, which nobody needs")
        except BonmotError as error:
            return failed("token", error, "make a new access token with read:statuses and export it")
        name = about.get("acct") if isinstance(about, dict) else None
        return fine("token", f"belongs to {visible(str(name))[:100]}")

    async def timeline(self) -> Finding:
        """Whether what is listened to is shown."""
        tags = self._settings.hashtags
        path = f"tag/{tags[0]}" if tags else "public"
        try:
            await ask(self._http, f"{self._base}/api/v1/timelines/{path}", self._clock, question=self._question("1"))
        except AuthNeeded as error:
            return failed("timeline", error, "set `token` to a user's access token with read:statuses")
        except BonmotError as error:
            return failed("timeline", error)
        return fine("timeline", f"{path} is shown")

    def _question(self, limit: str = "") -> Question:
        headers = {"Accept": "application/json", "User-Agent": user_agent(self._settings.contact)}
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._settings.token}"
        return Question(headers, {"limit": limit} if limit else {})
