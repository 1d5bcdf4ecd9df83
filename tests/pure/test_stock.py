"""A text may promise what there is, until its end, and nothing that somebody counted away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Brand, Stock
from monitor.schema import StockSettings
from responders.stock import Count, against, promised

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
END = NOW + timedelta(hours=4)
SANDWICH = Stock("sandwich", ("chicken sandwich", "the sandwich"))
COUPON = Stock("coupon", ("coupon",), END)
BRAND = Brand("popeyes", "Popeyes", stock=(SANDWICH, COUPON))


def _count(left: int) -> dict[str, Count]:
    return {"sandwich": Count("popeyes", "sandwich", left, "maya", "sold out at noon", NOW)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Y'all good?", []),
        ("The sandwich is back.", ["sandwich"]),
        ("Chicken  Sandwiches and a coupon!", ["coupon"]),
        ("Chicken sandwich's day, coupons for all", ["sandwich", "coupon"]),
        ("ch1cken sandwich", ["sandwich"]),
    ],
)
def test_what_a_text_promises_is_told_by_its_words(text: str, names: list[str]) -> None:
    assert [item.name for item in promised(text, BRAND)] == names


def test_what_nobody_counted_may_be_promised_and_what_is_gone_may_not() -> None:
    assert against("The sandwich is back.", BRAND, {}, now=NOW) == []
    assert against("The sandwich is back.", BRAND, _count(1), now=NOW) == []
    assert against("The sandwich is back.", BRAND, _count(0), now=NOW) == [
        "promises sandwich, of which none are left, says maya at 20:00:00 UTC: sold out at noon"
    ]
    assert against("Y'all good?", BRAND, _count(0), now=NOW) == []


def test_an_offer_ends_to_the_second() -> None:
    assert against("A coupon for you", BRAND, {}, now=END - timedelta(seconds=1)) == []
    assert against("A coupon for you", BRAND, {}, now=END) == ["promises coupon, which ended at 2026-11-29 00:00 UTC"]


def test_the_last_day_ends_at_the_brands_own_midnight() -> None:
    made = StockSettings.model_validate({"terms": ["coupon"], "until": "2026-11-28"}).to_stock(
        "coupon", "America/Chicago"
    )
    assert made.until == datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    assert StockSettings(terms=["coupon"]).to_stock("coupon", "UTC").until is None
