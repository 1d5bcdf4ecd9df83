"""Why one draft stands above another: numbers that can be summed by hand, the same ones every time."""

from __future__ import annotations

from responders.drafting.ranking import WEIGHTS, Candidate, Drafted, ranked
from responders.drafting.templates import draft
from responders.model import Draft, Measure
from tests.pure.test_drafting_templates import ACCOUNT, BRAND, opportunity, template


def candidate(text: str, *, fits: bool = True, cleared: bool = False, model: str | None = None) -> Candidate:
    return Candidate(Draft(ACCOUNT.key, text, "model" if model else text[:8], model), fits, cleared)


def order(*candidates: Candidate, recent: tuple[str, ...] = (), limit: int = 9) -> Drafted:
    return ranked(candidates, opportunity(), BRAND, account=ACCOUNT, recent=recent, limit=limit)


def measure(one: Draft, name: str) -> Measure:
    return next(each for each in one.measures if each.name == name)


def test_the_rank_is_the_weighted_mean_that_a_hand_computes() -> None:
    [one] = order(candidate("Dunk in the dark.", cleared=True)).drafts
    values = {each.name: each.value for each in one.measures}
    assert values.keys() == WEIGHTS.keys()
    by_hand = (4 * 1.0 + 4 * 1.0 + 2 * 1.0 + 0.5 * 1.0 + 0.5 * values["length"] + 0.5 * values["turn"]) / 11.5
    assert abs(one.rank - by_hand) < 1e-12
    assert values["length"] == round(1 - 17 / 300, 3)


def test_every_measure_says_why() -> None:
    [one] = order(candidate("Dunk in the dark.", cleared=True)).drafts
    whys = {each.name: each.why for each in one.measures}
    assert whys["fit"] == "about dunk-in-the-dark"
    assert whys["vetted"] == "agreed beforehand"
    assert whys["term"] == "says 'dark'"
    assert whys["length"] == "17 of 300 graphemes"
    assert whys["novelty"] == "like nothing recent"


def test_the_very_fact_and_agreed_words_come_first_and_a_model_last() -> None:
    found = order(
        candidate("Cookies want no reason.", fits=False),
        candidate("Night has a crunch to it.", model="small"),
        candidate("Fingers know the way to it."),
        candidate("Still works without a plug.", cleared=True),
    )
    assert [one.text.split()[0] for one in found.drafts[:2]] == ["Still", "Fingers"]
    assert measure(found.drafts[-1], "vetted").value in (0.0, 0.5)


def test_what_resembles_an_earlier_post_or_a_draft_above_sinks() -> None:
    recent = ("Fingers know the way to the milk, they said.",)
    found = order(candidate("Fingers know the way to milk."), candidate("Night is a colour we own."), recent=recent)
    assert [one.text.split()[0] for one in found.drafts] == ["Night", "Fingers"]
    assert "like an earlier post" in measure(found.drafts[1], "novelty").why


def test_near_copies_and_those_beyond_the_limit_are_told() -> None:
    found = order(candidate("Dunk in the dark."), candidate("dunk, in the dark"), candidate("Quiet jar."), limit=1)
    assert len(found.drafts) == 1
    assert {each.why for each in found.skipped} == {"1 better ones were found"}


def test_the_same_trend_gets_the_same_order_and_numbers() -> None:
    texts = [template(f"t{n}", text) for n, text in enumerate(("Milk waits.", "Crumbs tell.", "Twist it."))]
    first, again = (draft(opportunity(), BRAND, texts, account=ACCOUNT, recent=()) for _ in range(2))
    assert first == again
