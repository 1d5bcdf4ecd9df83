"""Many keyword rules at once: which of them match which texts of a batch, without trying each rule on each text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray

from monitor.keywords import Has, Leaf, Words, cut, cut_folded, fold_letters, parse

_PLAIN = re.compile(r"[#@]?[a-z0-9_]+")
_PARTS = re.compile(rb"[a-z0-9_]+")
_LEVEL = bytes(
    ord(chr(c).lower()) if chr(c).isascii() and (chr(c).isalnum() or chr(c) == "_") else 32 for c in range(256)
)
"""Byte to byte: ASCII letters small, every sign and every byte of other scripts a space, so that words stand apart."""
_DOUBTFUL = frozenset(b"'@") | frozenset(range(0x80, 0x100))
"""Bytes beside a word that do not tell whether it ends there: `'s`, a letter of another script or a sign."""

MAX_STRETCH = 100
"""Bytes on either side of a word that are cut for it alone; beyond it, cutting the whole text once is cheaper."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sought:
    """What is looked for so that no text that meets a leaf is missed, and when finding it is proof."""

    key: str
    """Stands for the leaf among the words of a text: the word itself; a prefix with a mark that no word has."""
    literal: bytes
    """Found in every text that meets the leaf, in its level form or, where `is_level` is false, in its folded one."""
    is_level: bool
    sign: int
    """The `#` or `@` right before it that the leaf asks for, or 0."""
    is_prefix: bool
    near: re.Pattern[bytes] | None
    """None for one ASCII word, else found as well, in the level form, in every text that meets the phrase."""

    def stands(self, joined: bytes, begin: int, end: int) -> bool | None:
        """Is a leaf of one ASCII word met where its literal stands from `begin` to `end`? None: only `cut` can tell."""
        left, right = joined[begin], joined[end - 1]
        if self.sign:
            if left != self.sign:
                return False
        elif left in _DOUBTFUL:
            return self._stands_in(_stretch(joined, begin, end))
        return self.is_prefix or right not in _DOUBTFUL or self._stands_in(_stretch(joined, begin, end))

    def _stands_in(self, words: Words | None) -> bool | None:
        if words is None:
            return None
        if not self.is_prefix:
            return self.key in words.tokens
        return any(token.startswith(self.key[:-1]) for token in words.tokens)

    def reads(self, joined: bytes, level: bytes, *, begin: int, end: int) -> bool | None:
        """Is a leaf of several words met between `begin` and `end`? None: only `cut` can tell."""
        match = self.near.search(level, begin, end) if self.near else None
        if match is None:
            return False
        signs = joined[match.start() : match.end()]
        return True if signs.isascii() and b"'" not in signs and "'" not in self.key and not self.is_prefix else None


def _stretch(joined: bytes, begin: int, end: int) -> Words | None:
    """The words between two spaces around a place, which no word reaches over; None where they are far apart."""
    first = joined.rfind(b" ", max(0, begin - MAX_STRETCH), begin + 1)
    last = joined.find(b" ", end - 1, end + MAX_STRETCH)
    if first < 0 or last < 0:
        return None
    known = joined[first:last].decode("utf-8", "surrogatepass")
    return cut_folded(known.lower() if known.isascii() else known)


def _sought(leaf: Leaf) -> _Sought:
    is_prefix = not isinstance(leaf, Has)
    term = leaf.term if isinstance(leaf, Has) else leaf.start
    key = f"{term}\0" if is_prefix else term
    if not term.isascii():
        # Inside words too, where a script has no spaces; so never an ASCII word of it, whose ends would be asked for.
        longest = max((word for word in term.split() if not word.isascii()), key=len)
        return _Sought(key, _encoded(longest), False, 0, is_prefix, None)
    parts = _PARTS.findall(term.encode())
    literal = max(parts, key=len)
    last = b"" if is_prefix else b" "
    near = None if _PLAIN.fullmatch(term) else re.compile(b" " + b" +".join(parts) + last)
    sign = ord(term[0]) if term[0] in "#@" else 0
    return _Sought(key, b" " + literal + (last if literal == parts[-1] else b" "), True, sign, is_prefix, near)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class _Scanner:
    """Finds the literals of many leaves in one pass over many texts."""

    def __init__(self, sought: Iterable[_Sought]) -> None:
        by_literal: dict[bytes, list[_Sought]] = {}
        for one in sought:
            by_literal.setdefault(one.literal, []).append(one)
        self._groups = list(by_literal.values())
        self._automaton = BytesAhoCorasick(list(by_literal), implementation=Implementation.DFA) if by_literal else None

    def hits(self, joined: bytes, begins: NDArray[np.int64]) -> Iterator[tuple[int, int, int, list[_Sought]]]:
        """Give the number of the text, first byte, end and what is sought there, for texts that begin at `begins`."""
        found = self._automaton.find_matches_as_indexes(joined, overlapping=True) if self._automaton else []
        first = np.fromiter((begin for _, begin, _ in found), dtype=np.int64, count=len(found))
        places: list[int] = (np.searchsorted(begins, first, side="right") - 1).tolist()
        for place, (group, begin, end) in zip(places, found, strict=True):
            yield place, begin, end, self._groups[group]


