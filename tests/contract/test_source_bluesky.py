"""Bluesky's stream: what a message becomes, where it resumes, and what its authors take back."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from monitor.clock import FakeClock
from monitor.errors import BadInput
from monitor.model import Post
from monitor.sources import Tally, bluesky, load, names
from responders.sandbox import jetstream
from responders.sandbox.jetstream import Jetstream
from tests.live_house import hearing
from tests.samples import NOW

POST = "app.bsky.feed.post"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Jetstream]:
    running = await jetstream.start(clock=clock)
    yield running
    await running.close()


def source(tally: Tally, clock: FakeClock, *endpoints: str, **changes: Any) -> bluesky.Bluesky:
    return bluesky.build(bluesky.Settings(endpoints=list(endpoints), **changes), tally, clock)


def listening(server: Jetstream, clock: FakeClock, cursors: dict[str, str] | None = None, **changes: Any) -> Any:
    return hearing(lambda tally, clock: source(tally, clock, server.endpoint, **changes), clock, cursors=cursors)


def parsed(*messages: Any, **changes: Any) -> tuple[Any, Tally]:
    tally = Tally()
    frames = [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]
    return source(tally, FakeClock(NOW), "ws://127.0.0.1:1/", **changes).heard(frames), tally


def commit(**record: Any) -> dict[str, Any]:
    body = {"$type": POST, "text": "tea", "createdAt": "1999-01-01T00:00:00Z", **record}
    inner = {"rev": "1", "operation": "create", "collection": POST, "rkey": "3k", "record": body, "cid": "b"}
    return {"did": "did:plc:a", "time_us": int(NOW.timestamp() * 1e6), "kind": "commit", "commit": inner}


def test_it_is_a_source_by_its_name_and_needs_no_key() -> None:
    assert "bluesky" in names()
    assert load("bluesky").Settings().endpoints


def test_a_message_becomes_a_post_at_the_time_of_the_server() -> None:
    parent = {"parent": {"uri": "at://did:plc:b/x/1", "cid": "c"}, "root": {"uri": "at://did:plc:b/x/0", "cid": "c"}}
    heard, tally = parsed(commit(langs=["pt-BR", "en"], reply=parent))
    assert heard.posts == [
        Post(
            f"at://did:plc:a/{POST}/3k", "bluesky", NOW, "tea", author="did:plc:a", lang="pt",
            reply_to="at://did:plc:b/x/1", url="https://bsky.app/profile/did:plc:a/post/3k",
        )
    ]  # fmt: skip
    assert not tally.dropped


def test_only_posts_that_name_another_language_are_left_out() -> None:
    messages = [commit(text=text, langs=langs) for text, langs in [("a", ["de"]), ("b", ["de", "en"]), ("c", [])]]
    heard, tally = parsed(*messages, languages=["en"])
    assert [post.text for post in heard.posts] == ["b", "c"]
    assert not tally.dropped, "what nobody asked for is not broken"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time_us": 7}, "bad_time"),
        ({"time_us": 10**17}, "bad_time"),
        ({"time_us": "7"}, "bad_shape"),
        ({"did": None}, "bad_shape"),
        ({"commit": {"operation": "create", "collection": POST, "rkey": "3", "record": {"text": 7}}}, "bad_shape"),
        ({"commit": {"operation": "create", "collection": POST, "rkey": "3"}}, "bad_shape"),
        ({"commit": []}, "bad_shape"),
    ],
)
def test_what_cannot_be_used_is_counted_and_moves_no_cursor(change: dict[str, Any], reason: str) -> None:
    heard, tally = parsed(commit() | change)
    assert (heard.posts, tally.dropped) == ([], {reason: 1})
    if reason == "bad_time":
        assert heard.newest_us == 0


@pytest.mark.parametrize("odd", [{"langs": "en"}, {"langs": [7, None]}, {"reply": 7}, {"reply": {"parent": []}}])
def test_optional_fields_of_a_wrong_type_are_unknown(odd: dict[str, Any]) -> None:
    heard, tally = parsed(commit(**odd))
    assert [(post.text, post.lang, post.reply_to) for post in heard.posts] == [("tea", None, None)]
    assert not tally.dropped


def test_deletions_and_closed_accounts_are_told() -> None:
    deleted = commit()
    deleted["commit"] = {"rev": "2", "operation": "delete", "collection": POST, "rkey": "3k"}
    account = {"did": "did:plc:a", "time_us": deleted["time_us"], "kind": "account"}
    states = [
        account | {"account": {"active": active, "did": f"did:plc:{n}", "seq": 1, "status": status}}
        for n, (active, status) in enumerate([(False, "takendown"), (True, None), (False, "desynchronized")])
    ]
    heard, tally = parsed(deleted, *states)
    assert (heard.deleted, heard.gone, tally.dropped) == ([f"at://did:plc:a/{POST}/3k"], ["did:plc:0"], {})


@pytest.mark.parametrize("name", ["jetstream_v1_events", "jetstream_v1_window", "jetstream_local_events"])
def test_every_recorded_message_is_understood(shared: Path, name: str) -> None:
    lines = (shared / "recordings" / "bluesky" / f"{name}.jsonl").read_bytes().splitlines()
    heard, tally = parsed(*lines)
    rows = [json.loads(line) for line in lines]
    commits = [row["commit"] for row in rows if row["kind"] == "commit" and row["commit"]["collection"] == POST]
    assert [post.text for post in heard.posts] == [c["record"]["text"] for c in commits if c["operation"] != "delete"]
    assert len(heard.deleted) == sum(c["operation"] == "delete" for c in commits)
    assert heard.newest_us == max(row["time_us"] for row in rows)
    assert not tally.dropped


async def test_posts_come_and_the_cursor_is_the_newest_time(server: Jetstream, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        uris = [server.post(f"tea {n}") for n in range(1200)]
        await ear.until(lambda: len(ear.posts) == 1200)
    assert ear.ids == uris
    assert ear.cursors == {"bluesky": str(server.log.entries[-1].place)}
    assert server.arrivals[0].query["wantedCollections"] == POST


def a_dictionary(folder: Path) -> Path:
    """Trained on messages such as Jetstream sends."""
    says = [b'{"did":"did:plc:%d","kind":"commit","commit":{"collection":"%b","text":"tea %d"}}' % (n, POST.encode(), n)
            for n in range(3000)]  # fmt: skip
    path = folder / "zstd_dictionary"
    path.write_bytes(zstandard.train_dictionary(2048, says).as_bytes())
    return path


async def test_packed_messages_are_the_same_and_a_damaged_one_costs_itself_alone(
    server: Jetstream, clock: FakeClock, tmp_path: Path
) -> None:
    path = a_dictionary(tmp_path)
    server.dictionary = path.read_bytes()
    async with listening(server, clock, dictionary=str(path)) as ear:
        await ear.until(lambda: server.arrivals)
        assert server.arrivals[0].query["compress"] == "true"
        uris = [server.post(f"tea {n}") for n in range(300)]
        await ear.until(lambda: len(ear.posts) == 300)
        assert ear.ids == uris
        server.dictionary = zstandard.train_dictionary(2048, [os.urandom(40) for _ in range(3000)]).as_bytes()
        server.dial.turn("close")
        server.post("the last on this connection")
        await ear.until(lambda: len(server.arrivals) == 2)
        server.post("with another dictionary")
        await ear.until(lambda: ear.tally.dropped.get("bad_packing"))
        assert "with another dictionary" not in ear.texts


def test_a_file_that_is_no_dictionary_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no dictionary")
    with pytest.raises(BadInput, match="is no Zstandard dictionary"):
        bluesky.build(bluesky.Settings(dictionary=str(tmp_path / "notes.txt")), Tally(), FakeClock(NOW))
    with pytest.raises(BadInput, match="cannot be read"):
        bluesky.build(bluesky.Settings(dictionary=str(tmp_path / "none")), Tally(), FakeClock(NOW))


async def test_it_resumes_some_seconds_before_the_cursor(server: Jetstream, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.post("heard")
        await ear.until(lambda: ear.posts)
    heard_at = ear.cursors["bluesky"]
    await clock.advance(20)
    server.post("missed")
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: "missed" in again.texts)
        assert again.listening.gaps == 0
    assert server.arrivals[-1].query["cursor"] == str(int(heard_at) - 5_000_000)
    assert again.texts == ["heard", "missed"], "the rewind brings the last one again, for the pipeline to collapse"


async def test_what_the_server_no_longer_has_is_a_gap(server: Jetstream, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.post("heard")
        await ear.until(lambda: ear.posts)
    for _ in range(10):
        await clock.advance(3600)
        server.post("missed")
    server.log.forget(server.time_us() - 60_000_000)
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: again.posts)
        assert again.listening.gaps == 1
        assert "1 gaps" in again.listening.sentence("bluesky", again.posts[-1].created_at)


async def test_after_three_failures_the_next_host_is_asked(server: Jetstream, clock: FakeClock) -> None:
    dead = await jetstream.start(clock=clock)
    dead.dial.turn("status", times=99)
    async with hearing(lambda tally, clock: source(tally, clock, dead.endpoint, server.endpoint), clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.post("tea")
        await ear.until(lambda: ear.posts)
    assert len(dead.arrivals) == 3
    await dead.close()


async def test_a_message_that_no_connection_survives_is_stepped_over(server: Jetstream, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.post("before")
        await clock.advance(0.2)
        server.post("x" * bluesky.MOST_FRAME_BYTES)
        await clock.advance(30)
        server.post("behind")
        await ear.until(lambda: "behind" in ear.texts)
    assert ear.texts == ["before", "behind"]
    assert len(server.arrivals) < 10
    assert ear.tally.dropped["too_long"] == len(server.arrivals) - 1


async def test_deletions_reach_the_watch(server: Jetstream, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        uri = server.post("oh no")
        server.delete(uri)
        server.account("did:plc:bad", "takendown")
        await ear.until(lambda: ear.gone)
    assert (ear.deleted, ear.gone) == ([uri], ["did:plc:bad"])


def test_the_times_of_the_server_are_utc() -> None:
    heard, _ = parsed(commit())
    assert heard.posts[0].created_at.tzinfo is UTC
    assert heard.posts[0].created_at - datetime(2026, 11, 22, tzinfo=UTC) < timedelta(days=1)
