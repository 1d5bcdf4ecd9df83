"""Reddit: what an item becomes, which are new, what is missing, who may log in, and whose turn it is to wait."""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from monitor import telemetry
from monitor.clock import FakeClock
from monitor.model import Post
from monitor.sources import Tally, load, names
from monitor.sources.reddit import Settings, build
from monitor.sources.reddit.answers import listed, parse
from responders.sandbox.reddit import Sandbox, start
from tests.polling import START, Ear, listening

AGENT = "linux:bonmot-test:1.0 (by u/nobody)"
OURS = {"client_id": "app", "client_secret": "app-secret", "user_agent": AGENT, "timeout_secs": 5.0}


@asynccontextmanager
async def reading(*, cursor: str | None = None, old: int = 5, **more: Any) -> AsyncIterator[tuple[Ear, Sandbox]]:
    clock = FakeClock(START)
    server = await start(clock=clock)
    for number in range(old):
        server.publish(f"old {number}")
    tally = Tally()
    urls = {"oauth_url": server.url, "reddit_url": server.url}
    source = build(Settings(**(OURS | {"subreddits": ["AskReddit"]} | urls | more)), tally, clock)
    try:
        async with listening(
            source, server, clock=clock, tally=tally, is_busy=lambda: source.is_busy, cursor=cursor
        ) as ear:
            yield ear, server
    finally:
        await server.close()


def texts(ear: Ear) -> list[str]:
    return [post.text for post in ear.heard.posts]


def test_it_is_a_source_by_its_name_and_does_not_load_praw() -> None:
    assert "reddit" in names()
    assert load("reddit").Settings is Settings


async def test_submissions_and_comments_are_heard_once_in_order() -> None:
    async with reading(old=2) as (ear, server):
        await ear.pass_time(5)
        assert sorted(texts(ear)) == ["old 0", "old 1"], "ten minutes back"
        server.publish("Lights out", kind="t3", url="https://a.test/x", is_self=False)
        server.publish("who turned & off?", score=-3)
        server.publish("[removed]")
        server.publish("gone", author=None)
        await ear.pass_time(60)
        comment, submission = sorted(ear.heard.posts[2:], key=lambda post: post.id)
        assert (submission.id, submission.text) == ("t3_h00002", "Lights out\nhttps://a.test/x")
        assert (comment.id, comment.text, comment.likes) == ("t1_h00003", "who turned & off?", -3)
        assert comment.reply_to == "t3_h00000"
        assert comment.url == "https://www.reddit.com/r/AskReddit/comments/h00003/x/"
        assert ear.tally.dropped == {"deleted": 2}
        assert not ear.twice
    assert {agent.startswith(AGENT) for agent in server.agents} == {True}
    assert not [thread for thread in threading.enumerate() if thread.name == "reddit"]


async def test_who_answers_our_account_is_heard_and_letters_are_nobodys_posts() -> None:
    async with reading(old=0, inbox=True, username="ours", password="pass") as (ear, server):
        server.rules.users["ours"] = "pass"
        await ear.pass_time(15)
        server.write_to_us("loved that one")
        server.write_to_us("a private word", kind="t4")
        server.publish("elsewhere")
        await ear.pass_time(30)
        assert sorted(texts(ear)) == ["elsewhere", "loved that one"]
        assert set(ear.tally.dropped) == {"other_kind"}
        assert not ear.twice


def test_an_inbox_needs_an_account() -> None:
    with pytest.raises(ValidationError, match="inbox is an account's"):
        Settings(**(OURS | {"subreddits": ["AskReddit"], "inbox": True}))


async def test_more_than_a_page_is_read_back_and_what_is_beyond_is_told() -> None:
    async with reading(every_secs=60.0) as (ear, server):
        await ear.pass_time(5)
        for number in range(350):
            server.publish(f"n{number}")
        await ear.pass_time(150)
        assert [text for text in texts(ear) if text[0] == "n"] == [f"n{number}" for number in range(350)]
        assert ear.tally.dropped == {}
        for number in range(1200):
            server.publish(f"m{number}")
        await ear.pass_time(80)
        heard = [text for text in texts(ear) if text[0] == "m"]
        assert heard == [f"m{number}" for number in range(1200 - len(heard), 1200)]
        assert len(heard) >= 970
        assert ear.tally.dropped == {"gap": 1}
        assert not ear.twice


