"""The one SVG template: well-formed whatever it is given, honest in its proportions, the same words for everybody."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders import plot
from responders.approvals import samples

SVG = "{http://www.w3.org/2000/svg}"


def bars(picture: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture).iter(f"{SVG}rect"))


VOLUMES = st.lists(st.integers(0, 10**7), max_size=300)
WIDTHS = st.sampled_from([plot.WIDE, plot.NARROW])


@given(name=st.text(), volume=VOLUMES, width=WIDTHS)
def test_every_trend_can_be_drawn(name: str, volume: list[int], width: int) -> None:
    trend = samples.trend(name, volume=tuple(volume))
    picture = plot.draw(plot.of_trend(trend), width=width)
    drawn = bars(picture)
    assert len(drawn) <= plot.MAX_BARS
    for bar in drawn:
        right = float(bar.get("x", "0")) + float(bar.get("width", "0"))
        assert float(bar.get("x", "-1")) >= 0
        assert right <= width
        assert float(bar.get("y", "0")) >= plot.TOP - 0.01


def test_twice_the_posts_are_twice_as_high() -> None:
    drawn = bars(plot.draw(plot.of_trend(samples.trend(volume=(50, 100, 25)))))
    heights = [float(bar.get("height", "0")) for bar in drawn]
    assert heights[-3:] == [54.0, 108.0, 27.0]


def test_a_trend_seconds_old_stands_at_the_end_of_an_empty_stretch() -> None:
    picture = plot.of_trend(samples.trend(volume=(15, 9)))
    assert picture.values == (0,) * 22 + (15, 9)
    widths = [float(bar.get("width", "0")) for bar in bars(plot.draw(picture))]
    assert max(widths) < plot.WIDE / 20


def test_long_volumes_are_added_up_not_dropped() -> None:
    picture = plot.of_trend(samples.trend(volume=(1,) * 250))
    assert sum(picture.values) == 250
    assert len(picture.values) == 84
    assert "30 s" in picture.peak


def test_the_place_where_it_was_found_is_marked_and_what_came_before_is_muted() -> None:
    picture = plot.of_trend(samples.trend())
    assert picture.mark_at == pytest.approx(224 / 330)
    fills = [bar.get("fill") for bar in bars(plot.draw(picture))]
    assert fills.count("#c9c3b8") == 22
    assert fills[22:] == ["#b4540a"] * 11


def test_light_and_dark_differ_in_ink_only() -> None:
    picture = plot.of_trend(samples.trend())
    light, dark = plot.draw(picture), plot.draw(picture, "dark")
    assert light != dark
    assert [bar.get("height") for bar in bars(light)] == [bar.get("height") for bar in bars(dark)]


def test_a_picture_holds_no_script_style_or_outside_reference() -> None:
    picture = plot.draw(plot.of_trend(samples.trend('</title><script>alert(1)</script>"')))
    root = ElementTree.fromstring(picture)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names == {"svg", "title", "desc", "line", "rect", "circle", "text"}
    assert not [a for element in root.iter() for a in element.attrib if a in ("style", "href") or a.startswith("on")]


def test_the_sentence_says_what_the_picture_shows() -> None:
    said = plot.describe(samples.trend())
    assert said == (
        "Posts in 10 s each: 3 at first, at most 262, 118 in the last step; found 4 min after the first of them."
    )
    assert plot.describe(samples.trend(volume=())) == "No posts were counted yet."
