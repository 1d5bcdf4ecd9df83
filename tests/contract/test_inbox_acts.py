"""What people and scripts do through the JSON doors, and what they are told when it cannot be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from monitor.clock import to_text
from responders.approvals import samples
from tests.inbox_house import House, open_house

OREO = "bluesky:oreo.example"
FIRST, SECOND = samples.DRAFTS[0][1], samples.DRAFTS[1][1]


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        opened.offer()
        yield opened


async def test_a_yes_posts_the_text_once_the_undo_window_is_over(house: House) -> None:
    maya = await house.enter()
    status, answer = await maya.post("api/cards/p1/approve", {"revision": 1, "text": FIRST})
    assert (status, answer["card"]["state"]) == (200, "approved")
    assert answer["card"]["approvals"][0]["person"] == "maya"
    assert house.desk.posted == []
    await house.pass_time(11)
    assert house.desk.posted == [(OREO, FIRST)]


async def test_a_yes_to_another_draft_posts_that_draft(house: House) -> None:
    maya = await house.enter()
    assert (await maya.post("api/cards/p1/approve", {"revision": 1, "text": SECOND}))[0] == 200
    await house.pass_time(11)
    assert house.desk.posted == [(OREO, SECOND)]


async def test_a_yes_to_a_text_that_nobody_saved_is_refused(house: House) -> None:
    maya = await house.enter()
    status, answer = await maya.post("api/cards/p1/approve", {"revision": 1, "text": "Something else"})
    assert status == 409
    assert "save it as an edit first" in answer["error"]


async def test_second_approval_is_told_who_won(house: House) -> None:
    maya, jonas = await house.enter(), await house.enter("jonas")
    assert (await jonas.post("api/cards/p1/approve", {"revision": 1}))[0] == 200
    status, answer = await maya.post("api/cards/p1/approve", {"revision": 1})
    assert status == 409
    assert "already approved by jonas at 01:38:40" in answer["error"]


async def test_a_yes_to_what_was_edited_meanwhile_is_told_who_edited(house: House) -> None:
    maya, jonas = await house.enter(), await house.enter("jonas")
    assert (await jonas.post("api/cards/p1/edit", {"revision": 1, "text": "Dunk on."}))[1]["card"]["revision"] == 2
    status, answer = await maya.post("api/cards/p1/approve", {"revision": 1, "text": FIRST})
    assert status == 409
    assert "was edited by jonas" in answer["error"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 301, "Hello @somebody.else", "evil\u202etxt", "nul\x00"])
async def test_a_text_with_problems_is_not_saved_and_says_why(house: House, text: str) -> None:
    maya = await house.enter()
    status, answer = await maya.post("api/cards/p1/edit", {"revision": 1, "text": text})
    assert status == 422
    assert answer["problems"]
    assert (await maya.post("api/cards/p1/check", {"text": text}))[1]["problems"]


async def test_checking_a_text_changes_nothing_and_counts_as_the_network_does(house: House) -> None:
    maya = await house.enter()
    status, answer = await maya.post("api/cards/p1/check", {"text": "👩‍👩‍👧 dunk"})
    assert (status, answer) == (200, {"problems": [], "length": "6 / 300", "fits": True})
    assert (await house.desk.cards())[0].proposal.revision == 1


async def test_a_no_needs_a_reason(house: House) -> None:
    maya = await house.enter()
    assert (await maya.post("api/cards/p1/reject", {"revision": 1, "reason": "  "}))[0] == 422
    status, answer = await maya.post("api/cards/p1/reject", {"revision": 1, "reason": "Off brand"})
    assert (status, answer["card"]["state"], answer["card"]["reason"]) == (200, "rejected", "Off brand")


async def test_snooze_ends_before_the_deadline(house: House) -> None:
    maya = await house.enter()
    now = house.clock.now()
    for until in (None, now + timedelta(hours=1), "tomorrow", "2013-02-04T01:40:00"):
        text = to_text(until) if until is not None and not isinstance(until, str) else until
        assert (await maya.post("api/cards/p1/snooze", {"revision": 1, "until": text}))[0] == 422, until
    until = to_text(now + timedelta(minutes=5))
    status, answer = await maya.post("api/cards/p1/snooze", {"revision": 1, "until": until})
    assert (status, answer["card"]["snoozed_until"]) == (200, until)


async def test_undo_in_the_window_means_nothing_was_posted(house: House) -> None:
    maya = await house.enter()
    await maya.post("api/cards/p1/approve", {"revision": 1})
    assert (await maya.post("api/cards/p1/withdraw", {"revision": 1}))[1]["card"]["state"] == "withdrawn"
    await house.pass_time(60)
    assert house.desk.posted == []


async def test_undo_after_posting_deletes_the_post(house: House) -> None:
    maya = await house.enter()
    await maya.post("api/cards/p1/approve", {"revision": 1})
    await house.pass_time(11)
    status, answer = await maya.post("api/cards/p1/undo", {"revision": 1, "reason": "The mood turned"})
    assert (status, answer["card"]["state"]) == (200, "retracted")


async def test_an_uncertain_post_is_given_up_by_a_person_only(house: House) -> None:
    maya = await house.enter()
    house.desk.loses_answers = True
    await maya.post("api/cards/p1/approve", {"revision": 1})
    await house.pass_time(11)
    assert "not known whether this was posted" in (await maya.get("cards/p1"))[1]
    assert (await maya.post("api/cards/p1/approve", {"revision": 1}))[0] == 409
    assert (await maya.post("api/cards/p1/give_up", {"revision": 1}))[1]["card"]["state"] == "failed"


async def test_after_the_deadline_nothing_can_be_approved(house: House) -> None:
    maya = await house.enter()
    await house.clock.advance(761)
    status, answer = await maya.post("api/cards/p1/approve", {"revision": 1})
    assert status == 409
    assert "too late" in answer["error"]
    await house.desk.tick()
    assert "Expired. Nothing was posted." in (await maya.get("cards/p1"))[1]


async def test_two_people_are_needed_where_it_is_delicate(house: House) -> None:
    house.offer("p2", tier=2, needed=2)
    maya, jonas = await house.enter(), await house.enter("jonas")
    assert (await maya.post("api/cards/p2/approve", {"revision": 1}))[1]["card"]["state"] == "pending"
    assert (await maya.post("api/cards/p2/approve", {"revision": 1}))[0] == 409
    card = (await jonas.get("cards/p2"))[1]
    assert "Maya Okafor said yes; 1 more to go." in card
    assert "Another person has to." in (await maya.get("cards/p2"))[1]
    assert (await jonas.post("api/cards/p2/approve", {"revision": 1}))[1]["card"]["state"] == "approved"


async def test_who_is_not_named_sees_the_card_but_no_button(house: House) -> None:
    house.offer("p3", approvers=("jonas",))
    maya = await house.enter()
    card = (await maya.get("cards/p3"))[1]
    assert "Jonas Weber may approve this." in card
    assert 'data-do="approve"' not in card
    assert (await maya.post("api/cards/p3/approve", {"revision": 1}))[0] == 409


async def test_a_pause_needs_a_reason_and_holds_everything(house: House) -> None:
    maya = await house.enter()
    await maya.post("api/cards/p1/approve", {"revision": 1})
    assert (await maya.post("api/pause", {"reason": " "}))[0] == 422
    assert (await maya.post("api/pause", {"reason": "sponsor call"}))[0] == 200
    await house.pass_time(60)
    assert house.desk.posted == []
    banner = (await maya.get("parts/pause"))[1]
    assert "Maya Okafor" in banner
    assert "sponsor call" in banner
    assert "Held back" in (await maya.get("cards/p1"))[1]
    assert (await maya.post("api/resume", {}))[0] == 200
    assert (await maya.post("api/resume", {}))[0] == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("api/cards/none/approve", {"revision": 1}, 404),
        ("api/cards/p1/post_now", {"revision": 1}, 404),
        ("api/cards/..%2fp1/approve", {"revision": 1}, 404),
        ("api/cards/p1/edit", {"revision": 1, "text": "x" * 10_001}, 422),
        ("api/cards/p1/reject", {"revision": 1, "reason": "x" * 501}, 422),
    ],
)
async def test_what_does_not_exist_or_is_too_long_is_refused(
    house: House, path: str, body: dict[str, Any], status: int
) -> None:
    assert (await (await house.enter()).post(path, body))[0] == status


async def test_cards_are_listed_for_scripts_in_the_order_of_the_desk(house: House) -> None:
    sooner = house.clock.now() + timedelta(seconds=100)
    house.offer("p2", deadline=sooner)
    maya = await house.enter()
    async with maya.http.get(f"{maya.url}api/cards") as response:
        cards = (await response.json())["cards"]
    assert [card["id"] for card in cards] == ["p2", "p1"]
    assert cards[0]["deadline"] == to_text(sooner)
    assert [draft["text"] for draft in cards[0]["drafts"]] == [text for _, text in samples.DRAFTS]


async def test_a_mute_takes_its_cards_back_and_is_listed_until_it_is_ended(house: House) -> None:
    maya = await house.enter()
    until = to_text(house.clock.now() + timedelta(hours=2))
    body = {"term": "superdome", "until": until, "reason": "people are hurt", "brand": "oreo"}
    assert (await maya.post("api/silences", body)) == (200, {"taken_back": 1})
    assert (await maya.get("parts/pause"))[1].count("superdome") == 1
    assert "Taken back by Maya" in (await maya.get("cards/p1"))[1]
    assert await maya.post("api/silences/end", {"key": "Superdome"}) == (200, {"term": "superdome"})
    assert "superdome" not in (await maya.get("parts/pause"))[1]
    assert (await maya.post("api/silences/end", {"key": "superdome"}))[0] == 409
    for wrong in ({"reason": " "}, {"until": "soon"}, {"until": to_text(house.clock.now())}, {"term": "x"}):
        assert (await maya.post("api/silences", body | wrong))[0] in (409, 422), wrong


async def test_who_is_away_has_a_stand_in_and_comes_back(house: House) -> None:
    maya, jonas = await house.enter(), await house.enter("jonas")
    until = to_text(house.clock.now() + timedelta(hours=2))
    assert (await maya.post("api/away", {"until": until, "delegate": "maya"}))[0] == 409
    assert await maya.post("api/away", {"until": until, "delegate": "jonas"}) == (
        200,
        {"until": until, "delegate": "jonas"},
    )
    assert "Jonas Weber decides for Maya" in (await jonas.get("cards/p1"))[1]
    assert 'data-do="back"' in (await maya.get("parts/pause"))[1]
    assert 'data-do="back"' not in (await jonas.get("parts/pause"))[1]
    assert await maya.post("api/back", {}) == (200, {"away": False})
    assert (await maya.post("api/back", {}))[0] == 409
