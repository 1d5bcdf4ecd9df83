"""Clicks over HTTP from a workspace that signs by itself: stored, then acked, once each; and the whole bot that way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import structlog

from monitor.clock import SystemClock
from monitor.errors import BadInput
from monitor.settings import Settings
from responders.approvals.slack import door as doors
from responders.approvals.slack.door import Door
from responders.approvals.slack.signed import Ours
from responders.bot import built
from responders.ledger import Ledger
from responders.sandbox import slack
from responders.sandbox.slack import CHANNEL, TEAM, Slack
from tests.contract.test_doctor import settings_with
from tests.slack_office import pass_time, until
from tests.slack_street import CLICKS, SECRET, Street, a_street, form, payload, turned_away


@pytest.fixture
async def street(ledger: Ledger) -> AsyncIterator[Street]:
    async with a_street(ledger) as made:
        yield made


@pytest.fixture
async def server(street: Street) -> AsyncIterator[Slack]:
    running = await slack.start(clock=street.clock)
    running.addresses.reach(f"http://127.0.0.1:{street.door.port}")
    yield running
    await running.close()


BODY = form(payload())


async def test_signed_acts_are_stored_and_answered(street: Street, server: Slack) -> None:
    street.answer = {"response_action": "errors", "errors": {"b": "too long"}}
    button = {"type": "button", "action_id": "a", "value": "1", "text": {"type": "plain_text", "text": "A"}}
    message = server.space.post(
        CHANNEL, {"text": "x", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    )
    submitted = await server.submit({"id": "V1", "type": "modal"}, "U01ADA", {})
    assert submitted.answer == street.answer
    street.answer = None
    sent = [
        submitted, await server.click(message, "a", "U01ADA"), await server.command("/bonmot pause 10m", "U01ADA"),
        await server.open_home("U01ADA"), await server.close_view({"id": "V1"}, "U01ADA"),
    ]  # fmt: skip
    assert [one.status for one in sent] == [200] * 5
    assert [one.answer for one in sent[1:]] == [None] * 4
    kinds = ["interactive", "interactive", "slash_commands", "events_api", "interactive"]
    assert [kind for _, kind, _ in street.taken] == kinds
    assert street.taken[2][2]["text"] == "pause 10m"
    assert [one.kind for one in street.ledger.undone()] == kinds
    assert turned_away() == {}


async def test_the_address_is_verified_and_that_is_no_act(street: Street, server: Slack) -> None:
    envelope = await server.deliver(
        "events_api", {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}, takes_answer=True
    )
    assert (envelope.status, envelope.answer) == (200, "3eZbrw1aB")
    assert street.taken == []


async def test_what_cannot_be_stored_is_not_acked_and_an_event_comes_again(street: Street, server: Slack) -> None:
    street.fails = 3
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(server.open_home("U01ADA"))
        await pass_time(street.clock, 59)
        assert (len(server.addresses.tries), sending.done()) == (2, False)
        await pass_time(street.clock, 302)
    assert [one["status"] for one in server.addresses.tries] == [503, 503, 503, 200]
    assert [one.get("x-slack-retry-num") for one in server.addresses.tries] == [None, "1", "2", "3"]
    assert len(street.taken) == 1


async def test_an_event_that_comes_again_after_a_lost_answer_is_one_act(street: Street, server: Slack) -> None:
    sent = await server.open_home("U01ADA")
    again = await server.deliver("events_api", sent.payload, takes_answer=False)
    assert again.status == 200
    assert len(street.taken) == 1


async def test_what_is_refused_is_not_tried_again(street: Street, server: Slack) -> None:
    server.addresses.secret = "another"
    assert (await server.open_home("U01ADA")).status == 401
    assert (await server.command("/bonmot", "U01ADA")).status == 401
    assert len(server.addresses.tries) == 2


async def test_a_store_that_hangs_is_no_ack(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "STORE_SECS", 0.05)

    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    street.door._receive = hang
    assert (await street.knock(BODY)).status == 503


async def test_a_bug_of_ours_is_no_ack_and_stops_nothing(street: Street) -> None:
    good = street.door._receive

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    street.door._receive = broken
    with structlog.testing.capture_logs() as logs:
        assert (await street.knock(BODY)).status == 500
    assert [line["event"] for line in logs] == ["task_failed"]
    street.door._receive = good
    assert (await street.knock(BODY)).status == 200
    assert len(street.taken) == 1


async def test_a_port_in_use_is_told(street: Street) -> None:
    second = Door(SECRET, street.receive, street.clock, port=street.door.port)
    with pytest.raises(BadInput, match=r"slack.listen: cannot listen on 127.0.0.1:\d+: Address already in use"):
        await second.open()


async def test_a_closed_door_takes_nothing(street: Street) -> None:
    await street.door.close()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.post(f"http://127.0.0.1:{street.door.port}{CLICKS}", data=BODY)


# --- the whole bot ---------------------------------------------------------------------------------------------------


def by_http(folder: Path, server: Slack, port: int) -> Settings:
    people = {"maya": {"title": "Maya", "slack": "U01ADA"}, "jon": {"title": "Jon"}}
    block = {
        "bot_token": "${BOT}",
        "signing_secret": "${SIGN}",
        "listen": {"port": port},
        "channels": {"oreo": CHANNEL},
    }
    environ = {"BOT": slack.BOT_TOKEN, "SIGN": SECRET}
    more = {"base_url": f"{server.url}/api"}
    return settings_with(folder, environ=environ, people=people, slack=block | more)


async def test_the_whole_bot_takes_commands_over_http_and_opens_no_socket(tmp_path: Path) -> None:
    server = await slack.start()
    try:
        async with built(by_http(tmp_path, server, 0), clock=SystemClock(), run_id="t") as house:
            channel, stop = house.slack, asyncio.Event()
            assert channel is not None
            assert channel.door is not None
            server.addresses.reach(f"http://127.0.0.1:{channel.door.port}")
            async with asyncio.TaskGroup() as group:
                group.create_task(house.run(stop), name="house")
                await until(lambda: channel.door is not None and channel.door.ours == Ours(TEAM, "A01APP"))
                assert (await server.command("/bonmot pause the news is grave", "U01ADA")).status == 200
                await until(lambda: bool(house.office.books.ledger.outcomes()))
                stop.set()
            assert house.office.books.ledger.outcomes() == ["pause by maya"]
            assert (channel.sockets, server.sockets.opened) == (None, [])
    finally:
        await server.close()


async def test_a_port_in_use_stops_the_start_with_a_sentence(tmp_path: Path, street: Street, server: Slack) -> None:
    settings = by_http(tmp_path, server, street.door.port)
    with pytest.raises(BadInput, match=r"slack\.listen: cannot listen"):
        async with built(settings, clock=SystemClock(), run_id="t"):
            raise AssertionError("it started")
