"""The newest posts and their terms, held against a plain list of posts with sets of terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.duplicates import COPY, ECHO, VOICE
from monitor.detect.recent import SLOW_SECS, Recent, are_heard
from monitor.detect.tokens import Ints, Kinds
from monitor.model import Post
from tests.crowd import post

TERMS = 8
KEEP_POSTS = 24
KEEP_SECS = 60
TICK_POSTS = 10


def laid(terms: Sequence[set[int]]) -> tuple[Ints, Ints]:
    """The terms of each post as rows of (post, term)."""
    rows = [(place, term) for place, own in enumerate(terms) for term in sorted(own)]
    return np.array([place for place, _ in rows], np.int32), np.array([term for _, term in rows], np.int32)


def voices(count: int) -> Kinds:
    """Posts that are all voices."""
    return np.full(count, VOICE, np.uint8)


@dataclass
class Row:
    """A post as the list keeps it."""

    post: Post
    kind: int
    at_secs: float
    terms: set[int]


class Model:
    """The same posts as a list."""

    def __init__(self) -> None:
        self.recent = Recent(keep_posts=KEEP_POSTS, keep_secs=KEEP_SECS, tick_posts=TICK_POSTS, capacity=TERMS)
        self.rows: list[Row] = []
        self._made = 0

    def add(self, terms: Sequence[set[int]], at_secs: float) -> None:
        posts = [post("", at_secs, key=f"p{self._made + number}") for number in range(len(terms))]
        kinds = np.array([(COPY, VOICE, ECHO)[number % 3] for number in range(len(terms))], np.uint8)
        self._made += len(terms)
        self.recent.add(posts, kinds, at_secs, terms=laid(terms))
        self.rows += [Row(*row) for row in zip(posts, kinds.tolist(), [at_secs] * len(terms), terms, strict=True)]
        needed = [row for row in self.rows[-KEEP_POSTS:] if row.at_secs >= at_secs - KEEP_SECS]
        assert len(needed) <= len(self.recent) <= KEEP_POSTS * 9 // 8
        self.rows = self.rows[len(self.rows) - len(self.recent) :]

    def forget(self, terms: set[int]) -> None:
        self.recent.forget(np.array(sorted(terms), np.int32))
        for row in self.rows:
            row.terms = row.terms - terms

    def check(self, since: int, asked: Sequence[int]) -> None:
        """Everything that can be asked of the posts from `since` on."""
        seen = [self.recent.seen(place) for place in range(len(self.recent))]
        assert [(one.post, one.kind, one.at_secs) for one in seen] == [
            (row.post, row.kind, row.at_secs) for row in self.rows
        ]
        assert [one.is_voice for one in seen] == [row.kind == VOICE for row in self.rows]
        assert self.recent.kinds.tolist() == [row.kind for row in self.rows]
        said = {
            (place, asked.index(term))
            for place, row in enumerate(self.rows)
            if place >= since
            for term in row.terms & set(asked)
        }
        places, which = self.recent.rows(since, asked)
        assert sorted(zip(places.tolist(), which.tolist(), strict=True)) == sorted(said)
        assert places.tolist() == sorted(places.tolist())
        self._check_shares(since)

    def _check_shares(self, since: int) -> None:
        besides = np.array([place % 2 == 0 for place in range(len(self.rows))], np.bool_)
        others = [row for row, beside in list(zip(self.rows, besides, strict=True))[since:] if not beside]
        shares = [sum(term in row.terms for row in others) / max(1, len(others)) for term in range(TERMS)]
        assert self.recent.shares(since, besides=besides) == pytest.approx(np.array(shares))

    def check_times(self, now_secs: float) -> None:
        for secs in (now_secs - 50.0, now_secs - 5.0, now_secs):
            older = [row for row in self.rows if row.at_secs <= secs]
            assert self.recent.first_since(secs) == len(older)
        every = np.arange(len(self.rows), dtype=np.int32)
        assert self.recent.times(every).tolist() == [row.at_secs for row in self.rows]


@pytest.mark.parametrize(
    ("window_secs", "heard"),
    [(30, [False, True, False]), (SLOW_SECS - 5, [False, True, False]), (SLOW_SECS, [False, True, True])],
)
def test_voices_are_heard_in_every_window_and_echoes_in_slow_ones(window_secs: int, heard: list[bool]) -> None:
    assert are_heard(np.array([COPY, VOICE, ECHO], np.uint8), window_secs).tolist() == heard


SOME = st.sets(st.integers(0, TERMS - 1), max_size=TERMS)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(SOME, max_size=TICK_POSTS), st.sampled_from([5, 5, 5, 20, 300]), st.just(set()) | SOME),
        max_size=20,
    ),
    st.lists(st.integers(0, TERMS - 1), unique=True),
    st.floats(0, 1),
)
def test_what_is_asked_of_the_newest_posts_is_answered_as_from_a_list(
    ticks: list[tuple[list[set[int]], int, set[int]]], asked: list[int], since: float
) -> None:
    model, now = Model(), 0.0
    for terms, secs, forgotten in ticks:
        now += secs
        model.add(terms, now)
        model.forget(forgotten)
        model.check(int(since * len(model.rows)), asked)
        model.check_times(now)


def test_of_a_full_tick_an_even_sample_is_kept_with_its_own_terms() -> None:
    recent = Recent(keep_posts=500, keep_secs=KEEP_SECS, tick_posts=100, capacity=1_000)
    recent.add([post("", 0, key="before")], voices(1), 0.0, terms=laid([{7, 999}]))
    posts = [post("", 5, key=str(number)) for number in range(950)]
    kinds = (np.arange(950) % 7 % 3).astype(np.uint8)
    recent.add(posts, kinds, 5.0, terms=laid([{number, 950, 960 + number % 3} for number in range(950)]))
    kept = [int(recent.seen(place).post.id) for place in range(1, len(recent))]
    assert len(kept) == 100
    assert (kept[0], kept[-1]) == (0, 949)
    assert set(np.diff(kept).tolist()) <= {9, 10}
    assert recent.kinds[1:].tolist() == kinds[kept].tolist()
    for place, number in enumerate(kept, start=1):
        assert recent.rows(0, [number])[0].tolist() == ([0, place] if number == 7 else [place])
    assert recent.rows(1, [950])[0].tolist() == list(range(1, 101))


@pytest.mark.parametrize("keep_posts", [1, 5, 8])
def test_very_few_posts_can_be_kept(keep_posts: int) -> None:
    recent = Recent(keep_posts=keep_posts, keep_secs=KEEP_SECS, tick_posts=TICK_POSTS, capacity=TERMS)
    for number in range(20):
        recent.add([post("", number)], voices(1), float(number), terms=laid([{number % TERMS}]))
        assert recent.rows(len(recent) - 1, [number % TERMS])[0].tolist() == [len(recent) - 1]
    assert len(recent) == keep_posts


def test_what_is_too_old_is_gone() -> None:
    recent = Recent(keep_posts=8, keep_secs=KEEP_SECS, tick_posts=TICK_POSTS, capacity=TERMS)
    recent.add([post("", 0)], voices(1), 0.0, terms=laid([{1}]))
    recent.add([post("", 61)], voices(1), 61.0, terms=laid([{2}]))
    assert len(recent) == 1
    assert recent.rows(0, [1, 2])[1].tolist() == [1]
