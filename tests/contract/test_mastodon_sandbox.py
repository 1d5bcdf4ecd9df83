"""The sandbox held against what a real Mastodon server said, and the publisher fed with those very answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BadInput, Refused, Unavailable
from responders.publishers import Publisher, mastodon
from responders.sandbox.mastodon import Mastodon, start
from responders.sandbox.mastodon.content import markup
from tests.posting import mastodon_settings
from tests.samples import NOW, a_publication

Call = dict[str, Any]


def recorded(shared: Path, name: str) -> list[Call]:
    path = shared / "recordings" / "mastodon" / "api" / f"{name}.json"
    calls: list[Call] = json.loads(path.read_text(encoding="utf-8"))["interactions"]
    return calls


def answered(shared: Path, name: str, method: str, path: str) -> Call:
    """The first recorded answer to such a call."""
    for call in recorded(shared, name):
        if call["request"]["method"] == method and path in call["request"]["uri"]:
            return dict(call["response"])
    raise AssertionError(f"{name} has no {method} {path}")


# --- the sandbox, held against the real server -----------------------------------------------------------------------


@pytest.fixture
async def sandbox() -> AsyncIterator[Mastodon]:
    running = await start(clock=FakeClock(NOW), accounts={"token": "mastodonpy_test"})
    yield running
    await running.close()


async def ask(
    sandbox: Mastodon, http: aiohttp.ClientSession, method: str, path: str, **more: Any
) -> tuple[int, Any, dict[str, str]]:
    headers = {"Authorization": f"Bearer {more.pop('token', 'token')}"}
    async with http.request(method, f"{sandbox.url}{path}", headers=headers, **more) as answer:
        return answer.status, await answer.json(), {key.lower(): value for key, value in answer.headers.items()}


LEFT_OUT = {"account", "media_attachments", "application", "quote_approval"}


async def test_a_post_a_look_and_a_deletion_look_as_the_real_ones(
    sandbox: Mastodon, http: aiohttp.ClientSession, shared: Path
) -> None:
    real = answered(shared, "toot", "POST", "/statuses")
    status, answer, headers = await ask(sandbox, http, "POST", "/api/v1/statuses", data={"status": "Toot!"})
    assert status == real["status"]
    assert set(answer) == set(real["body"]["json"]), "the same keys, none more and none less"
    for key in set(answer) - LEFT_OUT:
        assert type(answer[key]) is type(real["body"]["json"][key]), key
    assert answer["content"] == real["body"]["json"]["content"]
    assert headers["x-ratelimit-reset"].endswith("Z")
    assert datetime.fromisoformat(real["headers"]["x-ratelimit-reset"]).tzinfo is not None
    status, looked, _ = await ask(sandbox, http, "GET", f"/api/v1/statuses/{answer['id']}")
    assert (status, looked) == (200, answer)
    gone = answered(shared, "toot", "DELETE", "/statuses")
    status, deleted, _ = await ask(sandbox, http, "DELETE", f"/api/v1/statuses/{answer['id']}")
    assert (status, set(deleted)) == (gone["status"], set(gone["body"]["json"]))
    assert deleted["text"] == gone["body"]["json"]["text"]
    assert (await ask(sandbox, http, "GET", f"/api/v1/statuses/{answer['id']}"))[0] == 404


async def test_refusals_look_as_the_real_ones(sandbox: Mastodon, http: aiohttp.ClientSession, shared: Path) -> None:
    for name, method, path, more in (
        ("status_empty", "POST", "/api/v1/statuses", {"data": {"status": ""}}),
        ("status_missing", "GET", "/api/v1/statuses/0", {}),
    ):
        real = answered(shared, name, method, path)
        status, answer, _ = await ask(sandbox, http, method, path, **more)
        assert (status, set(answer)) == (real["status"], set(real["body"]["json"]))
    real = answered(shared, "unauthed_home_tl_throws", "GET", "/timelines/home")
    status, answer, _ = await ask(sandbox, http, "POST", "/api/v1/statuses", data={"status": "x"}, token="bad")
    assert (status, answer) == (real["status"], real["body"]["json"])


async def test_accounts_pages_and_the_instance_have_the_real_shape(
    sandbox: Mastodon, http: aiohttp.ClientSession, shared: Path
) -> None:
    real = answered(shared, "verify_credentials", "GET", "/verify_credentials")["body"]["json"]
    _, answer, _ = await ask(sandbox, http, "GET", "/api/v1/accounts/verify_credentials")
    assert set(answer) <= set(real)
    assert [key for key in answer if type(answer[key]) is not type(real[key])] == []
    for number in range(7):
        await ask(sandbox, http, "POST", "/api/v1/statuses", json={"status": f"Toot number {number}!"})
    path = f"/api/v1/accounts/{answer['id']}/statuses"
    first = (await ask(sandbox, http, "GET", f"{path}?limit=5"))[1]
    second = (await ask(sandbox, http, "GET", f"{path}?limit=5&max_id={first[-1]['id']}"))[1]
    assert [one["content"] for one in first + second] == [f"<p>Toot number {n}!</p>" for n in range(6, -1, -1)]
    about = (await ask(sandbox, http, "GET", "/api/v2/instance"))[1]
    page = answered(shared, "instance", "GET", "/api/v2/instance")["body"]["json"]
    assert about["configuration"]["statuses"].items() <= page["configuration"]["statuses"].items()


@pytest.mark.parametrize(
    ("name", "text"),
    [("toot", "Toot!"), ("status_card", "http://example.org/"), ("hashtag_tl", "#hoot (hashtag toot)")],
)
def test_text_becomes_the_same_html_as_on_the_real_server(shared: Path, name: str, text: str) -> None:
    content = answered(shared, name, "POST", "/statuses")["body"]["json"]["content"]
    assert markup(text).replace('href="/tags', 'href="http://localhost:3000/tags') == content


async def test_the_dial_turns_from_outside_by_json_only(sandbox: Mastodon, http: aiohttp.ClientSession) -> None:
    for more, status in (
        ({"data": {"kind": "refuse"}}, 415), ({"json": {"kind": "explode"}}, 400),
        ({"json": {"kind": "cut", "door": "cellar"}}, 400), ({"json": {"kind": "refuse", "door": "login"}}, 200),
    ):  # fmt: skip
        async with http.post(f"{sandbox.url}/_dial", **more) as answer:
            assert answer.status == status
    assert (await ask(sandbox, http, "GET", "/api/v1/accounts/verify_credentials"))[0] == 422


async def test_the_sandbox_listens_on_this_machine_only(sandbox: Mastodon) -> None:
    with pytest.raises(BadInput, match="this machine only"):
        await start("0.0.0.0")
    with pytest.raises(BadInput, match="cannot listen"):
        await start(port=int(sandbox.url.rsplit(":", 1)[1]))


# --- the publisher, fed with real answers ----------------------------------------------------------------------------


class Tape:
    """Plays recorded answers again, by method and path first, then by `max_id`; `asked` holds what came."""

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        for call in self.calls:
            parts = urlsplit(call["request"]["uri"])
            is_it = (call["request"]["method"], parts.path.rstrip("/")) == (request.method, request.path)
            page = parse_qs(parts.query).get("max_id", [None])[0]
            if is_it and page == request.query.get("max_id"):
                said = call["response"]
                headers = {k: v for k, v in said["headers"].items() if k.startswith("x-ratelimit")}
                return web.json_response(said["body"]["json"], status=said["status"], headers=headers)
        if "max_id" in request.query:
            return web.json_response([])  # before the first status there is none
        return web.json_response({"error": "Record not found"}, status=404)


@asynccontextmanager
async def played(calls: list[Call], at: datetime) -> AsyncIterator[tuple[Publisher, Tape]]:
    tape, app = Tape(calls), web.Application()
    app.router.add_route("*", "/{path:.*}", tape.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as http:
            yield mastodon.build(mastodon_settings(url, "mastodonpy_test"), http, FakeClock(at)), tape
    finally:
        await runner.cleanup()


AT = datetime.fromisoformat("2026-08-01T13:52:34+00:00")


def toot(text: str, **changes: Any) -> Any:
    return a_publication(account="mastodon:mastodonpy_test", text=text, created_at=AT, **changes)


async def test_a_real_server_s_answers_are_a_receipt_and_are_found_page_by_page(shared: Path) -> None:
    calls = recorded(shared, "fetch_next_previous") + recorded(shared, "instance")
    async with played(calls, AT) as (publisher, tape):
        receipt = await publisher.publish(toot("Toot number 0!"))
        assert receipt.platform_id == "117020580452511285"
        assert receipt.url == "http://localhost:3000/@mastodonpy_test/117020580452511285"
        [post] = [request for request in tape.asked if request.method == "POST"]
        assert post.headers["Idempotency-Key"] == toot("x").mark
        found = await publisher.find(toot("Toot number 0!"))  # on the second page
        assert found is not None
        assert (found.platform_id, found.detail) == (receipt.platform_id, receipt.detail)
        with pytest.raises(Unavailable, match="does not tell"):  # nothing recorded says how the others were sent
            await publisher.find(toot("Toot number 77!"))


async def test_real_refusals_are_told_apart(shared: Path) -> None:
    base = recorded(shared, "fetch_next_previous")[:1] + recorded(shared, "instance")
    empty = recorded(shared, "status_empty")
    async with played(base + empty, AT) as (publisher, _):
        with pytest.raises(Refused, match="answers 422: バリデーション"):
            await publisher.publish(toot("whatever"))
    home = recorded(shared, "unauthed_home_tl_throws")[1]
    closed = {"request": {**home["request"], "method": "POST", "uri": "http://x/api/v1/statuses"}}
    async with played([*base, closed | {"response": home["response"]}], AT) as (publisher, _):
        with pytest.raises(AuthNeeded, match="The access token is invalid"):
            await publisher.publish(toot("whatever"))


async def test_a_real_deletion_is_read_back_as_gone(shared: Path) -> None:
    calls = recorded(shared, "fetch_next_previous") + recorded(shared, "instance")
    async with played(calls, AT + timedelta(seconds=5)) as (publisher, tape):
        receipt = await publisher.publish(toot("Toot number 0!"))
        await publisher.undo(toot("Toot number 0!"), receipt)
        assert [request.method for request in tape.asked][-2:] == ["DELETE", "GET"]
