"""Why something was not told: each reason in a sentence, and what would have caught it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.detect.lookup import Counted
from monitor.model import Brand, Bridge, KeywordRule, Score, Verdict
from responders.approvals import Judged, samples
from responders.missing import Known, explained, link_in, speaks_of, words_of

BRAND = Brand("oreo", "Oreo", keywords=(KeywordRule("dark OR blackout"), KeywordRule('"lights out"', tag="lights")))
FORCED = Score("oreo", Verdict.IGNORE, 0, 0.2, "forced: nothing links this to Oreo", None, ())
MET = replace(FORCED, verdict=Verdict.OFFER, bridge=Bridge("dunk", "you can dunk", 1.0, ("dark",)))
BEST = Counted("zeppelin harbour", 9, 4000, 4, 300, 0.8, 3.1, 5.5, 8, 6)


def told(known: Known, score: Score = FORCED) -> str:
    found = explained(known, [(BRAND, score)])
    return " ".join((*found.reasons, *found.catches))


def test_what_was_not_heard_is_said_so_with_the_rule_that_would_ask_for_it() -> None:
    said = told(Known("a Zeppelin over the harbour"))
    assert "It was not heard: none of the posts that are kept" in said
    assert "none of its keywords meets it; 'zeppelin harbour' would" in said
    assert "a fact with the term 'zeppelin' would, if it is true of the brand" in said
    assert "it would be ignore now: forced" in said


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (BEST, "below the bar"),
        (replace(BEST, voices=3), "too small: 3 different posts, and 6 are needed"),
        (replace(BEST, significance=7.0), "above the bar now"),
        (replace(BEST, window_secs=0), "has no past to compare with"),
    ],
)
def test_what_was_counted_is_told_with_its_bar(counted: Counted, reason: str) -> None:
    said = told(Known("zeppelin over the harbour", counted=(counted,)))
    assert reason in said
    assert "'zeppelin harbour' stands in 9 of 4000 posts" in said
    if counted.window_secs:
        assert "4 posts in 5 min, where 0.8 are usual" in said
        assert f"{counted.significance:.1f} standard deviations of the 5.5" in said


def test_what_was_judged_is_told_with_every_brands_reason() -> None:
    trend = samples.opportunity().trend
    said = told(Known("lights out", judged=(Judged(trend, (FORCED,), trend.detected_at),), counted=(BEST,)))
    assert f"as {trend.name!r} ({trend.voices} voices). oreo: ignore, forced: nothing links this to Oreo." in said
    assert "It was counted" not in said
    assert "its keyword 'lights' meets it" in said


def test_what_has_a_card_was_not_missed() -> None:
    assert "It has a card: Superdome lights out." in told(Known("lights out", carded=("Superdome lights out",)))


def test_a_fact_that_meets_is_named() -> None:
    said = told(Known("dark tonight"), MET)
    assert "its keyword 'dark OR blackout' meets it; its fact 'dunk' meets it; it would be offer now." in said


@pytest.mark.parametrize(
    ("text", "link", "reason"),
    [
        ("https://a.test/1", "https://a.test/1", "The post behind the link was not heard; no link is opened."),
        ("", "", "There is no word in it."),
        ("!!! ??", "", "There is no word in it."),
    ],
)
def test_nothing_to_look_for_is_said(text: str, link: str, reason: str) -> None:
    assert told(Known(text, link)).startswith(reason)


def test_words_and_links_are_told_apart() -> None:
    assert link_in("look <https://a.test/x?y=1|a.test> here") == "https://a.test/x?y=1"
    assert link_in("see https://a.test/x now") == "https://a.test/x"
    assert link_in("javascript:alert(1)") == ""
    assert words_of("The Zeppelin over https://a.test/harbour is a zeppelin") == ("zeppelin",)
    assert words_of("<!channel> Harbour harbour") == ("channel", "harbour")
    assert words_of("lights LIGHTS out") == ("lights",)


def test_half_of_the_words_make_it_the_same_happening() -> None:
    trend = samples.opportunity().trend
    assert speaks_of(trend, ("superdome", "lights"))
    assert not speaks_of(trend, ("superdome", "zeppelin", "harbour"))
    assert not speaks_of(trend, ())
