"""Sisters at every desk: one yes for several accounts or for none, one undo for all, whatever one of them does."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from rich.console import Console

from monitor.clock import FakeClock
from monitor.errors import Refused, Unavailable
from monitor.model import Account, Brand
from monitor.storage import open_database
from responders.approvals import Desk, Order
from responders.approvals.changes import Changes
from responders.approvals.fake import FakeDesk
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from responders.model import Draft, Proposal, Publication, Receipt, State
from responders.outbox import Outbox
from responders.publishers.console import ConsolePublisher
from tests.samples import NOW, a_proposal, an_opportunity

ACCOUNTS = ("bluesky:oreo.example", "mastodon:oreo", "x:oreo")
TEXTS = ("dunk in the dark", "no lights, no problem", "the milk glows by itself")


class Stubborn(ConsolePublisher):
    """Deletes nothing while it is told so."""

    is_away = False

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        if self.is_away:
            raise Unavailable("503 Service Unavailable", sent=True)
        await super().undo(publication, receipt)


@dataclass
class Room:
    """A desk with what stands around it."""

    desk: Desk
    clock: FakeClock
    offer: Callable[[list[Proposal]], Awaitable[None]]
    send: Callable[[], Awaitable[None]]
    keep_posts: Callable[[bool], None]
    """Whether Mastodon deletes nothing."""
    ledger: Ledger | None = None

    async def now(self, proposal: Proposal) -> Proposal:
        card = await self.desk.card(proposal.id)
        assert card is not None
        return card.proposal

    async def states(self, proposals: list[Proposal]) -> list[str]:
        return [(await self.now(one)).state.value for one in proposals]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Room]:
    clock = FakeClock(NOW)
    desk = FakeDesk(clock)

    async def offer(proposals: list[Proposal]) -> None:
        for proposal in proposals:
            desk.offer(an_opportunity("t1"), proposal)

    def keep_posts(is_away: bool) -> None:
        desk.keeps_posts = {ACCOUNTS[1]} if is_away else set()

    yield Room(desk, clock, offer, desk.tick, keep_posts)


@asynccontextmanager
async def on_a_ledger() -> AsyncIterator[Room]:
    clock, ledger = FakeClock(NOW), Ledger(open_database(":memory:"))
    books = Books(ledger)
    accounts = tuple(Account(key, *key.split(":")) for key in ACCOUNTS)
    desk = LedgerDesk(books, clock=clock, brands={"oreo": Brand("oreo", "Oreo", accounts=accounts)}, changes=Changes())
    console, stubborn = (kind(Console(file=io.StringIO()), clock) for kind in (ConsolePublisher, Stubborn))
    desk.outbox = Outbox(books, publishers={"bluesky": console, "x": console, "mastodon": stubborn}, clock=clock)

    async def offer(proposals: list[Proposal]) -> None:
        await books.call(ledger.save_opportunity, an_opportunity("t1"), proposals)

    yield Room(desk, clock, offer, desk.outbox.step, lambda is_away: setattr(stubborn, "is_away", is_away), ledger)
    books.close()
    ledger.close()


@pytest.fixture(params=[in_memory, on_a_ledger], ids=["in memory", "on a ledger"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with request.param() as made:
        yield made


def a_sister(number: int, **changes: object) -> Proposal:
    account, text = ACCOUNTS[number - 1], TEXTS[number - 1]
    drafts = (Draft(account, text, "dark"), Draft(account, f"{text}, again", "calm"))
    named = {"account": account, "opportunity": "o-t1", "trend": "t1", "text": text, "drafts": drafts}
    return a_proposal(number, **(named | changes))


async def sisters(room: Room, **changes: object) -> list[Proposal]:
    made = [a_sister(number, **changes) for number in (1, 2, 3)]
    await room.offer(made)
    return made


def a_yes(proposal: Proposal, person: str = "maya", **more: object) -> Order:
    named = {"text": proposal.text} | more
    return Order(proposal.id, "approve", person, "inbox", proposal.revision, **named)  # type: ignore[arg-type]


def an_undo(proposal: Proposal, reason: str = "") -> Order:
    return Order(proposal.id, "undo", "maya", "inbox", proposal.revision, reason=reason)


async def published(room: Room) -> list[Proposal]:
    made = await sisters(room)
    await room.desk.decide_together([a_yes(one) for one in made])
    await room.clock.advance(11)
    await room.send()
    assert await room.states(made) == ["published"] * 3
    return made


async def test_a_card_knows_its_sisters_by_account(room: Room) -> None:
    first, second, third = await sisters(room)
    card = await room.desk.card(second.id)
    assert card is not None
    assert [one.id for one in card.sisters] == [first.id, third.id]
    cards = {card.proposal.id: [one.id for one in card.sisters] for card in await room.desk.cards()}
    assert cards[first.id] == [second.id, third.id]


async def test_one_yes_for_several_is_a_yes_to_each_text_alone(room: Room) -> None:
    made = await sisters(room)
    after = await room.desk.decide_together([a_yes(made[0], text=made[0].drafts[1].text), a_yes(made[2])])
    assert [one.state for one in after] == [State.APPROVED] * 2
    assert [one.text for one in after] == ["dunk in the dark, again", TEXTS[2]]
    assert [one.approvals[0].digest for one in after] == [one.digest for one in after]
    assert len({one.digest for one in after}) == 2
    assert await room.states(made) == ["approved", "pending", "approved"]
    for one, moves in zip(after, (["edit", "approve"], ["approve"]), strict=True):
        card = await room.desk.card(one.id)
        assert card is not None
        assert [(move.move, move.person) for move in card.history if move.move != "offer"] == [
            (move, "maya") for move in moves
        ]


CHANGED: dict[str, Callable[[Room, Proposal], Awaitable[object]]] = {
    "edited": lambda room, one: room.desk.decide(
        Order(one.id, "edit", "jon", "inbox", one.revision, text="another text by jon")
    ),
    "approved": lambda room, one: room.desk.decide(a_yes(one, "jon")),
    "rejected": lambda room, one: room.desk.decide(
        Order(one.id, "reject", "jon", "inbox", one.revision, reason="not ours")
    ),
}


@pytest.mark.parametrize("what", CHANGED)
@pytest.mark.parametrize("which", [0, 1, 2])
async def test_where_one_changed_meanwhile_nothing_happens_to_any(room: Room, what: str, which: int) -> None:
    made = await sisters(room)
    await CHANGED[what](room, made[which])
    before = [await room.now(one) for one in made]
    with pytest.raises(Refused, match=f"p{which + 1}"):
        await room.desk.decide_together([a_yes(one) for one in made])
    assert [await room.now(one) for one in made] == before


@pytest.mark.parametrize(
    ("changes", "orders", "why"),
    [
        ({}, lambda one, two: [a_yes(one), a_yes(two, "nobody")], "one person"),
        ({}, lambda one, two: [a_yes(one, "eve"), a_yes(two, "eve")], "eve may not decide"),
        ({}, lambda one, two: [a_yes(one), a_yes(one)], "twice"),
        ({}, lambda one, two: [a_yes(one), a_yes(two, text=None)], "which text"),
        ({}, lambda one, two: [a_yes(one), a_yes(two, text="never written by anybody")], "no draft"),
        ({}, lambda one, two: [a_yes(one), an_undo(two)], "only yeses"),
        ({}, lambda one, two: [a_yes(one), a_yes(replace(two, id="p-none"))], "there is no proposal p-none"),
        ({"deadline": NOW + timedelta(seconds=5)}, lambda one, two: [a_yes(one), a_yes(two)], "too late"),
    ],
)
async def test_every_rule_of_a_single_yes_holds_for_all(
    room: Room, changes: dict[str, object], orders: Callable[[Proposal, Proposal], list[Order]], why: str
) -> None:
    made = [a_sister(1), a_sister(2, **changes)]
    await room.offer(made)
    with pytest.raises(Refused, match=why):
        await room.desk.decide_together(orders(*made))
    assert await room.states(made) == ["pending", "pending"]


async def test_a_pause_stops_all(room: Room) -> None:
    made = await sisters(room)
    await room.desk.pause("jon", "news", None)
    with pytest.raises(Refused, match="paused"):
        await room.desk.decide_together([a_yes(one) for one in made])
    assert await room.states(made) == ["pending"] * 3


async def test_tier_2_needs_two_people_for_each(room: Room) -> None:
    made = await sisters(room, tier=2, needed=2)
    await room.desk.decide_together([a_yes(one) for one in made])
    assert await room.states(made) == ["pending"] * 3
    with pytest.raises(Refused, match="already"):
        await room.desk.decide_together([a_yes(one) for one in made])
    await room.desk.decide_together([a_yes(one, "jon") for one in made[:2]])
    assert await room.states(made) == ["approved", "approved", "pending"]


async def test_cards_of_other_opportunities_are_not_agreed_to_together(room: Room) -> None:
    made = [a_sister(1), a_sister(2, brand="tide")]
    await room.offer(made)
    with pytest.raises(Refused, match="does not belong"):
        await room.desk.decide_together([a_yes(one) for one in made])
    assert await room.states(made) == ["pending", "pending"]


async def test_everything_is_undone_from_one_card(room: Room) -> None:
    made = await published(room)
    assert await room.desk.take_back(an_undo(made[1], "wrong day")) == []
    assert await room.states(made) == ["retracted"] * 3


async def test_what_fails_is_said_and_the_others_are_gone(room: Room) -> None:
    made = await published(room)
    room.keep_posts(True)
    [told] = await room.desk.take_back(an_undo(made[0]))
    assert "Mastodon @oreo" in told
    assert "again until it is gone" in told
    assert await room.states(made) == ["retracted", "published", "retracted"]
    room.keep_posts(False)
    await room.desk.take_back(an_undo(made[0]))
    assert await room.states(made) == ["retracted"] * 3


async def test_what_was_not_sent_is_withdrawn_and_says_why(room: Room) -> None:
    made = await sisters(room)
    await room.desk.decide_together([a_yes(one) for one in made[:2]])
    assert await room.desk.take_back(an_undo(made[0])) == []
    assert await room.states(made) == ["withdrawn"] * 3
    assert (await room.now(made[2])).reason == "undo everywhere, asked for on the card p1"


async def test_where_there_is_nothing_to_undo_that_is_said(room: Room) -> None:
    made = await sisters(room)
    for one in made:
        await room.desk.decide(Order(one.id, "reject", "jon", "inbox", one.revision, reason="no"))
    with pytest.raises(Refused, match="nothing to take back"):
        await room.desk.take_back(an_undo(made[0]))


async def test_what_nobody_knows_about_is_told_with_its_place() -> None:
    async with on_a_ledger() as room:
        made, ledger = await sisters(room), room.ledger
        assert ledger is not None
        await room.desk.decide_together([a_yes(one) for one in made])
        await room.clock.advance(11)
        now = room.clock.now()
        for one in made[:2]:
            await asyncio.to_thread(ledger.claim, one.id, now)
        await asyncio.to_thread(ledger.lost, made[1].id, "no answer", now)
        told = await room.desk.take_back(an_undo(made[2]))
        assert [sentence.partition(":")[0] for sentence in told] == ["Bluesky @oreo.example", "Mastodon @oreo"]
        assert "being sent" in told[0]
        assert "nobody knows" in told[1]
        assert await room.states(made) == ["sending", "uncertain", "withdrawn"]


async def test_two_accounts_of_a_network_that_wants_no_repeats_do_not_say_the_same() -> None:
    async with on_a_ledger() as room:
        text = "the same words for both of them"
        made = [
            a_sister(number, account=account, text=text, drafts=(Draft(account, text, "dark"),))
            for number, account in ((1, "x:oreo"), (2, "x:oreo_uk"))
        ]
        await room.offer(made)
        with pytest.raises(Refused, match=r"X @oreo_uk would repeat X @oreo"):
            await room.desk.decide_together([a_yes(one) for one in made])
        assert await room.states(made) == ["pending", "pending"]


async def test_the_wish_of_all_is_one_transaction_and_the_audit_stays_whole() -> None:
    async with on_a_ledger() as room:
        made, ledger = await published(room), room.ledger
        assert ledger is not None
        room.keep_posts(True)
        await room.desk.take_back(an_undo(made[0], "grief"))
        assert [one.id for one in ledger.undo_wanted()] == [made[1].id]
        assert ledger.last_undo(made[1].id).person == "maya"
        room.keep_posts(False)
        await room.clock.advance(120)
        await room.send()
        assert await room.states(made) == ["retracted"] * 3
        assert ledger.verify_audit() == []
