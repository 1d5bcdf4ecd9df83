"""The words of a post with their places, and what the tagger sees of each beside its meaning: case and letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

GRAMS = 1 << 13
"""Buckets of the hashed runs of letters."""
SHAPES = 8
POST_SHAPES = 4
LONGEST_GRAM_WORD = 20
"""Letters of a word that are cut into runs; what is longer is a link or a cry."""
_WORD = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\w+(?:['’](?!s\b)\w+)*|['’]s\b|[^\w\s]")
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Words, mentions, tags, links and single signs, in their order; an owner's 's stands apart."""
    return [Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]


def shape_of(word: str) -> int:
    """How it is written: 0 small, 1 Capital, 2 CAPITALS, 3 one capital, 4 MixedCase, 5 mIXED, 6 signs, 7 digits."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        return 7 if any(sign.isdigit() for sign in word) else 6
    capitals = [letter.isupper() for letter in letters]
    if not any(capitals):
        return 0
    if all(capitals):
        return 2 if len(letters) > 1 else 3
    if capitals[0]:
        return 4 if any(capitals[1:]) else 1
    return 5


def post_shape_of(shapes: Sequence[int]) -> int:
    """How a whole post is written, for a capital says nothing in a shouted one: 0 small, 1 shouted, 2 As A Title, 3."""
    lettered = [shape for shape in shapes if shape < 6]
    if not lettered or lettered.count(0) == len(lettered):
        return 0
    if lettered.count(2) > _MOSTLY * len(lettered):
        return 1
    return 2 if lettered.count(1) + lettered.count(4) > _MOSTLY * len(lettered) else 3


def grams_of(word: str) -> list[int]:
    """Buckets of the word itself and of its runs of three letters, case kept; ^ and $ are its ends."""
    whole = f"^{word[:LONGEST_GRAM_WORD]}$"
    runs = [whole, *(whole[place : place + 3] for place in range(len(whole) - 2))]
    return [crc32(run.encode("utf-8", "surrogatepass")) % GRAMS for run in runs]
