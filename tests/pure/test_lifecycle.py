"""The table of moves: what is refused, in which words, and what no order of moves can break."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.errors import Refused
from responders.lifecycle import MOVES, Facts, apply, decide, yeses
from responders.model import FINAL, Approval, Draft, Escalation, Pause, Proposal, Receipt, Silence, State
from responders.rights import Away, Permit, Standing, standing
from responders.silencing import silence_over
from tests.samples import NOW, a_proposal, a_trend

LATER = NOW + timedelta(seconds=67)


def approved(**changes: object) -> Proposal:
    return apply(a_proposal(**changes), "approve", Facts(NOW, "maya", seen_revision=1))


def refusal(proposal: Proposal, act: str, facts: Facts) -> str:
    with pytest.raises(Refused) as caught:
        decide(proposal, act, facts)
    return str(caught.value)


def test_a_yes_starts_the_undo_window() -> None:
    after = approved()
    assert (after.state, after.send_after) == (State.APPROVED, NOW + timedelta(seconds=10))
    assert after.approvals == (Approval("maya", 1, after.digest, NOW),)


def test_the_second_approval_is_told_who_won() -> None:
    said = refusal(approved(), "approve", Facts(LATER, "jon", seen_revision=1))
    assert said == "p1 is already approved by maya at 20:40:00 UTC: undo takes it back"


def test_an_approval_of_an_old_look_is_told_what_changed() -> None:
    edited = apply(a_proposal(), "edit", Facts(LATER, "maya", seen_revision=1, text="lights? who needs lights"))
    said = refusal(edited, "approve", Facts(LATER, "jon", seen_revision=1))
    assert said == "p1 was edited by maya at 20:41:07 UTC: you saw revision 1, it is now 2"


def test_an_edit_voids_earlier_yeses() -> None:
    once = apply(a_proposal(tier=2, needed=2), "approve", Facts(NOW, "maya", seen_revision=1))
    assert once.state is State.PENDING
    edited = apply(once, "edit", Facts(NOW, "jon", seen_revision=1, text="another text"))
    assert edited.approvals == ()
    assert edited.edited_by == "jon"


def test_choosing_another_draft_is_an_edit_and_a_yes_in_one_step() -> None:
    steps = decide(a_proposal(), "approve", Facts(NOW, "maya", seen_revision=1, text="no lights, no problem"))
    assert [move for move, _ in steps] == ["edit", "approve"]
    after = steps[-1][1]
    assert (after.text, after.revision, after.state) == ("no lights, no problem", 2, State.APPROVED)
    assert after.edited_by is None  # a draft is nobody's own text


def test_choosing_another_draft_voids_the_yes_to_the_first() -> None:
    once = apply(a_proposal(tier=2, needed=2), "approve", Facts(NOW, "maya", seen_revision=1))
    after = decide(once, "approve", Facts(NOW, "jon", seen_revision=1, text="no lights, no problem"))[-1][1]
    assert [a.person for a in after.approvals] == ["jon"]
    assert after.state is State.PENDING


def test_a_text_that_is_no_draft_cannot_be_approved_unseen() -> None:
    said = refusal(a_proposal(), "approve", Facts(NOW, "maya", seen_revision=1, text="something else"))
    assert said == "that text is no draft of p1: save it as an edit first, then approve it"


def test_an_own_text_chosen_again_by_another_keeps_its_author() -> None:
    own = apply(a_proposal(), "edit", Facts(NOW, "maya", seen_revision=1, text="mine"))
    back = apply(own, "edit", Facts(NOW, "jon", seen_revision=2, text="dunk in the dark"))
    again = apply(back, "edit", Facts(NOW, "jon", seen_revision=3, text="mine"))
    assert (back.edited_by, again.edited_by) == (None, "maya")


def test_tier_two_needs_two_people_even_where_the_settings_say_one() -> None:
    once = apply(a_proposal(tier=2, needed=1), "approve", Facts(NOW, "maya", seen_revision=1))
    assert once.state is State.PENDING
    assert "another person has to" in refusal(once, "approve", Facts(NOW, "maya", seen_revision=1))
    assert apply(once, "approve", Facts(NOW, "jon", seen_revision=1)).state is State.APPROVED


def test_nobody_outside_the_list_approves() -> None:
    said = refusal(a_proposal(approvers=("maya", "jon")), "approve", Facts(NOW, "eve", seen_revision=1))
    assert said == "eve may not decide on p1: maya, jon may"


@pytest.mark.parametrize("act", ["edit", "approve", "snooze"])
def test_after_the_deadline_nothing_is_changed_any_more(act: str) -> None:
    late = NOW + timedelta(minutes=20)
    facts = Facts(late, "maya", seen_revision=1, text="x" if act == "edit" else None, until=late + timedelta(minutes=1))
    assert refusal(a_proposal(), act, facts) == "too late: p1 was good until 21:00:00 UTC"


def test_a_yes_whose_undo_window_ends_after_the_deadline_is_refused_at_once() -> None:
    said = refusal(a_proposal(), "approve", Facts(NOW + timedelta(minutes=19, seconds=55), "maya", seen_revision=1))
    assert said.startswith("too late for p1: it can be taken back until 21:00:05 UTC")


def test_a_pause_and_a_silence_hold_back_the_yes_and_the_claim() -> None:
    pause = Pause("ines", "bad news", NOW, None)
    silence = Silence("s1", None, "blackout", "ines", "people are hurt", NOW, NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="paused by ines since 20:40:00 UTC: bad news"):
        apply(a_proposal(), "approve", Facts(LATER, "maya", seen_revision=1, pause=pause))
    with pytest.raises(Refused, match="paused by ines since 20:40:00 UTC: bad news"):
        apply(approved(), "claim", Facts(LATER, "outbox", pause=pause))
    with pytest.raises(Refused, match="'blackout' is silenced by ines"):
        apply(approved(), "claim", Facts(LATER, "outbox", silence=silence))


@pytest.mark.parametrize(
    ("term", "covered"),
    [
        ("blackout", True),
        ("  BLACKOUT ", True),
        ("bowl", True),
        ("ann", True),
        ("t1", True),
        ("bow", False),
        ("", False),
    ],
)
def test_a_silence_covers_terms_names_and_authors_as_whole_words(term: str, covered: bool) -> None:
    silence = Silence("s1", "oreo", term, "ines", "", NOW, NOW + timedelta(hours=1))
    found = silence_over(a_proposal(), a_trend(), [silence], now=NOW)
    assert (found is silence) is covered


def test_a_silence_of_another_brand_or_another_hour_covers_nothing() -> None:
    over = Silence("s1", None, "blackout", "ines", "", NOW - timedelta(hours=2), NOW)
    other = replace(over, brand="fanta", until=NOW + timedelta(hours=1))
    assert silence_over(a_proposal(), a_trend(), [over, other], now=NOW) is None


def test_nothing_is_claimed_inside_the_undo_window() -> None:
    with pytest.raises(Refused, match="may not be sent before 20:40:10 UTC"):
        apply(approved(), "claim", Facts(NOW + timedelta(seconds=9), "outbox"))


def test_a_yes_that_does_not_fit_the_text_claims_nothing() -> None:
    forged = replace(approved(), text="something nobody saw")
    with pytest.raises(Refused, match="lacks a yes to its present text: 0 of 1"):
        apply(forged, "claim", Facts(LATER, "outbox"))


def test_undo_before_sending_takes_back_and_after_sending_has_to_wait() -> None:
    assert decide(approved(), "undo", Facts(LATER, "jon"))[0][1].state is State.WITHDRAWN
    sending = apply(approved(), "claim", Facts(LATER, "outbox"))
    assert refusal(sending, "undo", Facts(LATER, "jon")).startswith("p1 is being sent since 20:41:07 UTC")


def test_a_rejection_needs_a_reason() -> None:
    assert "say why" in refusal(a_proposal(), "reject", Facts(NOW, "maya", why="  "))


@pytest.mark.parametrize("until", [None, NOW, NOW + timedelta(minutes=20)])
def test_a_snooze_ends_between_now_and_the_deadline(until: datetime | None) -> None:
    assert "p1" in refusal(a_proposal(), "snooze", Facts(NOW, "maya", until=until))


@pytest.mark.parametrize("text", ["", "  \n", "a\x00b", "a\x1b[2Jb", "\ud800", "dunk in the dark"])
def test_an_edit_that_cannot_be_posted_or_changes_nothing_is_refused(text: str) -> None:
    assert "p1" in refusal(a_proposal(), "edit", Facts(NOW, "maya", seen_revision=1, text=text))


def test_what_is_sent_again_keeps_its_mark_and_the_time_of_the_yes() -> None:
    sending = apply(approved(), "claim", Facts(LATER, "outbox"))
    again = apply(sending, "not_sent", Facts(LATER, "outbox", why="refused", until=LATER + timedelta(seconds=4)))
    assert (again.mark, again.approved_at, again.tries) == (sending.mark, NOW, 1)
    assert again.send_after == LATER + timedelta(seconds=4)


PEOPLE = st.sampled_from(["maya", "jon", "ines", "jon", "maya", "eve"])
SELDOM = st.integers(0, 14).map(lambda number: number == 7)
"""What ends a life is tried seldom: otherwise hardly any life comes to the end where something is posted."""
BEHIND = SELDOM.map(int)
TEXTS = st.sampled_from(["dunk in the dark", "no lights, no problem", "own text", "another own text"])


GROUP = "group:S1"


class Life(RuleBasedStateMachine):
    """People, clock, outbox and a lossy platform do what they like, in any order; so do settings and absences."""

    def __init__(self) -> None:
        super().__init__()
        self.p = a_proposal(tier=2, needed=2, approvers=("maya", "jon", GROUP))
        self.now = NOW
        self.pause: Pause | None = None
        self.named = {"maya", "jon", GROUP, "ines"}
        self.members: set[str] = {"eve"}
        self.away: dict[str, tuple[str, datetime]] = {}
        self.yes: dict[tuple[int, str], dict[str, set[str]]] = {}
        """By revision and text: who said yes, and whose seats each could have sat on then."""
        self.authors: dict[int, str | None] = {1: None}
        self.deliveries = 0
        self.delivered_now = False
        self.ended: State | None = None

    def go(self, act: str, by: str, **facts: object) -> bool:
        """Try it; True when the table let it pass."""
        known = Facts(self.now, by, why="so", pause=self.pause, standing=self.standing(by), **facts)
        before = self.p
        try:
            steps = decide(self.p, act, known)
        except Refused:
            return False
        for move, after in steps:
            assert after.state in MOVES[before.state, move]
            assert after.version == before.version + 1
            assert after.revision == before.revision + (move == "edit")
            if move == "edit":
                self.authors[after.revision] = after.edited_by
            before = after
        self.p = before
        return True

    def standing(self, who: str) -> Standing:
        away = [Away(one, to, "", NOW, until, one) for one, (to, until) in self.away.items()]
        return standing(who, Permit(frozenset(self.named), {GROUP: frozenset(self.members)}), away, now=self.now)

    def seats(self, who: str) -> set[str]:
        """Whose yes it could be, worked out in another way than the rule does."""
        sits = {one for one, (to, until) in self.away.items() if to == who and self.now < until} | {who}
        allowed = self.named & set(self.p.approvers)
        return {one for one in sits if one in allowed or (one in self.members and GROUP in allowed)}

    @rule(who=PEOPLE, to=PEOPLE, secs=st.sampled_from([5, 60, 600]))
    def leave(self, who: str, to: str, secs: int) -> None:
        self.away[who] = (to, self.now + timedelta(seconds=secs))

    @rule(who=PEOPLE)
    def change_the_world(self, who: str) -> None:
        self.members ^= {who}
        if who in self.away:
            del self.away[who]

    @rule(who=st.sampled_from(["maya", "jon", "ines", GROUP]), really=SELDOM)
    def change_the_settings(self, who: str, really: bool) -> None:
        self.named ^= {who} if really else set()

    @rule(after_secs=st.sampled_from([0.0, 30.0, 300.0]))
    def escalate(self, after_secs: float) -> None:
        yeses = self.p.approvals
        if self.go("escalate", "clock", escalation=Escalation(after_secs, ("ines",))):
            assert self.now >= NOW + timedelta(seconds=after_secs)
            assert self.p.approvals == yeses

    @rule(secs=st.sampled_from([1, 5, 30, 30, 400]))
    def time_passes(self, secs: int) -> None:
        self.now += timedelta(seconds=secs)

    @rule(who=PEOPLE, text=TEXTS, behind=BEHIND, really=SELDOM | SELDOM | SELDOM)
    def edit(self, who: str, text: str, behind: int, really: bool) -> None:
        if really:
            self.go("edit", who, seen_revision=self.p.revision - behind, text=text)

    @rule(who=PEOPLE, text=st.none() | st.none() | TEXTS, behind=BEHIND)
    def approve(self, who: str, text: str | None, behind: int) -> None:
        seats = self.seats(who)
        if self.go("approve", who, seen_revision=self.p.revision - behind, text=text):
            assert behind == 0
            assert self.pause is None
            assert seats
            assert text in (None, self.p.text)
            known = self.yes.setdefault((self.p.revision, self.p.text), {})
            assert who not in known
            known[who] = seats

    @rule(who=PEOPLE, text=TEXTS)
    def add(self, who: str, text: str) -> None:
        before = self.p
        if self.go("add", who, drafts=(Draft(before.account, text, "model", "small"),), tier=before.tier):
            assert self.p.drafts[:-1] == before.drafts
            assert yeses(self.p) == yeses(before)
            assert self.p.digest == before.digest

    @rule(who=PEOPLE, act=st.sampled_from(["reject", "withdraw", "give_up"]), really=SELDOM)
    def stop(self, who: str, act: str, really: bool) -> None:
        if really:
            self.go(act, who)

    @rule(who=PEOPLE, gone=st.booleans(), really=SELDOM)
    def undo(self, who: str, gone: bool, really: bool) -> None:
        if really or self.p.state is State.PUBLISHED:
            self.go("undo", who, gone=gone)

    @rule()
    def expire(self) -> None:
        self.go("expire", "clock")

    @rule(really=SELDOM)
    def pause_or_resume(self, really: bool) -> None:
        if really or self.pause:
            self.pause = None if self.pause else Pause("ines", "", self.now, None)

    @rule(arrives=st.booleans())
    def claim(self, arrives: bool) -> None:
        if self.go("claim", "outbox"):
            assert self.pause is None
            assert self.now < self.p.deadline
            people = self.yes[self.p.revision, self.p.text]
            assert len(people) >= 2
            assert len(set().union(*people.values())) >= 2  # no two of them on one seat alone
            author = self.authors[self.p.revision]
            assert any(who != author and seats - {author} for who, seats in people.items())
            self.delivered_now = arrives
            self.deliveries += arrives

    @precondition(lambda self: self.p.state is State.SENDING)
    @rule(answered=st.booleans())
    def platform_answers(self, answered: bool) -> None:
        if not answered:
            self.go("lost", "outbox")
        elif self.delivered_now:
            self.go("accepted", "outbox", receipt=Receipt("id", None, self.now))
        else:
            self.go("not_sent", "outbox", until=self.now)

    @precondition(lambda self: self.p.state is State.UNCERTAIN)
    @rule()
    def reconciler_looks(self) -> None:
        if self.delivered_now:
            self.go("found", "reconciler", receipt=Receipt("id", None, self.now))
        else:
            self.go("absent", "reconciler")

    @invariant()
    def it_stands_in_public_once_at_most(self) -> None:
        assert self.deliveries <= 1

    @invariant()
    def published_means_delivered(self) -> None:
        assert self.p.state is not State.PUBLISHED or self.deliveries == 1

    @invariant()
    def final_states_are_final(self) -> None:
        if self.ended is not None:
            assert self.p.state is self.ended
        elif self.p.state in FINAL:
            self.ended = self.p.state


Life.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestLife = Life.TestCase
