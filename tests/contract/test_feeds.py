"""The feeds: what is new in them, what they may wish, where they may send us, and what hostile XML costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.clock import FakeClock
from monitor.fetch import Unusable
from monitor.sources import Tally, load, names
from monitor.sources.feeds import Feeds, Settings, build
from monitor.sources.feeds.guard import PublicResolver, is_public
from monitor.sources.feeds.reader import Reader
from monitor.sources.feeds.schedule import Refusal, after_answer, after_refusal
from responders.sandbox.feeds import BOMB, Entry, Paper, Sandbox, start
from tests.polling import START, Ear, listening

RSS = '<rss version="2.0"><channel><title>P</title>{}</channel></rss>'


def a_paper(*titles: str, minutes_old: float = 10.0, **changes: Any) -> Paper:
    at = START - timedelta(minutes=minutes_old)
    return Paper([Entry(f"g-{title}", title, at + timedelta(seconds=n)) for n, title in enumerate(titles)], **changes)


@asynccontextmanager
async def reading(
    papers: dict[str, Paper],
    *,
    form: str = "xml",
    cursor: str | None = None,
    clock: FakeClock | None = None,
    **more: Any,
) -> AsyncIterator[tuple[Ear, Sandbox]]:
    """A watch over these papers."""
    clock = clock or FakeClock(START)
    server = await start(clock=clock)
    server.papers = papers
    feeds = [f"{server.url}/{name}.{form}" for name in papers]
    tally = Tally()
    source = build(Settings.model_validate({"feeds": feeds, **more}), tally, clock)
    try:
        async with listening(
            source, server, clock=clock, tally=tally, is_busy=lambda: bool(busy(source)), cursor=cursor
        ) as ear:
            yield ear, server
    finally:
        await server.close()


def busy(source: Feeds) -> bool:
    return source.reader.is_busy


def publish(server: Sandbox, ear: Ear, title: str, *, name: str = "paper", **changes: Any) -> None:
    entry = Entry(f"g-{title}", title, ear.clock.now())
    server.papers[name].entries.append(Entry(**{**{k: getattr(entry, k) for k in entry.__slots__}, **changes}))


def texts(ear: Ear) -> list[str]:
    return [post.text for post in ear.heard.posts]


def test_feeds_are_a_source_by_their_name() -> None:
    assert "feeds" in names()
    assert load("feeds").Settings is Settings


@pytest.mark.parametrize("form", ["xml", "atom"])
async def test_an_entry_becomes_a_post_once(form: str) -> None:
    async with reading({"paper": a_paper("old news")}, form=form) as (ear, server):
        await ear.pass_time(10)
        publish(server, ear, "lights out", text="<p>at the <b>Super Bowl</b> &amp; more</p><script>x()</script>")
        await ear.pass_time(1000)
        assert texts(ear) == ["old news", "lights out\nat the Super Bowl & more"]
        post = ear.heard.posts[1]
        assert (post.platform, post.author) == ("feeds", "127.0.0.1")
        assert post.id.endswith("g-lights out" if form == "xml" else "urn:paper:g-lights%20out")
        assert post.lang == ("en" if form == "xml" else None)
        assert not ear.twice


async def test_the_first_look_brings_no_flood() -> None:
    paper = a_paper(*(f"last week {n}" for n in range(20)), minutes_old=60 * 24 * 7)
    paper.entries += a_paper("this hour").entries
    async with reading({"paper": paper}) as (ear, _):
        await ear.pass_time(700)
        assert texts(ear) == ["this hour"]
        assert ear.heard.posts[0].created_at == START - timedelta(minutes=10)
        assert ear.tally.dropped == {"too_old": 20}


async def test_what_appears_is_new_whatever_its_date_says() -> None:
    async with reading({"paper": a_paper("first")}) as (ear, server):
        await ear.pass_time(10)
        publish(server, ear, "dated in the future", at=START + timedelta(days=400))
        publish(server, ear, "dated this morning", at=START - timedelta(hours=9))
        publish(server, ear, "dated last year", at=START - timedelta(days=400))
        await ear.pass_time(400)
        assert sorted(texts(ear)) == ["dated in the future", "dated this morning", "first"]
        assert all(ear.clock.now() - post.created_at < timedelta(minutes=8) for post in ear.heard.posts[1:])
        assert ear.tally.dropped == {"too_old": 1}


async def test_a_feed_whose_ids_all_changed_is_looked_at_as_if_for_the_first_time() -> None:
    async with reading({"paper": a_paper(*"abcdefgh", minutes_old=300)}) as (ear, server):
        await ear.pass_time(10)
        server.papers["paper"].entries = [
            Entry(f"https://new.test/{entry.title}", entry.title, entry.at) for entry in server.papers["paper"].entries
        ]
        await ear.pass_time(400)
        assert all(post.created_at < START - timedelta(hours=4) for post in ear.heard.posts), "no burst of old news"


async def test_what_did_not_change_is_not_sent_again() -> None:
    async with reading({"paper": a_paper("a")}) as (ear, server):
        await ear.pass_time(3000)
        assert 9 <= len(server.calls) <= 14
        assert texts(ear) == ["a"]
        assert server.not_modified == len(server.calls) - 1


async def test_killed_and_started_again_it_goes_on_where_it_was() -> None:
    clock, papers = FakeClock(START), {"paper": a_paper("a", "b")}
    async with reading(papers, clock=clock) as (ear, server):
        await ear.pass_time(10)
        cursor = ear.cursors["feeds"]
        port = server.url.rpartition(":")[2]
    await clock.advance(60)
    papers["paper"].entries.append(Entry("g-c", "c", clock.now()))
    again = await start(port=int(port), clock=clock)
    again.papers = papers
    source = build(Settings(feeds=[{"url": f"{again.url}/paper.xml"}]), Tally(), clock)  # type: ignore[list-item]
    async with listening(
        source, again, clock=clock, tally=Tally(), is_busy=lambda: source.reader.is_busy, cursor=cursor
    ) as ear:
        await ear.pass_time(10)
        assert texts(ear) == ["c"]
    await again.close()


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"x": 3}', "null", '{"%s": {"s": 3, "t": "soon"}}'])
async def test_a_cursor_that_is_none_starts_anew(cursor: str) -> None:
    async with reading({"paper": a_paper("a")}, cursor=cursor) as (ear, _):
        await ear.pass_time(5)
        assert texts(ear) == ["a"]


async def test_one_bad_feed_leaves_the_others_standing_and_says_how_it_is() -> None:
    papers = {
        "good": a_paper("a"),
        "moved": a_paper(redirect=(301, "/good.xml")),
        "loop": a_paper(redirect=(302, "/loop.xml")),
    }
    async with reading(papers) as (ear, server):
        await ear.pass_time(20)
        publish(server, ear, "b", name="good")
        await ear.pass_time(1300)
        assert ear.state == "connected"
        assert [text for text in texts(ear) if text in "ab"].count("b") == 2, (
            "two feeds bring it, each under its own id"
        )
        assert isinstance(ear.source, Feeds)
        said = list(ear.source.states().values())
        assert said[0] == said[1] == "answers"
        assert "redirects more than 5 times" in said[2]


async def test_the_wish_of_a_feed_makes_it_be_asked_more_seldom() -> None:
    async with reading({"paper": a_paper("a", ttl_minutes=30)}) as (ear, server):
        await ear.pass_time(3600)
        assert 2 <= len(server.calls) <= 4


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/x",
        "file:///etc/passwd",
        "http://[::1]:9/x",
        "http://169.254.169.254/",
        "http://u:p@a.test/",
        "http://[",
    ],
)
async def test_a_redirect_into_a_private_network_is_refused(target: str) -> None:
    async with reading({"paper": a_paper(redirect=(302, target))}) as (ear, server):
        await ear.pass_time(5)
        assert len(server.calls) == 1
        assert ear.state.startswith("away: no feed answers")
        assert ear.tally.dropped == {"bad_redirect": 1}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "100.64.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0",
     "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "no"],
)  # fmt: skip
def test_addresses_that_lead_inside_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_that_lead_out_are_known(address: str) -> None:
    assert is_public(address)


async def test_a_public_name_that_leads_inside_is_refused() -> None:
    with pytest.raises(OSError, match="leads into a private network"):
        await PublicResolver().resolve("localhost", 80)


# Hostile documents


async def read(body: bytes, read_secs: float = 10.0, kind: str = "text/xml") -> Any:
    reader = Reader(read_secs)
    try:
        return await reader.read(body, url="https://a.test/", content_type=kind)
    finally:
        await reader.close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB, "entities"),
        (BOMB.decode().encode("utf-16"), "entities"),
        (b'<!doctype r SYSTEM "file:///etc/passwd" [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]><rss/>', "entities"),
        (b"", "no_feed"),
        (b"<html><body>no feed</body></html>", "no_feed"),
        (b"/etc/passwd", "no_feed"),
        (b"http://127.0.0.1/", "no_feed"),
        (b"\xff\xfe\x00" * 1000, "no_feed"),
    ],
)
async def test_what_is_no_feed_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Unusable) as refused:
        await read(body)
    assert refused.value.reason == reason


async def test_a_reader_that_hangs_is_killed_and_the_next_feed_is_read() -> None:
    reader = Reader(read_secs=0.3)
    slow = RSS.format("<item><title>x</title></item>" * 60_000).encode()
    with pytest.raises(Unusable, match=r"took longer than 0\.3 s"):
        await reader.read(slow, url="https://a.test/", content_type="text/xml")
    patient = Reader()
    for one in (reader, patient):
        one._read_secs = 10.0
        found = await one.read(RSS.format("<item><title>y</title></item>").encode(), url="", content_type="")
        assert [entry.title for entry in found.entries] == ["y"]
        await one.close()


async def test_a_reader_that_dies_is_started_again() -> None:
    reader = Reader()
    body = RSS.format("<item><title>y</title></item>").encode()
    await reader.read(body, url="", content_type="")
    assert reader._process is not None
    reader._process.kill()
    with pytest.raises(Unusable, match="ended the process"):
        await reader.read(body, url="", content_type="")
    assert (await reader.read(body, url="", content_type="")).entries
    await reader.close()


async def test_thousands_of_entries_are_cut_and_broken_xml_gives_what_it_has() -> None:
    items = "".join(f"<item><guid>{n}</guid><title>t{n}</title></item>" for n in range(2000))
    found = await read(RSS.format(items).encode()[:-300])
    assert len(found.entries) == 500
    assert found.has_more


# The schedule


def waits(
    status: int | None, failures: int = 1, *, days: float = 0.0, after: float | None = None
) -> tuple[float, bool]:
    following = after_refusal(
        Refusal("x", status, after), failures, every_secs=300.0, missing_for=timedelta(days=days), random=Random(1)
    )
    return following.wait_secs, following.is_dead


def test_each_refusal_has_its_wait() -> None:
    assert waits(410)[1]
    assert waits(404, days=3.0)[1]
    assert not waits(404, days=2.9)[1]
    assert 0.8 * 3600 <= waits(404)[0] <= 1.2 * 3600
    assert 0.8 * 21600 <= waits(403)[0] <= 1.2 * 21600
    assert 900 <= waits(429, after=900.0)[0] <= 1.2 * 900
    assert waits(503, after=1.0)[0] >= 300, "never sooner than its interval"
    assert 0.8 * 600 <= waits(429)[0] <= 1.2 * 600
    assert waits(429, 20)[0] <= 1.2 * 21600
    assert waits(500, 20)[0] <= 1.2 * 3600
    assert after_answer(300.0, 1e9, Random(1)).wait_secs <= 1.2 * 3600


# Settings


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([], "at least 1"),
        (["ftp://a.test/x"], "http:// or https://"),
        (["https://me:pw@a.test/x"], "must not hold a user name"),
        (["https://a.test/x", "https://a.test/x"], "twice"),
        ([{"url": "https://a.test/x", "every_secs": 5.0}], "greater than or equal to 60"),
    ],
)
def test_mistakes_of_settings_are_told(feeds: list[Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate({"feeds": feeds})
