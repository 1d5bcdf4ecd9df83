"""A window that cannot be kept stays open and says why, beside the field and within the ack; nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from responders.approvals import Card
from responders.approvals.slack.door import Door
from responders.approvals.slack.look import Look
from responders.model import Proposal, State
from responders.rights import Away
from responders.sandbox.slack import SECRET, TEAM, Envelope
from tests.slack_office import CountingDesk, Office, an_office, until

ADA, BEN, GUEST = "U01ADA", "U02BEN", "U04GUEST"
LONG = "dunk " * 60 + "it"
"""302 letters."""


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        made.offer(account="x:oreo")
        yield made


def typed(view: dict[str, Any], text: str | None) -> dict[str, Any]:
    """`state.values` with `text` in every field that people write into."""
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    written = {"type": "plain_text_input", "value": text}
    choice = {"type": "static_select", "selected_option": None}
    return {
        one["block_id"]: {
            one["element"]["action_id"]: written if one["element"]["type"] == "plain_text_input" else choice
        }
        for one in fields
    }


async def opened(office: Office, name: str, user: str = ADA, key: str = "p1") -> dict[str, Any]:
    """The window behind a button of the card."""
    message = await office.card(key)
    blocks = message["blocks"]
    elements = [element for block in blocks for element in [*block.get("elements", []), block.get("accessory", {})]]
    [action] = [one["action_id"] for one in elements if one.get("action_id", "").endswith(name)]
    before = len(office.server.space.views)
    await office.server.click(message, action, user)
    await until(lambda: len(office.server.space.views) > before)
    return dict(list(office.server.space.views.values())[-1])


async def sent(office: Office, view: dict[str, Any], text: str | None, user: str = ADA) -> Envelope:
    """A window that was sent and acked."""
    envelope = await office.server.submit(view, user, typed(view, text))
    await until(lambda: envelope.acked_at is not None)
    return envelope


def errors(envelope: Envelope) -> dict[str, str]:
    """What was told beside the fields."""
    assert envelope.answer["response_action"] == "errors"
    return dict(envelope.answer["errors"])


async def test_a_text_that_is_too_long_is_told_so_in_the_ack_and_then_mended(office: Office) -> None:
    async with office.running():
        view = await opened(office, "edit")
        [field] = [block for block in view["blocks"] if block["type"] == "input"]
        assert field["hint"]["text"].startswith("At most 280 weighted characters; a link counts 23. The present text")
        told = errors(await sent(office, view, LONG))
        [(block, sentence)] = told.items()
        assert block == field["block_id"]
        assert "302 weighted characters of 280 (x), 22 too many" in sentence
        assert office.desk.orders == []
        assert (await office.worked(2))[1].startswith(f"refused {ADA}: too long")
        assert (await sent(office, view, "Dunk in the dark, then.")).answer is None
        assert (await office.worked(3))[2] == "edit by maya"
        assert office.desk._proposals["p1"].text == "Dunk in the dark, then."


@pytest.mark.parametrize(("text", "said"), [("", "Write the text"), (" \n", "Write the text"), ("@maya hi", "@maya")])
async def test_what_cannot_be_posted_is_told_beside_the_field(office: Office, text: str, said: str) -> None:
    async with office.running():
        view = await opened(office, "edit")
        assert said in next(iter(errors(await sent(office, view, text)).values()))
        assert office.desk._proposals["p1"].revision == 1


async def test_no_without_a_reason_stays_open(office: Office) -> None:
    async with office.running():
        view = await opened(office, "reject")
        [(block, sentence)] = errors(await sent(office, view, None)).items()
        assert block.startswith("reason:")
        assert sentence.startswith("Say why")
        assert office.desk._proposals["p1"].state is State.PENDING


async def test_a_pause_without_a_reason_stays_open(office: Office) -> None:
    async with office.running():
        await office.server.command("/bonmot pause", ADA)
        await until(lambda: bool(office.server.space.views))
        [view] = office.server.space.views.values()
        assert "Say why" in next(iter(errors(await sent(office, view, "  ")).values()))
        assert await office.desk.paused() is None


async def test_the_same_window_once_more_gets_the_same_answer_and_nothing_twice(office: Office) -> None:
    async with office.running():
        view = await opened(office, "edit")
        first = await office.server.submit(view, ADA, typed(view, LONG))
        again = office.server.sockets.put("interactive", first.payload, takes_answer=True)
        await until(lambda: first.acked_at is not None and again.acked_at is not None)
        assert errors(first) == errors(again)
        late = office.server.sockets.put("interactive", first.payload, takes_answer=True)
        await until(lambda: late.acked_at is not None)
        assert errors(late) == errors(first)
        good = await sent(office, view, "Dunk in the dark, then.")
        await office.worked(3)
        more = office.server.sockets.put("interactive", good.payload, takes_answer=True)
        await until(lambda: more.acked_at is not None)
        assert more.answer is None
        assert [order.act for order in office.desk.orders] == ["edit"]
        assert len(office.ledger.outcomes()) == 3


async def test_what_was_answered_with_errors_is_not_carried_out_by_the_next_start(office: Office) -> None:
    async with office.running():
        view = await opened(office, "edit")
        errors(await sent(office, view, LONG))
    assert office.ledger.undone() == []
    async with office.running():
        await office.pass_time(2)
    assert office.desk.orders == []


async def test_who_comes_late_keeps_the_window_and_hears_who_was_faster(office: Office) -> None:
    async with office.running():
        view = await opened(office, "edit")
        other = await opened(office, "edit", BEN)
        await sent(office, other, "Dunk in the dark, then.", BEN)
        await office.worked(3)
        sentence = next(iter(errors(await sent(office, view, "Another text.")).values()))
        assert sentence.startswith("Jonas Weber changed the text at")


async def test_a_guest_is_told_nothing_of_the_text(office: Office) -> None:
    async with office.running():
        view = await opened(office, "edit")
        sentence = next(iter(errors(await sent(office, view, LONG, GUEST)).values()))
        assert sentence == "This account is a guest, and decides nothing here."
        [(person, about, why, _)] = office.desk.folk.refusals
        assert (person, about, why) == (GUEST, f"edit p1 by {GUEST} of {TEAM}", sentence)


async def test_who_stands_in_for_somebody_may_send_a_window(office: Office) -> None:
    office.desk.folk.go_away(
        Away("maya", "jonas", "at sea", office.clock.now(), office.clock.now() + timedelta(hours=2), "maya")
    )
    office.offer("p2", account="x:oreo", approvers=("maya",))
    async with office.running():
        await office.pass_time(3)
        view = await opened(office, "reject", key="p2", user=BEN)
        envelope = await sent(office, view, "not ours", BEN)
        assert envelope.answer is None
        assert "reject by jonas" in (await office.worked(2))[1]


class SlowDesk(CountingDesk):
    """A desk whose checks take their time."""

    hold: asyncio.Event | None = None
    hides: asyncio.Event | None = None
    """While it is not set, cards are not at hand."""
    looks = 0

    async def card(self, proposal: str) -> Card | None:
        if self.hides is not None:
            self.looks += 1
            await self.hides.wait()
        return await super().card(proposal)

    async def problems(self, proposal: Proposal, text: str) -> list[str]:
        self.looks += 1
        if self.hold is not None:
            await self.hold.wait()
        return await super().problems(proposal, text)


async def test_a_look_that_takes_too_long_is_acked_in_time_and_told_afterwards(office: Office) -> None:
    office.desk = slow = SlowDesk(office.clock)
    office.offer(account="x:oreo")
    async with office.running():
        view = await opened(office, "edit")
        slow.hold = asyncio.Event()
        began = office.clock.now()
        envelope = await office.server.submit(view, ADA, typed(view, LONG))
        await until(lambda: slow.looks == 1)
        assert envelope.acked_at is None
        await office.pass_time(2.1)
        await until(lambda: envelope.acked_at is not None)
        assert envelope.acked_at is not None
        assert (envelope.acked_at - began).total_seconds() < 3.0
        assert envelope.answer is None
        slow.hold.set()
        assert (await office.worked(2))[1].startswith(f"refused {ADA}: too long")
        [told] = [one for one in office.server.messages if one["channel"].startswith("D")]
        assert "22 too many" in told["text"]


async def test_clicks_do_not_wait_behind_a_window_that_is_looked_at(office: Office) -> None:
    office.desk = slow = SlowDesk(office.clock)
    office.offer(account="x:oreo")
    async with office.running():
        view = await opened(office, "edit")
        slow.hold = asyncio.Event()
        await office.server.submit(view, ADA, typed(view, "Dunk in the dark, then."))
        await until(lambda: slow.looks == 1)
        await office.server.command("/bonmot status", BEN)
        assert (await office.worked(2))[1] == "status by jonas"
        slow.hold.set()
        assert (await office.worked(3))[1] == "edit by maya"  # in the order in which they came


async def test_the_same_answer_comes_over_http(office: Office) -> None:
    async with office.running() as channel:
        view = await opened(office, "edit")
        door, stop = Door(SECRET, channel.clerk.receive, office.clock), asyncio.Event()
        await door.open()
        serving = asyncio.create_task(door.run(stop))
        office.server.addresses.reach(f"http://127.0.0.1:{door.port}")
        envelope = await office.server.submit(view, ADA, typed(view, LONG))
        assert envelope.status == 200
        assert "22 too many" in next(iter(errors(envelope).values()))
        good = await office.server.submit(view, ADA, typed(view, "Dunk in the dark, then."))
        assert (good.status, good.answer) == (200, None)
        assert (await office.worked(3))[2] == "edit by maya"
        stop.set()
        await serving


async def test_a_window_opens_at_once_and_is_filled_when_the_card_is_there(office: Office) -> None:
    office.desk = slow = SlowDesk(office.clock)
    office.offer(account="x:oreo")
    async with office.running():
        message = await office.card()
        slow.hides = asyncio.Event()
        began = office.clock.now()
        await office.server.click(message, "bonmot.edit", ADA)
        await until(lambda: slow.looks == 1)
        await office.pass_time(0.6)
        await until(lambda: bool(office.server.space.views))
        [view] = office.server.space.views.values()
        assert view["callback_id"] == "bonmot.loading"
        assert (office.clock.now() - began).total_seconds() < 3.0
        await office.pass_time(5)
        slow.hides.set()
        assert await office.worked(1) == ["opened edit, filled after"]
        [view] = office.server.space.views.values()
        assert view["callback_id"] == "bonmot.edit"
        assert (await sent(office, dict(view), "Dunk in the dark, then.")).answer is None
        assert (await office.worked(2))[1] == "edit by maya"


async def test_a_card_that_is_gone_by_then_is_said_in_the_window(office: Office) -> None:
    office.desk = slow = SlowDesk(office.clock)
    office.offer(account="x:oreo")
    async with office.running():
        message = await office.card()
        slow.hides = asyncio.Event()
        await office.server.click(message, "bonmot.edit", ADA)
        await until(lambda: slow.looks == 1)
        await office.pass_time(0.6)
        await until(lambda: bool(office.server.space.views))
        del slow._proposals["p1"]
        slow.hides.set()
        await office.worked(1)
        [view] = office.server.space.views.values()
        assert "There is no such card any more." in str(view["blocks"])
