"""What each of Unicode's characters is to the detector, as tables that numpy looks up: its class and its plain form."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

CODES = 0x110000
"""Code points there are."""

WORD, DIGIT, LETTER, EMOJI = 1, 2, 4, 8
"""Class bits of a character."""
JOINER = 16
"""Stands inside a number or a score: 3,000 and 2-1 and 19:30."""
APOSTROPHE = 32
SIGN = 64
"""# or @ before a word."""
STARTS_PAIR = 128
"""A word that begins with it may be half of a pair."""

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
"""Scripts that leave no space between words."""
PICTURE = r"[\p{Extended_Pictographic}--[©®™‼⁉↔-↪]]"
HALF = rf"[[\p{{L}}\p{{N}}_]--[{UNSPACED}]]"
"""What a word that may be half of a pair begins with."""
_PATTERNS = {
    WORD: r"[\w\p{M}\p{Regional_Indicator}]+",
    DIGIT: r"\d+",
    LETTER: r"\p{L}+",
    EMOJI: rf"{PICTURE}+",
    JOINER: "[-:.,]+",
    APOSTROPHE: "'",
    SIGN: "[#@]",
    STARTS_PAIR: f"{HALF}+",
}
_BLANK = regex.compile(r"[\p{Cc}\p{Co}\p{Cn}\p{Cs}\u2028\u2029\uFFFD…]+")
_HIDDEN = regex.compile(r"[\p{Cf}\uFE0E\uFE0F\U0001F3FB-\U0001F3FF]+")
_NEEDS_NEIGHBOURS = regex.compile(rf"[\p{{M}}\p{{Regional_Indicator}}\u1100-\u11ff{UNSPACED}]+")
_LATIN_MARKS = regex.compile(r"(?<=[a-z])\p{Mn}+")


def fold(text: str) -> str:
    """NFKC, case and Latin accents folded, straight apostrophes, nothing hidden, a blank for control characters."""
    text = _HIDDEN.sub("", _BLANK.sub(" ", text))
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    return unicodedata.normalize("NFC", _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text)))


@cache
def classes() -> NDArray[np.uint8]:
    """The class bits of every code point; shape (CODES,)."""
    table = np.zeros(CODES, np.uint8)
    for bit, pattern in _PATTERNS.items():
        for start, end in _runs(regex.compile(pattern, regex.VERSION1)):
            table[start:end] |= np.uint8(bit)
    table[(table & WORD) > 0] &= np.uint8(255 - EMOJI)
    return table


@cache
def plain() -> NDArray[np.uint32]:
    """What `fold` makes of every code point alone, 0 where nothing is left of it; shape (CODES,).

    Says nothing of the characters that `needs_care` marks.
    """
    table = np.arange(CODES, dtype=np.uint32)
    for start, end in _runs(_BLANK):
        table[start:end] = ord(" ")
    for start, end in _runs(_HIDDEN):
        table[start:end] = 0
    for code, folded in _changed().items():
        table[code] = ord(folded) if len(folded) == 1 else code
    table[0] = ord(" ")
    return table


@cache
def _changed() -> dict[int, str]:
    """The characters that `fold` changes one by one, and into what."""
    hit = {}
    for code in range(0x20000):
        char = chr(code)
        if (
            unicodedata.normalize("NFKD", char).casefold() != char
            and not _HIDDEN.match(char)
            and not _BLANK.match(char)
        ):
            hit[code] = fold(char)
    hit[ord("’")] = hit[ord("‘")] = "'"
    return hit


@cache
def needs_care() -> NDArray[np.bool_]:
    """The characters that must be folded together with their neighbours, or become several; shape (CODES,)."""
    table = np.zeros(CODES, np.bool_)
    for start, end in _runs(_NEEDS_NEIGHBOURS):
        table[start:end] = True
    table[[code for code, folded in _changed().items() if len(folded) != 1 or _NEEDS_NEIGHBOURS.match(folded)]] = True
    table[0xFE0E : 0xFE0F + 1] = False  # they choose how an emoji is drawn
    return table


def _runs(pattern: regex.Pattern[str]) -> list[tuple[int, int]]:
    """Where the code points of a pattern lie: starts and ends."""
    return [found.span() for found in pattern.finditer(_everything())]


@cache
def _everything() -> str:
    return np.arange(CODES, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
