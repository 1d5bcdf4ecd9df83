"""A batch of texts as numbers says just what one text as words says, in every script and for every kind of rubbish."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from unicodedata import category

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.detect import letters, tokens
from monitor.detect.hashes import word_hash
from monitor.detect.text import MAX_CHARS, MAX_TAGS, MAX_WORD_CHARS, MAX_WORDS, opened, read, singular, worth
from monitor.detect.tokens import MENTION, TAG, site_hash, term_hash

PIECES = (
    "lights", "parties", "#Matches", "losses's", "boxes", "crises", "oases", "caches's", "y'alls", "ab" * 40 + "ns",
    "Schick's", "half-way", "y'all", "GOOOOAL", "goool", "aa", "x's's", "'s", "'", "’s", "the", "time", "is",
    "2-1", "3,000", "19:30", "1.5", "7", "42", "①", "፩", "\U00016d70", "x²", "-5", ":", "-", ".", ",", "_", "__a",
    "#SuperBowl", "#", "##x", "#7", "#日本", "#half-time's", "@Oreo", "@", "@@", "@a#b", f"@{'ab' * 20}", "ab" * 21,
    "👍", "👍🏽", "👩‍👩‍👧", "❤️", "⚽", "🇩🇪", "🇩🇪🇫🇷", "🇩", "1️⃣", "©", "™", "☃",
    "今日は停電です", "スタジアム", "ｽﾀｼﾞｱﾑ", "ー", "日本", "ไฟดับ", "ດັບ", "انقطاع", "الكهرباء", "हिन्दी", "गई",
    "ㅋㅋㅋ", "ㅋㅏ", "한국", "ﾡￂ",
    "Zażółć", "é", "e\u0301", "\u0301", "a\u0301\u0302", "ά", "ß", "İ", "ﬁ", "Ｏ", "𝐋", "ς", "ﾞ", "ﷺ", "ǆ", "\u0345",
    "\x00", "\x01", "\x1b[31m", "\n", "\t", "\x85", "\u2028", "…", "\u200b", "\u200d", "\u2066", "\ufeff", "\ufe0f",
    "\ufffd", "\ue000", "\U000e0101", "\U000e0041", "\u00ad",
    "https://t.co/x", "https://www.bbc.co.uk/news?q=1", "www.example.org", "http://", "HTTPS://EXAMPLE.NET/a", "://",
    "&amp;", "&lt;", "&amp;quot;", "&quot;", "&#39;", "&nbsp;", "&", "rt", "RT @x:",
)  # fmt: skip
ANY = st.text(max_size=40)
"""Whatever the character."""
MADE = st.lists(st.sampled_from(PIECES) | st.sampled_from(PIECES) | ANY, max_size=16).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda between: between.join(pieces))
)
"""Texts whose parts stand with or without spaces between them."""


def hashes(texts: Sequence[str]) -> list[set[int]]:
    """The terms of each text, all taken apart as one batch."""
    found = tokens.terms(tokens.words([opened(text)[0] for text in texts]))
    return [set(found.hashes[found.posts == place].tolist()) for place in range(len(texts))]


def expected(text: str) -> set[int]:
    """The same from the terms as strings."""
    sites = opened(text)[1]
    return {term_hash(term) for term in read(text).terms if term not in sites}


def without_sites(found: set[int], text: str) -> set[int]:
    """A site is counted elsewhere; a word may look the same."""
    return found - {term_hash(site) for site in opened(text)[1]}


@settings(max_examples=200, deadline=None)
@given(MADE)
@example("日本's")
@example("日-5 日'abc")
@example(f"@{'ab' * 20}")
@example("é x's's")
@example("ㅋㅏ ﾡￂ aﾞ")
@example("1.5.6 http://1.5.6/")
def test_a_batch_has_the_terms_that_the_words_spell(text: str) -> None:
    (found,) = hashes([text])
    assert without_sites(found, text) == expected(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(MADE, max_size=6))
def test_texts_of_one_batch_keep_apart(texts: list[str]) -> None:
    assert hashes(texts) == [found for text in texts for found in hashes([text])]


@settings(max_examples=20, deadline=None)
@given(st.lists(MADE, max_size=6))
def test_a_large_batch_has_the_terms_of_small_ones(texts: list[str]) -> None:
    many = ["lights out", *texts, "Ünïted 👀 goooal", "a\1b \x00 don't stop's"] * tokens.FEW_TEXTS
    assert hashes(many) == [hashes([text])[0] for text in many[: len(texts) + 3]] * tokens.FEW_TEXTS


@settings(max_examples=60, deadline=None)
@given(st.lists(MADE, max_size=6))
def test_the_words_of_a_batch_are_those_of_each_text_in_order(texts: list[str]) -> None:
    found = tokens.words([opened(text)[0] for text in texts])
    assert [place for place, _ in groupby(found.posts)] == list(dict.fromkeys(found.posts)), "each text's together"
    for place, text in enumerate(texts):
        own = found.posts == place
        words = read(text).words
        signs = {"#": TAG, "@": MENTION}
        bare = [word[1:] if word[0] in signs else word for word in words]
        worths = [worth(word if word[0] == "@" else plain) for word, plain in zip(words, bare, strict=True)]
        assert found.hashes[own].tolist() == [word_hash(word) for word in bare]
        assert found.signs[own].tolist() == [signs.get(word[0], 0) for word in words]
        assert found.worths[own].tolist() == worths
        roots = [word_hash(singular(plain)) for plain, value in zip(bare, worths, strict=True) if value == 2]
        assert found.roots[own & (found.worths == 2)].tolist() == roots


ENDINGS = ("s", "es", "ies", "shes", "ches", "sses", "xes", "us", "is", "as", "ss", "'s", "s's", "e", "")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text("aehsxiué1", max_size=36), st.sampled_from(ENDINGS)).map("".join), max_size=8))
def test_a_batch_knows_the_singular_of_each_word(made: list[str]) -> None:
    every = [(word, normal) for word in made for normal in read(word).words if worth(normal) == 2]
    found = tokens.words([word for word, _ in every])
    roots = found.roots[found.worths == 2][np.argsort(found.posts[found.worths == 2], kind="stable")]
    wanted = [one for word, _ in every for one in read(word).words if worth(one) == 2]
    assert roots.tolist() == [word_hash(singular(one)) for one in wanted]


@pytest.mark.parametrize("text", ["a power cut here", "#powercut", "#PowerCut", "the powercut", "#powercuts"])
def test_a_phrase_and_its_letters_in_one_word_are_counted_as_one(text: str) -> None:
    assert term_hash("powercut") in hashes([text])[0]
    assert term_hash("power cut") == term_hash("powercut") != term_hash("#powercut")


def test_a_plural_longer_than_any_word_that_is_counted_does_no_harm() -> None:
    assert hashes(["ab" * 300 + "es lights"]) == [{term_hash("light")}]


def test_a_row_of_no_texts_has_no_words() -> None:
    assert tokens.words([]).posts.size == 0
    assert tokens.terms(tokens.words(["", " \x01 "])).hashes.size == 0


@pytest.mark.parametrize("mark", ["", "é ", "日 "], ids=["plain", "accents", "unspaced"])
def test_no_more_words_of_a_post_are_counted_than_may_be(mark: str) -> None:
    text = mark + " ".join(f"w{number}x" for number in range(2 * MAX_WORDS))
    found = tokens.words([text, text])
    assert np.bincount(found.posts).tolist() == [MAX_WORDS, MAX_WORDS]
    assert len(hashes([text])[0]) <= 2 * MAX_WORDS


def test_no_more_tags_of_a_post_are_counted_than_may_be() -> None:
    text = " ".join(f"#tag{number}" for number in range(2 * MAX_TAGS))
    both = {term_hash(f"{sign}tag{number}") for sign in ("", "#") for number in range(MAX_TAGS)}
    assert hashes([text, "lights out", text]) == [both, hashes(["lights out"])[0], both]


def test_what_a_post_says_after_its_first_part_is_not_read() -> None:
    text = "." * (MAX_CHARS - 6) + "lights stadium"
    assert hashes([text]) == [{term_hash("light")}]


@pytest.mark.parametrize(("length", "is_counted"), [(MAX_WORD_CHARS, True), (MAX_WORD_CHARS + 1, False)])
@pytest.mark.parametrize("lead", ["", "@"])
def test_a_word_that_is_too_long_is_not_counted(length: int, is_counted: bool, lead: str) -> None:
    word = (lead + "ab" * MAX_WORD_CHARS)[:length]
    assert hashes([word]) == [{term_hash(word)} if is_counted else set()]


def test_a_tag_a_mention_and_a_site_are_not_the_word() -> None:
    assert len({term_hash("oreo"), term_hash("#oreo"), term_hash("@oreo"), site_hash("oreo")}) == 4
    assert term_hash("lights out") != term_hash("out lights")


@given(MADE)
def test_what_a_number_is_called_can_be_looked_up_in_a_text_that_says_it(text: str) -> None:
    called = tokens.named(text)
    assert hashes([text])[0] <= set(called)
    assert {site_hash(site) for site in opened(text)[1]} <= set(called)


def test_every_letter_has_alone_the_form_that_it_has_in_a_text() -> None:
    border = "☃"
    easy = ~letters.needs_care()
    easy[ord(border)] = False
    easy[0x20000:] &= np.arange(0x20000, letters.CODES) % 97 == 0  # folding them all takes seconds; none is changed
    codes = np.flatnonzero(easy)
    folded = letters.fold(border.join(map(chr, codes))).split(border)
    plain = ["" if code == 0 else chr(code) for code in letters.plain()[codes]]
    assert [hex(code) for code, one, other in zip(codes, folded, plain, strict=True) if one != other] == []


def test_no_letter_that_is_folded_alone_joins_another() -> None:
    plain = letters.plain()[~letters.needs_care()]
    assert not [hex(code) for code in np.unique(plain) if category(chr(code)).startswith("M")]
    assert not ((plain >= 0x1100) & (plain <= 0x11FF)).any(), "parts of Hangul syllables"
