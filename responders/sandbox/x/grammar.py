"""As much of X's rule language as the sandbox needs: words, phrases, OR, -, groups and a few operators. Pure.

Written from the grammar X publishes; it knows nothing of what our side writes rules with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Said = Mapping[str, Any]
Test = Callable[[Said], bool]

_PIECE = re.compile(
    r'\s*(?:(?P<open>-?\()|(?P<close>\))|(?P<atom>-?(?:[a-z_]+:)?"[^"]*"(?:~\d)?|-?[^\s()"]+))', re.IGNORECASE
)
_WORD = re.compile(r"\w+")
KINDS = {"retweet": "retweeted", "reply": "replied_to", "quote": "quoted"}
NEEDS_COMPANY = ("is:", "has:", "lang:", "sample:")
"""Operators that stand beside others only."""


class Invalid(ValueError):
    """A rule that the service would not take; the text is what it would say."""


def parse(value: str) -> Test:
    """The test that a rule is. Raises Invalid."""
    pieces = _pieces(value)
    found, rest = _either(pieces)
    if rest:
        raise Invalid("There is a closing parenthesis too many")
    alone = [atom for kind, atom in pieces if kind == "atom" and atom != "OR" and not atom.startswith("-")]
    if not any(not atom.startswith(NEEDS_COMPANY) for atom in alone):
        raise Invalid("Rules must contain a positive, standalone operator")
    return found


def _pieces(value: str) -> list[tuple[str, str]]:
    found, place = list[tuple[str, str]](), 0
    while place < len(value.rstrip()):
        match = _PIECE.match(value, place)
        if match is None:
            raise Invalid(f"no viable alternative at character '{value[place]}' (at position {place + 1})")
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        place = match.end()
    return found


def _either(pieces: list[tuple[str, str]]) -> tuple[Test, list[tuple[str, str]]]:
    first, rest = _all(pieces)
    tests = [first]
    while rest and rest[0] == ("atom", "OR"):
        more, rest = _all(rest[1:])
        tests.append(more)
    return (lambda said: any(test(said) for test in tests)), rest


def _all(pieces: list[tuple[str, str]]) -> tuple[Test, list[tuple[str, str]]]:
    tests, rest = list[Test](), pieces
    while rest and rest[0][0] != "close" and rest[0] != ("atom", "OR"):
        kind, text = rest[0]
        if kind == "open":
            if text.startswith("-"):
                raise Invalid("Negations of groups are not supported: negate each operator")
            inner, rest = _either(rest[1:])
            if not rest or rest[0][0] != "close":
                raise Invalid("A parenthesis is not closed")
            tests.append(inner)
        else:
            tests.append(_atom(text))
        rest = rest[1:]
    if not tests:
        raise Invalid("An operand is missing")
    return (lambda said: all(test(said) for test in tests)), rest


def _atom(text: str) -> Test:
    if text.startswith("-"):
        inner = _atom(text[1:])
        return lambda said: not inner(said)
    name, colon, value = text.partition(":")
    if colon and not text.startswith('"'):
        return _operator(name.lower(), value.strip('"').lower())
    wanted = _words(text.strip('"').partition('"~')[0])
    if text[:1] in "#@$":
        return lambda said: text.lower() in re.findall(r"[#@$]\w+", said["text"].lower())
    if not wanted:
        raise Invalid(f"Nothing can match '{text}'")
    return lambda said: _holds(_words(said["text"]), wanted)


def _operator(name: str, value: str) -> Test:
    if name == "lang":
        return lambda said: bool(said.get("lang") == value)
    if name == "from":
        return lambda said: value in (said.get("author_id"), said.get("username"))
    if name == "is" and value in KINDS:
        return lambda said: any(one["type"] == KINDS[value] for one in said.get("referenced_tweets", ()))
    if name == "is" and value == "nullcast":
        return lambda said: False
    if name == "has" and value in ("links", "hashtags", "mentions"):
        mark = {"links": "http", "hashtags": "#", "mentions": "@"}[value]
        return lambda said: mark in said["text"]
    if name == "sample" and value.isdecimal() and 1 <= int(value) <= 100:
        return lambda said: (int(said["id"]) * 2654435761 >> 7) % 100 < int(value)
    raise Invalid(f"Reference to invalid operator '{name}:{value}'")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _holds(words: list[str], wanted: list[str]) -> bool:
    return any(words[place : place + len(wanted)] == wanted for place in range(len(words) - len(wanted) + 1))
