"""Many keyword rules at once: which of them match which texts of a batch, without trying each rule on each text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, count

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray

from monitor.keywords import Has, Leaf, Prefix, Rule, Within, Words, cut, cut_folded, fold, fold_letters, parse
from monitor.keywords.nodes import Node
from monitor.keywords.patterns import bounded
from monitor.keywords.rule import LETTERS, WORDS, looks_at
from monitor.model import Post

_PLAIN = re.compile(r"[#@]?[a-z0-9_]+")
_PARTS = re.compile(rb"[a-z0-9_]+")
_LEVEL = bytes(
    ord(chr(c).lower()) if chr(c).isascii() and (chr(c).isalnum() or chr(c) == "_") else 32 for c in range(256)
)
"""Byte to byte: ASCII letters small, every sign and every byte of other scripts a space, so that words stand apart."""
_DOUBTFUL = frozenset(b"'@") | frozenset(range(0x80, 0x100))
"""Bytes beside a word that do not tell whether it ends there: `'s`, a letter of another script or a sign."""
_IS_DOUBTFUL = np.array([byte in _DOUBTFUL for byte in range(256)])

MAX_STRETCH = 100
"""Bytes on either side of a word that are cut for it alone; beyond it, cutting the whole text once is cheaper."""
MAX_ANSWERS = 1 << 14
"""Answers of rules that are remembered; a rule has few that ever come up."""

Ints = NDArray[np.int64]


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
        """Is a leaf of one ASCII word met in the words around its literal, where the bytes beside it do not tell?

        None: only `cut` can tell.
        """
        words = _stretch(joined, begin, end)
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
    if isinstance(leaf, Within):
        return _Sought(f"{leaf.letters}\0\0", leaf.letters.encode("ascii").translate(_LEVEL), True, 0, True, None)
    is_prefix = isinstance(leaf, Prefix)
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


class _Lists:
    """Lists of numbers, laid end to end."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self._sizes = np.array([*map(len, lists)], np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._members = np.fromiter(chain.from_iterable(lists), np.int64)

    def of(self, which: Ints) -> tuple[Ints, Ints]:
        """All members of some lists: the places in `which`, and beside them the members."""
        sizes = self._sizes[which]
        rows = np.repeat(np.arange(which.size), sizes)
        # Counted from where the list begins among all that are given out.
        firsts = self._starts[which] - (np.cumsum(sizes) - sizes)
        return rows, self._members[firsts[rows] + np.arange(rows.size)]


