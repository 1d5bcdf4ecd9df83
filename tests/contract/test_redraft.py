"""Other drafts, because a person wishes: beside those there are, through every check, with a name in the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from monitor.clock import FakeClock
from monitor.errors import Refused
from monitor.model import Brand, Opportunity
from monitor.settings import Settings, TemplateSettings
from monitor.storage import open_database
from responders.approvals import Order, samples
from responders.approvals.aides import Wished
from responders.approvals.changes import Changes
from responders.desk import Books, LedgerDesk
from responders.drafting.writer import Writer, Written
from responders.ledger import Ledger
from responders.lifecycle import MOST_DRAFTS, yeses
from responders.loading import load_settings, starter_dir
from responders.model import Draft, Proposal
from responders.redraft import LiveRedraft

NOW = samples.START
ACCOUNT = "bluesky:oreo.example"
SETTINGS = load_settings(starter_dir(), {})


class Model(Writer):
    """A model that says what it is told to."""

    def __init__(self, *texts: str, why: str = "") -> None:
        self.texts, self.why, self.wishes = texts, why, list[str]()

    @property
    def model(self) -> str:
        return "small"

    async def write(self, opportunity: Opportunity, brand: Brand, until: datetime, *, wish: str = "") -> Written:
        self.wishes.append(wish)
        assert until <= opportunity.deadline
        return Written(self.texts, self.why)


@dataclass
class Room:
    """A ledger with one open card, and who writes other drafts for it."""

    ledger: Ledger
    redraft: LiveRedraft
    clock: FakeClock

    @property
    def card(self) -> Proposal:
        found = self.ledger.proposal("p-1")
        assert found is not None
        return found

    async def wish(self, words: str = "", person: str = "maya") -> tuple[tuple[int, ...], str]:
        await self.clock.advance(1.0)
        done = await self.redraft.add(Wished("p-1", person, "slack", words, self.clock.now()))
        return done.numbers, done.why


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    clock, ledger = FakeClock(NOW), Ledger(open_database(":memory:"))
    books = Books(ledger)
    brands = {brand.name: brand for brand in SETTINGS.domain_brands()}
    desk = LedgerDesk(books, clock=clock, brands=brands, changes=Changes())
    yield Room(ledger, LiveRedraft(lambda: SETTINGS, brands, books, desk, clock), clock)
    books.close()
    ledger.close()


TEXTS = (
    "Twist off the lights.",
    "Milk has never been afraid of the dark.",
    "We were made for a night like this one.",
    "Nobody needs a lamp to find a cookie.",
    "The jar is where it always was.",
)


def with_templates(*texts: str) -> Settings:
    """The starter settings with these templates for the brand and no other."""
    made = [TemplateSettings(name=f"t-{n}", text=text) for n, text in enumerate(texts)]
    file = SETTINGS.templates["oreo"].model_copy(update={"templates": made})
    return SETTINGS.model_copy(update={"templates": {**SETTINGS.templates, "oreo": file}})


def put(room: Room, *texts: str, **changes: object) -> None:
    offered = samples.opportunity()
    drafts = tuple(Draft(ACCOUNT, text, f"t{n}") for n, text in enumerate(texts))
    made = samples.proposal("p-1", offered, account=ACCOUNT, drafts=drafts, text=texts[0], **changes)
    room.ledger.save_opportunity(offered, [made])


async def test_the_templates_that_are_left_are_offered_where_no_model_is(room: Room) -> None:
    put(room, "A first text that stands there.")
    room.redraft.settings = lambda: with_templates(*TEXTS)
    numbers, why = await room.wish("drier")
    assert numbers == (2, 3, 4)
    assert "no language model is configured" in why
    card = room.card
    assert card.drafts[0].text == card.text == "A first text that stands there."
    assert card.revision == 1
    assert all(draft.template != "model" for draft in card.drafts)
    last = room.ledger.history("p-1")[-1]
    assert (last.move, last.person, last.via, last.revision) == ("add", "maya", "slack", 1)
    assert last.why == "3 more, wished for: drier"
    assert room.ledger.verify_audit() == []


async def test_no_template_comes_twice_and_then_it_is_said_why(room: Room) -> None:
    put(room, "A first text that stands there.")
    room.redraft.settings = lambda: with_templates(*TEXTS)
    seen: set[str] = set()
    for _ in range(3):
        numbers, why = await room.wish()
        texts = {room.card.drafts[number - 1].text for number in numbers}
        assert not texts & seen
        seen |= texts
    assert numbers == ()
    assert len(seen) == len(TEXTS)
    assert "template" in why
    assert len({draft.text for draft in room.card.drafts}) == len(room.card.drafts) <= MOST_DRAFTS


async def test_a_models_drafts_pass_every_check_or_are_left_out(room: Room) -> None:
    put(room, "A first text that stands there.")
    good = "The lights are out, so dunk your cookie in the dark."
    room.redraft.writer = model = Model(good, "Dunk in the dark, @somebody", "dunk " * 70)
    numbers, _ = await room.wish("about the milk")
    assert model.wishes == ["about the milk"]
    texts = [room.card.drafts[number - 1] for number in numbers]
    assert good in [draft.text for draft in texts if draft.model == "small"]
    assert not any("@somebody" in draft.text or len(draft.text) > 300 for draft in room.card.drafts)


async def test_nothing_that_passes_is_told_with_its_reason(room: Room) -> None:
    put(room, "A first text that stands there.")
    room.redraft.settings = with_templates
    room.redraft.writer = Model("Dunk in the dark, @somebody")
    numbers, why = await room.wish("call somebody")
    assert numbers == ()
    assert "mentions @somebody" in why
    room.redraft.writer = Model(why="the 0.5 USD of this day are spent")
    assert (await room.wish())[1] == "no model: the 0.5 USD of this day are spent"
    assert len(room.card.drafts) == 1
    assert [move.move for move in room.ledger.history("p-1")] == ["offer"]


async def test_a_yes_to_the_present_text_stands(room: Room) -> None:
    put(room, "A first text that stands there.", tier=2, needed=2)
    order = Order("p-1", "approve", "maya", "slack", 1)
    room.ledger.decide(order, NOW)
    assert len(yeses(room.card)) == 1
    await room.wish(person="jonas")
    assert [yes.person for yes in yeses(room.card)] == ["maya"]
    assert (room.card.tier, room.card.needed, room.card.revision) == (2, 2, 1)


async def test_words_that_nobody_agreed_to_take_a_card_out_of_tier_0(room: Room) -> None:
    put(room, "A first text that stands there.", tier=0, needed=1)
    room.redraft.writer = Model("The lights are out, so dunk your cookie in the dark.")
    await room.wish()
    assert room.card.tier == 1


async def test_a_card_that_is_over_or_full_takes_none(room: Room) -> None:
    put(room, *(f"Text number {n} of the many that stand here" for n in range(MOST_DRAFTS)))
    with pytest.raises(Refused, match="has 10 drafts already"):
        await room.wish()
    room.ledger.decide(Order("p-1", "reject", "maya", "slack", 1, reason="no"), NOW)
    with pytest.raises(Refused, match="already rejected"):
        await room.wish()


async def test_a_wish_that_a_crash_cut_is_not_granted_twice(room: Room) -> None:
    put(room, "A first text that stands there.")
    wished = Wished("p-1", "maya", "slack", "", NOW)
    await room.redraft.add(wished)
    before = room.card
    with pytest.raises(Refused, match="done already"):
        await room.redraft.add(wished)
    assert room.card == before


async def test_a_late_wish_is_refused(room: Room) -> None:
    put(room, "A first text that stands there.")
    await room.clock.advance(timedelta(hours=3).total_seconds())
    with pytest.raises(Refused, match="too late"):
        await room.wish()


def test_a_draft_of_another_account_is_never_added(room: Room) -> None:
    put(room, "A first text that stands there.")
    foreign = Draft("x:tide", "Buy soap in the dark.", "t")
    with pytest.raises(Refused, match="no other draft"):
        room.ledger.add_drafts("p-1", [foreign], person="maya", via="slack", why="", tier=1, needed=1, now=NOW)
    again = replace(room.card.drafts[0], template="t9")
    with pytest.raises(Refused, match="no other draft"):
        room.ledger.add_drafts("p-1", [again], person="maya", via="slack", why="", tier=1, needed=1, now=NOW)
