"""Many rules on many texts at once: always the answer that trying each rule on each text gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import BadInput
from monitor.keywords import parse
from monitor.rules import RuleSet


def found(rules: list[str], texts: list[str]) -> list[tuple[int, int]]:
    places, numbers = RuleSet(rules).matches(texts)
    return list(zip(places.tolist(), numbers.tolist(), strict=True))


def one_by_one(rules: list[str], texts: list[str]) -> list[tuple[int, int]]:
    return [(place, n) for place, text in enumerate(texts) for n, rule in enumerate(rules) if parse(rule).matches(text)]


@pytest.mark.parametrize(
    ("rule", "matching", "others"),
    [
        (
            "dark",
            ["dark", "so DARK!", "#dark", "dark's", "'dark'", "x@y dark", "_a dark", "“dark”"],
            ["darker", "o'dark"],
        ),
        (
            "dark",
            ["@dark's", "dark…", "¡dark!", "ｄａｒｋ", "da\u00adrk dark"],
            ["@dark", "dark_", "édark", "darké", ""],
        ),
        ("#dark", ["#dark", "a#dark", "##dark", "＃dark", "#dark'"], ["dark", "@dark", "#darker", "#dark's", "# dark"]),
        ("@oreo", ["@Oreo", "a@oreo!", "＠oreo"], ["oreo", "#oreo", "@oreos", "@oreo's"]),
        ("dun*", ["dunk", "DUN", "#dunk", "@dun's"], ["odun", "@dunk", "du n"]),
        ("#dun*", ["#dunking"], ["dunk", "@dunk"]),
        ("o'don*", ["O’Donnell", "o'don"], ["o don", "don", "o'do"]),
        (
            '"lights out"',
            ["lights... OUT", "#lights @out", "lights\n\nout"],
            ["out lights", "lights out's", "lightsout"],
        ),
        ('"lights out"', ["delights lights out"], ["lights é out", "delights out", "lights", "lights outs"]),
        ("o'donnell", ["O’Donnell", "o'donnell's"], ["o donnell", "donnell", "o''donnell"]),
        ("café", ["CAFÉ", "cafe\u0301!", "#café"], ["cafe", "cafés", "@café"]),
        ('"café noir"', ["le Café, noir"], ["café", "noir", "café noire"]),
        ("straße", ["STRASSE", "straße"], ["strase"]),
        ("停電", ["大停電です", "停電"], ["停 電", "電停"]),
        ('"停電 a"', ["大停電 ab", "停電\na"], ["停電a"]),
        ("ไฟดับ", ["เมื่อไฟดับแล้ว"], ["ไฟ ดับ"]),
        ("caf*", ["café", "caf"], ["decaf"]),
        ("ca* -café", ["ca", "cafés"], ["café", "CAFÉ cat"]),
        ("dark -dunk", ["dark", "dark dunks"], ["dark dunk", "dunk", "dark #dunk"]),
        ("dark -(dunk OR oreo)", ["dark"], ["dark oreo's", "dark dunk"]),
        ("(a OR b) (c OR -d)", ["a", "b c d", "a c"], ["a d", "c", ""]),
        ('("lights out" OR dark*) -"so what"', ["darkness", "lights out what so"], ["dark: so... what", "out"]),
        ("a* -a", ["ab"], ["a", "ab a", "ba"]),
    ],
)
def test_rule_matches_as_it_does_alone(rule: str, matching: list[str], others: list[str]) -> None:
    texts = [*matching, *others]
    assert found([rule], texts) == [(place, 0) for place in range(len(matching))] == one_by_one([rule], texts)


def test_nothing_comes_of_no_rules_and_of_no_texts() -> None:
    for places, numbers in (RuleSet([]).matches(["a"]), RuleSet(["a"]).matches([]), RuleSet([]).matches([])):
        assert (places.size, numbers.size) == (0, 0)
        assert places.dtype == numbers.dtype == np.int32


def test_pairs_are_in_order_and_stand_once() -> None:
    rules = ["b", "a", "b", "a OR b", "c -b", "a -c"]
    assert found(rules, ["b b a a", "", "c a"]) == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 5), (2, 1), (2, 3), (2, 4)]


def test_neighbours_in_a_batch_do_not_touch() -> None:
    assert found(['"lights out"', "ab", "é停電"], ["lights", "out", "a", "b", "é", "停電"]) == []


def test_a_slip_in_a_rule_is_told_as_for_one_alone() -> None:
    with pytest.raises(BadInput, match="column 3"):
        RuleSet(["fine", "a )"])


def test_half_a_pair_of_surrogates_is_a_text_like_others() -> None:
    assert found(["dark", "é*"], ["dark \ud800", "\ud800é"]) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("text", ["lights " * 30_000, "'dark" * 40_000, "dark😀" * 30_000, "停" * 60_000 + "#dark"])
def test_a_long_text_of_one_word_is_no_trap(text: str) -> None:
    rules = ['"lights out"', "dark", "lights -out", "#dark", "停電", "dar*"]
    assert found(rules, [text, "dark"]) == one_by_one(rules, [text, "dark"])


WORDS = [
    "dark",
    "dun",
    "dunk",
    "out",
    "lights",
    "o'don",
    "don",
    "s",
    "café",
    "停電",
    "電",
    "ไฟ",
    "oreo",
    "a",
    "straße",
    "ﬁt",
]
SIGNS = [
    " ",
    " ",
    " ",
    "#",
    "@",
    "'",
    "’",
    "'s ",
    "’s ",
    "...",
    "_",
    "-",
    "é",
    "😀",
    "\n",
    "\u0301",
    "＃",
    "…",
    "\u00a0",
]
WORD = st.sampled_from(WORDS)
TERM = st.one_of(
    WORD,
    WORD.map("#{}".format),
    WORD.map("@{}".format),
    WORD.map("{}*".format),
    st.lists(WORD, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
)
RULE = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(" -".join),
        st.tuples(inner, inner, inner).map(lambda parts: f"{parts[0]} ({parts[1]} OR -{parts[2]})"),
    ),
    max_leaves=5,
)
TEXT = st.lists(st.one_of(WORD, WORD.map(str.upper), st.sampled_from(SIGNS)), max_size=10).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(RULE, max_size=6), st.lists(TEXT, max_size=6))
def test_all_at_once_is_each_by_each(rules: list[str], texts: list[str]) -> None:
    assert found(rules, texts) == one_by_one(rules, texts)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=20), max_size=4))
def test_any_letters_whatever_are_found_as_each_by_each(words: list[str], texts: list[str]) -> None:
    rules = []
    for word in words:
        try:
            rules.append(parse(word).source)
        except BadInput:
            continue
    every = [*texts, *words]
    assert found(rules, every) == one_by_one(rules, every)
