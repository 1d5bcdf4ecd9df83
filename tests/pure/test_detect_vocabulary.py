"""Numbers for terms: the same as a dictionary would say, bounded, and pairs only once they come again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.tokens import Hashes, Ints
from monitor.detect.vocabulary import DOOR_BITS, NONE, Door, Vocabulary

CAPACITY = 64
KEYS = 100
"""Terms there are in these tests; those with an odd key are pairs."""


def hash_of(key: int) -> int:
    """A hash of its own cell in the door, and of one of three slots only: the table must look further."""
    return key << (64 - DOOR_BITS) | (0, 1, 4 * CAPACITY - 1)[key % 3]


def hashes(keys: Sequence[int]) -> Hashes:
    return np.array([hash_of(key) for key in keys], np.uint64)


def learn(vocabulary: Vocabulary, *keys: int) -> Ints:
    return vocabulary.learn(hashes(keys), are_pairs=np.array([key % 2 == 1 for key in keys], np.bool_))


class Model:
    """The same promises with a dictionary and a set."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary(CAPACITY)
        self.numbers: dict[int, int] = {}
        self.sighted: set[int] = set()

    def learn(self, keys: Sequence[int]) -> None:
        given_ = learn(self.vocabulary, *keys)
        new = {key: times for key, times in Counter(keys).items() if key not in self.numbers}
        welcome = {key for key, times in new.items() if key % 2 == 0 or times > 1 or key in self.sighted}
        self.sighted |= {key for key in new if key % 2 == 1}
        learnt = {key: int(number) for key, number in zip(keys, given_, strict=True) if number != NONE}
        assert all(learnt.get(key, number) == number for key, number in self.numbers.items())
        fresh = {key: number for key, number in learnt.items() if key in new}
        assert set(fresh) <= welcome
        assert len(fresh) == min(len(welcome), CAPACITY - len(self.numbers)), "as many as there is room for"
        self.numbers |= fresh

    def forget(self, keys: Sequence[int]) -> None:
        known = sorted(set(keys) & set(self.numbers))
        self.vocabulary.forget(np.array([self.numbers.pop(key) for key in known], np.int64))

    def check(self) -> None:
        found = self.vocabulary.find(hashes(range(KEYS))).tolist()
        assert found == [self.numbers.get(key, NONE) for key in range(KEYS)]
        assert len(set(self.numbers.values())) == len(self.numbers) == len(self.vocabulary)
        assert set(np.flatnonzero(self.vocabulary.used).tolist()) == set(self.numbers.values())
        assert all(self.vocabulary.hashes[number] == hash_of(key) for key, number in self.numbers.items())
        assert self.vocabulary.is_full == (len(self.numbers) == CAPACITY)


BATCH = st.lists(st.integers(0, KEYS - 1), max_size=50)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["learn", "learn", "forget"]), BATCH), max_size=12))
def test_numbers_are_given_found_and_taken_back_as_in_a_dictionary(steps: list[tuple[str, list[int]]]) -> None:
    model = Model()
    for what, keys in steps:
        if what == "learn":
            model.learn(keys)
        else:
            model.forget(keys)
        model.check()


def test_a_full_vocabulary_learns_nothing_until_it_forgets() -> None:
    vocabulary = Vocabulary(CAPACITY)
    words = [2 * key for key in range(KEYS)]
    numbers = learn(vocabulary, *words)
    assert (numbers != NONE).sum() == CAPACITY
    assert vocabulary.is_full
    late = words[int(np.flatnonzero(numbers == NONE)[0])]
    assert learn(vocabulary, late).tolist() == [NONE]
    vocabulary.forget(np.array([5, 6], np.int64))
    assert len(vocabulary) == CAPACITY - 2
    assert learn(vocabulary, late)[0] in (5, 6)


def test_a_pair_has_a_number_from_its_second_sighting() -> None:
    vocabulary = Vocabulary(CAPACITY)
    assert learn(vocabulary, 1).tolist() == [NONE]
    number = learn(vocabulary, 1)[0]
    assert number != NONE
    assert learn(vocabulary, 1).tolist() == [number]


def test_a_pair_that_stands_twice_in_a_batch_has_been_seen_twice() -> None:
    vocabulary = Vocabulary(CAPACITY)
    first, other, second = learn(vocabulary, 1, 3, 1).tolist()
    assert first == second != NONE
    assert other == NONE


def test_finding_teaches_nothing() -> None:
    vocabulary = Vocabulary(CAPACITY)
    assert vocabulary.find(hashes([1, 2, 1])).tolist() == [NONE] * 3
    assert len(vocabulary) == 0
    assert learn(vocabulary, 1).tolist() == [NONE]


def test_the_door_forgets_what_was_seen_two_generations_ago() -> None:
    generation = 1 << (DOOR_BITS - 2)
    others = (np.arange(2 * generation, dtype=np.uint64) + np.uint64(1)) << np.uint64(64 - DOOR_BITS)
    for generations, is_known in ((0, True), (1, True), (2, False)):
        door = Door()
        door.pass_through(np.zeros(1, np.uint64))
        for number in range(generations):
            door.pass_through(others[number * generation : (number + 1) * generation])
        assert door.pass_through(np.zeros(1, np.uint64)).tolist() == [is_known]


def test_a_vocabulary_goes_on_from_its_state() -> None:
    before = Vocabulary(CAPACITY)
    numbers = learn(before, 2, 1, 4, 6)
    before.forget(numbers[:1].astype(np.int64))
    after = Vocabulary(CAPACITY)
    after.restore(before.state())
    assert after.find(hashes(range(KEYS))).tolist() == before.find(hashes(range(KEYS))).tolist()
    assert learn(after, 8, 1).tolist() == learn(before, 8, 1).tolist()
    assert len(after) == 4
