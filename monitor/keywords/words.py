"""A text cut into the words that rules look at, and many such texts side by side."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model import Post

_MARKS = "".join(mark for mark in map(chr, range(0x900, 0x1900)) if unicodedata.category(mark) in ("Mn", "Mc"))
"""Vowels and tones of the Indic scripts, Thai to Khmer: `\\w` leaves them out, which would tear every word apart."""
TOKEN = re.compile(rf"[#@]?\w[\w{_MARKS}]*(?:'\w[\w{_MARKS}]*)*")
PICTURE = "\u2190-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
"""Emoji and the signs that became some, as the inside of a character class."""
_UNSPACED = re.compile(f"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af{PICTURE}]")
"""Thai, Lao, Japanese, Chinese, Korean: written without spaces or with endings glued on, so words are found inside.
So are emoji, which stand anywhere."""


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, straight apostrophes, single spaces."""
    return " ".join(fold_letters(text).split())


def fold_letters(text: str) -> str:
    """As `fold`, but spaces stay as they stand."""
    known = text if text.isascii() else unicodedata.normalize("NFKC", text).replace("’", "'")
    return known.casefold()


@dataclass(frozen=True, slots=True)
class Words:
    """A text cut once, so that many rules can look at it."""

    text: str
    """Folded."""
    tokens: frozenset[str]
    """Words, #tags and @names; a tag's word stands in beside the tag."""
    line: str
    """The words in order with one space around each, signs dropped."""

    def has(self, term: str) -> bool:
        """Does the word or phrase `term`, already folded, stand here on word boundaries?"""
        if term in self.tokens or (" " in term and f" {term} " in self.line):
            return True
        return is_found_inside(term) and term in self.text


def is_found_inside(term: str) -> bool:
    """Is the folded term looked for inside of words, because its script has no spaces or it is an emoji?"""
    return not term.isascii() and bool(_UNSPACED.search(term))


def cut(text: str) -> Words:
    """Split a text into the words rules look at; `oreo's` is also `oreo`."""
    return cut_folded(fold(text))


def cut_folded(folded: str) -> Words:
    """As `cut`, for a text that is folded already."""
    bare = found = TOKEN.findall(folded)
    tokens = set(found)
    if "#" in folded or "@" in folded:
        bare = [token.lstrip("#@") for token in found]
        tokens.update(token[1:] for token in found if token[0] == "#")
    if "'s" in folded:
        tokens.update(word[:-2] for word in bare if word.endswith("'s"))
    return Words(folded, frozenset(tokens), f" {' '.join(bare)} ")


@dataclass(frozen=True, slots=True)
class Index:
    """Many texts by their words, so that a term or a rule is looked up instead of tried on each."""

    texts: tuple[Words, ...]
    where: dict[str, set[int]]
    """Token to the places of the texts that hold it."""

    posts: tuple[Sequence[Post], ...] = ()
    """Of each text the posts that say it; without them no condition on a post is met."""

    @classmethod
    def of(cls, texts: Iterable[Words], posts: Iterable[Sequence[Post]] = ()) -> Index:
        """Build it from texts; costs a few microseconds each."""
        kept = tuple(texts)
        where: dict[str, set[int]] = {}
        for place, words in enumerate(kept):
            for token in words.tokens:
                where.setdefault(token, set()).add(place)
        return cls(kept, where, tuple(posts))

    def having(self, term: str) -> set[int]:
        """The places of the texts that hold the word or phrase `term`, already folded."""
        if is_found_inside(term):
            return {place for place, words in enumerate(self.texts) if words.has(term)}
        if " " not in term:
            return self.where.get(term, set())
        none: set[int] = set()  # a phrase runs over names as well
        near = set.intersection(*(self.where.get(w, none) | self.where.get(f"@{w}", none) for w in term.split()))
        return {place for place in near if f" {term} " in self.texts[place].line}

    def beginning(self, start: str) -> set[int]:
        """The places of the texts with a word that begins so."""
        return set().union(*(found for token, found in self.where.items() if token.startswith(start)))

    def everywhere(self) -> set[int]:
        """Every place."""
        return set(range(len(self.texts)))
