"""What a text looks like to a reader: emoji, invisible characters, look-alike letters and its bare words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import regex

# A pictograph that is not followed by the text selector; digits and the four signs below need the emoji selector.
_BASE = r"(?:[\p{Emoji}--[0-9#*©®™♟]](?!\ufe0e)|[©®™♟](?=\ufe0f))(?:\p{Emoji_Modifier}|\ufe0f)?+"
# Only these join onto another emoji in a sequence that platforms draw as one; anything else is counted on its own,
# so that a made-up sequence is taken for longer than it may be, never for shorter.
_JOINED = (
    r"[♀♂⚕⚖✈⚧☠❤⬛❄➡↔↕🌾🍳🍼🎄🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦼🦽🦰🦱🦲🦳👦👧👨👩🧑🧒💋🌈🦺🔥🩹🗨🟩🟫💥💨💫🌫🤝🫲🐰]"
    r"(?:\p{Emoji_Modifier}|\ufe0f)?+"
)
_FLAG = r"\p{Regional_Indicator}{2}|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f"
_KEYCAP = r"[0-9#*]\ufe0f?\u20e3"

WEIGHED_EMOJI = regex.compile(rf"{_FLAG}|{_KEYCAP}|{_BASE}(?:\u200d{_JOINED})*+", regex.V1)
"""Emoji sequences as X weighs them."""

_ANY_EMOJI = regex.compile(rf"{_FLAG}|{_KEYCAP}|{_BASE}(?:\u200d{_BASE})*+|\p{{Emoji}}\ufe0e", regex.V1)

# Blank on the screen though Unicode does not call them format characters.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_LOOK_ALIKES = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһɡӏвкмнтгпѵԝ", "aeopcyxijsdhglbkmhtrnvw", strict=True)),
        **dict(zip("αβεηικνορτυχγωϲϳ", "abenikvoptuxywcj", strict=True)),
        **dict(zip("ıłøđħŧƒ", "ilodhtf", strict=True)),
    }
)
_STROKES = "\u0335\u0336\u0337\u0338"

WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LINK = regex.compile(r"https?://\S+", regex.I)


def count_emoji(text: str) -> int:
    """How many emoji a reader sees; a sequence that is drawn as one counts once."""
    return len(_ANY_EMOJI.findall(text))


def hidden(text: str) -> Iterator[str]:
    """The characters no reader sees: controls, direction marks, zero-width ones; joiners inside emoji are fine."""
    for char in _ANY_EMOJI.sub("", text):
        is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
        if char != "\n" and (char in _BLANKS or is_selector or unicodedata.category(char) in _HIDDEN_KINDS):
            yield char


def named(char: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`; control characters have no name of their own."""
    return f"U+{ord(char):04X} {unicodedata.name(char, 'control character')}"


def fold(text: str, *, drop_accents: bool) -> str:
    """The text as an eye reads it: width, case, look-alike letters, strokes and invisible characters made plain."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(char for char in plain if unicodedata.category(char) not in {"Cf", "Cc"} or char.isspace())
    if drop_accents:
        parts = unicodedata.normalize("NFD", seen)
        seen = "".join(char for char in parts if unicodedata.category(char) != "Mn")
    else:
        seen = "".join(char for char in seen if char not in _STROKES)
    return seen.translate(_LOOK_ALIKES)


def words(text: str) -> list[str]:
    """The folded words; scripts written without spaces give one character each."""
    found: list[str] = []
    for word in WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'")):
        found.extend(list(word) if _UNSPACED.search(word) else [word])
    return found


def is_unspaced(text: str) -> bool:
    """Whether it is written in a script that puts no spaces between words."""
    return bool(_UNSPACED.search(text))


@lru_cache(maxsize=1024)
def normalised(text: str) -> str:
    """The words alone, links left out: what two texts are compared by."""
    return " ".join(words(_LINK.sub(" ", text)))
