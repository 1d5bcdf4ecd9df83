"""A post delivered twice, a copy, a repost, and the same short shout from many throats."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.duplicates import COPY, ECHO, VOICE, Counted, Duplicates, Remembered, text_keys
from monitor.detect.text import opened
from monitor.detect.tokens import Words, words
from tests.crowd import post

LONG = "Controversy with the referee's goal line technology watch at Villa Park tonight"


def words_of(*texts: str) -> Words:
    return words([opened(text)[0] for text in texts])


def kinds(*texts: str, repost_of: str | None = None, at_once: bool = True) -> list[int]:
    """What each text adds, all taken in as one batch or one after the other."""
    known = Duplicates(ids=100, texts=100)
    posts = [post(text, number, repost_of=repost_of) for number, text in enumerate(texts)]
    batches = [posts] if at_once else [[one] for one in posts]
    return [int(kind) for batch in batches for kind in known.kinds(batch, words_of(*(one.text for one in batch)))[0]]


def test_the_same_post_is_known_the_second_time() -> None:
    known = Duplicates(ids=100, texts=100)
    one = post("hello", 1, key="a")
    assert known.are_known([one, one]) + known.are_known([one]) == [False, True, True]


def test_the_same_longer_text_again_is_support_and_no_voice() -> None:
    assert kinds(LONG, LONG.upper(), LONG + " https://t.co/x") == [VOICE, ECHO, COPY]


def test_a_text_pasted_at_many_people_is_one_voice() -> None:
    assert kinds(f"@senator_a {LONG}", f"@senator_b {LONG}", f"RT @x: {LONG}") == [VOICE, ECHO, COPY]


def test_a_repost_cut_off_at_its_end_is_a_copy() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    assert kinds(text, text[:90] + "…", text[:95] + "…") == [VOICE, ECHO, COPY]


def test_short_shouts_are_voices_for_people_shout_alike() -> None:
    assert kinds("GOAL!!!", "GOAL!!!", "goal", "what a goal") == [VOICE] * 4


def test_a_marked_repost_is_never_a_voice() -> None:
    assert kinds("GOAL!!!", "GOAL!!!", repost_of="unknown") == [COPY, COPY]
    assert VOICE not in kinds(LONG, LONG, f"Honestly {LONG}", repost_of="unknown")


def test_the_first_sight_of_a_repost_is_an_echo_of_what_was_not_heard() -> None:
    assert kinds(LONG, LONG, LONG, repost_of="unknown") == [ECHO, ECHO, COPY]


def test_every_doubling_of_a_texts_audience_is_an_echo() -> None:
    found = kinds(*[LONG] * 20)
    assert found[0] == VOICE
    assert [place for place, kind in enumerate(found, start=1) if kind == ECHO] == [2, 4, 8, 16]
    assert found.count(COPY) == 15


def test_a_repeated_text_has_one_term_whoever_repeats_it_and_a_new_or_short_one_has_none() -> None:
    known = Duplicates(ids=100, texts=100)
    texts = [LONG, "GOAL!!!", f"@a {LONG}", "GOAL!!!", f"Honestly {LONG}", LONG.upper()]
    posts = [post(text, number) for number, text in enumerate(texts)]
    repeated = known.kinds(posts, words_of(*texts))[1]
    assert repeated.posts.tolist() == [2, 5]
    assert len(set(repeated.hashes.tolist())) == 1
    assert not repeated.are_pairs.any()
    again = known.kinds([post(LONG, 9)], words_of(LONG))[1]
    assert again.hashes.tolist() == repeated.hashes[:1].tolist()


def test_texts_that_begin_differently_are_not_copies() -> None:
    assert kinds(LONG, f"Honestly {LONG}") == [VOICE, VOICE]


@given(st.lists(st.integers(0, 5000), max_size=400), st.integers(1, 50))
def test_memory_of_keys_is_bounded_and_newest_are_kept(keys: list[int], size: int) -> None:
    remembered = Remembered(size)
    for key in keys:
        remembered.add([key])
        assert len(remembered) <= 2 * size
        assert remembered.add([key]) == [True]


@given(st.lists(st.integers(0, 60), max_size=400), st.integers(1, 50))
def test_memory_of_counts_is_bounded_and_the_newest_count_on(keys: list[int], size: int) -> None:
    counted, seen = Counted(size), dict.fromkeys(keys, 0)
    for key in keys:
        seen[key] += 1
        (times,) = counted.add([key])
        assert 1 <= times <= seen[key]
        assert len(counted) <= 2 * size
        seen[key] = times
    other = Counted(size)
    other.restore(counted.state())
    assert other.add(keys) == [times for key in keys for times in counted.add([key])]


def test_a_text_is_counted_on_when_the_memory_turns_over() -> None:
    counted = Counted(2)
    assert counted.add([1, 1, 2, 1, 3, 4, 5, 1]) == [1, 2, 1, 3, 1, 1, 1, 1]


@settings(deadline=None)
@given(st.lists(st.text(max_size=300), max_size=5))
def test_a_text_has_the_same_key_alone_and_among_others(texts: list[str]) -> None:
    keys, long_enough = text_keys(words_of(*texts), len(texts))
    alone = [text_keys(words_of(text), 1) for text in texts]
    assert keys.tolist() == [int(key[0]) for key, _ in alone]
    assert long_enough.tolist() == [bool(is_long[0]) for _, is_long in alone]


@settings(deadline=None)
@given(st.lists(st.sampled_from([LONG, f"RT @x: {LONG}", "GOAL!!!", "", f"Honestly {LONG}", "@a @b"]), max_size=12))
def test_in_one_batch_or_one_by_one_the_same_texts_add_the_same(texts: list[str]) -> None:
    assert kinds(*texts) == kinds(*texts, at_once=False)
