"""Rules that ask for more than words, where posts are judged and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from monitor.detect import tokens
from monitor.detect.detector import Detector
from monitor.detect.vocabulary import NONE
from monitor.examples import trend_from_texts
from monitor.model import Brand, KeywordRule, Post, Signal, Trend, Verdict
from monitor.pipeline import rules_of
from monitor.settings import KeywordSettings
from monitor.signals import load
from monitor.signals.context import Context

NOW = datetime(2026, 2, 8, 20, 0, tzinfo=UTC)
TEXTS = ["dunk it", "we dunk", "a dunk in the dark", "dunk dunk", "dunk?", "dunk!", "one dunk", "two dunk"]


def trend(**fields: object) -> Trend:
    """Eight voices that write of a dunk; every second one has these fields."""
    made = trend_from_texts(TEXTS, NOW, voices_each=10)
    posts = tuple(
        msgspec.structs.replace(post, **fields) if place % 2 else post for place, post in enumerate(made.evidence)
    )
    return replace(made, name="something else", terms=("something",), evidence=posts)


def measure(name: str, brand: Brand, said: Trend) -> Signal:
    return load(name)(said, brand, NOW, context=Context())


@pytest.mark.parametrize(
    ("rule", "fields", "value"),
    [
        ("dunk", {}, 1.0),
        ("dunk lang:en", {"lang": "en"}, 0.5),
        ("dunk lang:en", {"lang": "pt"}, 0.0),
        ("dunk -is:repost", {"repost_of": "7"}, 0.5),
        ("dunk from:nfl", {"author": "NFL"}, 1 / 3),  # of one author two texts are read
        ("dunk min_followers:1000", {"author_followers": 5000}, 0.5),
        ("dunk platform:x", {"platform": "x"}, 0.5),
        ("dunk lang:en -is:repost", {"lang": "en", "repost_of": "7"}, 0.0),
        ("/d[u]nk/ has:media", {"has_media": True}, 0.5),
    ],
)
def test_relevance_asks_the_posts(rule: str, fields: dict[str, object], value: float) -> None:
    brand = Brand("oreo", "Oreo", keywords=(KeywordRule(rule, 0.5),))
    assert measure("relevance", brand, trend(**fields)).value == pytest.approx(value)


def test_a_brand_excludes_and_keeps_to_its_territories_by_posts() -> None:
    reposts = trend(repost_of="7")
    excluding = Brand("oreo", "Oreo", exclude=("dunk is:repost",))
    assert measure("relevance", excluding, reposts).veto is Verdict.IGNORE
    assert measure("relevance", excluding, trend()).veto is None
    at_home = Brand("oreo", "Oreo", territories=(("replies", "dunk is:reply"),))
    assert measure("territory", at_home, trend(reply_to="7")).veto is None
    assert measure("territory", at_home, trend()).veto is Verdict.IGNORE


def test_a_trends_name_alone_never_meets_a_condition_on_posts() -> None:
    named = replace(trend(), name="dunk", terms=("dunk",))
    assert measure("relevance", Brand("oreo", "Oreo", exclude=("dunk is:repost",)), named).veto is None
    assert measure("relevance", Brand("oreo", "Oreo", exclude=("dunk",)), named).veto is Verdict.IGNORE


def test_a_tag_is_what_the_card_calls_the_rule() -> None:
    settings = KeywordSettings(match="dunk list:x", weight=1.0, tag="the dunk", exclude=["is:repost", "web"])
    rule = settings.to_rule({"x": ("it", "dark")})
    assert rule == KeywordRule("(dunk (it OR dark)) -is:repost -web", 1.0, "the dunk")
    said = measure("relevance", Brand("oreo", "Oreo", keywords=(rule,)), trend())
    assert "best rule: the dunk" in said.why
    assert rules_of([Brand("oreo", "Oreo", keywords=(rule,))]) == (rule.match,)


def test_the_detector_counts_what_a_rule_of_posts_matches() -> None:
    met, unmet = "dunk lang:pt", "dunk lang:en"
    detector = Detector(rules=(met, unmet))
    for number in range(20):
        at = NOW + timedelta(seconds=number)
        detector.add(Post(str(number), "x", at, f"a dunk, say {number}", f"a{number}", lang="pt"))
    detector.advance(NOW + timedelta(minutes=5))
    hashes = np.array([tokens.rule_hash(rule) for rule in (met, unmet)], np.uint64)
    assert (detector._meter.vocabulary.find(hashes) != NONE).tolist() == [True, False]


def test_the_detector_names_rules_that_run_out_of_time() -> None:
    rule = "/d.*a.*r.*k.*!.*?!.*!.*!/"
    detector = Detector(rules=(rule, "dunk"))
    detector.add(Post("1", "x", NOW, "d" * 400 + "a" * 1200 + "r" * 1200 + "k" * 1200 + "!"))
    detector.advance(NOW + timedelta(minutes=5))
    assert detector.rules_that_timed_out() == [rule]
