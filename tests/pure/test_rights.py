"""Who may say yes: names, groups, stand-ins and steps, and what no mixture of them allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import Refused
from responders.lifecycle import Facts, NotAllowed, apply
from responders.model import Escalation, Proposal, Silence, State
from responders.rights import Away, Permit, Rule, Step, check, due_step, standing
from responders.silencing import check as check_silence
from responders.silencing import silence_on
from tests.samples import NOW, a_proposal, a_trend

HOUR = timedelta(hours=1)
EVERYBODY = frozenset({"maya", "jon", "ines", "group:S1"})


def away(person: str, delegate: str | None, **changes: object) -> Away:
    return replace(Away(person, delegate, "at sea", NOW - HOUR, NOW + HOUR, person), **changes)


def yes(p: Proposal, who: str, *absences: Away, secs: float = 0, **permit: object) -> Proposal:
    """A yes by the settings, groups and absences given."""
    now = NOW + timedelta(seconds=secs)
    known = standing(who, Permit(**{"named": EVERYBODY} | permit), absences, now=now)
    return apply(p, "approve", Facts(now, who, seen_revision=p.revision, standing=known))


def test_a_stand_in_acts_under_their_own_name_for_somebody() -> None:
    after = yes(a_proposal(approvers=("maya",)), "eve", away("maya", "eve"))
    assert after.state is State.APPROVED
    [given] = after.approvals
    assert (given.person, given.seat, given.entry) == ("eve", "maya", "maya")
    assert apply(after, "claim", Facts(NOW + timedelta(seconds=11), "outbox")).state is State.SENDING


def test_an_absence_ends_by_itself_and_the_stand_in_with_it() -> None:
    p = a_proposal(approvers=("maya",), deadline=NOW + 5 * HOUR)
    assert yes(p, "eve", away("maya", "eve"), secs=3599).state is State.APPROVED
    with pytest.raises(NotAllowed, match="eve may not decide on p1: maya may"):
        yes(p, "eve", away("maya", "eve"), secs=3600)


def test_one_human_never_counts_twice() -> None:
    once = yes(a_proposal(tier=2, needed=2), "jon", away("maya", "jon"))
    with pytest.raises(Refused, match="you said yes to p1 at 20:40:00 UTC already: another person has to"):
        yes(once, "jon", away("maya", "jon"))


def test_one_seat_never_counts_twice() -> None:
    once = yes(a_proposal(tier=2, needed=2, approvers=("maya", "ines")), "jon", away("maya", "jon"))
    with pytest.raises(Refused, match="jon said yes for maya to p1 at 20:40:00 UTC already: another person has to"):
        yes(once, "maya", away("maya", "jon"))
    with pytest.raises(Refused, match="jon said yes for maya"):
        yes(once, "eve", away("maya", "eve"))
    assert yes(once, "ines").state is State.APPROVED


def test_two_yeses_of_the_author_and_from_the_authors_seat_are_not_another_person() -> None:
    p = a_proposal(tier=2, needed=2, approvers=("maya", "ines"))
    own = apply(p, "edit", Facts(NOW, "maya", seen_revision=1, text="mine"))
    once = yes(own, "jon", away("maya", "jon"))
    with pytest.raises(Refused, match="another person has to"):
        yes(once, "maya")
    # Maya for Ines is another seat, and Jon for Maya another human; but Maya is in both, and nobody else looked.
    for_ines = yes(own, "maya", away("ines", "maya"), named=frozenset({"ines"}))
    both = yes(for_ines, "jon", away("maya", "jon"))
    assert [(y.person, y.seat) for y in both.approvals] == [("maya", "ines"), ("jon", "maya")]
    assert both.state is State.PENDING


def test_the_author_for_another_and_a_stand_in_for_the_author_post_nothing() -> None:
    p = a_proposal(tier=2, needed=2, approvers=("ines", "maya"))
    own = apply(p, "edit", Facts(NOW, "eve", seen_revision=1, text="mine"))
    # Eve wrote it and sits for Ines; Jon sits for Eve, who has no right of her own: nobody else looked.
    once = yes(own, "eve", away("ines", "eve"))
    assert once.state is State.PENDING
    with pytest.raises(NotAllowed):
        yes(once, "jon", away("eve", "jon"))


def test_a_stand_in_does_not_pass_on_what_was_passed_to_them() -> None:
    with pytest.raises(NotAllowed):
        yes(a_proposal(approvers=("maya",)), "eve", away("maya", "jon"), away("jon", "eve"))


def test_an_absence_without_a_stand_in_gives_nobody_anything() -> None:
    with pytest.raises(NotAllowed):
        yes(a_proposal(approvers=("maya",)), "eve", away("maya", None))


def test_a_member_of_a_group_decides_and_nobody_whom_slack_does_not_tell() -> None:
    p = a_proposal(approvers=("group:S1",))
    given = yes(p, "eve", members={"group:S1": frozenset({"eve"})}).approvals[0]
    assert (given.person, given.seat, given.entry) == ("eve", "", "group:S1")
    with pytest.raises(NotAllowed):
        yes(p, "eve", members={"group:S1": frozenset()})
    with pytest.raises(NotAllowed):
        yes(p, "eve", members={})


def test_a_member_who_is_away_may_have_a_stand_in() -> None:
    p = a_proposal(approvers=("group:S1",))
    given = yes(p, "jon", away("eve", "jon"), members={"group:S1": frozenset({"eve"})}).approvals[0]
    assert (given.seat, given.entry) == ("eve", "group:S1")


def test_whoever_was_taken_out_of_the_settings_decides_nothing_any_more() -> None:
    with pytest.raises(NotAllowed, match="maya may not decide on p1 any more: the settings changed"):
        yes(a_proposal(), "maya", named=frozenset({"jon"}))


def test_whoever_came_into_the_settings_waits_for_the_next_card() -> None:
    with pytest.raises(NotAllowed):
        yes(a_proposal(approvers=("maya",)), "ines")


def test_a_step_adds_people_and_says_yes_to_nothing() -> None:
    p = a_proposal(approvers=("maya",))
    early = Facts(NOW + timedelta(seconds=179), "clock", escalation=Escalation(180, ("jon",)))
    with pytest.raises(Refused, match="not time yet"):
        apply(p, "escalate", early)
    after = apply(p, "escalate", replace(early, now=NOW + timedelta(seconds=180)))
    assert (after.state, after.approvals, after.approvers) == (State.PENDING, (), ("maya", "jon"))
    assert yes(after, "jon", secs=181).state is State.APPROVED


def test_a_snoozed_card_asks_nobody_else() -> None:
    asleep = a_proposal(snoozed_until=NOW + timedelta(minutes=10))
    with pytest.raises(Refused, match="snoozed until"):
        apply(asleep, "escalate", Facts(NOW + timedelta(minutes=5), "clock", escalation=Escalation(180, ("eve",))))


def test_steps_follow_each_other_in_their_tier() -> None:
    rule = Rule({1: ("maya",)}, (Step(180, ("jon",)), Step(60, ("ines",), (2,)), Step(120, ("eve",), (0, 1))))
    chain = rule.chain(1)
    assert rule.named(1) == {"maya", "jon", "eve"}

    def due(done: int, secs: float) -> tuple[Step, float] | None:
        return due_step(chain, done, made_at=NOW, now=NOW + timedelta(seconds=secs))

    assert due(0, 179) is None
    assert due(0, 180) == (chain[0], 180.0)
    assert due(1, 299) is None
    assert due(1, 300) == (chain[1], 300.0)
    assert due(2, 9999) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until": NOW - 2 * HOUR}, "ends after it began"),
        ({"until": NOW + timedelta(days=61)}, "60 days at most"),
        ({"delegate": "maya"}, "somebody else has to decide for you"),
        ({"delegate": "eve"}, "nobody is called 'eve' in bot.yaml; known: jon, maya"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        check(replace(away("maya", "jon"), **changes), ("maya", "jon"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"term": " x "}, "say what to silence"),
        ({"term": "x" * 201}, "say what to silence"),
        ({"term": "a\x07b"}, "say what to silence"),
        ({"why": "  "}, "say why"),
        ({"until": NOW}, "ends after it began"),
        ({"until": NOW + timedelta(days=30, seconds=1)}, "30 days at most"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(changes: dict[str, object], said: str) -> None:
    silence = Silence("s1", None, "blackout", "ines", "people are hurt", NOW, NOW + HOUR)
    with pytest.raises(Refused, match=said):
        check_silence(replace(silence, **changes))


@pytest.mark.parametrize(
    ("term", "brand", "is_silent"),
    [("Blackout", None, True), ("ann", "oreo", True), ("@ANN", None, True), ("bowl", None, True), ("bow", None, False),
     ("lights out at  the bowl", None, True), ("blackout", "tide", False)],
)  # fmt: skip
def test_a_silence_covers_a_trend_before_there_is_a_card(term: str, brand: str | None, is_silent: bool) -> None:
    silence = Silence("s1", brand, term, "ines", "so", NOW, NOW + HOUR)
    assert (silence_on(a_trend(), "oreo", [silence], now=NOW) is silence) is is_silent
