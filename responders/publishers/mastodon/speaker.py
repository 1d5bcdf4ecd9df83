"""One account on its server: who it is, what may be said there, posting, reading back, taking back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, Refused, Unavailable
from responders.crashpoints import crashpoint
from responders.model import Publication, Receipt
from responders.pictures.attached import check_pictures, with_files
from responders.publishers.mastodon.client import Client, Gone
from responders.publishers.mastodon.media import upload
from responders.publishers.mastodon.reading import (
    Instance,
    Status,
    account_id,
    instance_of,
    kept_text,
    status_of,
)

if TYPE_CHECKING:
    from responders.publishers.mastodon import Settings

SKEW = timedelta(minutes=5)
"""So far a server's clock may be behind ours. The same text twice within it is taken for one; nobody offers copies."""
LIMITS_HOLD = timedelta(hours=1)
PAGE = 40
MOST_PAGES = 5
"""More statuses than 200 since the approval are not read through; then nobody can say what became of ours."""
MOST_OTHERS = 10
"""So many are asked how they were sent."""


@dataclass(frozen=True, slots=True)
class _Here:
    """The server as last read, and our account's id on it."""

    instance: Instance
    account: str
    read_at: datetime


class Speaker:
    """One account. Nothing is asked before it is used."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, handle: str) -> None:
        self._handle = bare(handle)
        self._clock = clock
        self._client = Client(
            http,
            base_url=settings.server_of(handle),
            token=settings.accounts[handle].token,
            clock=clock,
            timeout_secs=settings.timeout_secs,
        )
        self._known: _Here | None = None
        self._lock = asyncio.Lock()

    async def here(self) -> tuple[Instance, str]:
        """The server's limits, read anew after an hour, and the account's id, which is made sure of once.

        Nothing has left when this fails: `sent` is False. Raises Refused when the token is another account's.
        """
        async with self._lock:
            known = self._known
            if known is None or self._clock.now() - known.read_at >= LIMITS_HOLD:
                try:
                    instance = await self._instance()
                    account = known.account if known else await self._whose(instance)
                except Unavailable as error:
                    raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
                self._known = known = _Here(instance, account, self._clock.now())
            return known.instance, known.account

    async def publish(self, publication: Publication) -> Receipt:
        """One write, after everything that can be known before it."""
        instance, account = await self.here()
        instance.check(publication.text)
        check_pictures(publication, instance.pictures, instance.domain)
        files = with_files(publication)
        ids = [await upload(self._client, picture, data, clock=self._clock) for picture, data in files]
        crashpoint("after_upload")
        body: dict[str, Any] = {"status": publication.text, "visibility": "public"}
        body |= {"language": publication.languages[0]} if publication.languages else {}
        body |= {"media_ids": ids} if ids else {}
        answer = await self._client.post("/api/v1/statuses", body, key=publication.mark)
        status = status_of(answer, author=account)
        if status is None:
            raise Unavailable(f"{instance.domain} took the post and did not answer with a status of @{self._handle}")
        return self._receipt(status)

    async def find(self, publication: Publication) -> Receipt | None:
        """The account's status with exactly this text, not older than the approval.

        None only where every status since then was read and is another; in doubt it raises Unavailable.
        """
        _, account = await self.here()
        others: list[Status] = []
        async for status in self._since(publication.created_at - SKEW, account):
            if status.shows(publication.text) and status.has(publication.media):
                return self._receipt(status)
            others.append(status)
        if len(others) > MOST_OTHERS:
            raise Unavailable(f"@{self._handle} posted {len(others)} other statuses since; look which is which")
        # How a server shows a text may differ from what was sent: marks of its own, emoji, shortened links.
        for status in others:
            if await self._was_sent_as(status, publication.text) and status.has(publication.media):
                return self._receipt(status)
        await self._refuse_kept(publication.text)
        return None

    async def undo(self, receipt: Receipt) -> None:
        """Delete; what is gone already is fine, and what can still be read afterwards is not gone."""
        await self.here()
        path = f"/api/v1/statuses/{receipt.platform_id}"
        with suppress(Gone):
            await self._client.delete(path)
        try:
            await self._client.get(path)
        except Gone:
            return
        raise Unavailable(f"{receipt.platform_id} was deleted and can still be read")

    # --- inside ------------------------------------------------------------------------------------------------

    async def _instance(self) -> Instance:
        host = self._host
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                return instance_of(await self._client.get(path), host)
            except Gone:
                continue
        return instance_of({}, host)

    async def _whose(self, instance: Instance) -> str:
        try:
            answer = await self._client.get("/api/v1/accounts/verify_credentials")
        except Gone:
            raise
        except Refused as error:
            raise AuthNeeded(f"{error}; the token needs profile, read:statuses and write:statuses") from error
        return account_id(answer, self._handle, hosts={instance.domain, self._host})

    async def _since(self, since: datetime, account: str) -> AsyncIterator[Status]:
        """Own statuses, newest first, as far back as `since`. Raises Unavailable where one of them cannot be read."""
        params = {"limit": str(PAGE), "exclude_reblogs": "true"}
        for _ in range(MOST_PAGES):
            answer = await self._client.get(f"/api/v1/accounts/{account}/statuses", params)
            page = [status_of(one, author=account) for one in answer] if isinstance(answer, list) else [None]
            for status in page:
                if status is None:
                    raise Unavailable(f"the statuses of @{self._handle} cannot be read")
                if status.created_at >= since and not status.is_boost:
                    yield status
            last = page[-1] if page else None
            if last is None or last.created_at < since:
                return
            params["max_id"] = last.id
        raise Unavailable(f"@{self._handle} posted more than {PAGE * MOST_PAGES} statuses since")

    async def _was_sent_as(self, status: Status, text: str) -> bool:
        """Whether the status was sent as exactly this text. Raises Unavailable where that cannot be told."""
        try:
            answer = await self._client.get(f"/api/v1/statuses/{status.id}/source")
        except Refused as error:
            raise Unavailable(f"whether {status.url} is ours the server does not tell: {error}") from error
        source = answer.get("text") if isinstance(answer, dict) else None
        if isinstance(source, str) and source.split() == text.split():
            return True
        if not isinstance(source, str) or status.is_edited:
            raise Unavailable(f"whether {status.url} was ours before it was changed cannot be told")
        return False

    async def _refuse_kept(self, text: str) -> None:
        """We never ask for a later time; should a server keep the text for one, it is not absent."""
        try:
            answer = await self._client.get("/api/v1/scheduled_statuses")
        except Refused:
            return  # it keeps none, or does not show any
        if any(kept_text(one) == text for one in (answer if isinstance(answer, list) else [])):
            raise Unavailable(f"the server keeps the text for later, unasked; delete it there as @{self._handle}")

    def _receipt(self, status: Status) -> Receipt:
        return Receipt(status.id, status.url, self._clock.now(), status.uri)

    @property
    def _host(self) -> str:
        return urlsplit(self._client.base_url).netloc


def bare(handle: str) -> str:
    """Case does not matter in handles, nor does an @ that a person wrote before one."""
    return handle.removeprefix("@").casefold()