class _Scanner:
    """Finds the literals of many leaves in one pass over many texts."""

    def __init__(self, sought: Sequence[_Sought], *, is_level: bool) -> None:
        by_literal: dict[bytes, list[int]] = {}
        for leaf, one in enumerate(sought):
            if one.is_level == is_level:
                by_literal.setdefault(one.literal, []).append(leaf)
        self._leaves = _Lists(list(by_literal.values()))
        self._automaton = BytesAhoCorasick(list(by_literal), implementation=Implementation.DFA) if by_literal else None

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to look for."""
        return self._automaton is None

    def hits(self, joined: bytes) -> tuple[Ints, Ints, Ints]:
        """Columns of first byte, end and number of the leaf, one row for each leaf that may be met there."""
        found = self._automaton.find_matches_as_indexes(joined, overlapping=True) if self._automaton else []
        flat = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found))
        rows, leaves = self._leaves.of(flat[::3])
        return flat[1::3][rows], flat[2::3][rows], leaves


_Pairs = list[tuple[int, int]]
"""Numbers of texts, and beside each the number of a leaf."""


def _laid_out(plain: Sequence[str], foreign: Sequence[str]) -> tuple[bytes, Ints]:
    """Texts end to end, and where each begins and the last one ends; a space before and behind each of them.

    First those of ASCII alone: beside a single letter of another script every letter would be kept as wide as that one.
    """
    behind = [*map(_encoded, foreign)]
    joined = b"".join((" ".join(["", *plain]).encode("ascii"), b" ", *(text + b" " for text in behind)))
    sizes = np.fromiter(chain(map(len, plain), map(len, behind)), np.int64, len(plain) + len(behind))
    return joined, np.concatenate([[0], np.cumsum(sizes)]) + np.arange(sizes.size + 1)


_NONE = np.zeros(0, np.int64)
_NO_WORDS = Words("", frozenset(), "")


class _Opened:
    """The texts of one batch with their posts, each cut no further than somebody looks."""

    def __init__(self, texts: Sequence[str], posts: Sequence[Post] | None) -> None:
        self._texts, self._posts = texts, posts
        self._folded: dict[int, Words] = {}
        self._cut: dict[int, Words] = {}

    def meets(self, node: Node, looks: int, place: int) -> bool:
        """Does the text there, said by its post, surely meet the node?"""
        words = _NO_WORDS
        if looks == WORDS or (looks == LETTERS and place in self._cut):
            words = self._cut.get(place) or self._cut.setdefault(place, cut(self._texts[place]))
        elif looks == LETTERS:
            known = self._folded.get(place)
            words = known or self._folded.setdefault(place, Words(fold(self._texts[place]), frozenset(), ""))
        return node.met(words, self._posts[place] if self._posts is not None else None) is not None


class RuleSet:
    """Many rules of the keyword language, matched against whole batches of texts."""

    def __init__(self, rules: Sequence[str]) -> None:
        """Read the rules; raises BadInput as `keywords.parse` does. A thousand rules take a tenth of a second."""
        whole = [parse(rule) for rule in rules]
        halves = [rule.halves() for rule in whole]
        by_words = [half is not None for half, _ in halves]
        self._rules = [half or rule for (half, _), rule in zip(halves, whole, strict=True)]
        """Of each rule what hangs on words, or all of it where nothing does."""
        self._besides = {number: (rest, looks_at(rest)) for number, (_, rest) in enumerate(halves) if rest is not None}
        """What must be met besides, and how far a text is looked at for it."""
        needs = [rule.needed() for rule in self._rules]
        parts = [rule.leaves() if by_words[number] else frozenset() for number, rule in enumerate(self._rules)]
        leaves = list(dict.fromkeys(chain.from_iterable((*parts, *(need or () for need in needs)))))
        self._sought = [_sought(leaf) for leaf in leaves]
        self._signs = np.array([one.sign for one in self._sought], np.uint8)
        self._are_prefixes = np.array([one.is_prefix for one in self._sought], np.bool_)
        self._are_longer = np.array([one.near is not None for one in self._sought], np.bool_)
        self._words = _Scanner(self._sought, is_level=True)
        self._letters = _Scanner(self._sought, is_level=False)
        numbers = {leaf: number for number, leaf in enumerate(leaves)}
        self._parts = [frozenset(numbers[leaf] for leaf in own) for own in parts]
        """Of each rule that hangs on words the numbers of its leaves."""
        asked: list[list[int]] = [[] for _ in leaves]
        enough: list[list[int]] = [[] for _ in leaves]
        tried: list[list[int]] = [[] for _ in leaves]
        for number, rule in enumerate(self._rules):
            lists = tried if not by_words[number] else enough if rule.is_any_of() else asked
            for leaf in needs[number] or ():
                lists[numbers[leaf]].append(number)
        self._asked = _Lists(asked)
        """By leaf, the rules that may match a text that meets it."""
        self._enough = _Lists(enough)
        """By leaf, the rules that match every text that meets it."""
        self._tried = _Lists(tried)
        """By leaf, the rules that are tried on every text that may meet it: they ask for more than words."""
        self._find_rare({number: rule for number, rule in enumerate(whole) if needs[number] is None})
        self._patterns = [(rule.source, bounded(one)) for rule in whole for one in rule.patterns()]
        self._is_trying = not all(by_words)
        self._answers: dict[tuple[int, frozenset[int]], bool] = {}
        """By rule and those of its leaves that are met, whether it matches: nothing else counts for a rule."""

    def _find_rare(self, rules: Mapping[int, Rule]) -> None:
        """Sort out the rules that no word of a text leads to, by their numbers."""
        names = {number: rule.authors() for number, rule in rules.items()}
        self._everywhere = [number for number, known in names.items() if known is None]
        """Rules that are tried on every text."""
        self._by_author: dict[str, list[int]] = {}
        """By author, the rules that are tried on whatever they write."""
        for number, known in names.items():
            for name in known or ():
                self._by_author.setdefault(name, []).append(number)

    def timed_out(self) -> list[str]:
        """The rules with a regular expression that took too long on some text, and counted as not met there."""
        return [rule for rule, pattern in self._patterns if pattern.timeouts]

    def matches(
        self, texts: Sequence[str], posts: Sequence[Post] | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Which rules match which texts: as `parse(rule).matches(text)` tells, for all at once.

        With the posts of the texts, as `matches_post` tells: conditions on the post are answered too.

        Gives two arrays of one length: the index of a text and beside it the index of a rule, in order, each pair once.
        """
        if not self._rules:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        are_plain = [*map(str.isascii, texts)]
        folded = {place: fold_letters(text) for place, text in enumerate(texts) if not are_plain[place]}
        order = np.array([*compress(count(), are_plain), *folded], np.int64)
        rows, leaves, doubts = self._words_in(*_laid_out([*compress(texts, are_plain)], [*folded.values()]))
        places, unsure = order[rows], [(int(order[row]), leaf) for row, leaf in doubts]
        unsure += self._letters_in(folded)
        rows, rules = self._enough.of(leaves)
        found, opened = [self._pairs(places[rows], rules)], _Opened(texts, posts)
        tried = self._to_try(texts, posts, hits=(places, leaves), unsure=unsure) if self._is_trying else _NONE
        if unsure:
            doubtful = np.isin(places, [place for place, _ in unsure])
            unsure += zip(places[doubtful].tolist(), leaves[doubtful].tolist(), strict=True)
            found.append(self._cut_out(texts, unsure))
            places, leaves = places[~doubtful], leaves[~doubtful]
        found.append(self._asking(places, leaves))
        pairs = np.unique(np.concatenate([*found, tried]))
        matching, numbers = np.divmod(pairs, max(1, len(self._rules)))
        if self._besides:
            are_met = self._meet_besides(opened, matching, numbers)
            matching, numbers = matching[are_met], numbers[are_met]
        return matching.astype(np.int32), numbers.astype(np.int32)

    def _meet_besides(self, opened: _Opened, places: Ints, rules: Ints) -> NDArray[np.bool_]:
        """Of each text and rule whether what must be met besides words is."""
        are_met = np.ones(rules.size, np.bool_)
        asking = np.flatnonzero(np.isin(rules, [*self._besides])).tolist()
        for row, place, number in zip(asking, places[asking].tolist(), rules[asking].tolist(), strict=True):
            are_met[row] = opened.meets(*self._besides[number], place)
        return are_met

    def _pairs(self, places: Ints, rules: Ints) -> Ints:
        """One number for each text and rule."""
        return places * len(self._rules) + rules

    def _words_in(self, joined: bytes, begins: Ints) -> tuple[Ints, Ints, _Pairs]:
        """Columns of texts and of leaves that they meet for sure, and the pairs of which only `cut` can tell."""
        level = joined.translate(_LEVEL)
        firsts, ends, leaves = self._words.hits(level)
        places = np.searchsorted(begins, firsts, side="right") - 1
        letters = np.frombuffer(joined, np.uint8)
        left, right, signs = letters[firsts], letters[ends - 1], self._signs[leaves]
        longer = self._are_longer[leaves]
        likely = ~longer & ((signs == 0) | (left == signs))
        doubtful = (signs == 0) & _IS_DOUBTFUL[left] | ~self._are_prefixes[leaves] & _IS_DOUBTFUL[right]
        met, unsure = set[tuple[int, int]](), set[tuple[int, int]]()
        for place, leaf in set(zip(places[longer].tolist(), leaves[longer].tolist(), strict=True)):
            is_met = self._sought[leaf].reads(joined, level, begin=int(begins[place]), end=int(begins[place + 1]) + 1)
            if is_met is not False:
                (met if is_met else unsure).add((place, leaf))
        rows = (column[likely & doubtful].tolist() for column in (places, leaves, firsts, ends))
        for place, leaf, first, end in zip(*rows, strict=True):
            is_met = (place, leaf) in met or self._sought[leaf].stands(joined, first, end)
            if is_met is not False:
                (met if is_met else unsure).add((place, leaf))
        sure = likely & ~doubtful
        known = np.array(list(met), np.int64).reshape(-1, 2)
        places, leaves = np.concatenate([places[sure], known[:, 0]]), np.concatenate([leaves[sure], known[:, 1]])
        return places, leaves, list(unsure - met)

    def _letters_in(self, folded: Mapping[int, str]) -> _Pairs:
        """What is not ASCII is found in folded texts that are not; only `cut` can tell whether it stands on its own."""
        if not folded or self._letters.is_idle:
            return []
        texts, places = list(folded.values()), np.array(list(folded), np.int64)
        joined, begins = _laid_out([], texts)
        firsts, _, leaves = self._letters.hits(joined)
        rows = places[np.searchsorted(begins, firsts, side="right") - 1]
        return list(set(zip(rows.tolist(), leaves.tolist(), strict=True)))

    def _asking(self, places: Ints, leaves: Ints) -> Ints:
        """The matches of rules that ask for more than one leaf, as `_pairs` gives them."""
        rows, rules = self._asked.of(leaves)
        asked = np.unique(self._pairs(places[rows], rules))
        matching, numbers = (column.tolist() for column in np.divmod(asked, max(1, len(self._rules))))
        met: dict[int, set[int]] = {place: set() for place in matching}
        rows = np.flatnonzero(np.isin(places, matching))
        for place, leaf in zip(places[rows].tolist(), leaves[rows].tolist(), strict=True):
            met[place].add(leaf)
        answers = [self._answer(rule, met[place]) for place, rule in zip(matching, numbers, strict=True)]
        return asked[np.array(answers, np.bool_)]

    def _answer(self, rule: int, met: set[int]) -> bool:
        """Whether a rule matches a text that meets these leaves and no others of it."""
        known = (rule, self._parts[rule] & met)
        answer = self._answers.get(known)
        if answer is None:
            if len(self._answers) >= MAX_ANSWERS:
                self._answers.clear()
            words = Words("", frozenset(self._sought[leaf].key for leaf in known[1]), "")
            answer = self._answers[known] = self._rules[rule].root.met(words) is not None
        return answer

    def _to_try(
        self, texts: Sequence[str], posts: Sequence[Post] | None, *, hits: tuple[Ints, Ints], unsure: _Pairs
    ) -> Ints:
        """The pairs, as `_pairs` gives them, of rules of which no half hangs on words with the texts they may match."""
        doubtful = np.array(unsure, np.int64).reshape(-1, 2)
        rows, rules = self._tried.of(np.concatenate([hits[1], doubtful[:, 1]]))
        asked = [self._pairs(np.concatenate([hits[0], doubtful[:, 0]])[rows], rules)]
        if self._everywhere:
            every = np.repeat(np.arange(len(texts)), len(self._everywhere))
            asked.append(self._pairs(every, np.tile(np.array(self._everywhere, np.int64), len(texts))))
        if self._by_author and posts is not None:
            names = (post.author.lstrip("@").casefold() if post.author else "" for post in posts)
            wrote = [(place, rule) for place, name in enumerate(names) for rule in self._by_author.get(name, ())]
            asked.append(self._pairs(*np.array(wrote, np.int64).reshape(-1, 2).T))
        return np.concatenate(asked)

    def _cut_out(self, texts: Sequence[str], unsure: _Pairs) -> Ints:
        """The matches, as `_pairs` gives them, of rules that hang on leaves of which only the whole text can tell."""
        places, leaves = np.array(unsure, np.int64).T
        pairs = []
        for lists in (self._asked, self._enough):
            rows, rules = lists.of(leaves)
            pairs.append(self._pairs(places[rows], rules))
        asked = np.unique(np.concatenate(pairs))
        matching, numbers = (column.tolist() for column in np.divmod(asked, max(1, len(self._rules))))
        words = {place: cut(texts[place]) for place in matching}
        answers = [self._rules[rule].root.met(words[place]) for place, rule in zip(matching, numbers, strict=True)]
        return asked[[answer is not None for answer in answers]]
