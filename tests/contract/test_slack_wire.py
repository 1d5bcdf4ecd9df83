"""Our end of Slack's wire: one call is one exchange, a click is stored before it is acked, sockets come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Unavailable
from responders.approvals.slack.kept import Delivered, Payload, Standing, act_key, stored
from responders.approvals.slack.socket import Sockets
from responders.approvals.slack.web import Said, Web, escaped
from responders.ledger import Ledger
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, Slack
from tests.samples import NOW
from tests.slack_office import pass_time, settle, until


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Slack]:
    running = await slack.start(clock=clock)
    yield running
    await running.close()


@pytest.fixture
def ours(server: Slack, http: aiohttp.ClientSession, clock: FakeClock) -> Web:
    return Web(http, token=BOT_TOKEN, clock=clock, base_url=f"{server.url}/api", timeout_secs=0.5)


# --- the Web API -----------------------------------------------------------------------------------------------------


async def test_one_call_is_one_exchange_and_says_what_was_meant(ours: Web, server: Slack) -> None:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "ü & <b> 🍪"}}]
    metadata = {"event_type": "card", "event_payload": {"proposal": "p1"}}
    said = await ours.ask(
        "chat.postMessage",
        channel=CHANNEL,
        text="ü",
        blocks=blocks,
        metadata=metadata,
        unfurl_links=False,
        thread_ts=None,
    )
    [message] = server.messages
    assert message["ts"] == said["ts"]
    assert (message["text"], message["metadata"]) == ("ü", metadata)
    assert message["blocks"][0]["text"] == blocks[0]["text"]
    assert server.calls == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("fault", "kind", "was_sent", "stands"),
    [
        ("cut", Unavailable, True, 0), ("unready", Unavailable, True, 0), ("broken", Unavailable, True, 0),
        ("limit", Unavailable, False, 0), ("auth", AuthNeeded, None, 0), ("forbidden", AuthNeeded, None, 0),
        ("missing", Said, None, 0), ("refuse", Said, None, 0), ("drop", Unavailable, True, 1),
        ("half", Unavailable, True, 1), ("error", Unavailable, True, 1), ("page", Unavailable, True, 1),
        ("odd", Unavailable, True, 1), ("silence", Unavailable, True, 1), ("moved", Unavailable, True, 0),
    ],
)  # fmt: skip
async def test_each_answer_says_what_may_be_done_next(
    ours: Web, server: Slack, *, fault: str, kind: type[BonmotError], was_sent: bool | None, stands: int
) -> None:
    server.dial.turn(fault, secs=7)
    with pytest.raises(kind) as raised:
        await ours.ask("chat.postMessage", channel=CHANNEL, text="x")
    assert len(server.messages) == stands
    assert len(server.calls) == 1
    assert BOT_TOKEN not in str(raised.value)
    if isinstance(raised.value, Unavailable):
        assert raised.value.sent is was_sent
        assert raised.value.retry_after_secs == (7 if fault == "limit" else None)


async def test_a_revoked_token_is_for_a_person_and_a_wrong_port_sends_nothing(
    ours: Web, server: Slack, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    server.space.is_revoked = True
    with pytest.raises(AuthNeeded, match="token_revoked"):
        await ours.ask("auth.test")
    nobody = Web(http, token="x", clock=clock, base_url="http://127.0.0.1:9/api")
    with pytest.raises(Unavailable) as raised:
        await nobody.ask("auth.test")
    assert raised.value.sent is False


def test_strangers_text_mentions_nobody() -> None:
    assert escaped("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


# --- what is stored --------------------------------------------------------------------------------------------------


def test_one_act_is_one_row_in_whatever_envelope_it_comes(ledger: Ledger, shared: Path) -> None:
    click = json.loads((shared / "recordings/slack/payloads/block_actions_message_button.json").read_text())
    assert ledger.receive(stored("e1", "interactive", click), NOW)
    assert not ledger.receive(stored("e1", "interactive", click), NOW)
    assert not ledger.receive(stored("e2", "interactive", click), NOW)
    assert ledger.receive(stored("e3", "interactive", click | {"user": {"id": "U2"}}), NOW)
    found = ledger.undone()
    assert [one.number for one in found] == [1, 2]
    assert found[0].payload["actions"] == click["actions"]
    ledger.done(1, "approve", NOW)
    ledger.done(1, "something else", NOW)
    assert (ledger.outcomes(), [one.number for one in ledger.undone()]) == (["approve"], [2])
    assert not ledger.receive(stored("e4", "interactive", click), NOW)


def test_every_recorded_payload_can_be_told_apart(shared: Path) -> None:
    folder = shared / "recordings/slack/payloads"
    for name in ("block_actions_message_button", "slash_command", "view_submission_modal", "event_app_mention"):
        assert act_key(json.loads((folder / f"{name}.json").read_text())), name


def test_strangers_words_are_not_kept_with_a_click() -> None:
    payload = {"type": "block_actions", "message": {"ts": "1.1", "text": "quote", "blocks": []}, "token": "t"}
    assert json.loads(stored("e", "interactive", payload).payload) == {
        "type": "block_actions",
        "message": {"ts": "1.1"},
    }


def test_a_card_is_kept_once_and_moves(ledger: Ledger) -> None:
    sending = Delivered("p1", CHANNEL, None, "a", Standing.SENDING, NOW)
    assert ledger.delivered("p1") is None
    ledger.keep_delivered(sending)
    assert ledger.delivered("p1") == sending
    posted = Delivered("p1", CHANNEL, "1.1", "b", Standing.SHOWN, NOW)
    ledger.keep_delivered(posted)
    assert ledger.delivered("p1") == posted


# --- Socket Mode -----------------------------------------------------------------------------------------------------


@dataclass
class Ear:
    """Sockets of ours, and what they took."""

    sockets: Sockets
    server: Slack
    clock: FakeClock
    taken: list[tuple[str, Payload]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    fails: int = 0
    answer: Mapping[str, Any] | None = None
    acked_too_early: list[str] = field(default_factory=list)

    async def receive(self, envelope: str, kind: str, payload: Payload) -> Mapping[str, Any] | None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the disk is busy")
        known = {one.id: one for one in self.server.sockets.envelopes}
        await asyncio.sleep(0.003)  # time enough for an ack that does not wait
        if known[envelope].acked_at is not None and envelope not in self.ids:
            self.acked_too_early.append(envelope)
        self.taken.append((envelope, payload))
        return self.answer

    @property
    def ids(self) -> list[str]:
        return [envelope for envelope, _ in self.taken]


@asynccontextmanager
async def listening(server: Slack, http: aiohttp.ClientSession, clock: FakeClock, count: int = 2) -> AsyncIterator[Ear]:
    web_api = Web(http, token=APP_TOKEN, clock=clock, base_url=f"{server.url}/api")
    ear: Ear

    async def receive(envelope: str, kind: str, payload: Payload) -> Mapping[str, Any] | None:
        return await ear.receive(envelope, kind, payload)

    sockets = Sockets(http, web_api, receive, clock, Random(1), count, tell=lambda why: ear.told.append(why))
    ear, stop = Ear(sockets, server, clock), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(sockets.run(stop), name="sockets")
        yield ear
        stop.set()
    assert (sockets.open, ear.acked_too_early) == (0, [])


async def test_a_click_is_stored_and_then_acked(server: Slack, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    async with listening(server, http, clock) as ear:
        await until(lambda: ear.sockets.open == 2)
        ear.answer = {"response_action": "clear"}
        sent = [await server.command(f"/bonmot {n}", "U01ADA") for n in range(20)]
        await until(lambda: all(one.acked_at for one in sent))
        assert sorted(ear.ids) == sorted(one.id for one in sent)
        assert sent[0].answer == ear.answer
        assert {one.payload["text"] for one in sent} == {payload["text"] for _, payload in ear.taken}


async def test_what_cannot_be_stored_is_not_acked_and_comes_again(
    server: Slack, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    async with listening(server, http, clock) as ear:
        await until(lambda: ear.sockets.open == 2)
        ear.fails = 1
        sent = await server.command("/bonmot", "U01ADA")
        await until(lambda: ear.fails == 0)
        await settle()
        assert sent.acked_at is None
        await pass_time(clock, 3.1)
        await until(lambda: sent.acked_at is not None)
        assert ear.ids == [sent.id]


@pytest.mark.parametrize("kind", ["close", "cut", "refresh", "warning", "silence"])
async def test_a_socket_that_ends_is_opened_anew(
    server: Slack, http: aiohttp.ClientSession, clock: FakeClock, kind: str
) -> None:
    async with listening(server, http, clock) as ear:
        await until(lambda: ear.sockets.open == 2)
        await pass_time(clock, 61)
        server.sockets.break_lines(kind)
        await settle()
        sent = await server.command("/bonmot", "U01ADA")
        for _ in range(60):
            if sent.acked_at and ear.sockets.open == 2 and len(server.sockets.opened) > 3:
                break
            await pass_time(clock, 1.0)
        assert ear.sockets.open == 2
        assert sent.id in ear.ids
        assert len(server.sockets.opened) == 4


async def test_a_storm_of_ends_is_answered_ever_more_slowly(
    server: Slack, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    for kind in ("refresh", "refuse", "close", "cut"):
        server.sockets.turn(kind, times=500)
    async with listening(server, http, clock, count=1):
        await pass_time(clock, 600)
        tried = len(server.sockets.opened)
    assert 10 <= tried <= 60, "full jitter up to a minute: about twenty tries in ten minutes"


async def test_no_click_while_the_token_is_revoked_and_it_is_said_once_more_when_it_is_over(
    server: Slack, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    server.space.is_revoked = True
    async with listening(server, http, clock, count=1) as ear:
        await until(lambda: bool(ear.told))
        assert "token_revoked" in ear.told[0]
        await pass_time(clock, 250)
        assert len(ear.told) == 1
        server.space.is_revoked = False
        await pass_time(clock, 60)
        await until(lambda: ear.sockets.open == 1)
        assert ear.told[-1] == ""


@pytest.mark.parametrize("kind", ["duplicate", "deaf", "nonsense"])
async def test_what_comes_twice_or_makes_no_sense_stops_nothing(
    server: Slack, http: aiohttp.ClientSession, clock: FakeClock, kind: str
) -> None:
    server.sockets.turn(kind, times=2)
    async with listening(server, http, clock) as ear:
        await until(lambda: ear.sockets.open == 2)
        sent = await server.command("/bonmot", "U01ADA")
        await until(lambda: sent.id in ear.ids)
        await pass_time(clock, 20)
        assert len(ear.taken) == {"duplicate": 2, "deaf": 3, "nonsense": 1}[kind]
        assert ear.sockets.open == 2
