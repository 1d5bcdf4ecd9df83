"""From a post's text to the terms that are counted: words, pairs of neighbours, tags, mentions, emoji, sites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import regex

from monitor.detect.letters import HALF, PICTURE, UNSPACED, fold
from monitor.detect.words import STOPWORDS, WEAK

MAX_CHARS = 1_200
"""Characters of a post that are read; a longer one has said what it is about by then."""
MAX_WORD_CHARS = 40
MAX_WORDS = 80
"""Words of a post that are counted, and as many pairs."""
MAX_TAGS = 6
"""Tags of a post that are counted; posts with more are advertising."""
KEPT_READINGS = 1 << 11
"""The posts of a trend are read again whenever it gets a better name; so many of the last readings are kept."""

_SHORTENERS = frozenset(
    {"t.co", "bit.ly", "ow.ly", "goo.gl", "tinyurl.com", "buff.ly", "dlvr.it", "fb.me", "ift.tt", "youtu.be"}
)
_LINK = re.compile(r"[hHwW](?:(?<=[hH])[tT][tT][pP][sS]?://|(?<=[wW])[wW][wW]\.)([^\s/?#:\"'<>…]*)\S*")
"""Begins with the letters that a link may begin with, for these alone are looked for in a hurry."""
_END = "\1"
_BETWEEN = f"\n{_END}\n"
"""Stands between texts that are searched for links as one: no link reaches over the end of a line."""
_CONTROL = regex.compile(r"[\p{Cc}\p{Co}\p{Cn}\p{Cs}\u2028\u2029\uFFFD]+")
_HIDDEN = regex.compile(r"[\p{Cf}--\u200d]+", regex.VERSION1)
_ENTITY = regex.compile(r"&(?:amp|gt|lt|quot|#39|nbsp);")
_ENTITIES = {"&amp;": "&", "&gt;": ">", "&lt;": "<", "&quot;": '"', "&#39;": "'", "&nbsp;": " "}
_RUN = regex.compile(r"(\p{L})\1{2,}")
_TOKEN = regex.compile(
    rf"[#@]?[\w\p{{M}}]+(?:[-:.,]\d[\w\p{{M}}]*|'[\w\p{{M}}]+)*|\p{{Regional_Indicator}}{{2}}|{PICTURE}",
    regex.VERSION1,
)
_UNSPACED = regex.compile(rf"[{UNSPACED}]+")
_KANA_ENDING = regex.compile(r"\p{Hiragana}+")
_PICTURE = regex.compile(rf"(?!\w){PICTURE}", regex.VERSION1)
_HALF = regex.compile(HALF, regex.VERSION1)
_NUMBER = regex.compile(r"\d+")


def visible(text: str) -> str:
    """The text without control, null, bidirectional and other hidden characters; entities decoded; length bounded."""
    text = text[:MAX_CHARS]
    if "&" in text:
        text = _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub("", _CONTROL.sub(" ", text))


def opened(text: str) -> tuple[str, list[str]]:
    """The part of a text that is read, entities decoded and links blanked out, and the sites the links lead to."""
    texts = [text]
    sites = open_all(texts)[1]
    return texts[0], sites


def open_all(texts: list[str]) -> tuple[list[int], list[str]]:
    """Put in the place of each text the part of it that is read, as `opened` gives it, for all at once.

    Returns the sites that their links lead to, in order, and before them for each the place of its text.
    """
    linked = []
    for place in _to_open(texts):
        text = texts[place] = _decoded(texts[place])
        if "://" in text or "www." in text or "WWW." in text:
            linked.append(place)
    if not linked:
        return [], []
    parts = _LINK.split(_BETWEEN.join([texts[place] for place in linked]))
    for place, text in zip(linked, " ".join(parts[::2]).split(_BETWEEN), strict=True):
        texts[place] = text
    owners = accumulate([part.count(_END) for part in parts[::2]])
    found = [(linked[owner], site) for owner, host in zip(owners, parts[1::2], strict=False) if (site := _site(host))]
    return [place for place, _ in found], [site for _, site in found]


def _decoded(text: str) -> str:
    """As much of a text as is read, entities decoded; nothing in it looks like what stands between texts."""
    text = text[:MAX_CHARS].replace(_END, " ")
    return _ENTITY.sub(lambda found: _ENTITIES[found.group()], text) if "&" in text else text


def _to_open(texts: Sequence[str]) -> list[int]:
    """Which texts `open_all` may change; most say what they say, and are not touched."""
    return [
        place
        for place, text in enumerate(texts)
        # Written out, for this is asked of every post.
        if (":" in text and "://" in text)  # a single sign is looked for faster than several
        or "&" in text
        or ("." in text and ("www." in text or "WWW." in text))
        or len(text) > MAX_CHARS
    ]


def normalise(text: str) -> str:
    """One form for what reads the same: entities decoded, NFKC, case and Latin accents folded, nothing hidden."""
    text = text[:MAX_CHARS]
    return _folded(_ENTITY.sub(lambda found: _ENTITIES[found.group()], text) if "&" in text else text)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() and text.isprintable() else fold(text)


def without_links(text: str) -> str:
    """The text with a space in place of every link."""
    return _LINK.sub(" ", text) if "http" in text or "www." in text else text


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text holds once it is taken apart."""

    words: tuple[str, ...]
    """Words, #tags, @mentions and emoji in order, normalised; common words included, links not."""
    terms: tuple[str, ...]
    """What is counted, each once: words without the common ones, pairs `left right`, tags, mentions, emoji, sites."""


