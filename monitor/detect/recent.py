"""The newest posts with their terms, laid end to end: what a burst is explained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from monitor.detect.duplicates import ECHO, VOICE
from monitor.detect.hashes import looked_up
from monitor.detect.saved import PostTable, RecentState
from monitor.detect.tokens import Bools, Ints, Kinds
from monitor.detect.vocabulary import NONE
from monitor.erase import TakenBack
from monitor.model import Post


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as the detector took it in."""

    post: Post
    kind: int
    """VOICE, ECHO or COPY."""
    at_secs: float
    """The stream's clock when it was counted, seconds since 1970."""

    @property
    def is_voice(self) -> bool:
        """Whether somebody says something of their own."""
        return self.kind == VOICE


SLOW_SECS = 1_800
"""Windows of this length and more are for thin streams; in them echoes count, too."""


def are_heard(kinds: Kinds, window_secs: int) -> Bools:
    """Which posts count in a window of this length."""
    heard: Bools = (kinds == VOICE) | ((kinds == ECHO) & (window_secs >= SLOW_SECS))
    return heard


class _Row:
    """Numbers in a row that grows: with room to spare, so that what is there is seldom copied."""

    def __init__(self, numbers: Ints) -> None:
        self.all = self._room = numbers

    def add(self, numbers: Ints) -> None:
        """Put numbers behind those that are there."""
        start, size = self.all.size, self.all.size + numbers.size
        if size > self._room.size:
            self._room = np.empty(2 * size, np.int32)
            self._room[:start] = self.all
        self._room[start:size] = numbers
        self.all = self._room[:size]

    def drop(self, count: int) -> None:
        """Let the first ones go; the others move up within the room."""
        size = self.all.size - count
        self._room[:size] = self.all[count:]
        self.all = self._room[:size]


class Recent:
    """The newest `keep_posts` posts of the last `keep_secs` and up to an eighth more; of a full tick an even sample."""

    def __init__(self, *, keep_posts: int, keep_secs: int, tick_posts: int, capacity: int) -> None:
        self._keep_posts = keep_posts
        self._keep_secs = keep_secs
        self._tick_posts = tick_posts
        self._capacity = capacity
        self._posts: list[Post] = []
        self._at: NDArray[np.float64] = np.zeros(0)
        self.kinds: Kinds = np.zeros(0, np.uint8)
        """VOICE, ECHO or COPY of each post."""
        self._ends: NDArray[np.int64] = np.zeros(0, np.int64)
        """Where the terms of each post end in `_numbers`."""
        self._owners = _Row(np.zeros(0, np.int32))
        self._numbers = _Row(np.zeros(0, np.int32))

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, posts: Sequence[Post], kinds: Kinds, at_secs: float, *, terms: tuple[Ints, Ints]) -> None:
        """Take in the posts of one tick; `terms` says in which of them each term stands, in order, and the terms."""
        owners, numbers = terms
        if len(posts) > self._tick_posts:
            kept = np.linspace(0, len(posts) - 1, self._tick_posts).astype(np.int64)
            place = np.full(len(posts), NONE, np.int32)
            place[kept] = np.arange(kept.size)
            stays = place[owners] != NONE
            posts, kinds = [posts[one] for one in kept], kinds[kept]
            owners, numbers = place[owners[stays]], numbers[stays]
        start = self._ends[-1] if self._ends.size else 0
        self._ends = np.concatenate([self._ends, start + np.cumsum(np.bincount(owners, minlength=len(posts)))])
        self._owners.add(owners + np.int32(len(self._posts)))
        self._numbers.add(numbers)
        self._at = np.concatenate([self._at, np.full(len(posts), at_secs)])
        self.kinds = np.concatenate([self.kinds, kinds])
        self._posts.extend(posts)
        self._drop(at_secs)

    def seen(self, place: int) -> Seen:
        """The post at a place."""
        return Seen(self._posts[place], int(self.kinds[place]), float(self._at[place]))

    def post_at(self, url: str) -> Post | None:
        """The newest post that stands at an address; looks through all that are kept."""
        return next((post for post in reversed(self._posts) if post.url == url), None)

    def erase(self, taken: Sequence[TakenBack]) -> None:
        """Blank what was taken back: it was said, and stays counted, but nobody reads it any more."""
        for place, post in enumerate(self._posts):
            if any(one.covers(post) for one in taken):
                self._posts[place] = structs.replace(post, text="", author=None, url=None)

    def _drop(self, now_secs: float) -> None:
        """Let the oldest go, an eighth of the room at a time."""
        old = int(np.searchsorted(self._at, now_secs - self._keep_secs))
        gone = max(old, len(self._posts) - self._keep_posts)
        if gone < max(1, self._keep_posts // 8):
            return
        first = int(self._ends[gone - 1])
        del self._posts[:gone]
        self._at, self.kinds = self._at[gone:].copy(), self.kinds[gone:].copy()
        self._owners.drop(first)
        self._owners.all -= np.int32(gone)
        self._numbers.drop(first)
        self._ends = self._ends[gone:] - first

    def first_since(self, secs: float) -> int:
        """The place of the first post counted after a time."""
        return int(np.searchsorted(self._at, secs, side="right"))

    def times(self, places: Ints) -> NDArray[np.float64]:
        """When posts were counted, seconds since 1970."""
        return self._at[places]

    def rows(self, since: int, numbers: Sequence[int]) -> tuple[Ints, Ints]:
        """Who says which of some terms: the places of posts from `since` on, and the places in `numbers`."""
        start = int(self._ends[since - 1]) if since else 0
        which = np.full(self._capacity, NONE, np.int32)
        which[list(numbers)] = np.arange(len(numbers))
        found = which[self._numbers.all[start:]]
        hit = np.flatnonzero(found != NONE)
        return self._owners.all[start:][hit], found[hit]

    def shares(self, since: int, *, besides: Bools) -> NDArray[np.float64]:
        """The part of the posts from `since` on that has each term, without those marked in `besides`."""
        start = int(self._ends[since - 1]) if since else 0
        inside = np.zeros(len(self._posts), np.bool_)
        inside[since:] = ~besides[since:]
        numbers = self._numbers.all[start:][inside[self._owners.all[start:]]]
        return np.bincount(numbers, minlength=self._capacity) / max(1, int(inside.sum()))

    def forget(self, numbers: Ints) -> None:
        """Take terms out: their numbers will mean others."""
        known = np.ones(self._capacity, np.bool_)
        known[numbers] = False
        stays = np.flatnonzero(looked_up(known, self._numbers.all))
        self._numbers, self._owners = (_Row(row.all[stays]) for row in (self._numbers, self._owners))
        self._ends = np.cumsum(np.bincount(self._owners.all, minlength=len(self._posts)))

    def state(self, table: PostTable) -> RecentState:
        """What has to be kept to go on later; the posts go into `table`."""
        posts = np.array([table.number(post) for post in self._posts], np.int32)
        sizes = np.diff(self._ends, prepend=0).astype(np.int32)
        return RecentState(posts, self._at, self.kinds, sizes, self._numbers.all)

    def restore(self, state: RecentState, posts: Sequence[Post]) -> None:
        """Go on from a state; nothing was taken in yet, and `posts` is what the table held."""
        self._posts = [posts[number] for number in state.posts]
        self._at, self.kinds, self._numbers = state.at, state.kinds, _Row(state.numbers.copy())
        self._ends = np.cumsum(state.sizes, dtype=np.int64)
        self._owners = _Row(np.repeat(np.arange(state.sizes.size, dtype=np.int32), state.sizes))
