"""The real cards over the real wire: what stands on the screen, what a click says, what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from responders.approvals.slack.limits import problems, rings
from responders.approvals.slack.look import Look
from responders.model import State
from tests.slack_office import Office, an_office, until

ADA, BEN = "U01ADA", "U02BEN"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        yield made


def buttons(message: dict[str, Any]) -> dict[str, str]:
    """The text of each button, by what it does."""
    found = {}
    for block in message["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button":
                found[element["action_id"].rpartition(".")[2].rpartition(":")[2]] = element["text"]["text"]
    return found


def action(message: dict[str, Any], name: str) -> str:
    """The whole action id of a button."""
    blocks = message["blocks"]
    elements = [element for block in blocks for element in [*block.get("elements", []), block.get("accessory", {})]]
    [found] = [one["action_id"] for one in elements if one.get("action_id", "").endswith(name)]
    return str(found)


def offer(office: Office) -> None:
    office.offer(account="x:oreo")


async def test_one_click_posts_exactly_the_text_on_the_screen(office: Office) -> None:
    offer(office)
    async with office.running():
        message = await office.card()
        assert problems({"blocks": message["blocks"], "text": message["text"]}) == []
        assert rings(message) == []
        assert "Post now to X @oreo" in buttons(message).values()
        await office.server.click(message, action(message, "approve"), ADA)
        assert await office.worked(1) == ["approve by maya"]
        [order] = office.desk.orders
        found = await office.desk.card("p1")
        assert found is not None
        assert order.text == found.proposal.drafts[0].text == found.proposal.text
        assert found.proposal.state is State.APPROVED
        await office.pass_time(1.1)
        await until(lambda: "Approved by" in str(office.found()[0]["blocks"]))


async def test_the_late_one_is_told_who_was_faster(office: Office) -> None:
    offer(office)
    async with office.running():
        message = await office.card()
        await office.server.click(message, action(message, "approve"), ADA)
        await office.worked(1)
        await office.server.click(message, action(message, "approve"), BEN)
        assert "Maya Okafor said yes at" in (await office.worked(2))[1]


async def test_a_button_with_another_text_than_was_kept_does_nothing(office: Office) -> None:
    offer(office)
    async with office.running():
        message = await office.card()
        value = next(
            element["value"] for block in message["blocks"] for element in block.get("elements", [])
            if element.get("action_id", "").endswith("approve")
        )  # fmt: skip
        forged = value[:-1] + ("0" if value[-1] != "0" else "1")
        await office.server.click(message, action(message, "approve"), ADA, value=forged)
        assert "refused" in (await office.worked(1))[0]
        assert office.desk.orders == []


async def test_a_stranger_is_refused_and_the_card_stays(office: Office) -> None:
    offer(office)
    async with office.running():
        message = await office.card()
        await office.server.click(message, action(message, "approve"), "U04GUEST")
        assert "refused" in (await office.worked(1))[0]
        assert office.desk.orders == []


async def test_commands_answer_in_words(office: Office) -> None:
    offer(office)
    async with office.running():
        await office.card()
        await office.server.command("/bonmot status", ADA)
        await office.server.command("/bonmot pause 10m news is breaking", ADA)
        assert await office.worked(2) == ["status by maya", "pause by maya"]
        paused = await office.desk.paused()
        assert paused is not None
        assert (paused.person, paused.why) == ("maya", "news is breaking")
        await office.server.command("/bonmot resume all clear", ADA)
        await office.worked(3)
        assert await office.desk.paused() is None


async def test_details_open_as_a_window(office: Office) -> None:
    offer(office)
    async with office.running():
        message = await office.card()
        await office.server.click(message, action(message, "details"), ADA)
        assert await office.worked(1) == ["opened details"]
