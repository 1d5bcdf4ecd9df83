"""What the page shows: strangers' words inert, every state in a sentence, changes as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import aiohttp
import pytest
import pytest_asyncio
from msgspec import structs

from monitor.model import Bridge, Post, Signal, Stage, Trend
from responders.approvals import Judged, samples, words
from responders.approvals.inbox import stream
from responders.model import Draft, Receipt, State
from tests.inbox_house import House, Visitor, open_house

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></title><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "@everyone <!channel>",
    "left \u202e thgir \u2066 hidden \u200f",
    "nul\x00 esc\x1b[31m half \ud83d pair",
    "A" * 10_000,
    "Z\u0351\u0362\u033a" * 500,
)


class Reading(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    return reading


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with open_house(last_read=lambda: samples.START - timedelta(seconds=2)) as opened:
        yield opened


def hostile_card(house: House, text: str) -> None:
    """The text stands wherever a stranger's, a brand's or a colleague's words can stand."""
    post = Post("h", text, samples.START, text, url=f"javascript:{text}")
    trend = samples.trend(text, terms=(text,), samples=(post, structs.replace(post, url=f"https://a.example/{text}")))
    judged = samples.score(
        why=text,
        against=(text,),
        bridge=Bridge(text, text, 1.0, (text,)),
        signals=(Signal(text, 7.0, text, caution=text),),
    )
    offered = samples.opportunity(of=trend, by=judged)
    whole = text.encode("utf-8", "replace").decode()  # half a pair cannot be stored, so no draft can hold it
    drafts = (Draft("bluesky:oreo.example", whole, text), Draft("bluesky:oreo.example", whole + "!", text))
    card = samples.proposal("p1", offered, drafts=drafts, text=whole, edited_by=text, tier=2, needed=2)
    house.desk.offer(offered, card)
    done = replace(card, id="p2", state=State.REJECTED, reason=text, moved_by=text)
    house.desk.offer(offered, done)
    lost = replace(card, id="p3", state=State.PUBLISHED, receipt=Receipt("1", "javascript:alert(1)", samples.START))
    house.desk.offer(offered, lost)
    house.desk.note(Judged(trend, (judged,), samples.START))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_renders_inert(house: House, text: str) -> None:
    hostile_card(house, text)
    await house.desk.pause("maya", text, None)
    maya = await house.enter()
    status, page = await maya.get("")
    assert status == 200
    reading = read(page)
    assert not reading.tags & {"iframe", "object", "embed", "base", "style", "form"}
    assert page.count("<script") == 1
    names = {name for name, _ in reading.attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]
    links = [value for name, value in reading.attributes if name in ("href", "src")]
    assert all(link.startswith(("/", "#", "https://a.example/")) for link in links)
    assert not [letter for letter in page if letter in "\x00\x1b\u202e\u2066\u200f"]
    assert "49" not in reading.text or text != HOSTILE[3]
    assert (await maya.get("plot/p1.svg"))[0] == 200


async def test_a_hold_says_who_set_it_and_for_what(house: House) -> None:
    await house.desk.pause("guard", "a tragedy breaks, 'ferry sinks': 30 of 40 voices write of death (killed)", None)
    text = " ".join(read((await (await house.enter()).get(""))[1]).text.split())
    assert "Posting is paused by The guard since" in text
    assert "a tragedy breaks, 'ferry sinks': 30 of 40 voices write of death (killed)" in text


async def test_an_invisible_letter_in_a_draft_is_spelled_out(house: House) -> None:
    hostile_card(house, "safe \u202e text")
    card = (await (await house.enter()).get("cards/p1"))[1]
    assert "safe [U+202E] text" in card


async def test_the_card_names_brand_account_and_act(house: House) -> None:
    house.offer()
    card = (await (await house.enter()).get("cards/p1"))[1]
    text = " ".join(read(card).text.split())
    for wanted in (
        "Oreo Bluesky @oreo.example",
        "Superdome lights out",
        "12:40 left",
        "Began 2 min ago and was found after 24 s.",
        "1,310 voices a minute, usually 17",
        "shadow puppets?",
        "Post to Bluesky @oreo.example",
        "night snack",
        "The cause is not known yet",
        "54 / 300",
        "8 of 10 posts joke",
    ):
        assert wanted in text


async def test_the_plot_is_a_picture_with_words_for_it(house: House) -> None:
    house.offer()
    maya = await house.enter()
    attributes = dict(read((await maya.get("cards/p1"))[1]).attributes)
    assert attributes["alt"].startswith("Posts in 10 s each: 3 at first, at most 262")
    async with maya.http.get(f"{maya.url}plot/p1.svg?theme=dark&size=narrow") as response:
        assert response.content_type == "image/svg+xml"
        assert (await response.text()).startswith("<svg")


