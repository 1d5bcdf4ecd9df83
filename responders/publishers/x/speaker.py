"""One account on X: whose keys they are, paying, posting, reading back, taking back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor.budget import Once, Purse
from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, OutOfMoney, Refused, Unavailable
from responders.calling import is_on_this_machine, to_json
from responders.crashpoints import crashpoint
from responders.drafting.lengths import X_LIMIT, x_weight
from responders.drafting.price import act_of
from responders.model import Publication, Receipt
from responders.pictures.attached import check_pictures, with_files
from responders.pictures.limits import LIMITS
from responders.publishers.x.client import Client, Duplicate, Gone
from responders.publishers.x.media import upload
from responders.publishers.x.reading import Post, account_id, is_gone, new_id, page_of

if TYPE_CHECKING:
    from responders.publishers.x import Settings

SKEW = timedelta(minutes=5)
"""So far X's clock may be behind ours. The same text twice within it is taken for one; X takes no copies anyway."""
PAGE = 100
MOST_PAGES = 2
"""More posts than 200 since the approval are not paid for and read; then nobody can say what became of ours."""


class Speaker:
    """One account. Nothing is asked before it is used."""

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, handle: str, purse: Purse
    ) -> None:
        self._handle = bare(handle)
        self._labels = {"paid_partnership": True} if settings.accounts[handle].paid_partnership else {}
        self._clock = clock
        self._purse = purse
        self._client = Client(
            http,
            base_url=settings.base_url,
            keys=settings.accounts[handle],
            clock=clock,
            timeout_secs=settings.timeout_secs,
        )
        self._me: str | None = None
        self._lock = asyncio.Lock()
        self._read = Once()

    async def me(self) -> str:
        """The account's id, which is made sure of once. Nothing has left when this fails: `sent` is False.

        Raises Refused when the keys are another account's.
        """
        async with self._lock:
            if self._me is None:
                try:
                    answer = await self._client.get("/2/users/me")
                except Unavailable as error:
                    raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
                except Refused as error:
                    raise AuthNeeded(f"{error}; the app needs `Read and write`, and keys made after that") from error
                self._me = account_id(answer.json, self._handle)
                self._note([self._me])
            return self._me

    async def publish(self, publication: Publication) -> Receipt:
        """One write, after everything that can be known before it; its price is in the book before it leaves."""
        used = x_weight(publication.text)
        if not publication.text.strip() or used > X_LIMIT:
            raise Refused(f"X takes 1 to {X_LIMIT} weighted characters; this text has {used}")
        check_pictures(publication, LIMITS["x"], "X")
        files = with_files(publication)
        to_json(publication.text)  # what cannot be written is refused before anything is paid
        await self.me()
        act = act_of(publication.text)
        self._purse.pay(act)
        try:
            ids = [await upload(self._client, *pair, clock=self._clock, purse=self._purse) for pair in files]
        except BonmotError:  # what is uploaded is no post
            self._purse.give_back(act)
            raise
        crashpoint("after_upload")
        try:
            answer = await self._client.post("/2/tweets", self._body(publication, ids))
        except Duplicate as error:
            return await self._standing(publication, error)
        except AuthNeeded:
            self._purse.give_back(act)
            self._me = None  # whose keys they are is asked again, which costs less than another try
            raise
        except Unavailable as error:
            if not error.sent:
                self._purse.give_back(act)
            raise
        return self._receipt(new_id(answer.json))

    async def find(self, publication: Publication) -> Receipt | None:
        """The account's post with exactly this text, not older than the approval.

        None only where every post since then was read and is another; in doubt it raises Unavailable.
        """
        others: list[Post] = []
        async for post in self._since(publication):
            if post.shows(publication.text) and post.pictures == len(publication.media):
                return self._receipt(post.id)
            others.append(post)
        changed = next((post for post in others if post.is_edited), None)
        if changed is not None:
            raise Unavailable(f"whether {changed.id} was ours before it was changed cannot be told")
        return None

    async def undo(self, receipt: Receipt) -> None:
        """Delete; what is gone already is fine, and what can still be read afterwards is not gone."""
        await self.me()
        path = f"/2/tweets/{receipt.platform_id}"
        with suppress(Gone):
            await self._client.delete(path)
            self._charged("delete")
        try:
            answer = await self._client.get(path)
        except Gone:
            return
        if not is_gone(answer.json):
            raise Unavailable(f"{receipt.platform_id} was deleted and can still be read")

    def _body(self, publication: Publication, ids: list[str]) -> bytes:
        media: dict[str, Any] = {"media": {"media_ids": ids}} if ids else {}
        if any(picture.made_with_ai for picture in publication.media):
            media["made_with_ai"] = True
        return to_json({"text": publication.text, **media, **self._labels})

    # --- inside ------------------------------------------------------------------------------------------------

    async def _standing(self, publication: Publication, error: Duplicate) -> Receipt:
        """X has this text already: ours, from a try whose answer was lost, or one of another day."""
        try:
            found = await self.find(publication)
        except BonmotError as unread:
            raise Unavailable(f"{error}; and whether it is ours cannot be read: {unread}") from unread
        if found is None:
            raise Refused(f"{error}; it is none of this approval's, so write it anew") from error
        return found

    async def _since(self, publication: Publication) -> AsyncIterator[Post]:
        """Own posts, newest first, as far back as the approval. Raises Unavailable where one of them cannot be read."""
        me, since = await self.me(), publication.created_at - SKEW
        params = {
            "max_results": str(PAGE), "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}", "exclude": "retweets",
            "tweet.fields": "created_at,entities,attachments",
        }  # fmt: skip
        for _ in range(MOST_PAGES):
            answer = await self._client.get(f"/2/users/{me}/tweets", params)
            page = page_of(answer.json)
            if page is None:
                raise Unavailable(f"the posts of @{self._handle} cannot be read")
            self._note(post.id for post in page.posts)
            for post in page.posts:
                yield post
            if page.next_token is None:
                return
            params["pagination_token"] = page.next_token
        raise Unavailable(f"@{self._handle} posted more than {PAGE * MOST_PAGES} times since")

    def _note(self, ids: Iterable[str]) -> None:
        """Reads of what is our own, each charged once a day."""
        self._charged("owned_read", len(self._read.new(ids, self._clock.now())))

    def _charged(self, act: str, count: int = 1) -> None:
        """Written down after the act. No cap and no full disk stops looking and taking back; the book tells its own."""
        with suppress(OutOfMoney):
            self._purse.note(act, count)

    def _receipt(self, number: str | None) -> Receipt:
        if number is None:
            raise Unavailable("X took the post and did not say under which number")
        base = self._client.base_url
        pages = base if is_on_this_machine(base) else "https://x.com"
        return Receipt(number, f"{pages}/{self._handle}/status/{number}", self._clock.now())


def bare(handle: str) -> str:
    """Case does not matter in user names, nor does an @ that a person wrote before one."""
    return handle.removeprefix("@").casefold()