_Keys = defaultdict[int, set[str]]
"""By number of the text, the keys of leaves."""


class RuleSet:
    """Many rules of the keyword language, matched against whole batches of texts."""

    def __init__(self, rules: Sequence[str]) -> None:
        """Read the rules; raises BadInput as `keywords.parse` does. A thousand rules take a tenth of a second."""
        self._rules = [parse(rule) for rule in rules]
        sought = [_sought(leaf) for leaf in frozenset().union(*(rule.leaves() for rule in self._rules))]
        self._words = _Scanner(one for one in sought if one.is_level)
        self._letters = _Scanner(one for one in sought if not one.is_level)
        self._has_letters = not all(one.is_level for one in sought)
        self._asked: dict[str, list[int]] = {}
        """By key, the rules that may match a text that meets it."""
        self._enough: dict[str, list[int]] = {}
        """By key, the rules that match every text that meets it."""
        for number, rule in enumerate(self._rules):
            for leaf in rule.needed():
                (self._enough if rule.is_any_of() else self._asked).setdefault(_sought(leaf).key, []).append(number)

    def matches(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Which rules match which texts: as `parse(rule).matches(text)` tells, for all at once.

        Gives two arrays of one length: the index of a text and beside it the index of a rule, in order, each pair once.
        """
        raw = [text.encode() if text.isascii() else _encoded(fold_letters(text)) for text in texts]
        sure, unsure = self._words_in(raw)
        if self._has_letters:
            self._add_letters(raw, unsure)
        pairs: list[tuple[int, int]] = []
        for place in sure.keys() | unsure.keys():
            numbers = self._matching(texts[place], sure.get(place, set()), unsure.get(place, set()))
            pairs.extend([(place, number) for number in numbers])
        pairs.sort()
        both = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        return both[:, 0].copy(), both[:, 1].copy()

    def _matching(self, text: str, sure: set[str], unsure: set[str]) -> set[int]:
        """The numbers of the rules that match a text in which these keys were found."""
        enough, asks = self._enough, self._asked
        numbers = {number for key in sure if key in enough for number in enough[key]}
        asked = {number for key in sure if key in asks for number in asks[key]}
        if unsure := unsure - sure:
            asked.update(number for key in unsure for number in (*asks.get(key, ()), *enough.get(key, ())))
        asked -= numbers
        if asked:
            # Nothing but the keys counts for a rule, so where all are known they stand in for the whole text.
            words = cut(text) if unsure else Words("", frozenset(sure), "")
            numbers.update([number for number in asked if self._rules[number].root.met(words) is not None])
        return numbers

    def _words_in(self, raw: Sequence[bytes]) -> tuple[_Keys, _Keys]:
        """The leaves that each text meets for sure, and those of which only `cut` can tell."""
        # A space before the first and behind the last text too: a word may stand at either end.
        joined = b" ".join([b"", *raw, b""])
        begins = np.cumsum([0, *map(len, raw)]) + np.arange(len(raw) + 1)
        bounds: list[int] = begins.tolist()
        level = joined.translate(_LEVEL)
        sure, unsure = _Keys(set), _Keys(set)
        longer: set[tuple[int, _Sought]] = set()
        for place, begin, end, sought in self._words.hits(level, begins):
            for one in sought:
                if one.near is not None:
                    longer.add((place, one))
                elif (is_met := one.stands(joined, begin, end)) is not False:
                    (sure if is_met else unsure)[place].add(one.key)
        for place, one in longer:
            is_met = one.reads(joined, level, begin=bounds[place], end=bounds[place + 1] + 1)
            if is_met is not False:
                (sure if is_met else unsure)[place].add(one.key)
        return sure, unsure

    def _add_letters(self, raw: Sequence[bytes], unsure: _Keys) -> None:
        """Only texts that are not ASCII can hold what is not."""
        places = [place for place, text in enumerate(raw) if not text.isascii()]
        begins = np.cumsum([0, *(len(raw[place]) + 1 for place in places)])
        joined = b" ".join([raw[place] for place in places])
        for place, _, _, sought in self._letters.hits(joined, begins):
            unsure[places[place]].update([one.key for one in sought])
