"""What each answer of a server of Mastodon's kind lets us do next, and that one yes is one status there."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders.drafting.lengths import measure
from responders.model import Publication
from responders.publishers import mastodon
from tests.posting import Stage, mastodon_settings, on_mastodon
from tests.samples import NOW, a_publication

ACCOUNT = "mastodon:oreo.test"
TEXT = "You can still dunk in the dark"


def ours(number: int = 1, **changes: Any) -> Publication:
    return a_publication(number, **{"account": ACCOUNT, "text": TEXT, **changes})


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_mastodon() as made:
        yield made


# --- what each fault proves ------------------------------------------------------------------------------------------

FAULTS = [
    ("drop", Unavailable, True, True), ("half", Unavailable, True, True), ("error", Unavailable, True, True),
    ("page", Unavailable, True, True), ("odd", Unavailable, True, True), ("cut", Unavailable, True, False),
    ("unready", Unavailable, True, False), ("broken", Unavailable, True, False), ("moved", Unavailable, True, False),
    ("limit", Unavailable, False, False), ("limit_blank", Unavailable, False, False),
    ("auth", AuthNeeded, None, False), ("forbidden", Refused, None, False), ("refuse", Refused, None, False),
    ("missing", Refused, None, False),
]  # fmt: skip
"""Fault, what is raised, whether it may have left, whether it did."""
BOTH = {"cut": 2, "drop": 2}
"""A question or a deletion whose connection ends without a word is asked once more by the HTTP client; a post never."""


@pytest.mark.parametrize(("fault", "expected", "may_have_left", "did"), FAULTS)
async def test_each_fault_says_whether_it_may_have_left(
    stage: Stage, *, fault: str, expected: type[BonmotError], may_have_left: bool | None, did: bool
) -> None:
    stage.sandbox.dial.turn(fault, secs=42)
    with pytest.raises(expected) as caught:
        await stage.publisher.publish(ours())
    assert getattr(caught.value, "sent", None) is may_have_left
    assert stage.sandbox.calls.count("post") == 1, "one write, whatever comes"
    assert (await stage.publisher.find(ours()) is not None) is did


async def test_an_answer_that_never_comes_may_have_left(stage: Stage) -> None:
    hasty = mastodon.build(mastodon_settings(stage.sandbox.url, timeout_secs=0.2), stage.http, stage.clock)
    await hasty.find(ours())
    stage.sandbox.dial.turn("silence")
    with pytest.raises(Unavailable, match=r"within 0\.2 s") as caught:
        await hasty.publish(ours())
    assert caught.value.sent
    assert len(stage.sandbox.posts) == 1


@pytest.mark.parametrize(("fault", "secs"), [("limit", 42.0), ("limit_blank", None), ("unready", None)])
async def test_a_limit_says_until_when_and_other_answers_do_not(stage: Stage, fault: str, secs: float | None) -> None:
    stage.sandbox.dial.turn(fault, secs=42)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.retry_after_secs == secs


async def test_nobody_listening_proves_that_nothing_left(stage: Stage) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        publisher = mastodon.build(mastodon_settings(stage.sandbox.url), http, stage.clock)
        await publisher.find(ours())  # server and account are known
        await stage.sandbox.close()
        with pytest.raises(Unavailable, match="cannot be reached") as caught:
            await publisher.publish(ours())
    assert caught.value.sent is False


async def test_a_connection_that_was_closed_while_it_was_used_again_proves_nothing(stage: Stage) -> None:
    await stage.publisher.find(ours())
    await stage.sandbox.close()
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent


@pytest.mark.parametrize("door", ["instance", "login"])
@pytest.mark.parametrize("fault", ["drop", "half", "error", "page", "cut", "unready", "limit"])
async def test_what_fails_before_the_write_proves_that_nothing_left(stage: Stage, door: str, fault: str) -> None:
    stage.sandbox.dial.turn(fault, door=door, times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent is False
    assert stage.sandbox.network.written == []
    await stage.publisher.publish(ours())


async def test_the_servers_own_words_reach_the_person(stage: Stage) -> None:
    stage.sandbox.dial.turn("forbidden")
    with pytest.raises(Refused, match="answers 403: Your login is currently disabled"):
        await stage.publisher.publish(ours())
    stage.sandbox.network.tokens.clear()
    with pytest.raises(AuthNeeded, match="answers 401: The access token is invalid"):
        await stage.publisher.publish(ours())


# --- who speaks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("handle", ["oreo.test", "@Oreo.Test", "oreo.test@brands.example", "oreo.test@BRANDS.example"])
async def test_a_token_speaks_for_its_own_account(stage: Stage, handle: str) -> None:
    settings = mastodon_settings(stage.sandbox.url, handle)
    publisher = mastodon.build(settings, stage.http, stage.clock)
    await publisher.publish(ours(account=f"mastodon:{handle}"))
    assert [post.author for post in stage.sandbox.posts] == ["oreo.test"]


@pytest.mark.parametrize("handle", ["fanta", "oreo", "oreo.test@elsewhere.example", "fanta@brands.example"])
async def test_a_token_of_another_account_is_refused_before_anything_is_written(stage: Stage, handle: str) -> None:
    publisher = mastodon.build(mastodon_settings(stage.sandbox.url, handle), stage.http, stage.clock)
    publication = ours(account=f"mastodon:{handle}")
    with pytest.raises(Refused, match=r"belongs to @oreo\.test .*nothing is said as another"):
        await publisher.publish(publication)
    with pytest.raises(Refused):
        await publisher.find(publication)
    assert "post" not in stage.sandbox.calls


async def test_a_token_that_may_not_say_whose_it_is_needs_a_person(stage: Stage) -> None:
    stage.sandbox.dial.turn("forbidden", door="login")
    with pytest.raises(AuthNeeded, match="profile, read:statuses and write:statuses"):
        await stage.publisher.publish(ours())
    assert "post" not in stage.sandbox.calls


async def test_no_account_speaks_for_another(stage: Stage) -> None:
    with pytest.raises(Refused, match="no token"):
        await stage.publisher.publish(ours(account="mastodon:fanta"))
    assert stage.sandbox.calls == []


async def test_server_and_account_are_asked_once_an_hour(stage: Stage) -> None:
    for number in range(1, 4):
        await stage.publisher.publish(ours(number, text=f"{TEXT} {number}"))
    assert (stage.sandbox.calls.count("instance"), stage.sandbox.calls.count("login")) == (1, 1)
    await stage.clock.advance(3600)
    stage.sandbox.network.rules.max_chars = 20
    with pytest.raises(Refused, match="takes 1 to 20 characters; this text has 30"):
        await stage.publisher.publish(ours(4))
    assert (stage.sandbox.calls.count("instance"), stage.sandbox.calls.count("login")) == (2, 1)


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "x" * 501, "https://oreo.com/ " * 21 + "x" * 20])
async def test_a_text_that_does_not_fit_is_refused_before_anything_is_written(stage: Stage, text: str) -> None:
    with pytest.raises(Refused, match="takes 1 to 500 characters"):
        await stage.publisher.publish(ours(text=text))
    assert "post" not in stage.sandbox.calls


@pytest.mark.parametrize(
    "text",
    ["x" * 490, f"see https://example.com/{'a' * 600}", f"hi @maya@{'social.' * 80}example", "é" * 490, "🍪" * 490,
     f"{'a' * 466} https://example.com", "one\n\ntwo"],
)  # fmt: skip
async def test_what_fits_by_the_drafts_rule_the_publisher_and_the_server_take(stage: Stage, text: str) -> None:
    assert measure("mastodon", text).fits
    await stage.publisher.publish(ours(text=text))
    assert await stage.publisher.find(ours(text=text)) is not None


async def test_the_drafts_rule_stays_below_the_publishers(stage: Stage) -> None:
    for text in ("x" * 495, f"{'a' * 470} https://example.com"):
        assert not measure("mastodon", text).fits
        await stage.publisher.publish(ours(text=text, mark=f"mark-{len(text)}"))


@pytest.mark.parametrize(("version", "most"), [(2, 300), (1, 300), (0, 500)])
async def test_limits_come_from_the_server_whatever_its_kind(stage: Stage, version: int, most: int) -> None:
    rules = stage.sandbox.network.rules
    rules.version, rules.max_chars = version, 300
    with pytest.raises(Refused, match=f"takes 1 to {most} characters"):
        await stage.publisher.publish(ours(text="x" * (most + 1)))
    await stage.publisher.publish(ours(text="x" * 300))


async def test_it_is_public_and_in_its_language(stage: Stage) -> None:
    receipt = await stage.publisher.publish(replace(ours(), languages=("de", "en")))
    [post] = stage.sandbox.posts
    assert (post.text, post.visibility, post.language) == (TEXT, "public", "de")
    assert (receipt.platform_id, receipt.url) == (post.id, f"{stage.sandbox.url}/@oreo.test/{post.id}")


async def test_half_of_a_pair_of_characters_never_leaves(stage: Stage) -> None:
    with pytest.raises(Refused, match="half of a pair"):
        await stage.publisher.publish(ours(text="dunk \ud83c"))
    assert "post" not in stage.sandbox.calls


# --- sending again, and reading back ---------------------------------------------------------------------------------


async def test_the_key_makes_one_status_within_an_hour_and_two_after(stage: Stage) -> None:
    first = await stage.publisher.publish(ours())
    await stage.clock.advance(3599)
    assert (await stage.publisher.publish(ours())).platform_id == first.platform_id
    await stage.clock.advance(1)
    assert (await stage.publisher.publish(ours())).platform_id != first.platform_id
    assert len(stage.sandbox.posts) == 2


@pytest.mark.parametrize(
    "text",
    ["Dunk & \"cover\" <b>it's</b>", "one\ntwo\n\n\nthree  four", f"see https://example.com/{'a' * 90}?b=c&d=e.",
     "#oreo #dunk 🍪", "hi @maya@social.example, @jon@x.example", "  spaces around  ", "e\u0301clair"],
)  # fmt: skip
async def test_what_was_posted_is_found_however_it_is_shown(stage: Stage, text: str) -> None:
    receipt = await stage.publisher.publish(ours(text=text))
    found = await stage.publisher.find(ours(text=text))
    assert found is not None
    assert found.platform_id == receipt.platform_id
    assert "source" not in stage.sandbox.calls, "what it shows was enough"


async def test_another_text_or_an_older_one_is_not_ours(stage: Stage) -> None:
    await stage.publisher.publish(ours(1))
    await stage.clock.advance(301)
    await stage.publisher.publish(ours(2, text=f"{TEXT}!"))
    later = ours(3, created_at=stage.clock.now())
    assert await stage.publisher.find(later) is None
    assert await stage.publisher.find(ours(1)) is not None


async def test_it_reads_back_as_far_as_the_approval_and_says_when_it_cannot(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    for number in range(2, 102):
        stage.sandbox.network.post("oreo.test", {"status": f"another {number}"})
    assert await stage.publisher.find(ours()) is not None
    for number in range(102, 302):
        stage.sandbox.network.post("oreo.test", {"status": f"another {number}"})
    with pytest.raises(Unavailable, match="more than 200 statuses"):
        await stage.publisher.find(ours())


@pytest.mark.parametrize("text", ['"Dunk" it\'s dark', f"see https://example.com/{'a' * 90}"])
async def test_where_a_server_shows_another_text_its_source_tells(stage: Stage, text: str) -> None:
    stage.sandbox.network.rules.rewrites = True
    receipt = await stage.publisher.publish(ours(text=text))
    found = await stage.publisher.find(ours(text=text))
    assert found is not None
    assert found.platform_id == receipt.platform_id
    stage.sandbox.network.rules.has_source = False
    with pytest.raises(Unavailable, match="does not tell"):
        await stage.publisher.find(ours(text=text))


async def test_what_a_person_changed_by_hand_is_left_to_a_person(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    stage.sandbox.network.edit(stage.sandbox.posts[0].id, "You can dunk in the light, too")
    with pytest.raises(Unavailable, match="before it was changed"):
        await stage.publisher.find(ours())


async def test_a_server_that_keeps_it_for_later_does_not_get_it_twice(stage: Stage) -> None:
    stage.sandbox.network.rules.keeps_for_later = True
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent
    with pytest.raises(Unavailable, match="keeps the text for later"):
        await stage.publisher.find(ours())


@pytest.mark.parametrize("fault", ["odd", "page", "half", "unready", "cut", "limit"])
async def test_a_look_that_fails_proves_nothing(stage: Stage, fault: str) -> None:
    stage.sandbox.dial.turn(fault, door="own", times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable):
        await stage.publisher.find(ours())


# --- taking back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut", "unready", "limit", "error", "drop"])
async def test_a_deletion_that_is_lost_can_be_repeated(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.dial.turn(fault, door="delete", times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable):
        await stage.publisher.undo(ours(), receipt)
    await stage.publisher.undo(ours(), receipt)
    assert stage.sandbox.posts == []


async def test_a_status_that_can_still_be_read_is_not_gone(stage: Stage) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.dial.turn("missing", door="delete")
    with pytest.raises(Unavailable, match="can still be read"):
        await stage.publisher.undo(ours(), receipt)
    assert len(stage.sandbox.posts) == 1


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "harmless"),
    [("http://127.0.0.1:9", True), ("http://localhost:9", True), ("http://[::1]:9/", True),
     ("https://mastodon.example", False), ("https://localhost.example", False)],
)  # fmt: skip
async def test_only_loopback_is_harmless(stage: Stage, url: str, harmless: bool) -> None:
    assert mastodon.build(mastodon_settings(url), stage.http, stage.clock).is_harmless is harmless
    mixed = mastodon.Settings(
        base_url="http://127.0.0.1:9",
        accounts={"a": mastodon.AccountSettings(token="t"), "b": mastodon.AccountSettings(token="t", base_url=url)},
    )
    assert mastodon.build(mixed, stage.http, stage.clock).is_harmless is harmless


@pytest.mark.parametrize(
    ("block", "said"),
    [({"accounts": {"oreo": {"token": "t"}}}, "oreo has no base_url"),
     ({"accounts": {"oreo": {"token": "t"}}, "base_url": "http://brands.example"}, "must begin with https"),
     ({"accounts": {"oreo": {"token": "t"}, "@Oreo": {"token": "t"}}, "base_url": "https://b.example"}, "same handle"),
     ({"accounts": {"oreo": {"token": "two words"}}, "base_url": "https://b.example"}, "pattern"),
     ({"accounts": {"oreo": {"token": "t"}}, "base_url": "https://u:p@b.example"}, "pattern")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(block: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        mastodon.Settings.model_validate(block)


def test_the_token_is_never_shown() -> None:
    assert "s3cret" not in repr(mastodon.AccountSettings(token="s3cret"))


async def test_it_asks_nobody_before_it_is_used(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with aiohttp.ClientSession() as http:
            nobody = mastodon.build(mastodon_settings(url), http, FakeClock(NOW))
            with pytest.raises(Unavailable) as caught:
                await nobody.publish(ours(created_at=NOW + timedelta(seconds=1)))
    assert caught.value.sent is False
