"""What a rule is made of. Each part knows when it is surely met and when it surely is not: a condition on a post may
be neither, where there is no post or its source does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.keywords.conditions import STANDALONE, Condition
from monitor.keywords.patterns import bounded, must_hold
from monitor.keywords.words import Index, Words
from monitor.model import Post


@dataclass(frozen=True, slots=True)
class Has:
    """A word, tag, name, emoji or phrase, folded."""

    term: str

    def places(self, index: Index) -> set[int]:
        return index.having(self.term)

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        return (self.term,) if words.has(self.term) else None

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return not words.has(self.term)


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, tag or name, folded."""

    start: str

    def places(self, index: Index) -> set[int]:
        return index.beginning(self.start)

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        found = tuple(sorted(token for token in words.tokens if token.startswith(self.start)))
        return found[:3] or None

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return self.met(words) is None


@dataclass(frozen=True, slots=True)
class Within:
    """Letters that stand anywhere in the folded text. Nobody writes it: it finds the texts a pattern or a site is
    tried on, so that signs may stand for each other in it."""

    letters: str


@dataclass(frozen=True, slots=True)
class Near:
    """Two words at most `apart` words from each other, in either order; neighbours are 1 apart."""

    one: str
    other: str
    apart: int

    def places(self, index: Index) -> set[int]:
        both = index.having(self.one) & index.having(self.other)
        return {place for place in both if not self.fails(index.texts[place])}

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        return None if self.fails(words) else (self.one, self.other)

    def fails(self, words: Words, post: Post | None = None) -> bool:
        if not (words.has(self.one) and words.has(self.other)):
            return True
        line = [word.removesuffix("'s") for word in words.line.split()]
        ones, others = ([at for at, word in enumerate(line) if word == sought] for sought in (self.one, self.other))
        return not any(0 < abs(here - there) <= self.apart for here in ones for there in others)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, tried on the folded text; capitals do not matter."""

    source: str

    def places(self, index: Index) -> set[int]:
        return {place for place, words in enumerate(index.texts) if not self.fails(words)}

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        found = bounded(self.source).found_in(words.text)
        return None if found is None else (found,)

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return self.met(words) is None


@dataclass(frozen=True, slots=True)
class Asks:
    """A condition on the post that holds the text."""

    condition: Condition

    def places(self, index: Index) -> set[int]:
        raise NotImplementedError("what hangs on posts is tried post by post, see Rule.places")

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        return (str(self.condition),) if self.condition.holds(post) else None

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return self.condition.holds(post) is False


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of words that is named and not written out yet; `column` is where."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """What must not stand."""

    inner: Node

    def places(self, index: Index) -> set[int]:
        return index.everywhere() - self.inner.places(index)

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        return () if self.inner.fails(words, post) else None

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return self.inner.met(words, post) is not None


@dataclass(frozen=True, slots=True)
class All:
    """Parts that must all stand."""

    parts: tuple[Node, ...]

    def places(self, index: Index) -> set[int]:
        return set.intersection(*(part.places(index) for part in self.parts))

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        found: list[str] = []
        for part in self.parts:
            here = part.met(words, post)
            if here is None:
                return None
            found.extend(here)
        return tuple(found)

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return any(part.fails(words, post) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """Parts of which one is enough."""

    parts: tuple[Node, ...]

    def places(self, index: Index) -> set[int]:
        return set().union(*(part.places(index) for part in self.parts))

    def met(self, words: Words, post: Post | None = None) -> tuple[str, ...] | None:
        found = [here for part in self.parts if (here := part.met(words, post)) is not None]
        return tuple(word for here in found for word in here) if found else None

    def fails(self, words: Words, post: Post | None = None) -> bool:
        return all(part.fails(words, post) for part in self.parts)


_PLAIN_SITE = re.compile(r"[a-z0-9][a-z0-9.-]*")
Leaf = Has | Prefix | Within
"""What a text is searched for; whatever else a rule says is asked only where such a leaf is met."""
Plain = Has | Prefix
Node = Has | Prefix | Near | Pattern | Asks | Not | All | Any


def parts_of(node: Node) -> tuple[Node, ...]:
    """The node and everything in it, parts before what they are parts of."""
    inner = (node.inner,) if isinstance(node, Not) else node.parts if isinstance(node, All | Any) else ()
    return (*(one for part in inner for one in parts_of(part)), node)


def needed(node: Node) -> frozenset[Leaf] | None:
    """Leaves one of which every match meets: of parts that must all stand, the fewest and then the longest.

    None where no leaf is surely met: such a rule is tried on every text.
    """
    if isinstance(node, Has | Prefix):
        return frozenset({node})
    if isinstance(node, Near):
        return frozenset({Has(max(node.one, node.other, key=len))})
    if isinstance(node, Pattern):
        letters = must_hold(node.source)
        return frozenset({Within(letters)}) if len(letters) > 1 else None
    if isinstance(node, Any):
        each = [needed(part) for part in node.parts]
        return None if None in each else frozenset().union(*(leaves for leaves in each if leaves))
    if isinstance(node, All):
        asking = [leaves for part in node.parts if asks_for_something(part) and (leaves := needed(part))]
        return min(asking, key=lambda leaves: (len(leaves), -min(map(_letters, leaves))), default=None)
    if isinstance(node, Asks) and node.condition.key == "site" and _PLAIN_SITE.fullmatch(node.condition.value):
        return frozenset({Within(node.condition.value)})
    return None


def authors(node: Node) -> frozenset[str] | None:
    """Authors, folded, one of whom wrote every match; None where anybody may have."""
    if isinstance(node, Asks) and node.condition.key == "from":
        return frozenset({node.condition.value})
    if isinstance(node, Any):
        each = [authors(part) for part in node.parts]
        return None if None in each else frozenset().union(*(names for names in each if names))
    if isinstance(node, All):
        return min((names for part in node.parts if (names := authors(part))), key=len, default=None)
    return None


def _letters(leaf: Leaf) -> int:
    return len(leaf.term if isinstance(leaf, Has) else leaf.start if isinstance(leaf, Prefix) else leaf.letters)


def asks_for_something(node: Node) -> bool:
    """Is there no way to match the rule without meeting a word of it, an author or a site?"""
    if isinstance(node, All):
        return any(asks_for_something(part) for part in node.parts)
    if isinstance(node, Any):
        return all(asks_for_something(part) for part in node.parts)
    if isinstance(node, Asks):
        return node.condition.key in STANDALONE
    return not isinstance(node, Not)