async def test_the_item_at_the_cursor_may_vanish_and_a_late_one_is_still_heard() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(15)
        server.removed.add(server.items[-1].name)
        late = server.publish("approved late")
        server.removed.add(late)
        server.publish("new")
        await ear.pass_time(20)
        server.removed.discard(late)
        await ear.pass_time(20)
        assert texts(ear)[5:] == ["new", "approved late"]


async def test_killed_and_started_again_it_goes_on_where_it_was() -> None:
    async with reading(subreddits=["AskReddit", "nba"]) as (ear, _):
        await ear.pass_time(15)
        cursor = ear.cursors["reddit"]
        assert "app-secret" not in cursor
    for more in (
        {"subreddits": ["nba", "AskReddit"]},
        {"subreddits": ["AskReddit"]},
        {"subreddits": ["AskReddit", "x1"]},
    ):
        async with reading(cursor=cursor, old=7, **more) as (ear, _):
            await ear.pass_time(15)
            assert texts(ear) == ["old 5", "old 6"], more


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"t1:askreddit":3}', '{"t1:askreddit":{"floor":"x"}}', "null"])
async def test_a_cursor_that_is_none_starts_from_now_on(cursor: str) -> None:
    async with reading(cursor=cursor, old=1) as (ear, _):
        await ear.pass_time(5)
        assert texts(ear) == ["old 0"]


async def test_one_subreddit_that_refuses_leaves_the_others_standing() -> None:
    async with reading(subreddits=["AskReddit", "closed", "nowhere"], submissions=False) as (ear, server):
        server.rules.closed, server.rules.absent = {"closed"}, {"nowhere"}
        await ear.pass_time(60)
        server.publish("new")
        await ear.pass_time(60)
        assert texts(ear)[-1] == "new"
        assert ear.state == "connected"
        server.rules.closed = set()
        server.publish("open again", subreddit="closed")
        await ear.until(lambda: "open again" in texts(ear), most_secs=4000)
        assert not ear.twice


async def test_where_every_subreddit_refuses_it_says_so() -> None:
    async with reading(subreddits=["closed"]) as (ear, server):
        server.rules.closed = {"closed"}
        await ear.pass_time(600)
        assert ear.state == "away: every subreddit refuses: private, banned or gone"
        assert len(server.calls) <= 6


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "hunter2"}, {"username": "me", "password": "hunter2"}, {"client_id": "other"}]
)
async def test_wrong_credentials_need_a_person_and_are_never_told(wrong: dict[str, str], written: io.StringIO) -> None:
    async with reading(**wrong) as (ear, server):
        await ear.pass_time(1700)
        assert ear.state.startswith("away: needs other credentials: Reddit refuses the log-in")
        assert len(server.calls) <= 3, "a quarter of an hour between two tries"
        assert "hunter2" not in written.getvalue() + ear.state + repr(ear.source) + repr(Settings(**_full(wrong)))


def _full(wrong: dict[str, str]) -> dict[str, Any]:
    return OURS | {"subreddits": ["a1"]} | wrong


async def test_a_token_that_is_over_is_renewed_without_a_word() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(15)
        server.dial.turn("expired", times=1)
        server.publish("new")
        await ear.pass_time(15)
        assert texts(ear)[-1] == "new"
        assert ear.state == "connected"


async def test_somebody_who_logs_in_is_served_as_well() -> None:
    async with reading(username="me", password="x") as (ear, server):
        server.rules.users["me"] = "x"
        await ear.pass_time(5)
        assert len(texts(ear)) == 5


async def test_the_calls_that_are_left_last_until_the_window_ends() -> None:
    async with reading() as (ear, server):
        server.rules.allowance = 60
        await ear.pass_time(1800)
        calls = [call for call in server.calls if "/r/" in call.path]
        assert len(calls) <= 3 * 60 + 6, "ten minutes have sixty calls"
        assert len(calls) >= 120
        server.publish("new")
        await ear.until(lambda: texts(ear)[-1] == "new", most_secs=700)


async def test_a_window_that_somebody_else_used_up_is_waited_for() -> None:
    async with reading() as (ear, server):
        server.rules.allowance = 1
        await ear.pass_time(300)
        assert ear.state.startswith("away: throttled: no calls left for ")
        assert len(server.calls) <= 3


