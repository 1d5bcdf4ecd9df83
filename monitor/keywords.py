"""The rule language of keywords: words, "phrases", #tags, @names, prefix*, OR, -not and parentheses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from monitor.errors import BadInput

_MARKS = "".join(mark for mark in map(chr, range(0x900, 0x1900)) if unicodedata.category(mark) in ("Mn", "Mc"))
"""Vowels and tones of the Indic scripts, Thai to Khmer: `\\w` leaves them out, which would tear every word apart."""
_TOKEN = re.compile(rf"[#@]?\w[\w{_MARKS}]*(?:'\w[\w{_MARKS}]*)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Thai, Lao, Japanese, Chinese, Korean: written without spaces or with endings glued on, so words are found inside."""
_PIECE = re.compile(r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<minus>-)|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))')
MAX_DEPTH = 20
"""Parentheses inside parentheses; far above what a person can read."""


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
        return not term.isascii() and bool(_UNSPACED.search(term)) and term in self.text


def cut(text: str) -> Words:
    """Split a text into the words rules look at; `oreo's` is also `oreo`."""
    return cut_folded(fold(text))


def cut_folded(folded: str) -> Words:
    """As `cut`, for a text that is folded already."""
    bare = found = _TOKEN.findall(folded)
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

    @classmethod
    def of(cls, texts: Iterable[Words]) -> Index:
        """Build it from texts; costs a few microseconds each."""
        kept = tuple(texts)
        where: dict[str, set[int]] = {}
        for place, words in enumerate(kept):
            for token in words.tokens:
                where.setdefault(token, set()).add(place)
        return cls(kept, where)

    def having(self, term: str) -> set[int]:
        """The places of the texts that hold the word or phrase `term`, already folded."""
        if not term.isascii() and _UNSPACED.search(term):
            return {place for place, words in enumerate(self.texts) if words.has(term)}
        if " " not in term:
            return self.where.get(term, set())
        near = set.intersection(*(self.where.get(word, set()) for word in term.split()))
        return {place for place in near if f" {term} " in self.texts[place].line}

    def everywhere(self) -> set[int]:
        """Every place."""
        return set(range(len(self.texts)))


@dataclass(frozen=True, slots=True)
class Has:
    """A word, tag, name or phrase, folded."""

    term: str

    def places(self, index: Index) -> set[int]:
        return index.having(self.term)

    def met(self, words: Words) -> tuple[str, ...] | None:
        return (self.term,) if words.has(self.term) else None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, tag or name, folded."""

    start: str

    def places(self, index: Index) -> set[int]:
        return set().union(*(found for token, found in index.where.items() if token.startswith(self.start)))

    def met(self, words: Words) -> tuple[str, ...] | None:
        found = tuple(sorted(token for token in words.tokens if token.startswith(self.start)))
        return found[:3] or None


@dataclass(frozen=True, slots=True)
class _Not:
    inner: _Node

    def places(self, index: Index) -> set[int]:
        return index.everywhere() - self.inner.places(index)

    def met(self, words: Words) -> tuple[str, ...] | None:
        return () if self.inner.met(words) is None else None


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Node, ...]

    def places(self, index: Index) -> set[int]:
        return set.intersection(*(part.places(index) for part in self.parts))

    def met(self, words: Words) -> tuple[str, ...] | None:
        found: list[str] = []
        for part in self.parts:
            here = part.met(words)
            if here is None:
                return None
            found.extend(here)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Node, ...]

    def places(self, index: Index) -> set[int]:
        return set().union(*(part.places(index) for part in self.parts))

    def met(self, words: Words) -> tuple[str, ...] | None:
        found = [here for part in self.parts if (here := part.met(words)) is not None]
        return tuple(word for here in found for word in here) if found else None


Leaf = Has | Prefix
_Node = Leaf | _Not | _All | _Any


def _leaves(node: _Node) -> frozenset[Leaf]:
    if isinstance(node, _Not):
        return _leaves(node.inner)
    if isinstance(node, Has | Prefix):
        return frozenset({node})
    return frozenset().union(*map(_leaves, node.parts))


def _needed(node: _Node) -> frozenset[Leaf]:
    """Leaves one of which every match meets: of parts that must all stand, the fewest and then the longest."""
    if isinstance(node, _Any):
        return frozenset().union(*map(_needed, node.parts))
    if not isinstance(node, _All):
        return _leaves(node)
    asking = (_needed(part) for part in node.parts if _asks_for_something(part))
    return min(asking, key=lambda leaves: (len(leaves), -min(map(_letters, leaves))))


def _letters(leaf: Leaf) -> int:
    return len(leaf.term if isinstance(leaf, Has) else leaf.start)


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule of keywords."""

    source: str
    root: _Node

    def matches(self, text: str | Words) -> tuple[str, ...]:
        """The words of the rule that the text meets, each once; empty where the rule does not match."""
        met = self.root.met(text if isinstance(text, Words) else cut(text))
        return tuple(dict.fromkeys(met or ()))

    def leaves(self) -> frozenset[Leaf]:
        """Everything its answer hangs on."""
        return _leaves(self.root)

    def needed(self) -> frozenset[Leaf]:
        """Leaves of which every text that the rule matches meets at least one."""
        return _needed(self.root)

    def is_any_of(self) -> bool:
        """Does each of its leaves suffice: a single one, or some joined by OR?"""
        parts = self.root.parts if isinstance(self.root, _Any) else (self.root,)
        return all(isinstance(part, Has | Prefix) for part in parts)

    def places(self, index: Index) -> set[int]:
        """Which of many texts the rule matches; the same answer as `matches` on each, and far cheaper."""
        return self.root.places(index)


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """Read a rule; raises BadInput that names the column and shows the place."""
    reader = _Reader(text)
    root = reader.alternatives(0)
    if reader.kind == "close":
        reader.fail("this ')' closes nothing; remove it or add a '('")
    if not _asks_for_something(root):
        reader.fail("a rule of '-' parts alone would match nearly every post; add a word it must have", column=1)
    return Rule(text, root)


