"""The real cards over the real wire: what stands on the screen, what a click says, what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from monitor.model import Signal, Verdict
from responders import lifecycle
from responders.approvals.aides import Aides, Missed, Opinion, Redrafted, Weighed, Wished
from responders.approvals.slack.limits import problems, rings
from responders.approvals.slack.look import Look
from responders.lifecycle import Facts
from responders.model import Draft, State
from responders.sandbox.slack import Envelope
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


class Oracle:
    """A counsel that says what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.wait: asyncio.Event | None = None

    async def opinions(self, text: str) -> list[Opinion]:
        self.asked.append(("opinions", text))
        if self.wait is not None:
            await self.wait.wait()
        weighed = (("safety", Verdict.BLOCK, 2.0), ("bridge", None, 2.0), ("reach", None, 1.0), ("tone", None, 1.0))
        signals = tuple(
            Weighed(Signal(name, 0.5, f"{name} <!channel> says so", veto=veto), weight)
            for name, veto, weight in weighed
        )
        against = (("x:oreo", ("too long: 300 weighted characters of 280 (x), 20 too many",)), ("bluesky:oreo", ()))
        return [Opinion("Oreo", Verdict.BLOCK, 0, 0.4, "a tragedy", 80, signals, against)]

    async def missed(self, text: str, person: str, received_at: datetime) -> Missed:
        self.asked.append(("missed", text, person))
        return Missed(("It was not heard.",), ("Oreo: none of its keywords meets it; 'zeppelin' would.",))


async def test_a_text_is_tried_and_answered_to_one_person_alone(office: Office) -> None:
    oracle = Oracle()
    office.aides = Aides(oracle)
    async with office.running():
        await office.server.command("/bonmot test the lights &lt;went&gt; out", ADA)
        assert await office.worked(1) == ["test by maya"]
    assert oracle.asked == [("opinions", "the lights <went> out")]
    [told] = office.server.space.ephemerals
    assert told["user"] == ADA
    lines = told["text"].splitlines()
    assert lines[0] == "Oreo: block, 0.40, if 80 people write this now. a tragedy"
    assert [one.split()[1] for one in lines[1:4]] == ["safety", "bridge", "reach"]
    assert lines[1].startswith("• safety [block] 0.50 × 2: safety &lt;!channel&gt;")
    assert lines[4].startswith("As a draft for x:oreo: too long: 300")
    assert lines[5] == "As a draft for bluesky:oreo: nothing stands against it."
    assert office.server.messages == []


async def test_why_speaks_of_live_trends_and_else_of_every_signal(office: Office) -> None:
    oracle = Oracle()
    office.aides = Aides(oracle)
    offer(office)
    async with office.running():
        await office.card()
        await office.server.command("/bonmot why superdome", ADA)
        assert await office.worked(1) == ["why by maya"]
        assert oracle.asked == []
        assert "Superdome lights out" in office.server.space.ephemerals[0]["text"]
        await office.server.command("/bonmot why zeppelin", ADA)
        await office.worked(2)
    assert oracle.asked == [("opinions", "zeppelin")]
    first, second = office.server.space.ephemerals[1:]
    assert first["text"] == "No trend of today speaks of 'zeppelin'."
    assert all(f"• {name}" in second["text"] for name in ("safety", "bridge", "reach", "tone"))
    assert "As a draft" not in second["text"]


async def test_what_was_missed_is_taught_with_a_name(office: Office) -> None:
    oracle = Oracle()
    office.aides = Aides(oracle)
    async with office.running():
        await office.server.command("/bonmot missed a zeppelin", BEN)
        await office.server.command("/bonmot missed", BEN)
        assert sorted(await office.worked(2)) == ["missed by jonas", "missed by jonas"]
    assert oracle.asked == [("missed", "a zeppelin", "jonas")]
    said = {one["text"] for one in office.server.space.ephemerals}
    assert any("Kept as an example" in one and "'zeppelin' would" in one for one in said)
    assert "Nothing was passed over yet." in said


async def test_a_stranger_is_not_answered(office: Office) -> None:
    oracle = Oracle()
    office.aides = Aides(oracle)
    async with office.running():
        await office.server.command("/bonmot test the lights", "U04GUEST")
        assert "guest" in (await office.worked(1))[0]
    assert oracle.asked == []


