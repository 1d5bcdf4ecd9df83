"""The outbox under the caps of accounts: what is approved waits for its turn, says so, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from monitor.clock import FakeClock
from responders.approvals import Order
from responders.approvals.status import status_of
from responders.ledger import Ledger
from responders.lifecycle import has_waited
from responders.model import Proposal, Publication, Receipt, State
from responders.pacing import Pace, Wait
from tests.contract.test_outbox import Scripted, clock, ledger, outbox, states, told
from tests.samples import ACCOUNT, NOW, a_proposal, an_opportunity

__all__ = ["clock", "ledger"]

OTHER = "bluesky:tide.test"


class Timed(Scripted):
    """Its receipts bear the time of the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock

    async def publish(self, publication: Publication) -> Receipt:
        return replace(await super().publish(publication), at=self.clock.now())


def approve(ledger: Ledger, number: int, *, account: str = ACCOUNT, good_for: timedelta = timedelta(days=2)) -> None:
    opportunity = replace(an_opportunity(f"t{number}"), deadline=NOW + good_for)
    proposal = a_proposal(number, account=account, deadline=NOW + good_for)
    ledger.save_opportunity(opportunity, [proposal])
    ledger.decide(Order(f"p{number}", "approve", "maya", "inbox", 1), NOW)


def card(ledger: Ledger, key: str) -> Proposal:
    found = ledger.proposal(key)
    assert found is not None
    return found


def said(ledger: Ledger, key: str, now: datetime) -> str:
    return status_of(card(ledger, key), names=str.title, now=now, pause=None).text


async def test_beyond_its_cap_an_account_waits_and_the_card_says_so(ledger: Ledger, clock: FakeClock) -> None:
    for number in (1, 2, 3):
        approve(ledger, number, good_for=timedelta(hours=5 + number))
    publisher = Timed(clock)
    box = outbox(ledger, clock, publisher, paces={"oreo": Pace(per_hour=1)})
    await clock.advance(10)
    for _ in range(4):
        await box.step()
    assert states(ledger) == {"p1": "published", "p2": "approved", "p3": "approved"}
    assert said(ledger, "p2", clock.now()) == (
        "Approved by Maya. It waits: its account: 1 post an hour is its most. Posting in"
    )
    assert card(ledger, "p2").send_after == NOW + timedelta(hours=1, seconds=10, milliseconds=1)
    for _ in range(40):
        await clock.advance(60)
        await box.step()
    assert told(ledger, "p2") == ["wait"], "written once, however often it is looked at"
    await clock.advance(30 * 60)
    for _ in range(4):
        await box.step()
    assert states(ledger) == {"p1": "published", "p2": "published", "p3": "approved"}
    assert said(ledger, "p3", clock.now()).endswith("Others are before it.")
    await clock.advance(3601)
    await box.step()
    assert states(ledger)["p3"] == "published"
    assert ledger.verify_audit() == []


async def test_what_may_have_been_sent_counts_as_sent(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1)
    approve(ledger, 2)
    publisher = Scripted(TimeoutError("no answer"), delivered=False)
    publisher.is_away = True
    box = outbox(ledger, clock, publisher, paces={"oreo": Pace(per_hour=1)})
    await clock.advance(10)
    for _ in range(3):
        await box.step()
    assert states(ledger) == {"p1": "uncertain", "p2": "approved"}
    assert len(publisher.sent) == 1


async def test_another_account_does_not_wait_for_this_one(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1)
    approve(ledger, 2)
    approve(ledger, 3, account=OTHER)
    box = outbox(ledger, clock, Timed(clock), paces={"oreo": Pace(per_day=1)})
    await clock.advance(10)
    for _ in range(3):
        await box.step()
    assert states(ledger) == {"p1": "published", "p2": "approved", "p3": "published"}


async def test_a_joke_that_would_be_stale_by_then_says_so_and_expires(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1, good_for=timedelta(minutes=20))
    box = outbox(ledger, clock, Timed(clock), paces={"oreo": Pace(quiet=(time(20), time(7)))})
    await clock.advance(10)
    await box.step()
    assert said(ledger, "p1", clock.now()).endswith("The joke is stale before that.")
    await clock.advance(20 * 60)
    await box.step()
    assert states(ledger) == {"p1": "expired"}


async def test_a_person_may_take_back_what_waits(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1)
    box = outbox(ledger, clock, Timed(clock), paces={"oreo": Pace(quiet=(time(20), time(7)))})
    await clock.advance(10)
    await box.step()
    assert has_waited(card(ledger, "p1"))
    ledger.decide(Order("p1", "undo", "maya", "inbox", 1), clock.now())
    assert states(ledger) == {"p1": "withdrawn"}


def test_what_may_not_be_claimed_at_all_does_not_wait_either(ledger: Ledger) -> None:
    approve(ledger, 1)
    with pytest.raises(Exception, match="may not be sent before"):
        ledger.claim("p1", NOW, pace=Pace(quiet=(time(20), time(7))))
    assert told(ledger, "p1") == []
    wait = ledger.claim("p1", NOW + timedelta(seconds=11), pace=Pace(quiet=(time(20), time(7))))
    assert isinstance(wait, Wait)


async def test_hundreds_of_approvals_drain_under_the_caps_in_order_of_deadline(
    ledger: Ledger, clock: FakeClock
) -> None:
    """Four accounts, fifty yeses each; six posts an hour: what is due first goes first, the rest waits or expires.

    A thousand on twenty accounts pass as well; they take a minute.
    """
    random, accounts = Random(7), [f"bluesky:brand{n}.test" for n in range(4)]
    for number in range(200):
        approve(ledger, number, account=accounts[number % 4], good_for=timedelta(minutes=random.randrange(30, 600)))
    publisher = Timed(clock)
    box = outbox(ledger, clock, publisher, paces={"oreo": Pace(per_hour=6)})
    await clock.advance(11)
    sent_at: dict[str, datetime] = {}
    while (present := clock.now()) < NOW + timedelta(hours=10, minutes=5):
        moves = -1
        while (head := ledger.audit_head()[0]) != moves:
            moves, before = head, len(publisher.sent)
            await box.step()
            sent_at |= {publication.proposal: present for publication in publisher.sent[before:]}
        await clock.advance(600)
    counted = Counter(states(ledger).values())
    assert set(counted) == {State.PUBLISHED.value, State.EXPIRED.value}
    assert counted.total() == 200
    by_account: dict[str, list[Proposal]] = {}
    for proposal in ledger.proposals():
        by_account.setdefault(proposal.account, []).append(proposal)
    for proposals in by_account.values():
        times = sorted(sent_at[one.id] for one in proposals if one.state is State.PUBLISHED)
        assert all(sum(at - timedelta(hours=1) < other <= at for other in times) <= 6 for at in times)
        assert len(times) >= 6 * 7, (
            "looked at every ten minutes, an hour of the cap is seventy minutes: nearly none is wasted"
        )
        published = [one for one in proposals if one.state is State.PUBLISHED]
        in_turn = sorted(published, key=lambda one: (sent_at[one.id], one.deadline))
        assert [one.deadline for one in in_turn] == sorted(one.deadline for one in published)
