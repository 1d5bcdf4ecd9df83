"""Word pieces: words cut into the longest parts a vocabulary has (Schuster and Nakajima, ICASSP 2012; as BERT does)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LINK = "http"
"""What stands for any link: its letters tell nothing."""
MOST = 10
"""Pieces of one word; more are a link, a cry or nonsense."""
LONGEST = 100
"""Letters of one part of a word; BERT does not cut longer ones."""
REMEMBERED = 50_000


class Pieces:
    """Cuts words with one vocabulary. Safe to call from any thread."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """`vocabulary` lists the pieces in the order of their numbers; pieces within a word begin with ##."""
        self._number = {piece: number for number, piece in enumerate(vocabulary)}
        self.begin, self.end = self._number[BEGIN], self._number[END]
        self._unknown = self._number[UNKNOWN]
        self.of = lru_cache(maxsize=REMEMBERED)(self._of)

    def _of(self, word: str) -> tuple[int, ...]:
        """The numbers of a word's pieces, one to MOST of them."""
        if word.startswith(("http://", "https://", "www.")):
            return self._cut(LINK)
        found = [number for part in _parts(word) for number in self._cut(part)]
        return tuple(found[:MOST]) or (self._unknown,)

    def _cut(self, part: str) -> tuple[int, ...]:
        """The longest piece that fits, again and again; a part that cannot be cut to its end is unknown."""
        found, start = [], 0
        while start < len(part) <= LONGEST:
            sign = "##" if start else ""
            ends = (end for end in range(len(part), start, -1) if sign + part[start:end] in self._number)
            end = next(ends, None)
            if end is None:
                return (self._unknown,)
            found.append(self._number[sign + part[start:end]])
            start = end
        return tuple(found) or (self._unknown,)


def _parts(word: str) -> Iterable[str]:
    """A word in small letters without accents, each sign and each letter of Chinese writing on its own."""
    part = ""
    for letter in unicodedata.normalize("NFD", word.lower()):
        if unicodedata.category(letter) in ("Mn", "Cc", "Cf", "Cs"):
            continue
        if letter.isalnum() and not "\u4e00" <= letter <= "\u9fff":
            part += letter
            continue
        if part:
            yield part
        part = ""
        if not letter.isspace():
            yield letter
    if part:
        yield part
