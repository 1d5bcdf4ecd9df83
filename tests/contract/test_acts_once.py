"""What somebody did in Slack has its effect once, wherever the bot died: effect and mark are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import Refused
from monitor.storage import open_database
from responders.approvals import Order, Said
from responders.approvals.slack.kept import Stored, stored
from responders.ledger import Ledger
from responders.model import Receipt, State
from responders.sandbox.slack import TEAM
from tests.samples import NOW, a_proposal, an_opportunity
from tests.slack_office import an_office

LATER = NOW + timedelta(minutes=5)
SAID = Said(1, NOW)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """With one card, and one act that is stored and not worked off."""
    made = Ledger(open_database(":memory:"))
    made.save_opportunity(an_opportunity(), [a_proposal()])
    assert made.receive(Stored("e1", "act 1", "interactive", "{}"), NOW)
    yield made
    made.close()


def order(act: Any, **more: Any) -> Order:
    return Order("p1", act, "maya", "slack", 1, said=SAID, **more)


ACTS: dict[str, Callable[[Ledger], object]] = {
    "snooze": lambda ledger: ledger.decide(order("snooze", until=LATER), NOW),
    "edit": lambda ledger: ledger.decide(order("edit", text="a better one"), NOW),
    "approve": lambda ledger: ledger.decide(order("approve"), NOW),
    "pause": lambda ledger: ledger.pause("maya", "bad news", until=None, now=NOW, said=SAID),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_worked_off_with_its_effect(ledger: Ledger, act: str) -> None:
    ACTS[act](ledger)
    assert ledger.undone() == []
    assert ledger.outcomes() == [f"{act} by maya"]
    ledger.done(1, "refused", LATER)
    assert ledger.outcomes() == [f"{act} by maya"], "what was done stays done"


def test_a_resume_and_an_undo_are_as_well(ledger: Ledger) -> None:
    ledger.pause("jon", "bad news", until=None, now=NOW - timedelta(minutes=1))
    ledger.resume("maya", "over", NOW, said=SAID)
    ledger.decide(Order("p1", "approve", "maya", "slack", 1), NOW)
    ledger.claim("p1", NOW + timedelta(seconds=11))
    ledger.accepted("p1", Receipt("1", None, NOW), NOW + timedelta(seconds=12))
    assert ledger.receive(Stored("e2", "act 2", "interactive", "{}"), NOW)
    ledger.undo_asked(Order("p1", "undo", "maya", "slack", 1, said=Said(2, NOW)), LATER)
    assert ledger.undone() == []
    assert ledger.outcomes() == ["resume by maya", "undo by maya"]


def test_what_was_refused_still_waits_to_be_answered(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="say why"):
        ledger.decide(order("reject"), NOW)
    assert [one.number for one in ledger.undone()] == [1]


def test_a_resume_ends_no_pause_that_came_after_it(ledger: Ledger) -> None:
    ledger.pause("jon", "a tragedy", until=None, now=NOW + timedelta(seconds=1))
    with pytest.raises(Refused, match="paused by jon at 20:40:01 UTC, after you asked to resume"):
        ledger.resume("maya", "over", LATER, said=SAID)
    assert ledger.paused(LATER) is not None
    ledger.resume("maya", "we looked", LATER, said=Said(1, LATER))
    assert ledger.paused(LATER) is None


@pytest.mark.parametrize("late_secs", [0, 1, 4000])
def test_a_pause_that_is_over_ends_no_other(ledger: Ledger, late_secs: int) -> None:
    ledger.pause("jon", "a tragedy", until=None, now=NOW)
    with pytest.raises(Refused, match="that pause would have ended at 20:40:00 UTC"):
        ledger.pause("maya", "lunch", until=NOW, now=NOW + timedelta(seconds=late_secs))
    found = ledger.paused(NOW + timedelta(seconds=late_secs))
    assert found is not None
    assert found.person == "jon"


def edit(number: int, text: str) -> dict[str, Any]:
    """A form sent over the first revision of p1."""
    view = {"private_metadata": "p1:1", "state": {"values": {"b": {"a": {"value": text}}}}}
    user = {"id": "U01ADA", "team_id": TEAM}
    return {"type": "view_submission", "view": view, "user": user, "trigger_id": f"{number}"}


async def test_a_second_edit_of_the_same_person_is_refused_and_not_taken_for_the_first() -> None:
    async with an_office() as office:
        office.offer()
        for number, text in enumerate(("the first of two texts", "another one altogether")):
            office.ledger.receive(stored(f"e{number}", "interactive", edit(number, text)), office.clock.now())
        async with office.running():
            outcomes = await office.worked(2)
    assert outcomes[0] == "edit by maya"
    assert outcomes[1].startswith("refused U01ADA: You"), "and she is told"
    card = await office.desk.card("p1")
    assert card is not None
    assert card.proposal.text == "the first of two texts"
    assert card.proposal.state is State.PENDING