async def test_clicks_do_not_wait_for_who_thinks_and_a_restart_asks_anew(office: Office) -> None:
    oracle = Oracle()
    oracle.wait = asyncio.Event()
    office.aides = Aides(oracle)
    offer(office)
    async with office.running():
        message = await office.card()
        await office.server.command("/bonmot test the lights", ADA)
        await until(lambda: len(oracle.asked) == 1)
        await office.server.click(message, action(message, "approve"), ADA)
        assert await office.worked(1) == ["approve by maya"]
    oracle.wait = None
    async with office.running():
        assert sorted(await office.worked(2)) == ["approve by maya", "test by maya"]
    assert len(oracle.asked) == 2


class Pen:
    """Adds a draft to the fake desk's card, or says why not."""

    def __init__(self, office: Office, why: str = "") -> None:
        self.office, self.why, self.wishes = office, why, list[Wished]()

    async def add(self, wished: Wished) -> Redrafted:
        self.wishes.append(wished)
        if self.why:
            return Redrafted((), self.why)
        desk = self.office.desk
        before = desk._proposals[wished.proposal]
        new = Draft(before.account, "Milk sees in the dark.", "model", "small")
        after = lifecycle.apply(before, "add", Facts(self.office.clock.now(), wished.person, drafts=(new,)))
        desk._write(before, "add", after, via="slack")
        return Redrafted((len(after.drafts),))


async def wished(office: Office, words: str | None) -> Envelope:
    message = await office.card()
    await office.server.click(message, action(message, "wish"), ADA)
    await until(lambda: bool(office.server.space.views))
    return await wished_in(office, words)


async def test_other_drafts_stand_behind_the_old_ones_and_nothing_else_changes(office: Office) -> None:
    offer(office)
    pen = Pen(office)
    office.aides = Aides(redraft=pen)
    async with office.running():
        before = dict(await office.card())
        assert (await wished(office, "  about the milk ")).answer is None
        assert (await office.worked(2))[1] == "drafts by maya"
        assert [(one.words, one.person, one.via) for one in pen.wishes] == [("about the milk", "maya", "slack")]
        number = len(office.desk._proposals["p1"].drafts)
        await office.pass_time(1.1)
        await until(lambda: "Milk sees in the dark." in str(office.found()[0]["blocks"]))
        told = office.server.space.ephemerals[-1]
        assert told["user"] == ADA
        assert told["text"].startswith(f"Draft {number} was added")
        assert problems({"blocks": office.found()[0]["blocks"], "text": office.found()[0]["text"]}) == []
        await office.server.click(before, action(before, "approve"), BEN)  # the card as it was still says what it said
        assert (await office.worked(3))[2] == "approve by jonas"


async def test_no_other_draft_is_told_privately(office: Office) -> None:
    offer(office)
    office.aides = Aides(redraft=Pen(office, "mentions <@U1>"))
    async with office.running():
        await wished(office, None)
        assert (await office.worked(2))[1] == "drafts by maya"
        [told] = office.server.space.ephemerals
        assert told["text"] == "No other draft was found: mentions &lt;@U1&gt;"


async def test_a_wish_for_a_card_that_is_over_keeps_its_window(office: Office) -> None:
    offer(office)
    pen = Pen(office)
    office.aides = Aides(redraft=pen)
    async with office.running():
        message = await office.card()
        await office.server.click(message, action(message, "wish"), ADA)
        await until(lambda: bool(office.server.space.views))
        await office.server.click(message, action(message, "approve"), BEN)
        await office.worked(2)
        answer = (await wished_in(office)).answer
        assert "already approved by jonas" in next(iter(answer["errors"].values()))
        assert pen.wishes == []


async def wished_in(office: Office, words: str | None = "drier") -> Envelope:
    [view] = office.server.space.views.values()
    [field] = [block for block in view["blocks"] if block["type"] == "input"]
    typed = {field["block_id"]: {field["element"]["action_id"]: {"type": "plain_text_input", "value": words}}}
    envelope = await office.server.submit(view, ADA, typed)
    await until(lambda: envelope.acked_at is not None)
    return envelope
