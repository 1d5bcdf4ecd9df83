"""From text to terms: every language, every kind of rubbish, always bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detect import naming
from monitor.detect.text import MAX_CHARS, MAX_WORD_CHARS, MAX_WORDS, normalise, read, singular, visible


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("GOOOOAL!! Schick's half-way line stunner", {"goal", "schick", "goal schick", "stunner", "line stunner"}),
        ("¡Qué golazo de Müller!", {"golazo", "muller"}),
        ("Zażółć gęślą jaźń, Świątek wygrała!", {"swiatek", "wygrała", "swiatek wygrała"}),
        ("今日は停電です", {"今日", "停電"}),
        ("انقطاع الكهرباء في الملعب", {"انقطاع", "الكهرباء", "الملعب", "انقطاع الكهرباء"}),
        ("ไฟดับทั้งสนาม", {"ไฟ", "ดั"}),
        ("हिन्दी में बिजली गई", {"हिन्दी", "बिजली"}),
    ],
    ids=["english", "spanish", "polish", "japanese", "arabic", "thai", "hindi"],
)
def test_words_and_pairs_are_found_in_every_script(text: str, terms: set[str]) -> None:
    assert terms <= set(read(text).terms)


def test_tags_mentions_emoji_and_sites_are_terms() -> None:
    terms = read("Dunk in the dark #SuperBowl @Oreo 🏈 https://www.bbc.co.uk/news/1?x=2 https://t.co/abc").terms
    assert {"#superbowl", "superbowl", "@oreo", "🏈", "bbc.co.uk"} <= set(terms)
    assert not any("t.co" in term or "news" in term for term in terms)


def test_common_words_are_no_terms_in_any_listed_language() -> None:
    assert read("the and of que los por nie się jest und nicht les pour это").terms == ()


def test_broad_words_count_only_in_a_pair() -> None:
    terms = read("full time. power play").terms
    assert "time" not in terms
    assert "power play" in terms


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("explosions", "explosion"), ("parties", "party"), ("matches", "match"), ("crashes", "crash"),
        ("losses", "loss"), ("boxes", "box"), ("houses", "house"), ("headaches", "headach"),
    ],
)  # fmt: skip
def test_one_explosion_and_two_explosions_are_counted_as_one_thing(word: str, one: str) -> None:
    assert singular(word) == one


@pytest.mark.parametrize(
    "word", ["goal", "bus", "gas", "crisis", "glass", "virus", "texas", "cars", "años", "b52s", "żółwies", "👍", ""]
)
def test_what_is_short_or_no_english_plural_stays_as_it_is(word: str) -> None:
    assert singular(word) == word


def test_words_and_tags_are_counted_in_their_singular_and_pairs_as_they_are_written() -> None:
    assert set(read("Stadium lights #Blackouts").terms) == {
        "stadium", "light", "stadium lights", "#blackouts", "blackout"
    }  # fmt: skip


def test_pairs_do_not_reach_over_common_words() -> None:
    assert "lights stadium" not in read("lights in the stadium").terms


def test_more_tags_than_anybody_needs_are_advertising() -> None:
    tags = [term for term in read(" ".join(f"#tag{n}" for n in range(30))).terms if term.startswith("#")]
    assert len(tags) == 6


def test_hidden_and_bidirectional_characters_are_gone() -> None:
    nasty = "‮evil\x00 ze\u200bro \u2066wi\u2069dth \ufeffend\x1b[31m"
    assert read(nasty).words[:3] == ("evil", "zero", "width")
    assert not set("‮\x00\u200b\u2066\u2069\ufeff\x1b") & set(visible(nasty))


def test_letters_that_look_the_same_count_the_same() -> None:
    assert read("𝐋𝐢𝐠𝐡𝐭𝐬 ＯＵＴ").words == read("lights out").words


def test_a_word_of_ten_thousand_letters_is_not_counted() -> None:
    long_word = "abcdefghij" * 1000
    assert all(len(term) <= 2 * MAX_WORD_CHARS + 1 for term in read(f"hello {long_word} harbour").terms)


@given(st.text(max_size=3000))
def test_no_text_whatever_raises_and_the_work_is_bounded(text: str) -> None:
    found = read(text)
    assert len(found.words) <= MAX_WORDS * 4
    assert len(found.terms) == len(set(found.terms))
    assert all(term.strip() == term and term for term in found.terms)
    assert len(visible(text)) <= MAX_CHARS
    for clause in naming.clauses(text):
        assert 0 < len(clause) <= naming.NAME_CHARS
        assert "\x00" not in clause


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Z", "S")), max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_a_clause_never_shows_a_handle_or_a_link() -> None:
    text = "RT @ann_smith: @bob.bsky.social look at https://example.org/x what a goal!! thanks @carol #goal #wow"
    assert all("@" not in clause and "http" not in clause and "bob" not in clause for clause in naming.clauses(text))
