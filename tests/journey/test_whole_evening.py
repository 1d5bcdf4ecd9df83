"""The whole bot on a fake clock: the scripted evening comes in, people decide, the sandbox shows what went out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.aside import Here
from monitor.clock import FakeClock
from monitor.errors import Refused
from monitor.model import Verdict
from monitor.signals.context import Context, Tragedy
from responders.approvals import Act, Card, Order
from responders.demo.stage import Stage, set_up
from responders.model import Proposal, State

NIGHT = datetime(2013, 2, 4, 1, 50, tzinfo=UTC)


@dataclass
class Evening:
    """A running bot, and the hands of the people in front of it."""

    stage: Stage
    clock: FakeClock

    async def card(self, brand: str = "oreo") -> Card:
        """The brand's first card, waited for."""
        found: list[Card] = []

        async def look() -> bool:
            found[:] = [card for card in await self.stage.house.office.desk.cards() if card.proposal.brand == brand]
            return bool(found)

        await self.until(look, step_secs=0.0)
        return found[0]

    async def order(self, proposal: Proposal, act: Act, person: str = "maya", **more: object) -> Proposal:
        order = Order(proposal.id, act, person, "inbox", proposal.revision, **more)  # type: ignore[arg-type]
        return await self.stage.house.office.desk.decide(order)

    async def reaches(self, proposal: Proposal, state: State) -> Proposal:
        """Let time pass until the proposal is there."""

        async def look() -> bool:
            return (await self.now(proposal)).state is state

        await self.until(look, step_secs=0.2)
        return await self.now(proposal)

    async def now(self, proposal: Proposal) -> Proposal:
        card = await self.stage.house.office.desk.card(proposal.id)
        assert card is not None
        return card.proposal

    async def until(self, look: Callable[[], object], *, step_secs: float) -> None:
        for _ in range(4000):
            if await look():  # type: ignore[misc]
                return
            await self.clock.advance(step_secs)
            await asyncio.sleep(0.001)  # sockets and the ledger's thread live in real time
        raise AssertionError("it never happened")

    @property
    def posted(self) -> list[str]:
        return [post.text for post in self.stage.sandbox.posts]


@asynccontextmanager
async def an_evening(folder: Path, *, hold_hours: float = 0.0) -> AsyncIterator[Evening]:
    clock = FakeClock(NIGHT)
    stop = asyncio.Event()
    async with (
        set_up(folder, clock=clock, run_id="run", speed=None, hold_hours=hold_hours, think=Here()) as stage,
        asyncio.TaskGroup() as group,
    ):
        running = group.create_task(stage.house.run(stop), name="house")
        try:
            yield Evening(stage, clock)
        finally:
            stop.set()
            while not running.done():
                await clock.advance(0.2)
                await asyncio.sleep(0.001)


@pytest.fixture
async def evening(tmp_path: Path) -> AsyncIterator[Evening]:
    async with an_evening(tmp_path) as running:
        yield running


async def test_one_yes_posts_exactly_that_text_once_and_undo_takes_it_back(evening: Evening) -> None:
    card = await evening.card()
    other = card.proposal.drafts[1].text
    approved = await evening.order(card.proposal, "approve", text=other)
    assert approved.state is State.APPROVED
    assert evening.posted == [], "nothing leaves while it can still be taken back"
    published = await evening.reaches(approved, State.PUBLISHED)
    assert evening.posted == [other]
    await evening.order(published, "undo", reason="wrong mood")
    await evening.reaches(published, State.RETRACTED)
    assert evening.posted == []
    moves = [move.move for move in (await evening.card()).history]
    assert moves == ["offer", "edit", "approve", "claim", "accepted", "undo", "undo"]
    books = evening.stage.house.office.books
    assert await books.call(books.ledger.verify_audit) == []


async def test_the_picture_on_the_card_is_posted_whatever_becomes_of_its_file(evening: Evening) -> None:
    card = await evening.card()
    draft = next(draft for draft in card.proposal.drafts if draft.media)
    [picture] = draft.media
    approved = await evening.order(card.proposal, "approve", text=draft.text)
    assets = evening.stage.house.settings.root / "assets"
    (assets / "dark.png").write_bytes((assets / "dark.png").read_bytes()[:-1])
    await evening.reaches(approved, State.PUBLISHED)
    [post] = evening.stage.sandbox.posts
    [image] = post.value["embed"]["images"]
    [blob] = evening.stage.sandbox.network.blobs.values()
    assert hashlib.sha256(blob.data).hexdigest() == picture.sha256
    assert (post.text, image["alt"]) == (draft.text, picture.alt)
    assert image["aspectRatio"] == {"width": 1200, "height": 675}


async def test_taken_back_within_the_undo_window_nothing_is_posted(evening: Evening) -> None:
    card = await evening.card()
    approved = await evening.order(card.proposal, "approve")
    withdrawn = await evening.order(approved, "undo")
    assert withdrawn.state is State.WITHDRAWN
    await evening.clock.advance(60)
    assert evening.posted == []


async def test_nobodys_silence_approves_anything(evening: Evening) -> None:
    card = await evening.card()
    await evening.clock.advance(card.proposal.deadline.timestamp() - evening.clock.now().timestamp())
    await evening.reaches(card.proposal, State.EXPIRED)
    with pytest.raises(Refused):
        await evening.order(card.proposal, "approve")
    assert evening.posted == []


async def test_a_pause_holds_what_was_approved_until_it_ends(evening: Evening) -> None:
    desk = evening.stage.house.office.desk
    card = await evening.card()
    approved = await evening.order(card.proposal, "approve")
    await desk.pause("jon", "news is breaking", None)
    for _ in range(30):
        await evening.clock.advance(1.0)
    assert (await evening.now(approved)).state is State.APPROVED
    assert evening.posted == []
    await desk.resume("jon", "all is well")
    await evening.reaches(approved, State.PUBLISHED)
    assert evening.posted == [approved.text]


async def test_what_turns_grave_after_the_yes_is_withdrawn_before_it_leaves(evening: Evening) -> None:
    card = await evening.card()
    approved = await evening.order(card.proposal, "approve")
    grave = Tragedy("news", frozenset(card.opportunity.trend.terms), evening.clock.now())
    evening.stage.house.office.pipeline.context = Context(tragedies=(grave,))
    withdrawn = await evening.reaches(approved, State.WITHDRAWN)
    assert withdrawn.moved_by == "guard"
    assert evening.posted == []


async def test_the_tragedy_is_blocked_and_the_loud_song_ignored_for_everybody(evening: Evening) -> None:
    await evening.stage.house.watch.is_finished.wait()
    judged = await evening.stage.house.office.desk.judged()
    verdicts = {j.trend.name: {score.verdict for score in j.scores} for j in judged}
    assert {Verdict.BLOCK} in verdicts.values()
    assert {Verdict.IGNORE} in verdicts.values()
    assert not any(Verdict.OFFER in found for found in verdicts.values()), "a card's trend is not among the silences"
