"""The picture of a draft in Slack: who says yes there sees it, and its words wherever Slack cannot show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from monitor.errors import Refused
from responders.approvals import Order
from responders.approvals.slack.kept import Payload, Plot, PlotState
from responders.approvals.slack.limits import problems
from responders.approvals.slack.look import Look
from responders.model import Draft, Picture
from tests.slack_office import Office, an_office, until

BODY = b"\x89PNG\r\n\x1a\n a biscuit in the dark"
OTHER = b"GIF89a another"
ON_THE_PAGE = "shown on the page of bonmot"
WRITES = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


def picture(body: bytes = BODY, **changes: Any) -> Picture:
    made = Picture(
        sha256(body).hexdigest(), "A biscuit, lit from above.", "image/png", "dark.png", 1200, 675, len(body)
    )
    return replace(made, **changes)


ALBUM = {picture(body).sha256: body for body in (BODY, OTHER)}


def read(name: str) -> bytes:
    if name not in ALBUM:
        raise Refused(f"the picture that was agreed to cannot be read ({name[:12]})")
    return ALBUM[name]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face, made.picture = Look(), read
        yield made


def offer(office: Office, *pictures: Picture) -> None:
    """Two drafts, the first with the pictures."""
    drafts = (
        Draft("bluesky:oreo.example", "In the dark.", "a", media=pictures),
        Draft("bluesky:oreo.example", "No power.", "a"),
    )
    office.offer(drafts=drafts, text="In the dark.", media=pictures)


def blocks(message: Payload, part: str = "picture") -> list[Payload]:
    return [block for block in message["blocks"] if block["type"] == "image" and block["block_id"].startswith(part)]


async def shown(office: Office, secs: float = 15) -> Payload:
    """The one card after a while, with its buttons and within Slack's limits."""
    await office.card()
    await office.pass_time(secs)
    [message] = office.found()
    assert problems(message | {"type": "message"}) == []
    assert any(block["type"] == "actions" for block in message["blocks"])
    return message


def rows(office: Office, one: Picture) -> list[Plot]:
    return office.ledger.plots(f"p1 {one.sha256}")


def bodies(office: Office) -> list[bytes]:
    """What lies in Slack beside the trend's plot."""
    return [file["body"] for file in office.server.space.files.values() if file["name"] != "plot.png"]


async def test_the_picture_stands_under_its_draft_to_the_last_byte(office: Office) -> None:
    office.server.space.file_looks = 4
    offer(office, picture())
    async with office.running() as channel:
        first = await office.card()
        assert blocks(first) == []
        assert ON_THE_PAGE in str(first)
        message = await shown(office)
        assert channel.notice() == ""
    [block] = blocks(message)
    file = office.server.space.files[block["slack_file"]["id"]]
    assert (file["body"], file["name"]) == (BODY, "dark.png")
    assert block["alt_text"] == "A biscuit, lit from above."
    before = message["blocks"][message["blocks"].index(block) - 1]
    assert before["block_id"].startswith("drafta:")
    assert "With the picture dark.png (1200 x 675)" in str(before)
    assert "A biscuit, lit from above." in str(before)
    assert ON_THE_PAGE not in str(message)
    assert len(blocks(message, "plot")) == 1
    assert [(row.file, row.state) for row in rows(office, picture())] == [(file["id"], PlotState.READY)]


async def test_one_that_two_drafts_share_and_a_restart_upload_nothing_twice(office: Office) -> None:
    drafts = tuple(
        Draft("bluesky:oreo.example", text, "a", media=(picture(),)) for text in ("In the dark.", "Still dark.")
    )
    office.offer(drafts=drafts, text="In the dark.", media=(picture(),))
    async with office.running():
        assert len(blocks(await shown(office))) == 2
    async with office.running():
        assert len(blocks(await shown(office, 200))) == 2
    assert bodies(office) == [BODY]
    assert [name for name in office.server.calls if name in WRITES] == WRITES * 2, "the plot and the picture"


async def test_what_slack_was_not_through_with_at_the_end_is_asked_for_at_the_next_start(office: Office) -> None:
    office.server.space.file_looks = 10_000
    offer(office, picture())
    async with office.running():
        await until(lambda: bool(rows(office, picture())))
        await office.pass_time(3)
    [row] = rows(office, picture())
    assert row.state is PlotState.SENT
    office.server.space.file_looks = 2
    async with office.running():
        assert [block["slack_file"]["id"] for block in blocks(await shown(office))] == [row.file]
    assert bodies(office) == [BODY]


