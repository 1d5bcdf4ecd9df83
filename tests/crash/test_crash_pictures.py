"""Killed between a picture's upload and its post, and at every seam around: one post, with the picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import to_text
from responders.ledger import Ledger
from responders.model import State
from responders.sandbox.mastodon.network import Network
from tests.crash.lanes import BEGAN, Lane, a_lane
from tests.crash.worker import DATA, PICTURE

SEAMS = ("before_claim", "after_claim", "after_upload", "after_post", "after_receipt")
HANDLE = "oreo.test"
APART_SECS = 300


def _on_bluesky(sandbox: Any) -> list[tuple[bytes, str]]:
    images = [image for post in sandbox.posts for image in post.value["embed"]["images"]]
    return [(sandbox.network.blobs[image["image"]["ref"]["$link"]].data, image["alt"]) for image in images]


def _on_mastodon(sandbox: Any) -> list[tuple[bytes, str]]:
    network: Network = sandbox.network
    return [(one.data, one.description) for post in network.present() for one in post.media]


def _on_x(sandbox: Any) -> list[tuple[bytes, str]]:
    keys = [key for post in sandbox.desk.posts for key in post.get("attachments", {}).get("media_keys", [])]
    return [(one.data, one.alt) for key in keys for one in sandbox.desk.media.uploads if one.key == key]


SHOWN: dict[str, Callable[[Any], list[tuple[bytes, str]]]] = {
    "bluesky": _on_bluesky, "mastodon": _on_mastodon, "x": _on_x,
}  # fmt: skip


def begin(lane: Lane, platform: str) -> None:
    """An empty ledger and an empty network: the first life of all, which warms up, has posted."""
    lane.begin_anew()
    if platform == "bluesky":
        lane.sandbox.network.written.clear()
    if platform == "mastodon":
        lane.sandbox.network.written.clear()
        lane.sandbox.network.tokens[f"token-of-{HANDLE}"] = HANDLE
    if platform == "x":
        lane.sandbox.desk.keys.accounts[f"token-of-{HANDLE}"] = ("secret", HANDLE)


@pytest.mark.parametrize("platform", sorted(SHOWN))
async def test_killed_around_an_upload_there_is_one_post_with_its_picture(folder: Path, platform: str) -> None:
    async with a_lane(folder, 0, platform) as lane:
        begin(lane, platform)
        life = {
            "url": lane.sandbox.url, "handle": HANDLE, "began": to_text(BEGAN), "platform": platform, "steps": 30,
            "step_secs": 16, "album": str(folder / "media"), "proposals": 1, "approved": [0],
        }  # fmt: skip
        for seam in (*SEAMS, None):
            now = to_text(lane.clock.now())
            ended = await lane.live(**life, now=now, dies_at=seam)
            seen = SHOWN[platform](lane.sandbox)
            assert seen == ([(DATA, PICTURE.alt)] if seam in ("after_post", "after_receipt", None) else []), seam
            assert ended in ((0, -9) if seam in (None, "after_receipt") else (-9,)), seam
            await lane.clock.advance(APART_SECS)
        ledger = Ledger(lane.engine)
        after = ledger.proposal("p0")
        assert after is not None
        assert after.state is State.PUBLISHED
        assert ledger.verify_audit() == []
        lane.engine.dispose()


async def test_a_picture_spoilt_between_two_lives_is_never_posted(folder: Path) -> None:
    async with a_lane(folder, 0) as lane:
        begin(lane, "bluesky")
        life = {
            "url": lane.sandbox.url, "handle": HANDLE, "began": to_text(BEGAN), "steps": 30, "step_secs": 16,
            "album": str(folder / "media"), "proposals": 1, "approved": [0],
        }  # fmt: skip
        assert await lane.live(**life, now=to_text(BEGAN), dies_at="after_upload") == -9
        ledger = Ledger(lane.engine)
        spoilt = folder / "empty"
        spoilt.mkdir()
        (spoilt / PICTURE.sha256).write_bytes(DATA[:-1])
        life |= {"album": str(spoilt), "is_spoilt": True, "now": to_text(BEGAN + timedelta(seconds=APART_SECS))}
        assert await lane.live(**life, dies_at=None) == 0
        after = ledger.proposal("p0")
        assert after is not None
        assert (after.state, lane.sandbox.posts) == (State.FAILED, [])
        lane.engine.dispose()
