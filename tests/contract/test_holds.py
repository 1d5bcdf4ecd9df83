"""Holds in the ledger: told once, never shorter than what was there, ended by a person, kept over a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import Refused
from monitor.storage import open_database
from responders.ledger import Ledger
from responders.model import Pause
from tests.samples import NOW

HOUR = timedelta(hours=1)
FERRY = ("elmsworth", "ferry")
WHY = "a tragedy breaks, 'ferry': 30 of 40 voices write of death"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    ledger = Ledger(open_database(":memory:"))
    yield ledger
    ledger.close()


def hold(terms: tuple[str, ...] = FERRY, *, after: timedelta = timedelta(), hours: float = 6.0) -> Pause:
    since = NOW + after
    return Pause("guard", WHY, since, since + hours * HOUR, terms)


def test_a_hold_is_a_pause_with_its_reason_and_its_end(ledger: Ledger) -> None:
    assert ledger.hold(hold()) == ledger.paused(NOW) == hold()
    assert ledger.paused(NOW + 5 * HOUR) is not None
    assert ledger.paused(NOW + 6 * HOUR) is None


def test_the_same_tragedy_under_another_name_is_not_held_again_after_a_person_resumed(ledger: Ledger) -> None:
    ledger.hold(hold())
    ledger.resume("maya", "we looked", NOW + HOUR)
    assert ledger.hold(hold(("divers", "elmsworth"), after=2 * HOUR)) is None
    assert ledger.paused(NOW + 2 * HOUR) is None
    assert ledger.hold(hold(("boston", "marathon"), after=2 * HOUR)) is not None
    ledger.resume("maya", "we looked", NOW + 3 * HOUR)
    assert ledger.hold(hold(FERRY, after=80 * HOUR)) is not None, "after days it is news again"


def test_a_tragedy_that_nobody_looked_at_is_held_again_when_its_time_is_over(ledger: Ledger) -> None:
    ledger.hold(hold())
    assert ledger.hold(hold(after=5 * HOUR)) is None, "it is held already"
    assert ledger.hold(hold(after=7 * HOUR)) is not None
    ledger.resume("maya", "we looked", NOW + 8 * HOUR)
    assert ledger.hold(hold(after=9 * HOUR)) is None


def test_who_resumes_has_looked_at_every_tragedy_that_was_held(ledger: Ledger) -> None:
    ledger.hold(hold())
    ledger.hold(hold(("boston", "marathon"), after=HOUR))
    ledger.resume("maya", "we looked", NOW + 2 * HOUR)
    assert ledger.hold(hold(after=3 * HOUR)) is None
    assert ledger.hold(hold(("boston", "marathon"), after=3 * HOUR)) is None


def test_a_hold_never_makes_a_pause_shorter_and_keeps_its_reason(ledger: Ledger) -> None:
    ledger.pause("maya", "sponsor call", until=None, now=NOW)
    held = ledger.hold(hold(after=HOUR))
    assert held is not None
    assert (held.until, held.why) == (None, f"{WHY}; paused before by maya: sponsor call")
    assert ledger.paused(NOW + 100 * HOUR) == held


def test_a_persons_pause_does_not_make_a_hold_shorter_nor_hide_its_reason(ledger: Ledger) -> None:
    ledger.hold(hold())
    ledger.pause("maya", "lunch", until=NOW + 2 * HOUR, now=NOW + HOUR)
    pause = ledger.paused(NOW + 5 * HOUR)
    assert pause is not None
    assert (pause.person, pause.why) == ("maya", f"lunch; paused before by guard: {WHY}")
    assert pause.terms == FERRY
    assert ledger.paused(NOW + 6 * HOUR) is None
    assert ledger.hold(hold(after=7 * HOUR)) is not None, "lunch is no look at a tragedy"


def test_a_second_tragedy_makes_a_hold_longer(ledger: Ledger) -> None:
    ledger.hold(hold())
    held = ledger.hold(hold(("boston", "marathon"), after=2 * HOUR, hours=1.0))
    assert held is not None
    assert held.until == NOW + 6 * HOUR
    held = ledger.hold(hold(("quake", "kobe"), after=3 * HOUR))
    assert held is not None
    assert held.until == NOW + 9 * HOUR


def test_reasons_do_not_grow_without_end(ledger: Ledger) -> None:
    for n in range(30):
        held = ledger.hold(hold((f"town{n}", f"name{n}"), after=n * HOUR / 60))
    assert held is not None
    assert len(held.why) < 400


def test_a_hold_outlives_the_process(tmp_path: Path) -> None:
    first = Ledger(open_database(tmp_path / "a.db"))
    first.hold(hold())
    first.close()
    second = Ledger(open_database(tmp_path / "a.db"))
    assert second.paused(NOW + HOUR) == hold()
    assert second.hold(hold(after=HOUR)) is None
    second.resume("maya", "", NOW + HOUR)
    with pytest.raises(Refused, match="posting is not paused"):
        second.resume("maya", "", NOW + HOUR)
    second.close()
