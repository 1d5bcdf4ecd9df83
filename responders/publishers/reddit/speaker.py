"""One account on Reddit: whose log-in it is, submitting, reading back, taking back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.aside import Thread
from monitor.clock import Clock
from monitor.errors import Refused, Unavailable
from responders.calling import shown, to_json
from responders.drafting.lengths import measure, title_and_text
from responders.model import Publication, Receipt
from responders.pictures.attached import check_pictures
from responders.pictures.limits import NONE
from responders.publishers.reddit.answers import (
    Access,
    Lost,
    Submission,
    Turned,
    check_user,
    is_gone,
    new_name,
    page_of,
    refusal,
    trouble,
)

if TYPE_CHECKING:
    from responders.publishers.reddit import Settings

SKEW = timedelta(minutes=5)
"""So far Reddit's clock may be behind ours. The same text twice within it is taken for one; nobody offers copies."""
PAGE = 100
MOST_PAGES = 2
"""More submissions than 200 since the approval are not read through; then nobody can say what became of ours."""


class Speaker:
    """One account. Nothing is asked before it is used."""

    def __init__(self, settings: Settings, clock: Clock, *, name: str) -> None:
        account = settings.accounts[name]
        self._username = account.username
        self._subreddit = account.subreddit
        self._reddit_url = settings.reddit_url.rstrip("/")
        self._access = Access(
            account.client_id, account.client_secret, account.username, account.password,
            user_agent=settings.user_agent, oauth_url=settings.oauth_url, reddit_url=settings.reddit_url,
            timeout_secs=settings.timeout_secs,
        )  # fmt: skip
        self._clock = clock
        self._thread = Thread(f"reddit {name}")
        self._wire: Any = None
        self._is_ours = False
        self._lock = asyncio.Lock()

    async def publish(self, publication: Publication) -> Receipt:
        """One submission, after everything that can be known before it: also whether it is there already."""
        title, text = self._checked(publication.text)
        # A submission with a picture waits for an answer on a socket that may be lost although it was posted.
        check_pictures(publication, NONE, "Reddit")
        try:
            found = await self.find(publication)
        except Unavailable as error:
            raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
        if found is not None:
            return found
        fields = {
            "api_type": "json", "kind": "self", "sr": self._subreddit, "title": title, "text": text,
            "resubmit": "true", "sendreplies": "true",
        }  # fmt: skip
        answer = await self._ask("POST", "api/submit/", fields)
        refused = refusal(answer)
        if refused is not None:
            raise refused
        named = new_name(answer)
        if named is None:
            raise Unavailable("Reddit took the submission and did not say under which name")
        return Receipt(named[0], named[1], self._clock.now(), self._subreddit)

    async def find(self, publication: Publication) -> Receipt | None:
        """The account's submission there with exactly this title and text, not older than the approval.

        None only where every submission since then was read and is another; in doubt it raises Unavailable.
        """
        await self._make_sure()
        title, text = title_and_text(publication.text)
        changed: Submission | None = None
        async for one in self._since(publication.created_at - SKEW):
            if one.subreddit.casefold() != self._subreddit.casefold():
                continue
            if one.shows(title, text):
                return Receipt(one.name, f"{self._reddit_url}{one.path}", self._clock.now(), self._subreddit)
            changed = one if one.is_edited and one.shows(title, one.text) else changed
        if changed is not None:
            raise Unavailable(f"whether {changed.name} was ours before it was changed cannot be told")
        return None

    async def undo(self, receipt: Receipt) -> None:
        """Delete; what is gone already is fine, and what can still be read afterwards is not gone."""
        await self._make_sure()
        name = receipt.platform_id
        await self._ask("POST", "api/del/", {"api_type": "json", "id": name})
        found = is_gone(await self._ask("GET", "api/info/", {"id": name}), name)
        if found is None:
            raise Unavailable(f"Reddit does not tell whether {name} is gone")
        if not found:
            raise Unavailable(f"{name} was deleted and can still be read")

    async def close(self) -> None:
        """Wait for what the thread has in hand, and end it; idempotent."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await self._thread.call(wire.close)
        await asyncio.to_thread(self._thread.close)  # beside the loop: it may wait for a socket

    # --- inside ------------------------------------------------------------------------------------------------

    def _checked(self, text: str) -> tuple[str, str]:
        """Title and text. Raises Refused for what Reddit would not take."""
        length, (title, rest) = measure("reddit", text), title_and_text(text)
        if not title or not length.fits:
            raise Refused(f"Reddit takes 1 to {length.limit} {length.unit}; this text has {length.used}")
        to_json(text)
        return title, rest

    async def _make_sure(self) -> None:
        """That the log-in is the account's; asked once. Nothing has left when this fails: `sent` is False."""
        async with self._lock:
            if not self._is_ours:
                try:
                    answer = await self._ask("GET", "api/v1/me/", {})
                except Unavailable as error:
                    raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
                check_user(answer, self._username)
                self._is_ours = True

    async def _since(self, since: datetime) -> AsyncIterator[Submission]:
        """Own submissions, newest first. Raises Unavailable where one of them cannot be read."""
        fields = {"sort": "new", "limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            page = page_of(await self._ask("GET", f"user/{self._username}/submitted/", fields))
            if page is None:
                raise Unavailable(f"the submissions of u/{self._username} cannot be read")
            for one in page[0]:
                if one.created_at >= since:
                    yield one
            if page[1] is None or page[0][-1].created_at < since:
                return
            fields["after"] = page[1]
        raise Unavailable(f"u/{self._username} submitted more than {PAGE * MOST_PAGES} times since")

    async def _ask(self, method: str, path: str, fields: dict[str, str]) -> Any:
        """One answer, in the thread. What it has in hand when we are cancelled it finishes before the next."""
        try:
            return await self._thread.call(self._in_thread, method, path, fields)
        except Turned as turned:
            raise trouble(turned, self._clock.now()) from turned
        except Lost as lost:
            raise Unavailable(f"Reddit did not answer: {shown(lost.said)}", sent=lost.sent) from lost

    def _in_thread(self, method: str, path: str, fields: dict[str, str]) -> Any:
        if self._wire is None:
            from responders.publishers.reddit.wire import Wire  # praw is slow to import

            self._wire = Wire(self._access)
        return self._wire.ask(method, path, fields)


def bare(name: str) -> str:
    """Case does not matter in names, nor does an @ before one."""
    return name.removeprefix("@").casefold()
