"""The sandbox X speaks as X's own emulator was recorded, keeps its rules and limits, and counts what X would charge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from responders.sandbox.x import X, start
from responders.sandbox.x.grammar import Invalid, parse
from tests.samples import NOW

RULES = "/2/tweets/search/stream/rules"
STREAM = "/2/tweets/search/stream"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def x(clock: FakeClock) -> AsyncIterator[X]:
    server = await start(clock=clock, token="right")
    yield server
    await server.close()


async def call(x: X, method: str, path: str, **more: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {more.pop('token', 'right')}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.request(method, x.url + path, **more) as answer:
        return answer.status, await answer.json()


def recorded(shared: Path, note: str) -> Any:
    entries = json.loads((shared / "recordings" / "x" / "playground_transcript.json").read_text(encoding="utf-8"))
    return next(entry["response"] for entry in entries if entry["note"].startswith(note))


def shape(value: Any) -> Any:
    """The names and types in it, of lists the first item's."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


async def test_rules_are_answered_as_recorded(x: X, shared: Path) -> None:
    add = {"add": [{"value": "dunk lang:en", "tag": "brand"}, {"value": "blackout -is:retweet", "tag": "event"}]}
    _, answer = await call(x, "POST", RULES, json=add)
    assert shape(answer) == shape(recorded(shared, "rules: add")["body"])
    _, answer = await call(x, "POST", RULES, json={"add": add["add"][:1]})
    assert shape(answer) == shape(recorded(shared, "rules: duplicate")["body"])
    _, answer = await call(x, "GET", RULES)
    listed = shape(recorded(shared, "rules: list")["body"])
    assert listed["data"] == shape(answer)["data"]
    assert set(listed["meta"]) <= set(answer["meta"])


async def test_reads_are_answered_as_recorded(x: X, shared: Path) -> None:
    x.post("playground one")
    x.trends[1] = [("AI", 34)]
    for note, path in (
        ("recent search", "/2/tweets/search/recent?query=playground&tweet.fields=created_at,public_metrics"),
        ("recent counts", "/2/tweets/counts/recent?query=playground"),
        ("trends", "/2/trends/by/woeid/1"),
    ):
        _, answer = await call(x, "GET", path)
        theirs, ours = shape(recorded(shared, note)["body"]), shape(answer)
        metrics = theirs["data"][0].pop("public_metrics", {})
        assert set(ours["data"][0].pop("public_metrics", {})) <= set(metrics), "the emulator shows newer ones"
        assert ours["data"] == theirs["data"], note
    status, answer = await call(x, "GET", "/2/trends/by/woeid/1", token="wrong")
    assert (status, shape(answer)) == (401, shape(recorded(shared, "no credentials")["body"]))


