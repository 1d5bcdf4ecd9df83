"""HTML made plain: what a person reads stays, nothing else does, and no text takes longer than its length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.plain import plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<p>one<p>two</p>", "one\ntwo"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("<b>Super</b> <i>Bowl</i>", "Super Bowl"),
        ("AT&amp;T &lt;3 you &#x27;til &eacute;", "AT&T <3 you 'til é"),
        ("&lt;b&gt;", "<b>"),
        ("1 < 2 and 3<4", "1 < 2 and 3<4"),
        ("x<script>alert(1)</script>y<style>p{}</style>z", "xyz"),
        ("x<!-- no -- > --->y", "xy"),
        ("x<!DOCTYPE html>y<?php ?>z", "xyz"),
        ('<a href="https://a.test/?a=1&amp;b=2" title="t">link</a>', "link"),
        ("cut <a href=", "cut"),
        ("  a \n\n\n  b\t c&nbsp;d ", "a\nb c d"),
        ("", ""),
    ],
)
def test_what_a_person_reads_stays(markup: str, text: str) -> None:
    assert plain(markup, 1000) == text


@given(st.text(alphabet="<>/!-abp &;\n", max_size=300))
def test_nothing_raises_and_the_length_holds(markup: str) -> None:
    assert len(plain(markup, 50)) <= 50


@pytest.mark.parametrize("piece", ["<script>", "<", "<!--", "<a ", "</", "&", "&#", "<p>", "\n "])
def test_a_hundred_thousand_of_anything_is_no_trouble(piece: str) -> None:
    assert len(plain(piece * 100_000, 1000)) <= 1000
