"""What each of Reddit's answers lets us do next, and that one yes is one submission there."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders.model import Publication
from responders.publishers import reddit
from responders.publishers.reddit import answers
from responders.publishers.reddit.wire import Wire
from tests.posting import Stage, on_reddit, reddit_account, reddit_settings
from tests.samples import NOW, a_publication

ACCOUNT = "reddit:oreo.test"
TEXT = "You can still dunk in the dark\n\nEven with the lights out."


def ours(number: int = 1, **changes: Any) -> Publication:
    return a_publication(number, **{"account": ACCOUNT, "text": TEXT, **changes})


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_reddit() as made:
        yield made


# --- what each fault proves ------------------------------------------------------------------------------------------

FAULTS = [
    ("drop", Unavailable, True, True), ("half", Unavailable, True, True), ("error", Unavailable, True, True),
    ("page", Unavailable, True, True), ("odd", Unavailable, True, True), ("cut", Unavailable, True, False),
    ("unready", Unavailable, True, False), ("broken", Unavailable, True, False), ("moved", Unavailable, True, False),
    ("limit", Unavailable, False, False), ("limit_blank", Unavailable, False, False),
    ("forbidden", Refused, None, False), ("refuse", Refused, None, False), ("missing", Refused, None, False),
]  # fmt: skip
"""Fault, what is raised, whether it may have left, whether it did."""


@pytest.mark.parametrize(("fault", "expected", "may_have_left", "did"), FAULTS)
async def test_each_fault_says_whether_it_may_have_left(
    stage: Stage, *, fault: str, expected: type[BonmotError], may_have_left: bool | None, did: bool
) -> None:
    stage.sandbox.desk.dial.turn(fault, secs=42)
    with pytest.raises(expected) as caught:
        await stage.publisher.publish(ours())
    assert getattr(caught.value, "sent", None) is may_have_left
    assert stage.sandbox.desk.calls.count("submit") == 1, "one write, whatever comes: praw would send three"
    assert (await stage.publisher.find(ours()) is not None) is did


async def test_an_answer_that_never_comes_may_have_left(stage: Stage) -> None:
    hasty = reddit.build(reddit_settings(stage.sandbox.url, timeout_secs=0.3), stage.http, stage.clock)
    stage.sandbox.desk.dial.turn("silence")
    with pytest.raises(Unavailable) as caught:
        await hasty.publish(ours())
    assert caught.value.sent
    assert len(stage.sandbox.desk.posts) == 1
    await hasty.close()


@pytest.mark.parametrize(("fault", "secs"), [("limit", 42.0), ("limit_blank", None), ("unready", None)])
async def test_a_limit_says_until_when_and_other_answers_do_not(stage: Stage, fault: str, secs: float | None) -> None:
    stage.sandbox.desk.dial.turn(fault, secs=42)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.retry_after_secs == secs


@pytest.mark.parametrize(
    ("words", "secs"),
    [("Take a break for 42 seconds before trying again.", 43.0),
     ("Take a break for 9 minutes before trying again.", 541.0),
     ("Looks like you've been doing that a lot. Try again in 1 hour.", 3601.0), ("you are doing that too much", None)],
)  # fmt: skip
async def test_an_accounts_own_limit_proves_that_nothing_was_taken(
    stage: Stage, words: str, secs: float | None
) -> None:
    stage.sandbox.desk.errors.append(["RATELIMIT", words, "ratelimit"])
    with pytest.raises(Unavailable, match="RATELIMIT") as caught:
        await stage.publisher.publish(ours())
    assert (caught.value.sent, caught.value.retry_after_secs) == (False, secs)
    assert stage.sandbox.desk.written == []
    assert stage.sandbox.desk.calls.count("submit") == 1


@pytest.mark.parametrize("kind", ["NO_SELFS", "SUBREDDIT_NOTALLOWED", "BANNED_FROM_SUBREDDIT", "SOMETHING_NEW"])
async def test_an_error_in_an_answer_of_200_is_a_no_in_reddits_words(stage: Stage, kind: str) -> None:
    stage.sandbox.desk.errors.append([kind, "you aren't allowed to post there.", "sr"])
    with pytest.raises(Refused, match=f"Reddit says {kind}: you aren't allowed"):
        await stage.publisher.publish(ours())


@pytest.mark.parametrize("door", ["me", "own"])
@pytest.mark.parametrize("fault", ["drop", "half", "error", "page", "odd", "cut", "unready", "limit"])
async def test_what_fails_before_the_write_proves_that_nothing_left(stage: Stage, door: str, fault: str) -> None:
    stage.sandbox.desk.dial.turn(fault, door=door)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent is False
    assert stage.sandbox.desk.written == []
    await stage.publisher.publish(ours())


@pytest.mark.parametrize("fault", ["cut", "half", "error", "page", "wrong_types", "limit", "unready"])
async def test_a_log_in_that_fails_before_a_submission_proves_that_nothing_left(stage: Stage, fault: str) -> None:
    await stage.publisher.find(ours())
    stage.sandbox.end_tokens()
    stage.sandbox.dial.turn(fault, times=1)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent is False
    assert stage.sandbox.desk.written == []
    await stage.publisher.publish(ours())


async def test_nobody_listening_proves_that_nothing_left(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        nobody = reddit.build(reddit_settings(url), stage.http, stage.clock)
        with pytest.raises(Unavailable) as caught:
            await nobody.publish(ours())
        assert caught.value.sent is False
        await nobody.close()


@pytest.mark.parametrize(("is_there", "sent"), [(False, False), (True, True)])
async def test_only_a_connection_that_was_never_made_proves_it_for_the_submission_itself(
    stage: Stage, is_there: bool, sent: bool
) -> None:
    """The log-in is answered by one server, the submission goes to another."""
    stage.sandbox.desk.dial.turn("cut")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        access = answers.Access(
            "app", "app-secret", "oreo_test", "pass", user_agent="linux:test:1.0 (by u/x)",
            oauth_url=stage.sandbox.url if is_there else nowhere, reddit_url=stage.sandbox.url, timeout_secs=5.0,
        )  # fmt: skip
        wire = Wire(access)
        with pytest.raises(answers.Lost) as caught:
            await asyncio.to_thread(wire.ask, "POST", "api/submit/", {"api_type": "json"})
        await asyncio.to_thread(wire.close)
    assert caught.value.sent is sent


# --- who speaks, and where -------------------------------------------------------------------------------------------


async def test_it_speaks_in_the_one_subreddit_that_allowed_it(stage: Stage) -> None:
    receipt = await stage.publisher.publish(ours())
    [written] = stage.sandbox.desk.written
    assert (written.author, written.subreddit) == ("oreo_test", "oreo")
    assert (written.title, written.text) == ("You can still dunk in the dark", "Even with the lights out.")
    assert receipt.url == f"{stage.sandbox.url}/r/oreo/comments/{receipt.platform_id.removeprefix('t3_')}/x/"
    assert all(agent.startswith("linux:test:1.0 (by u/x)") for agent in stage.sandbox.desk.agents)


async def test_the_log_in_of_another_account_is_refused_before_anything_is_written(stage: Stage) -> None:
    stage.sandbox.desk.renamed["oreo_test"] = "milka_test"
    with pytest.raises(Refused, match="belongs to u/milka_test, not to u/oreo_test; nothing is said as another"):
        await stage.publisher.publish(ours())
    assert stage.sandbox.desk.calls == ["me"]


@pytest.mark.parametrize("wrong", ["client_id", "client_secret", "password"])
async def test_a_wrong_credential_needs_a_person(stage: Stage, wrong: str) -> None:
    publisher = reddit.build(reddit_settings(stage.sandbox.url, account={wrong: "wrong"}), stage.http, stage.clock)
    with pytest.raises(AuthNeeded, match="answers 401"):
        await publisher.publish(ours())
    assert "submit" not in stage.sandbox.desk.calls
    await publisher.close()


async def test_a_token_that_is_over_is_renewed_and_the_submission_made_once(stage: Stage) -> None:
    await stage.publisher.find(ours())
    stage.sandbox.desk.dial.turn("auth")
    await stage.publisher.publish(ours())
    assert len(stage.sandbox.desk.written) == 1
    stage.sandbox.desk.dial.turn("auth", times=2)
    with pytest.raises(AuthNeeded):
        await stage.publisher.publish(ours(2, text="another"))
    assert len(stage.sandbox.desk.written) == 1


async def test_no_account_speaks_for_another(stage: Stage) -> None:
    with pytest.raises(Refused, match="no log-in"):
        await stage.publisher.publish(ours(account="reddit:fanta"))
    assert stage.sandbox.desk.calls == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * 301, "x\n" + "y" * 40_001, "dunk \ud83c"])
async def test_a_text_that_does_not_fit_is_refused_before_anybody_is_asked(stage: Stage, text: str) -> None:
    with pytest.raises(Refused):
        await stage.publisher.publish(ours(text=text))
    assert stage.sandbox.desk.calls == []


# --- sending again, and reading back ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Dunk & \"cover\" <b>it's</b>", "one\ntwo\n\n\nthree  four", "a title alone 🍪",
     "x" * 300 + "\n" + "y" * 40_000],
)  # fmt: skip
async def test_what_was_submitted_is_found_and_not_submitted_again(stage: Stage, text: str) -> None:
    receipt = await stage.publisher.publish(ours(text=text))
    assert (await stage.publisher.publish(ours(text=text))).platform_id == receipt.platform_id
    assert len(stage.sandbox.desk.written) == 1
    assert await stage.publisher.find(ours(text=f"{text}!")) is None


async def test_another_subreddit_or_an_older_one_is_not_ours(stage: Stage) -> None:
    stage.sandbox.desk.say("oreo_test", *TEXT.split("\n\n"), subreddit="elsewhere")
    assert await stage.publisher.find(ours()) is None
    await stage.publisher.publish(ours())
    await stage.clock.advance(301)
    assert await stage.publisher.find(ours(created_at=stage.clock.now())) is None


async def test_it_reads_back_as_far_as_the_approval_and_says_when_it_cannot(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    for number in range(2, 151):
        stage.sandbox.desk.say("oreo_test", f"another {number}", "")
    assert await stage.publisher.find(ours()) is not None
    for number in range(151, 252):
        stage.sandbox.desk.say("oreo_test", f"another {number}", "")
    with pytest.raises(Unavailable, match="more than 200 times"):
        await stage.publisher.find(ours())


async def test_what_a_person_changed_by_hand_is_left_to_a_person(stage: Stage) -> None:
    stage.sandbox.desk.say("oreo_test", "You can still dunk in the dark", "And in the light.", edited=1795379000.0)
    with pytest.raises(Unavailable, match="before it was changed"):
        await stage.publisher.find(ours())


@pytest.mark.parametrize("fault", ["odd", "page", "half", "unready", "cut", "limit"])
async def test_a_look_that_fails_proves_nothing(stage: Stage, fault: str) -> None:
    stage.sandbox.desk.dial.turn(fault, door="own")
    with pytest.raises(Unavailable):
        await stage.publisher.find(ours())


# --- taking back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut", "unready", "limit", "error", "drop"])
async def test_a_deletion_that_is_lost_can_be_repeated(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="del")
    with pytest.raises(Unavailable):
        await stage.publisher.undo(ours(), receipt)
    await stage.publisher.undo(ours(), receipt)
    assert stage.sandbox.desk.posts == []


@pytest.mark.parametrize("fault", ["odd", "page", "unready"])
async def test_an_answer_that_says_nothing_is_no_proof_that_it_is_gone(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="info")
    with pytest.raises(Unavailable):
        await stage.publisher.undo(ours(), receipt)


async def test_a_submission_of_another_is_not_gone(stage: Stage) -> None:
    receipt = await stage.publisher.publish(ours())
    for item in stage.sandbox.items:
        item.data["author"] = "fanta"
    with pytest.raises(Unavailable, match="can still be read"):
        await stage.publisher.undo(ours(), receipt)


# --- settings, recordings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "harmless"),
    [({}, True), ({"oauth_url": "https://oauth.reddit.com"}, False), ({"reddit_url": "https://www.reddit.com"}, False)],
)
async def test_only_loopback_is_harmless(places: dict[str, str], harmless: bool) -> None:
    async with aiohttp.ClientSession() as http:
        built = reddit.build(reddit_settings("http://127.0.0.1:9", **places), http, FakeClock(NOW))
        assert built.is_harmless is harmless
        await built.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"consent": "yes"}, "at least 10 characters"), ({"subreddit": "r/oreo"}, "pattern"),
     ({"subreddit": "a+b"}, "pattern"), ({"username": "u/oreo"}, "pattern"),
     ({"password": ""}, "at least 1 character")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        reddit.AccountSettings.model_validate(reddit_account(**changes))


def test_nobody_speaks_without_a_subreddits_consent() -> None:
    for key in ("subreddit", "consent"):
        with pytest.raises(ValidationError, match="required"):
            reddit.AccountSettings.model_validate({k: v for k, v in reddit_account().items() if k != key})


def test_recorded_answers_are_read(shared: Path) -> None:
    def kept(name: str) -> list[dict[str, Any]]:
        text = (shared / "recordings" / "reddit" / "api" / f"{name}.json").read_text("utf-8")
        found: list[dict[str, Any]] = json.loads(text)["interactions"]
        return found

    answer = kept("subreddit.submit__selftext")[1]["response"]["body"]["json"]
    named = answers.new_name(answer)
    assert answers.refusal(answer) is None
    assert named is not None
    assert named[0] == "t3_4bbe4b"
    listing = kept("subreddit.submit__selftext")[2]["response"]["body"]["json"][0]
    page = answers.page_of(listing)
    assert page is not None
    assert page[0][0].shows("Test Title", "Test text.")
    gone = kept("comment.delete")[2]["response"]["body"]["json"]
    assert answers.is_gone(gone, "t1_d1616q2") is True
    assert answers.is_gone(listing, "t3_4bbe4b") is False
    answers.check_user(kept("user.me")[1]["response"]["body"]["json"], "pyapitestuser2")
    refused = kept("subreddit.submit__verify_invalid")[1]["response"]
    error = answers.trouble(answers.Turned(400, body=json.dumps(refused["body"]["json"]).encode()), NOW)
    assert isinstance(error, Refused)
    assert 'You may not have "dfgfdgfdgdf" in your title' in str(error)
