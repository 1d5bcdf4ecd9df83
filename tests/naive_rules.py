"""A second, slow reading of rules and posts, written from the language's description alone: an independent witness."""

from __future__ import annotations

import re
import unicodedata

from monitor.model import Post

_PIECE = re.compile(r'/(?:[^/\\]|\\.)+/(?=[\s)]|$)|"[^"]*"|[()]|-|[^\s()"-][^\s()"]*')
_UNKNOWN = None


def naive_match(rule: str, text: str, post: Post | None = None) -> bool:
    """Does the rule surely match the text, said by this post? Knows no beginnings of a mistake: give it good rules."""
    pieces = _PIECE.findall(rule)
    answer = _alternatives(pieces, _Said(text, post))
    assert not pieces
    return answer is True


class _Said:
    def __init__(self, text: str, post: Post | None) -> None:
        self.folded = " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").casefold().split())
        self.signed = re.findall(r"[#@]?\w+(?:'\w+)*", self.folded)
        self.bare = [word.lstrip("#@") for word in self.signed]
        self.post = post


def _alternatives(pieces: list[str], said: _Said) -> bool | None:
    answers = [_side_by_side(pieces, said)]
    while pieces and pieces[0] == "OR":
        pieces.pop(0)
        answers.append(_side_by_side(pieces, said))
    return True if True in answers else _UNKNOWN if _UNKNOWN in answers else False


def _side_by_side(pieces: list[str], said: _Said) -> bool | None:
    answers = []
    while pieces and pieces[0] not in ("OR", ")"):
        answers.append(_one(pieces, said))
    return False if False in answers else _UNKNOWN if _UNKNOWN in answers else True


def _one(pieces: list[str], said: _Said) -> bool | None:
    piece = pieces.pop(0)
    if piece == "-":
        inner = _one(pieces, said)
        return _UNKNOWN if inner is None else not inner
    if piece == "(":
        inner = _alternatives(pieces, said)
        pieces.pop(0)
        return inner
    if pieces and pieces[0].startswith("NEAR/"):
        apart = int(pieces.pop(0).removeprefix("NEAR/"))
        return _near(piece, pieces.pop(0), apart, said=said)
    if piece[0] == "/":
        return re.search(piece[1:-1], said.folded, re.IGNORECASE) is not None
    if re.match(r"(from|lang|site|is|has|min_followers|platform):", piece):
        return _condition(*piece.casefold().split(":", 1), said)
    return _term(piece, said)


def _near(one: str, other: str, apart: int, *, said: _Said) -> bool:
    if not (_term(one, said) and _term(other, said)):
        return False
    words = [word.removesuffix("'s") for word in said.bare]
    return any(
        i != j and abs(i - j) <= apart
        for i, here in enumerate(words)
        for j, there in enumerate(words)
        if (here, there) == (one, other)
    )


def _term(piece: str, said: _Said) -> bool:
    term = piece.strip('"').casefold()
    if piece[0] != '"' and term.endswith("*"):
        start = term[:-1]
        tags = [word[1:] for word in said.signed if word[0] == "#"]
        owned = [word[:-2] for word in said.bare if word.endswith("'s")]
        return any(word.startswith(start) for word in [*said.signed, *tags, *owned])
    words = term.split()
    if any(not word.isascii() and re.search("[停電😀]", word) for word in words) and term in said.folded:
        return True
    if len(words) > 1:
        return any(said.bare[i : i + len(words)] == words for i in range(len(said.bare)))
    if term[0] in "#@":
        return term in said.signed
    return any(
        word.lstrip("#") == term or (word.endswith("'s") and word.lstrip("#@")[:-2] == term) for word in said.signed
    )


def _condition(key: str, value: str, said: _Said) -> bool | None:
    post = said.post
    if post is None:
        return None
    if key == "from":
        return None if post.author is None else post.author.casefold() == value.lstrip("@")
    if key == "lang":
        return None if post.lang is None else post.lang.casefold().split("-")[0] == value
    if key == "min_followers":
        return None if post.author_followers is None else post.author_followers >= int(value)
    if key == "platform":
        return post.platform == value
    if key == "is":
        return _is(value, post)
    hosts = re.findall(r"https?://([^/\s]+)", post.text)
    if key == "has":
        return post.has_media if value == "media" else bool(hosts)
    return any(("." + host).endswith("." + value) for host in hosts)


def _is(value: str, post: Post) -> bool:
    return (post.repost_of if value == "repost" else post.reply_to) is not None
