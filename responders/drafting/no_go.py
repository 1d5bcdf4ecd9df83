"""Finding words a brand never says, also where somebody hides them behind look-alike letters, dots or repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from monitor.model import Brand
from responders.drafting.letters import fold, is_unspaced

_LEET = str.maketrans("03457@$", "oeastas")
_ONE_READS_AS = ("i", "l")
_SPELLED_OUT = regex.compile(r"(?<!\w)(?:\w[^\w\n]{1,2}){2,}\w(?!\w)")
_STRETCHED = regex.compile(r"(\p{L})\1{2,}")
_GAP = regex.compile(r"[\W_]+")


def said(text: str, words: Sequence[str], *, brand: Brand) -> list[str]:
    """Which of the words or phrases the text says, as whole words (a plural or a possessive s counts as the same)."""
    folds_accents = set(brand.languages) == {"en"}
    readings = readings_of(text, drop_accents=folds_accents)
    return [word for word in words if _is_in(word, readings, drop_accents=folds_accents)]


def _is_in(word: str, readings: frozenset[str], *, drop_accents: bool) -> bool:
    return any(pattern.search(reading) for pattern in _patterns(word, drop_accents) for reading in readings)


@lru_cache(maxsize=4096)
def _patterns(word: str, drop_accents: bool) -> tuple[regex.Pattern[str], ...]:
    """How a word may be spelled; the words are those of the settings, the same for every text."""
    folded = fold(word, drop_accents=drop_accents)
    # A number is a number: read as letters, `#1` would be the word `I`.
    spellings = _plain_and_leet(folded) if any(map(str.isalpha, folded)) else (folded,)
    found = [_pattern(reading, is_unspaced(word)) for reading in dict.fromkeys(spellings)]
    return tuple(pattern for pattern in found if pattern is not None)


@lru_cache(maxsize=256)
def readings_of(text: str, *, drop_accents: bool) -> frozenset[str]:
    """Every way an eye may read it: as it stands, digits as letters, spelled-out words joined, stretches shortened."""
    found: set[str] = set()
    for plain in _plain_and_leet(fold(text, drop_accents=drop_accents)):
        for reading in (plain, _SPELLED_OUT.sub(lambda match: _GAP.sub("", match[0]), plain)):
            # English words have at most two equal letters in a row: three or more are played with.
            found |= {reading, _STRETCHED.sub(r"\1", reading), _STRETCHED.sub(r"\1\1", reading)}
    return frozenset(found)


def _plain_and_leet(folded: str) -> Iterator[str]:
    yield folded
    letters = folded.translate(_LEET)
    for one in _ONE_READS_AS:
        yield letters.replace("1", one).replace("!", one)


@lru_cache(maxsize=4096)
def _pattern(folded: str, unspaced: bool) -> regex.Pattern[str] | None:
    """The words in a row with any gap between them; scripts without spaces have no word boundary to ask for."""
    parts = [regex.escape(part) for part in _GAP.split(folded) if part]
    if not parts:
        return None
    body = r"[\W_]+".join(parts)
    return regex.compile(body if unspaced else rf"(?<![\p{{L}}\p{{N}}]){body}(?:['’]?s)?(?![\p{{L}}\p{{N}}])")
