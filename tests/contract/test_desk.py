"""One suite over every desk: the running bot's on a ledger, and the one in memory that channels are built against."""

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
from monitor.errors import Refused
from monitor.model import Account, Brand, Opportunity
from monitor.pipeline import Judgement
from monitor.storage import open_database
from responders.approvals import Desk, Judged, Order
from responders.approvals.changes import REFRESH, WAITING_CHANGES, Changes
from responders.approvals.fake import FakeDesk
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from responders.model import Proposal, State
from responders.outbox import Outbox
from responders.publishers.console import ConsolePublisher
from tests.samples import NOW, a_proposal, an_opportunity


@dataclass
class Room:
    """A desk with what stands around it: `offer` puts a card on it, `send` does what is due."""

    desk: Desk
    clock: FakeClock
    offer: Callable[[Opportunity, Proposal], Awaitable[None]]
    send: Callable[[], Awaitable[None]]
    close: Callable[[], None]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Room]:
    clock = FakeClock(NOW)
    desk = FakeDesk(clock)

    async def offer(opportunity: Opportunity, proposal: Proposal) -> None:
        desk.offer(opportunity, proposal)

    yield Room(desk, clock, offer, desk.tick, desk.close)


@asynccontextmanager
async def on_a_ledger() -> AsyncIterator[Room]:
    clock, changes = FakeClock(NOW), Changes()
    loop = asyncio.get_running_loop()
    ledger = Ledger(open_database(":memory:"), on_move=lambda what: loop.call_soon_threadsafe(changes.tell, what))
    books = Books(ledger)
    brand = Brand("oreo", "Oreo", accounts=(Account("bluesky:oreo.example", "bluesky", "oreo.example"),))
    desk = LedgerDesk(books, clock=clock, brands={"oreo": brand}, changes=changes)
    publisher = ConsolePublisher(Console(file=io.StringIO()), clock)
    desk.outbox = Outbox(books, publishers={"bluesky": publisher}, clock=clock)

    async def offer(opportunity: Opportunity, proposal: Proposal) -> None:
        await books.call(ledger.save_opportunity, opportunity, [proposal])

    yield Room(desk, clock, offer, desk.outbox.step, changes.close)
    books.close()
    ledger.close()


