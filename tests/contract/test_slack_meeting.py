"""The real cards in the real channel, against the sandbox: what is shown is what is decided on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import FakeClock, SystemClock
from responders.approvals import samples
from responders.approvals.slack.look import Look
from responders.bot import built
from responders.model import State
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL
from responders.sandbox.slack.blocks import elements
from tests.slack_office import Office, an_office, until


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        yield made


def button(message: dict[str, Any], name: str) -> str:
    """The action of ours whose name holds a word."""
    acts = [one.get("action_id", "") for block in message["blocks"] for one in elements(block)]
    return next(act for act in acts if name in act)


async def test_the_text_on_the_screen_is_what_is_approved(office: Office) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        await office.server.click(card, button(card, "approve"), "U01ADA")
        assert await office.worked(1) == ["approve by maya"]
        [order] = office.desk.orders
        assert order.text == samples.DRAFTS[0][1]
        await office.pass_time(1.1)
        await until(lambda: office.desk._proposals["p1"].state is State.APPROVED)
        await until(lambda: "Maya" in str(office.found()[0]["blocks"]))


async def test_an_edit_goes_through_its_window(office: Office) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        await office.server.click(card, button(card, "edit"), "U02BEN")
        assert await office.worked(1) == ["opened edit"]
        [view] = office.server.space.views.values()
        [field] = [one for one in view["blocks"] if one["type"] == "input"]
        typed = {"type": "plain_text_input", "value": "Dunk in the dark, then."}
        await office.server.submit(view, "U02BEN", {field["block_id"]: {field["element"]["action_id"]: typed}})
        assert (await office.worked(2))[1] == "edit by jonas"
        assert office.desk._proposals["p1"].text == "Dunk in the dark, then."
        await office.pass_time(1.1)
        await until(lambda: "Dunk in the dark, then." in str(office.found()[0]["blocks"]))


async def test_an_old_card_decides_nothing(office: Office) -> None:
    office.offer()
    async with office.running() as channel:
        old = dict(await office.card())
        await office.server.click(old, button(old, "edit"), "U02BEN")
        await office.worked(1)
        [view] = office.server.space.views.values()
        [field] = [one for one in view["blocks"] if one["type"] == "input"]
        typed = {"type": "plain_text_input", "value": "Dunk in the dark, then."}
        await office.server.submit(view, "U02BEN", {field["block_id"]: {field["element"]["action_id"]: typed}})
        await office.worked(2)
        await office.server.click(old, button(old, "approve"), "U01ADA")
        outcome = (await office.worked(3))[2]
        assert outcome.startswith("refused U01ADA: Jonas Weber changed the text at")
        assert office.desk._proposals["p1"].state is State.PENDING
        assert channel.notice() == ""


async def test_commands_and_home_are_answered(office: Office) -> None:
    office.offer()
    async with office.running():
        await office.server.command("/bonmot status", "U01ADA")
        await office.server.command("/bonmot pause 10m the news is grave", "U01ADA")
        await office.server.command("/bonmot paus", "U01ADA")
        await office.server.open_home("U01ADA")
        found = await office.worked(4)
        assert found[:2] == ["status by maya", "pause by maya"]
        assert "did you mean 'pause'" in found[2]
        assert found[3] == "home by maya"
        assert office.server.space.ephemerals[0]["text"].startswith("1 waiting (Oreo: Superdome lights out)")
        assert office.server.space.homes["U01ADA"]["type"] == "home"
        pause = await office.desk.paused()
        assert pause is not None
        assert (pause.person, pause.why) == ("maya", "the news is grave")


async def test_the_whole_bot_keeps_slack_beside_its_page(tmp_path: Path) -> None:
    from tests.contract.test_doctor import settings_with

    server = await slack.start(clock=FakeClock(samples.START))
    people = {"maya": {"title": "Maya", "slack": "U01ADA"}, "jon": {"title": "Jon"}}
    block = {"bot_token": "${SLACK_BOT}", "app_token": "${SLACK_APP}", "channels": {"oreo": CHANNEL}}
    block["base_url"] = f"{server.url}/api"
    environ = {"SLACK_BOT": BOT_TOKEN, "SLACK_APP": APP_TOKEN}
    settings = settings_with(tmp_path, environ=environ, people=people, slack=block)
    try:
        async with built(settings, clock=SystemClock(), run_id="t") as house:
            channel = house.slack
            assert channel is not None
            assert channel._gate.ids == {"U01ADA": "maya"}
            bot = settings.bot.model_copy(update={"people": {"jon": settings.bot.people["jon"]}})
            house.take(settings.model_copy(update={"bot": bot}))
            assert channel._gate.ids == {}
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(house.run(stop), name="house")
                await until(lambda: channel.sockets is not None and channel.sockets.open == 2)
                await until(lambda: "auth.test" in server.calls)
                stop.set()
            assert channel.sockets is not None
            assert channel.sockets.open == 0
    finally:
        await server.close()
