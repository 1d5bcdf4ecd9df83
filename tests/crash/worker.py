"""A parent that has everything imported and forks one short life of the bot for each line it reads.

A life saves what was found, decides what is undecided, and lets the outbox work; it dies where the line says. Starting
Python anew for each of the thousand lives would take ten minutes.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from monitor.budget import Caps
from monitor.clock import from_text, to_text
from monitor.errors import Refused, Unavailable
from monitor.model import Opportunity, Score, Stage, Trend, Verdict
from monitor.prices import TARIFFS, micros_of
from monitor.purse import KeptPurse
from monitor.storage import open_database
from monitor.telemetry import configure
from responders import crashpoints
from responders.album import Album
from responders.approvals import Order
from responders.ledger import Ledger
from responders.marks import tid
from responders.model import Draft, Picture, Proposal, Publication, Receipt, State
from responders.outbox import Outbox
from responders.publishers import Publisher, bluesky, mastodon, reddit, webhook, x

POST = "app.bsky.feed.post"
DATA = b"the bytes of a picture, which no sandbox looks into"
PICTURE = Picture(hashlib.sha256(DATA).hexdigest(), "an Oreo in the dark", "image/png", "dark.png", 60, 40, len(DATA))
STEPS = 14
STEP_SECS = 6
HOOK_SECRET = "a secret of both ends"


class SkippingClock:
    """Time passes only when somebody would have waited for it."""

    def __init__(self, start: datetime) -> None:
        self.present = start

    def now(self) -> datetime:
        return self.present

    async def sleep(self, secs: float) -> None:
        self.present += timedelta(seconds=max(0.0, secs))
        await asyncio.sleep(0)


class DirectBooks:
    """The ledger without a thread of its own: a fork has only one."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return act(*args, **kwargs)


def trend(key: str, at: datetime) -> Trend:
    """A trend with nothing in it but its name."""
    return Trend(
        key, f"trend {key}", (key,), Stage.RISING, at, at, None, None, 9, 9, None, 5.0, 9.0, 0.1, (), (), (1, 9), at, 60
    )  # fmt: skip


def opportunity(key: str, at: datetime) -> Opportunity:
    """One offer for the brand."""
    score = Score("oreo", Verdict.OFFER, 1, 0.8, "fits", None, ())
    return Opportunity(f"o-{key}", trend(key, at), score, at, at + timedelta(hours=1))


def proposal(number: int, account: str, at: datetime, media: tuple[Picture, ...] = ()) -> Proposal:
    """One text up for decision on the scenario's own account."""
    text = f"text {number} for {account}"
    found = opportunity(f"t{number}", at)
    return Proposal(
        id=f"p{number}", opportunity=found.id, brand="oreo", trend=found.trend.id, trend_name=found.trend.name,
        account=account, tier=1, drafts=(Draft(account, text, "plain", media=media),), text=text, revision=1,
        edited_by=None, state=State.PENDING, created_at=at, deadline=found.deadline, snoozed_until=None,
        approvers=("maya", "jon"), needed=1, approvals=(), approved_at=None, send_after=None, tries=0,
        mark=tid(int(at.timestamp()) * 1_000_000 + number, 7), receipt=None, reason=None, moved_by=None, moved_at=at,
        undo_secs=5.0, media=media,
    )  # fmt: skip


class Forgetful:
    """A publisher for a network that takes the same text twice: only the ledger keeps it from that."""

    platform = "bluesky"
    can_find = True
    settle_secs = 10.0
    is_harmless = True

    def __init__(self, http: aiohttp.ClientSession, life: dict[str, Any]) -> None:
        self._http = http
        self._url = f"{life['url']}/xrpc/com.atproto"
        self._who = {"identifier": life["handle"], "password": "x"}

    async def publish(self, publication: Publication) -> Receipt:
        record = {"$type": POST, "text": publication.text, "createdAt": to_text(publication.created_at)}
        try:
            async with self._http.post(f"{self._url}.server.createSession", json=self._who) as answer:
                session = await answer.json()
            body = {"repo": session["did"], "collection": POST, "record": record}
            bearer = {"Authorization": f"Bearer {session['accessJwt']}"}
            async with self._http.post(f"{self._url}.repo.createRecord", json=body, headers=bearer) as answer:
                if answer.status != 200:
                    raise Unavailable(f"{answer.status}", sent=answer.status >= 500)
                return Receipt((await answer.json())["uri"], None, publication.created_at)
        except aiohttp.ClientError as error:
            raise Unavailable(str(error)) from error

    async def find(self, publication: Publication) -> Receipt | None:
        params = {"repo": self._who["identifier"], "collection": POST, "limit": "100"}
        async with self._http.get(f"{self._url}.repo.listRecords", params=params) as answer:
            if answer.status != 200:
                raise Unavailable(f"{answer.status}")
            for record in (await answer.json())["records"]:
                if record["value"]["text"] == publication.text:
                    return Receipt(record["uri"], None, publication.created_at)
        return None

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        raise Refused("this network keeps everything")

    async def close(self) -> None:
        """Nothing to let go of."""