@lru_cache(maxsize=KEPT_READINGS)
def read(text: str) -> Reading:
    """Take a text apart. Never fails, whatever the text; the work is bounded by MAX_CHARS."""
    text, sites = opened(text)
    words = split(_folded(text))
    found = _terms(words)
    found.update(dict.fromkeys(sites))
    return Reading(tuple(words), tuple(found))


def _terms(words: list[str]) -> dict[str, None]:
    """The terms of a row of words, in order; a tag counts as tag and as word."""
    found: dict[str, None] = {}
    tags, left, left_worth = 0, "", 0
    for word in words:
        if word[0] == "#":
            tags, left = tags + 1, ""
            if tags <= MAX_TAGS:
                found.update(dict.fromkeys(_tag(word)))
            continue
        value = worth(word)
        if value == 2:
            found[singular(word)] = None
        joins = value > 0 and _pairs(word)
        if joins and left and value + left_worth > 2:
            found[f"{left} {word}"] = None
        left, left_worth = (word, value) if joins else ("", 0)
    return found


def _tag(word: str) -> list[str]:
    """A tag, and its letters where they are worth it."""
    return [word, singular(word[1:])] if worth(word[1:]) == 2 else [word]


@lru_cache(maxsize=1 << 16)
def singular(word: str) -> str:
    """The word without an English plural ending: one explosion and two explosions are counted as one thing."""
    if len(word) < 5 or not (word.isascii() and word.isalpha()) or word[-1] != "s" or word[-2] in "suia":
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("shes", "ches", "sses", "xes")) else word[:-1]


@lru_cache(maxsize=1 << 16)
def worth(word: str) -> int:
    """2 for a normalised word that is counted, 1 for one that counts only as half of a pair, 0 for a common one."""
    if word in COMMON or len(word) > MAX_WORD_CHARS or word in ("", "#", "@"):
        return 0
    if word in WEAK:
        return 1
    if len(word) < 3 and _NUMBER.fullmatch(word):
        return 1
    return 2 if len(word) > 1 or _PICTURE.match(word) else 0


def _pairs(word: str) -> bool:
    """Whether a word may be half of a pair: not a mention, an emoji or a piece of a script without spaces."""
    return _HALF.match(word) is not None


def split(plain: str) -> list[str]:
    """The words of a normalised text without links; three equal letters are written as one."""
    return [_bare(word) for word in pieces(plain)]


def pieces(plain: str) -> list[str]:
    """As `split`, with possessive endings."""
    return [part for token in _TOKEN.findall(_RUN.sub(r"\1", plain)) for part in _parts(token)][:MAX_WORDS]


def _parts(token: str) -> list[str]:
    """A token of a script without spaces as pairs of characters, any other as it is."""
    if token.isascii() or token[0] in "#@" or not _UNSPACED.search(token):
        return [token]
    parts: list[str] = []
    for run in _UNSPACED.findall(token):
        parts += [pair for at in range(max(1, len(run) - 1)) if not _KANA_ENDING.fullmatch(pair := run[at : at + 2])]
    return parts + _TOKEN.findall(_UNSPACED.sub(" ", token))


def _bare(word: str) -> str:
    """The word without a possessive ending."""
    if "'" in word:
        return word.removesuffix("'s")
    return word


@lru_cache(maxsize=1 << 12)
def _site(host: str) -> str:
    """The site of a link, or nothing for shorteners and what is no host."""
    host = host.lower().removeprefix("www.")
    return host if "." in host and host not in _SHORTENERS and len(host) <= MAX_WORD_CHARS else ""


COMMON = STOPWORDS | {normalise(word) for word in STOPWORDS}
"""Words that are never counted, as they are normalised."""