# What items become


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (None, "bad_shape"),
        ({"kind": "t1"}, "bad_shape"),
        ({"kind": "more", "data": {}}, "other_kind"),
        ({"kind": "t1", "data": {"id": "!", "body": "x"}}, "bad_shape"),
        ({"kind": "t1", "data": {"id": "a", "body": 3}}, "bad_shape"),
        ({"kind": "t3", "data": {"id": "a", "title": None}}, "bad_shape"),
        ({"kind": "t1", "data": {"id": "a", "body": "x", "author": "b", "created_utc": "now"}}, "bad_time"),
        ({"kind": "t1", "data": {"id": "a", "body": "x", "author": "b", "created_utc": 5}}, "bad_time"),
        ({"kind": "t1", "data": {"id": "a", "body": "x", "author": "b", "created_utc": float("nan")}}, "bad_time"),
        ({"kind": "t1", "data": {"id": "a", "body": " ", "author": "b", "created_utc": 1.6e9}}, "no_text"),
        ({"kind": "t1", "data": {"id": "a", "body": "[removed]", "author": "b", "created_utc": 1.6e9}}, "deleted"),
        ({"kind": "t1", "data": {"id": "a", "body": "x", "author": "[deleted]", "created_utc": 1.6e9}}, "deleted"),
    ],
)
def test_what_is_no_post_has_a_reason(item: Any, reason: str) -> None:
    assert parse(item, START) == reason


def pages(body: Any) -> Iterator[Any]:
    """Every listing that an answer holds, whatever it is wrapped in."""
    if isinstance(body, dict) and body.get("kind") == "Listing":
        yield body
    for inner in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from pages(inner)


def test_every_item_that_the_service_sent_is_a_post_or_has_a_reason(shared: Path) -> None:
    found: dict[str, int] = {}
    for path in sorted((shared / "recordings" / "reddit").glob("api*/*.json")):
        for exchange in json.loads(path.read_text())["interactions"]:
            body = (exchange["response"]["body"] or {}).get("json")
            for page in pages(body):
                children = listed(page)
                assert children is not None, path.name
                for item in children[0]:
                    parsed = parse(item, START)
                    reason = "post" if isinstance(parsed, Post) else f"{item['kind']} {parsed}"
                    found[reason] = found.get(reason, 0) + 1
    print("recorded items:", dict(sorted(found.items())))
    assert found["post"] > 800
    assert not [reason for reason in found if "bad" in reason]


def test_every_row_of_the_raw_file_is_a_post_or_has_a_reason(shared: Path) -> None:
    path = shared / "data" / "raw" / "reddit_comments_500_of_nba_g7.csv.gz"
    found: dict[str, int] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            data = row | {"created_utc": float(row["created_utc"]), "score": int(row["score"])}
            parsed = parse({"kind": "t1", "data": data}, START)
            reason = "post" if isinstance(parsed, Post) else parsed
            found[reason] = found.get(reason, 0) + 1
    print("raw rows:", found)
    assert sum(found.values()) == 500
    assert set(found) <= {"post", "deleted"}


# Settings


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"user_agent": "Mozilla/5.0"}, "pattern"),
        ({"subreddits": ["r/nba"]}, "bare name"),
        ({"subreddits": ["nba+x"]}, "bare name"),
        ({"subreddits": ["nba", "NBA"]}, "names nba twice"),
        ({"subreddits": []}, "at least 1"),
        ({"username": "me"}, "belong together"),
        ({"submissions": False, "comments": False}, "both false"),
    ],
)
def test_mistakes_of_settings_are_told(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**(OURS | {"subreddits": ["nba"]} | change))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs go."""
    stream = io.StringIO()
    telemetry.configure(stream=lambda: stream)
    yield stream
    structlog.reset_defaults()


def test_a_praw_ini_of_the_folder_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.sources.reddit.wire import Credentials, Wire

    (tmp_path / "praw.ini").write_text("[DEFAULT]\nuser_agent=evil\nclient_id=evil\npassword=evil\n")
    monkeypatch.chdir(tmp_path)
    wire = Wire(
        Credentials("a", "b", None, None),
        user_agent=AGENT,
        oauth_url="http://127.0.0.1:9",
        reddit_url="http://127.0.0.1:9",
        timeout_secs=1.0,
    )
    with pytest.raises(OSError, match="refused"):
        wire.get("r/a/new", {})
    config = wire._reddit.config
    assert (config.client_id, config.user_agent, config.password) == ("a", AGENT, None)
    assert config.oauth_url == config.reddit_url == "http://127.0.0.1:9"
    wire.rest()
