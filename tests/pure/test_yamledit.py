"""One keyword is changed and every other byte of the file stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import BadInput
from monitor.yamledit import Change, changed, number, quoted
from monitor.yamlfile import Document, parse

BLOCK = """\
title: Oreo  # who speaks

# KEYWORDS: with a comment
keywords:   # three of them
  - match: oreo* OR cookie*  # the brand
    weight: 2.0
    # a note inside
    exclude: [is:repost]
  # about the dark
  - match: '"lights out" OR blackout'
    weight: 1.5
  - {match: milk}

# END
facts: []
"""
ADD = Change("add", match='it\'s "dunk*" OR list:x', weight=3.0)


def data(text: str) -> Any:
    document = parse(text, Document("x"))
    assert not document.mistakes
    return document.data


def test_a_new_keyword_stands_behind_the_last_one() -> None:
    made = changed(BLOCK, ADD)
    new = "  - match: 'it''s \"dunk*\" OR list:x'\n    weight: 3.0\n"
    assert made == BLOCK.replace("  - {match: milk}\n", f"  - {{match: milk}}\n{new}")


def test_a_change_touches_its_own_values_alone() -> None:
    made = changed(BLOCK, Change("change", 1, "dark", 1.5, '"lights out" OR blackout'))
    assert made == BLOCK.replace("""'"lights out" OR blackout'""", "'dark'")
    made = changed(BLOCK, Change("change", 0, "oreo* OR cookie*", 2.5, "oreo* OR cookie*"))
    assert made == BLOCK.replace("weight: 2.0", "weight: 2.5")


def test_a_weight_is_added_where_none_was() -> None:
    made = changed(BLOCK, Change("change", 2, "milk", 2.0, "milk"))
    assert made == BLOCK.replace("{match: milk}", "{match: 'milk', weight: 2.0}")
    text = "keywords:\n- match: a  # c\n  tag: t\n"
    assert changed(text, Change("change", 0, "b", 2.0, "a")) == (
        "keywords:\n- match: 'b'  # c\n  weight: 2.0\n  tag: t\n"
    )


def test_a_keyword_goes_and_its_neighbours_comments_stay() -> None:
    made = changed(BLOCK, Change("remove", 0, before="oreo* OR cookie*"))
    gone = BLOCK[BLOCK.index("  - match: oreo*") : BLOCK.index("  # about the dark")]
    assert made == BLOCK.replace(gone, "")
    assert "# END" in changed(BLOCK, Change("remove", 2, before="milk"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x\n", "title: x\nkeywords:\n  - match: 'a'\n    weight: 1.0\n"),
        ("title: x", "title: x\nkeywords:\n  - match: 'a'\n    weight: 1.0\n"),
        ("keywords: []  # none\nb: 1\n", "keywords:\n  - match: 'a'\n    weight: 1.0  # none\nb: 1\n"),
        ("keywords: [{match: b}]\n", "keywords: [{match: b}, {match: 'a', weight: 1.0}]\n"),
        ("a: 1\r\nkeywords:\r\n- match: b\r\n", "a: 1\r\nkeywords:\r\n- match: b\r\n- match: 'a'\r\n  weight: 1.0\r\n"),
    ],
)
def test_a_keyword_is_added_to_every_layout(text: str, said: str) -> None:
    assert changed(text, Change("add", match="a")) == said


def test_the_only_keyword_leaves_an_empty_list() -> None:
    text = "keywords:  # c\n  - match: a\n    weight: 1\nb: 1\n"
    assert changed(text, Change("remove", 0, before="a")) == "keywords: []  # c\nb: 1\n"
    assert changed("keywords: [{match: a}]\n", Change("remove", 0, before="a")) == "keywords: []\n"
    two = "keywords: [{match: a}, {match: b}]\n"
    assert changed(two, Change("remove", 0, before="a")) == "keywords: [{match: b}]\n"
    assert changed(two, Change("remove", 1, before="b")) == "keywords: [{match: a}]\n"


@pytest.mark.parametrize(
    ("text", "change", "reason"),
    [
        (BLOCK, Change("remove", 0, before="milk"), "stands there no more"),
        (BLOCK, Change("change", 9, "a", 1.0, "milk"), "stands there no more"),
        ("a: [", Change("add", match="a"), "cannot be read"),
        ("keywords: &k [{match: a}]\nother: *k\n", Change("add", match="b"), "cannot be changed here"),
    ],
)
def test_what_is_not_as_it_was_is_refused(text: str, change: Change, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        changed(text, change)


RULES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\x85"), min_size=1)


@given(match=RULES, weight=st.integers(0, 500), place=st.integers(0, 2))
@example(match="# no: {comment} 'x' \\", weight=150, place=0)
@example(match="NO", weight=100, place=1)
def test_any_rule_is_written_as_it_is(match: str, weight: int, place: int) -> None:
    before = data(BLOCK)["keywords"][place]["match"]
    change = Change("change", place, match, weight / 100, before)
    try:
        made = data(changed(BLOCK, change))
    except BadInput:  # a letter that YAML folds, or takes for the end of a line
        return
    assert made["keywords"][place]["match"] == match
    assert made["keywords"][place]["weight"] == weight / 100
    assert made["facts"] == []


def test_numbers_and_quotes() -> None:
    assert (number(2.0), number(1.25), number(0.0)) == ("2.0", "1.25", "0.0")
    assert quoted("it's") == "'it''s'"
