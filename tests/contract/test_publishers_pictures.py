"""Every publisher with a picture: the very bytes with their alt text, uploaded before the post, or nothing at all."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders import publishers
from responders.album import Album
from responders.ledger import Ledger
from responders.model import Draft, Publication, State
from responders.outbox import Outbox
from responders.publishers import Publisher, bluesky, console, mastodon, webhook, x
from responders.sandbox import bluesky as bluesky_sandbox
from tests import posting
from tests.contract.test_publishers import settings as bluesky_settings
from tests.drawn import as_agreed, png
from tests.samples import NOW, a_publication

DATA = png()
PICTURE = as_agreed(DATA, alt='An Oreo in the dark, "dunked"\nand a glass of milk \u2014 \U0001f95b')
TAKES = sorted(set(publishers.names()) - {"reddit"})
LOOKED_AT = [name for name in TAKES if name != "console"]


def ours(platform: str, **changes: Any) -> Publication:
    return replace(a_publication(account=f"{platform}:oreo.test", media=(PICTURE,), files=(DATA,)), **changes)


@asynccontextmanager
async def on_bluesky() -> AsyncIterator[posting.Stage]:
    clock = FakeClock(NOW)
    sandbox = await bluesky_sandbox.start(clock=clock)
    async with aiohttp.ClientSession() as http:
        yield posting.Stage(bluesky.build(bluesky_settings(sandbox.url), http, clock), sandbox, clock, http)
    await sandbox.close()


@asynccontextmanager
async def on_webhook() -> AsyncIterator[posting.Stage]:
    async with posting.on_webhook() as stage:
        url = f"{stage.sandbox.url}/hook"
        account = webhook.AccountSettings(url=url, secret=posting.SECRET, pictures=True)
        known = webhook.Settings(accounts={"oreo.test": account}, timeout_secs=5.0, can_find=True)
        yield replace(stage, publisher=webhook.build(known, stage.http, stage.clock))


@asynccontextmanager
async def on_console() -> AsyncIterator[posting.Stage]:
    clock, out = FakeClock(NOW), io.StringIO()
    async with aiohttp.ClientSession() as http:
        yield posting.Stage(console.ConsolePublisher(Console(file=out, width=100), clock), out, clock, http)


STAGES: dict[str, Callable[[], Any]] = {
    "bluesky": on_bluesky, "console": on_console, "mastodon": posting.on_mastodon, "reddit": posting.on_reddit,
    "webhook": on_webhook, "x": posting.on_x,
}  # fmt: skip


@dataclass
class Seen:
    """A picture as a network has it."""

    sha256: str
    alt: str
    text: str


def _of_bluesky(sandbox: Any) -> list[Seen]:
    found = []
    for post in sandbox.posts:
        for image in post.value.get("embed", {}).get("images", []):
            data = sandbox.network.blobs[image["image"]["ref"]["$link"]].data
            found.append(Seen(hashlib.sha256(data).hexdigest(), image["alt"], post.text))
    return found


def _of_mastodon(sandbox: Any) -> list[Seen]:
    return [
        Seen(hashlib.sha256(one.data).hexdigest(), one.description, post.text)
        for post in sandbox.posts
        for one in post.media
    ]


def _of_x(sandbox: Any) -> list[Seen]:
    return [
        Seen(hashlib.sha256(one.data).hexdigest(), one.alt, post["typed"])
        for post in sandbox.desk.posts
        for one in sandbox.desk.media.uploads
        if one.key in post.get("attachments", {}).get("media_keys", [])
    ]


def _of_webhook(sandbox: Any) -> list[Seen]:
    return [
        Seen(hashlib.sha256(base64.b64decode(one["data"])).hexdigest(), one["alt"], taken.message["text"])
        for taken in sandbox.posts
        for one in taken.message.get("media", [])
    ]


SEEN: dict[str, Callable[[Any], list[Seen]]] = {
    "bluesky": _of_bluesky, "mastodon": _of_mastodon, "x": _of_x, "webhook": _of_webhook,
}  # fmt: skip


def posts_of(platform: str, sandbox: Any) -> int:
    if platform == "console":
        return int(sandbox.getvalue().count("posted on"))
    return len(sandbox.desk.posts if platform == "x" else sandbox.posts)


@pytest.fixture(params=LOOKED_AT)
async def there(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, posting.Stage]]:
    async with STAGES[request.param]() as stage:
        yield request.param, stage


async def published(publisher: Publisher, publication: Publication) -> BonmotError | None:
    try:
        await publisher.publish(publication)
    except BonmotError as error:
        return error
    return None


# --- every network that takes pictures -------------------------------------------------------------------------------


async def test_a_picture_arrives_to_its_last_byte_with_its_alt_text(there: tuple[str, posting.Stage]) -> None:
    platform, stage = there
    receipt = await stage.publisher.publish(ours(platform))
    assert SEEN[platform](stage.sandbox) == [Seen(PICTURE.sha256, PICTURE.alt, ours(platform).text)]
    found = await stage.publisher.find(replace(ours(platform), files=()))
    assert found is not None
    assert found.platform_id == receipt.platform_id
    await stage.publisher.undo(ours(platform), receipt)
    assert await stage.publisher.find(ours(platform)) is None


@pytest.mark.parametrize("platform", TAKES)
@pytest.mark.parametrize("at", [0, 20, -1])
async def test_one_changed_byte_posts_nothing_and_uploads_nothing(platform: str, at: int) -> None:
    changed = bytearray(DATA)
    changed[at] ^= 1
    async with STAGES[platform]() as stage:
        for files in ((bytes(changed),), (), (DATA, DATA)):
            error = await published(stage.publisher, ours(platform, files=files))
            assert isinstance(error, Refused)
            assert posts_of(platform, stage.sandbox) == 0
        if platform in ("mastodon", "x"):
            network = stage.sandbox.network if platform == "mastodon" else stage.sandbox.desk.media
            assert network.uploads == []


@pytest.mark.parametrize("platform", sorted(publishers.names()))
async def test_a_picture_that_does_not_fit_leaves_the_text_unposted(platform: str) -> None:
    many = ours(platform, media=(PICTURE,) * 5, files=(DATA,) * 5)
    huge = ours(platform, media=(replace(PICTURE, size=50_000_000),))
    moving = ours(platform, media=(replace(PICTURE, kind="image/gif"),))
    async with STAGES[platform]() as stage:
        for publication in (many, huge, moving):
            assert isinstance(await published(stage.publisher, publication), Refused)
        assert await stage.publisher.find(many) is None


async def test_our_text_without_the_picture_is_not_ours(there: tuple[str, posting.Stage]) -> None:
    platform, stage = there
    await stage.publisher.publish(ours(platform, media=(), files=()))
    if platform in ("mastodon", "x"):
        assert await stage.publisher.find(ours(platform)) is None
        return
    with pytest.raises(Refused, match="another picture"):
        await stage.publisher.find(ours(platform))


async def test_reddit_takes_no_picture_and_posts_no_text_in_its_place() -> None:
    async with posting.on_reddit() as stage:
        with pytest.raises(Refused, match="takes no picture"):
            await stage.publisher.publish(ours("reddit"))
        assert stage.sandbox.calls == [] if hasattr(stage.sandbox, "calls") else True
        assert await stage.publisher.find(ours("reddit")) is None


async def test_a_webhook_gets_pictures_only_where_its_receiver_shows_them() -> None:
    async with posting.on_webhook() as stage:
        with pytest.raises(Refused, match="takes no picture"):
            await stage.publisher.publish(ours("webhook"))
        assert stage.sandbox.taken == []


async def test_the_console_says_what_would_be_shown() -> None:
    async with on_console() as stage:
        await stage.publisher.publish(ours("console"))
        assert "dunk.png, 60 x 40" in stage.sandbox.getvalue()


# --- failures on the way -------------------------------------------------------------------------------------------

UPLOAD = "com.atproto.repo.uploadBlob"
BEFORE = ["drop", "error", "cut", "unready", "limit", "auth", "expired", "late"]


@pytest.mark.parametrize("fault", BEFORE)
async def test_what_goes_wrong_with_an_upload_to_bluesky_is_no_lost_post(fault: str) -> None:
    async with on_bluesky() as stage:
        hasty = bluesky.build(bluesky_settings(stage.sandbox.url, timeout_secs=0.2), stage.http, stage.clock)
        await hasty.find(ours("bluesky"))
        stage.sandbox.dial.turn(fault, nsid=UPLOAD, secs=0.4)
        error = await published(hasty, ours("bluesky"))
        if fault == "expired":
            assert error is None
        elif fault == "auth":
            assert isinstance(error, AuthNeeded)
        else:
            assert isinstance(error, Unavailable)
            assert not error.sent
            assert stage.sandbox.posts == []
        assert await published(stage.publisher, ours("bluesky")) is None
        assert len(_of_bluesky(stage.sandbox)) == len(stage.sandbox.posts) == 1


async def test_a_blob_that_went_away_or_was_changed_there_is_no_post() -> None:
    async with on_bluesky() as stage:
        for fault in ("keeps_blobs", "spoils_blobs"):
            setattr(stage.sandbox.network, fault, fault == "spoils_blobs")
            error = await published(stage.publisher, ours("bluesky"))
            assert isinstance(error, Unavailable)
            assert not error.sent
            stage.sandbox.network.keeps_blobs, stage.sandbox.network.spoils_blobs = True, False
        stage.sandbox.network.most_blob_bytes = 10
        assert isinstance(await published(stage.publisher, ours("bluesky")), Refused)
        assert stage.sandbox.posts == []


MEDIA_FAULTS = ["cut", "unready", "broken", "limit", "auth", "refuse", "drop", "half", "error", "page", "odd"]
DOORS = [("mastodon", "media"), ("mastodon", "ready"), ("x", "upload"), ("x", "status"), ("x", "metadata")]


class SkippingClock(FakeClock):
    """Time passes only when somebody would have waited for it."""

    async def sleep(self, secs: float) -> None:
        self._now += timedelta(seconds=secs)


def slow(platform: str, stage: posting.Stage, *, looks: int) -> Publisher:
    """Somebody who waits for pictures that are not ready at once."""
    clock = SkippingClock(NOW)
    if platform == "mastodon":
        stage.sandbox.network.rules.looks = looks
        return mastodon.build(posting.mastodon_settings(stage.sandbox.url), stage.http, clock)
    stage.sandbox.desk.media.looks = looks
    return x.build(posting.x_settings(stage.sandbox.url), stage.http, clock, purse=stage.purse)


@pytest.mark.parametrize("fault", MEDIA_FAULTS)
@pytest.mark.parametrize(("platform", "door"), DOORS)
async def test_what_goes_wrong_with_an_upload_elsewhere_is_no_lost_post(platform: str, door: str, fault: str) -> None:
    async with STAGES[platform]() as stage:
        dial = stage.sandbox.dial if platform == "mastodon" else stage.sandbox.desk.dial
        publisher = slow(platform, stage, looks=1 if door in ("ready", "status") else 0)
        dial.turn(fault, door=door)
        error = await published(publisher, ours(platform))
        assert posts_of(platform, stage.sandbox) == (1 if error is None else 0)
        assert error is None or not getattr(error, "sent", False)
        if error is not None:
            assert await published(publisher, ours(platform)) is None
        assert SEEN[platform](stage.sandbox) == [Seen(PICTURE.sha256, PICTURE.alt, ours(platform).text)]
        if platform == "x":
            assert stage.purse.spent[0] >= stage.sandbox.bill.usd * 1_000_000 - 0.5


@pytest.mark.parametrize("platform", ["mastodon", "x"])
async def test_a_picture_that_takes_its_time_is_waited_for_and_not_for_ever(platform: str) -> None:
    async with STAGES[platform]() as stage:
        error = await published(slow(platform, stage, looks=50), ours(platform))
        assert isinstance(error, Unavailable)
        assert not error.sent
        assert posts_of(platform, stage.sandbox) == 0
        await slow(platform, stage, looks=3).publish(ours(platform))
        assert SEEN[platform](stage.sandbox) == [Seen(PICTURE.sha256, PICTURE.alt, ours(platform).text)]


@pytest.mark.parametrize("platform", ["mastodon", "x"])
async def test_a_picture_that_cannot_be_worked_with_is_refused(platform: str) -> None:
    async with STAGES[platform]() as stage:
        publisher = slow(platform, stage, looks=2)
        network = stage.sandbox.network.rules if platform == "mastodon" else stage.sandbox.desk.media
        network.cannot_read = True
        assert isinstance(await published(publisher, ours(platform)), Refused)
        network.cannot_read = False
        setattr(network, "takes_bytes" if platform == "mastodon" else "most_bytes", 10)
        assert isinstance(await published(publisher, ours(platform)), Refused)
        assert posts_of(platform, stage.sandbox) == 0
        if platform == "x":
            assert stage.purse.spent[0] == 1000  # whose keys they are was asked; nothing was bought


async def test_mastodons_limits_are_read_from_the_server() -> None:
    async with posting.on_mastodon() as stage:
        stage.sandbox.network.rules.most_bytes = 100
        with pytest.raises(Refused, match=r"brands.example takes pictures up to 100 bytes"):
            await stage.publisher.publish(ours("mastodon"))
        assert stage.sandbox.network.uploads == []


async def test_pictures_made_with_ai_are_labelled_on_x() -> None:
    async with posting.on_x() as stage:
        await stage.publisher.publish(ours("x", media=(replace(PICTURE, made_with_ai=True),)))
        await stage.publisher.publish(ours("x", text="another text", mark="another"))
        assert [post["made_with_ai"] for post in stage.sandbox.desk.posts] == [True, False]
        assert stage.sandbox.bill.counts["media_metadata"] == 2
        assert stage.purse.spent[0] >= stage.sandbox.bill.usd * 1_000_000 - 0.5


# --- through the outbox --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut", "drop", "error", "unready"])
async def test_the_outbox_sends_a_picture_once_whatever_becomes_of_answers(
    ledger: Ledger, tmp_path: Path, there: tuple[str, posting.Stage], fault: str
) -> None:
    platform, stage = there
    album = Album(tmp_path)
    album.keep(DATA)
    text = ours(platform).text
    draft = Draft(f"{platform}:oreo.test", text, "dark", media=(PICTURE,))
    posting.approve(ledger, account=f"{platform}:oreo.test", drafts=(draft,), text=text, media=(PICTURE,))
    dial = stage.sandbox.desk.dial if platform == "x" else stage.sandbox.dial
    upload = {"bluesky": {"nsid": UPLOAD}, "mastodon": {"door": "media"}, "x": {"door": "upload"}}.get(platform)
    if upload is not None:
        dial.turn(fault, **upload)
    dial.turn(fault)
    books, publishers_ = posting.DirectBooks(ledger), {platform: stage.publisher}
    box = Outbox(books, publishers=publishers_, clock=stage.clock, album=album, random=Random(1), timeout_secs=5.0)
    for _ in range(40):
        await stage.clock.advance(8)
        await box.step()
    assert ledger.proposal("p1").state is State.PUBLISHED
    assert SEEN[platform](stage.sandbox) == [Seen(PICTURE.sha256, PICTURE.alt, text)]
    assert ledger.verify_audit() == []
