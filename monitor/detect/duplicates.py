"""Told apart: a new voice, the same post again, and a copy that supports what another voice said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from monitor.detect.hashes import BASE, mix, word_hash
from monitor.detect.saved import CountsState, DuplicatesState, KeysState
from monitor.detect.tokens import MENTION, Bools, Hashes, Kinds, Terms, Words, rank
from monitor.model import Post

COPY_WORDS = 6
"""A text needs this many words before an equal one is a copy: many people shout the same three words by themselves."""
COPY, VOICE, ECHO = 0, 1, 2
"""What a post adds. A copy or a repost is support, not a new voice: an echo is every doubling of a text's audience, its
second, fourth, eighth copy, and the first sight of a repost. The hundredth copy is no news, the doubling is."""
TEXT = 6
"""Kind of the terms that stand for a whole text, beside those of `tokens`."""
KEY_WORDS = 12
"""Words compared: reposts are often cut off at the end."""


class Remembered:
    """A set that forgets: holds between `size` and twice `size` of the newest keys."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: set[int] = set()
        self._old: set[int] = set()

    def add(self, keys: Sequence[int]) -> list[bool]:
        """Remember keys, one after the other; True for each that was known already."""
        known, new, old = list[bool](), self._new, self._old
        batch = set(keys)
        are_all_new = len(batch) == len(keys) and new.isdisjoint(batch) and old.isdisjoint(batch)
        if are_all_new and len(new) + len(batch) < self._size:  # as a rule
            new |= batch
            return [False] * len(keys)
        for key in keys:
            known.append(key in new or key in old)
            new.add(key)
            if len(new) >= self._size:
                old, new = new, set()
        self._new, self._old = new, old
        return known

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def state(self) -> KeysState:
        """What has to be kept to go on later."""
        new, old = (np.sort(np.fromiter(keys, np.uint64)) for keys in (self._new, self._old))
        return KeysState(new, old)

    def restore(self, state: KeysState) -> None:
        """Go on from a state."""
        self._new, self._old = set(state.new.tolist()), set(state.old.tolist())


class Counted:
    """Counts keys and forgets: holds between `size` and twice `size` of the newest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def add(self, keys: Sequence[int]) -> list[int]:
        """Count keys, one after the other; how often each was seen, this time included."""
        counts = list[int]()
        while len(counts) < len(keys):
            room = self._size - len(self._new)  # so many may come before it has to be looked whether they are too many
            counts += self._counted(keys[len(counts) : len(counts) + room])
            if len(self._new) >= self._size:
                self._old, self._new = self._new, {}
        return counts

    def _counted(self, keys: Sequence[int]) -> list[int]:
        counts, new, seen, seen_before = [], self._new, self._new.get, self._old.get
        for key in keys:
            new[key] = times = (seen(key) or seen_before(key, 0)) + 1
            counts.append(times)
        return counts

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def state(self) -> CountsState:
        """What has to be kept to go on later; both halves in order of the keys."""
        new, old = (dict(sorted(half.items())) for half in (self._new, self._old))
        keys = KeysState(np.fromiter(new, np.uint64), np.fromiter(old, np.uint64))
        return CountsState(keys, np.array([*new.values(), *old.values()], np.int32))

    def restore(self, state: CountsState) -> None:
        """Go on from a state."""
        new, old = state.keys.new.tolist(), state.keys.old.tolist()
        counts = state.counts.tolist()
        self._new, self._old = dict(zip(new, counts, strict=False)), dict(zip(old, counts[len(new) :], strict=True))


class Duplicates:
    """Remembers ids and texts, both bounded."""

    def __init__(self, *, ids: int, texts: int) -> None:
        self._ids = Remembered(ids)
        self._texts = Counted(texts)

    def are_known(self, posts: Iterable[Post]) -> list[bool]:
        """Which of these very posts were here before; remembers them."""
        names = [f"{post.platform}\0{post.id}" for post in posts]
        try:
            encoded = [*map(str.encode, names)]
        except UnicodeEncodeError:
            encoded = [name.encode("utf-8", "surrogatepass") for name in names]
        return self._ids.add([*map(xxhash.xxh3_64_intdigest, encoded)])  # not hash(): another process must know it

    def kinds(self, posts: Sequence[Post], words: Words) -> tuple[Kinds, Terms]:
        """What each of some posts adds, and for each longer text that was here before a term that stands for it."""
        keys, long_enough = text_keys(words, len(posts))
        times = np.zeros(len(posts), np.int64)
        times[long_enough] = self._texts.add(keys[long_enough].tolist())
        are_reposts = np.array([post.repost_of is not None for post in posts], np.bool_)
        again = np.flatnonzero(times > 1).astype(np.int32)
        return _kinds(times, are_reposts), Terms(
            again, mix(keys[again] + np.uint64(TEXT)), np.zeros(again.size, np.bool_)
        )

    def sizes(self) -> dict[str, int]:
        """How many ids and texts are remembered now."""
        return {"ids": len(self._ids), "texts": len(self._texts)}

    def state(self) -> DuplicatesState:
        """What has to be kept to go on later."""
        return DuplicatesState(self._ids.state(), self._texts.state())

    def restore(self, state: DuplicatesState) -> None:
        """Go on from a state."""
        self._ids.restore(state.ids)
        self._texts.restore(state.texts)


def _kinds(times: NDArray[np.int64], are_reposts: Bools) -> Kinds:
    """What posts add whose texts were seen so many times, this one included; 0 for a short text."""
    doubled = (times > 0) & (times & (times - 1) == 0)
    kinds = np.where((times <= 1) & ~are_reposts, VOICE, np.where(doubled, ECHO, COPY))
    return kinds.astype(np.uint8)


def text_keys(words: Words, count: int) -> tuple[Hashes, Bools]:
    """One number for texts that say the same, and whether the text is long enough to be a copy of another.

    Of each of `count` texts the first KEY_WORDS words count; mentions and a leading RT do not matter.
    """
    said = words.signs != MENTION
    posts, hashes = words.posts[said], words.hashes[said] + words.signs[said]
    said_rt = hashes == np.uint64(word_hash("rt"))
    if said_rt.any():
        said_rt &= rank(posts) == 0
        posts, hashes = posts[~said_rt], hashes[~said_rt]
    places = rank(posts)
    keys = np.zeros(count, np.uint64)
    long_enough = np.bincount(posts, minlength=count) >= COPY_WORDS
    if posts.size:
        values = np.where(
            places < KEY_WORDS, mix(hashes + (places + 1).astype(np.uint64) * np.uint64(BASE)), np.uint64(0)
        )
        first = np.flatnonzero(places == 0)
        keys[posts[first]] = np.add.reduceat(values, first)
    return keys, long_enough
