"""The grammar of rules, read by lark's LALR parser, and what is said where a rule does not follow it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.exceptions import VisitError

from monitor.errors import BadInput
from monitor.keywords.conditions import KEYS, condition
from monitor.keywords.grammar import MAX_DEPTH, RuleMistake
from monitor.keywords.nodes import All, Any, Asks, Has, Listed, Near, Node, Not, Pattern, Prefix
from monitor.keywords.patterns import bounded
from monitor.keywords.words import TOKEN, fold, is_found_inside

MAX_APART = 50
"""NEAR over more words than this is two words in one text."""

_GRAMMAR = r"""
?alternatives: side_by_side ("OR" side_by_side)*
?side_by_side: part+
?part: one | "-" one -> excluded
?one: "(" alternatives ")"
    | WORD -> word
    | PHRASE -> phrase
    | CLOSE -> close
    | PATTERN -> pattern
    | CONDITION -> condition
    | WORD NEAR WORD -> near

CLOSE.4: /"[^"]*"~\d+/
PHRASE.3: /"[^"]*"/
PATTERN.3: /\/(?:[^\/\\\n]|\\.)+\/(?=[\s)]|$)/
CONDITION.3: /(?:KEYS|list):[^\s()"]*/i
NEAR.3: /NEAR\/\d+(?=\s|$)/
WORD: /(?!-)[^\s()"]+/
%ignore /\s+/
""".replace("KEYS", "|".join(KEYS))


class _Slip(Exception):
    """A piece that fits the grammar and makes no sense."""

    def __init__(self, piece: Token, what: str) -> None:
        super().__init__(what)
        self.column = (piece.start_pos or 0) + 1
        self.what = what


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes the parts of a rule while the parser meets them."""

    def alternatives(self, *parts: Node) -> Node:
        return Any(parts)

    def side_by_side(self, *parts: Node) -> Node:
        return All(parts)

    def excluded(self, inner: Node) -> Node:
        return Not(inner)

    def word(self, piece: Token) -> Node:
        if piece == "AND":
            raise _Slip(piece, "write words side by side where both must stand; AND is not needed")
        folded = fold(piece)
        if folded.endswith("*"):
            if not TOKEN.fullmatch(folded[:-1]):
                raise _Slip(piece, "'*' needs the beginning of one word before it, as in dunk*")
            return Prefix(folded[:-1])
        return _term(piece, folded, str(piece))

    def phrase(self, piece: Token) -> Node:
        return _term(piece, fold(piece[1:-1]), piece[1:-1])

    def close(self, piece: Token) -> Node:
        """X's own way to write NEAR: `"lights out"~3`."""
        phrase, _, apart = piece.rpartition("~")
        words = TOKEN.findall(fold(phrase))
        if len(words) != 2:
            raise _Slip(piece, f'"..."~{apart} needs two words in the quotation marks')
        return _near(piece, words, apart)

    def near(self, one: Token, near: Token, other: Token) -> Node:
        return _near(near, [fold(one), fold(other)], near[len("NEAR/") :])

    def pattern(self, piece: Token) -> Node:
        try:
            bounded(piece[1:-1])
        except BadInput as error:
            raise _Slip(piece, str(error)) from None
        return Pattern(piece[1:-1])

    def condition(self, piece: Token) -> Node | Listed:
        key, _, value = piece.partition(":")
        if key.casefold() == "list":
            return Listed(value, (piece.start_pos or 0) + 1)
        try:
            return Asks(condition(key, value))
        except BadInput as error:
            raise _Slip(piece, str(error)) from None


def _term(piece: Token, folded: str, seen: str) -> Node:
    """A word, tag, name, emoji or phrase, folded as the posts will be."""
    tokens = TOKEN.findall(folded)
    if not tokens and is_found_inside(folded):
        return Has(folded.rstrip("\ufe0f"))
    if not tokens:
        raise _Slip(piece, f"{seen!r} has no letter or digit, nor an emoji, to look for")
    if len(tokens) == 1 and tokens[0][0] in "#@":
        return Has(tokens[0])
    return Has(" ".join(token.lstrip("#@") for token in tokens))


def _near(piece: Token, words: list[str], apart: str) -> Node:
    for word in words:
        if not TOKEN.fullmatch(word) or word[0] in "#@":
            raise _Slip(piece, f"NEAR stands between two plain words, and {word!r} is none")
        if is_found_inside(word):
            raise _Slip(piece, f"NEAR counts words, and {word!r} is of a script without spaces between them")
    if not 1 <= int(apart[:4]) <= MAX_APART:
        raise _Slip(piece, f"NEAR/n counts words, from 1 (neighbours) to {MAX_APART}")
    return Near(words[0], words[1], int(apart))


# 2026-11-28, one core: 10,000 of the bench's rules take lark 0.6 s of the 0.9 to 1.6 s until they can be matched. The
# parser written by hand took a third of that; a grammar that is written down was worth the difference, and importing
# lark a quarter of a second. Lark's Earley parser and its contextual lexer were not needed: no word means two things.
PARSER = Lark(
    _GRAMMAR, parser="lalr", lexer="basic", start="alternatives", transformer=_Builder(), maybe_placeholders=False
)


def read(text: str) -> Node | Listed:
    """The root of a rule. Raises RuleMistake."""
    if text.count("(") > MAX_DEPTH:
        _refuse_depth(text)
    try:
        root: Node | Listed = PARSER.parse(text)  # type: ignore[assignment]  # what the builder makes of it
    except _Slip as slip:
        raise RuleMistake(text, slip.column, slip.what) from None
    except VisitError as error:
        if isinstance(error.orig_exc, _Slip):
            raise RuleMistake(text, error.orig_exc.column, error.orig_exc.what) from None
        raise
    except UnexpectedToken as error:
        raise _misplaced(text, error.token) from None
    except UnexpectedCharacters as error:
        what = "this quotation mark is never closed" if error.char == '"' else f"{error.char!r} cannot stand here"
        raise RuleMistake(text, (error.pos_in_stream or 0) + 1, what) from None
    return root


def _misplaced(text: str, piece: Token) -> RuleMistake:
    """What is missing where the grammar does not allow a piece, or at the end."""
    start = len(text) if piece.type == "$END" else piece.start_pos or 0
    before = list(takewhile(lambda one: (one.start_pos or 0) < start, PARSER.lex(text)))
    last = before[-1].type if before else ""
    opened = _opened(before)
    if last == "MINUS":
        return RuleMistake(text, start + 1, "'-' needs a word, a \"phrase\" or a '(' right behind it")
    if "NEAR" in (piece.type, last):
        return RuleMistake(text, start + 1, "NEAR/n stands between two plain words, as in lights NEAR/3 out")
    if last not in ("", "OR", "LPAR"):
        if piece.type == "RPAR":
            return RuleMistake(text, start + 1, "this ')' closes nothing; remove it or add a '('")
        if opened:
            return RuleMistake(text, opened[-1] + 1, "this '(' is never closed")
    return RuleMistake(text, start + 1, "a word, a \"phrase\", a #tag or a '(' is expected here")


def _opened(pieces: Iterable[Token]) -> list[int]:
    """Where the parentheses stand that are open behind these pieces, the innermost last."""
    opened: list[int] = []
    for piece in pieces:
        if piece.type == "LPAR":
            opened.append(piece.start_pos or 0)
        elif piece.type == "RPAR" and opened:
            opened.pop()
    return opened


def _refuse_depth(text: str) -> None:
    depth = 0
    try:
        for piece in PARSER.lex(text):
            depth += (piece.type == "LPAR") - (piece.type == "RPAR")
            if depth > MAX_DEPTH + 1:
                raise RuleMistake(text, (piece.start_pos or 0) + 1, f"parentheses are nested deeper than {MAX_DEPTH}")
    except UnexpectedCharacters:
        return  # reading the rule says where and why
