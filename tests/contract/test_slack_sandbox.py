"""The sandbox's Slack says what the recorded one says: shapes, refusals, envelopes, signatures, and its faults."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, FOREIGN, Slack
from responders.sandbox.slack.blocks import check, check_view
from responders.sandbox.slack.words import No
from tests.samples import NOW
from tests.slack_office import until

BUTTON = {"type": "button", "action_id": "approve", "value": "p1:1", "text": {"type": "plain_text", "text": "Post"}}
CARD = [
    {"type": "header", "text": {"type": "plain_text", "text": "Lights out"}},
    {"type": "actions", "block_id": "act", "elements": [BUTTON]},
]
MODAL = {
    "type": "modal", "callback_id": "edit", "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"}, "private_metadata": "p1:1",
    "blocks": [{"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "Text"},
                "element": {"type": "plain_text_input", "action_id": "a", "multiline": True}}],
}  # fmt: skip
LOCAL = {"reactions", "channel", "num_members", "email", "started", "edited"}
"""What the recorded server adds of its own, or only sometimes."""


@pytest.fixture
async def server() -> AsyncIterator[Slack]:
    running = await slack.start(clock=FakeClock(NOW))
    yield running
    await running.close()


class Caller:
    """Speaks the wire format with no code of ours."""

    def __init__(self, server: Slack, http: aiohttp.ClientSession) -> None:
        self.server, self.http = server, http
        self.status, self.headers = 0, dict[str, str]()

    async def __call__(self, method: str, token: str = BOT_TOKEN, **args: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in args.items()}
        async with self.http.post(f"{self.server.url}/api/{method}", data=form, headers=headers) as got:
            self.status, self.headers = got.status, dict(got.headers)
            found: dict[str, Any] = await got.json()
            return found

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        opened = await self("apps.connections.open", APP_TOKEN)
        async with self.http.ws_connect(opened["url"]) as line:
            yield line


@pytest.fixture
def call(server: Slack, http: aiohttp.ClientSession) -> Caller:
    return Caller(server, http)


def shape(value: Any) -> Any:
    """Keys and types, nothing else."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in LOCAL}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def lacks(recorded: Any, ours: Any, place: str = "") -> list[str]:
    """What the recorded shape has and ours does not, or has otherwise."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        missing = [f"{place}.{key}" for key in recorded if key not in ours]
        return missing + [w for k in recorded if k in ours for w in lacks(recorded[k], ours[k], f"{place}.{k}")]
    if isinstance(recorded, list) and isinstance(ours, list):
        return lacks(recorded[0], ours[0], f"{place}[]") if recorded and ours else []
    return [] if recorded == ours or "NoneType" in (recorded, ours) else [f"{place}: {recorded}, ours {ours}"]


def recorded(shared: Path, method: str, *, is_ok: bool = True) -> Any:
    rows = json.loads((shared / "recordings/slack/web_api_transcript.json").read_text())
    return next(row["body"] for row in rows if row["method"] == method and row["body"]["ok"] == is_ok)


def frames(shared: Path) -> list[Any]:
    rows = json.loads((shared / "recordings/slack/socket_mode_transcript.json").read_text())
    return [row["frame"] for row in rows if row["direction"] == "in"]


# --- shapes ----------------------------------------------------------------------------------------------------------


async def test_answers_have_the_recorded_shapes(call: Caller, server: Slack, shared: Path) -> None:
    posted = await call("chat.postMessage", channel=CHANNEL, text="Opportunity", blocks=CARD)
    ts = posted["ts"]
    ours = {
        "auth.test": await call("auth.test"),
        "users.info": await call("users.info", user="U01ADA"),
        "chat.postMessage": posted,
        "chat.update": await call("chat.update", channel=CHANNEL, ts=ts, text="Approved", blocks=CARD[:1]),
        "conversations.history": await call("conversations.history", channel=CHANNEL),
        "conversations.replies": await call("conversations.replies", channel=CHANNEL, ts=ts),
        "views.open": await call("views.open", trigger_id=server.space.trigger(), view=MODAL),
    }
    wrong = {name: lacks(shape(recorded(shared, name)), shape(answer)) for name, answer in ours.items()}
    assert not {name: found for name, found in wrong.items() if found}
    assert ours["chat.postMessage"]["message"]["ts"] == ts


async def test_refusals_are_the_recorded_ones(call: Caller, shared: Path) -> None:
    assert await call("chat.postMessage", channel="C9", text="x") == recorded(shared, "chat.postMessage", is_ok=False)
    assert await call("chat.update", channel=CHANNEL, ts="1.1", text="x") == recorded(
        shared, "chat.update", is_ok=False
    )
    refused = await call("views.open", trigger_id="x", view=MODAL)
    assert refused == recorded(shared, "views.open", is_ok=False)
    assert call.status == 200


async def test_envelopes_have_the_recorded_shapes(call: Caller, server: Slack, shared: Path) -> None:
    theirs = {(f["type"], f.get("payload", {}).get("type", "")): f for f in frames(shared)}
    message = (await call("chat.postMessage", channel=CHANNEL, text="Opportunity", blocks=CARD))["ts"]
    view = (await call("views.open", trigger_id=server.space.trigger(), view=MODAL))["view"]
    ours = []
    async with call.socket() as line:
        ours.append(await line.receive_json())
        await server.click(server.space.find(CHANNEL, message), "approve", "U01ADA")
        await server.submit(view, "U01ADA", {"b": {"a": {"type": "plain_text_input", "value": "dunk"}}})
        await server.command("/trends pause oreo", "U01ADA")
        for _ in range(3):
            ours.append(await line.receive_json())
            await line.send_json({"envelope_id": ours[-1]["envelope_id"]})
    for frame in ours:
        like = theirs[frame["type"], frame.get("payload", {}).get("type", "")]
        assert not lacks(shape(like), shape(frame)), frame["type"]
    clicked = ours[1]["payload"]
    assert clicked["actions"][0] | {"action_ts": ""} == BUTTON | {"block_id": "act", "action_ts": ""}
    assert (ours[1]["accepts_response_payload"], ours[2]["accepts_response_payload"]) == (False, True)


# --- rules -----------------------------------------------------------------------------------------------------------


async def test_tokens_are_looked_at(call: Caller, server: Slack) -> None:
    assert (await call("auth.test", ""))["error"] == "not_authed"
    assert (await call("auth.test", "xoxb-other"))["error"] == "invalid_auth"
    assert (await call("auth.test", APP_TOKEN))["error"] == "not_allowed_token_type"
    assert (await call("apps.connections.open", BOT_TOKEN))["error"] == "not_allowed_token_type"
    server.space.is_revoked = True
    assert (await call("auth.test"))["error"] == "token_revoked"


async def test_a_trigger_opens_one_view_within_three_seconds(call: Caller, server: Slack) -> None:
    trigger, late = server.space.trigger(), server.space.trigger()
    assert (await call("views.open", trigger_id=trigger, view=MODAL))["ok"]
    assert (await call("views.open", trigger_id=trigger, view=MODAL))["error"] == "exchanged_trigger_id"
    await server.clock.advance(3.1)  # type: ignore[attr-defined]
    assert (await call("views.open", trigger_id=late, view=MODAL))["error"] == "expired_trigger_id"


async def test_a_view_is_changed_from_the_state_that_was_seen(call: Caller, server: Slack) -> None:
    view = (await call("views.open", trigger_id=server.space.trigger(), view=MODAL))["view"]
    changed = await call("views.update", view_id=view["id"], hash=view["hash"], view=MODAL)
    assert changed["ok"]
    refused = await call("views.update", view_id=view["id"], hash=view["hash"], view=MODAL)
    assert refused["error"] == "hash_conflict"
    home = {"type": "home", "blocks": CARD[:1]}
    assert (await call("views.publish", user_id="U01ADA", view=home))["ok"]
    assert server.space.homes["U01ADA"]["type"] == "home"


async def test_text_alone_takes_the_blocks_away_and_metadata_stays(call: Caller, server: Slack) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "p1"}}
    ts = (await call("chat.postMessage", channel=CHANNEL, text="a", blocks=CARD, metadata=metadata))["ts"]
    await call("chat.update", channel=CHANNEL, ts=ts, text="b")
    [kept] = server.messages
    assert "blocks" not in kept
    assert kept["metadata"] == metadata
    assert (await call("chat.update", channel=CHANNEL, ts=ts, text="x" * 4001))["error"] == "msg_too_long"
    assert (await call("chat.update", channel=CHANNEL, ts=ts))["error"] == "no_text"
    theirs = server.say("hello", "U01ADA")
    assert (await call("chat.update", channel=CHANNEL, ts=theirs["ts"], text="x"))["error"] == "cant_update_message"


async def test_history_shows_metadata_to_who_asks_and_in_pages(call: Caller) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "p1"}}
    for text in "abc":
        await call("chat.postMessage", channel=CHANNEL, text=text, metadata=metadata)
    assert "metadata" not in (await call("conversations.history", channel=CHANNEL))["messages"][0]
    page = await call("conversations.history", channel=CHANNEL, limit="2", include_all_metadata="true")
    assert [one["text"] for one in page["messages"]] == ["c", "b"]
    assert page["messages"][0]["metadata"] == metadata
    cursor = page["response_metadata"]["next_cursor"]
    rest = await call("conversations.history", channel=CHANNEL, limit="2", cursor=cursor)
    assert ([one["text"] for one in rest["messages"]], rest["has_more"]) == (["a"], False)
    assert (await call("conversations.history", channel=FOREIGN))["error"] == "not_in_channel"


async def test_reading_methods_take_no_json(call: Caller, server: Slack, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    for method, is_ok in (("conversations.info", False), ("chat.postMessage", True)):
        body = {"channel": CHANNEL, "text": "x"}
        async with http.post(f"{server.url}/api/{method}", json=body, headers=headers) as got:
            assert (await got.json())["ok"] is is_ok, method


async def test_limits_of_a_method_are_told_with_the_time_to_wait(call: Caller, server: Slack) -> None:
    server.is_strict = True
    assert (await call("chat.postMessage", channel=CHANNEL, text="a"))["ok"]
    assert (await call("chat.postMessage", channel=CHANNEL, text="b"))["error"] == "ratelimited"
    assert (call.status, call.headers["Retry-After"]) == (429, "1")
    asked = [(await call("usergroups.users.list", usergroup="S01APPR"))["ok"] for _ in range(21)]
    assert asked == [True] * 20 + [False]


async def test_people_are_told_apart(call: Caller, server: Slack) -> None:
    for user, flag in (("U04GUEST", "is_restricted"), ("U05SOLO", "is_ultra_restricted"), ("U06ROBOT", "is_bot")):
        assert (await call("users.info", user=user))["user"][flag] is True
    assert (await call("users.info", user="U08AWAY"))["user"]["team_id"] != server.space.people["U01ADA"]["team_id"]
    assert (await call("users.info", user="U9"))["error"] == "user_not_found"
    assert (await call("chat.postEphemeral", channel=CHANNEL, user="U9", text="x"))["error"] == "user_not_in_channel"


async def test_a_response_url_works_five_times(call: Caller, server: Slack, http: aiohttp.ClientSession) -> None:
    url = server.space.reply_url(CHANNEL, "U01ADA", None)
    statuses = []
    for _ in range(6):
        async with http.post(url, json={"text": "only you"}) as got:
            statuses.append(got.status)
    assert statuses == [200] * 5 + [404]
    assert len(server.space.ephemerals) == 5


async def test_a_file_is_there_after_three_steps_and_a_while(call: Caller, http: aiohttp.ClientSession) -> None:
    body = b"\x89PNG and the rest"
    made = await call("files.getUploadURLExternal", filename="a.png", length=str(len(body)))
    async with http.post(made["upload_url"], data=body) as got:
        assert await got.text() == f"OK - {len(body)}"
    done = await call("files.completeUploadExternal", files=[{"id": made["file_id"], "title": "A"}])
    assert done["files"] == [{"id": made["file_id"], "title": "A"}]
    looks = [(await call("files.info", file=made["file_id"]))["file"]["mimetype"] for _ in range(2)]
    assert looks == ["", "image/png"]


def test_blocks_that_slack_would_refuse_are_refused() -> None:
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    twice = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
    wide = [{"type": "actions", "elements": [BUTTON | {"text": {"type": "plain_text", "text": "x" * 76}}]}]
    for wrong in ([long], twice, wide, [{"type": "weather"}], [{"type": "divider"}] * 51):
        with pytest.raises(No, match="invalid_blocks"):
            check(wrong)
    assert check(CARD) == CARD
    for broken in (MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}, MODAL | {"submit": None}):
        with pytest.raises(No, match="invalid_arguments"):
            check_view(broken, kinds=("modal",))


# --- sockets ---------------------------------------------------------------------------------------------------------


async def test_what_nobody_acks_comes_again_after_three_seconds(call: Caller, server: Slack) -> None:
    clock = server.clock
    assert isinstance(clock, FakeClock)
    async with call.socket() as line:
        assert (await line.receive_json())["type"] == "hello"
        sent = await server.command("/bonmot", "U01ADA")
        assert (await line.receive_json())["envelope_id"] == sent.id
        await clock.advance(2.9)
        assert len(sent.sent) == 1
        await clock.advance(0.2)
        assert (await line.receive_json())["envelope_id"] == sent.id
        await line.send_json({"envelope_id": sent.id, "payload": {"text": "heard"}})
        await until(lambda: sent.acked_at is not None)
        await clock.advance(10)
        assert (len(sent.sent), sent.answer) == (2, {"text": "heard"})


async def test_a_ticket_lets_in_once(call: Caller, http: aiohttp.ClientSession) -> None:
    url = (await call("apps.connections.open", APP_TOKEN))["url"]
    async with http.ws_connect(url) as line:
        assert (await line.receive_json())["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await http.ws_connect(url)


async def test_each_envelope_goes_to_one_of_two_sockets(call: Caller, server: Slack) -> None:
    async with call.socket() as one, call.socket() as other:
        hellos = [await one.receive_json(), await other.receive_json()]
        assert [hello["num_connections"] for hello in hellos] == [1, 2]
        await server.command("/bonmot", "U01ADA")
        await until(lambda: bool(server.sockets.envelopes[0].sent))
        assert len(server.sockets.envelopes[0].sent) == 1


@pytest.mark.parametrize(("kind", "said"), [("refresh", "refresh_requested"), ("warning", "warning")])
async def test_a_socket_says_that_it_will_end(call: Caller, server: Slack, kind: str, said: str) -> None:
    server.sockets.turn(kind)
    async with call.socket() as line:
        assert (await line.receive_json())["type"] == "hello"
        told = await line.receive_json()
        assert (told["type"], told["reason"]) == ("disconnect", said)


async def test_a_silent_socket_answers_no_ping(call: Caller, server: Slack) -> None:
    server.sockets.turn("silence")
    opened = await call("apps.connections.open", APP_TOKEN)
    async with call.http.ws_connect(opened["url"], autoping=False) as line:
        assert (await line.receive_json())["type"] == "hello"
        await line.ping()
        with pytest.raises(TimeoutError):
            await line.receive(timeout=0.05)


# --- signatures and the page -----------------------------------------------------------------------------------------


async def test_the_signature_is_that_of_slacks_own_example(server: Slack) -> None:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    server.addresses.clock = FakeClock(NOW.fromtimestamp(1531420618, tz=NOW.tzinfo))
    known = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert server.addresses.signed(body.encode())["X-Slack-Signature"] == known


async def test_the_page_shows_what_was_said_and_runs_nothing(call: Caller, server: Slack) -> None:
    hostile = {"type": "section", "text": {"type": "mrkdwn", "text": "<script>alert(1)</script>"}}
    await call("chat.postMessage", channel=CHANNEL, text="x", blocks=[*CARD, hostile])
    await call("chat.postEphemeral", channel=CHANNEL, user="U01ADA", text="too late")
    async with call.http.get(server.url) as got:
        shown = await got.text()
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
    assert "<script>" not in shown
    assert all(word in shown for word in ("&lt;script&gt;", "Lights out", "Post", "too late"))
