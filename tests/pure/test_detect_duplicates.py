"""A post delivered twice, a copy, a repost, and the same short shout from many throats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.detect.duplicates import Duplicates, Kind, Remembered, text_key
from monitor.detect.text import read
from tests.crowd import post

LONG = "Controversy with the referee's goal line technology watch at Villa Park tonight"


def kinds(*texts: str, repost_of: str | None = None) -> list[Kind]:
    known = Duplicates(ids=100, texts=100)
    posts = [post(text, number, repost_of=repost_of) for number, text in enumerate(texts)]
    return [known.kind(one, read(one.text)) for one in posts]


def test_the_same_post_is_known_the_second_time() -> None:
    known = Duplicates(ids=100, texts=100)
    assert [known.is_known(post("hello", 1, key="a")) for _ in range(3)] == [False, True, True]


def test_the_same_longer_text_again_is_support_and_no_voice() -> None:
    assert kinds(LONG, LONG.upper(), LONG + " https://t.co/x") == [Kind.VOICE, Kind.COPY, Kind.COPY]


def test_a_text_pasted_at_many_people_is_one_voice() -> None:
    assert kinds(f"@senator_a {LONG}", f"@senator_b {LONG}", f"RT @x: {LONG}")[1:] == [Kind.COPY, Kind.COPY]


def test_a_repost_cut_off_at_its_end_is_a_copy() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    assert kinds(text, text[:90] + "…") == [Kind.VOICE, Kind.COPY]


def test_short_shouts_are_voices_for_people_shout_alike() -> None:
    assert kinds("GOAL!!!", "GOAL!!!", "goal", "what a goal") == [Kind.VOICE] * 4


def test_a_marked_repost_is_never_a_voice() -> None:
    assert kinds("GOAL!!!", repost_of="unknown") == [Kind.COPY]


def test_texts_that_begin_differently_are_not_copies() -> None:
    assert kinds(LONG, f"Honestly {LONG}") == [Kind.VOICE, Kind.VOICE]


@given(st.lists(st.integers(0, 5000), max_size=400), st.integers(1, 50))
def test_memory_of_keys_is_bounded_and_newest_are_kept(keys: list[int], size: int) -> None:
    remembered = Remembered(size)
    for key in keys:
        remembered.add(key)
        assert len(remembered) <= 2 * size
        assert remembered.add(key)


@given(st.text(max_size=300))
def test_any_text_has_a_key_or_none(text: str) -> None:
    assert text_key(read(text)) == text_key(read(text))
