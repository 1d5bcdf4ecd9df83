"""A rule that was read: what it matches, alone or on many texts at once."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.keywords.nodes import (
    All,
    Any,
    Asks,
    Has,
    Leaf,
    Near,
    Node,
    Pattern,
    Plain,
    Prefix,
    asks_for_something,
    authors,
    needed,
    parts_of,
)
from monitor.keywords.words import Index, Words, cut
from monitor.model import Post


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule of keywords."""

    source: str
    root: Node

    def matches(self, text: str | Words) -> tuple[str, ...]:
        """The words of the rule that the text meets, each once; empty where the rule does not match.

        A text alone does not tell who wrote it: a condition on the post (`from:`, `lang:`, `is:`, `has:`, `site:`,
        `min_followers:`, `platform:`) is neither met nor unmet, and a rule that hangs on it does not match.
        `dunk lang:en` never matches a text alone, nor does `dunk -is:repost`; `dunk OR from:nasa` may.
        """
        met = self.root.met(text if isinstance(text, Words) else cut(text))
        return tuple(dict.fromkeys(met or ()))

    def matches_post(self, post: Post, words: Words | None = None) -> tuple[str, ...]:
        """As `matches`, with the conditions on the post answered; `words` are the post's text if it is cut already.

        What a source does not tell (a language, followers, media) counts neither for nor against.
        """
        met = self.root.met(words or cut(post.text), post)
        return tuple(dict.fromkeys(met or ()))

    def leaves(self) -> frozenset[Plain]:
        """The words and beginnings in it: everything its answer hangs on, where it `hangs_on_words`."""
        return frozenset(part for part in parts_of(self.root) if isinstance(part, Has | Prefix))

    def needed(self) -> frozenset[Leaf] | None:
        """Leaves of which every text that the rule matches meets at least one; None where it is tried on every text."""
        return needed(self.root)

    def hangs_on_words(self) -> bool:
        """Does its answer hang on nothing but which of its leaves are met?"""
        return _hangs_on_words(self.root)

    def asks_for_posts(self) -> bool:
        """Has it a condition on the post, which a text alone cannot answer?"""
        return any(isinstance(part, Asks) for part in parts_of(self.root))

    def halves(self) -> tuple[Rule | None, Node | None]:
        """The part that hangs on words alone, and what must be met besides; both together are the rule.

        None for the first where it would ask for nothing, for the second where nothing is left.
        """
        if self.hangs_on_words():
            return self, None
        parts = self.root.parts if isinstance(self.root, All) else (self.root,)
        hard = tuple(part for part in parts if not _hangs_on_words(part))
        easy = tuple(part for part in parts if _hangs_on_words(part))
        easy += tuple(Has(word) for part in hard if isinstance(part, Near) for word in (part.one, part.other))
        if not any(map(asks_for_something, easy)):
            return None, self.root
        return Rule(self.source, All(easy) if len(easy) > 1 else easy[0]), All(hard)

    def authors(self) -> frozenset[str] | None:
        """Authors, folded, one of whom wrote every match; None where anybody may have."""
        return authors(self.root)

    def patterns(self) -> tuple[str, ...]:
        """Its regular expressions."""
        return tuple(part.source for part in parts_of(self.root) if isinstance(part, Pattern))

    def is_any_of(self) -> bool:
        """Does each of its leaves suffice: a single one, or some joined by OR?"""
        parts = self.root.parts if isinstance(self.root, Any) else (self.root,)
        return all(isinstance(part, Has | Prefix) for part in parts)

    def places(self, index: Index) -> set[int]:
        """Which of many texts the rule matches; the same answer as `matches` on each, and far cheaper.

        A rule with conditions on the post is met by a text of which one post meets it, so the index needs the posts.
        """
        if not self.asks_for_posts():
            return self.root.places(index)
        texts = index.texts
        return {
            place
            for place, posts in enumerate(index.posts)
            if any(self.root.met(texts[place], post) is not None for post in posts)
        }


def _hangs_on_words(node: Node) -> bool:
    return not any(isinstance(part, Near | Pattern | Asks) for part in parts_of(node))


NOTHING, LETTERS, WORDS = range(3)


def looks_at(node: Node) -> int:
    """What of a text it looks at beside its post: nothing, its folded letters, or its words."""
    kinds = parts_of(node)
    if any(isinstance(part, Has | Prefix | Near) for part in kinds):
        return WORDS
    return LETTERS if any(isinstance(part, Pattern) for part in kinds) else NOTHING
