"""One click in Slack for several accounts, and one that takes all of them back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from responders.approvals import Order, samples
from responders.approvals.slack import cards, limits
from responders.approvals.slack.look import Look
from responders.model import Draft
from tests.slack_house import NOW, PAUSE, card, leaves, reader, sister
from tests.slack_office import Office, an_office, until

FIRST, SECOND, TEXT = samples.DRAFTS[0][1], samples.DRAFTS[1][1], "Lights out. <!channel> Milk on."
OREO, MASTO = "bluesky:oreo.example", "mastodon:oreo"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        made.offer("p1")
        made.offer("p2", account=MASTO, text=TEXT, drafts=(Draft(MASTO, TEXT, "dark"),))
        yield made


async def posted(office: Office) -> list[tuple[str, str]]:
    await office.pass_time(11)
    await office.desk.tick()
    return office.desk.posted


async def test_one_click_says_yes_to_both_texts_that_were_shown(office: Office) -> None:
    async with office.running():
        await office.server.click(await office.card(), "bonmot.together", "U01ADA")
        assert await office.worked(1) == ["together by maya"]
        assert await posted(office) == [(OREO, FIRST), (MASTO, TEXT)]
        await until(lambda: any("Your yes is kept for" in str(one) for one in office.server.space.ephemerals))


async def test_where_a_sister_changed_nothing_happens_and_the_person_is_told(office: Office) -> None:
    async with office.running():
        shown = await office.card()
        await office.desk.decide(Order("p2", "edit", "jonas", "inbox", 1, text="What Jonas wrote."))
        await office.server.click(shown, "bonmot.together", "U01ADA")
        [outcome] = await office.worked(1)
        assert "p2 was edited by jonas" in outcome
        assert await posted(office) == []


async def test_one_click_takes_everything_back(office: Office) -> None:
    async with office.running():
        await office.server.click(await office.card(), "bonmot.together", "U01ADA")
        await office.worked(1)
        await posted(office)
        office.desk.keeps_posts = {MASTO}
        await office.pass_time(2)
        await until(lambda: "bonmot.everywhere" in str(office.found("p1")))
        await office.server.click(office.found("p1")[0], "bonmot.everywhere", "U02BEN")
        assert (await office.worked(2))[1] == "take_back by jonas"
        states = {one.proposal.id: one.proposal.state.value for one in await office.desk.cards()}
        assert states == {"p1": "retracted", "p2": "published"}
        await until(
            lambda: any("Not undone everywhere. Mastodon" in str(one) for one in office.server.space.ephemerals)
        )
        await office.pass_time(2)
        await until(lambda: "It still stands on Mastodon" in str(office.found("p1")))


def test_where_not_all_fit_there_is_no_button() -> None:
    many = tuple(sister(f"p-{n}0", f"webhook:site{n}") for n in range(6))
    long = replace(sister(), text="x" * 9000, drafts=(Draft("x", "x" * 9000, "t"),))
    for sisters in (many, (long,)):
        made = cards.message(replace(card(), sisters=sisters), reader())
        assert "bonmot.together" not in str(made)
        assert "they stand on cards of their own" in str(made)
        assert limits.problems(made) == []


@pytest.mark.parametrize("count", [1, 2, 5])
def test_with_long_ids_and_names_a_message_stays_within_the_limits(count: int) -> None:
    sisters = tuple(sister("p" * 90 + str(n), f"mastodon:{'n' * 40}{n}@social.example") for n in range(count))
    made = cards.message(replace(card(), sisters=sisters), reader())
    assert limits.problems(made) == []
    buttons = [leaf for leaf in leaves(made) if leaf.get("action_id") == "bonmot.together"]
    named = [leaf["confirm"]["text"]["text"] for leaf in buttons]
    assert all(f"@{'n' * 40}{n}@social.example" in text for text in named for n in range(count))
    assert len(buttons) == (1 if count <= 2 else 0), "five such names do not fit into the dialog"


def test_a_pause_takes_the_button_away() -> None:
    made = cards.message(replace(card(), sisters=(sister(),)), reader(NOW, PAUSE))
    assert "bonmot.together" not in str(made)
