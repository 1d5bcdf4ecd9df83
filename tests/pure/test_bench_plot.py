"""The picture of delays and announcements an hour: well-formed, true to the figures, readable in words."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from responders.bench_plot import DELAYS, RATES, WIDTH, describe, draw
from responders.plot import Theme

SVG = "{http://www.w3.org/2000/svg}"


def row(name: str = "derby", **changes: Any) -> dict[str, Any]:
    found = {"found": 2, "listed": 3, "median_delay_secs": 30.0, "alerts_per_hour": 6.0, "dense": True}
    return {"stream": name, **found, "delays": {"goal": 20.0, "card": 40.0, "end": None}, **changes}


def drawn(*rows: dict[str, Any], theme: Theme = "light") -> ElementTree.Element:
    return ElementTree.fromstring(draw(rows, theme))


def dots(picture: ElementTree.Element) -> list[float]:
    return [float(one.get("cx", "-1")) for one in picture.iter(f"{SVG}circle")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_brings_its_own_background(theme: Theme) -> None:
    first = next(drawn(row(), theme=theme).iter(f"{SVG}rect"))
    assert (first.get("width"), first.get("fill")) == (str(WIDTH), {"light": "#fdfcfa", "dark": "#1c1917"}[theme])


def test_there_is_a_dot_for_each_found_happening_and_one_for_the_rate() -> None:
    assert len(dots(drawn(row()))) == 2 + 1


def test_later_and_more_often_stand_further_right_and_nothing_leaves_its_axis() -> None:
    early, late, often = dots(drawn(row(delays={"a": -50.0, "b": 90_000.0}, alerts_per_hour=1e6)))
    assert (early, late, often) == (DELAYS[0], DELAYS[1], RATES[1])
    soon, later, seldom = dots(drawn(row(delays={"a": 10.0, "b": 100.0}, alerts_per_hour=0.0)))
    assert DELAYS[0] < soon < later < DELAYS[1]
    assert seldom == RATES[0]


def test_streams_without_listed_happenings_are_left_out() -> None:
    assert "plain" not in draw([row(), {"stream": "plain", "posts": 3}])


def test_names_are_text_and_never_markup() -> None:
    assert "<b>" not in draw([row("<b>derby</b>")])


def test_the_picture_is_also_told_in_words() -> None:
    said = "derby: 2 of 3 found, half of them within 30 s, 6.0 announcements an hour"
    assert describe([row()]) == said
    assert said in "".join(drawn(row()).find(f"{SVG}desc").itertext())  # type: ignore[union-attr]
    assert describe([]) == "Nothing was measured."
