"""Caps, reserve, forecasts and prices, without a clock or a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.budget import (
    KEPT_DAYS,
    RATE_MINUTES,
    Book,
    Caps,
    Once,
    Rate,
    Sum,
    affordable,
    assumed_spent,
    empty_at,
    forecast,
    forecast_text,
    next_day,
    next_month,
    refusal,
)
from monitor.prices import MICROS, READS, TARIFFS, Tariff, X, micros_of, usd_text

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
CAPS = Caps(day=micros_of(5), month=micros_of(100), reserve=0.1)
ACTS = sorted(X.prices)


def spent(usd: float, act: str = "post_read", day: date = TODAY) -> Book:
    return Book({day: {act: Sum(1, micros_of(usd))}})


def refused(book: Book, act: str = "post_read", count: int = 1, *, caps: Caps = CAPS, now: datetime = NOW) -> str:
    found = refusal(book, caps, X, act=act, count=count, now=now)
    return "" if found is None else found.why


def test_every_price_is_the_one_of_the_networks_page() -> None:
    assert {act: Decimal(price.micros) / MICROS for act, price in X.prices.items()} == {
        "post_read": Decimal("0.005"), "user_read": Decimal("0.010"), "owned_read": Decimal("0.001"),
        "counts_recent": Decimal("0.005"), "counts_all": Decimal("0.010"), "trends": Decimal("0.010"),
        "post_create": Decimal("0.015"), "post_create_with_url": Decimal("0.200"), "reply_summoned": Decimal("0.010"),
        "delete": Decimal("0.010"), "media_metadata": Decimal("0.005"),
    }  # fmt: skip


@pytest.mark.parametrize("tariff", TARIFFS.values())
def test_prices_nobody_looked_at_for_ninety_days_are_warned_of(tariff: Tariff) -> None:
    checked = date(2026, 8, 22)
    assert tariff.warning(checked + timedelta(days=90)) is None
    assert "91 days ago (2026-08-22)" in (tariff.warning(checked + timedelta(days=91)) or "")


def test_reading_stops_at_the_reserve_and_counting_goes_on_to_the_cap() -> None:
    assert refused(spent(4.495)) == ""
    assert "0.5 USD of 5 USD are kept for counting and posting" in refused(spent(4.5))
    assert refused(spent(4.5), "counts_recent", 100) == ""
    assert refused(spent(4.5), "counts_recent", 101) == "the 5 USD for X of this day are spent"


def test_probes_beyond_the_reserve_leave_reading_less() -> None:
    assert refused(spent(4.995, "trends")) == ""
    assert "this day are spent" in refused(spent(4.996, "trends"))


def test_the_months_cap_holds_on_a_fresh_day() -> None:
    book = spent(99.996, "trends", date(2026, 11, 1))
    assert "of this month are spent" in refused(book)
    assert refused(book, now=datetime(2026, 12, 1, tzinfo=UTC)) == ""
    found = refusal(book, CAPS, X, act="post_read", count=1, now=NOW)
    assert found is not None
    assert found.until == datetime(2026, 12, 1, tzinfo=UTC)


def test_what_the_network_allows_in_a_month_holds_however_much_money_there_is() -> None:
    rich = Caps(micros_of(1_000_000), micros_of(1_000_000), 0.0)
    book = Book({TODAY: {"post_read": Sum(2_999_999, 1)}})
    assert refused(book, caps=rich) == ""
    assert "X allows 3,000,000 post_read a month" in refused(book, count=2, caps=rich)
    assert affordable(book, rich, X, act="post_read", now=NOW) == 1


@pytest.mark.parametrize(("act", "count"), [("tweet_read", 1), ("post_read", -1)])
def test_an_act_without_a_price_is_nobodys_to_pay(act: str, count: int) -> None:
    with pytest.raises(ValueError, match=act):
        refused(Book(), act, count)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0, 1), st.sampled_from(ACTS), st.integers(0, 10**9))
def test_affordable_is_the_last_count_that_is_not_refused(
    day: int, month: int, reserve: float, act: str, before: int
) -> None:
    caps, book = Caps(day, month, reserve), Book({TODAY: {act: Sum(1, before)}})
    times = affordable(book, caps, X, act=act, now=NOW)
    if before <= min(day, month) and (act not in READS or before <= min(caps.for_reads(day), caps.for_reads(month))):
        assert refused(book, act, times, caps=caps) == ""
    assert refused(book, act, times + 1, caps=caps) != ""


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        ("2026-11-28T12:00:00Z", "2026-11-29", "2026-12-01"),
        ("2026-12-31T23:59:59Z", "2027-01-01", "2027-01-01"),
        ("2028-01-31T00:00:00Z", "2028-02-01", "2028-02-01"),
        ("2026-11-29T00:30:00+01:00", "2026-11-29", "2026-12-01"),
    ],
)
def test_money_is_back_by_utc(now: str, day: str, month: str) -> None:
    at = datetime.fromisoformat(now)
    assert next_day(at) == datetime.fromisoformat(f"{day}T00:00:00Z")
    assert next_month(at) == datetime.fromisoformat(f"{month}T00:00:00Z")


def test_a_book_that_cannot_be_read_counts_as_spent_and_passes_no_cap() -> None:
    for day in range(1, 29):
        now = NOW.replace(day=day)
        book = assumed_spent(CAPS, now)
        assert book.of_day(now.date()).micros == CAPS.day
        assert book.of_month(now.date()).micros <= CAPS.month
        assert "spent" in refused(book, "counts_recent", now=now)


def test_a_book_keeps_its_month_and_forgets_old_days() -> None:
    book = Book()
    for day in range(400):
        book = book.with_spent(date(2026, 1, 1) + timedelta(days=day), "trends", Sum(1, 10_000))
    assert len(book.days) == KEPT_DAYS + 1
    assert book.of_month(date(2027, 1, 31)).count == 31
    assert spent(1, day=date(2025, 11, 28)).of_month(TODAY).count == 0, "the same month of another year"
    back = book.with_spent(date(2020, 5, 3), "trends", Sum(1, 10_000))
    assert back.of_month(date(2020, 5, 9)).count == 1, "a clock that was set back writes on its own page"


def test_the_same_post_is_charged_once_a_day() -> None:
    once = Once()
    assert once.new(["a", "b", "a"], NOW) == ["a", "b"]
    assert once.new(["b", "c"], NOW + timedelta(hours=11)) == ["c"]
    assert once.new(["b", "c"], NOW + timedelta(hours=12)) == ["b", "c"]


def test_at_this_rate_the_money_ends_at() -> None:
    rate = Rate()
    for minute in range(120):  # 0.01 USD a minute, then twice as much
        rate.add(10_000 if minute < 60 else 20_000, NOW + timedelta(minutes=minute))
    now = NOW + timedelta(minutes=120)
    assert rate.micros_a_sec(now) == pytest.approx(20_000 / 60, rel=0.05)
    assert empty_at(micros_of(1.2), 20_000 / 60, now) == now + timedelta(minutes=60)
    assert empty_at(micros_of(100), 20_000 / 60, now) is None, "not today"
    assert rate.micros_a_sec(now + timedelta(minutes=RATE_MINUTES + 1)) == 0.0
    assert empty_at(1, 0.0, now) is None


def test_a_first_post_is_no_rate() -> None:
    rate = Rate()
    rate.add(5_000, NOW)
    assert rate.micros_a_sec(NOW + timedelta(seconds=1)) == 0.0
    assert rate.micros_a_sec(NOW + timedelta(seconds=100)) == pytest.approx(50.0)


def test_ten_posts_a_second_cost_what_the_notes_on_x_say() -> None:
    told = forecast(replace(CAPS, reserve=0.0), X, {"post_read": 10.0})
    assert told.wanted_micros == micros_of(4_320 * 30)
    assert told.micros == CAPS.month
    assert told.hours_a_day == pytest.approx(24 * 5 / 4320)


def test_a_forecast_is_a_sentence() -> None:
    assert forecast_text(CAPS, X, {"trends": 1 / 3600}) == "about 7.2 USD a month"
    assert forecast_text(CAPS, X, {"post_read": 10.0}) == (
        "about 100 USD a month; without the caps about 129,600 USD, and each day's reading ends after 0.0 h"
    )


@given(st.decimals(0, 10**6, places=6))
def test_dollars_become_micros_and_text_without_a_loss(usd: Decimal) -> None:
    assert Decimal(micros_of(str(usd))) / MICROS == usd
    assert micros_of(float(usd)) == int(usd * MICROS)


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0 USD"), (5_000, "0.005 USD"), (1, "0.000001 USD"), (12_500_000, "12.5 USD"), (4_320_000_000, "4,320 USD"),
     (10_000_000, "10 USD"), (100_000_000, "100 USD")],
)  # fmt: skip
def test_money_reads_well(micros: int, text: str) -> None:
    assert usd_text(micros) == text


@pytest.mark.parametrize("usd", ["-1", "nan", "inf"])
def test_what_is_no_amount_is_refused(usd: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        micros_of(usd)
