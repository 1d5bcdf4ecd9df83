"""Small numbers for the hashes of terms, so that counters are plain arrays. Bounded: the least used make room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.detect.hashes import looked_up
from monitor.detect.saved import DoorState, VocabularyState
from monitor.detect.tokens import Bools, Hashes, Ints

NONE = -1
"""The term has no number (yet)."""
SLOTS_EACH = 4
"""Slots of the hash table for each number: at a quarter full nearly every term is found at the first look."""
DOOR_BITS = 22
"""Cells that remember which pairs were seen once: four million, a quarter of them in use at most."""


class Door:
    """Remembers, with few false memories, what was seen once: two generations of cells (a Bloom filter of one hash)."""

    def __init__(self) -> None:
        self._new = np.zeros(1 << DOOR_BITS, np.bool_)
        self._old = np.zeros(1 << DOOR_BITS, np.bool_)
        self._count = 0

    def pass_through(self, hashes: Hashes) -> Bools:
        """Which of some distinct hashes were seen before; all of them are from now on."""
        cells = (hashes >> np.uint64(64 - DOOR_BITS)).astype(np.int64)
        seen = self._new[cells] | self._old[cells]
        self._new[cells] = True
        self._count += cells.size
        if self._count >= 1 << (DOOR_BITS - 2):
            self._old, self._new = self._new, self._old
            self._new[:] = False
            self._count = 0
        return seen

    def state(self) -> DoorState:
        """What has to be kept to go on later."""
        return DoorState(np.packbits(self._new), np.packbits(self._old), self._count)

    def restore(self, state: DoorState) -> None:
        """Go on from a state; the door is new."""
        self._new = np.unpackbits(state.new, count=1 << DOOR_BITS).view(np.bool_)
        self._old = np.unpackbits(state.old, count=1 << DOOR_BITS).view(np.bool_)
        self._count = state.count


class Vocabulary:
    """Hash to number and back: open addressing with linear probing, a whole batch at a time."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.hashes: Hashes = np.zeros(capacity, np.uint64)
        """Of each number in use."""
        self.used: Bools = np.zeros(capacity, np.bool_)
        self._slots: Ints = np.full(capacity * SLOTS_EACH, NONE, np.int32)
        self._mask = np.int64(self._slots.size - 1)
        self._door = Door()
        self._free = np.arange(capacity, dtype=np.int32)
        """Numbers not in use, those from `_count` on."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        return self._count > self.capacity - self.capacity // 64

    def find(self, hashes: Hashes) -> Ints:
        """The number of each hash, NONE where it has none."""
        at = self._home(hashes)
        numbers: Ints = looked_up(self._slots, at)
        # For NONE some other term's hash is looked up, and not asked for.
        open_ = np.flatnonzero((numbers != NONE) & (looked_up(self.hashes, numbers) != hashes))
        at = at[open_]
        while open_.size:  # another term stands in the slot: it may be in the next one
            at = (at + 1) & self._mask
            numbers[open_] = here = self._slots[at]
            go_on = (here != NONE) & (self.hashes[here] != hashes[open_])
            open_, at = open_[go_on], at[go_on]
        return numbers

    def learn(self, hashes: Hashes, *, are_pairs: Bools) -> Ints:
        """As `find`, giving numbers to new terms; pairs get one at their second sighting, for most never come again."""
        numbers = self.find(hashes)
        new = (numbers == NONE).nonzero()[0]
        if not new.size:
            return numbers
        new = new[np.argsort(hashes[new])]
        sorted_ = hashes[new]
        starts = np.concatenate(([True], sorted_[1:] != sorted_[:-1])).nonzero()[0]
        fresh, counts = sorted_[starts], np.diff(starts, append=new.size)
        pairs = np.logical_and.reduceat(are_pairs[new], starts)
        welcome = ~pairs | (counts > 1)
        welcome[pairs] |= self._door.pass_through(fresh[pairs])
        given = self._add(fresh[welcome])
        named = np.full(fresh.size, NONE, np.int32)
        named[welcome.nonzero()[0][: given.size]] = given
        numbers[new] = np.repeat(named, counts)
        return numbers

    def _add(self, hashes: Hashes) -> Ints:
        """Give numbers to distinct hashes that have none, to the first of them as far as there are any left."""
        free = self._free[self._count : self._count + hashes.size]
        hashes = hashes[: free.size]
        self.hashes[free] = hashes
        self.used[free] = True
        self._count += free.size
        self._place(free)
        return free

    def _place(self, numbers: Ints) -> None:
        """Enter numbers into the slots; where two want the same slot one goes on to the next."""
        at = self._home(self.hashes[numbers])
        while numbers.size:
            empty = self._slots[at] == NONE
            self._slots[at[empty]] = numbers[empty]
            waits = self._slots[at] != numbers
            numbers, at = numbers[waits], (at[waits] + 1) & self._mask

    def _home(self, hashes: Hashes) -> NDArray[np.int64]:
        return hashes.astype(np.int64) & self._mask

    def forget(self, numbers: NDArray[np.int64]) -> None:
        """Take numbers back; they will mean other terms."""
        self.used[numbers] = False
        self.hashes[numbers] = 0
        self._slots[:] = NONE
        self._settle()

    def _settle(self) -> None:
        """Find the slots of all numbers in use, the slots being empty, and the numbers that are free."""
        used = np.flatnonzero(self.used).astype(np.int32)
        self._count = used.size
        self._free = np.concatenate([used, np.flatnonzero(~self.used).astype(np.int32)])
        self._place(used)

    def state(self) -> VocabularyState:
        """What has to be kept to go on later."""
        numbers = np.flatnonzero(self.used).astype(np.int32)
        return VocabularyState(numbers, self.hashes[numbers], self._door.state())

    def restore(self, state: VocabularyState) -> None:
        """Go on from a state; the vocabulary is new."""
        self.hashes[state.numbers] = state.hashes
        self.used[state.numbers] = True
        self._settle()
        self._door.restore(state.door)
