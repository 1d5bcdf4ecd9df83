"""What a text costs stands where it is chosen."""

from __future__ import annotations

from responders.approvals.views import length_text
from responders.drafting.price import price_text


def test_a_link_makes_a_post_on_x_dearer_and_other_networks_are_free() -> None:
    assert price_text("x:oreo", "Dunk in the dark.") == "0.015 USD"
    assert price_text("x:oreo", "Dunk at oreo.com tonight") == "0.2 USD"
    assert price_text("bluesky:oreo.example", "Dunk at oreo.com") == ""


def test_the_price_stands_beside_the_length() -> None:
    assert length_text("x:oreo", "Dunk.") == ("5 / 280, 0.015 USD", True)
    assert length_text("bluesky:oreo.example", "Dunk.") == ("5 / 300", True)


def test_the_alt_text_of_a_picture_costs_as_well() -> None:
    assert price_text("x:oreo", "Dunk in the dark.", pictures=1) == "0.02 USD"
    assert length_text("x:oreo", "Dunk in the dark.", pictures=1)[0] == "17 / 280, 0.02 USD"
    assert price_text("bluesky:oreo", "Dunk in the dark.", pictures=1) == ""
