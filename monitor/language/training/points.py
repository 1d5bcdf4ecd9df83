"""How the lexicon is made: which words it holds, and where each of them stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.language.grams import plain, words_of
from monitor.language.heads import Floats
from monitor.language.lexicon import Lexicon
from monitor.language.training.meanings import check, encoded

DIRECTIONS = 128
"""Of the encoder's 384; with them the nearest words of a word are the same ones but for one or two."""
SEEN_AT_LEAST = 5
"""Rarer words of the training posts are mostly names and typing errors."""
SHORTEST = 3
FULL = 127


def lexicon(folder: Path, texts: Sequence[str], tell: Callable[[str], None]) -> Lexicon:
    """The words of the encoder's own list and those that the posts use often enough; two minutes of one core.

    Raises BadInput where `folder` lacks the encoder.
    """
    check(folder)
    seen = Counter(word.lstrip("#@") for text in texts for word in set(words_of(plain(text))))
    listed = (folder / "vocab.txt").read_text("utf-8").split("\n")
    often = [word for word, count in seen.items() if count >= SEEN_AT_LEAST]
    words = sorted({word for word in (*listed, *often) if _is_word(word)})
    tell(f"asking the encoder where {len(words):,} words stand")
    return Lexicon(words, _in_bytes(encoded(folder, words)))


def _is_word(word: str) -> bool:
    return word.isascii() and word.isalpha() and word.islower() and len(word) >= SHORTEST


def _in_bytes(vectors: Floats) -> NDArray[np.int8]:
    """Turned to the strongest directions; each word scaled to use the whole byte."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    turned = centred @ directions[:, ::-1][:, :DIRECTIONS]
    kept: NDArray[np.int8] = np.round(turned / np.abs(turned).max(axis=1, keepdims=True) * FULL).astype(np.int8)
    return kept
