"""One suite for every publisher in the folder, and what each of Bluesky's answers lets us do next."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders import publishers
from responders.publishers import Publisher, bluesky, console
from responders.publishers.bluesky.facets import facets
from responders.sandbox.bluesky import Sandbox, start
from tests import posting
from tests.samples import NOW, a_publication


def settings(url: str, **changes: Any) -> bluesky.Settings:
    accounts = {"oreo.test": bluesky.AccountSettings(password="x")}
    return bluesky.Settings(accounts=accounts, base_url=url, **{"timeout_secs": 5.0, **changes})


@asynccontextmanager
async def a_console() -> AsyncIterator[Publisher]:
    yield console.ConsolePublisher(Console(file=io.StringIO()), FakeClock(NOW))


@asynccontextmanager
async def a_bluesky() -> AsyncIterator[Publisher]:
    sandbox = await start(clock=FakeClock(NOW))
    async with aiohttp.ClientSession() as http:
        yield bluesky.build(settings(sandbox.url), http, FakeClock(NOW))
    await sandbox.close()


BUILDERS: dict[str, Callable[[], Any]] = {
    "bluesky": a_bluesky, "console": a_console, "mastodon": posting.a_mastodon, "webhook": posting.a_webhook,
    "reddit": posting.a_reddit, "x": posting.an_x,
}  # fmt: skip


@pytest.fixture(params=publishers.names())
async def publisher(request: pytest.FixtureRequest) -> AsyncIterator[Publisher]:
    assert request.param in BUILDERS, f"say here how a test builds the publisher {request.param}"
    async with BUILDERS[request.param]() as built:
        yield built
        await built.close()
        await built.close()


# --- every publisher -----------------------------------------------------------------------------------------------


async def test_what_was_not_published_is_not_found(publisher: Publisher) -> None:
    assert await publisher.find(a_publication()) is None


async def test_what_was_published_is_found_under_its_receipt(publisher: Publisher) -> None:
    receipt = await publisher.publish(a_publication())
    found = await publisher.find(a_publication())
    assert found is not None
    assert (found.platform_id, found.detail) == (receipt.platform_id, receipt.detail)


async def test_publishing_the_same_again_is_the_same_publication(publisher: Publisher) -> None:
    first = await publisher.publish(a_publication())
    assert (await publisher.publish(a_publication())).platform_id == first.platform_id


async def test_undo_deletes_and_may_be_repeated(publisher: Publisher) -> None:
    receipt = await publisher.publish(a_publication())
    await publisher.undo(a_publication(), receipt)
    assert await publisher.find(a_publication()) is None
    await publisher.undo(a_publication(), receipt)


async def test_a_publisher_says_what_it_is(publisher: Publisher) -> None:
    assert publisher.is_harmless
    assert publisher.platform in publishers.names()
    assert publisher.settle_secs >= 0


# --- the console ---------------------------------------------------------------------------------------------------


async def test_the_console_prints_once_and_obeys_nothing_in_the_text() -> None:
    out = io.StringIO()
    shown = console.ConsolePublisher(Console(file=out, width=100), FakeClock(NOW))
    nasty = a_publication(text="[red]dunk[/red] \x1b[2J \u202e @everyone <script>")
    await shown.publish(nasty)
    await shown.publish(nasty)
    assert out.getvalue().count("[red]dunk[/red]") == 1
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


# --- Bluesky's answers, told as what we may do next ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "expected", "sent", "delivered"),
    [
        ("drop", Unavailable, True, True),
        ("error", Unavailable, True, True),
        ("cut", Unavailable, True, False),
        ("unready", Unavailable, True, False),
        ("limit", Unavailable, False, False),
        ("auth", AuthNeeded, None, False),
        ("refuse", Refused, None, False),
    ],
)
async def test_each_fault_says_whether_it_may_have_left(
    speaker: Publisher, sandbox: Sandbox, *, fault: str, expected: type[BonmotError], sent: bool | None, delivered: bool
) -> None:
    sandbox.dial.turn(fault)
    with pytest.raises(expected) as caught:
        await speaker.publish(a_publication())
    assert getattr(caught.value, "sent", None) is sent
    assert (await speaker.find(a_publication()) is not None) is delivered


async def test_an_answer_that_comes_too_late_may_have_left(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    hasty = bluesky.build(settings(sandbox.url, timeout_secs=0.05), http, FakeClock(NOW))
    await hasty.find(a_publication())
    sandbox.dial.turn("late", secs=0.3)
    with pytest.raises(Unavailable) as caught:
        await hasty.publish(a_publication())
    assert caught.value.sent
    assert len(sandbox.posts) == 1


async def test_a_limit_says_how_long_to_wait(speaker: Publisher, sandbox: Sandbox) -> None:
    sandbox.dial.turn("limit", secs=42)
    with pytest.raises(Unavailable) as caught:
        await speaker.publish(a_publication())
    assert caught.value.retry_after_secs == 42


async def test_nobody_listening_proves_that_nothing_left(http: aiohttp.ClientSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = bluesky.build(settings(f"http://127.0.0.1:{taken.getsockname()[1]}"), http, FakeClock(NOW))
        with pytest.raises(Unavailable) as caught:
            await nobody.publish(a_publication())
    assert caught.value.sent is False


@pytest.mark.parametrize("fault", ["drop", "error", "cut", "unready"])
async def test_a_log_in_that_fails_proves_that_no_post_left(speaker: Publisher, sandbox: Sandbox, fault: str) -> None:
    sandbox.dial.turn(fault, nsid="com.atproto.server.createSession")
    with pytest.raises(Unavailable) as caught:
        await speaker.publish(a_publication())
    assert caught.value.sent is False
    assert sandbox.posts == []


async def test_a_wrong_password_needs_a_person(http: aiohttp.ClientSession) -> None:
    strict = await start(clock=FakeClock(NOW), accounts={"oreo.test": "another"})
    with pytest.raises(AuthNeeded, match="Invalid identifier or password"):
        await bluesky.build(settings(strict.url), http, FakeClock(NOW)).publish(a_publication())
    await strict.close()


async def test_one_log_in_serves_many_posts_and_is_renewed_when_it_ends(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    speaker = bluesky.build(settings(sandbox.url), http, FakeClock(NOW))
    async with asyncio.TaskGroup() as group:
        for number in range(1, 6):
            group.create_task(speaker.publish(a_publication(number)))
    assert len(sandbox.network.refresh) == 1  # one log-in
    sandbox.network.expire()
    async with asyncio.TaskGroup() as group:
        for number in range(6, 11):
            group.create_task(speaker.publish(a_publication(number)))
    assert len(sandbox.posts) == 10
    assert len(sandbox.network.refresh) == 1  # renewed once, for all of them


async def test_a_lost_session_logs_in_anew(speaker: Publisher, sandbox: Sandbox) -> None:
    await speaker.publish(a_publication(1))
    sandbox.network.access.clear()
    sandbox.network.refresh.clear()
    await speaker.publish(a_publication(2))
    assert len(sandbox.posts) == 2


async def test_another_text_under_our_key_is_never_replaced(speaker: Publisher, sandbox: Sandbox) -> None:
    await speaker.publish(a_publication())
    with pytest.raises(Refused, match="stands another text"):
        await speaker.publish(a_publication(text="something else"))
    assert [post.text for post in sandbox.posts] == [a_publication().text]


async def test_no_account_speaks_for_another(speaker: Publisher, sandbox: Sandbox) -> None:
    with pytest.raises(Refused, match="no log-in"):
        await speaker.publish(a_publication(account="bluesky:fanta.test"))
    assert sandbox.posts == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 301, "👨‍👩‍👧‍👦" * 130])
async def test_a_text_that_does_not_fit_is_refused_before_anybody_is_asked(
    speaker: Publisher, sandbox: Sandbox, text: str
) -> None:
    with pytest.raises(Refused):
        await speaker.publish(a_publication(text=text))
    assert sandbox.network.handles == {}


async def test_a_post_that_can_still_be_read_is_not_undone(speaker: Publisher, sandbox: Sandbox) -> None:
    receipt = await speaker.publish(a_publication())
    sandbox.dial.turn("unready", nsid="com.atproto.repo.deleteRecord")
    with pytest.raises(Unavailable):
        await speaker.undo(a_publication(), receipt)
    assert len(sandbox.posts) == 1


@pytest.mark.parametrize(
    ("url", "harmless"),
    [
        ("http://127.0.0.1:9", True), ("http://localhost:9", True), ("http://[::1]:9", True),
        ("https://bsky.social", False), ("http://127.0.0.1.example.com", False), ("http://localhost.example", False),
        ("http://127.0.0.1@example.com", False),
    ],
)  # fmt: skip
async def test_only_loopback_is_harmless(http: aiohttp.ClientSession, url: str, harmless: bool) -> None:
    assert bluesky.build(settings(url), http, FakeClock(NOW)).is_harmless is harmless


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("Dunk in the dark #oreo https://oreo.com", ["#oreo", "https://oreo.com"]),
        ("é (see example.com/a_(b)), #1 #ok!", ["example.com/a_(b)", "#ok"]),
        ("東京 #日本 x", ["#日本"]),
        ("mail a@example.com, @alice.bsky.social, e.g. file.txt", []),
        ("https://a.example/#top #top", ["https://a.example/#top", "#top"]),
    ],
)
def test_links_and_tags_are_marked_by_their_bytes(text: str, linked: list[str]) -> None:
    raw = text.encode()
    spans = [(facet["index"]["byteStart"], facet["index"]["byteEnd"]) for facet in facets(text)]
    assert [raw[start:end].decode() for start, end in spans] == linked


async def test_languages_and_time_come_from_the_publication(speaker: Publisher, sandbox: Sandbox) -> None:
    await speaker.publish(replace(a_publication(), languages=("en", "es", "pl", "ja")))
    value = sandbox.posts[0].value
    assert (value["langs"], value["createdAt"]) == (["en", "es", "pl"], "2026-11-22T20:40:00.000Z")
