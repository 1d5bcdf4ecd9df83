"""Posts on Bluesky through the account's own server (XRPC), under a record key that we choose.

The same record under the same key again is a no-op that gives the same answer, so a lost answer can be asked for again;
`swapRecord: null` ("must not exist") keeps another text from replacing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aiohttp
import regex
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock, to_text
from monitor.errors import BonmotError, Refused, Unavailable
from monitor.probing import Finding, ask, failed, fine
from responders.crashpoints import crashpoint
from responders.model import Picture, Publication, Receipt
from responders.pictures.attached import check_pictures, with_files
from responders.pictures.limits import LIMITS
from responders.publishers import Publisher
from responders.publishers.bluesky.client import Client, Denied, Session, Stale, is_loopback
from responders.publishers.bluesky.facets import facets
from responders.publishers.bluesky.images import cid_of_blob, embed, link_of, shows

COLLECTION = "app.bsky.feed.post"
MOST_GRAPHEMES = 300
MOST_BYTES = 3000
MOST_LANGUAGES = 3


class AccountSettings(BaseModel):
    """How one account logs in."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    password: str = Field(min_length=1, max_length=200, repr=False, description="an app password, never the real one")


class Settings(BaseModel):
    """What stands under `publishers: bluesky:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: dict[str, AccountSettings] = Field(min_length=1, max_length=50, description="by handle: `oreo.example`")
    base_url: str = Field(default="https://bsky.social", pattern=r"^https?://", description="where to log in")
    timeout_secs: float = Field(default=20.0, gt=0.0, le=120.0)


def build(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Publisher:
    """A publisher for the configured accounts; nothing is asked before it is used."""
    return BlueskyPublisher(settings, http, clock)


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether the server answers and lets each account in. A log-in posts nothing; 30 are allowed in five minutes."""
    place = settings.base_url.split("/")[2]
    url = f"{settings.base_url.rstrip('/')}/xrpc/com.atproto.server.describeServer"
    found = [fine(place, "answers", ahead=(await ask(http, url, clock)).ahead_secs)]
    for handle, account in settings.accounts.items():
        client = Client(http, base_url=settings.base_url, clock=clock, timeout_secs=settings.timeout_secs)
        try:
            session = await client.session(handle, account.password)
        except BonmotError as error:
            remedy = "make a new app password (Settings, Privacy and security, App passwords) and export it"
            found.append(failed(handle, error, remedy))
        else:
            found.append(fine(handle, f"is let in, as {session.handle}"))
    return found


