"""The rule language: what matches, what is refused and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import BadInput
from monitor.keywords import Index, cut, parse

POST = "Lights OUT at the #Superdome!! @Oreo, can you dunk in the dark? O’Donnell’s café. 停電です"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("dark", ("dark",)),
        ("dunk dark", ("dunk", "dark")),
        ("'dark'", ("dark",)),
        ('"lights out"', ("lights out",)),
        ("half-time OR dark", ("dark",)),
        ("#superdome", ("#superdome",)),
        ("superdome", ("superdome",)),
        ("@oreo", ("@oreo",)),
        ("dun*", ("dunk",)),
        ("dark -(killed OR dead)", ("dark",)),
        ("(snow OR lights) -power", ("lights",)),
        ("o'donnell", ("o'donnell",)),
        ("CAFÉ", ("café",)),
        ("停電", ("停電",)),
        ("LIGHTS", ("lights",)),
    ],
)
def test_rule_names_the_words_it_met(rule: str, words: tuple[str, ...]) -> None:
    assert parse(rule).matches(POST) == words


@pytest.mark.parametrize(
    "rule",
    ["ark", "light", "#dark", "oreo", "@superdome", '"out lights"', "dark -dunk", "dark snow", "unk*", "(a OR b) dark"],
)
def test_rule_keeps_to_whole_words_tags_and_order(rule: str) -> None:
    assert parse(rule).matches(POST) == ()


@pytest.mark.parametrize(("rule", "text"), [("ไฟดับ", "เมื่อไฟดับแล้ว"), ("नोटबंदी", "आज नोटबंदी है"), ("नोटबं*", "#नोटबंदी")])
def test_vowels_that_stand_on_a_letter_tear_no_word_apart(rule: str, text: str) -> None:
    assert parse(rule).matches(text)


def test_or_binds_looser_than_standing_side_by_side() -> None:
    rule = parse("snow dark OR lights")
    assert rule.matches("lights") == ("lights",)
    assert rule.matches("snow") == ()


@pytest.mark.parametrize(
    ("rule", "column", "says"),
    [
        ("(a OR b", 1, "never closed"),
        ("a)", 2, "closes nothing"),
        ('say "hello', 5, "never closed"),
        ("a OR", 5, "expected here"),
        ("", 1, "expected here"),
        ("()", 2, "expected here"),
        ("-a", 1, "nearly every post"),
        ("a OR -b", 1, "nearly every post"),
        ("a -", 4, "right behind it"),
        ("a AND b", 3, "side by side"),
        ("*", 1, "beginning of one word"),
        ("a !!!", 3, "no letter or digit"),
        ("(" * 30 + "a" + ")" * 30, 22, "deeper"),
    ],
)
def test_mistake_is_told_with_its_column_and_place(rule: str, column: int, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        parse(rule)
    first, shown, mark = str(caught.value).split("\n")
    assert f"column {column}:" in first
    assert shown[2:] == rule
    assert mark.index("^") == column + 1


@given(st.text())
def test_any_text_is_a_rule_or_a_mistake_with_a_column(text: str) -> None:
    try:
        rule = parse(text)
    except BadInput as caught:
        told = str(caught)
    else:
        told = f"column {len(rule.matches(text))}"
    assert "column" in told


RULES = ["dark", "dark -dunk", '"in the dark"', "(lights OR power) out", "d*", "#dark OR @oreo", "dunk -(in OR on)"]
WORDS = st.sampled_from(["in", "the", "dark", "lights", "power", "out", "dunk", "on", "#dark", "@oreo", "dusk"])


@given(st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=8), st.sampled_from(RULES))
def test_looking_up_many_texts_finds_what_trying_each_finds(texts: list[str], rule: str) -> None:
    parsed = parse(rule)
    one_by_one = {place for place, text in enumerate(texts) if parsed.matches(text)}
    assert parsed.places(Index.of(map(cut, texts))) == one_by_one