def _asks_for_something(node: _Node) -> bool:
    """Is there no way to match the rule without meeting a word of it?"""
    if isinstance(node, _All):
        return any(_asks_for_something(part) for part in node.parts)
    if isinstance(node, _Any):
        return all(_asks_for_something(part) for part in node.parts)
    return not isinstance(node, _Not)


class _Reader:
    """One pass over the rule's text, a piece of look-ahead; `column` counts from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.step()

    def step(self) -> None:
        """Move to the next piece; `kind` is empty behind the last."""
        match = _PIECE.match(self.text, self.end)
        if match is None:
            rest = self.text[self.end :]
            self.kind, self.value = "", ""
            self.column = self.end + len(rest) - len(rest.lstrip()) + 1
            if rest.strip():
                self.fail("this quotation mark is never closed")
            return
        self.kind = match.lastgroup or ""
        self.value = match[self.kind]
        self.column = match.end() - len(match[0].lstrip()) + 1
        self.end = match.end()

    def fail(self, what: str, *, column: int = 0) -> NoReturn:
        """Refuse the rule at a column, with a mark under the place."""
        place = column or self.column
        raise BadInput(f"keyword rule, column {place}: {what}\n  {self.text}\n  {' ' * (place - 1)}^")

    def alternatives(self, depth: int) -> _Node:
        """`a b OR c d`: OR binds looser than standing side by side."""
        if depth > MAX_DEPTH:
            self.fail(f"parentheses are nested deeper than {MAX_DEPTH}")
        parts = [self.side_by_side(depth)]
        while self._is_word("OR"):
            self.step()
            parts.append(self.side_by_side(depth))
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def side_by_side(self, depth: int) -> _Node:
        parts: list[_Node] = []
        while self.kind not in ("", "close") and not self._is_word("OR"):
            if self._is_word("AND"):
                self.fail("write words side by side where both must stand; AND is not needed")
            parts.append(self.one(depth))
        if not parts:
            self.fail("a word, a \"phrase\", a #tag or a '(' is expected here")
        return parts[0] if len(parts) == 1 else _All(tuple(parts))

    def one(self, depth: int) -> _Node:
        if self.kind == "minus":
            self.step()
            if self.kind in ("", "close", "minus"):
                self.fail("'-' needs a word, a \"phrase\" or a '(' right behind it")
            return _Not(self.one(depth))
        if self.kind == "open":
            return self._in_parentheses(depth)
        node = self._term()
        self.step()
        return node

    def _in_parentheses(self, depth: int) -> _Node:
        opened = self.column
        self.step()
        node = self.alternatives(depth + 1)
        if self.kind != "close":
            self.fail("this '(' is never closed", column=opened)
        self.step()
        return node

    def _term(self) -> _Node:
        """A word, tag, name, prefix or phrase, folded as the posts will be."""
        folded = fold(self.value)
        if self.kind == "word" and folded.endswith("*"):
            start = folded[:-1]
            if not _TOKEN.fullmatch(start):
                self.fail("'*' needs the beginning of one word before it, as in dunk*")
            return Prefix(start)
        tokens = _TOKEN.findall(folded)
        if not tokens:
            self.fail(f"{self.value!r} has no letter or digit to look for")
        if len(tokens) == 1 and tokens[0][0] in "#@":
            return Has(tokens[0])
        return Has(" ".join(token.lstrip("#@") for token in tokens))

    def _is_word(self, word: str) -> bool:
        return self.kind == "word" and self.value == word
