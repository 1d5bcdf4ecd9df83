"""Mastodon's stream: what a status becomes, how a gap is filled, what is taken back, and what needs a person."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import FakeClock
from monitor.listening import State
from monitor.model import Post
from monitor.sources import Tally, load, mastodon, names
from monitor.sources.mastodon import _Item
from monitor.sources.mastodon.statuses import newer, plain
from monitor.stream.sse import Reader
from responders.sandbox import mastodon_stream
from responders.sandbox.mastodon_stream import Mastodon
from tests.live_house import hearing
from tests.samples import NOW


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Mastodon]:
    running = await mastodon_stream.start(clock=clock, token="t0ken", limit=20)
    yield running
    await running.close()


def listening(server: Mastodon, clock: FakeClock, cursors: dict[str, str] | None = None, **changes: Any) -> Any:
    settings = mastodon.Settings.model_validate({"url": server.url, "token": "t0ken", **changes})
    return hearing(lambda tally, clock: mastodon.build(settings, tally, clock), clock, cursors=cursors)


def parsed(*items: tuple[str, Any], **settings: Any) -> tuple[Any, Tally]:
    tally = Tally()
    known = mastodon.Settings.model_validate({"url": "https://m.example", **settings})
    source = mastodon.build(known, tally, FakeClock(NOW))
    bodies = [(kind, data if isinstance(data, bytes) else json.dumps(data).encode()) for kind, data in items]
    return source.heard([_Item("public", kind, data) for kind, data in bodies]), tally


def status(**changes: Any) -> dict[str, Any]:
    account = {"acct": "ann", "followers_count": 7, **changes.pop("account", {})}
    known = {"id": "110", "created_at": "2026-11-22T20:40:00.000Z", "content": "<p>tea</p>", "visibility": "public"}
    return {**known, "account": account, "language": "en", "url": "https://m.example/@ann/110", **changes}


def test_it_is_a_source_by_its_name_and_hides_its_token() -> None:
    assert "mastodon" in names()
    settings = load("mastodon").Settings(url="https://m.example", token="s3cret")
    assert "s3cret" not in repr(settings)


def test_a_status_becomes_a_post() -> None:
    heard, tally = parsed(("update", status(in_reply_to_id="99", spoiler_text="drinks", reblogs_count=2)))
    assert heard.posts == [
        Post(
            "mastodon:m.example:110", "mastodon", NOW, "drinks\ntea", author="ann@m.example", author_followers=7,
            lang="en", reply_to="mastodon:m.example:99", reposts=2, url="https://m.example/@ann/110",
        )
    ]  # fmt: skip
    assert (heard.newest, tally.dropped) == ({"public": "110"}, {})


def test_a_boost_is_a_repost_of_its_original() -> None:
    boost = status(id="111", content="", account={"acct": "bob@other.example"}, reblog=status())
    (post,) = parsed(("update", boost))[0].posts
    assert (post.id, post.repost_of) == ("mastodon:m.example:111", "mastodon:m.example:110")
    assert (post.author, post.text) == ("bob@other.example", "tea")


@pytest.mark.parametrize(
    "left_out",
    [
        {"visibility": "unlisted"},
        {"visibility": "direct"},
        {"account": {"bot": True}},
        {"account": {"noindex": True}},
        {"account": {"discoverable": False}},
        {"account": {"note": '<p>me <a href="x">#<span>nobot</span></a></p>'}},
        {"reblog": status(account={"noindex": True})},
    ],
    ids=str,
)
def test_who_does_not_want_to_be_heard_is_not_and_it_is_no_fault(left_out: dict[str, Any]) -> None:
    heard, tally = parsed(("update", status(**left_out)))
    assert (heard.posts, tally.dropped) == ([], {})
    assert heard.newest == {"public": "110"}, "it need not be asked for again"


def test_what_was_deleted_or_edited_is_taken_back() -> None:
    heard, tally = parsed(("delete", b"110"), ("status.update", status(id="111")), ("filters_changed", b""))
    assert (heard.deleted, heard.posts) == (["mastodon:m.example:110", "mastodon:m.example:111"], [])
    assert not tally.dropped


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (("update", b'{"id":'), "bad_json"),
        (("update", json.dumps(status()).encode().replace(b"tea", b"\xff")), "not_text"),
        (("update", status(id=110)), "bad_shape"),
        (("update", status(id="../1")), "bad_shape"),
        (("update", status(content=None)), "bad_shape"),
        (("update", status() | {"account": "ann"}), "bad_shape"),
        (("update", status(created_at="3026-11-22T20:40:00Z")), "bad_time"),
        (("delete", b"<script>"), "bad_shape"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_counted(item: tuple[str, Any], reason: str) -> None:
    heard, tally = parsed(item)
    assert (heard.posts, heard.deleted, tally.dropped) == ([], [], {reason: 1})


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<br>two</p><p>three &amp; four</p>", "one\ntwo\nthree & four"),
        ('<a href="https://x.example/a"><span class="invisible">https://</span><span>x.example/a</span></a>', "https://x.example/a"),
        ('<p><a href="x" class="mention hashtag">#<span>hoot</span></a> tea</p>', "#hoot tea"),
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)  # fmt: skip
def test_markup_becomes_the_text_that_people_read(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_ids_are_compared_by_length_first() -> None:
    assert newer("99", "110") == newer("110", "99") == "110"
    assert newer("", "1") == "1"


def test_every_recorded_stream_and_timeline_is_understood(shared: Path) -> None:
    counted = {"update": 0, "other": 0}
    for path in sorted((shared / "recordings" / "mastodon" / "api").glob("*.json")):
        for interaction in json.loads(path.read_bytes())["interactions"]:
            body = interaction["response"]["body"] or {}
            items = _items(interaction["request"]["uri"], body)
            heard, tally = parsed(*items, bots=True)
            assert not tally.dropped, (path.name, tally.places)
            public = [data for kind, data in items if kind == "update" and _visibility(data) == "public"]
            assert len(heard.posts) == len(public)
            counted["update"] += len(public)
            counted["other"] += len(items) - len(public)
    assert counted["update"] > 5
    assert counted["other"] > 5


def _visibility(data: Any) -> str:
    return str((json.loads(data) if isinstance(data, bytes) else data)["visibility"])


def _items(uri: str, body: dict[str, Any]) -> list[tuple[str, Any]]:
    """What a source would be given of one recorded answer."""
    if "/streaming/" in uri and "health" not in uri:
        return [(message.kind, message.data) for message in Reader().feed(body["text"].encode()) if message.data]
    if "/timelines/" in uri and isinstance(body.get("json"), list):
        return [("update", one) for one in body["json"]]
    return []


async def test_what_was_missed_is_fetched_oldest_first_and_nothing_comes_twice(
    server: Mastodon, clock: FakeClock
) -> None:
    async with listening(server, clock) as ear:
        await ear.connected()
        server.post("heard")
        await ear.until(lambda: ear.posts)
    for number in range(100):
        server.post(f"missed {number}")
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: len(again.posts) == 100)
        server.post("live")
        await again.until(lambda: "live" in again.texts)
    assert again.texts == [*(f"missed {number}" for number in range(100)), "live"]
    assert [call["min_id"] for call in server.calls] == sorted(call["min_id"] for call in server.calls)
    assert again.detector.duplicates == 0


async def test_a_gap_longer_than_the_limit_allows_waits_for_the_reset_and_goes_on(
    server: Mastodon, clock: FakeClock
) -> None:
    async with listening(server, clock) as ear:
        await ear.connected()
        server.post("heard")
        await ear.until(lambda: ear.posts)
    for number in range(40 * 30):
        server.post(f"missed {number}")
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: again.listening.state is State.THROTTLED)
        assert len(again.ids) == 40 * 20, "what twenty calls gave"
        await again.until(lambda: len(again.ids) == 40 * 30, within_secs=700)
    assert all(int(call.get("min_id", 0)) for call in server.calls)
    assert len(server.calls) <= 40


async def test_more_than_the_pages_of_a_gap_is_told_as_missing(clock: FakeClock) -> None:
    server = await mastodon_stream.start(clock=clock, limit=10_000)
    async with listening(server, clock) as ear:
        await ear.connected()
        server.post("heard")
        await ear.until(lambda: ear.posts)
    for number in range(mastodon.PAGE * mastodon.MOST_PAGES + 5):
        server.post(f"missed {number}")
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: again.listening.gaps)
    assert len(again.ids) == mastodon.PAGE * mastodon.MOST_PAGES
    await server.close()


async def test_hashtags_are_streams_of_their_own_with_a_cursor_each(server: Mastodon, clock: FakeClock) -> None:
    async with listening(server, clock, hashtags=["oreo", "Tea"]) as ear:
        await ear.until(lambda: len(server.arrivals) == 2)
        await ear.connected()
        one, other, both = (
            server.post(text, tags=tags) for text, tags in [("1", ["oreo"]), ("2", ["tea"]), ("3", ["oreo", "tea"])]
        )
        server.post("4", tags=["coffee"])
        await ear.until(lambda: len(ear.posts) == 4)
    assert sorted(ear.texts) == ["1", "2", "3"]
    assert json.loads(ear.cursors["mastodon"]) == {"tag:oreo": both, "tag:Tea": both}
    assert one < other < both


async def test_deletions_and_edits_reach_the_watch(server: Mastodon, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.connected()
        one, two = server.post("oh no"), server.post("tpyo")
        server.delete(one)
        server.edit(two, "typo")
        await ear.until(lambda: len(ear.deleted) == 2)
    host = server.url.removeprefix("http://")
    assert ear.deleted == [f"mastodon:{host}:{one}", f"mastodon:{host}:{two}"]


async def test_a_missing_token_is_for_a_person_and_is_not_hammered(server: Mastodon, clock: FakeClock) -> None:
    async with listening(server, clock, token="") as ear:
        await ear.until(lambda: ear.listening.state is State.REFUSED)
        await ear.pass_time(3600 - 10)
        assert "set `token`" in ear.listening.sentence("mastodon", clock.now())
    assert len(server.arrivals) <= 4


@pytest.mark.parametrize(
    ("access", "error", "said"),
    [("disabled", "Refused", "closed its public"), ("authenticated", "AuthNeeded", "to its users only: set `token`")],
)
def test_a_closed_timeline_is_a_matter_of_settings(access: str, error: str, said: str) -> None:
    source = mastodon.build(mastodon.Settings(url="https://m.example"), Tally(), FakeClock(NOW))
    with pytest.raises(Exception, match=said) as raised:
        source._check_access({"live_feeds": {"local": access, "remote": access}})
    assert type(raised.value).__name__ == error
    source._check_access({"live_feeds": {"local": "public", "remote": access}})
    source._check_access({"live_feeds": 7})


def test_an_old_status_is_a_post_of_its_own_time() -> None:
    (post,) = parsed(("update", status(created_at="2026-11-22T19:40:00+00:00")))[0].posts
    assert post.created_at == NOW - timedelta(hours=1)