@pytest.fixture(params=[in_memory, on_a_ledger], ids=["in memory", "on a ledger"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with request.param() as made:
        yield made


def order(proposal: Proposal, act: str, person: str = "maya", **more: object) -> Order:
    return Order(proposal.id, act, person, "inbox", proposal.revision, **more)  # type: ignore[arg-type]


async def a_card(room: Room, number: int = 1, **changes: object) -> Proposal:
    opportunity = an_opportunity(f"t{number}")
    proposal = a_proposal(number, opportunity=opportunity.id, trend=f"t{number}", **changes)
    await room.offer(opportunity, proposal)
    return proposal


async def test_a_card_shows_its_proposal_its_opportunity_and_its_history(room: Room) -> None:
    proposal = await a_card(room)
    card = await room.desk.card(proposal.id)
    assert card is not None
    assert card.proposal.text == proposal.text
    assert card.opportunity.trend.name == an_opportunity("t1").trend.name
    await room.desk.decide(order(proposal, "reject", reason="not ours"))
    card = await room.desk.card(proposal.id)
    assert card is not None
    assert card.history[-1].move == "reject"
    assert card.history[-1].person == "maya"


async def test_an_unknown_card_is_none_and_an_order_for_it_refused(room: Room) -> None:
    assert await room.desk.card("p-nobody") is None
    with pytest.raises(Refused, match="p-nobody"):
        await room.desk.decide(order(replace(a_proposal(), id="p-nobody"), "approve"))


async def test_open_cards_come_first_the_nearest_deadline_on_top(room: Room) -> None:
    done = await a_card(room, 1)
    late = await a_card(room, 2)
    soon = await a_card(room, 3, deadline=late.deadline - timedelta(minutes=5))
    await room.desk.decide(order(done, "reject", reason="no"))
    shown = [card.proposal.id for card in await room.desk.cards()]
    assert shown == [soon.id, late.id, done.id]


async def test_the_second_click_is_told_who_won(room: Room) -> None:
    proposal = await a_card(room)
    await room.desk.decide(order(proposal, "approve", "maya"))
    with pytest.raises(Refused, match="maya"):
        await room.desk.decide(order(proposal, "approve", "jon"))


async def test_a_yes_is_posted_after_the_undo_window_and_undone_on_wish(room: Room) -> None:
    proposal = await a_card(room)
    approved = await room.desk.decide(order(proposal, "approve"))
    await room.send()
    assert (await _state(room, proposal)) is State.APPROVED
    await room.clock.advance(approved.undo_secs + 1)
    await room.send()
    assert (await _state(room, proposal)) is State.PUBLISHED
    published = await room.desk.card(proposal.id)
    assert published is not None
    await room.desk.decide(order(published.proposal, "undo", reason="wrong mood"))
    assert (await _state(room, proposal)) is State.RETRACTED


async def test_a_text_with_problems_is_neither_saved_nor_approved(room: Room) -> None:
    proposal = await a_card(room)
    with pytest.raises(Refused):
        await room.desk.decide(order(proposal, "edit", text="x" * 400))
    card = await room.desk.card(proposal.id)
    assert card is not None
    assert card.proposal.revision == proposal.revision


async def test_a_text_is_no_copy_of_itself(room: Room) -> None:
    proposal = await a_card(room)
    await room.desk.decide(order(proposal, "approve"))
    assert await room.desk.problems(proposal, proposal.text) == []


async def test_a_pause_is_told_and_ends_once(room: Room) -> None:
    assert await room.desk.paused() is None
    await room.desk.pause("jon", "news is breaking", None)
    pause = await room.desk.paused()
    assert pause is not None
    assert (pause.person, pause.why) == ("jon", "news is breaking")
    await room.desk.resume("maya", "it was nothing")
    with pytest.raises(Refused):
        await room.desk.resume("maya", "again")


async def test_who_looks_on_is_told_what_changed_until_the_desk_closes(room: Room) -> None:
    told: list[str] = []

    async def look() -> None:
        async for what in room.desk.changes():
            told.append(what)  # noqa: PERF401 - the iterator ends with the desk, a comprehension would hide that

    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        await asyncio.sleep(0)
        proposal = await a_card(room)
        await room.desk.decide(order(proposal, "reject", reason="no"))
        await room.desk.pause("jon", "news", None)
        await asyncio.sleep(0)
        room.close()
    assert told[0] == proposal.id
    assert told[-1] == "pause"


async def test_a_reader_that_falls_behind_is_told_to_refresh() -> None:
    changes = Changes()
    reader = changes.read()
    first = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    for number in range(WAITING_CHANGES + 5):
        changes.tell(f"p{number}")
    changes.close()
    told = [await first, *[what async for what in reader]]
    assert REFRESH in told
    assert len(told) < WAITING_CHANGES


async def test_silences_are_kept_newest_first_and_leave_when_they_become_a_card() -> None:
    async with on_a_ledger() as room:
        desk = room.desk
        assert isinstance(desk, LedgerDesk)
        assert await desk.judged() == []
        offered = an_opportunity("t1")
        for key in ("t1", "t2"):
            trend = an_opportunity(key).trend
            desk.note(Judgement(trend, (offered.score,), (), NOW, is_first=True))
        found: list[Judged] = await desk.judged()
        assert [judged.trend.id for judged in found] == ["t2", "t1"]
        desk.forget("t1")
        assert [judged.trend.id for judged in await desk.judged()] == ["t2"]


async def _state(room: Room, proposal: Proposal) -> State:
    card = await room.desk.card(proposal.id)
    assert card is not None
    return card.proposal.state
