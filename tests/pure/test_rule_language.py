"""The whole rule language: what each operator means, against a second, slow reading of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.errors import BadInput
from monitor.keywords import Index, Rule, RuleMistake, cut, entry, parse, to_text, without, written_out
from monitor.keywords.patterns import MAX_TIMEOUTS, Bounded, must_hold
from monitor.model import Post
from monitor.rules import RuleSet
from tests.naive_rules import naive_match
from tests.rule_texts import POST, RULE, TEXT


def post(text: str, **fields: object) -> Post:
    return Post(id="1", platform="x", created_at=datetime(2026, 2, 8, tzinfo=UTC), text=text, **fields)  # type: ignore[arg-type]


def readable(text: str) -> Rule:
    try:
        return parse(text)
    except RuleMistake:
        assume(False)
        raise


@settings(max_examples=400, deadline=None)
@given(RULE, POST)
def test_a_rule_means_what_the_slow_reading_says(text: str, said: Post) -> None:
    rule = readable(text)
    assert bool(rule.matches(said.text)) == naive_match(text, said.text)
    assert bool(rule.matches_post(said)) == naive_match(text, said.text, said)


@settings(max_examples=400, deadline=None)
@given(RULE)
def test_a_rule_written_down_is_the_same_rule(text: str) -> None:
    rule = readable(text)
    assert parse(to_text(rule)).root == rule.root
    assert to_text(parse(to_text(rule))) == to_text(rule)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12))
def test_any_text_that_is_a_rule_is_written_down_as_itself(text: str) -> None:
    rule = readable(text)
    again = to_text(rule)
    assume(again.casefold() == again)  # letters that fold anew each time are in no language
    assert parse(again).root == rule.root


@settings(max_examples=300, deadline=None)
@given(st.lists(RULE, max_size=5), st.lists(POST, max_size=5))
def test_many_rules_at_once_mean_what_each_means_alone(texts: list[str], posts: list[Post]) -> None:
    rules = [text for text in texts if _is_rule(text)]
    said = [one.text for one in posts]
    for given_posts in (None, posts):
        places, numbers = RuleSet(rules).matches(said, given_posts)
        found = list(zip(places.tolist(), numbers.tolist(), strict=True))
        assert found == [
            (place, number)
            for place in range(len(posts))
            for number, rule in enumerate(rules)
            if naive_match(rule, said[place], posts[place] if given_posts else None)
        ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("café OR (dark lang:en)", post("un café")),
        ("café OR (dark lang:en)", post("it is DARK", lang="en")),
        ("停電 lang:ja", post("大停電です", lang="ja")),
        ("dark OR (site:example.com lang:en)", post("see HTTPS://www.Example.COM/x", lang="en")),
        ("/ca[fn]é/ OR from:nasa", post("x", author="@NASA")),
        ("from:nasa OR from:esa", post("x", author="ESA")),
        ("/dunk.*dark/", post("Dunking in the dark")),
    ],
)
def test_rules_that_ask_for_more_than_words_are_found_by_whatever_they_hold(rule: str, said: Post) -> None:
    rules = RuleSet(["unmet lang:en", rule, "unmet"])
    told = rules.matches(["nothing", said.text, said.text], [post("nothing"), said, post(said.text)])
    assert (1, 1) in zip(*(column.tolist() for column in told), strict=True)
    assert not [place for place in told[0].tolist() if place == 0]


@settings(max_examples=200, deadline=None)
@given(RULE, st.lists(st.tuples(TEXT, st.lists(POST, min_size=1, max_size=3)), max_size=5))
def test_looking_up_many_texts_asks_the_posts_that_say_them(text: str, voices: list[tuple[str, list[Post]]]) -> None:
    rule = readable(text)
    index = Index.of((cut(said) for said, _ in voices), (posts for _, posts in voices))
    assert rule.places(index) == {
        place for place, (said, posts) in enumerate(voices) if any(rule.matches_post(one, cut(said)) for one in posts)
    }


def _is_rule(text: str) -> bool:
    try:
        parse(text)
    except RuleMistake:
        return False
    return True


@pytest.mark.parametrize(
    ("rule", "matching", "others"),
    [
        ("lights NEAR/2 out", ["lights out", "out go lights", "#lights now out", "lights, out's"], ["lights a b out"]),
        ('"lights out"~2', ["lights all out", "out lights"], ["lights a b out"]),
        ("a NEAR/1 a", ["a a"], ["a", "a b a"]),
        ("/dun[kc]ed/", ["she DUNKED it", "dunced"], ["dunk", "dun ked"]),
        ("/o’?reo$/ OR x", ["oreo", "x"], ["oreos"]),
        ("😀", ["so 😀", "😀😀", "dark😀"], ["😁", "dark"]),
        ("❤️", ["❤", "I ❤️ it"], ["💙"]),
        ("dunk -/o{2,}/", ["dunk"], ["dunk goool oooh"]),
        ("a/b /r/nba", ["a b r nba"], ["a b nba r"]),
    ],
)
def test_operators_on_texts(rule: str, matching: list[str], others: list[str]) -> None:
    told = {text: bool(parse(rule).matches(text)) for text in (*matching, *others)}
    assert told == {**dict.fromkeys(matching, True), **dict.fromkeys(others, False)}


@pytest.mark.parametrize(
    ("rule", "said", "is_met"),
    [
        ("from:@NASA", post("x", author="nasa"), True),
        ("from:nasa", post("x", author="@NASA"), True),
        ("from:nasa", post("nasa", author="nasafan"), False),
        ("from:nasa", post("nasa"), False),
        ("dunk -from:nasa", post("dunk", author="me"), True),
        ("dunk -from:nasa", post("dunk"), False),
        ("dunk lang:en", post("dunk", lang="en-GB"), True),
        ("dunk lang:en", post("dunk", lang="enm"), False),
        ("dunk -is:repost", post("dunk"), True),
        ("dunk -is:retweet", post("dunk", repost_of="unknown"), False),
        ("dunk is:reply", post("dunk", reply_to="7"), True),
        ("site:example.com", post("see https://news.Example.com/a"), True),
        ("site:example.com", post("see https://notexample.com/"), False),
        ("dunk has:links", post("dunk www.example.com"), True),
        ("dunk has:links", post("dunk example"), False),
        ("dunk has:media", post("dunk", has_media=True), True),
        ("dunk has:media", post("dunk"), False),
        ("dunk min_followers:1000", post("dunk", author_followers=1000), True),
        ("dunk min_followers:1000", post("dunk", author_followers=999), False),
        ("dunk platform:x", post("dunk"), True),
        ("dunk -platform:x", post("dunk"), False),
    ],
)
def test_conditions_on_posts(rule: str, said: Post, is_met: bool) -> None:
    assert bool(parse(rule).matches_post(said)) is is_met
    assert parse(rule).matches(said.text) == ()


@pytest.mark.parametrize(
    ("rule", "column", "says"),
    [
        ("dunk lang:english1234", 6, "lang: needs a language code"),
        ("dunk is:quote", 6, "is:repost or is:reply"),
        ("dunk has:fun", 6, "has:links or has:media"),
        ("site:https://example.com/", 1, "without https://"),
        ("dunk from:", 6, "needs an author"),
        ("a min_followers:many", 3, "whole number"),
        ("lang:en", 1, "far too many posts"),
        ("dunk OR has:links", 1, "far too many posts"),
        ("a NEAR/3", 9, "between two plain words"),
        ("NEAR/3 a", 1, "between two plain words"),
        ("(a) NEAR/3 b", 5, "between two plain words"),
        ("#a NEAR/3 b", 4, "'#a' is none"),
        ("停電 NEAR/3 b", 4, "without spaces"),
        ("a NEAR/0 b", 3, "from 1"),
        ('"a b c"~3', 1, "two words"),
        ("a /(/", 3, "no regular expression"),
        ("a /x*/", 3, "without a letter"),
        (f"a /{'x' * 201}/", 3, "at most 200"),
        ("a list:snacks", 3, r"no lists/snacks\.yaml"),
        ("a OR OR b", 6, "expected here"),
        ("OR", 1, "expected here"),
    ],
)
def test_mistake_is_told_with_its_column(rule: str, column: int, says: str) -> None:
    with pytest.raises(RuleMistake, match=says) as caught:
        parse(rule)
    assert caught.value.column == column
    assert str(caught.value).split("\n")[2].index("^") == column + 1


CATASTROPHES = [
    *(r"(a+)+$", r"(x+x+)+y", r"(\w+\s?)*!", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(a|aa)+$", r"(.*)*z", r"(dark|dar.)+!"),
]


@pytest.mark.parametrize("source", CATASTROPHES)
def test_a_pattern_whose_time_explodes_is_refused_or_harmless(source: str) -> None:
    try:
        pattern = Bounded(source)
    except BadInput:
        return
    seeds = ("a", "x", "a ", "dark", "ab ")
    for seed in seeds:  # comes back at all
        pattern.found_in((seed * 4000)[:3000] + "\0" + source)
    assert pattern.timeouts <= len(seeds)


def test_at_least_the_text_book_catastrophes_are_refused() -> None:
    for source in (r"(a|aa)+$", r"(a|a)*b", r"(a|b|ab)*c", r"\b(oreo|ore.)+ dark"):
        with pytest.raises(BadInput, match="takes ages"):
            Bounded(source)


def test_a_pattern_that_runs_out_of_time_counts_as_not_met_and_rests_at_last() -> None:
    source = r"d.*a.*r.*k.*!.*?!.*!"
    rules = RuleSet([f"/{source}/", "dark"])
    slow = "d" * 400 + "a" * 1200 + "r" * 1200 + "k" * 1200
    assert [number for number in rules.matches([slow, "dark"])[1].tolist() if number == 0] == []
    assert rules.timed_out() == [f"/{source}/"]
    pattern = Bounded(source)
    pattern.timeouts = MAX_TIMEOUTS
    assert pattern.found_in("d a r k !!!") is None


@pytest.mark.parametrize(
    ("source", "letters"),
    [
        ("dun[kc]ed", "dun"),
        ("colou?r", "colo"),
        ("colour|dark", ""),
        ("(dark|light) out", "out"),
        (r"\bdark\b", "dark"),
        (r"\x41bc", ""),
        (r"\p{Lu}abc", ""),
        ("(?x)ab #cd", ""),
        ("ab{2}c", "a"),
        ("a{22}", ""),
        ("[abc]def+g", "def"),
        ("foo{e<=1}", "fo"),
        ("(?:a|b)cde", "cde"),
        ("Dark", "dark"),
        ("d+ark", "ark"),
    ],
)
def test_what_a_pattern_must_hold(source: str, letters: str) -> None:
    assert must_hold(source) == letters


def test_lists_are_written_out_and_nothing_else_is_touched() -> None:
    lists = {"snacks": ("oreo", "milk and cookies", "#snack", "cook*"), "one": ("oreo",)}
    assert written_out("dark   OR x", lists) == "dark   OR x"
    assert written_out("list:snacks dark", lists) == '(oreo OR "milk and cookies" OR #snack OR cook*) dark'
    assert written_out("-list:one dark", lists) == "-oreo dark"
    with pytest.raises(RuleMistake, match=r"no lists/snaks\.yaml; known here: one, snacks"):
        written_out("dark list:snaks", lists)
    with pytest.raises(RuleMistake, match="a word that cannot be used") as caught:
        written_out("dark list:bad", {"bad": ("-a",)})
    assert caught.value.column == 6
    for bad in ("-a", "(a)b", '"', "lang:en", "!"):
        with pytest.raises(BadInput):
            entry(bad)


def test_exclusions_of_a_rule_are_part_of_it() -> None:
    assert without("dark OR out", (), {}) == "dark OR out"
    rule = parse(without("dark OR out", ("web OR mode", "list:x"), {"x": ("money",)}))
    assert [bool(rule.matches(text)) for text in ("dark", "out mode", "dark money", "dark web")] == [
        True,
        False,
        False,
        False,
    ]
