"""How words meet a fact: its own words, their forms, a common phrase, or by meaning; and when they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from monitor.examples import trend_from_texts
from monitor.language import load_lexicon
from monitor.model import Brand, Bridge, Fact, Trend, Verdict
from monitor.score import judge
from monitor.signals.bridge import BY_MEANING, find
from monitor.signals.context import Context

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
LEXICON = Context(near=load_lexicon().near)


def _trend(texts: Sequence[str]) -> Trend:
    return trend_from_texts(list(texts), NOW, voices_each=10)


def _meets(terms: str, texts: Sequence[str], *, context: Context = LEXICON, languages: str = "en") -> Bridge | None:
    fact = Fact("fact", "it is a fact", tuple(terms.split(", ")))
    return find(_trend(texts), Brand("oreo", "Oreo", facts=(fact,), languages=tuple(languages.split())), context)


@pytest.mark.parametrize(
    ("terms", "texts"),
    [
        ("dunk", ["he dunked on everybody", "dunking all night", "who dunks like that"]),
        ("stain", ["my shirt is stained", "red sauce stains again", "staining the carpet"]),
        ("dark", ["lights out at the dome", "the lights went out here", "power cut in the stadium"]),
        ("black out", ["it is pitch black in here", "the lights went out on us", "no lights no game"]),
    ],
)
def test_other_forms_and_common_phrases_meet_a_fact_as_its_own_words_do(terms: str, texts: list[str]) -> None:
    met = _meets(terms, texts, context=Context())
    assert met is not None
    assert met.strength == 1.0


def test_a_phrase_does_not_meet_the_bare_word_for_the_thing() -> None:
    humour = ["such a dark joke", "dark humour at its best", "that was dark even for him"]
    assert _meets("power cut", humour, context=Context()) is None
    assert _meets("dark", humour, context=Context()) is not None


def test_forms_are_those_of_the_brands_languages() -> None:
    texts = ["das Licht erlosch", "alle Lichter aus", "keine Lichter mehr"]
    assert _meets("lichter", texts, languages="de", context=Context()) is not None
    assert _meets("lichten", ["she likens him to me"] * 3, languages="en", context=Context()) is None


def test_a_short_word_has_no_forms() -> None:
    assert _meets("mud", ["what a muddle", "muddled again", "in a muddle"], context=Context()) is None


def test_a_word_that_is_only_near_makes_a_thinner_bridge_and_says_to_what() -> None:
    texts = ["washing again", "so much washing today", "who does the washing", "washing on a sunday"]
    assert _meets("laundry", texts, context=Context()) is None, "without the lexicon nobody knows"
    met = _meets("laundry", texts)
    assert met is not None
    assert met.strength == BY_MEANING
    assert met.matched == ("washing, near to laundry",)


def test_a_near_word_by_the_way_is_no_bridge() -> None:
    texts = ["what a goal by seven", "top corner, keeper had no chance", "the whole pub is up", "goal of the year",
             "my phone is washing ashore with joy"]  # fmt: skip
    assert _meets("laundry", texts) is None


def test_a_brand_that_speaks_no_english_is_not_met_by_english_meanings() -> None:
    texts = ["washing again", "so much washing today", "who does the washing", "washing on a sunday"]
    assert _meets("laundry", texts, languages="de") is None


LOUD = (
    ["what a penalty save by number one", "saved it again, the keeper is a wall", "penalty saved, unreal keeper"],
    ["new trailer for the space film is here", "that trailer gave me chills", "trailer of the year, that last shot"],
    ["the chart is at forty thousand again", "number go up, forty thousand", "forty thousand and climbing"],
    ["he proposed to her on the pitch", "she said yes at half time", "a proposal in front of sixty thousand"],
    ["the new phone has three cameras", "three cameras and no plug", "so they moved the camera again"],
    ["season finale tonight and I am not ready", "that finale had me on the floor", "finale of the decade"],
    ["she won the slam at eighteen", "eighteen and a champion", "first title at eighteen, what a final"],
    ["the band is back together after ten years", "reunion tour, ten years later", "they announced the reunion tour"],
    ["our train stands still since an hour", "signal failure, nothing moves", "stuck on the train again"],
    ["the rocket landed on its feet", "booster came back and landed", "that landing, both boosters at once"],
    ["the parade goes past my window", "best floats in years at the parade", "parade and brass bands all morning"],
    ["transfer confirmed, he signs for five years", "here we go, five year deal", "medical done, deal signed"],
    ["the app changed its logo to a letter", "who made this logo", "the new logo looks like a typo"],
    ["overtime again, third night in a row", "overtime winner from the blue line", "overtime hockey is the best"],
    ["the baby hippo has a name now", "that hippo is famous", "hippo pictures all over my feed"],
    ["pole position by a thousandth", "that lap was out of this world", "pole lap, purple in every sector"],
    ["the award goes to the little film", "best picture for the little film, wow", "what a speech at the awards"],
    ["the game servers are full again", "queue of ninety minutes to log in", "patch day and nobody gets in"],
    ["he solved the cube in three seconds", "three seconds, world record", "cube record broken again"],
    ["the wave machine at the match works", "they do the wave since ten minutes", "longest wave ever in this ground"],
)


def test_twenty_loud_trends_without_a_bridge_give_no_card() -> None:
    assert len(LOUD) == 20
    fact = Fact("dark", "can be dunked in the dark", ("dark", "lights out", "snack", "milk", "cookie", "twist"))
    for texts in LOUD:
        score = judge(_trend(texts * 4), Brand("oreo", "Oreo", facts=(fact,)), NOW, context=LEXICON)
        assert score.verdict is Verdict.IGNORE, texts
        assert "forced" in score.why, texts
        assert score.bridge is None
