"""The picture on a card: uploaded beside it, shown when Slack is through with it, and never worth a card."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.model import Stage, Trend
from responders.approvals import Order, samples
from responders.approvals.slack.kept import Payload, Plot, PlotState
from responders.approvals.slack.limits import problems
from responders.approvals.slack.look import Look
from responders.approvals.slack.plots import in_words
from responders.plot import of_trend
from responders.plot_png import png
from tests.slack_office import NOW, Office, an_office, until

PNG = b"\x89PNG\r\n\x1a\n a picture"
WRITES = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        yield made


def images(message: Payload) -> list[Payload]:
    return [block for block in message["blocks"] if block["type"] == "image"]


def asked(office: Office, *names: str) -> list[str]:
    return [name for name in office.server.calls if name in (names or WRITES)]


def rows(office: Office) -> list[Plot]:
    return office.ledger.plots("p1")


async def shown(office: Office, secs: float = 10) -> list[Payload]:
    """The pictures of the one card, after a while."""
    await office.card()
    await office.pass_time(secs)
    [message] = office.found()
    return images(message)


async def test_a_card_is_there_before_its_picture_and_gets_it_when_slack_is_through(office: Office) -> None:
    office.server.space.file_looks = 4
    office.offer()
    async with office.running():
        first = await office.card()
        assert images(first) == []
        [image] = await shown(office)
    [file] = office.server.space.files.values()
    assert image["slack_file"] == {"id": file["id"]}
    assert file["body"] == PNG
    assert image["alt_text"] == in_words(samples.trend())
    assert problems(office.found()[0] | {"type": "message"}) == []
    assert asked(office) == WRITES
    assert len(asked(office, "files.info")) == 4
    assert [(row.file, row.state) for row in rows(office)] == [(file["id"], PlotState.READY)]
    assert office.channel is not None
    assert office.channel.notice() == ""


async def test_a_restart_shows_the_picture_that_is_there(office: Office) -> None:
    office.offer()
    async with office.running():
        assert len(await shown(office)) == 1
    async with office.running():
        assert len(await shown(office)) == 1
    assert asked(office) == WRITES


@pytest.mark.parametrize("scope", ["files:write", "files:read"])
async def test_a_scope_that_is_missing_is_told_once_and_the_card_stands(office: Office, scope: str) -> None:
    office.server.space.scopes.discard(scope)
    office.offer()
    async with office.running() as channel:
        assert await shown(office, 70) == []
        assert channel.notice() == (
            f"New cards in Slack have no picture since {NOW:%H:%M} UTC (Slack does not let us "
            f"{'files.info' if scope == 'files:read' else WRITES[0]}: missing_scope; it needs the scope {scope})."
        )
        assert len(asked(office, WRITES[0])) == 1
        [message] = office.found()
        assert any(block["type"] == "actions" for block in message["blocks"])
        office.server.space.scopes.add(scope)
        await office.pass_time(700)
        assert len(images(office.found()[0])) == 1
        assert channel.notice() == ""
    assert len(office.server.space.files) == 1


@pytest.mark.parametrize("door", WRITES)
@pytest.mark.parametrize("fault", ["cut", "refuse", "drop", "odd", "limit"])
async def test_an_upload_that_fails_anywhere_leaves_the_card_and_is_made_up_for(
    office: Office, door: str, fault: str
) -> None:
    office.server.dial.turn(fault, door=door)
    office.offer()
    async with office.running() as channel:
        first = await shown(office)
        # Only what was done although nobody heard of it may be shown already.
        assert first == [] or fault in ("drop", "odd")
        while not images(office.found()[0]) and office.clock.now() < NOW + timedelta(minutes=14):
            await office.pass_time(61)
        assert len(images(office.found()[0])) == 1
        assert channel.notice() == ""
        assert len(office.found()) == 1
    complete = [file for file in office.server.space.files.values() if file.get("is_complete")]
    assert len(complete) == 1, "nothing lies in Slack that no card shows"


async def test_a_file_that_is_never_ready_is_given_up_and_not_asked_for_again(office: Office) -> None:
    office.server.space.file_looks = 10_000
    office.offer()
    async with office.running() as channel:
        assert await shown(office, 40) == []
        assert "not through with a picture after 30 s" in channel.notice()
        looks = len(asked(office, "files.info"))
        await office.pass_time(700)
        assert len(asked(office, "files.info")) == looks
    assert [row.state for row in rows(office)] == [PlotState.REFUSED]
    assert asked(office) == WRITES


async def test_a_picture_that_slack_will_not_show_costs_no_button(office: Office) -> None:
    office.offer()
    office.server.space.file_looks = 1
    async with office.running() as channel:
        await office.card()
        await until(lambda: bool(rows(office)) and rows(office)[0].state is PlotState.READY)
        office.server.space.file_looks = 10_000  # files.info said that it is ready, chat.update says that it is not
        assert await shown(office) == []
        assert "invalid slack file" in channel.notice()
    [message] = office.found()
    assert any(block["type"] == "actions" for block in message["blocks"])
    assert [row.state for row in rows(office)] == [PlotState.REFUSED]
    assert len(asked(office, WRITES[0])) == 1


async def test_a_newer_picture_is_made_seldom_and_only_for_a_trend_that_grew(office: Office) -> None:
    live = [samples.trend()]
    office.trends = lambda: _now(live)
    office.offer()
    async with office.running():
        [image] = await shown(office)
        await office.pass_time(300)
        assert len(office.server.space.files) == 1, "nothing new to show"
        live[0] = samples.trend(volume=tuple(2 * n for n in samples.trend().volume), stage=Stage.PEAKING)
        await office.pass_time(120)
        [newer] = images(office.found()[0])
        assert newer["slack_file"] != image["slack_file"]
        assert newer["alt_text"] == in_words(live[0])
        assert len(office.server.space.files) == 2
        live[0] = samples.trend(volume=tuple(9 * n for n in samples.trend().volume))
        await office.pass_time(100)
        assert len(office.server.space.files) == 2, "two in three minutes are one too many"


async def test_a_decided_card_gets_no_picture(office: Office) -> None:
    office.offer()
    await office.desk.decide(Order("p1", "reject", "maya", "inbox", 1, reason="no"))
    office.offer("p2")
    async with office.running():
        await office.card("p2")
        await office.pass_time(10)
        await office.desk.decide(Order("p2", "reject", "maya", "inbox", 1, reason="no"))
        await office.pass_time(400)
        assert images(office.found("p2")[0]) == []
    assert len(office.server.space.files) == 1


async def test_drawing_that_fails_is_a_notice(office: Office) -> None:
    office.offer()

    def broken(_: Trend) -> bytes:
        raise RuntimeError("no fonts")

    office.draw = broken
    async with office.running() as channel:
        assert await shown(office) == []
        assert "it cannot be drawn: RuntimeError" in channel.notice()
    assert asked(office) == []


async def test_bytes_go_to_nobody_else(office: Office) -> None:
    """An address in plain HTTP on another host would show an unpublished picture to everybody on the way."""
    office.server.space.url = "http://elsewhere.example"
    office.offer()
    async with office.running() as channel:
        assert await shown(office) == []
        assert "not private" in channel.notice()


def test_words_say_what_the_bars_show() -> None:
    began = samples.trend()
    assert in_words(began) == "1,356 posts a minute at 01:38 UTC, rising since 01:36; at most 1,572 a minute so far."
    fading = replace(began, stage=Stage.FADING, peaked_at=began.detected_at, volume=(10, 60, 6, 0))
    assert in_words(fading).startswith("36 posts a minute at 01:33 UTC, fading since 01:36; at most 360 a minute")
    assert in_words(replace(began, volume=())) == "No posts were counted yet."


def test_the_picture_is_a_png_with_letters_of_our_own() -> None:
    made = png(of_trend(samples.trend()))
    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20], "big") == 880
    without = png(replace(of_trend(samples.trend()), mark=" ", peak=" ", start=" ", end=" "))
    assert len(without) < 0.5 * len(made), "most of the bytes are letters"


async def _now(live: Sequence[Any]) -> Sequence[Trend]:
    return live
