"""Two hundred rules and posts after X's own grammar: our answer, the witness's, and that what we send loses none."""

from __future__ import annotations

import pytest

from monitor.keywords import parse
from monitor.keywords.remote import remote
from monitor.model import Post
from tests.x_grammar import x_matches
from tests.x_pairs import DIFFER, p, pairs

PAIRS = pairs()


def test_there_are_two_hundred() -> None:
    assert len(PAIRS) >= 200
    assert (
        len({(rule, said.text, *map(str, (said.author, said.lang, said.repost_of))) for rule, said, _ in PAIRS}) >= 200
    )


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in PAIRS}))
def test_we_answer_as_x_does(rule: str) -> None:
    wrong = [
        (said.text, expected, "we" if bool(parse(rule).matches_post(said)) is not expected else "the witness")
        for text, said, expected in PAIRS
        if text == rule and {bool(parse(rule).matches_post(said)), x_matches(rule, said)} != {expected}
    ]
    assert not wrong


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in PAIRS}))
def test_what_we_send_brings_every_post_that_the_rule_matches(rule: str) -> None:
    sent = remote(parse(rule), "x")
    assert sent.filters
    lost = [said.text for text, said, expected in PAIRS if text == rule and expected and not _comes(sent.filters, said)]
    assert not lost


@pytest.mark.parametrize(("rule", "said", "theirs", "why"), DIFFER)
def test_where_we_differ_it_is_meant_and_a_strict_filter_loses_nothing(
    rule: str, said: str | Post, theirs: bool, why: str
) -> None:
    post = p(said, author="somebody", lang="en", has_media=False) if isinstance(said, str) else said
    ours = bool(parse(rule).matches_post(post))
    assert (x_matches(rule, post), ours) == (theirs, not theirs), why
    if ours and rule not in UNFORESEEN:
        assert _comes(remote(parse(rule), "x", is_strict=True).filters, post)
        assert _comes(remote(parse(rule), "x").filters, post) or remote(parse(rule), "x").besides


UNFORESEEN = {"#cat"}
"""A hashtag glued to a word; `monitor.keywords.remote` says so."""


def _comes(filters: tuple[str, ...], said: Post) -> bool:
    return any(x_matches(one, said) for one in filters)
