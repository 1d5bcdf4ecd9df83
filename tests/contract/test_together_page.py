"""The page's doors for several accounts at once, and what a card of them shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from responders.approvals import samples
from responders.model import Draft
from tests.inbox_house import House, open_house

OREO, MASTO, LONG = "bluesky:oreo.example", "mastodon:oreo", "x:oreo"
FIRST, TEXT = samples.DRAFTS[0][1], "Lights out <b>& milk</b> on."


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        opened.offer("p1")
        opened.offer("p2", account=MASTO, text=TEXT, drafts=(Draft(MASTO, TEXT, "dark"),))
        opened.offer("p3", account=LONG, approvers=("priya",))
        yield opened


def body(**changes: Any) -> dict[str, Any]:
    return {"revision": 1, "text": FIRST, "also": [{"id": "p2", "revision": 1, "text": TEXT}]} | changes


async def test_a_card_shows_the_whole_text_of_those_that_the_person_may_agree_to(house: House) -> None:
    maya = await house.enter()
    _, page = await maya.get("cards/p1")
    assert "Also post to:" in page
    assert "Lights out &lt;b&gt;&amp; milk&lt;/b&gt; on." in page
    assert "28 / 490" in page
    assert "Mastodon @oreo" in page
    assert 'value="p3"' not in page, "maya may not say yes there"
    assert 'type="checkbox"' in page
    assert "checked" not in page.partition('class="sisters"')[2].partition("</fieldset>")[0]


async def test_one_yes_goes_to_all_that_were_ticked(house: House) -> None:
    maya = await house.enter()
    status, answer = await maya.post("api/cards/p1/approve", body())
    assert (status, answer["card"]["state"]) == (200, "approved")
    await house.pass_time(11)
    assert house.desk.posted == [(OREO, FIRST), (MASTO, TEXT)]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"also": [{"id": "p2", "revision": 2, "text": TEXT}]}, 409, "revision"),
        ({"also": [{"id": "p2", "revision": 1, "text": "another"}]}, 409, "no draft"),
        ({"also": [{"id": "p3", "revision": 1, "text": FIRST}]}, 409, "may not decide"),
        ({"also": [{"id": "p9", "revision": 1, "text": FIRST}]}, 409, "there is no proposal p9"),
        ({"also": [{"id": "p1", "revision": 1, "text": FIRST}]}, 409, "twice"),
        ({"also": [{"id": "p2", "revision": 1}]}, 422, "text"),
        ({"also": [{"id": "p2", "revision": 1, "text": TEXT}] * 21}, 422, "20"),
        ({"everywhere": True}, 422, "Only an undo"),
    ],
)
async def test_where_one_cannot_be_nothing_happens(
    house: House, changes: dict[str, Any], status: int, said: str
) -> None:
    maya = await house.enter()
    answered, answer = await maya.post("api/cards/p1/approve", body(**changes))
    assert (answered, said in str(answer)) == (status, True), answer
    await house.pass_time(11)
    assert house.desk.posted == []


async def test_only_a_yes_goes_to_several(house: House) -> None:
    maya = await house.enter()
    assert (await maya.post("api/cards/p1/reject", body(reason="no")))[0] == 422


async def test_one_undo_takes_all_back_and_says_what_it_could_not(house: House) -> None:
    maya = await house.enter()
    await maya.post("api/cards/p1/approve", body())
    await house.pass_time(11)
    _, page = await maya.get("cards/p1")
    assert "Delete it everywhere (Bluesky, Mastodon)" in page
    assert "its card, which waits for a yes, is taken back" in page
    house.desk.keeps_posts = {MASTO}
    status, answer = await maya.post("api/cards/p1/undo", {"revision": 1, "everywhere": True, "reason": "grief"})
    assert (status, answer["card"]["state"]) == (200, "retracted")
    assert [said.startswith("Mastodon @oreo") for said in answer["not_undone"]] == [True]
    _, page = await maya.get("cards/p1")
    assert "It still stands on Mastodon @oreo: the network did not delete it yet." in page
    _, page = await maya.get("cards/p2")
    assert "Maya Okafor asked to delete it from Mastodon @oreo, and it is not known to be gone yet." in page
    house.desk.keeps_posts = set()
    assert (await maya.post("api/cards/p2/undo", {"revision": 1, "everywhere": True}))[1]["not_undone"] == []
    _, page = await maya.get("cards/p1")
    assert "still stands" not in page
    assert "everywhere-ask" not in page


async def test_a_card_alone_says_nothing_of_others() -> None:
    async with open_house() as house:
        house.offer("p1")
        maya = await house.enter()
        _, page = await maya.get("cards/p1")
        assert "Also post to" not in page
        await maya.post("api/cards/p1/approve", {"revision": 1, "text": FIRST})
        await house.pass_time(11)
        assert "everywhere" not in (await maya.get("cards/p1"))[1]


async def test_what_a_sister_becomes_changes_the_card(house: House) -> None:
    maya = await house.enter()
    _, before = await maya.get("cards/p1")
    await maya.post("api/cards/p2/reject", {"revision": 1, "reason": "not there"})
    _, after = await maya.get("cards/p1")
    version = 'data-version="'
    assert before.partition(version)[2][:16] != after.partition(version)[2][:16]
    assert "Also post to" not in after
