"""The outbox between a ledger and publishers that behave as badly as they may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, Refused, Unavailable
from monitor.storage import open_database
from responders.approvals import Order
from responders.ledger import Ledger
from responders.model import Proposal, Publication, Receipt, Silence, State
from responders.outbox import Outbox
from tests.ledger_moves import only_keep
from tests.samples import ACCOUNT, NOW, a_proposal, an_opportunity


class DirectBooks:
    """The ledger without a thread of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return act(*args, **kwargs)


class Scripted:
    """A publisher that does what it is told: `answers` holds what each `publish` raises, None for fine."""

    platform = "bluesky"
    settle_secs = 10.0
    is_harmless = True

    def __init__(self, *answers: Exception | None, delivered: bool = True, can_find: bool = True) -> None:
        self.answers = list(answers)
        self.delivered = delivered
        self.can_find = can_find
        self.is_away = False
        self.sent: list[Publication] = []
        self.standing: dict[str, Receipt] = {}
        self.gate: asyncio.Event | None = None

    async def publish(self, publication: Publication) -> Receipt:
        self.sent.append(publication)
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or self.delivered:
            self.standing[publication.mark] = Receipt(f"id {publication.mark}", None, NOW)
        if answer is not None:
            raise answer
        return self.standing[publication.mark]

    async def find(self, publication: Publication) -> Receipt | None:
        if self.is_away:
            raise Unavailable("away")
        return self.standing.get(publication.mark)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        if self.is_away:
            raise Unavailable("away")
        self.standing.pop(publication.mark, None)

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger(open_database(":memory:"))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


def outbox(ledger: Ledger, clock: FakeClock, publisher: Scripted, **more: Any) -> Outbox:
    return Outbox(DirectBooks(ledger), publishers={"bluesky": publisher}, clock=clock, random=Random(1), **more)


def approve(ledger: Ledger, *numbers: int, account: str = ACCOUNT) -> None:
    for number in numbers or (1,):
        ledger.save_opportunity(an_opportunity(f"t{number}"), [a_proposal(number, account=account)])
        ledger.decide(Order(f"p{number}", "approve", "maya", "inbox", 1), NOW)


async def steps(box: Outbox, clock: FakeClock, *, times: int = 12, secs: float = 6.0) -> None:
    for _ in range(times):
        await clock.advance(secs)
        await box.step()


def states(ledger: Ledger) -> dict[str, str]:
    return {proposal.id: proposal.state.value for proposal in ledger.proposals()}


def told(ledger: Ledger, key: str = "p1") -> list[str]:
    return [move.move for move in ledger.history(key)][2:]