def build_publisher(http: aiohttp.ClientSession, life: dict[str, Any], clock: SkippingClock) -> Publisher:
    """The real one, or one for a network that would take everything twice."""
    if life["is_forgetful"]:
        return Forgetful(http, life)
    secs = life["timeout_secs"]
    if life["platform"] == "mastodon":
        token = mastodon.AccountSettings(token=f"token-of-{life['handle']}")
        known = mastodon.Settings(accounts={life["handle"]: token}, base_url=life["url"], timeout_secs=secs)
        return mastodon.build(known, http, clock)
    if life["platform"] == "reddit":
        return reddit.build(_on_reddit(life), http, clock)
    if life["platform"] == "webhook":
        hook = webhook.AccountSettings(url=f"{life['url']}/hook", secret=HOOK_SECRET)
        ends = webhook.Settings(accounts={life["handle"]: hook}, can_find=True, timeout_secs=secs)
        return webhook.build(ends, http, clock)
    if life["platform"] == "x":
        purse = KeptPurse(TARIFFS["x"], Caps(micros_of(50), micros_of(500)), clock)
        return x.build(_speaking_x(life), http, clock, purse=purse)
    log_in = bluesky.AccountSettings(password="x")
    settings = bluesky.Settings(accounts={life["handle"]: log_in}, base_url=life["url"], timeout_secs=secs)
    return bluesky.build(settings, http, clock)


def _speaking_x(life: dict[str, Any]) -> x.Settings:
    token = f"token-of-{life['handle']}"
    keys = x.AccountSettings(
        consumer_key="app", consumer_secret="app-secret", access_token=token, access_secret="secret"
    )
    return x.Settings(accounts={life["handle"]: keys}, base_url=life["url"], timeout_secs=life["timeout_secs"])


def _on_reddit(life: dict[str, Any]) -> reddit.Settings:
    speaks = reddit.AccountSettings(
        client_id="app", client_secret="app-secret", username=life["handle"], password="x", subreddit="oreo",
        consent="u/somebody, modmail of 2026-11-20",
    )  # fmt: skip
    place = {"oauth_url": life["url"], "reddit_url": life["url"], "user_agent": "linux:test:1.0 (by u/x)"}
    return reddit.Settings(accounts={life["handle"]: speaks}, timeout_secs=life["timeout_secs"], **place)


async def live(life: dict[str, Any], ledger: Ledger) -> None:
    """One life, from the start to where it dies or has nothing left to do."""
    clock, began = SkippingClock(from_text(life["now"])), from_text(life["began"])
    known = {p.id: p.state for p in ledger.proposals()}
    account = f"{life['platform']}:{life['handle']}"
    for number in range(life["proposals"]):
        key = f"p{number}"
        if key not in known:
            media = (PICTURE,) if life["album"] else ()
            ledger.save_opportunity(opportunity(f"t{number}", began), [proposal(number, account, began, media)])
        if known.get(key, State.PENDING) is State.PENDING:
            act = "approve" if number in life["approved"] else "reject"
            ledger.decide(Order(key, act, "maya", "cli", 1, reason="so it is"), clock.now())
    async with aiohttp.ClientSession() as http:
        publishers = {life["platform"]: build_publisher(http, life, clock)}
        album = Album(Path(life["album"])) if life["album"] else None
        if album is not None and not life["is_spoilt"]:
            album.keep(DATA)
        books, random = DirectBooks(ledger), Random(life["seed"])
        outbox = Outbox(books, publishers=publishers, clock=clock, random=random, album=album)
        await outbox.start_up()
        for _ in range(life["steps"]):
            if not ledger.proposals(open_only=True):
                break
            await clock.sleep(life["step_secs"])
            await outbox.step()
        await publishers[life["platform"]].close()


def main(database: str, url: str, platform: str) -> None:
    """Fork a life a line; answer with how it ended."""
    configure("error")
    engine = open_database(database)
    ledger = Ledger(engine)
    # One life beforehand, so that the forks find every statement compiled; its rows go with the file.
    now = "2026-11-22T20:00:00.000Z"
    warm = "warm" if platform == "reddit" else "warm.test"
    life = _life(now=now, began=now, url=url, handle=warm, proposals=1, approved=[0], platform=platform)
    asyncio.run(live(life, ledger))
    engine.dispose()  # no connection crosses a fork
    print("ready", flush=True)
    gc.collect()
    gc.freeze()
    gc.disable()  # a life is too short to collect anything
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_the_child(_life(platform=platform) | json.loads(line), ledger)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _life(**life: Any) -> dict[str, Any]:
    usual = {"seed": 0, "dies_at": None, "is_forgetful": False, "steps": STEPS, "step_secs": STEP_SECS}
    return usual | {"timeout_secs": 5.0, "album": "", "is_spoilt": False} | life


def _be_the_child(life: dict[str, Any], ledger: Ledger) -> None:
    try:
        if life["dies_at"]:
            os.environ[crashpoints.VARIABLE] = life["dies_at"]
        asyncio.run(live(life, ledger))
        ledger.close()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