async def test_the_stream_sends_lines_as_recorded_and_a_sign_of_life(x: X, clock: FakeClock, shared: Path) -> None:
    x.add_rule("dunk lang:en", "brand")
    params = {"tweet.fields": "created_at,lang,public_metrics", "expansions": "author_id", "user.fields": "username"}
    headers = {"Authorization": "Bearer right"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(x.url + STREAM, params=params) as answer:
        await clock.advance(20.0)
        assert await answer.content.readline() == b"\r\n"
        x.post("nothing of ours")
        x.post("You can still dunk in the dark")
        line = await answer.content.readline()
        assert line.endswith(b"\r\n")
        ours = shape(json.loads(line))
        theirs = shape(json.loads(recorded(shared, "filtered stream")["lines"][2]))
        theirs["data"]["public_metrics"] = ours["data"]["public_metrics"]
        assert ours == theirs
        assert (await call(x, "GET", STREAM))[1]["connection_issue"] == "TooManyConnections"
        x.disconnect()
        assert b"UpstreamOperationalDisconnect" in await answer.content.readline()
        assert await answer.content.readline() == b""
    assert x.bill.counts == {"post_read": 1, "user_read": 1}


async def test_without_rules_credits_or_the_token_there_is_no_stream(x: X) -> None:
    assert (await call(x, "GET", STREAM))[0] == 409
    x.add_rule("tea")
    assert (await call(x, "GET", STREAM, token="wrong"))[0] == 401
    x.has_credits = False
    assert (await call(x, "GET", STREAM))[1]["title"] == "CreditsDepleted"
    x.has_credits, x.has_ghost = True, True
    assert (await call(x, "GET", STREAM))[0] == 429
    assert (await call(x, "DELETE", "/2/connections/filtered_stream"))[1]["data"]["successful_kills"] == 1
    assert not x.has_ghost


async def test_rules_that_cannot_be_are_refused_together(x: X) -> None:
    x.most_rules = 2
    for wrong in ("-tea", "tea -(a OR b)", "bio_x:y tea"):
        status, answer = await call(x, "POST", RULES, json={"add": [{"value": "fine"}, {"value": wrong}]})
        assert answer["errors"][0]["type"].endswith("invalid-rules")
        assert answer["meta"]["summary"] == {"created": 0, "not_created": 2, "valid": 1, "invalid": 1}
        assert (status, x.rules) == (200, {})
    dry = await call(x, "POST", f"{RULES}?dry_run=true", json={"add": [{"value": "fine"}]})
    assert (dry[0], x.rules) == (200, {})
    _, answer = await call(x, "POST", RULES, json={"add": [{"value": str(number)} for number in range(3)]})
    assert answer["errors"][0]["type"].endswith("rule-cap")
    _, answer = await call(x, "POST", RULES, json={"add": [{"value": "1"}, {"value": "2"}]})
    ids = [rule["id"] for rule in answer["data"]]
    _, answer = await call(x, "POST", RULES, json={"delete": {"ids": [ids[0], "9"]}})
    assert answer["meta"]["summary"] == {"deleted": 1, "not_deleted": 1}


async def test_search_pages_back_to_the_id_it_was_given(x: X, clock: FakeClock) -> None:
    ids = [x.post(f"tea {number}") for number in range(25)]
    x.post("RT tea", referenced_tweets=[{"type": "retweeted", "id": "1"}])
    path = f"/2/tweets/search/recent?query=tea&since_id={ids[2]}&max_results=10"
    found, token = [], ""
    while True:
        _, answer = await call(x, "GET", path + (f"&next_token={token}" if token else ""))
        found += [one["id"] for one in answer["data"]]
        if (token := answer["meta"].get("next_token", "")) == "":
            break
    assert found == ids[:2:-1]
    await call(x, "GET", path)
    assert x.bill.counts["post_read"] == 22, "the same post within a day is charged once"
    await clock.advance(timedelta(days=1).total_seconds())
    await call(x, "GET", path)
    assert x.bill.counts["post_read"] == 32
    await clock.advance(timedelta(days=7).total_seconds())
    assert (await call(x, "GET", path))[0] == 400


async def test_counts_by_the_minute_reach_back_seven_days(x: X, clock: FakeClock) -> None:
    x.volume = lambda _query, minute: minute.minute % 2
    x.post("tea")
    await clock.advance(60)
    _, answer = await call(x, "GET", "/2/tweets/counts/recent?query=tea&granularity=minute")
    rows = answer["data"]
    assert len(rows) in (10_080, 10_081)
    assert answer["meta"]["total_tweet_count"] == sum(row["tweet_count"] for row in rows)
    start = rows[-3]["start"]
    _, answer = await call(x, "GET", f"/2/tweets/counts/recent?query=tea&granularity=minute&start_time={start}")
    assert answer["data"] == rows[-3:]


async def test_each_door_has_its_limit_and_says_so(x: X) -> None:
    x.doors.limits["trends"] = 2
    headers = {"Authorization": "Bearer right"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for left in ("1", "0", "0"):
            async with http.get(f"{x.url}/2/trends/by/woeid/1") as answer:
                assert answer.headers["x-rate-limit-remaining"] == left
                assert int(answer.headers["x-rate-limit-reset"]) == int(NOW.timestamp()) + 900
                assert answer.status == (429 if left == "0" and answer.status != 200 else 200)
        assert answer.status == 429
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("rule", "text", "is_met"),
    [
        ("tea", "Tea!", True),
        ("tea", "teapot", False),
        ('"lights out" OR tea', "the lights out there", True),
        ('"lights out"', "out lights", False),
        ("(dunk OR dip) cookie", "I dip a cookie", True),
        ("dunk OR dip cookie", "dunk", True),
        ("#lights", "#Lights on", True),
        ("#lights", "lights on", False),
        ("tea -milk", "tea with milk", False),
        ("tea lang:de", "tea", False),
        ("tea -is:retweet -is:nullcast", "tea", True),
        ("tea from:ann", "tea", True),
        ("tea has:links", "tea https://a.test", True),
    ],
)
def test_a_rule_is_read_as_x_reads_it(rule: str, text: str, is_met: bool) -> None:
    post = {"id": "1", "text": text, "lang": "en", "username": "ann", "author_id": "7"}
    assert parse(rule)(post) is is_met


@pytest.mark.parametrize("rule", ["", "lang:en", "-a", "(a", "a)", "a OR", "-(a b)", "a b:c", '"'])
def test_what_is_no_rule_is_said_to_be_none(rule: str) -> None:
    with pytest.raises(Invalid):
        parse(rule)


def test_a_sample_is_about_that_part_of_all() -> None:
    quarter = parse("tea sample:25")
    met = sum(quarter({"id": str(number << 22), "text": "tea"}) for number in range(4000))
    assert 800 < met < 1200
