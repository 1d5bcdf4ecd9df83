"""Who decided for whom, who is away, what is silenced, who was refused: kept, chained, and ended by themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.errors import BadState, Refused
from monitor.storage import open_database, writing
from responders.ledger import Ledger
from responders.lifecycle import NotAllowed
from responders.model import Escalation, Silence, State
from responders.rights import Away, Permit, Rule, Step
from tests.contract.test_ledger_memory import make_first_version
from tests.ledger_moves import AFTER, offered, order
from tests.samples import NOW, a_proposal

HOUR = timedelta(hours=1)
MAYA_AWAY = Away("maya", "eve", "at sea", NOW - HOUR, NOW + HOUR, "maya")
PERMIT = Permit(frozenset({"maya", "jon", "ines", "group:S1"}), {"group:S1": frozenset({"priya"})})
BLACKOUT = Silence("s1", None, "blackout", "ines", "people are hurt", NOW, NOW + HOUR)
RULES = {"oreo": Rule({1: ("maya",)}, (Step(180, ("jon",)), Step(120, ("ines",))))}


def test_a_stand_in_says_yes_for_somebody_and_the_record_says_for_whom(ledger: Ledger) -> None:
    offered(ledger)
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    ledger.decide(order("approve", "eve"), NOW, PERMIT)
    [kept] = ledger.proposal("p1").approvals
    assert (kept.person, kept.seat, kept.entry) == ("eve", "maya", "maya")
    assert [(m.person, m.why) for m in ledger.history("p1")][-1] == ("eve", "for maya")
    assert ledger.claim("p1", AFTER).proposal == "p1"
    assert ledger.verify_audit() == []


def test_a_member_of_a_group_is_told_apart_in_the_record(ledger: Ledger) -> None:
    offered(ledger, approvers=("group:S1",))
    ledger.decide(order("approve", "priya", reason="fits"), NOW, PERMIT)
    assert ledger.history("p1")[-1].why == "as a member of group:S1: fits"
    assert ledger.claim("p1", AFTER).proposal == "p1"


def test_who_came_back_has_no_stand_in_any_more(ledger: Ledger) -> None:
    offered(ledger)
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    ledger.come_back("maya", by="maya", via="cli", now=NOW)
    assert ledger.absences(NOW) == []
    with pytest.raises(NotAllowed):
        ledger.decide(order("approve", "eve"), NOW, PERMIT)
    with pytest.raises(Refused, match="maya is not away"):
        ledger.come_back("maya", by="maya", via="cli", now=NOW)


def test_an_absence_ends_by_itself_and_the_next_one_takes_its_place(ledger: Ledger) -> None:
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    assert ledger.absences(NOW + HOUR - timedelta(milliseconds=1)) == [MAYA_AWAY]
    assert ledger.absences(NOW + HOUR) == []
    again = Away("maya", "jon", "ill", NOW, NOW + 2 * HOUR, "ines")
    ledger.go_away(again, by="ines", via="inbox")
    assert ledger.absences(NOW) == [again]
    told = [(d.act, d.person, d.about, d.until, d.via) for d in ledger.deeds()]
    assert told == [
        ("away", "ines", "maya: jon decides", NOW + 2 * HOUR, "inbox"),
        ("away", "maya", "maya: eve decides", NOW + HOUR, "slack"),
    ]


def test_a_silence_takes_its_open_cards_back_in_the_same_breath(ledger: Ledger) -> None:
    offered(ledger, 1)
    offered(ledger, 2, trend_name="a goal from the half-way line")
    ledger.decide(order("approve"), NOW)
    other = Silence("s2", "oreo", "half-way line", "ines", "enough", NOW, NOW + HOUR)
    [gone] = ledger.silence(other, via="slack")
    assert (gone.id, gone.state, gone.moved_by) == ("p2", State.WITHDRAWN, "ines")
    assert "'half-way line' is silenced by ines until 22 Nov 21:40 UTC: enough" in (gone.reason or "")
    assert ledger.silence(Silence("s3", "tide", "blackout", "ines", "so", NOW, NOW + HOUR)) == []
    assert [p.id for p in ledger.silence(BLACKOUT)] == ["p1"]
    assert ledger.silence(BLACKOUT) == []
    assert [(d.act, d.about) for d in ledger.deeds()] == [
        ("silence", "blackout for every brand"),
        ("silence", "blackout for tide"),
        ("silence", "half-way line for oreo"),
    ]
    assert ledger.verify_audit() == []


def test_a_silence_is_ended_early_by_its_term(ledger: Ledger) -> None:
    ledger.silence(BLACKOUT)
    assert ledger.unsilence(" Blackout", "jon", "nobody was", via="cli", now=NOW) == BLACKOUT
    assert ledger.silences(NOW) == []
    with pytest.raises(Refused, match="'blackout' is not silenced; silenced now: nothing"):
        ledger.unsilence("blackout", "jon", "", via="cli", now=NOW)


def test_the_next_people_are_asked_once_a_step_and_nobody_says_yes(ledger: Ledger) -> None:
    offered(ledger, approvers=("maya",))
    assert ledger.escalate_due(RULES, NOW + timedelta(seconds=179)) == []
    [asked] = ledger.escalate_due(RULES, NOW + timedelta(seconds=180))
    assert ledger.escalate_due(RULES, NOW + timedelta(seconds=181)) == []
    assert asked == ledger.proposal("p1")
    assert (asked.state, asked.approvers, asked.approvals) == (State.PENDING, ("maya", "jon"), ())
    assert asked.escalations == (Escalation(180.0, ("jon",)),)
    move = ledger.history("p1")[-1]
    said = "nobody decided in 3 min: jon may decide as well"
    assert (move.move, move.person, move.why) == ("escalate", "clock", said)
    ledger.escalate_due(RULES, NOW + timedelta(seconds=300))
    assert ledger.proposal("p1").approvers == ("maya", "jon", "ines")
    assert ledger.escalate_due(RULES, NOW + timedelta(minutes=19)) == []
    ledger.decide(order("approve", "ines"), NOW + timedelta(seconds=301), PERMIT)
    assert ledger.proposal("p1").state is State.APPROVED
    assert ledger.verify_audit() == []


def test_nobody_is_asked_about_what_is_decided_paused_or_asleep(ledger: Ledger) -> None:
    offered(ledger, 1, approvers=("maya",))
    offered(ledger, 2, approvers=("maya",))
    late = NOW + timedelta(minutes=4)
    ledger.decide(order("reject", reason="no"), NOW)
    ledger.decide(order("snooze", number=2, until=NOW + timedelta(minutes=5)), NOW)
    assert ledger.escalate_due(RULES, late) == []
    ledger.pause("ines", "bad news", until=None, now=NOW)
    assert ledger.escalate_due(RULES, NOW + timedelta(minutes=6)) == []
    ledger.resume("ines", "", NOW + timedelta(minutes=6))
    assert [p.id for p in ledger.escalate_due(RULES, NOW + timedelta(minutes=6))] == ["p2"]


def test_a_refusal_is_kept_and_half_a_letter_stops_nothing(ledger: Ledger) -> None:
    ledger.keep_refusal("U08AWAY", "approve p1 by U08AWAY of T99ELSE \ud800", "Only our own.", via="slack", now=NOW)
    [kept] = ledger.deeds()
    assert (kept.act, kept.person, kept.via, kept.at) == ("refused", "U08AWAY", "slack", NOW)
    assert kept.about == "approve p1 by U08AWAY of T99ELSE ?"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deeds SET why = 'never'", "DELETE FROM deeds", "DELETE FROM absences", "DELETE FROM silences",
        "UPDATE absences SET until = '2999'", "UPDATE absences SET delegate = 'jon', ended_at = 'x'",
        "UPDATE silences SET until = '2999'", "UPDATE absences SET ended_at = NULL",
        "INSERT INTO absences VALUES (9, 'maya', 'jon', '', '1', '2', 'maya', NULL)",
        "INSERT INTO absences VALUES (9, 'jon', 'jon', '', '1', '2', 'jon', NULL)",
        "INSERT INTO absences VALUES (9, 'jon', 'eve', '', '2', '1', 'jon', NULL)",
        "INSERT INTO approvals SELECT proposal, revision, 'maya', digest, at, '', '' FROM approvals",
        "INSERT INTO approvals SELECT proposal, revision, 'jon', digest, at, 'maya', '' FROM approvals",
    ],
)  # fmt: skip
def test_the_database_refuses_what_would_give_somebody_a_right(engine: Engine, ledger: Ledger, statement: str) -> None:
    offered(ledger)
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    ledger.silence(Silence("s9", "tide", "soap", "ines", "so", NOW, NOW + HOUR))
    ledger.decide(order("approve", "eve"), NOW, PERMIT)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql(statement)


def test_a_right_that_nobody_gave_shows_and_so_does_a_changed_deed(engine: Engine, ledger: Ledger) -> None:
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    ledger.keep_refusal("U1", "approve p1", "no", via="slack", now=NOW)
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO absences VALUES (9, 'jon', 'eve', '', '2026-11-22T20:00:00.000Z', "
            "'2026-11-23T20:00:00.000Z', 'jon', NULL)"
        )
        connection.exec_driver_sql("DROP TRIGGER deeds_no_update")
        connection.exec_driver_sql("UPDATE deeds SET why = 'yes' WHERE number = 1")
    assert ledger.verify_audit() == [
        "deed 1 (away by maya) was changed after it was written",
        "absence 9 lets eve decide for jon, and nobody is known to have said so",
    ]


def test_a_deed_that_makes_no_sense_stops_us(engine: Engine, ledger: Ledger) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO deeds VALUES (1, 'back', 'x', '', '', NULL, 'cli', 'never', 'h')")
    with pytest.raises(BadState, match="deed 1: the stored row makes no sense"):
        ledger.deeds()


def test_a_ledger_of_the_first_version_takes_stand_ins(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    make_first_version(path)
    engine = open_database(path)
    ledger = Ledger(engine)
    ledger.go_away(MAYA_AWAY, by="maya", via="slack")
    offered(ledger)
    ledger.decide(order("approve", "eve"), NOW, PERMIT)
    assert ledger.proposal("p1").escalations == a_proposal().escalations == ()
    assert ledger.verify_audit() == []
    engine.dispose()
