"""Forms of one word: dunk, dunks, dunked and dunking have one stem (the Snowball stemmers; M. F. Porter, 2001)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""Two-letter code to the stemmer's own name."""
SAME_BEGINNING = 3
"""Letters that two forms of a word share in the languages above; looked at first, because stemming is slow."""


def forms_in(word: str, tokens: Iterable[str], languages: Iterable[str]) -> list[str]:
    """The tokens that are other forms of `word` in one of the languages, in their order; all folded.

    Short words have no forms: `mud` would meet whatever begins with it.
    """
    if len(word) <= SAME_BEGINNING or not word.isalpha():
        return []
    codes = [code for code in languages if code in ALGORITHMS]
    near = [token for token in tokens if token[:SAME_BEGINNING] == word[:SAME_BEGINNING] and token != word]
    return [token for token in near if any(_stem(token, code) == _stem(word, code) for code in codes)]


@lru_cache(maxsize=16_384)
def _stem(word: str, code: str) -> str:
    stem: str = _stemmer(code).stemWord(word)
    return stem


@cache
def _stemmer(code: str) -> Any:
    return snowballstemmer.stemmer(ALGORITHMS[code])
