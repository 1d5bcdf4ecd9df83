"""Lengths as each platform counts them; X by the documented behaviour of twitter-text 3."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import BadInput
from responders.drafting.lengths import measure, title_and_text, x_weight
from responders.drafting.links import links

X_CASES = {
    "": 0,
    "This is a test.": 15,
    "two\nlines": 9,
    # links count 23 whatever their length
    "http://test.com": 23,
    "https://test.com": 23,
    "HTTPS://www.ExaMPLE.COM/index.html": 23,
    "test.com": 23,
    "see oreo.com now": 31,
    "Test https://test.com test https://test.com test.com test": 86,
    "https://example.com/path/to/resource?search=foo&lang=en": 23,
    "http://sports.example.com/nfl/news;_ylt=Aom0;ylu=XyZ?slug=ap-superbowlnotebook": 23,
    "http://test_underscore.twitter.com": 23,
    "http://example.com/Русские_слова": 23,
    "http://☃.net/": 23,
    "https://en.wikipedia.org/wiki/Cookie_(disambiguation)": 23,
    "https://example.com:8080/a?b=c": 23,
    "foo.co.jp": 23,
    "t.co/abc": 23,
    "README.md": 23,
    "example.community": 23,
    # what surrounds a link is counted as it stands
    "(https://example.com/cookies).": 26,
    "https://example.com/a, https://example.com/b!": 49,
    "at http://t.co/abcdefghijk.": 27,
    "日本example.comです": 31,
    # and what only looks like one
    "node.js": 7,
    "a.b": 3,
    "U.S. e.g. 3.14": 14,
    "foo@bar.com": 11,
    "@oreo.com": 9,
    "#cookies.com": 12,
    "http://otters": 13,
    "ftp://www.example.com/": 22,
    "http://www.-domain4352.com/": 27,
    "-example.com": 12,
    # single characters by range
    "lié géts": 8,
    "lie\u0301": 3,
    "Это текст": 9,
    "مرحبا": 5,
    "日本語": 6,
    "저찀쯿쿿": 8,
    "‘hi’ – “x”": 10,
    "…": 2,
    "™": 2,
    "©": 1,
    "\U00010000\U0010ffff": 4,
    # emoji sequences count 2 each
    "H🐱☺": 5,
    "👪": 2,
    "👍🏽": 2,
    "👨\u200d👩\u200d👧\u200d👦": 2,
    "🏳️\u200d🌈": 2,
    "🇵🇱🇺🇸": 4,
    "1️⃣": 2,
    "❤️": 2,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": 2,
    "👨\u200d🍕": 5,
}


@pytest.mark.parametrize(("text", "weight"), X_CASES.items(), ids=[repr(text)[:40] for text in X_CASES])
def test_x_weighs_as_documented(text: str, weight: int) -> None:
    assert x_weight(text) == weight


def test_x_takes_280_and_not_281() -> None:
    assert measure("x", "a" * 280).fits
    assert measure("x", "a" * 281).over == 1
    assert measure("x", "の" * 140).fits
    assert not measure("x", "の" * 141).fits
    assert measure("x", "🐱" * 140).fits


def test_bluesky_counts_graphemes() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    assert measure("bluesky", "e\u0301" * 300).used == 300
    length = measure("bluesky", "a" * 299 + "🇵🇱")
    assert (length.used, length.limit, length.unit, length.fits) == (300, 300, "graphemes", True)
    assert measure("bluesky", family * 2).used in (2, len((family * 2).encode()))


def test_bluesky_counts_bytes_where_they_are_nearer_the_limit() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    length = measure("bluesky", family * 130)
    assert (length.unit, length.limit, length.fits) == ("bytes", 3000, False)
    assert length.used == len((family * 130).encode())


def test_mastodon_counts_links_as_23_and_remote_mentions_without_their_server() -> None:
    assert measure("mastodon", "see https://example.com/" + "a" * 200).used == 4 + 23
    assert measure("mastodon", "see example.com").used == 15
    assert measure("mastodon", "hi @maya@social.example.org").used == 8
    assert measure("mastodon", "a" * 490).fits
    assert not measure("mastodon", "a" * 491).fits


def test_reddits_first_line_is_a_title_and_the_rest_a_text() -> None:
    assert measure("reddit", "a" * 300).fits
    assert measure("reddit", "a" * 301).over == 1
    assert measure("reddit", "title\n\n" + "b" * 40_000).fits
    length = measure("reddit", "title\n" + "b" * 40_001)
    assert (length.used, length.limit, length.over) == (40_001, 40_000, 1)
    assert "below the first line" in length.unit
    assert title_and_text("  a title \n\n one\ntwo \n") == ("a title", "one\ntwo")


@pytest.mark.parametrize("platform", ["console", "webhook"])
def test_the_console_and_a_webhook_take_anything(platform: str) -> None:
    assert measure(platform, "a" * 100_000).fits
    assert measure(platform, "abc").limit is None


def test_an_unknown_platform_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(BadInput, match=r"'friendster'.*bluesky, console, mastodon, reddit, webhook, x"):
        measure("friendster", "hello")


@pytest.mark.parametrize("text", ["a" * 10_000, "a." * 5000, "あ" * 10_000, "a.com/" + "(" * 9000, "👍\u200d" * 3000])
def test_no_text_takes_long_to_weigh(text: str) -> None:
    began = time.perf_counter()
    x_weight(text)
    assert time.perf_counter() - began < 1.0


@given(st.text(max_size=200))
def test_links_are_in_order_and_never_overlap(text: str) -> None:
    found = links(text)
    assert all(link.start < link.end <= len(text) for link in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, categories=("L", "Zs")), max_size=100))
def test_plain_latin_letters_weigh_one_each(text: str) -> None:
    assert x_weight(text) <= len(text)
