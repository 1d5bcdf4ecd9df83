"""What of a rule each platform can filter by itself, and what has to be matched here.

A platform is asked for the widest thing that misses nothing; every post that comes is matched here again. X's rules
are those of its filtered stream (docs.x.com, "Build a rule" and "Operators", read in 2026-08): side by side before OR,
no negated groups, 1,024 characters, something that may stand alone in every rule; words are cut at every sign.
Not foreseen are texts that spell a word with other letters which Unicode holds for the same (full width, ligatures),
and hashtags glued to the word before them, which X takes for none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.keywords.conditions import Condition
from monitor.keywords.cover import Cover, OneOf, Sent, Term, all_of, cover, one_of, split, stands, terms_of
from monitor.keywords.cover import to_text as sent_text
from monitor.keywords.nodes import All, Any, Asks, Has, Near, Node, Not, parts_of
from monitor.keywords.reading import node_text
from monitor.keywords.rule import Rule
from monitor.keywords.words import is_found_inside

X_MAX_CHARS = 1_024
X_MAX_RULES = 1_000
"""Of one stream on X's pay-per-use plan."""
X_MAX_APART = 6
_X_LANGUAGES = re.compile(
    "am|ar|hy|eu|bn|bg|ca|hr|cs|da|nl|en|et|fi|fr|de|ka|el|gu|he|hi|hu|id|it|ja|kn|"
    "ko|lv|lt|ml|mr|no|fa|pl|pt|ro|ru|sr|sk|sl|es|sv|ta|te|th|tr|uk|ur|vi"
)
_X_CODES = {"he": "iw", "id": "in"}
_X_NAME = re.compile(r"[a-z0-9_]{1,15}")
_BARE = re.compile(r"[^\W_]+")
_NOT_BARE = frozenset({"or", "and", "not", "near"})
REDDIT_MAX_CHARS = 512

_LEAVES_OUT = "also leaves out posts that only quote {0}, or hold it in a longer @name or a_word"
_CUTS = (
    "cuts text without spaces, and emoji, its own way: where {0} is no word of its own to it, the post does not come"
)
_COUNTS = "counts parts of words with signs in them, so a post in which {0} are far apart by that count does not come"


@dataclass(frozen=True, slots=True)
class Remote:
    """One rule on one platform."""

    platform: str
    filters: tuple[str, ...] = ()
    """What is sent; a post that the rule matches meets one of them."""
    why: str = ""
    """Why nothing is sent; empty where something is."""
    here: tuple[str, ...] = ()
    """Parts of the rule of which the platform knows nothing."""
    besides: tuple[str, ...] = ()
    """What the platform does not send although the rule matches; empty for a strict filter."""
    search: str = ""
    """A text for the platform's search, for a look back: it promises nothing."""


def remote(rule: Rule, platform: str, *, is_strict: bool = False) -> Remote:
    """What is asked of a platform. `is_strict` leaves out whatever the platform may read otherwise than we do."""
    if platform == "x":
        return _on_x(rule, is_strict=is_strict)
    if platform == "mastodon":
        return _on_mastodon(rule)
    if platform == "reddit":
        search = _search_text(rule)
        return Remote(platform, why="its subreddits are read whole", search=search)
    return Remote(platform, why="it is read whole")


def _on_x(rule: Rule, *, is_strict: bool) -> Remote:
    asking = _Asking(rule, is_strict=is_strict)
    found = cover(rule.root, asking.say)
    if found is False:
        return Remote("x", why="no post there can match it")
    if found is True:
        unsaid = tuple(text for text, said in asking.said.items() if said is True)
        named = ", ".join(unsaid) or "what must not stand"
        return Remote("x", why=f"{named} cannot be asked for there, and posts would be missed without", here=unsaid)
    kept = frozenset(terms_of(found))
    here = tuple(text for text, said in asking.said.items() if said is True or not _is_in(said, kept))
    if not stands(found):
        return Remote("x", why="a rule there needs a word, an author or a site in every choice", here=here)
    doubts = dict.fromkeys(term.doubt for term in terms_of(found) if term.doubt)
    besides = tuple(
        sentence.format(", ".join(name for other, name in doubts if other == sentence))
        for sentence in dict.fromkeys(sentence for sentence, _ in doubts)
    )
    here = (*here, *(text for text in asking.half_said if text not in here))
    return Remote("x", tuple(split(found, X_MAX_CHARS)), here=here, besides=besides)


def _is_in(said: Cover, kept: frozenset[Term]) -> bool:
    return isinstance(said, bool) or kept.issuperset(terms_of(said))


