"""Hacker News: what an item becomes, which items are asked for, and what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from monitor.clock import FakeClock
from monitor.model import Post
from monitor.sources import Tally, load, names
from monitor.sources.hackernews import Settings, build, parse
from responders.sandbox.hackernews import FIRST, Sandbox, start
from tests.polling import START, Ear, listening

NOW = int(START.timestamp())


@asynccontextmanager
async def reading(*, cursor: str | None = None, old: int = 5, **more: Any) -> AsyncIterator[tuple[Ear, Sandbox]]:
    clock = FakeClock(START)
    server = await start(clock=clock)
    for number in range(old):
        server.publish("story", say=f"old {number}")
    tally = Tally()
    source = build(Settings(base_url=f"{server.url}/v0", **more), tally, clock)
    try:
        async with listening(source, server, clock=clock, tally=tally, cursor=cursor) as ear:
            yield ear, server
    finally:
        await server.close()


def test_it_is_a_source_by_its_name() -> None:
    assert "hackernews" in names()
    assert load("hackernews").Settings is Settings


async def test_it_hears_from_now_on_every_story_and_comment_once() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(5)
        server.publish("story", say="Lights out & <dark>", url="https://a.test/x", score=7)
        server.publish("comment", text="who &gt; what<p>turned <i>off</i> the <a href='x'>lights</a>", parent=FIRST + 5)
        server.publish("job", say="We hire")
        server.publish("comment", deleted=True)
        await ear.pass_time(120)
        assert [post.text for post in ear.heard.posts] == [
            "Lights out & <dark>\nhttps://a.test/x", "who > what\nturned off the lights",
        ]  # fmt: skip
        story, comment = ear.heard.posts
        assert (story.id, story.likes, story.reply_to, story.created_at) == (
            str(FIRST + 5),
            7,
            None,
            START + timedelta(seconds=5),
        )
        assert comment.reply_to == story.id
        assert comment.url == f"https://news.ycombinator.com/item?id={FIRST + 6}"
        assert ear.tally.dropped == {"other_kind": 1, "deleted": 1}


async def test_an_item_that_shows_late_is_waited_for_and_holds_nobody_up() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(5)
        server.publish(say="late", late_secs=50)
        server.publish(say="never", late_secs=1e6)
        server.publish(say="at once")
        await ear.pass_time(40)
        assert [post.text for post in ear.heard.posts] == ["at once"]
        await ear.pass_time(100)
        assert [post.text for post in ear.heard.posts] == ["at once", "late"]
        await ear.pass_time(3600)
        assert ear.tally.dropped == {"invisible": 1}
        asked = [call.path for call in server.calls if f"{FIRST + 6}" in call.path]
        assert len(asked) == 9


async def test_stories_alone_ask_for_no_comment() -> None:
    async with reading(comments=False) as (ear, server):
        await ear.pass_time(5)
        server.publish(say="a comment")
        server.publish("story", say="a story")
        await ear.pass_time(100)
        assert [post.text for post in ear.heard.posts] == ["a story"]
        assert [call.path for call in server.calls if "item" in call.path] == [f"/v0/item/{FIRST + 6}.json"]


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order"])
async def test_a_list_that_is_twice_or_shuffled_is_read_once(fault: str) -> None:
    async with reading(comments=False) as (ear, server):
        await ear.pass_time(5)
        server.dial.turn(fault)
        for number in range(12):
            server.publish("story", say=f"s{number}")
        await ear.pass_time(100)
        assert [post.text for post in ear.heard.posts] == [f"s{number}" for number in range(12)]


async def test_an_absence_is_read_back_and_what_is_beyond_is_told() -> None:
    async with reading(old=300, cursor=f'{{"last":{FIRST + 9},"waiting":{{"{FIRST + 3}":1}}}}', most_behind=100) as (
        ear,
        server,
    ):
        await ear.pass_time(60)
        assert ear.ids == [str(FIRST + 3), *(str(FIRST + n) for n in range(200, 300))]
        assert ear.tally.dropped == {"gap": 190}
        busiest = max(sum(1 for c in server.calls if c.at == call.at) for call in server.calls)
        assert busiest <= 12, "ten items a second"


async def test_a_largest_number_out_of_this_world_does_not_make_it_deaf() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(5)
        server.items[FIRST + 10**9] = server.items[FIRST]
        await ear.pass_time(120)
        assert ear.state.startswith("away: maxitem is")
        del server.items[FIRST + 10**9]
        server.publish(say="back")
        await ear.until(lambda: "back" in [post.text for post in ear.heard.posts], most_secs=120)


async def test_one_item_that_fails_again_and_again_is_given_up() -> None:
    async with reading() as (ear, server):
        await ear.pass_time(5)
        server.publish(say="fine")
        server.broken.add(server.publish(say="poison"))
        await ear.pass_time(4000)
        server.publish(say="after")
        await ear.pass_time(100)
        assert [post.text for post in ear.heard.posts] == ["fine", "after"]
        assert ear.tally.dropped == {"unanswered": 1}


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"last":"x"}', '{"last":true}', "17"])
async def test_a_cursor_that_is_none_starts_from_now_on(cursor: str) -> None:
    async with reading(cursor=cursor) as (ear, server):
        await ear.pass_time(5)
        server.publish(say="new")
        await ear.pass_time(50)
        assert [post.text for post in ear.heard.posts] == ["new"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (["x"], "bad_shape"),
        ({}, "bad_shape"),
        ({"id": 8, "type": "story", "time": NOW, "title": "x"}, "bad_shape"),
        ({"id": 7, "type": 3, "time": NOW}, "bad_shape"),
        ({"id": 7, "type": "pollopt", "time": NOW, "text": "x"}, "other_kind"),
        ({"id": 7, "type": "story", "time": "now", "title": "x"}, "bad_time"),
        ({"id": 7, "type": "story", "time": 1, "title": "x"}, "bad_time"),
        ({"id": 7, "type": "story", "time": 2**52, "title": "x"}, "bad_time"),
        ({"id": 7, "type": "story", "time": NOW, "title": 5}, "no_text"),
        ({"id": 7, "type": "comment", "time": NOW, "text": "<p></p>"}, "no_text"),
        ({"id": 7, "type": "comment", "time": NOW, "text": "x", "dead": True}, "deleted"),
    ],
)
def test_what_is_no_post_has_a_reason(item: Any, reason: str) -> None:
    assert parse(item, 7, START) == reason


def test_the_published_example_is_a_post() -> None:
    item = {
        "by": "norvig", "id": 2921983, "kids": [2922097], "parent": 2921506, "time": 1314211127, "type": "comment",
        "text": "Aw shucks, guys ... you make me blush with your compliments.<p>Tell you what, Ill make a deal",
    }  # fmt: skip
    post = parse(item, 2921983, START)
    assert isinstance(post, Post)
    assert post.author == "norvig"
    assert post.text.endswith("compliments.\nTell you what, Ill make a deal")
