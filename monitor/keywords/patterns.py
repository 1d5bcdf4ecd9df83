"""Regular expressions of rules: short, tried out before they are taken, and bounded in time on every text."""

from __future__ import annotations

import re
from functools import lru_cache

import regex

from monitor.errors import BadInput

MAX_PATTERN = 200
MAX_LETTERS = 4_000
"""Of a text so many letters are looked at; a longer one has said what it is about by then."""
MAX_SECS = 0.005
"""A text on which a pattern takes longer is not met by it."""
MAX_TIMEOUTS = 100
"""So often one pattern may run out of time; then it rests, and half a second is all that strangers could cost us."""
_PROBE_REPEATS, _PROBE_LETTERS = 40, 160
_PROBE_SECS = 0.25
"""Far more than anything needs on a probe but a pattern whose time doubles with each letter, so that a busy machine
refuses no other."""
_MAX_SEEDS = 12
_MAY_BE_ABSENT = ("?", "*", "{")
"""Behind a letter: it may be absent, or another in its place."""
_WORD = re.compile(r"[a-z0-9_]{2,}", re.IGNORECASE)
_PIECE = re.compile(
    r"\\(?P<escaped>.)|(?P<skipped>\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\})|(?P<letter>[a-z0-9_])|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_ODD = re.compile(r"\(\?(?!:)|\\(?![dDwWsSbBAZ])[^\W_]", re.ASCII)
"""Flags, looks around and escapes that carry letters with them: what such a pattern must hold is not read."""


class Bounded:
    """A pattern that gives up on a text after MAX_SECS and is not tried any more after MAX_TIMEOUTS of them."""

    def __init__(self, source: str) -> None:
        """Raises BadInput, the end of a sentence, for a pattern that makes no sense or whose time explodes."""
        if len(source) > MAX_PATTERN:
            raise BadInput(f"a pattern has at most {MAX_PATTERN} characters, this one has {len(source)}")
        try:
            self._pattern = regex.compile(source, regex.IGNORECASE | regex.VERSION0)
        except (regex.error, OverflowError, RecursionError) as error:
            raise BadInput(f"this is no regular expression: {error}") from error
        if self._pattern.search("") is not None:
            raise BadInput("this pattern is met by a text without a letter, so by nearly every post")
        self.timeouts = 0
        """Texts on which it ran out of time."""
        if explodes_on := _explodes_on(self._pattern, source):
            shown = f"{explodes_on[:12]!r}..."
            raise BadInput(f"this pattern takes ages on a text such as {shown}; do not repeat choices that begin alike")

    def found_in(self, folded: str) -> str | None:
        """The first stretch of a folded text that meets it; None as well where looking took too long."""
        if self.timeouts >= MAX_TIMEOUTS:
            return None
        try:
            found = self._pattern.search(folded, 0, MAX_LETTERS, timeout=MAX_SECS)
        except TimeoutError:
            self.timeouts += 1
            return None
        return str(found[0]) if found else None


@lru_cache(maxsize=10_000)
def bounded(source: str) -> Bounded:
    """The pattern, made once. Raises BadInput as `Bounded` does."""
    return Bounded(source)


def _explodes_on(pattern: regex.Pattern[str], source: str) -> str | None:
    """A short text on which the pattern's time explodes, among those that such patterns are known to dislike.

    They dislike many times what they repeat, and then something that does not go on: letters and words of the pattern
    itself, what its classes may hold. Behind it stand the pattern's letters once more, for some are looked for first.
    """
    words: list[str] = _WORD.findall(regex.sub(r"\\.", " ", source))
    letters = dict.fromkeys(source.casefold())
    held = regex.sub(r"[\\()\[\]{}|?*+^$]", "", source)
    seeds = [*words, *(letter for letter in letters if letter.isalnum()), "a", "1", " ", "a ", "ab", ".", "-", "é"]
    for seed in list(dict.fromkeys(seeds))[: _MAX_SEEDS + len(words)]:
        text = (seed * _PROBE_REPEATS)[:_PROBE_LETTERS] + "\0"
        try:
            pattern.search(text, timeout=_PROBE_SECS)
            pattern.search(text + held, timeout=_PROBE_SECS)
        except TimeoutError:
            return text
    return None


def must_hold(source: str) -> str:
    """The longest run of small letters that stands in every folded text which meets the pattern; empty: none is known.

    Reads only what is sure: letters outside of groups and classes, where the pattern offers no choice.
    """
    if _ODD.search(source):
        return ""
    best = run = ""
    depth, place = 0, 0
    while place < len(source):
        piece = _PIECE.match(source, place)
        assert piece is not None  # the last alternative takes anything
        place, sign = piece.end(), piece["sign"] or ""
        if sign == "|" and depth == 0:
            return ""
        depth += (sign == "(") - (sign == ")")
        letter = piece["letter"] if depth == 0 else None
        behind = source[place : place + 1]
        run = run + letter.casefold() if letter and behind not in _MAY_BE_ABSENT else ""
        best = max(best, run, key=len)
        if behind == "+":
            run = ""
    return best
