"""What the heads see of a text: numbers of buckets for its words, its pairs of words and its runs of letters.

Features are hashed, so no list of words is kept (Weinberger and others, ICML 2009); masks and letters follow the
research sets the heads are trained on, where a person is `@user` and a link is `http`.
"""

from __future__ import annotations

import html
import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.detect.letters import fold

Buckets = NDArray[np.int64]

BITS = 18
BUCKETS = 1 << BITS
"""Buckets of one kind; a quarter of a million hold the words of a head and few of them meet."""
KINDS = ("words", "pairs", "letters")
RUNS = (2, 3, 4, 5)
"""Letters in a row that count as a feature: endings and stems, and words written apart or together."""
LONGEST = 4_000
"""Characters read of a text; the longest posts of the known networks are shorter or say it at their beginning."""

_LINK = re.compile(r"https?://\S+|\bhttp\b|\bwww\.\S+")
_PERSON = re.compile(r"@\w+")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_WORD = re.compile(r"[#@]?\w+(?:'\w+)*|[!?.]+|[^\w\s]")
_MASK = BUCKETS - 1
_EVEN = np.uint64(0xBF58476D1CE4E5B9)
_PRIME = np.uint64(0x100000001B3)
_SET_APART = {length: np.uint64(length * int(_PRIME) ** length % (1 << 64)) for length in RUNS}


def plain(text: str) -> str:
    """The text as the heads know it: folded, links and persons masked, letters drawn out three times at most."""
    text = _LINK.sub("http", html.unescape(text[:LONGEST]))
    text = fold(_PERSON.sub("@user", text))
    return " ".join(_DRAWN_OUT.sub(r"\1\1\1", text).split())


def words_of(text: str) -> list[str]:
    """The words, tags, signs and emoji of a plain text, in their order."""
    return _WORD.findall(text)


def word_bucket(word: str) -> int:
    """The bucket of one word of a plain text."""
    return crc32(word.encode("utf-8", "surrogatepass")) & _MASK


def buckets(text: str) -> tuple[Buckets, Buckets, Buckets]:
    """Each kind's buckets of a text as it was posted, rising, each once; kinds in the order of KINDS."""
    text = plain(text)
    codes = np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in words_of(text)], np.uint64)
    pairs = _spread(codes[:-1] * _PRIME + codes[1:])
    return _each_once((codes & np.uint64(_MASK)).astype(np.int64)), _each_once(pairs), _letters(text)


def _letters(text: str) -> Buckets:
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    found, sums = [], np.zeros(codes.size, np.uint64)
    for length in range(1, RUNS[-1] + 1):
        count = max(0, codes.size - length + 1)
        sums = sums[:count] * _PRIME + codes[length - 1 :]
        if length in RUNS:
            found.append(sums + _SET_APART[length])  # as if the sum had begun with the length
    return _each_once(_spread(np.concatenate(found)))


def _spread(values: NDArray[np.uint64]) -> Buckets:
    values = (values ^ (values >> np.uint64(29))) * _EVEN
    return ((values ^ (values >> np.uint64(32))) & np.uint64(_MASK)).astype(np.int64)


def _each_once(values: Buckets) -> Buckets:
    """Rising, as numpy's `unique` gives them, at a sixth of its cost for so few."""
    values = np.sort(values)
    is_new = np.empty(values.size, np.bool_)
    is_new[:1] = True
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return values[is_new]
