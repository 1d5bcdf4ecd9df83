"""The lower layers of a small sentence encoder, in numpy: what each word of a post means among the others.

A transformer as BERT's (Devlin and others, NAACL 2019), its matrices kept in few whole steps a row. The posts of a
batch lie one after the other, so that nothing is padded: only attention looks at one post at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

WIDTH = 384
HEADS = 12
LONGEST = 254
"""Pieces read of one post beside its begin and end."""
LAYER = ("query", "key", "value", "out", "up", "down")
"""The matrices of a layer; `out` and `down` are each followed by a norm."""
_TINY = np.float32(1e-12)
_GELU = np.float32(np.sqrt(2 / np.pi))


@dataclass(frozen=True, slots=True)
class Coarse:
    """A matrix in whole steps: `steps` of shape (rows, columns), and what one step of each row is worth."""

    steps: NDArray[np.int8]
    worth: Floats

    @classmethod
    def of(cls, matrix: Floats, most: int) -> Coarse:
        """Rounded to at most so many steps up or down in each row."""
        worth = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / most
        return cls(np.rint(matrix / worth[:, None]).astype(np.int8), worth.astype(np.float32))

    def rows(self, numbers: NDArray[np.intp]) -> Floats:
        """Some rows as they are worth."""
        found: Floats = self.steps[numbers].astype(np.float32) * self.worth[numbers, None]
        return found

    def whole(self) -> Floats:
        """All rows as they are worth."""
        found: Floats = self.steps.astype(np.float32) * self.worth[:, None]
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """A matrix turned for use, with its bias: rows in, rows out."""

    matrix: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        found: Floats = rows @ self.matrix
        found += self.bias
        return found


@dataclass(frozen=True, slots=True)
class Norm:
    """Each row with mean nought and spread one, then scaled and shifted."""

    scale: Floats
    shift: Floats

    def __call__(self, rows: Floats) -> Floats:
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt((rows * rows).mean(axis=1, keepdims=True) + _TINY)
        rows *= self.scale
        rows += self.shift
        return rows


@dataclass(frozen=True, slots=True)
class Layer:
    """Attention and two lines, each added to what came in and evened out."""

    lines: Mapping[str, Line]
    norms: tuple[Norm, Norm]

    def __call__(self, rows: Floats, spans: Sequence[slice]) -> Floats:
        asked, held, told = (self.lines[name](rows) for name in ("query", "key", "value"))
        heard = np.empty_like(rows)
        for span in spans:
            heard[span] = _attend(asked[span], held[span], told[span])
        rows = self.norms[0](rows + self.lines["out"](heard))
        return self.norms[1](rows + self.lines["down"](_gelu(self.lines["up"](rows))))


@dataclass(frozen=True, slots=True)
class Encoder:
    """Pieces in, one row of meaning for each piece and kept layer out."""

    pieces: Coarse
    places: Floats
    """Added to each piece by its place in the post; shape (LONGEST + 2, WIDTH)."""
    norm: Norm
    layers: tuple[Layer, ...]
    kept: tuple[int, ...]
    """After how many layers the rows are handed out; rising."""

    def __call__(self, posts: Sequence[Sequence[int]]) -> Floats:
        """Shape (pieces of all posts, kept, WIDTH); no post may be empty or longer than LONGEST + 2."""
        ends = np.cumsum([len(post) for post in posts])
        spans = [slice(int(end) - len(post), int(end)) for post, end in zip(posts, ends, strict=True)]
        numbers = np.concatenate([np.asarray(post, np.intp) for post in posts])
        places = np.concatenate([np.arange(len(post)) for post in posts])
        rows = self.norm(self.pieces.rows(numbers) + self.places[places])
        found = np.empty((numbers.size, len(self.kept), WIDTH), np.float32)
        for depth, layer in enumerate(self.layers, 1):
            rows = layer(rows, spans)
            if depth in self.kept:
                found[:, self.kept.index(depth)] = rows
        return found


def _attend(asked: Floats, held: Floats, told: Floats) -> Floats:
    """What each piece of one post hears of the others; shape (pieces, WIDTH) each."""
    count, part = len(asked), WIDTH // HEADS
    by_head = [rows.reshape(count, HEADS, part).transpose(1, 0, 2) for rows in (asked, held, told)]
    weights: Floats = by_head[0] @ by_head[1].transpose(0, 2, 1)
    weights *= np.float32(part**-0.5)
    weights -= weights.max(axis=2, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=2, keepdims=True, dtype=np.float32)
    heard: Floats = (weights @ by_head[2]).transpose(1, 0, 2).reshape(count, WIDTH)
    return heard


def _gelu(rows: Floats) -> Floats:
    """Gaussian error linear unit by its tanh form (Hendrycks and Gimpel, 2016)."""
    inner = rows * rows
    inner *= np.float32(0.044715)
    inner += np.float32(1)
    inner *= rows
    inner *= _GELU
    np.tanh(inner, out=inner)
    inner += np.float32(1)
    inner *= rows
    inner *= np.float32(0.5)
    return inner
