"""The ledger: whole moves or none, rules the database keeps by itself, a record that shows every tampering."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.errors import BadState, Refused
from monitor.storage import open_database
from responders.ledger import Ledger
from responders.model import Silence, State
from tests.ledger_moves import AFTER, RECEIPT, offered, only_keep, order, published
from tests.samples import ACCOUNT, NOW, a_proposal, an_opportunity

# --- cards -----------------------------------------------------------------------------------------------------------


def test_an_opportunity_comes_back_whole(ledger: Ledger) -> None:
    offered(ledger)
    assert ledger.opportunity("o-t1") == an_opportunity("t1")
    with pytest.raises(BadState, match="o-t2"):
        ledger.opportunity("o-t2")


def test_what_was_offered_once_is_not_offered_again(ledger: Ledger) -> None:
    first = offered(ledger)
    assert ledger.save_opportunity(an_opportunity(), [a_proposal()]) == []
    ledger.decide(order("reject", reason="stale"), NOW)
    later = a_proposal(9, trend="t1", opportunity="o-t1")
    assert ledger.save_opportunity(an_opportunity(), [later]) == []
    assert [p.id for p in ledger.proposals()] == [first.id]


def test_a_proposal_comes_back_as_it_was_returned(ledger: Ledger) -> None:
    assert offered(ledger) == ledger.proposal("p1")
    decided = ledger.decide(order("approve", text="no lights, no problem"), NOW + timedelta(microseconds=123456))
    assert decided == ledger.proposal("p1")
    assert ledger.proposal("p2") is None


def test_the_open_come_first_by_deadline_then_the_closed_newest_first(ledger: Ledger) -> None:
    for number, minutes in ((1, 20), (2, 10), (3, 15), (4, 30)):
        offered(ledger, number, deadline=NOW + timedelta(minutes=minutes))
    ledger.decide(order("reject", number=3, reason="no"), NOW)
    ledger.decide(order("reject", number=4, reason="no"), NOW + timedelta(minutes=5))
    assert [p.id for p in ledger.proposals()] == ["p2", "p1", "p4", "p3"]
    assert [p.id for p in ledger.proposals(open_only=True)] == ["p2", "p1"]
    assert [p.id for p in ledger.proposals(closed_since=NOW + timedelta(minutes=1))] == ["p2", "p1", "p4"]


# --- moves -----------------------------------------------------------------------------------------------------------


def test_every_move_is_told_in_order_with_its_reason(ledger: Ledger) -> None:
    offered(ledger)
    ledger.decide(order("approve", text="no lights, no problem", reason="calmer"), NOW)
    ledger.claim("p1", AFTER)
    ledger.accepted("p1", RECEIPT, AFTER)
    told = [(m.move, m.before, m.after, m.person, m.via, m.why) for m in ledger.history("p1")]
    assert told == [
        ("offer", None, "pending", "watch", "daemon", ""),
        ("edit", "pending", "pending", "maya", "inbox", "calmer"),
        ("approve", "pending", "approved", "maya", "inbox", "calmer"),
        ("claim", "approved", "sending", "outbox", "daemon", ""),
        ("accepted", "sending", "published", "outbox", "daemon", ""),
    ]
    assert ledger.verify_audit() == []
    assert ledger.audit_head()[0] == 5


def test_a_refused_order_writes_nothing(ledger: Ledger) -> None:
    offered(ledger)
    with pytest.raises(Refused):
        ledger.decide(order("approve", "eve", text="no lights, no problem"), NOW)
    assert ledger.proposal("p1") == a_proposal()
    assert [m.move for m in ledger.history("p1")] == ["offer"]


def test_two_people_at_once_one_wins_the_other_is_told_who(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "bonmot.db")
    ledger = Ledger(engine)
    offered(ledger)
    won: list[str] = []
    said: list[str] = []

    def approve(person: str) -> None:
        try:
            ledger.decide(order("approve", person), NOW)
            won.append(person)
        except Refused as error:
            said.append(str(error))

    threads = [threading.Thread(target=approve, args=(person,)) for person in ("maya", "jon")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert said == [f"p1 is already approved by {won[0]} at 20:40:00 UTC: undo takes it back"]
    engine.dispose()


def test_another_program_sees_what_was_decided_and_waits_its_turn(tmp_path: Path) -> None:
    mine, theirs = (Ledger(open_database(tmp_path / "bonmot.db")) for _ in range(2))
    offered(mine)
    theirs.decide(order("approve", "jon"), NOW)
    with pytest.raises(Refused, match="already approved by jon"):
        mine.decide(order("approve", "maya"), NOW)
    mine.close()
    theirs.close()


def test_listeners_hear_of_moves_that_were_kept_only(engine: Engine) -> None:
    heard: list[str] = []
    ledger = Ledger(engine, on_move=heard.append)
    offered(ledger)
    with pytest.raises(Refused):
        ledger.decide(order("approve", "eve"), NOW)
    ledger.decide(order("approve"), NOW)
    assert heard == ["p1", "p1"]


def test_what_nobody_decided_expires_at_its_deadline(ledger: Ledger) -> None:
    offered(ledger, 1)
    offered(ledger, 2, deadline=NOW + timedelta(minutes=30))
    assert ledger.expire_due(NOW + timedelta(minutes=19)) == []
    assert [p.id for p in ledger.expire_due(NOW + timedelta(minutes=20))] == ["p1"]
    assert ledger.history("p1")[-1].person == "clock"


# --- the claim -------------------------------------------------------------------------------------------------------


def test_a_publication_is_what_was_approved_with_its_time(ledger: Ledger) -> None:
    offered(ledger)
    ledger.decide(order("approve"), NOW)
    assert ledger.claimable(NOW + timedelta(seconds=9)) == []
    assert [p.id for p in ledger.claimable(AFTER)] == ["p1"]
    publication = ledger.claim("p1", AFTER)
    assert (publication.text, publication.created_at, publication.mark) == (a_proposal().text, NOW, a_proposal().mark)
    assert ledger.publication("p1") == publication
    ledger.not_sent("p1", "refused", now=AFTER, again_at=AFTER + timedelta(seconds=5))
    assert ledger.claim("p1", AFTER + timedelta(seconds=5)) == publication


def test_one_account_sends_one_thing_at_a_time(ledger: Ledger) -> None:
    for number in (1, 2):
        offered(ledger, number)
        ledger.decide(order("approve", number=number), NOW)
    ledger.claim("p1", AFTER)
    with pytest.raises(Refused, match="another publication on bluesky:oreo"):
        ledger.claim("p2", AFTER)


def test_a_pause_stops_claims_and_yeses_until_it_ends(ledger: Ledger) -> None:
    for number in (1, 2):
        offered(ledger, number)
    ledger.decide(order("approve"), NOW)
    ledger.pause("ines", "bad news", until=NOW + timedelta(minutes=5), now=NOW)
    assert ledger.claimable(AFTER) == []
    for refused in (lambda: ledger.claim("p1", AFTER), lambda: ledger.decide(order("approve", number=2), AFTER)):
        with pytest.raises(Refused, match="paused by ines"):
            refused()
    assert ledger.paused(NOW + timedelta(minutes=5)) is None
    ledger.pause("jon", "again", until=None, now=NOW + timedelta(minutes=6))
    ledger.resume("maya", "over", NOW + timedelta(minutes=7))
    with pytest.raises(Refused, match="not paused"):
        ledger.resume("maya", "over", NOW + timedelta(minutes=8))
    assert ledger.claim("p1", NOW + timedelta(minutes=9)).proposal == "p1"


def test_a_silence_over_the_trend_stops_the_claim(ledger: Ledger) -> None:
    offered(ledger)
    ledger.decide(order("approve"), NOW)
    silence = Silence("s1", None, "blackout", "ines", "people are hurt", NOW, NOW + timedelta(hours=1))
    only_keep(ledger, silence)
    only_keep(ledger, silence)
    assert ledger.silences(AFTER) == [silence]
    assert ledger.silence_over(a_proposal(), AFTER) == silence
    with pytest.raises(Refused, match="'blackout' is silenced by ines"):
        ledger.claim("p1", AFTER)
    assert ledger.silences(NOW + timedelta(hours=1)) == []


def test_what_was_in_hand_at_a_crash_is_uncertain(ledger: Ledger) -> None:
    offered(ledger)
    ledger.decide(order("approve"), NOW)
    ledger.claim("p1", AFTER)
    assert [p.state for p in ledger.sending_to_uncertain(AFTER)] == [State.UNCERTAIN]
    assert [p.id for p in ledger.uncertain()] == ["p1"]
    assert ledger.absent("p1", AFTER).state is State.APPROVED
    assert ledger.sending_to_uncertain(AFTER) == []


def test_an_undo_of_what_is_published_waits_until_it_is_gone(ledger: Ledger) -> None:
    assert published(ledger).receipt == RECEIPT
    undo = order("undo", "jon", reason="wrong tone")
    with pytest.raises(Refused, match="deleted on the platform first"):
        ledger.decide(undo, AFTER)
    assert ledger.undo_wanted() == []
    ledger.undo_asked(undo, AFTER)
    assert [p.id for p in ledger.undo_wanted()] == ["p1"]
    assert (ledger.last_undo("p1").person, ledger.last_undo("p1").reason) == ("jon", "wrong tone")
    assert ledger.retracted(undo, AFTER).state is State.RETRACTED
    assert ledger.undo_wanted() == []


def test_recent_texts_are_those_that_stand_in_public_or_soon_may(ledger: Ledger) -> None:
    published(ledger)
    offered(ledger, 2, text="no lights, no problem")
    assert ledger.recent_texts(ACCOUNT, NOW) == ["dunk in the dark"]
    assert ledger.recent_texts(ACCOUNT, AFTER + timedelta(seconds=1)) == []
    assert ledger.recent_texts("bluesky:other", NOW) == []
    assert ledger.recent_texts("bluesky:other", NOW, everywhere=True) == ["dunk in the dark"]
    assert ledger.recent_texts("blue:other", NOW, everywhere=True) == []


def test_cursors_are_kept(ledger: Ledger) -> None:
    assert ledger.cursor("bluesky") is None
    ledger.save_cursor("bluesky", "1")
    ledger.save_cursor("bluesky", "2")
    assert ledger.cursor("bluesky") == "2"


def test_a_yes_survives_that_its_proposal_was_replaced(ledger: Ledger) -> None:
    offered(ledger, tier=2, needed=2)
    ledger.decide(order("approve", "maya"), NOW)
    ledger.decide(order("edit", "jon", text="own words"), NOW)
    assert ledger.proposal("p1").approvals == ()  # type: ignore[union-attr]
    ledger.decide(order("approve", "maya", seen=2), NOW)
    with pytest.raises(Refused, match="another person has to"):
        ledger.decide(order("approve", "maya", seen=2), NOW)
    assert ledger.decide(order("approve", "jon", seen=2), NOW).state is State.APPROVED
    assert replace(a_proposal(), state=State.PENDING) != ledger.proposal("p1")
