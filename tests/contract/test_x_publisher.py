"""What each of X's answers lets us do next, what it costs, and that one yes is one post there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, OutOfMoney, Refused, Unavailable
from responders.drafting.lengths import measure
from responders.model import Publication, Receipt
from responders.publishers import x
from tests.posting import Stage, on_x, x_settings
from tests.samples import NOW, a_publication

ACCOUNT = "x:oreo.test"
TEXT = "You can still dunk in the dark"
CREATE, WITH_URL, DELETE, OWN = 15_000, 200_000, 10_000, 1_000
"""Micro-dollars."""


def ours(number: int = 1, **changes: Any) -> Publication:
    return a_publication(number, **{"account": ACCOUNT, "text": TEXT, **changes})


def another(stage: Stage, **changes: Any) -> x.XPublisher:
    """A second publisher on the same stage."""
    built = x.build(x_settings(stage.sandbox.url, **changes), stage.http, stage.clock, purse=stage.purse)
    assert isinstance(built, x.XPublisher)
    return built


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_x() as made:
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
    stage.sandbox.desk.dial.turn(fault, secs=42)
    with pytest.raises(expected) as caught:
        await stage.publisher.publish(ours())
    assert getattr(caught.value, "sent", None) is may_have_left
    assert stage.sandbox.desk.calls.count("post") == 1, "one write, whatever comes"
    assert (await stage.publisher.find(ours()) is not None) is did


@pytest.mark.parametrize(("fault", "expected", "may_have_left", "did"), FAULTS)
async def test_what_provably_did_not_leave_is_not_written_down_as_paid(
    stage: Stage, *, fault: str, expected: type[BonmotError], may_have_left: bool | None, did: bool
) -> None:
    stage.sandbox.desk.dial.turn(fault, secs=42)
    with pytest.raises(expected):
        await stage.publisher.publish(ours())
    is_free = may_have_left is False or expected is AuthNeeded
    assert stage.purse.spent[0] == OWN + (0 if is_free else CREATE)
    assert stage.sandbox.bill.usd * 1e6 <= stage.purse.spent[0], "never less than X charges"


async def test_an_answer_that_never_comes_may_have_left(stage: Stage) -> None:
    hasty = another(stage, timeout_secs=0.2)
    await hasty.find(ours())
    stage.sandbox.desk.dial.turn("silence")
    with pytest.raises(Unavailable, match=r"within 0\.2 s") as caught:
        await hasty.publish(ours())
    assert caught.value.sent
    assert len(stage.sandbox.desk.posts) == 1


@pytest.mark.parametrize(("fault", "secs"), [("limit", 42.0), ("limit_blank", None), ("unready", None)])
async def test_a_limit_says_until_when_and_other_answers_do_not(stage: Stage, fault: str, secs: float | None) -> None:
    stage.sandbox.desk.dial.turn(fault, secs=42)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.retry_after_secs == secs


async def test_nobody_listening_proves_that_nothing_left(stage: Stage) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        publisher = x.build(x_settings(stage.sandbox.url), http, stage.clock, purse=stage.purse)
        await publisher.find(ours())  # the account is known
        await stage.sandbox.close()
        with pytest.raises(Unavailable, match="cannot be reached") as caught:
            await publisher.publish(ours())
    assert caught.value.sent is False
    assert stage.purse.spent[0] == OWN


@pytest.mark.parametrize("fault", ["drop", "half", "error", "page", "odd", "cut", "unready", "limit"])
async def test_what_fails_before_the_write_proves_that_nothing_left(stage: Stage, fault: str) -> None:
    stage.sandbox.desk.dial.turn(fault, door="me", times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent is False
    assert stage.sandbox.desk.written == []
    await stage.publisher.publish(ours())


async def test_without_credits_a_person_is_needed_and_nothing_left(stage: Stage) -> None:
    await stage.publisher.find(ours())
    stage.sandbox.has_credits = False
    with pytest.raises(AuthNeeded, match=r"answers 402: .*somebody has to buy more"):
        await stage.publisher.publish(ours())
    assert stage.purse.spent[0] == OWN
    stage.sandbox.has_credits = True
    await stage.publisher.publish(ours())


async def test_xs_own_words_reach_the_person(stage: Stage) -> None:
    stage.sandbox.desk.dial.turn("forbidden")
    with pytest.raises(Refused, match="answers 403: You can only reply to or quote posts where you are mentioned"):
        await stage.publisher.publish(ours())


# --- who speaks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("handle", ["oreo.test", "@Oreo.Test", "OREO.test"])
async def test_keys_speak_for_their_own_account(stage: Stage, handle: str) -> None:
    receipt = await another(stage, handle=handle).publish(ours(account=f"x:{handle}"))
    assert [post["username"] for post in stage.sandbox.desk.posts] == ["oreo.test"]
    assert receipt.url == f"{stage.sandbox.url}/oreo.test/status/{receipt.platform_id}"


async def test_keys_of_another_account_are_refused_before_anything_is_written(stage: Stage) -> None:
    publisher = another(stage, handle="fanta")
    with pytest.raises(Refused, match=r"belong to @oreo\.test, not to @fanta; nothing is said as another"):
        await publisher.publish(ours(account="x:fanta"))
    with pytest.raises(Refused):
        await publisher.find(ours(account="x:fanta"))
    assert "post" not in stage.sandbox.desk.calls


async def test_no_account_speaks_for_another(stage: Stage) -> None:
    with pytest.raises(Refused, match="no keys"):
        await stage.publisher.publish(ours(account="x:fanta"))
    assert stage.sandbox.desk.calls == []


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "access_token", "access_secret"])
async def test_one_wrong_key_of_four_is_told(stage: Stage, wrong: str) -> None:
    with pytest.raises(AuthNeeded, match="answers 401: Unauthorized; are the four keys"):
        await another(stage, keys={wrong: "wrong"}).publish(ours())
    assert "post" not in stage.sandbox.desk.calls


async def test_a_clock_that_is_wrong_is_not_let_in(stage: Stage) -> None:
    await stage.publisher.find(ours())
    late = x.build(x_settings(stage.sandbox.url), stage.http, FakeClock(NOW.replace(hour=2)), purse=stage.purse)
    with pytest.raises(AuthNeeded, match="clock"):
        await late.publish(ours())


async def test_whose_keys_they_are_is_asked_once_and_again_when_they_were_refused(stage: Stage) -> None:
    for number in range(1, 4):
        await stage.publisher.publish(ours(number, text=f"{TEXT} {number}"))
    assert stage.sandbox.desk.calls.count("me") == 1
    stage.sandbox.desk.dial.turn("auth")
    with pytest.raises(AuthNeeded):
        await stage.publisher.publish(ours(4, text=f"{TEXT} 4"))
    await stage.publisher.publish(ours(4, text=f"{TEXT} 4"))
    assert stage.sandbox.desk.calls.count("me") == 2


# --- what is said, and what it costs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "x" * 281, "の" * 141, "https://oreo.com/ " * 11 + "x" * 20])
async def test_a_text_that_does_not_fit_is_refused_before_anybody_is_asked(stage: Stage, text: str) -> None:
    with pytest.raises(Refused, match="takes 1 to 280 weighted characters"):
        await stage.publisher.publish(ours(text=text))
    assert (stage.sandbox.desk.calls, stage.purse.spent[0]) == ([], 0)


@pytest.mark.parametrize(
    "text", ["x" * 280, "の" * 140, "🍪" * 140, f"see https://example.com/{'a' * 600}", "one\n\ntwo"]
)
async def test_what_fits_by_the_drafts_rule_the_publisher_and_x_take(stage: Stage, text: str) -> None:
    assert measure("x", text).fits
    await stage.publisher.publish(ours(text=text))
    assert await stage.publisher.find(ours(text=text)) is not None


@pytest.mark.parametrize(
    ("text", "micros"),
    [(TEXT, CREATE), ("see oreo.com", WITH_URL), ("https://oreo.com/dunk now", WITH_URL), ("oreo.test #dunk", CREATE)],
)
async def test_a_link_costs_more_bare_domains_included(stage: Stage, text: str, micros: int) -> None:
    await stage.publisher.publish(ours(text=text))
    assert stage.purse.spent[0] == OWN + micros
    assert round(stage.sandbox.bill.usd * 1e6) == OWN + micros, "as X's bill says"


async def test_without_money_nothing_leaves_and_looking_and_taking_back_go_on() -> None:
    async with on_x(usd_per_day=0.017) as stage:
        receipt = await stage.publisher.publish(ours())
        with pytest.raises(OutOfMoney) as caught:
            await stage.publisher.publish(ours(2, text="another"))
        assert caught.value.sent is False
        assert stage.sandbox.desk.calls.count("post") == 1
        assert await stage.publisher.find(ours()) is not None
        await stage.publisher.undo(ours(), receipt)
        assert stage.sandbox.desk.posts == []
        assert stage.purse.spent[0] == OWN + CREATE + OWN + DELETE


async def test_what_is_read_again_on_the_same_day_costs_nothing(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    for _ in range(3):
        await stage.publisher.find(ours())
    assert stage.purse.spent[0] == OWN + CREATE + OWN == round(stage.sandbox.bill.usd * 1e6)


async def test_a_paid_partnership_is_labelled(stage: Stage) -> None:
    await another(stage, keys={"paid_partnership": True}).publish(ours())
    assert len(stage.sandbox.desk.posts) == 1


async def test_half_of_a_pair_of_characters_never_leaves(stage: Stage) -> None:
    with pytest.raises(Refused, match="half of a pair"):
        await stage.publisher.publish(ours(text="dunk \ud83c"))
    assert (stage.sandbox.desk.calls, stage.purse.spent[0]) == ([], 0)


# --- sending again, and reading back ---------------------------------------------------------------------------------


async def test_a_text_that_x_has_already_is_ours_or_refused(stage: Stage) -> None:
    first = await stage.publisher.publish(ours())
    assert (await stage.publisher.publish(ours())).platform_id == first.platform_id
    await stage.clock.advance(3600)
    with pytest.raises(Refused, match=r"duplicate content.*write it anew"):
        await stage.publisher.publish(ours(2, created_at=stage.clock.now()))
    assert len(stage.sandbox.desk.written) == 1


@pytest.mark.parametrize("fault", ["unready", "odd", "limit"])
async def test_a_duplicate_that_cannot_be_looked_for_is_lost_and_not_refused(stage: Stage, fault: str) -> None:
    await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="own")
    with pytest.raises(Unavailable, match="cannot be read") as caught:
        await stage.publisher.publish(ours())
    assert caught.value.sent


@pytest.mark.parametrize(
    "text",
    ["Dunk & \"cover\" <b>it's</b> &amp; &copy;", "one\ntwo\n\n\nthree  four", "see https://oreo.com/a?b=c&d=e.",
     "oreo.com and https://www.oreo.com/dunk/ now", "#oreo #dunk 🍪 @maya", "  spaces around  ", "e\u0301clair"],
)  # fmt: skip
async def test_what_was_posted_is_found_however_it_is_shown(stage: Stage, text: str) -> None:
    receipt = await stage.publisher.publish(ours(text=text))
    found = await stage.publisher.find(ours(text=text))
    assert found is not None
    assert found.platform_id == receipt.platform_id
    assert await stage.publisher.find(ours(text=f"{text}!")) is None


async def test_another_text_or_an_older_one_is_not_ours(stage: Stage) -> None:
    await stage.publisher.publish(ours(1))
    await stage.clock.advance(301)
    await stage.publisher.publish(ours(2, text=f"{TEXT}!"))
    assert await stage.publisher.find(ours(3, created_at=stage.clock.now())) is None
    assert await stage.publisher.find(ours(1)) is not None


async def test_it_reads_back_as_far_as_the_approval_and_says_when_it_cannot(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    for number in range(2, 151):
        stage.sandbox.desk.say("oreo.test", f"another {number}")
    assert await stage.publisher.find(ours()) is not None
    for number in range(151, 252):
        stage.sandbox.desk.say("oreo.test", f"another {number}")
    with pytest.raises(Unavailable, match="more than 200 times"):
        await stage.publisher.find(ours())


async def test_what_a_person_changed_by_hand_is_left_to_a_person(stage: Stage) -> None:
    stage.sandbox.desk.say("oreo.test", "You can dunk in the light, too", edit_history_tweet_ids=["1", "2"])
    with pytest.raises(Unavailable, match="before it was changed"):
        await stage.publisher.find(ours())


@pytest.mark.parametrize("fault", ["odd", "page", "half", "unready", "cut", "limit"])
async def test_a_look_that_fails_proves_nothing(stage: Stage, fault: str) -> None:
    stage.sandbox.desk.dial.turn(fault, door="own", times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable):
        await stage.publisher.find(ours())


# --- taking back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut", "unready", "limit", "error", "drop"])
async def test_a_deletion_that_is_lost_can_be_repeated(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="delete", times=BOTH.get(fault, 1))
    with pytest.raises(Unavailable):
        await stage.publisher.undo(ours(), receipt)
    await stage.publisher.undo(ours(), receipt)
    assert stage.sandbox.desk.posts == []


@pytest.mark.parametrize("fault", ["fine", "missing"])
async def test_a_post_is_gone_when_x_says_so_with_404_or_with_200(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="read")
    await stage.publisher.undo(ours(), receipt)
    assert stage.sandbox.desk.posts == []
    assert not stage.sandbox.desk.dial.waiting.get("read"), "it was read back"


@pytest.mark.parametrize("fault", ["odd", "page", "unready"])
async def test_an_answer_that_says_nothing_is_no_proof_that_it_is_gone(stage: Stage, fault: str) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn(fault, door="read")
    with pytest.raises(Unavailable):
        await stage.publisher.undo(ours(), receipt)


async def test_a_post_that_can_still_be_read_is_not_gone(stage: Stage) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.desk.dial.turn("missing", door="delete")
    with pytest.raises(Unavailable, match="can still be read"):
        await stage.publisher.undo(ours(), receipt)
    assert len(stage.sandbox.desk.posts) == 1


async def test_a_post_of_another_account_is_not_deleted(stage: Stage) -> None:
    number = stage.sandbox.desk.say("fanta", TEXT)
    with pytest.raises(Refused, match="not authorized"):
        await stage.publisher.undo(ours(), Receipt(number, None, NOW))
    assert len(stage.sandbox.desk.posts) == 1