class BlueskyPublisher:
    """See `responders.publishers.Publisher`. Each account has a session of its own and never speaks as another."""

    platform = "bluesky"
    can_find = True  # the account's own server reads its own writes
    settle_secs = 10.0

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> None:
        self.is_harmless = is_loopback(settings.base_url)
        self._speakers = {
            _bare(handle): _Speaker(settings, http, clock, handle=handle, password=account.password)
            for handle, account in settings.accounts.items()
        }

    async def publish(self, publication: Publication) -> Receipt:
        """Put the record, once. Raises Refused for an account that is not configured here."""
        return await self._speaker(publication).publish(publication)

    async def find(self, publication: Publication) -> Receipt | None:
        """Look under our key."""
        return await self._speaker(publication).find(publication)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete the record and read back that it is gone."""
        await self._speaker(publication).undo(publication, receipt)

    async def close(self) -> None:
        """Nothing to let go of: the connections belong to the program."""

    def _speaker(self, publication: Publication) -> _Speaker:
        speaker = self._speakers.get(_bare(publication.account.partition(":")[2]))
        if speaker is None:
            raise Refused(f"{publication.account} has no log-in under publishers: bluesky: accounts in bot.yaml")
        return speaker


class _Speaker:
    """One account on its server."""

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, handle: str, password: str
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._handle = handle
        self._password = password
        self._client = Client(http, base_url=settings.base_url, clock=clock, timeout_secs=settings.timeout_secs)

    async def publish(self, publication: Publication) -> Receipt:
        """Put the record. A session that ended is renewed and the record put again: that answer proves no write."""
        self._check(publication)
        blobs = [await self._uploaded(picture, data) for picture, data in with_files(publication)]
        crashpoint("after_upload")
        body = {
            "collection": COLLECTION,
            "rkey": publication.mark,
            "record": record_of(publication, blobs),
            "swapRecord": None,
            "validate": True,
        }
        try:
            answer, session = await self._call("com.atproto.repo.putRecord", body)
        except Denied as error:
            if error.name == "BlobNotFound":  # it keeps no picture for long that no post names
                raise Unavailable(f"{error}; it is uploaded again", sent=False) from error
            if error.name != "InvalidSwap":
                raise
            # Something stands under our key already: ours, or we must not touch it.
            found = await self.find(publication)
            if found is None:
                raise Unavailable(f"{error}; and nothing stands under the key") from error
            return found
        return self._receipt(publication, answer, session)

    async def find(self, publication: Publication) -> Receipt | None:
        """Look under our key."""
        found = await self._get(publication)
        if found is None:
            return None
        answer, session = found
        value = answer.get("value")
        text = value.get("text") if isinstance(value, dict) else None
        if text != publication.text:
            raise Refused(f"under the key {publication.mark} stands another text: {str(text)[:80]!r}")
        if not shows(value, publication.media):
            raise Refused(f"under the key {publication.mark} stands our text with another picture, or without one")
        return self._receipt(publication, answer, session)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete the record; deleting what is gone succeeds too."""
        await self._call("com.atproto.repo.deleteRecord", {"collection": COLLECTION, "rkey": publication.mark})
        if await self._get(publication) is not None:
            raise Unavailable(f"{receipt.platform_id} was deleted and can still be read")

    async def _uploaded(self, picture: Picture, data: bytes) -> dict[str, Any]:
        """The server's blob for the picture. No post has left when this fails; a blob that no post names goes away."""
        nsid = "com.atproto.repo.uploadBlob"
        session = await self._session()
        try:
            try:
                answer = await self._client.upload(session, nsid, data, kind=picture.kind)
            except Stale:
                await self._client.renew(session)
                answer = await self._client.upload(await self._session(), nsid, data, kind=picture.kind)
        except Unavailable as error:
            raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
        blob = answer.get("blob")
        if not isinstance(blob, dict) or link_of(blob) != cid_of_blob(picture.sha256):
            raise Unavailable("the server keeps other bytes of the picture than were sent to it", sent=False)
        return blob

    async def _call(self, nsid: str, body: dict[str, Any]) -> tuple[dict[str, Any], Session]:
        session = await self._session()
        try:
            return await self._client.call(session, nsid, {"repo": session.did, **body}), session
        except Stale:
            await self._client.renew(session)
            session = await self._session()
            return await self._client.call(session, nsid, {"repo": session.did, **body}), session

    async def _get(self, publication: Publication) -> tuple[dict[str, Any], Session] | None:
        session = await self._session()
        params = {"repo": session.did, "collection": COLLECTION, "rkey": publication.mark}
        nsid = "com.atproto.repo.getRecord"
        try:
            try:
                return await self._client.query(session, nsid, params), session
            except Stale:
                await self._client.renew(session)
                session = await self._session()
                return await self._client.query(session, nsid, params), session
        except Denied as error:
            # Older servers say InvalidRequest and the same words.
            if error.name == "RecordNotFound" or "Could not locate record" in str(error):
                return None
            raise

    async def _session(self) -> Session:
        return await self._client.session(self._handle, self._password)

    def _check(self, publication: Publication) -> None:
        """Raises Refused for what must not or cannot be posted, before anybody is asked."""
        graphemes = len(regex.findall(r"\X", publication.text))
        size = len(publication.text.encode())
        if not publication.text.strip() or graphemes > MOST_GRAPHEMES or size > MOST_BYTES:
            raise Refused(
                f"Bluesky takes 1 to {MOST_GRAPHEMES} characters and at most {MOST_BYTES} bytes; "
                f"this text has {graphemes} and {size}"
            )
        check_pictures(publication, LIMITS["bluesky"], "Bluesky")

    def _receipt(self, publication: Publication, answer: dict[str, Any], session: Session) -> Receipt:
        uri, cid = answer.get("uri"), answer.get("cid")
        if not isinstance(uri, str) or not isinstance(cid, str):
            raise Unavailable("the server took the post and did not say under which address")
        pages = self._settings.base_url.rstrip("/") if is_loopback(self._settings.base_url) else "https://bsky.app"
        url = f"{pages}/profile/{session.handle}/post/{publication.mark}"
        return Receipt(uri, url, self._clock.now(), cid)


def record_of(publication: Publication, blobs: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The record, the same to the last byte each time: its time is that of the approval."""
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": publication.text,
        "createdAt": to_text(publication.created_at),
        "langs": list(publication.languages[:MOST_LANGUAGES]),
    }
    linked = facets(publication.text)
    record |= {"facets": linked} if linked else {}
    return record | ({"embed": embed(publication.media, blobs)} if blobs else {})


def _bare(handle: str) -> str:
    """Handles are domain names: case does not matter, nor does an @ that a person wrote."""
    return handle.removeprefix("@").casefold()
