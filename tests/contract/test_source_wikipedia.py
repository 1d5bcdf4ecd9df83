"""Wikipedia's stream: which changes are posts, where it resumes, and whose death it tells."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import FakeClock
from monitor.model import Death
from monitor.sources import Tally, load, names, wikipedia
from monitor.stream.sse import MAX_MESSAGE_BYTES, Message, Reader
from responders.sandbox import wikimedia
from responders.sandbox.wikimedia import Wikimedia
from tests.live_house import hearing
from tests.samples import NOW


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Wikimedia]:
    running = await wikimedia.start(clock=clock)
    yield running
    await running.close()


def listening(server: Wikimedia, clock: FakeClock, cursors: dict[str, str] | None = None, **changes: Any) -> Any:
    settings = wikipedia.Settings(url=server.endpoint, **changes)
    return hearing(lambda tally, clock: wikipedia.build(settings, tally, clock), clock, cursors=cursors)


def parsed(*changes: dict[str, Any] | bytes, **settings: Any) -> tuple[Any, Tally]:
    tally = Tally()
    source = wikipedia.build(wikipedia.Settings(**settings), tally, FakeClock(NOW))
    bodies = [change if isinstance(change, bytes) else json.dumps(change).encode() for change in changes]
    return source.heard([Message(body, "message", "[]") for body in bodies]), tally


def change(**changes: Any) -> dict[str, Any]:
    meta = {
        "id": "u1",
        "dt": "2026-11-22T20:40:00Z",
        "domain": "en.wikipedia.org",
        "uri": "https://en.wikipedia.org/wiki/Oreo",
    }
    known = {"type": "edit", "namespace": 0, "title": "Oreo", "comment": "", "user": "Ann", "bot": False}
    return {"meta": meta, "wiki": "enwiki", "server_url": "https://en.wikipedia.org", **known, **changes}


def test_it_is_a_source_by_its_name_and_needs_no_key() -> None:
    assert "wikipedia" in names()
    assert load("wikipedia").Settings().wikis == ["enwiki"]


def test_a_change_becomes_a_post_of_title_and_comment() -> None:
    comment = "/* History */ See [[Dunk (food)|dunking]] and [[Milk]]; revert [[Special:Contributions/1.2.3.4|1.2.3.4]]"
    (post,) = parsed(change(comment=comment))[0].posts
    assert post.text == "Oreo: See dunking and Milk; revert"
    assert (post.author, post.lang, post.url) == ("Ann", "en", "https://en.wikipedia.org/wiki/Oreo")
    assert (post.created_at, post.platform) == (NOW, "wikipedia")


@pytest.mark.parametrize(
    "left_out",
    [{"bot": True}, {"minor": True}, {"namespace": 1}, {"type": "log"}, {"type": 5}, {"wiki": "dewiki"}],
    ids=str,
)
def test_bots_minor_edits_and_other_rooms_are_no_posts_and_no_faults(left_out: dict[str, Any]) -> None:
    heard, tally = parsed(change(**left_out))
    assert (heard.posts, tally.dropped, heard.cursor) == ([], {}, "[]")


def test_bots_and_minor_edits_may_be_asked_for() -> None:
    assert len(parsed(change(bot=True), change(minor=True), bots=True, minor=True)[0].posts) == 2


@pytest.mark.parametrize("user", ["203.0.113.7", "2001:db8::1", "~2026-12345-6", ""])
def test_who_has_no_account_is_not_kept(user: str) -> None:
    assert parsed(change(user=user))[0].posts[0].author is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"wiki":"enwiki",', "bad_json"),
        (b'{"wiki":"enwiki","meta":{"id":"\xff","dt":"2026-11-22T20:40:00Z"}}', "not_text"),
        (change(title=7), "bad_shape"),
        (change(meta={"id": "1", "dt": "yesterday"}), "bad_shape"),
        (change(meta={"id": "1", "dt": "3026-11-22T20:40:00Z"}), "bad_time"),
    ],
)
def test_what_cannot_be_used_is_counted(broken: Any, reason: str) -> None:
    heard, tally = parsed(broken)
    assert (heard.posts, tally.dropped) == ([], {reason: 1})


def dead(page: str, category: str = "2026 deaths", *, how: str = "added to", **changes: Any) -> dict[str, Any]:
    comment = f"[[:{page}]] {how} category"
    told = {"type": "categorize", "namespace": 14, "title": f"Category:{category}", "comment": comment}
    return change(**told | changes)


def test_who_is_put_among_the_years_dead_is_told_with_the_page() -> None:
    (death,) = parsed(dead("Jane Doe (actor)"))[0].deaths
    assert death == Death("Jane Doe", NOW, "Wikipedia", "https://en.wikipedia.org/wiki/Jane_Doe_%28actor%29")


def test_the_page_may_be_included_elsewhere_and_a_bot_may_tell() -> None:
    told = dead("Jane Doe", bot=True)
    told["comment"] += ", [[Special:WhatLinksHere/Jane Doe|this page is included within other pages]]"
    assert [death.name for death in parsed(told)[0].deaths] == ["Jane Doe"]


def test_who_is_taken_out_again_is_taken_back() -> None:
    (death,) = parsed(dead("Jane Doe", how="removed from"))[0].deaths
    assert death.is_taken_back


@pytest.mark.parametrize(
    "other",
    [
        dead("Jane Doe", "1950 deaths"),
        dead("Jane Doe", "2025 deaths"),
        dead("Jane Doe", "2026 births"),
        dead("Jane Doe", "2026 animal deaths"),
        dead("Draft:Jane Doe"),
        dead("User talk:Ann"),
        dead("Jane Doe", how="moved within"),
        change(title="Deaths in 2026", comment="added Jane Doe"),
        dead("Jane Doe", namespace=0),
    ],
)
def test_other_changes_tell_no_death(other: dict[str, Any]) -> None:
    assert parsed(other)[0].deaths == []


def test_in_january_the_dead_of_last_year_are_news() -> None:
    at = {"id": "1", "dt": "2027-01-03T10:00:00Z"}
    tally = Tally()
    source = wikipedia.build(wikipedia.Settings(), tally, FakeClock(NOW + timedelta(days=60)))
    told = json.dumps(dead("Jane Doe", "2026 deaths", meta=at)).encode()
    assert [death.name for death in source.heard([Message(told)]).deaths] == ["Jane Doe"]


def test_deaths_may_be_left_out() -> None:
    assert parsed(dead("Jane Doe"), deaths=False)[0].deaths == []


def test_every_recorded_change_is_understood(shared: Path) -> None:
    lines = (shared / "recordings" / "wikimedia" / "recentchange_events.jsonl").read_bytes().splitlines()
    heard, tally = parsed(*lines, wikis=["wikidatawiki", "enwiki"], bots=True)
    assert [post.text.partition(":")[0] for post in heard.posts] == ["Q2190037"], "the other is a user's page"
    assert not tally.dropped


async def test_it_resumes_behind_the_last_message_and_knows_nothing_twice(server: Wikimedia, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.edit("Oreo", "heard")
        server.edit("Keks", "of another wiki", wiki="dewiki")
        server.canary()
        await ear.until(lambda: ear.cursors.get("wikipedia") or ear.posts)
        await ear.pass_time(6)
    reached = ear.cursors["wikipedia"]
    server.edit("Oreo", "missed")
    async with listening(server, clock, ear.cursors) as again:
        await again.until(lambda: again.posts)
    assert ear.texts == ["Oreo: heard"]
    assert [post.text for post in again.posts] == ["Oreo: missed"]
    assert server.arrivals[-1].headers["Last-Event-ID"] == reached


async def test_a_cursor_that_is_not_taken_is_given_up(server: Wikimedia, clock: FakeClock) -> None:
    async with listening(server, clock, {"wikipedia": "no such place"}) as ear:
        await ear.until(lambda: len(server.arrivals) == 2)
        server.edit("Oreo", "heard")
        await ear.until(lambda: ear.posts)
    assert "Last-Event-ID" not in server.arrivals[-1].headers


async def test_a_death_and_its_end_reach_the_watch(server: Wikimedia, clock: FakeClock) -> None:
    async with listening(server, clock) as ear:
        await ear.until(lambda: server.arrivals)
        server.categorize("Jane Doe", "2026 deaths")
        await ear.until(lambda: ear.mourned)
        assert [tragedy.name for tragedy in ear.mourned] == ["Jane Doe died, says Wikipedia at 20:40"]
        await ear.pass_time(120)
        server.categorize("Jane Doe", "2026 deaths", is_added=False)
        await ear.until(lambda: ear.comforted)
    assert ear.comforted == ear.mourned
    assert ear.watch.pipeline.context.tragedies == ()


# The reader of server-sent events


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_messages_are_cut_alike_wherever_the_chunks_end(size: int, end: bytes) -> None:
    lines = [b":ok", b"", b"event: update", b"id: 7", b"data: one", b"data:two", b"", b"data", b"", b"data: cut"]
    whole = end.join(lines)
    reader, found = Reader(), []
    for at in range(0, len(whole), size):
        found += reader.feed(whole[at : at + size])
    assert found == [Message(), Message(b"one\ntwo", "update", "7"), Message(b"", "message", "7")]


def test_a_message_that_is_too_long_is_told_and_the_next_is_whole() -> None:
    reader = Reader()
    found = []
    for chunk in [b"data: ", *[b"x" * 100_000] * 20, b"\nid: 9\n\ndata: tea\n\n"]:
        found += reader.feed(chunk)
    assert found == [Message(b"", "message", "9", is_too_long=True), Message(b"tea", "message", "9")]
    assert len(reader._rest) <= MAX_MESSAGE_BYTES
