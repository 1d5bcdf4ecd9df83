"""Slack as a channel: one card, one click, one decision, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from responders.lifecycle import Facts
from responders.model import State
from responders.sandbox.slack import CHANNEL
from tests.slack_office import Office, an_office, settle, until


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        yield made


# --- cards -----------------------------------------------------------------------------------------------------------


async def test_one_card_one_click_one_decision(office: Office) -> None:
    office.offer()
    async with office.running():
        sent = await office.server.click(await office.card(), "approve", "U01ADA")
        assert await office.worked(1) == ["approve by maya"]
        [order] = office.desk.orders
        assert (order.act, order.person, order.via, order.seen_revision) == ("approve", "maya", "slack", 1)
        await until(lambda: sent.acked_at is not None)
        await office.pass_time(1.1)
        await until(lambda: "approved" in office.found()[0]["text"])
        assert len(office.found()) == 1


async def test_a_card_is_edited_in_place_and_loses_its_buttons(office: Office) -> None:
    office.offer()
    async with office.running():
        first = await office.card()
        assert any(block["type"] == "actions" for block in first["blocks"])
        await office.server.click(first, "reject", "U02BEN")
        await office.worked(1)
        await office.pass_time(1.1)
        await until(lambda: "rejected" in office.found()[0]["text"])
        [message] = office.found()
        assert not any(block["type"] == "actions" for block in message["blocks"])
        assert message["metadata"]["event_payload"]["proposal"] == "p1"


async def test_many_changes_are_few_edits(office: Office) -> None:
    office.offer()
    async with office.running() as channel:
        await office.card()
        for _ in range(50):
            channel.board.mark("p1")
            office.desk._changes.tell("p1")
            await office.pass_time(0.1)
        assert 1 <= len(office.server.space.edits) <= 6
        times = [at for _, at in office.server.space.edits]
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))


async def test_the_count_down_is_shown_once_a_minute(office: Office) -> None:
    office.server.space.scopes.discard("files:write")  # a picture is one more edit
    office.offer()
    async with office.running():
        await office.card()
        await office.pass_time(305)
        assert len(office.server.space.edits) == 5


async def test_cards_keep_to_one_message_a_second(office: Office) -> None:
    office.server.is_strict = True
    for number in range(5):
        office.offer(f"p{number}")
    async with office.running():
        await office.pass_time(6)
        assert [len(office.found(f"p{number}")) for number in range(5)] == [1] * 5
        assert office.server.calls.count("chat.postMessage") == 5


async def test_a_brand_without_a_channel_stays_on_the_page(office: Office) -> None:
    office.offer("p1", brand="tide")
    async with office.running():
        await office.pass_time(2)
    assert office.server.messages == []


async def test_what_closed_before_anybody_was_asked_is_not_shown(office: Office) -> None:
    office.offer("p1", state=State.EXPIRED)
    async with office.running():
        await office.pass_time(2)
    assert office.server.messages == []


# --- answers that are lost, Slack that is away ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop", "half", "error", "page", "odd", "cut", "unready", "broken", "moved"])
async def test_a_lost_answer_makes_no_second_message(office: Office, fault: str) -> None:
    office.server.dial.turn(fault)
    office.offer()
    async with office.running() as channel:
        await until(lambda: "chat.postMessage" in office.server.calls)
        await settle()
        assert "Decide here" in channel.notice()
        await office.pass_time(20)
        assert len(office.found()) == 1
        assert channel.notice() == ""
        assert "conversations.history" in office.server.calls


async def test_a_lost_answer_is_looked_for_after_a_restart(office: Office) -> None:
    office.offer()
    office.server.dial.turn("drop")
    async with office.running():
        await until(lambda: "chat.postMessage" in office.server.calls)
        await settle()
    await office.pass_time(10)
    async with office.running():
        await office.pass_time(10)
        assert len(office.found()) == 1
        await office.server.click(office.found()[0], "approve", "U01ADA")
        await office.worked(1)
        await office.pass_time(2)
        assert "approved" in office.found()[0]["text"]


async def test_somebody_elses_mark_is_not_our_card(office: Office) -> None:
    office.offer()
    mark = {"event_type": "bonmot_card", "event_payload": {"proposal": "p1"}}
    office.server.space.post(CHANNEL, {"text": "mine", "metadata": mark}, user="U03CLEO")
    office.server.dial.turn("cut")
    async with office.running():
        await office.pass_time(20)
        assert [one["user"] for one in office.found()] == ["U03CLEO", "U0BOT"]


async def test_an_outage_is_told_and_made_up_for(office: Office) -> None:
    office.offer()
    async with office.running() as channel:
        await office.card()
        for method in ("chat.update", "chat.postMessage", "conversations.history"):
            office.server.dial.turn("unready", door=method, times=1000)
        office.offer("p2")
        office.desk._move(office.desk._proposals["p1"], "withdraw", Facts(office.clock.now(), "guard", why="it turned"))
        before = len(office.server.calls)
        await office.pass_time(600)
        assert "Slack does not work since" in channel.notice()
        assert len(office.server.calls) - before < 120, "asked ever less often"
        office.server.dial.waiting.clear()
        await office.pass_time(70)
        assert "withdrawn" in office.found("p1")[0]["text"]
        assert len(office.found("p2")) == 1
        assert channel.notice() == ""


async def test_a_limit_is_waited_for(office: Office) -> None:
    office.server.dial.turn("limit", secs=30)
    office.offer()
    async with office.running():
        await office.pass_time(29)
        assert office.found() == []
        await office.pass_time(3)
        assert len(office.found()) == 1
        assert office.server.calls.count("chat.postMessage") == 2


async def test_a_revoked_token_is_said_on_the_page_until_somebody_acts(office: Office) -> None:
    office.server.space.is_revoked = True
    office.offer()
    async with office.running() as channel:
        await until(lambda: "token_revoked" in channel.notice())
        await office.pass_time(100)
        office.server.space.is_revoked = False
        await office.pass_time(310)
        assert channel.notice() == ""
        assert len(office.found()) == 1


async def test_a_card_that_somebody_deleted_is_posted_anew_while_it_is_open(office: Office) -> None:
    office.offer()
    async with office.running():
        office.server.messages.remove(await office.card())
        await office.pass_time(75)
        assert len(office.found()) == 1


async def test_a_card_that_slack_does_not_take_is_said_in_words(office: Office) -> None:
    office.server.dial.turn("refuse")
    office.offer()
    async with office.running():
        message = await office.card()
        assert "blocks" not in message


# --- clicks ----------------------------------------------------------------------------------------------------------


async def test_the_second_one_is_told_who_was_faster_and_when(office: Office) -> None:
    office.offer()
    async with office.running():
        card = dict(await office.card())
        await office.server.click(card, "approve", "U01ADA")
        await office.worked(1)
        await office.server.click(card, "reject", "U02BEN")
        assert (await office.worked(2))[1].startswith("refused U02BEN: Maya Okafor said yes at 01:38:")
        [told] = office.server.space.ephemerals
        assert told["user"] == "U02BEN"
        assert "Maya Okafor said yes at" in told["text"]
        assert office.desk._proposals["p1"].state is State.APPROVED


@pytest.mark.parametrize("kind", ["duplicate", "deaf"])
async def test_a_click_that_comes_twice_counts_once(office: Office, kind: str) -> None:
    office.server.sockets.turn(kind, times=2)
    office.offer()
    async with office.running():
        sent = await office.server.click(await office.card(), "approve", "U01ADA")
        await office.worked(1)
        await office.pass_time(10)
        assert len(office.desk.orders) == 1
        assert office.ledger.outcomes() == ["approve by maya"]
        assert len(sent.sent) == (1 if kind == "duplicate" else 3)
    async with office.running():
        sent.payload["message"] = {}
        office.server.sockets.put("interactive", sent.payload, takes_answer=False)
        await office.pass_time(1)
        assert len(office.desk.orders) == 1


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U04GUEST", "a guest"), ("U05SOLO", "a guest"), ("U06ROBOT", "a bot"), ("U07GONE", "switched off"),
        ("U08AWAY", "our own workspace"), ("U03CLEO", "not among the people"),
    ],
)  # fmt: skip
async def test_who_may_not_decides_nothing_and_it_is_written_down(office: Office, user: str, why: str) -> None:
    office.offer()
    async with office.running():
        await office.server.click(await office.card(), "approve", user)
        [outcome] = await office.worked(1)
        assert outcome.startswith(f"refused {user}:")
        assert why in outcome
        assert why in office.server.space.ephemerals[0]["text"]
        assert office.desk.orders == []


async def test_who_was_taken_out_of_the_settings_decides_nothing_any_more(office: Office) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        del office.ids["U01ADA"]
        await office.server.click(card, "approve", "U01ADA")
        assert "not among the people" in (await office.worked(1))[0]
        assert office.desk.orders == []


async def test_nobody_is_let_in_while_slack_cannot_say_who_it_is(office: Office) -> None:
    office.offer()
    async with office.running():
        office.server.dial.turn("unready", door="users.info", times=100)
        await office.server.click(await office.card(), "approve", "U01ADA")
        await office.pass_time(30)
        assert (await office.worked(1))[0].startswith("not done: Slack answers users.info with 503")
        assert office.desk.orders == []


async def test_a_poisoned_click_does_not_stop_the_next(office: Office) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        await office.server.click(card, "poison", "U01ADA", value="x")
        await office.server.click(card, "approve", "U01ADA")
        assert await office.worked(2) == ["failed: RuntimeError", "approve by maya"]


async def test_a_window_opens_and_its_text_is_an_edit(office: Office) -> None:
    office.offer()
    async with office.running():
        await office.server.click(await office.card(), "edit", "U01ADA")
        assert await office.worked(1) == ["opened edit"]
        [view] = office.server.space.views.values()
        text = {"b": {"a": {"type": "plain_text_input", "value": "Dunk in the dark, then."}}}
        sent = await office.server.submit(view, "U01ADA", text)
        assert (await office.worked(2))[1] == "edit by maya"
        assert office.desk._proposals["p1"].text == "Dunk in the dark, then."
        await until(lambda: sent.acked_at is not None)


async def test_a_command_pauses_and_a_home_is_shown(office: Office) -> None:
    async with office.running():
        await office.server.command("/bonmot pause", "U01ADA")
        await office.worked(1)
        pause = await office.desk.paused()
        assert pause is not None
        assert pause.person == "maya"
        await office.server.command("/bonmot resume", "U02BEN")
        await office.server.command("/bonmot status", "U02BEN")
        await office.worked(3)
        assert await office.desk.paused() is None
        assert office.server.space.ephemerals[-1]["text"] == "status: 0 cards"


async def test_what_a_crash_left_is_worked_off_at_the_next_start_in_its_order(office: Office) -> None:
    office.offer()
    office.offer("p2")
    async with office.running() as channel:
        await office.pass_time(2)
        cards = [dict(await office.card(key)) for key in ("p1", "p2")]
    payloads = [(await office.server.click(card, "approve", "U01ADA")).payload for card in cards]
    office.server.sockets.envelopes.clear()
    for number, payload in enumerate(payloads):
        await channel.clerk.receive(f"left {number}", "interactive", payload)
    assert office.desk.orders == []
    async with office.running():
        assert await office.worked(2) == ["approve by maya", "approve by maya"]
        assert [order.proposal for order in office.desk.orders] == ["p1", "p2"]


async def test_sockets_that_storm_lose_no_click(office: Office) -> None:
    office.offer()
    for kind in ("refuse", "close", "cut", "refresh", "refuse", "close"):
        office.server.sockets.turn(kind, after=0)
    async with office.running() as channel:
        sent = await office.server.click(await office.card(), "approve", "U01ADA")
        await office.pass_time(120)
        assert sent.acked_at is not None
        assert len(office.desk.orders) == 1
        assert len(office.server.sockets.opened) <= 12
        assert channel.notice() == ""


async def test_a_crowd_is_met_at_once_and_each_one_asked_about_once(office: Office) -> None:
    for number in range(3):
        office.offer(f"p{number}")
    office.ids |= {"U03CLEO": "priya"}
    async with office.running():
        cards = []
        for number in range(3):
            cards.append(await office.card(f"p{number}"))
            await office.pass_time(1.1)
        for card, user in zip(cards, ("U01ADA", "U02BEN", "U03CLEO"), strict=True):
            await office.server.click(card, "approve", user)
        assert await office.worked(3) == ["approve by maya", "approve by jonas", "approve by priya"]
        assert office.server.calls.count("users.info") == 3
