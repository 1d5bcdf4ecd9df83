"""What is sent to a platform: a rule there, never narrower than ours, and honest about what had to stay here."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.keywords import RuleMistake, parse
from monitor.keywords.remote import X_MAX_CHARS, Remote, remote
from monitor.model import Post
from tests.rule_texts import POST, RULE
from tests.x_grammar import NotARule, x_matches

PLATFORMS = ("x", "mastodon", "reddit", "bluesky", "feeds")


def asked(text: str, platform: str = "x", *, is_strict: bool = False) -> Remote:
    try:
        return remote(parse(text), platform, is_strict=is_strict)
    except RuleMistake:
        assume(False)
        raise


@settings(max_examples=600, deadline=None)
@given(RULE, POST)
def test_a_strict_filter_misses_nothing_that_the_rule_matches(text: str, said: Post) -> None:
    sent = asked(text, is_strict=True)
    assert not sent.besides
    if sent.filters and parse(text).matches_post(said):
        assert any(x_matches(one, said) for one in sent.filters)
    if sent.why == "no post there can match it":
        assert not parse(text).matches_post(said)


@settings(max_examples=600, deadline=None)
@given(RULE, POST)
def test_a_filter_misses_only_what_it_says(text: str, said: Post) -> None:
    sent = asked(text)
    if not sent.filters or not parse(text).matches_post(said):
        return
    if not any(x_matches(one, said) for one in sent.filters):
        assert sent.besides
        assert any(sign in said.text for sign in ("@", "'", "://"))  # glued to names, or cut at signs: as it says


@settings(max_examples=300, deadline=None)
@given(RULE, POST)
def test_everything_sent_is_a_rule_to_x_and_something_is_said_where_nothing_is(text: str, said: Post) -> None:
    for is_strict in (False, True):
        sent = asked(text, is_strict=is_strict)
        for one in sent.filters:
            x_matches(one, said)  # raises where it is none
        assert bool(sent.filters) != bool(sent.why)


@settings(max_examples=300, deadline=None)
@given(RULE, POST)
def test_hashtags_of_mastodon_miss_nothing(text: str, said: Post) -> None:
    sent = asked(text, "mastodon")
    words = said.text.casefold().split()
    if sent.filters and parse(text).matches_post(said):
        assert any(word.startswith(tag) for tag in sent.filters for word in words)


@settings(max_examples=40, deadline=None)
@given(st.lists(RULE, min_size=8, max_size=60), POST)
def test_long_rules_become_several_that_miss_nothing(texts: list[str], said: Post) -> None:
    kept = [text for text in texts if _is_fine(text)]
    assume(len(kept) > 5)
    for joined in (" OR ".join(f"({text})" for text in kept), f"dark ({' OR '.join(f'({text})' for text in kept)})"):
        sent = remote(parse(joined), "x", is_strict=True)
        if sent.filters and parse(joined).matches_post(said):
            assert any(x_matches(one, said) for one in sent.filters)


def _is_fine(text: str) -> bool:
    try:
        return bool(remote(parse(text), "x", is_strict=True).filters)
    except RuleMistake:
        return False


@pytest.mark.parametrize(
    ("rule", "filters", "here"),
    [
        ("dark OR lights", ("dark OR lights",), ()),
        ("a OR b c", ("a OR b c",), ()),
        ("(a OR b) c", ("(a OR b) c",), ()),
        ("dark -(web OR money)", ("dark -web -money",), ()),
        ("dark -(web money)", ("dark",), ("-web", "-money")),
        ("dark (snow OR -web)", ("dark",), ("snow", "-web")),
        ("dark oreo*", ("dark",), ("oreo*",)),
        ("dark /dun[kc]/", ("dark",), ("/dun[kc]/",)),
        ("lights NEAR/3 out", ('"lights out"~6',), ()),
        ("lights NEAR/5 out", ('"lights out"~6 OR "out lights"~6',), ()),
        ("x lights NEAR/9 out", ("x lights out",), ("lights NEAR/9 out",)),
        ("dark lang:en -is:repost", ("dark lang:en -is:retweet",), ()),
        ("dark lang:he", ("dark lang:iw",), ()),
        ("dark lang:zh", ("dark",), ("lang:zh",)),
        ("from:nasa -has:media", ("from:nasa -has:media",), ()),
        ("from:nasa -has:links", ("from:nasa",), ("-has:links",)),
        ("dark -from:oreo.example", ("dark",), ("-from:oreo.example",)),
        ("site:example.com min_followers:100", ('url:"example.com" min_followers:100',), ()),
        ("dark platform:x", ("dark",), ()),
        ("dark OR (from:nasa platform:bluesky)", ("dark",), ("from:nasa",)),
        ("straße", ("strasse OR straße",), ()),
        ("o'donnell half-time foo_bar", ('"o\'donnell" "half time" "foo_bar"',), ()),
        ("#2024 #o'neill @a_b @averyveryverylongname", ("2024 #o @a_b averyveryverylongname",), ()),
        ('"or" AN', ('"or" an',), ()),
    ],
)
def test_what_x_is_asked(rule: str, filters: tuple[str, ...], here: tuple[str, ...]) -> None:
    sent = remote(parse(rule), "x")
    assert (sent.filters, sent.here) == (filters, here)


@pytest.mark.parametrize(
    ("rule", "platform", "why"),
    [
        ("oreo* OR dark", "x", "oreo* cannot be asked for there, and posts would be missed"),
        ("/dark/", "x", "/dark/ cannot be asked for"),
        ("dark platform:mastodon", "x", "no post there can match"),
        ("from:nasa.bsky.social", "x", "no post there can match"),
        ("dark OR (lang:en dun*)", "x", "in every choice"),
        ("dark", "mastodon", "hashtags alone"),
        ("#dark OR lights", "mastodon", "hashtags alone"),
        ("dark", "reddit", "read whole"),
        ("dark", "bluesky", "read whole"),
    ],
)
def test_why_nothing_is_sent(rule: str, platform: str, why: str) -> None:
    sent = remote(parse(rule), platform)
    assert sent.filters == ()
    assert why in sent.why


def test_what_mastodon_and_reddit_are_asked() -> None:
    assert remote(parse("#superbowl OR (#nfl dark)"), "mastodon").filters == ("#nfl", "#superbowl")
    assert remote(parse("(#nfl dark)"), "mastodon").here == ("dark",)
    search = remote(parse('"lights out" (dark OR from:nasa) -web oreo*'), "reddit").search
    assert search == '"lights out" (dark OR author:nasa) NOT web'


def test_a_rule_too_long_for_x_is_dealt_out() -> None:
    words = [f"word{number}" for number in range(400)]
    each = remote(parse(" OR ".join(words)), "x").filters
    assert len(each) == 5
    assert max(map(len, each)) <= X_MAX_CHARS
    assert [word for one in each for word in one.split(" OR ")] == words
    beside = remote(parse(f"dark ({' OR '.join(words)}) -is:repost"), "x").filters
    assert all(one.startswith("dark -is:retweet (") for one in beside)
    assert max(map(len, beside)) <= X_MAX_CHARS
    narrow = remote(parse("dark " + " ".join(f"-{word}" for word in words)), "x").filters
    assert len(narrow) == 1
    assert len(narrow[0]) <= X_MAX_CHARS


def test_the_witness_refuses_what_x_refuses() -> None:
    said = Post("1", "x", None, "dark")  # type: ignore[arg-type]
    for bad in ("has:media", "has:links OR is:retweet", "-dark", "dark -(a OR b)", "(dark", "dark OR -a", "x" * 1025):
        with pytest.raises(NotARule):
            x_matches(bad, said)
