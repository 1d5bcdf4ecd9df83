"""From the text of a rule to the rule, its lists of words written out; and back to a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import UnionType

from monitor.errors import BadInput
from monitor.keywords.conditions import STANDALONE
from monitor.keywords.grammar import RuleMistake, read
from monitor.keywords.nodes import (
    All,
    Any,
    Asks,
    Has,
    Listed,
    Near,
    Node,
    Not,
    Pattern,
    Prefix,
    asks_for_something,
    parts_of,
)
from monitor.keywords.rule import Rule
from monitor.keywords.words import TOKEN

Lists = Mapping[str, Sequence[str]]
"""Words by the name of their list: each a word, phrase, #tag, @name, emoji or beginning*."""
_NAMES_A_LIST = re.compile(r"\blist:", re.IGNORECASE)


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """Read a rule; raises RuleMistake, a BadInput that names the column and shows the place.

    A rule that names a list of words is read with `written_out` first.
    """
    return _rule(text, {})


def written_out(text: str, lists: Lists) -> str:
    """The rule with the words of its lists in the place of their names; unchanged where it names none.

    Raises RuleMistake as `parse` does, and for a list that does not exist.
    """
    return to_text(_rule(text, lists)) if _NAMES_A_LIST.search(text) else text


def without(text: str, exclusions: Sequence[str], lists: Lists) -> str:
    """The rule, not met where one of the exclusions is. Raises RuleMistake as `written_out` does."""
    if not exclusions:
        return text
    excluded = [Not(_filled(read(rule), rule, lists)) for rule in exclusions]
    return to_text(Rule(text, All((parse(text).root, *excluded))))


def _rule(text: str, lists: Lists) -> Rule:
    root = _filled(read(text), text, lists)
    if not asks_for_something(root):
        raise RuleMistake(text, 1, _too_wide(root))
    return Rule(text, root)


def _too_wide(root: Node) -> str:
    if any(isinstance(part, Asks) for part in parts_of(root)):
        alone = " and ".join(f"{key}:" for key in sorted(STANDALONE))
        return f"this would match far too many posts; add a word it must have (of the conditions {alone} are enough)"
    return "a rule of '-' parts alone would match nearly every post; add a word it must have"


def _filled(node: Node | Listed, text: str, lists: Lists) -> Node:
    """The node with every named list written out."""
    if isinstance(node, Listed):
        if node.name not in lists:
            known = f"; known here: {', '.join(sorted(lists)[:12])}" if lists else ""
            raise RuleMistake(text, node.column, f"there is no lists/{node.name}.yaml{known}")
        try:
            parts = tuple(entry(word) for word in lists[node.name])
        except BadInput as error:
            raise RuleMistake(text, node.column, f"lists/{node.name}.yaml has a word that cannot be used") from error
        return parts[0] if len(parts) == 1 else Any(parts)
    if isinstance(node, Not):
        return Not(_filled(node.inner, text, lists))
    if isinstance(node, All | Any):
        parts = tuple(_filled(part, text, lists) for part in node.parts)
        return type(node)(parts)
    return node


@lru_cache(maxsize=4096)
def entry(word: str) -> Node:
    """A line of a list of words. Raises BadInput where it is more than one word, phrase, tag, name or beginning."""
    is_phrase = any(letter.isspace() for letter in word.strip()) and '"' not in word
    root = read(f'"{word}"' if is_phrase else word)
    if not isinstance(root, Has | Prefix):
        raise BadInput(f"{word!r} is no word, phrase, #tag, @name or beginning*; rules stand in the brand's file")
    return root


def to_text(rule: Rule) -> str:
    """The rule in one way of writing: read again it is the same rule."""
    return node_text(rule.root)


def node_text(node: Node) -> str:
    """A part of a rule in one way of writing."""
    if isinstance(node, Any):
        return " OR ".join(_inside(part, Any) for part in node.parts)
    if isinstance(node, All):
        return " ".join(_inside(part, Any | All) for part in node.parts)
    if isinstance(node, Not):
        return f"-{_inside(node.inner, Any | All | Not)}"
    if isinstance(node, Has):
        return _term(node.term)
    if isinstance(node, Prefix):
        return f"{node.start}*"
    if isinstance(node, Near):
        return f"{node.one} NEAR/{node.apart} {node.other}"
    return f"/{node.source}/" if isinstance(node, Pattern) else str(node.condition)


def _inside(node: Node, loose: UnionType | type) -> str:
    """The text of a part, in parentheses where without them it would be read as something else."""
    return f"({node_text(node)})" if isinstance(node, loose) else node_text(node)


def _term(term: str) -> str:
    return term if TOKEN.fullmatch(term) else f'"{term}"'