async def test_a_look_at_the_card_while_its_picture_is_under_way_uploads_no_second_one(office: Office) -> None:
    office.server.space.file_looks = 20
    offer(office, picture())
    async with office.running() as channel:
        await until(lambda: bool(rows(office, picture())))
        for _ in range(3):
            await office.pass_time(3)
            channel.board.mark("p1")
        assert len(blocks(await shown(office, 60))) == 1
    assert bodies(office) == [BODY]


async def test_a_missing_scope_leaves_the_words_until_it_is_there(office: Office) -> None:
    office.server.space.scopes.discard("files:write")
    offer(office, picture())
    async with office.running() as channel:
        message = await shown(office, 70)
        assert blocks(message) == []
        assert ON_THE_PAGE in str(message)
        assert "it needs the scope files:write" in channel.notice()
        assert office.server.calls.count(WRITES[0]) == 1
        office.server.space.scopes.add("files:write")
        assert len(blocks(await shown(office, 700))) == 1
        assert channel.notice() == ""


@pytest.mark.parametrize("door", WRITES)
@pytest.mark.parametrize("fault", ["refuse", "cut"])
async def test_an_upload_that_fails_costs_no_card_and_is_made_up_for(office: Office, door: str, fault: str) -> None:
    office.server.dial.turn(fault, door=door)
    offer(office, picture())
    async with office.running():
        assert ON_THE_PAGE in str(await shown(office))
        assert len(blocks(await shown(office, 900))) == 1
    whole = [file["name"] for file in office.server.space.files.values() if file.get("is_complete")]
    assert sorted(whole) == ["dark.png", "plot.png"]


async def test_the_one_that_slack_refuses_to_show_goes_and_the_others_stay(office: Office) -> None:
    """What Slack takes for no picture is named by its place among the blocks."""
    odd = picture(b"BM a bitmap", kind="image/gif", name="odd.gif")
    office.picture = (ALBUM | {odd.sha256: b"BM a bitmap"}).__getitem__
    offer(office, picture(), odd)
    async with office.running():
        message = await shown(office)
        assert [block["slack_file"]["id"] for block in blocks(message)] == [rows(office, picture())[0].file]
        assert str(message).count(ON_THE_PAGE) == 1
        assert len(blocks(await shown(office, 900), "plot")) == 1
    assert [row.state for row in rows(office, odd)] == [PlotState.REFUSED]


async def test_what_slack_cannot_show_or_we_cannot_read_is_told_in_words(office: Office) -> None:
    webp, lost = picture(OTHER, kind="image/webp"), picture(b"changed on the disk")
    offer(office, webp, lost, picture())
    async with office.running() as channel:
        message = await shown(office, 200)
        assert len(blocks(message)) == 1
        assert str(message).count(ON_THE_PAGE) == 2
        assert len(blocks(message, "plot")) == 1
        assert channel.notice() == ""
    assert bodies(office) == [BODY]


async def test_an_approved_text_keeps_its_picture_and_a_rejected_card_uploads_none(office: Office) -> None:
    offer(office, picture())
    async with office.running():
        assert len(blocks(await shown(office))) == 1
        await office.desk.decide(Order("p1", "approve", "maya", "inbox", 1))
        assert len(blocks(await shown(office, 3))) == 1
        drafts = (Draft("bluesky:oreo.example", "Later.", "a", media=(picture(OTHER, kind="image/gif"),)),)
        office.server.space.scopes.discard("files:write")
        office.offer("p2", drafts=drafts, text="Later.", media=drafts[0].media)
        await office.pass_time(6)
        await office.card("p2")
        office.server.space.scopes.add("files:write")
        await office.desk.decide(Order("p2", "reject", "maya", "inbox", 1, reason="no"))
        await office.pass_time(900)
    assert bodies(office) == [BODY]


async def test_a_channel_without_an_album_tells_it_in_words(office: Office) -> None:
    office.picture = None
    offer(office, picture())
    async with office.running():
        assert ON_THE_PAGE in str(await shown(office))
    assert bodies(office) == []
