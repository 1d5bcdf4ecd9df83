"""The tagger over the encoder: two looks at each word among its neighbours, then the best row of tags.

Convolutions with a linear-chain CRF (Collobert and others, JMLR 2011) for each scheme of tags; the schemes share all
but the last matrix. Tags are BIO: B- begins a name, I- goes on with it, O is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from monitor.language.names.encoder import LONGEST, Encoder, Floats, Line
from monitor.language.names.pieces import Pieces
from monitor.language.names.words import grams_of, post_shape_of, shape_of

NEVER = np.float32(-1e9)
OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to call names: its tags, the matrix that tells them and how gladly one follows another."""

    tags: tuple[str, ...]
    line: Line
    follows: Floats
    """Shape (tags, tags): from, to."""
    shy: float
    """Taken from `O` before the best row is sought, chosen on validation posts."""

    def best(self, rows: Floats) -> list[str]:
        """The best row of tags for the words of one post (Viterbi); an I- stands only after its own kind."""
        sums = self.line(rows)
        sums[:, self.tags.index(OUTSIDE)] -= np.float32(self.shy)
        follows = self.follows + _forbidden(self.tags)
        total = sums[0] + np.array([NEVER if tag.startswith("I-") else 0 for tag in self.tags], np.float32)
        came_from = []
        for here in sums[1:]:
            ways = total[:, None] + follows
            came_from.append(ways.argmax(axis=0))
            total = ways.max(axis=0) + here
        path = [int(total.argmax())]
        for came in reversed(came_from):
            path.append(int(came[path[-1]]))
        return [self.tags[place] for place in reversed(path)]


@dataclass(frozen=True, slots=True)
class Tagger:
    """Words of posts in, tags out."""

    pieces: Pieces
    encoder: Encoder
    mix: Line
    shapes: Floats
    post_shapes: Floats
    grams: Floats
    looks: tuple[Line, ...]
    """Each takes a word with its two neighbours in."""
    schemes: Mapping[str, Scheme]

    def tags(self, posts: Sequence[Sequence[str]], scheme: str) -> list[list[str]]:
        """One tag a word; `O` for all words behind the longest post the encoder reads. Every post has a word."""
        chosen = self.schemes[scheme]
        found = [chosen.best(rows) for rows in self.rows(posts)]
        return [[*row, *[OUTSIDE] * (len(words) - len(row))] for words, row in zip(posts, found, strict=True)]

    def rows(self, posts: Sequence[Sequence[str]]) -> list[Floats]:
        """What the schemes tell tags from, for the words that the encoder reads; shape (words, width) a post."""
        states = states_of(self.pieces, self.encoder, posts)
        counts = [len(state) for state in states]
        known = [self._row(words[: len(state)], state) for words, state in zip(posts, states, strict=True)]
        rows = np.concatenate(known)
        for look in self.looks:
            rows = np.maximum(look(with_neighbours(rows, counts)), np.float32(0))
        return np.split(rows, np.cumsum(counts)[:-1])

    def _row(self, words: Sequence[str], states: Floats) -> Floats:
        """What is known of each word of one post: its meaning among the others, its case and its letters."""
        shapes = [shape_of(word) for word in words]
        post = np.broadcast_to(self.post_shapes[post_shape_of(shapes)], (len(words), self.post_shapes.shape[1]))
        runs = [grams_of(word) for word in words]
        starts = np.cumsum([0, *map(len, runs[:-1])])
        sums = np.add.reduceat(self.grams[[run for word in runs for run in word]], starts, axis=0)
        letters = sums / np.array([[len(word)] for word in runs], np.float32)
        mixed = np.maximum(self.mix(states), np.float32(0))
        return np.concatenate([mixed, self.shapes[shapes], post, letters], axis=1)


def with_neighbours(rows: Floats, counts: Sequence[int]) -> Floats:
    """Each row between the one before and the one behind it, nought at the ends of a post; posts of `counts` rows."""
    ends = np.cumsum(counts)
    before, behind = np.roll(rows, 1, axis=0), np.roll(rows, -1, axis=0)
    before[ends - counts] = 0
    behind[ends - 1] = 0
    return np.concatenate([before, rows, behind], axis=1)


def states_of(pieces: Pieces, encoder: Encoder, posts: Sequence[Sequence[str]]) -> list[Floats]:
    """What each word means among the others: the mean of its pieces' rows, shape (words, kept * WIDTH) a post.

    Fewer rows than words where a post is longer than the encoder reads.
    """
    cut = [_fitting([pieces.of(word) for word in words]) for words in posts]
    rows = encoder([[pieces.begin, *(number for word in words for number in word), pieces.end] for words in cut])
    counts = np.array([count for words in cut for count in (1, *map(len, words), 1)])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums: Floats = np.add.reduceat(rows, starts, axis=0, dtype=np.float32)
    means: Floats = (sums.reshape(len(sums), -1) / counts[:, None]).astype(np.float32)
    ends = np.cumsum([len(words) + 2 for words in cut])
    return [means[end - len(words) - 1 : end - 1] for words, end in zip(cut, ends, strict=True)]


def spans_of(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Kind, first word and the word behind the last, for each name that a row of BIO tags holds."""
    found: list[tuple[str, int, int]] = []
    begun: tuple[str, int] | None = None
    for place, (before, tag) in enumerate(pairwise([OUTSIDE, *tags, OUTSIDE])):
        goes_on = tag.startswith("I-") and before[2:] == tag[2:]
        if begun and not goes_on:
            found.append((*begun, place))
            begun = None
        if tag != OUTSIDE and not goes_on:
            begun = (tag[2:], place)
    return found


def _fitting(words: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """As many words from the beginning as the encoder reads."""
    ends = np.cumsum([len(word) for word in words])
    return words[: int(np.searchsorted(ends, LONGEST, side="right"))]


def _forbidden(tags: Sequence[str]) -> Floats:
    """NEVER from each tag to an I- of another kind."""
    return np.array([[NEVER if to[:2] == "I-" and tag[2:] != to[2:] else 0 for to in tags] for tag in tags], np.float32)
