"""Which words mean nearly the same: 25,000 English words as points, so that `gloom` may meet a brand that said `dark`.

A static encoder in the way of model2vec (Tulkens and van Dongen, 2024): each word's vector is what a sentence encoder
makes of the word alone, turned to its strongest directions and kept in 8 bits. Nothing of the encoder is needed here.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.errors import BadState
from monitor.language.heads import Floats

NEAR = 0.6
"""Cosine from which two words are near: of the 25,000 some ten are so near to a word, mostly its own forms and
synonyms (dark: darkness, gloom is further). Words met by chance stand at 0.0 to 0.3."""
MOST = 12
"""Near words of one word; a word of everything (food, night) has more, and is no link."""
SUFFIX = ".lexicon"
FORMAT = "bonmot lexicon 1"


class Lexicon:
    """Words and their points. Safe to call from any thread."""

    def __init__(self, words: Sequence[str], points: NDArray[np.int8]) -> None:
        """`points` has a row for each word, of any length: only its direction counts."""
        if len(words) != len(points):
            raise ValueError(f"{len(words)} words and {len(points)} points")
        self.words = tuple(words)
        self.points = points
        self._places = {word: place for place, word in enumerate(self.words)}
        lengths = np.sqrt((points.astype(np.float32) ** 2).sum(axis=1))
        self._lengths: Floats = np.maximum(lengths, 1.0).astype(np.float32)
        self.near = lru_cache(maxsize=4096)(self._near)
        """As `_near`, remembered: a brand's terms are asked for with every trend."""

    def __len__(self) -> int:
        return len(self.words)

    def _near(self, word: str) -> tuple[tuple[str, float], ...]:
        """Other words and their likeness 0..1, nearest first; empty for a word it does not know. A few milliseconds."""
        if word not in self._places:
            return ()
        likeness = self.points.astype(np.float32) @ self._direction(word) / self._lengths
        order = np.argsort(-likeness, kind="stable")[: MOST + 1]
        return tuple(
            (self.words[place], round(float(likeness[place]), 2))
            for place in order.tolist()
            if likeness[place] >= NEAR and self.words[place] != word
        )[:MOST]

    def _direction(self, word: str) -> Floats:
        place = self._places[word]
        direction: Floats = self.points[place].astype(np.float32) / self._lengths[place]
        return direction


def save_lexicon(lexicon: Lexicon, path: Path) -> None:
    """Write it; the same lexicon gives the same bytes. Raises OSError where it cannot be written."""
    about = {"format": FORMAT, "words": lexicon.words}
    kept = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, about=kept, points=lexicon.points)


def read_lexicon(path: Path) -> Lexicon:
    """Read one. Raises BadState for a file that is damaged or of another format."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about, points = json.loads(kept["about"].tobytes()), kept["points"]
        if about["format"] != FORMAT:
            raise BadState(f"{path}: written as {about['format']!r}, expected {FORMAT!r}; run `bonmot train` again")
        return Lexicon(about["words"], points)
    except (OSError, EOFError, KeyError, TypeError, AttributeError, ValueError, zipfile.BadZipFile) as error:
        raise BadState(f"{path}: no lexicon of ours: {error}") from error


@cache
def load_lexicon() -> Lexicon:
    """The lexicon in the package, read once; a twentieth of a second. Raises BadState where it is damaged."""
    return read_lexicon(Path(str(files("monitor"))) / "language" / "weights" / f"english{SUFFIX}")