async def test_an_open_card_shows_how_its_trend_goes_on() -> None:
    later = samples.trend(stage=Stage.FADING, volume=(9, 9), velocity=12.0, posts=9000)

    async def trends() -> list[Trend]:
        return [later]

    async with open_house(trends=trends) as house:
        house.offer()
        maya = await house.enter()
        text = " ".join(read((await maya.get("cards/p1"))[1]).text.split())
        assert "fading Began" in text
        assert "12 voices a minute, usually 17; 1,640 voices in 9,000 posts so far." in text
        assert "9 posts in 10 s" in (await maya.get("plot/p1.svg"))[1]
        await maya.post("api/cards/p1/reject", {"revision": 1, "reason": "Too late"})
        assert "262 posts in 10 s" in (await maya.get("plot/p1.svg"))[1]


async def test_an_empty_page_says_so_and_when_the_last_post_was_read(house: House) -> None:
    page = (await (await house.enter()).get(""))[1]
    assert "Quiet. Nothing worth your look." in page
    assert "01:38 UTC" in page


async def test_silences_are_shown_with_their_reason(house: House) -> None:
    for judged in samples.silences():
        house.desk.note(judged)
    part = (await (await house.enter()).get("parts/judged"))[1]
    assert "Coach crash on I-10" in part
    assert "death: 61 of 80 posts" in part


async def test_the_history_tells_who_did_what_when_and_why(house: House) -> None:
    house.offer()
    maya = await house.enter()
    await maya.post("api/cards/p1/reject", {"revision": 1, "reason": "Not funny"})
    text = " ".join(read((await maya.get("cards/p1"))[1]).text.split())
    assert "Rejected by Maya Okafor. Not funny." in text
    assert "01:38 UTC Maya Okafor said no: Not funny" in text


async def test_the_stream_names_what_changed(house: House) -> None:
    house.offer()
    maya = await house.enter()
    async with maya.http.get(f"{maya.url}stream") as response:
        assert await said(response) == ("now", "2013-02-04T01:38:40.000Z")
        await maya.post("api/cards/p1/reject", {"revision": 1, "reason": "Too late"})
        assert await said(response) == ("card", "p1")
        await said(response)
        await maya.post("api/pause", {"reason": "sponsor call"})
        assert (await said(response))[0] == "pause"


async def test_the_stream_ends_with_a_logout_elsewhere(house: House) -> None:
    here, there = await house.enter(), await house.enter()
    async with here.http.get(f"{here.url}stream") as response:
        await said(response)
        await there.post("api/logout", {"everywhere": True})
        house.offer()
        assert (await said(response))[0] == "bye"


async def test_the_oldest_of_too_many_tabs_is_parked(house: House) -> None:
    maya = await house.enter()
    tabs = [await open_stream(maya) for _ in range(stream.MAX_STREAMS_EACH + 1)]
    assert (await said(tabs[0]))[0] == "parked"
    for tab in tabs:
        tab.close()


async def test_open_streams_do_not_hold_up_the_end(house: House) -> None:
    maya = await house.enter()
    tab = await open_stream(maya)
    async with asyncio.timeout(1.5):
        await house.inbox.close()
        told = await tab.content.read()  # to the end of the stream, which there is
    assert told.startswith(b"event: parked\n")
    tab.close()


async def test_a_page_that_cannot_follow_is_told_to_refresh() -> None:
    slow = stream.Stream(session=None)  # type: ignore[arg-type]
    for number in range(stream.QUEUE_SIZE + 1):
        slow.put(f"p{number}")
    assert slow.queue.get_nowait() == "refresh"
    assert slow.queue.empty()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://bsky.app/profile/a", ("https://bsky.app/profile/a", "bsky.app")),
        ("http://user@evil.example/bank.example", ("http://user@evil.example/bank.example", "evil.example")),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("https://a.example/\u202eb", None),
        ("https://[bad", None),
        ("", None),
        (None, None),
    ],
)
def test_links_lead_to_the_web_and_show_the_real_host(url: str | None, shown: tuple[str, str] | None) -> None:
    assert words.web_link(url) == shown


def test_a_brand_has_one_colour_and_a_span_one_wording() -> None:
    assert words.hue("oreo") == words.hue("oreo")
    assert [words.span(secs) for secs in (8, 240, 7500, 7200)] == ["8 s", "4 min", "2 h 5 min", "2 h"]
    assert [words.countdown(secs) for secs in (-1, 9.9, 702, 3723)] == ["0:00", "0:09", "11:42", "1:02:03"]


async def open_stream(visitor: Visitor) -> aiohttp.ClientResponse:
    response = await visitor.http.get(f"{visitor.url}stream")
    await said(response)
    return response


async def said(response: aiohttp.ClientResponse) -> tuple[str, str]:
    """The next thing the stream says, within two seconds."""
    async with asyncio.timeout(2):
        lines = [(await response.content.readline()).decode().strip() for _ in range(3)]
    return lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))