async def test_nothing_is_sent_before_the_undo_window_is_over(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted()
    box = outbox(ledger, clock, publisher)
    await clock.advance(9)
    await box.step()
    assert publisher.sent == []
    await clock.advance(1)
    await box.step()
    assert [p.text for p in publisher.sent] == ["dunk in the dark"]
    assert states(ledger) == {"p1": "published"}


async def test_proof_that_nothing_left_sends_the_identical_record_again(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(Unavailable("429", retry_after_secs=20, sent=False), delivered=False)
    await steps(outbox(ledger, clock, publisher), clock)
    assert publisher.sent[0] == publisher.sent[1]
    assert told(ledger) == ["claim", "not_sent", "claim", "accepted"]
    first, second = (move.at for move in ledger.history("p1") if move.move == "claim")
    assert second - first >= timedelta(seconds=20)


@pytest.mark.parametrize("broken", [Unavailable("cut"), TimeoutError(), ValueError("a bug of ours")])
async def test_a_lost_answer_is_looked_for_and_found(ledger: Ledger, clock: FakeClock, broken: Exception) -> None:
    approve(ledger)
    publisher = Scripted(broken)
    await steps(outbox(ledger, clock, publisher), clock)
    assert len(publisher.sent) == 1
    assert told(ledger) == ["claim", "lost", "found"]


async def test_what_is_proven_absent_is_sent_again_after_the_settling_time(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(Unavailable("cut"), delivered=False)
    await steps(outbox(ledger, clock, publisher), clock)
    assert told(ledger) == ["claim", "lost", "absent", "claim", "accepted"]
    moved = {move.move: move.at for move in ledger.history("p1")}
    lost_at = next(move.at for move in ledger.history("p1") if move.move == "lost")
    assert moved["absent"] - lost_at >= timedelta(seconds=publisher.settle_secs)


async def test_where_a_look_proves_nothing_a_person_decides(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(Unavailable("cut"), delivered=False, can_find=False)
    await steps(outbox(ledger, clock, publisher), clock, times=30)
    assert states(ledger) == {"p1": "uncertain"}
    after = ledger.decide(Order("p1", "give_up", "jon", "inbox", 1), clock.now())
    assert after.state is State.FAILED
    assert len(publisher.sent) == 1


async def test_while_the_platform_is_away_it_stays_uncertain(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(Unavailable("cut"))
    publisher.is_away = True
    box = outbox(ledger, clock, publisher)
    await steps(box, clock)
    assert states(ledger) == {"p1": "uncertain"}
    publisher.is_away = False
    await steps(box, clock)
    assert states(ledger) == {"p1": "published"}


async def test_a_refusal_is_final_and_keeps_the_platforms_words(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(Refused("grapheme too big"), delivered=False)
    await steps(outbox(ledger, clock, publisher), clock)
    [proposal] = ledger.proposals()
    assert (proposal.state, proposal.reason, len(publisher.sent)) == (State.FAILED, "grapheme too big", 1)


async def test_who_is_not_let_in_waits_for_a_person_and_expires_in_the_end(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted(*[AuthNeeded("revoked")] * 100, delivered=False)
    await steps(outbox(ledger, clock, publisher), clock, times=25, secs=60)
    assert states(ledger) == {"p1": "expired"}
    assert 2 < len(publisher.sent) < 30


async def test_the_guard_takes_back_right_before_the_claim(ledger: Ledger, clock: FakeClock) -> None:
    async def guard(proposal: Proposal, now: datetime) -> str | None:
        return "people are hurt" if now > NOW else None

    approve(ledger)
    publisher = Scripted()
    await steps(outbox(ledger, clock, publisher, guard=guard), clock)
    assert publisher.sent == []
    assert (states(ledger), told(ledger)) == ({"p1": "withdrawn"}, ["withdraw"])
    assert ledger.history("p1")[-1].person == "guard"


async def test_a_guard_that_breaks_lets_nothing_through(ledger: Ledger, clock: FakeClock) -> None:
    async def guard(proposal: Proposal, now: datetime) -> str | None:
        raise ValueError("no model")

    approve(ledger)
    publisher = Scripted()
    await steps(outbox(ledger, clock, publisher, guard=guard), clock)
    assert (publisher.sent, states(ledger)) == ([], {"p1": "approved"})


async def test_a_silence_takes_back_what_was_approved_before_it(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    only_keep(ledger, Silence("s", "oreo", "blackout", "ines", "hurt", NOW, NOW + timedelta(hours=1)))
    publisher = Scripted()
    await steps(outbox(ledger, clock, publisher), clock)
    assert (publisher.sent, states(ledger)) == ([], {"p1": "withdrawn"})


async def test_a_pause_holds_everything_and_the_resume_lets_it_go(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    ledger.pause("ines", "bad news", until=None, now=NOW)
    publisher = Scripted()
    box = outbox(ledger, clock, publisher)
    await steps(box, clock)
    assert (publisher.sent, states(ledger)) == ([], {"p1": "approved"})
    ledger.resume("ines", "over", clock.now())
    await steps(box, clock, times=1)
    assert states(ledger) == {"p1": "published"}


async def test_one_account_waits_for_its_own_turn_only(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1, 2)
    approve(ledger, 3, account="bluesky:fanta.test")
    publisher = Scripted()
    publisher.gate = asyncio.Event()
    box = outbox(ledger, clock, publisher)
    await clock.advance(10)
    round_one = asyncio.create_task(box.step())
    for _ in range(20):
        await asyncio.sleep(0)
    assert [p.proposal for p in publisher.sent] == ["p1", "p3"]
    publisher.gate.set()
    await round_one
    await box.step()
    assert set(states(ledger).values()) == {"published"}


async def test_what_was_in_hand_at_a_crash_is_looked_for_first(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted()
    await publisher.publish(ledger.claim("p1", NOW + timedelta(seconds=10)))
    box = outbox(ledger, clock, publisher)
    await box.start_up()
    await steps(box, clock)
    assert told(ledger) == ["claim", "lost", "found"]
    assert len(publisher.sent) == 1


async def test_nothing_that_can_post_leaves_it_approved_until_the_deadline(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, account="mastodon:oreo@example.social")
    await steps(outbox(ledger, clock, Scripted()), clock, times=3)
    assert states(ledger) == {"p1": "approved"}


# --- undo ------------------------------------------------------------------------------------------------------------


def undo(person: str = "jon") -> Order:
    return Order("p1", "undo", person, "inbox", 1, reason="wrong tone")


async def test_undo_is_done_when_it_is_read_back_as_gone(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted()
    box = outbox(ledger, clock, publisher)
    await steps(box, clock, times=2)
    assert (await box.undo(undo())).state is State.RETRACTED
    assert publisher.standing == {}
    assert [(m.move, m.after, m.person) for m in ledger.history("p1")][-2:] == [
        ("undo", "published", "jon"),
        ("undo", "retracted", "jon"),
    ]


async def test_an_undo_that_meets_a_platform_away_is_not_forgotten(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher = Scripted()
    box = outbox(ledger, clock, publisher)
    await steps(box, clock, times=2)
    publisher.is_away = True
    with pytest.raises(Refused, match="tried again until it is gone"):
        await box.undo(undo())
    publisher.is_away = False
    await steps(outbox(ledger, clock, publisher), clock, times=1)  # after a restart, too
    assert (states(ledger), publisher.standing) == ({"p1": "retracted"}, {})
    assert ledger.history("p1")[-1].person == "jon"


async def test_an_undo_before_anything_was_sent_just_takes_it_back(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    box = outbox(ledger, clock, Scripted())
    assert (await box.undo(undo())).state is State.WITHDRAWN


# --- running ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def running(ledger: Ledger, clock: FakeClock) -> AsyncIterator[tuple[Outbox, Scripted, asyncio.Event]]:
    publisher, stop = Scripted(), asyncio.Event()
    box = outbox(ledger, clock, publisher, grace_secs=0.05)
    async with asyncio.TaskGroup() as house:
        house.create_task(box.run(stop), name="outbox")
        yield box, publisher, stop
        stop.set()


async def test_it_runs_on_its_clock_and_stops_when_asked(
    ledger: Ledger, clock: FakeClock, running: tuple[Outbox, Scripted, asyncio.Event]
) -> None:
    approve(ledger)
    await clock.advance(11)
    assert states(ledger) == {"p1": "published"}


async def test_what_is_in_hand_is_finished_before_it_stops(
    ledger: Ledger, clock: FakeClock, running: tuple[Outbox, Scripted, asyncio.Event]
) -> None:
    _, publisher, stop = running
    publisher.gate = asyncio.Event()
    approve(ledger)
    await clock.advance(11)
    assert states(ledger) == {"p1": "sending"}
    stop.set()
    await asyncio.sleep(0)
    publisher.gate.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert states(ledger) == {"p1": "published"}


async def test_what_the_grace_time_cuts_off_is_uncertain_at_the_next_start(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    publisher, stop = Scripted(), asyncio.Event()
    publisher.gate = asyncio.Event()
    box = outbox(ledger, clock, publisher, grace_secs=0.01)
    async with asyncio.TaskGroup() as house:
        house.create_task(box.run(stop), name="outbox")
        await clock.advance(11)
        stop.set()
    assert states(ledger) == {"p1": "sending"}
    again = outbox(ledger, clock, Scripted())
    await again.start_up()
    assert states(ledger) == {"p1": "uncertain"}
