"""A post delivered twice, a copy, a repost, and the same short shout from many throats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.detect.duplicates import Duplicates, Remembered, text_keys
from monitor.detect.text import opened
from monitor.detect.tokens import Words, words
from tests.crowd import post

LONG = "Controversy with the referee's goal line technology watch at Villa Park tonight"


VOICE, COPY = True, False


def words_of(*texts: str) -> Words:
    return words([opened(text)[0] for text in texts])


def kinds(*texts: str, repost_of: str | None = None, at_once: bool = True) -> list[bool]:
    """Whether each text is a voice, all taken in as one batch or one after the other."""
    known = Duplicates(ids=100, texts=100)
    posts = [post(text, number, repost_of=repost_of) for number, text in enumerate(texts)]
    batches = [posts] if at_once else [[one] for one in posts]
    return [voice for batch in batches for voice in known.voices(batch, words_of(*(one.text for one in batch)))]


def test_the_same_post_is_known_the_second_time() -> None:
    known = Duplicates(ids=100, texts=100)
    assert [known.is_known(post("hello", 1, key="a")) for _ in range(3)] == [False, True, True]


def test_the_same_longer_text_again_is_support_and_no_voice() -> None:
    assert kinds(LONG, LONG.upper(), LONG + " https://t.co/x") == [VOICE, COPY, COPY]


def test_a_text_pasted_at_many_people_is_one_voice() -> None:
    assert kinds(f"@senator_a {LONG}", f"@senator_b {LONG}", f"RT @x: {LONG}")[1:] == [COPY, COPY]


def test_a_repost_cut_off_at_its_end_is_a_copy() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    assert kinds(text, text[:90] + "…") == [VOICE, COPY]


def test_short_shouts_are_voices_for_people_shout_alike() -> None:
    assert kinds("GOAL!!!", "GOAL!!!", "goal", "what a goal") == [VOICE] * 4


def test_a_marked_repost_is_never_a_voice() -> None:
    assert kinds("GOAL!!!", repost_of="unknown") == [COPY]


def test_texts_that_begin_differently_are_not_copies() -> None:
    assert kinds(LONG, f"Honestly {LONG}") == [VOICE, VOICE]


@given(st.lists(st.integers(0, 5000), max_size=400), st.integers(1, 50))
def test_memory_of_keys_is_bounded_and_newest_are_kept(keys: list[int], size: int) -> None:
    remembered = Remembered(size)
    for key in keys:
        remembered.add(key)
        assert len(remembered) <= 2 * size
        assert remembered.add(key)


@given(st.lists(st.text(max_size=300), max_size=5))
def test_a_text_has_the_same_key_alone_and_among_others(texts: list[str]) -> None:
    keys, long_enough = text_keys(words_of(*texts), len(texts))
    alone = [text_keys(words_of(text), 1) for text in texts]
    assert keys.tolist() == [int(key[0]) for key, _ in alone]
    assert long_enough.tolist() == [bool(is_long[0]) for _, is_long in alone]


@given(st.lists(st.sampled_from([LONG, f"RT @x: {LONG}", "GOAL!!!", "", f"Honestly {LONG}", "@a @b"]), max_size=12))
def test_in_one_batch_or_one_by_one_the_same_texts_are_voices(texts: list[str]) -> None:
    assert kinds(*texts) == kinds(*texts, at_once=False)
