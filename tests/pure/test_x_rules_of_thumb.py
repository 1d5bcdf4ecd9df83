"""X: when a rule rises, which trends meet it, how it is thinned out, and what money allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.budget import Caps
from monitor.clock import FakeClock
from monitor.prices import TARIFFS, micros_of
from monitor.purse import KeptPurse
from monitor.sources.x.chosen import Chosen, can_be_thinned, met_by, thinned, without_sample
from monitor.sources.x.money import Meter, thinner
from monitor.sources.x.rising import Look, Minutes
from monitor.sources.x.ruleset import name_of, tag_of
from monitor.sources.x.settings import Rising

BEGIN = datetime(2026, 11, 15, tzinfo=UTC)
WEEK = 7 * 24 * 60


def week(counts: list[int]) -> Minutes:
    """Counts of each minute."""
    minutes = Minutes()
    step = timedelta(minutes=1)
    minutes.add((BEGIN + place * step, BEGIN + (place + 1) * step, count) for place, count in enumerate(counts))
    return minutes


def look(counts: list[int], **more: float) -> Look:
    found = week(counts).look(window=5, at_least=int(more.get("at_least", 20)), times=more.get("times", 3.0))
    assert found is not None
    return found


def test_a_rule_rises_above_its_own_usual() -> None:
    assert look([2] * WEEK + [9] * 5).is_rising
    assert not look([2] * WEEK + [5] * 5).is_rising, "not three times as many"
    assert look([2] * WEEK + [9] * 5).usual == 10


def test_a_few_posts_are_no_rise_however_quiet_it_was() -> None:
    assert not look([0] * WEEK + [3] * 5).is_rising
    assert look([0] * WEEK + [4] * 5).is_rising


def test_its_own_evening_peak_is_nothing_new() -> None:
    day = [1] * (22 * 60) + [40] * 120
    assert not look(day * 7 + [40] * 5).is_rising
    assert look(day * 7 + [45] * 5).is_rising


def test_the_minute_that_is_not_over_is_not_counted() -> None:
    minutes = week([1] * 600)
    until = minutes.known_until
    assert until == BEGIN + timedelta(minutes=600)
    minutes.add([(until, until + timedelta(seconds=30), 1000)])
    found = minutes.look(window=5, at_least=1, times=1.0)
    assert found is not None
    assert found.latest == 5
    minutes.add([(until, until + timedelta(minutes=1), 1000)])
    found = minutes.look(window=5, at_least=1, times=1.0)
    assert found is not None
    assert found.latest == 1004


def test_no_more_than_a_week_is_kept_and_little_says_nothing() -> None:
    assert len(week([1] * (WEEK + 500)).counts) == WEEK
    assert week([1] * 60).look(window=5, at_least=1, times=1.0) is None


@pytest.mark.parametrize(
    ("rule", "trend", "is_met"),
    [
        ("#lights OR blackout", "Blackout in the stadium", True),
        ('"power cut" lang:en', "Big Power Cut", True),
        ('"power cut" lang:en', "power and cut", False),
        ("tea -blackout", "blackout", False),
        ("tea lang:en", "en", False),
        ("tea has:links", "links", False),
        ("(#lights @oreo)", "#LIGHTS", True),
        ("@oreo", "oreo", False),
        ("tea", "teapot", False),
        ("a OR b", "or", False),
    ],
)
def test_a_trend_meets_a_rule_by_a_whole_word(rule: str, trend: str, is_met: bool) -> None:
    assert (met_by(["something", trend], rule) == trend) is is_met


def test_a_rule_is_thinned_out_where_there_is_room() -> None:
    assert thinned("a OR b", 7) == "(a OR b) sample:7"
    assert without_sample("(a sample:7) b sample:9") == "(a) b"
    assert can_be_thinned("a OR b")
    assert not can_be_thinned("a sample:7")
    assert not can_be_thinned("x" * 1015)


def test_a_rule_that_cannot_be_thinned_is_given_up_for_the_day() -> None:
    chosen = Chosen({"a": "x" * 1020, "b": "tea"}, Rising())
    assert chosen.start("a", BEGIN)
    assert chosen.start("b", BEGIN)
    assert chosen.thin("a", 0.5) == 0
    assert chosen.thin("b", 0.5) == 50
    assert chosen.texts() == {"b": "(tea) sample:50"}
    assert not chosen.start("a", BEGIN)
    chosen.new_day()
    assert chosen.start("a", BEGIN)
    assert chosen.texts()["b"] == "tea"


def test_it_is_calm_after_a_quarter_of_an_hour_below_half_of_the_bar() -> None:
    chosen = Chosen({"a": "tea"}, Rising())
    chosen.start("a", BEGIN, bar=20.0)
    low, high = Look(9, 1.0, 20.0, 5), Look(10, 1.0, 20.0, 5)
    assert not chosen.note("a", low, BEGIN + timedelta(minutes=14))
    assert not chosen.note("a", high, BEGIN + timedelta(minutes=14))
    assert not chosen.note("a", low, BEGIN + timedelta(minutes=28))
    assert chosen.note("a", low, BEGIN + timedelta(minutes=29))


def test_the_loudest_rule_gives_way_to_the_others() -> None:
    assert thinner({"a": 10.0, "b": 100.0}, 3300) is None
    assert thinner({}, 0) is None
    name, part = thinner({"a": 10.0, "b": 100.0}, 1200) or ("", 0.0)
    assert (name, part) == ("b", pytest.approx(0.1))
    assert thinner({"b": 100.0}, 0) == ("b", 0.0)


def test_tags_name_the_rule_and_its_text() -> None:
    assert name_of(tag_of("lights", "a")) == "lights"
    assert tag_of("lights", "a") != tag_of("lights", "b")
    assert name_of("somebody's") is None
    assert name_of("bonmot:") is None


def purse_of(usd: float, clock: FakeClock) -> KeptPurse:
    return KeptPurse(TARIFFS["x"], Caps(micros_of(usd), micros_of(10.0)), clock)


async def test_a_meter_pays_a_post_once_a_utc_day() -> None:
    clock = FakeClock(BEGIN + timedelta(hours=23))
    purse = purse_of(1.0, clock)
    meter = Meter(purse, clock)
    assert [meter.take("1", ["7"]), meter.take("1", ["7"]), meter.take("2", ["7"])] == [True, False, True]
    meter.settle()
    assert purse.spent[0] == 20_000
    await clock.advance(7200)
    assert meter.take("1") is False
    meter.settle()
    assert purse.spent[0] == 5_000


def test_a_meter_says_how_many_may_still_come() -> None:
    purse = purse_of(1.0, FakeClock(BEGIN))
    meter = Meter(purse, FakeClock(BEGIN))
    assert [meter.may_read(most) for most in (0, 50, 180, 181, 5000)] == [0, 50, 180, 180, 180]
    meter.spoilt(count=200)
    meter.settle()
    assert purse.spent[0] == 900_000, "what came beyond the cap cannot be paid"
    assert meter.may_read(100) == 0
