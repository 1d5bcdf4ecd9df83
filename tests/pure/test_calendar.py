"""The signal of the calendars: silence on a day of mourning, its words off limits around it, the reason on the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.examples import trend_from_texts
from monitor.model import Brand, RememberedDay, Signal, Verdict
from monitor.signals.calendar import measure
from monitor.signals.context import Context

NINE_ELEVEN = RememberedDay(
    *("9/11 remembrance day", "us", "the United States", "nearly 3,000 people killed in 2001 are mourned", "09-11"),
    dates=(),
    days=1,
    follows=Verdict.BLOCK,
    terms=("9/11", "never forget"),
    time_zones=("America/New_York",),
)
VETERANS = replace(NINE_ELEVEN, name="Veterans Day", rule="11-11", follows=Verdict.CAUTION, terms=("veterans day",))
BRAND = Brand("any", "Any", time_zone="America/New_York", remembered=(NINE_ELEVEN, VETERANS))
COOKIES = [f"cookies number {n} with milk at the stadium" for n in range(10)]


def said(day: str, texts: list[str], brand: Brand = BRAND) -> Signal:
    now = datetime.fromisoformat(f"{day}T18:00:00").replace(tzinfo=UTC)
    return measure(trend_from_texts(texts, now), brand, now, context=Context())


def test_on_a_day_of_mourning_nothing_is_offered_and_the_card_would_say_why() -> None:
    signal = said("2026-09-11", COOKIES)
    assert signal.veto is Verdict.BLOCK
    assert signal.why == (
        "9/11 remembrance day in the United States: nearly 3,000 people killed in 2001 are mourned; "
        "nobody jokes or sells today"
    )


def test_on_a_quiet_day_two_people_look() -> None:
    signal = said("2026-11-11", COOKIES)
    assert (signal.value, signal.veto) == (0.5, None)
    assert signal.caution is not None
    assert signal.caution.startswith("Veterans Day in the United States: ")


@pytest.mark.parametrize(("day", "when"), [("2026-09-10", "is tomorrow"), ("2026-09-12", "was yesterday")])
def test_the_words_of_the_day_stop_a_trend_on_its_eve_and_the_day_after(day: str, when: str) -> None:
    assert said(day, COOKIES).veto is None
    signal = said(day, [*COOKIES, "9/11 cookies, never forget", "what a view, never forget 9/11"])
    assert signal.veto is Verdict.BLOCK
    assert f"9/11 remembrance day in the United States {when}" in signal.why


def test_the_words_of_a_quiet_day_stop_as_well() -> None:
    assert said("2026-11-11", ["veterans day sale"] * 2 + ["happy veterans day"] * 2).veto is Verdict.BLOCK


@pytest.mark.parametrize("day", ["2026-09-08", "2026-09-14", "2026-07-04"])
def test_an_ordinary_day_weighs_nothing_whatever_people_write(day: str) -> None:
    signal = said(day, ["9/11 was long ago"] * 5)
    assert (signal.value, signal.veto, signal.caution) == (1.0, None, None)


def test_one_voice_among_many_does_not_make_it_their_subject() -> None:
    assert said("2026-09-10", [*COOKIES, "never forget the milk"]).veto is None


def test_a_brand_without_markets_has_every_day() -> None:
    assert said("2026-09-11", COOKIES, replace(BRAND, remembered=())).value == 1.0