class _Asking:
    """Says the parts of one rule in X's operators, and notes what became of each."""

    def __init__(self, rule: Rule, *, is_strict: bool) -> None:
        self._has_sharp_s = "ß" in rule.source or "ẞ" in rule.source
        self._is_strict = is_strict
        self.said: dict[str, Cover] = {}
        self.half_said: list[str] = []
        """What is asked for in a wider way."""

    def say(self, node: Node, negated: bool) -> Cover:
        """The part in X's words; True where it cannot be said."""
        if isinstance(node, Asks) and node.condition.key == "platform":
            return (node.condition.value == "x") != negated
        said: Cover = True
        if isinstance(node, Asks):
            said = _condition_on_x(node.condition, negated)
        elif isinstance(node, Has):
            said = self._term(node.term, negated)
        elif isinstance(node, Near) and not negated:
            said = self._near(node)
        self.said[f"-{node_text(node)}" if negated else node_text(node)] = said
        return said

    def _term(self, term: str, negated: bool) -> Cover:
        doubt = _CUTS if is_found_inside(term) else _LEAVES_OUT if negated else ""
        if doubt and self._is_strict:
            return True
        noted = (doubt, node_text(Has(term))) if doubt else None
        spelt = [term, term.replace("ss", "ß")] if self._has_sharp_s and "ss" in term else [term]
        sign = "-" if negated else ""
        terms: list[Cover] = [Term(sign + _operator(one), is_negative=negated, doubt=noted) for one in spelt]
        return all_of(terms) if negated else one_of(terms)

    def _near(self, node: Near) -> Cover:
        """X counts the other order two words further, and at most six: the widest, for here it is counted again."""
        is_plain = all(_BARE.fullmatch(word) for word in (node.one, node.other)) and node.one != node.other
        if self._is_strict or not is_plain or node.apart > X_MAX_APART:
            self.half_said.append(node_text(node))
            return all_of([self._term(word, False) for word in dict.fromkeys((node.one, node.other))])
        doubt = (_COUNTS, f"{node.one} and {node.other}")
        forth = Term(f'"{node.one} {node.other}"~{X_MAX_APART}', doubt=doubt)
        back = Term(f'"{node.other} {node.one}"~{X_MAX_APART}', doubt=doubt)
        return forth if node.apart <= X_MAX_APART - 2 else OneOf((forth, back))


def _operator(term: str) -> str:
    """A folded word, phrase, tag or name as X writes it."""
    sign, name = term[0], term[1:].split("'")[0]
    if sign == "#" and any(letter.isalpha() for letter in name):
        return f"#{name}"
    if sign == "@" and _X_NAME.fullmatch(name):
        return f"@{name}"
    bare = term.lstrip("#@")
    return bare if _BARE.fullmatch(bare) and bare not in _NOT_BARE else f'"{bare}"'


def _condition_on_x(condition: Condition, negated: bool) -> Cover:
    key, value = condition.key, condition.value
    if key == "from":
        name = Term(f"{'-' if negated else ''}from:{value}", is_negative=negated)
        return name if _X_NAME.fullmatch(value) else negated
    if key == "site":  # not negated: X finds the site's name anywhere in the address
        return True if negated else Term(f'url:"{value}"')
    if key == "lang" and _X_LANGUAGES.fullmatch(value):
        said = f"lang:{_X_CODES.get(value, value)}"
    elif key == "is":
        said = "is:retweet" if value == "repost" else "is:reply"
    elif key == "has" and not (negated and value == "links"):  # media are links there, and none here
        said = f"has:{value}"
    elif key == "min_followers" and not negated:
        said = str(condition)
    else:
        return True
    return Term(("-" if negated else "") + said, stands=False, is_negative=negated)


def _on_mastodon(rule: Rule) -> Remote:
    tags = _tags(rule.root)
    if tags is None:
        return Remote("mastodon", why="its streams know hashtags alone, and not every match has one")
    here = tuple(node_text(part) for part in parts_of(rule.root) if not _is_grouping(part) and not _is_tag(part))
    return Remote("mastodon", tuple(f"#{tag}" for tag in sorted(tags)), here=tuple(dict.fromkeys(here)))


def _tags(node: Node) -> frozenset[str] | None:
    """Hashtags one of which every match has; None where there are none."""
    if isinstance(node, Has) and _is_tag(node):
        return frozenset({node.term[1:].split("'")[0]})
    if isinstance(node, Any):
        each = [_tags(part) for part in node.parts]
        return None if None in each else frozenset().union(*(tags for tags in each if tags))
    if isinstance(node, All):
        return min((tags for part in node.parts if (tags := _tags(part))), key=len, default=None)
    return None


def _is_tag(node: Node) -> bool:
    return isinstance(node, Has) and node.term[0] == "#"


def _is_grouping(node: Node) -> bool:
    return isinstance(node, All | Any | Not)


def _search_text(rule: Rule) -> str:
    """For Reddit's search, which finds submissions only and words in any form; empty where it would find anything."""
    found = cover(rule.root, _say_on_reddit)
    if isinstance(found, bool) or not stands(found):
        return ""
    texts = split(found, REDDIT_MAX_CHARS)
    return texts[0] if len(texts) == 1 else ""


def _say_on_reddit(node: Node, negated: bool) -> Cover:
    said: Sent | None = None
    if isinstance(node, Has):
        bare = node.term.lstrip("#@")
        said = Term(bare if _BARE.fullmatch(bare) and bare not in _NOT_BARE else f'"{bare}"')
    elif isinstance(node, Near):
        return (
            True if negated else all_of([_say_on_reddit(Has(node.one), False), _say_on_reddit(Has(node.other), False)])
        )
    elif isinstance(node, Asks) and node.condition.key in ("from", "site"):
        key = "author" if node.condition.key == "from" else "site"
        said = Term(f"{key}:{node.condition.value}")
    elif isinstance(node, Asks) and node.condition.key == "platform":
        return (node.condition.value == "reddit") != negated
    if said is None:
        return True
    return Term(f"NOT {sent_text(said)}", is_negative=True) if negated else said
