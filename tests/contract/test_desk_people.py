"""Who may decide, at every desk; and what only the real one has: settings that changed, steps that come in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.aside import Here
from monitor.clock import FakeClock
from monitor.errors import Refused
from monitor.model import Verdict
from monitor.pipeline import Judgement
from monitor.settings import Settings
from responders import escalating
from responders.approvals import Order
from responders.bot import office
from responders.house import Office
from responders.intake import Intake
from responders.lifecycle import NotAllowed
from responders.loading import load_settings
from responders.model import Proposal, Silence, State
from responders.muting import muted
from responders.permits import rule_of
from tests.contract.test_desk import Room, in_memory, on_a_ledger
from tests.golden.test_config_mistakes import CASES
from tests.samples import NOW, a_proposal, a_trend, an_opportunity

HOUR = timedelta(hours=1)


@pytest.fixture(params=[in_memory, on_a_ledger], ids=["in memory", "on a ledger"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with request.param() as made:
        yield made


async def test_a_silence_takes_cards_back_and_is_known_until_it_ends(room: Room) -> None:
    await room.offer(an_opportunity(), a_proposal(account="bluesky:oreo.example"))
    until = NOW + HOUR
    assert await room.desk.silence("Blackout", "ines", "people are hurt", until=until, brand=None, via="inbox") == 1
    card = await room.desk.card("p1")
    assert card is not None
    assert (card.proposal.state, card.proposal.moved_by) == (State.WITHDRAWN, "ines")
    [silence] = (await room.desk.rota()).silences
    assert (silence.term, silence.person, silence.until) == ("Blackout", "ines", until)
    await room.clock.advance(3600)
    assert (await room.desk.rota()).silences == ()
    with pytest.raises(Refused):
        await room.desk.unsilence("blackout", "ines", "", via="inbox")
    with pytest.raises(Refused, match="30 days"):
        await room.desk.silence("ab", "ines", "so", until=NOW + timedelta(days=40), brand=None, via="inbox")


async def test_an_absence_is_known_until_it_ends(room: Room) -> None:
    await room.desk.go_away("maya", "jon", "at sea", until=NOW + HOUR, via="cli")
    [away] = (await room.desk.rota()).away
    assert (away.person, away.delegate, away.set_by) == ("maya", "jon", "maya")
    await room.clock.advance(3600)
    assert (await room.desk.rota()).away == ()
    with pytest.raises(Refused, match="maya is not away"):
        await room.desk.come_back("maya", via="cli")


async def test_who_may_not_is_refused_at_every_desk(room: Room) -> None:
    await room.offer(an_opportunity(), a_proposal(account="bluesky:oreo.example"))
    with pytest.raises(NotAllowed, match="eve may not decide"):
        await room.desk.decide(Order("p1", "approve", "eve", "inbox", 1))


# --- the running bot's desk, by its settings --------------------------------------------------------------------------


def settings_of(folder: Path, *, away: dict[str, Any] | None = None, **approval: Any) -> Settings:
    """The base settings with another block of approval; maya may be away."""
    config = folder / "config"
    for name in ("brands", "templates"):
        (config / name).mkdir(parents=True, exist_ok=True)
    base = CASES / "base"
    bot = yaml.safe_load((base / "bot.yaml").read_text())
    bot["people"] |= {"ines": {"title": "Ines"}, "maya": {"title": "Maya"} | ({"away": away} if away else {})}
    brand = yaml.safe_load((base / "brands" / "oreo.yaml").read_text())
    brand["approval"] = {"approvers": ["maya", "jon"]} | approval
    (config / "bot.yaml").write_text(yaml.safe_dump(bot))
    (config / "brands" / "oreo.yaml").write_text(yaml.safe_dump(brand))
    for path in (base / "templates").glob("*.yaml"):
        (config / "templates" / path.name).write_text(path.read_text())
    return load_settings(config, {})


async def offered(rooms: Office, **changes: Any) -> Proposal:
    proposal = a_proposal(account="console:oreo", **changes)
    [kept] = await rooms.books.call(rooms.books.ledger.save_opportunity, an_opportunity(), [proposal])
    return kept


def yes(person: str) -> Order:
    return Order("p1", "approve", person, "inbox", 1)


async def test_an_approver_no_more_decides_nothing_and_it_is_kept(tmp_path: Path) -> None:
    before = settings_of(tmp_path)
    async with office(before, clock=FakeClock(NOW), think=Here()) as rooms:
        await offered(rooms, approvers=("maya", "jon"))
        rooms.permits.take(
            settings_of(tmp_path, approvers=["jon"], needed={"tier2": 2}, tiers={"tier2": ["jon", "ines"]})
        )
        with pytest.raises(NotAllowed, match="maya may not decide on p1 any more"):
            await rooms.desk.decide(yes("maya"))
        [deed] = await rooms.books.call(rooms.books.ledger.deeds)
        assert (deed.act, deed.person, deed.about, deed.via) == ("refused", "maya", "approve p1", "inbox")
        assert (await rooms.desk.decide(yes("jon"))).state is State.APPROVED


async def test_an_absence_of_the_settings_counts_until_its_end(tmp_path: Path) -> None:
    away = {"until": "2026-11-22T21:40+01:00", "delegate": "ines"}
    clock = FakeClock(NOW - timedelta(minutes=1))
    async with office(settings_of(tmp_path, away=away), clock=clock, think=Here()) as rooms:
        await offered(rooms, approvers=("maya",), needed=2)
        once = await rooms.desk.decide(yes("ines"))
        assert [(a.person, a.seat) for a in once.approvals] == [("ines", "maya")]
        assert [one.person for one in (await rooms.desk.rota()).away] == ["maya"]
        await clock.advance(60)
        assert (await rooms.desk.rota()).away == ()
        with pytest.raises(NotAllowed):
            await rooms.desk.decide(replace(yes("ines"), act="reject", reason="no"))


async def test_a_step_comes_by_the_clock_and_after_it_the_next_may(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    settings = settings_of(tmp_path, escalation=[{"after_mins": 3, "to": ["ines"]}])
    async with office(settings, clock=clock, think=Here()) as rooms:
        await offered(rooms, approvers=("maya", "jon"))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(escalating.run(rooms, stop), name="escalation")
            with pytest.raises(NotAllowed):
                await rooms.desk.decide(yes("ines"))
            for _ in range(37):
                await clock.advance(5)
                await rooms.books.call(rooms.books.ledger.counts)
            stop.set()
        card = await rooms.desk.card("p1")
        assert card is not None
        assert card.proposal.approvers == ("maya", "jon", "ines")
        assert (await rooms.desk.decide(yes("ines"))).state is State.APPROVED


async def test_a_brand_that_is_gone_lets_nobody_say_no_either(tmp_path: Path) -> None:
    async with office(settings_of(tmp_path), clock=FakeClock(NOW), think=Here()) as rooms:
        await offered(rooms, approvers=("maya", "jon"))
        del rooms.permits.rules["oreo"]
        with pytest.raises(NotAllowed):
            await rooms.desk.decide(replace(yes("maya"), act="reject", reason="no"))


async def test_a_silence_for_a_brand_that_nobody_has_is_refused(tmp_path: Path) -> None:
    async with office(settings_of(tmp_path), clock=FakeClock(NOW), think=Here()) as rooms:
        with pytest.raises(Refused, match="there is no brand 'orea'; known: oreo"):
            await rooms.desk.silence("ab", "maya", "so", until=NOW + HOUR, brand="orea", via="cli")


def test_tiers_have_their_own_people_and_steps_their_tiers(tmp_path: Path) -> None:
    steps = [{"after_mins": 3, "to": ["ines"], "tiers": ["tier2"]}, {"after_mins": 2.0, "to": ["jon"]}]
    settings = settings_of(tmp_path, tiers={"tier2": ["ines", "maya"]}, escalation=steps)
    rule = rule_of(settings.brands["oreo"].approval)
    assert dict(rule.approvers) == {0: ("maya", "jon"), 1: ("maya", "jon"), 2: ("ines", "maya")}
    assert [step.after_secs for step in rule.chain(2)] == [180.0, 120.0]
    assert [step.to for step in rule.chain(1)] == [("jon",)]


# --- a silence before there is any card -------------------------------------------------------------------------------


def a_judgement() -> Judgement:
    opportunity = an_opportunity()
    return Judgement(a_trend(), (opportunity.score,), (opportunity,), NOW, True)


async def test_what_is_silenced_makes_no_card_and_says_who_wanted_it_so(tmp_path: Path) -> None:
    async with office(settings_of(tmp_path), clock=FakeClock(NOW), think=Here()) as rooms:
        back: list[Any] = []
        intake = Intake(rooms.settings, rooms.brands, rooms.books, rooms.desk, rooms.clock, give_back=back.append)
        await rooms.desk.silence("blackout", "ines", "people are hurt", until=NOW + HOUR, brand="oreo", via="slack")
        for _ in range(2):  # and so it stays when it is judged again
            await intake.receive(a_judgement(), False)
        assert await rooms.desk.cards() == []
        assert len(back) == 2
        [told] = await rooms.desk.judged()
        assert told.scores[0].verdict is Verdict.IGNORE
        said = "silenced by ines until 22 Nov 21:40 UTC: 'blackout', people are hurt"
        assert told.scores[0].why == said


async def test_a_silence_that_comes_while_drafts_are_written_makes_no_card(tmp_path: Path) -> None:
    async with office(settings_of(tmp_path), clock=FakeClock(NOW), think=Here()) as rooms:
        intake = Intake(rooms.settings, rooms.brands, rooms.books, rooms.desk, rooms.clock, give_back=lambda _: None)
        await rooms.desk.silence("blackout", "ines", "hurt", until=NOW + HOUR, brand=None, via="slack")
        became = await intake._save(an_opportunity(), NOW, NOW)
        assert (became.value, await rooms.desk.cards()) == ("nothing", [])


def test_what_is_blocked_stays_blocked_under_a_silence() -> None:
    judgement = a_judgement()
    blocked = replace(judgement.scores[0], verdict=Verdict.BLOCK, why="people died")
    silence = Silence("s1", None, "blackout", "ines", "so", NOW, NOW + HOUR)
    after, gone = muted(replace(judgement, scores=(blocked,), opportunities=()), [silence], NOW)
    assert (after.scores, gone, after.blocked) == ((blocked,), (), frozenset({"oreo"}))
    assert muted(judgement, [], NOW) == (judgement, ())
