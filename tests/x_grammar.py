"""X's own reading of a filter, written from its documentation alone (docs.x.com, filtered stream, "Build a rule" and
"Operators", read in 2026-08): the witness that what we send it is a rule there and loses nothing.

Words are cut at signs and spaces; hashtags and names are entities; capitals do not matter, accents do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.model import Post

MAX_CHARS = 1_024
_PIECE = re.compile(r'-?"[^"]*"(?:~\d+)?|[()]|-?[a-z_]+:"[^"]*"|[^\s()"]+')
_WORDS = re.compile("[^\\W_]+|[\u2600-\u27bf\U0001f300-\U0001faff]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_NEEDS_OTHERS = re.compile(r"-?(is|has|lang|min_followers):")


class NotARule(AssertionError):
    """X would refuse it."""


@dataclass(frozen=True)
class _Part:
    kind: str
    """`all`, `one` or `term`."""
    text: str = ""
    parts: tuple[_Part, ...] = ()


def x_matches(rule: str, post: Post) -> bool:
    """Would X send the post for this rule? Raises NotARule for what X refuses."""
    if len(rule) > MAX_CHARS:
        raise NotARule(f"{len(rule)} characters")
    if "-(" in rule:
        raise NotARule("a negated group")
    pieces = _PIECE.findall(rule)
    root = _alternatives(pieces)
    if pieces:
        raise NotARule(f"{pieces} is left")
    if not _stands(root):
        raise NotARule("nothing that may stand alone in every choice")
    return _is_met(root, post)


def _alternatives(pieces: list[str]) -> _Part:
    parts = [_side_by_side(pieces)]
    while pieces and pieces[0] == "OR":
        pieces.pop(0)
        parts.append(_side_by_side(pieces))
    return _Part("one", parts=tuple(parts))


def _side_by_side(pieces: list[str]) -> _Part:
    parts = []
    while pieces and pieces[0] not in ("OR", ")"):
        piece = pieces.pop(0)
        if piece == "(":
            parts.append(_alternatives(pieces))
            if not pieces or pieces.pop(0) != ")":
                raise NotARule("an open parenthesis")
        else:
            parts.append(_Part("term", piece))
    if not parts:
        raise NotARule("an empty choice")
    return _Part("all", parts=tuple(parts))


def _stands(part: _Part) -> bool:
    if part.kind == "term":
        return part.text[0] != "-" and not _NEEDS_OTHERS.match(part.text)
    return any(map(_stands, part.parts)) if part.kind == "all" else all(map(_stands, part.parts))


def _is_met(part: _Part, post: Post) -> bool:
    if part.kind == "all":
        return all(_is_met(one, post) for one in part.parts)
    if part.kind == "one":
        return any(_is_met(one, post) for one in part.parts)
    if part.text[0] == "-":
        return not _term(part.text[1:].lower(), post)
    return _term(part.text.lower(), post)


def _term(term: str, post: Post) -> bool:
    close = re.fullmatch(r'"([^"]*)"~(\d+)', term)
    if close:
        return _close(*_WORDS.findall(close[1]), words=_words(post.text), apart=int(close[2]))
    field = re.fullmatch(r'(from|lang|is|has|min_followers|url):"?([^"]*)"?', term)
    if field:
        return _field(field[1], field[2], post)
    if term[0] == "#":
        return term[1:] in [tag.lower() for tag in re.findall(r"(?<![\w&])#(\w*[^\W\d_]\w*)", post.text)]
    if term[0] == "@":
        return term[1:] in [name.lower() for name in re.findall(r"(?<!\w)@(\w{1,15})(?!\w)", post.text)]
    if _UNSPACED.search(term):
        return term.strip('"') in post.text.lower()
    return _stands_in(_words(term), _words(post.text))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


def _stands_in(sought: list[str], words: list[str]) -> bool:
    return bool(sought) and any(words[i : i + len(sought)] == sought for i in range(len(words)))


def _close(one: str, other: str, *, words: list[str], apart: int) -> bool:
    """In this order so many words apart, in the other two fewer."""
    return any(
        0 < j - i <= apart or 0 < i - j <= apart - 2
        for i, here in enumerate(words)
        for j, there in enumerate(words)
        if (here, there) == (one, other)
    )


def _field(key: str, value: str, post: Post) -> bool:
    links = re.findall(r"https?://(\S+)", post.text)
    if key == "from":
        return (post.author or "").lower() == value
    if key == "lang":
        return (post.lang or "und").lower().split("-")[0] == value
    if key == "min_followers":
        return (post.author_followers or 0) >= int(value)
    if key == "url":
        return any(_stands_in(_words(value), _words(link)) for link in links)
    if key == "is":
        return (post.repost_of if value == "retweet" else post.reply_to) is not None
    return bool(post.has_media) or bool(links) if value == "links" else bool(post.has_media)
