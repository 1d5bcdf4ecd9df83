"""The sandbox held against what the real server said, its page, and its dial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from monitor.errors import BadInput, Refused
from responders.publishers import Publisher
from responders.sandbox.bluesky import Sandbox, start
from responders.sandbox.bluesky.content import cid_of
from tests.samples import NOW, a_publication

# --- the sandbox, held against the real server ---------------------------------------------------------------------


@pytest.fixture
def recorded(shared: Path) -> dict[str, dict[str, Any]]:
    """What the real server program was asked and answered, by note."""
    path = shared / "recordings" / "bluesky" / "pds_transcript.json"
    return {entry["note"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}


async def ask(sandbox: Sandbox, http: aiohttp.ClientSession, entry: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    """Ask the sandbox what the real server was asked, as the account that it knows."""
    asked = entry["request"]
    url = f"{sandbox.url}/xrpc/{asked['nsid']}"
    login = {"identifier": "brand.test", "password": "x"}
    async with http.post(f"{sandbox.url}/xrpc/com.atproto.server.createSession", json=login) as answer:
        session = await answer.json()
    headers = (
        {"Authorization": f"Bearer {changes.pop('token', session['accessJwt'])}"} if asked["authorization"] else {}
    )
    ours = {"repo": session["did"]} | changes
    body, params = asked.get("body"), asked.get("params")
    async with http.request(
        asked["method"], url, headers=headers, json=body and {**body, **ours}, params=params and {**params, **ours}
    ) as answer:
        return answer.status, await answer.json()


def shape(value: Any) -> Any:
    """Keys and types, without what differs from run to run."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key not in ("didDoc", "value")}
    return type(value).__name__


@pytest.mark.parametrize(
    "note",
    [
        "put with a chosen rkey: first", "301 graphemes", "missing createdAt", "delete", "get deleted record",
        "app view unreachable", "reply", "profile put (update event)",
    ],
)  # fmt: skip
async def test_the_sandbox_answers_as_the_real_server_did(
    sandbox: Sandbox, http: aiohttp.ClientSession, recorded: dict[str, Any], note: str
) -> None:
    entry = recorded[note]
    if note == "delete":
        put = recorded["put with a chosen rkey: first"]
        await ask(sandbox, http, put, rkey=entry["request"]["body"]["rkey"])
    status, answer = await ask(sandbox, http, entry)
    assert status == entry["response"]["status"]
    assert shape(answer) == shape(entry["response"]["body"])
    if status == 400 and note != "get deleted record":
        assert answer == entry["response"]["body"]


async def test_the_sandbox_computes_the_same_content_ids_as_the_real_server(recorded: dict[str, Any]) -> None:
    known = [entry for entry in recorded.values() if "record" in (entry["request"].get("body") or {})]
    checked = 0
    for entry in known:
        if entry["response"]["status"] == 200:
            assert cid_of(entry["request"]["body"]["record"]) == entry["response"]["body"]["cid"], entry["note"]
            checked += 1
    assert checked >= 8


async def test_the_same_record_again_is_a_no_op_and_a_taken_key_is_an_error(
    sandbox: Sandbox, http: aiohttp.ClientSession, recorded: dict[str, Any]
) -> None:
    first = await ask(sandbox, http, recorded["put with a chosen rkey: first"])
    again = recorded["put with the same rkey and record: no-op"]
    status, answer = await ask(sandbox, http, again)
    assert (status, shape(answer)) == (200, shape(again["response"]["body"]))
    assert answer["cid"] == first[1]["cid"]
    assert answer["cid"] == again["response"]["body"]["cid"]
    taken = recorded["create with an existing rkey fails"]
    assert await ask(sandbox, http, taken) == (500, taken["response"]["body"])


async def test_sessions_look_like_the_recorded_ones(
    sandbox: Sandbox, http: aiohttp.ClientSession, recorded: dict[str, Any]
) -> None:
    status, answer = await ask(sandbox, http, recorded["login"], identifier="brand.test")
    assert (status, shape(answer)) == (200, shape(recorded["login"]["response"]["body"]))
    bad = recorded["bad token"]
    assert await ask(sandbox, http, bad, token="forged") == (400, bad["response"]["body"])
    strict = await start(clock=FakeClock(NOW), accounts={"brand.test": "x"})
    wrong = recorded["wrong password"]
    assert await ask(strict, http, wrong, password="y") == (401, wrong["response"]["body"])
    await strict.close()


async def test_the_page_shows_what_was_posted_and_runs_nothing(
    speaker: Publisher, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    nasty = "<script>alert(1)</script> \"' #ok https://oreo.com"
    receipt = await speaker.publish(a_publication(text=nasty))
    for url in (sandbox.url, receipt.url):
        async with http.get(str(url)) as answer:
            body = await answer.text()
        assert answer.status == 200
        assert "<script" not in body
        assert "&lt;script&gt;alert(1)" in body
        assert '<span class="tag">#ok</span>' in body
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    async with http.get(f"{sandbox.url}/profile/oreo.test/post/nothing") as answer:
        assert answer.status == 404


async def test_the_dial_turns_from_outside_by_json_only(
    speaker: Publisher, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{sandbox.url}/_dial", data={"kind": "refuse"}) as answer:
        assert answer.status == 415
    async with http.post(f"{sandbox.url}/_dial", json={"kind": "explode"}) as answer:
        assert answer.status == 400
    async with http.post(f"{sandbox.url}/_dial", json={"kind": "refuse"}) as answer:
        assert answer.status == 200
    with pytest.raises(Refused):
        await speaker.publish(a_publication())


async def test_the_sandbox_listens_on_this_machine_only(sandbox: Sandbox) -> None:
    with pytest.raises(BadInput, match="this machine only"):
        await start("0.0.0.0")
    with pytest.raises(BadInput, match="cannot listen"):
        await start(port=int(sandbox.url.rsplit(":", 1)[1]))
