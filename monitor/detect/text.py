"""From a post's text to the terms that are counted: words, pairs of neighbours, tags, mentions, emoji, sites."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from monitor.detect.words import STOPWORDS, WEAK

MAX_CHARS = 1_200
"""Characters of a post that are read; a longer one has said what it is about by then."""
MAX_WORD_CHARS = 40
MAX_WORDS = 80
"""Words of a post that are counted, and as many pairs."""
MAX_TAGS = 6
"""Tags of a post that are counted; posts with more are advertising."""

_SHORTENERS = frozenset(
    {"t.co", "bit.ly", "ow.ly", "goo.gl", "tinyurl.com", "buff.ly", "dlvr.it", "fb.me", "ift.tt", "youtu.be"}
)
_LINK = regex.compile(r"(?:https?://|www\.)([^\s/?#:\"'<>…]*)\S*", regex.IGNORECASE)
_CONTROL = regex.compile(r"[\p{Cc}\p{Co}\p{Cn}\p{Cs}\u2028\u2029\uFFFD]+")
_HIDDEN = regex.compile(r"[\p{Cf}--\u200d]+", regex.VERSION1)
_JOINERS = regex.compile(r"[\u200d\uFE0E\uFE0F\U0001F3FB-\U0001F3FF]+")
_ENTITY = regex.compile(r"&(?:amp|gt|lt|quot|#39|nbsp);")
_ENTITIES = {"&amp;": "&", "&gt;": ">", "&lt;": "<", "&quot;": '"', "&#39;": "'", "&nbsp;": " "}
_RUN = regex.compile(r"([^\W\d_])\1{2,}")
_LATIN_MARKS = regex.compile(r"(?<=[a-z])\p{Mn}+")
_ASCII_TOKEN = regex.compile(r"[#@]?\w+(?:[-:.,]\d+|'\w+)*")
_TOKEN = regex.compile(
    r"[#@]?[\w\p{M}]+(?:[-:.,]\d+|'[\w\p{M}]+)*"
    r"|\p{Regional_Indicator}{2}"
    r"|[\p{Extended_Pictographic}--[©®™‼⁉↔-↪]]",
    regex.VERSION1,
)
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]+")
_KANA_ENDING = regex.compile(r"\p{Hiragana}+")
_LETTER = regex.compile(r"\p{L}")
_POSSESSIVE = ("'s", "'")


def visible(text: str) -> str:
    """The text without control, null, bidirectional and other hidden characters; entities decoded; length bounded."""
    text = text[:MAX_CHARS]
    if "&" in text:
        text = _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub("", _CONTROL.sub(" ", text))


def normalise(text: str) -> str:
    """One form for what reads the same: NFKC, case and Latin accents folded."""
    text = visible(text)
    if text.isascii():
        return text.lower()
    text = _JOINERS.sub("", unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'"))
    return unicodedata.normalize("NFC", _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text)))


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


def read(text: str) -> Reading:
    """Take a text apart. Never fails, whatever the text; the work is bounded by MAX_CHARS."""
    plain = normalise(text)
    sites: list[str] = []
    if "http" in plain or "www." in plain:
        sites = [site for link in _LINK.finditer(plain) if (site := _site(link.group(1)))]
        plain = _LINK.sub(" ", plain)
    words = _words(plain)
    found = _terms(words)
    found.update(dict.fromkeys(sites))
    return Reading(tuple(words), tuple(found))


def _terms(words: list[str]) -> dict[str, None]:
    """The terms of a row of words, in order; a tag counts as tag and as word."""
    found: dict[str, None] = {}
    tags, left, left_worth = 0, "", 0
    for word in words:
        if word[0] == "#":
            tags += 1
            if tags > MAX_TAGS:
                continue
            found[word] = None
            if worth(word[1:]) == 2:
                found[word[1:]] = None
            left = ""
            continue
        value = worth(word)
        if value == 2:
            found[word] = None
        joins = value > 0 and _pairs(word)
        if joins and left and value + left_worth > 2:
            found[f"{left} {word}"] = None
        left, left_worth = (word, value) if joins else ("", 0)
    return found


@lru_cache(maxsize=1 << 16)
def worth(word: str) -> int:
    """2 for a normalised word that is counted, 1 for one that counts only as half of a pair, 0 for a common one."""
    if word in _COMMON or len(word) > MAX_WORD_CHARS or word in ("", "#", "@"):
        return 0
    if word in WEAK:
        return 1
    if len(word) == 1:
        return 1 if word.isdigit() else 0 if word.isascii() or _LETTER.match(word) else 2
    return 1 if word.isdigit() and len(word) < 3 else 2


def _pairs(word: str) -> bool:
    """Whether a word may be half of a pair: not a mention, an emoji or a piece of a script without spaces."""
    return (word.isascii() and word[0] != "@") or (word[0].isalnum() and not _UNSPACED.match(word))


def _words(plain: str) -> list[str]:
    """The words of a normalised text; three equal letters are written as one."""
    plain = _RUN.sub(r"\1", plain)
    if plain.isascii():
        found = _ASCII_TOKEN.findall(plain)
    else:
        found = [part for token in _TOKEN.findall(plain) for part in _parts(token)]
    return [_bare(word) for word in found[:MAX_WORDS]]


def _parts(token: str) -> list[str]:
    """A token of a script without spaces as pairs of characters, any other as it is."""
    if token.isascii() or token[0] in "#@" or not _UNSPACED.search(token):
        return [token]
    parts: list[str] = []
    for run in _UNSPACED.findall(token):
        parts += [pair for at in range(max(1, len(run) - 1)) if not _KANA_ENDING.fullmatch(pair := run[at : at + 2])]
    return parts + _UNSPACED.sub(" ", token).split()


def _bare(word: str) -> str:
    """The word without a possessive ending."""
    if "'" in word:
        return word.removesuffix("'s")
    return word


def _site(host: str) -> str:
    """The site of a link, or nothing for shorteners and what is no host."""
    host = host.removeprefix("www.")
    return host if "." in host and host not in _SHORTENERS and len(host) <= MAX_WORD_CHARS else ""


_COMMON = STOPWORDS | {normalise(word) for word in STOPWORDS}
