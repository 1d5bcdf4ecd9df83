"""Short posts from phrase patterns: `{slot}` takes a word of a list, `[a|b|]` one of the pieces. Chance comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

Words = Mapping[str, Sequence[str]]

MAX_DEPTH = 6
"""Slots inside slots; deeper is a pattern that calls itself."""

_PIECE = re.compile(r"\{(\w+)\}|\[([^\[\]]*\|[^\[\]]*)\]")
_GAPS = re.compile(r" {2,}")
_STRETCHABLE = (
    "so",
    "no",
    "please",
    "what",
    "yes",
    "why",
    "love",
    "ok",
    "wow",
    "noo",
    "omg",
    "really",
    "lights",
    "dark",
)
_SHORTENED = (
    *(
        (" you ", " u "),
        (" your ", " ur "),
        ("because", "bc"),
        (" are ", " r "),
        (" people ", " ppl "),
        (" tonight", " tn"),
    ),
    *((" really ", " rly "), ("going to", "gonna"), ("want to", "wanna"), (" though", " tho"), ("something", "smth")),
)


def say(rng: Random, pattern: str, words: Words) -> str:
    """The pattern with every slot and choice filled in."""
    text = pattern
    for _ in range(MAX_DEPTH):
        text, count = _PIECE.subn(lambda match: _chosen(rng, match, words), text)
        if not count:
            return _GAPS.sub(" ", text).strip()
    raise ValueError(f"pattern {pattern!r} goes deeper than {MAX_DEPTH} slots")


def as_typed(rng: Random, text: str) -> str:
    """The text as thumbs write it: lower case, short forms, a slip of a key, no full stop."""
    if rng.random() < 0.45:
        text = text.lower()
    if rng.random() < 0.5 and text.endswith("."):
        text = text[:-1]
    if rng.random() < 0.15:
        for long, short in _SHORTENED:
            text = text.replace(long, short)
    if rng.random() < 0.08:
        text = _stretched(rng, text)
    if rng.random() < 0.07:
        text = _slipped(rng, text)
    return text


def _chosen(rng: Random, match: re.Match[str], words: Words) -> str:
    if match[1] is not None:
        return rng.choice(words[match[1]])
    pieces: list[str] = match[2].split("|")
    return rng.choice(pieces)


def _stretched(rng: Random, text: str) -> str:
    parts = text.split(" ")
    places = [at for at, part in enumerate(parts) if part.lower() in _STRETCHABLE]
    if places:
        at = rng.choice(places)
        parts[at] += parts[at][-1] * rng.randint(1, 4)
    return " ".join(parts)


def _slipped(rng: Random, text: str) -> str:
    """One letter left out, doubled or swapped with the next, inside a longer word that is no tag, name or link."""
    parts = text.split(" ")
    places = [at for at, part in enumerate(parts) if len(part) > 4 and part.isalpha()]
    if not places:
        return text
    at = rng.choice(places)
    word, key = parts[at], rng.randrange(1, len(parts[at]) - 2)
    kind = rng.randrange(3)
    if kind == 0:
        parts[at] = word[:key] + word[key + 1 :]
    elif kind == 1:
        parts[at] = word[:key] + word[key] + word[key:]
    else:
        parts[at] = word[:key] + word[key + 1] + word[key] + word[key + 2 :]
    return " ".join(parts)
