"""Takes a whole batch of texts apart at once: the same words as `text.split`, as rows of numbers.

Texts are laid end to end as code points, so that every step is one pass of numpy over many of them. A word is known by
the hash of its letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.detect.hashes import HASHED_CHARS, MASK, POWERS, looked_up, mix, mix_one, polynomial, sums_of, word_hash
from monitor.detect.layout import END, Codes, Letters, careful, folded_letters, plain_letters
from monitor.detect.letters import APOSTROPHE, DIGIT, EMOJI, JOINER, LETTER, SIGN, STARTS_PAIR, WORD
from monitor.detect.text import COMMON, MAX_TAGS, MAX_WORD_CHARS, MAX_WORDS, opened, read, singular
from monitor.detect.words import WEAK

Ints = NDArray[np.int32]
Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Kinds = NDArray[np.uint8]

TAG, MENTION, SITE, RULE = 1, 2, 4, 5
"""Kinds of terms whose letters alone would be mistaken for a word."""
CHUNK_CHARS = 1 << 18
"""So many characters are taken apart at once: the passes over them stay within the cache."""
FEW_TEXTS = 100
"""Fewer texts than this are taken apart together where some are foreign: two passes would cost more than they spare."""
KNOWN_BITS = 16
"""Leading bits of a hash by which the words of little worth are looked up."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch, one row each: those of a text together and in order, texts of ASCII alone before others."""

    posts: Ints
    """Which text of the batch, from 0."""
    hashes: Hashes
    """Of the letters, without sign and possessive ending."""
    roots: Hashes
    """The same without a plural ending, as `text.singular`: what is counted of a word that stands alone."""
    sums: Hashes
    """The polynomial that the hash is made of ..."""
    sizes: NDArray[np.uint64]
    """... and the number of its letters."""
    root_sums: Hashes
    root_sizes: NDArray[np.uint64]
    """The same of the root."""
    signs: NDArray[np.uint8]
    """0, TAG or MENTION."""
    worths: NDArray[np.uint8]
    """As `text.worth`; of a tag's letters."""
    joins: Bools
    """Whether it may be half of a pair."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is counted of a batch, one row for each time it stands in a text."""

    posts: Ints
    hashes: Hashes
    are_pairs: Bools


@lru_cache(maxsize=1 << 14)
def term_hash(term: str) -> int:
    """The hash under which a term of `text.read` is counted."""
    if " " in term:
        left, right = term.split(" ", 1)
        right = singular(right)
        behind = polynomial(right) * int(POWERS[len(left)])
        return mix_one((polynomial(left) + behind + len(left) + len(right)) & MASK)
    if term[0] in "#@":
        return mix_one((word_hash(term[1:]) + (TAG if term[0] == "#" else MENTION)) & MASK)
    return word_hash(term)


@lru_cache(maxsize=1 << 12)
def site_hash(site: str) -> int:
    """The hash under which the site of a link is counted; a word may look the same."""
    return mix_one((word_hash(site) + SITE) & MASK)


def rule_hash(rule: str) -> int:
    """The hash under which the matches of a configured keyword rule are counted."""
    return mix_one((word_hash(rule) + RULE) & MASK)


@dataclass(frozen=True, slots=True)
class _Known:
    """The words of no or little worth, by their hashes."""

    hashes: Hashes
    """In order."""
    worths: NDArray[np.uint8]
    firsts: NDArray[np.uint16]
    """For each value of the leading bits, how many hashes come before the first that begins with it."""
    sizes: NDArray[np.uint8]
    """For each value of the leading bits, how many hashes begin with it."""

    @classmethod
    @cache
    def words(cls) -> _Known:
        """The lists of `text`, made ready once."""
        worths = {word_hash(word): 1 for word in WEAK} | {word_hash(word): 0 for word in COMMON}
        hashes = np.array(sorted(worths), np.uint64)
        leads = hashes >> np.uint64(64 - KNOWN_BITS)
        firsts = np.searchsorted(leads, np.arange(1 << KNOWN_BITS, dtype=np.uint64)).astype(np.uint16)
        sizes = np.bincount(leads.astype(np.int64), minlength=1 << KNOWN_BITS).astype(np.uint8)
        return cls(hashes, np.array([worths[int(one)] for one in hashes], np.uint8), firsts, sizes)

    def lower(self, worths: NDArray[np.uint8], hashes: Hashes) -> None:
        """Set the worth of each of these words that is known."""
        leads = (hashes >> np.uint64(64 - KNOWN_BITS)).astype(np.intp)
        sizes = looked_up(self.sizes, leads)
        for step in range(int(sizes.max(initial=0))):
            rows = np.flatnonzero(sizes > step)
            at = looked_up(self.firsts, leads[rows]) + step
            found = looked_up(self.hashes, at) == hashes[rows]
            worths[rows[found]] = self.worths[at[found]]


def named(text: str) -> dict[int, str]:
    """The terms of a text by their hashes: what a number of the vocabulary is called."""
    return {term_hash(term): term for term in read(text).terms} | {site_hash(site): site for site in opened(text)[1]}


def joined(parts: Sequence[Terms]) -> Terms:
    """The terms of one batch that were found in several ways."""
    return Terms(
        np.concatenate([part.posts for part in parts]),
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.are_pairs for part in parts]),
    )


def listed(posts: Sequence[int], hashes: Sequence[int]) -> Terms:
    """Terms that are no pairs, found one by one."""
    return Terms(np.array(posts, np.int32), np.array(hashes, np.uint64), np.zeros(len(posts), np.bool_))


def words(texts: Sequence[str]) -> Words:
    """The words of texts that `opened` has cleared of links."""
    are_plain = np.fromiter(map(str.isascii, texts), np.bool_, len(texts))
    if len(texts) < FEW_TEXTS and not are_plain.all():
        are_plain[:] = False
    plain, foreign = (np.flatnonzero(chosen).astype(np.int32) for chosen in (are_plain, ~are_plain))
    parts = [
        *_in_chunks([texts[place] for place in plain.tolist()], plain, laid_out=plain_letters),
        *_in_chunks(careful([texts[place] for place in foreign.tolist()]), foreign, laid_out=folded_letters),
    ]
    columns = ([getattr(part, column.name) for part in parts] for column in fields(Words))
    return parts[0] if len(parts) == 1 else Words(*map(np.concatenate, columns)) if parts else _NOTHING


def _in_chunks(texts: Sequence[str], places: Ints, *, laid_out: Letters) -> Iterator[Words]:
    """The words of texts that stand at these places of a batch, some characters at a time."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    last = int(ends[-1]) if ends.size else 0
    cuts = np.searchsorted(ends, np.arange(CHUNK_CHARS, last, CHUNK_CHARS), side="right").tolist()
    for start, end in pairwise([0, *cuts, len(texts)]):
        if start < end:
            yield _words(places[start:end], *laid_out(texts[start:end]))


def _words(places: Ints, codes: Codes, kinds: NDArray[np.uint8]) -> Words:
    """The words of the texts at some places of a batch, whose letters stand end to end."""
    firsts, lasts = map(np.flatnonzero, _bounds(kinds))
    counts = np.diff(np.searchsorted(firsts, np.flatnonzero(codes == END)), prepend=0)
    posts = np.repeat(places, counts)
    if not firsts.size:
        return _NOTHING
    if counts.max() > MAX_WORDS:
        few = rank(posts) < MAX_WORDS
        posts, firsts, lasts = posts[few], firsts[few], lasts[few]
    return _columns(posts, codes, kinds, spans=(firsts, lasts))


def rank(groups: Ints) -> Ints:
    """The place of each row in its group, from 0; rows of a group stand together."""
    first = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    sizes = np.diff(np.append(first, groups.size))
    return (np.arange(groups.size) - np.repeat(first, sizes)).astype(np.int32)


def _bounds(kinds: NDArray[np.uint8]) -> tuple[Bools, Bools]:
    """Which characters begin a word, and which end one: the rule of `text.split` for a row of classes."""
    word = (kinds & WORD) > 0
    picture = (kinds & EMOJI) > 0
    sign = (kinds & SIGN) > 0
    after, before = np.zeros_like(word), np.zeros_like(word)
    after[:-1], before[1:] = word[1:], word[:-1]
    number_after = np.zeros_like(word)
    number_after[:-1] = (kinds[1:] & DIGIT) > 0
    sign &= after
    glue = before & ((((kinds & APOSTROPHE) > 0) & after) | (((kinds & JOINER) > 0) & number_after))
    inside = word | picture | sign | glue
    starts = sign | picture
    starts[1:] |= inside[1:] & ~inside[:-1] | inside[1:] & picture[:-1]
    starts[:1] = inside[:1]
    lasts = inside.copy()
    lasts[:-1] &= starts[1:] | ~inside[1:]
    return starts, lasts


def _columns(
    posts: Ints,
    codes: Codes,
    kinds: NDArray[np.uint8],
    *,
    spans: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> Words:
    """The words that stand from the first to the last of their characters."""
    firsts, lasts = spans
    lead = codes[firsts]
    signs = np.where(lead == ord("#"), TAG, np.where(lead == ord("@"), MENTION, 0)).astype(np.uint8)
    on_s = np.flatnonzero((codes[lasts] == ord("s")) & (lasts > firsts + 1))
    possessive = on_s[codes[lasts[on_s] - 1] == ord("'")]
    begins, ends = firsts + (signs > 0), lasts + 1
    ends[possessive] -= 2
    sums = sums_of(codes, begins, ends)
    sizes = (ends - begins).astype(np.uint64)
    hashes = mix(sums + sizes)
    roots, root_sums, root_sizes = _roots(hashes, sums, codes=codes, ends=ends, sizes=sizes)
    head = kinds[begins]
    worths = _worths(hashes, sizes, head=head, second=kinds[np.minimum(begins + 1, lasts)])
    mention = signs == MENTION
    worths[mention] = np.where(sizes[mention] < MAX_WORD_CHARS, 2, 0)
    joins = ((head & STARTS_PAIR) > 0) & (signs == 0)
    return Words(posts, hashes, roots, sums, sizes, root_sums, root_sizes, signs, worths, joins)


def _roots(
    hashes: Hashes, sums: Hashes, *, codes: Codes, ends: NDArray[np.intp], sizes: Hashes
) -> tuple[Hashes, Hashes, Hashes]:
    """Hash, polynomial and number of letters of each word's singular: letters are taken out of the polynomial again."""
    at = np.flatnonzero((codes[ends - 1] == ord("s")) & (sizes >= 5) & (sizes <= HASHED_CHARS))
    at = at[~_one_of(codes[ends[at] - 2], "suia")]
    at = at[_are_latin(codes, ends[at], sizes[at].astype(np.int64))]
    size = sizes[at].astype(np.int64)
    if not at.size:
        return hashes, sums, sizes
    last, second, third, fourth = codes[ends[at] - np.arange(1, 5)[:, None]]
    on_e = second == ord("e")
    ies = on_e & (third == ord("i"))
    hiss = (third == ord("h")) & _one_of(fourth, "sc") | (third == ord("s")) & (fourth == ord("s"))
    es = ies | (on_e & (hiss | (third == ord("x"))))
    gone = last * POWERS[size - 1] + np.where(es, second * POWERS[size - 2], np.uint64(0))
    gone += np.where(ies, (third.astype(np.uint64) - np.uint64(ord("y"))) * POWERS[size - 3], np.uint64(0))
    roots, root_sums, root_sizes = hashes.copy(), sums.copy(), sizes.copy()
    root_sums[at] -= gone
    root_sizes[at] = size - 1 - es
    roots[at] = mix(root_sums[at] + root_sizes[at])
    return roots, root_sums, root_sizes


def _are_latin(codes: Codes, ends: NDArray[np.intp], sizes: NDArray[np.int64]) -> Bools:
    """Which words have letters from a to z only."""
    if not ends.size:
        return np.zeros(0, np.bool_)
    behind = np.cumsum(sizes)
    # The words end to end: each letter stands as far from its word's end there as in the text.
    word = codes[np.arange(behind[-1]) + np.repeat(ends - behind, sizes)]
    are: Bools = np.logical_and.reduceat((word >= ord("a")) & (word <= ord("z")), behind - sizes)
    return are


def _one_of(codes: Codes, wanted: str) -> Bools:
    """Which of some letters are one of a few."""
    found = np.zeros(codes.size, np.bool_)
    for letter in wanted:
        found |= codes == ord(letter)
    return found


def _worths(hashes: Hashes, sizes: Hashes, *, head: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """2, 1 or 0 for each word by the rule of `text.worth`; `head` and `second` are the classes of its first letters."""
    worths = np.full(hashes.size, 2, np.uint8)
    short = np.flatnonzero(sizes < 3)
    single, digits = sizes[short] == 1, (head[short] & DIGIT > 0) & ((second[short] & DIGIT > 0) | (sizes[short] == 1))
    worths[short[digits]] = 1
    worths[short[single & ~digits & ((head[short] & (EMOJI | LETTER)) != EMOJI)]] = 0
    worths[sizes > MAX_WORD_CHARS] = 0
    _Known.words().lower(worths, hashes)
    return worths


def terms(found: Words) -> Terms:
    """What is counted of the words of a batch: words, tags, mentions and pairs of neighbours."""
    tag, mention = found.signs == TAG, found.signs == MENTION
    few = np.ones(tag.size, np.bool_)
    few[tag] = rank(found.posts[tag]) < MAX_TAGS if tag.any() else True
    alone = (found.worths == 2) & ~mention & few
    named = mention & (found.worths == 2)
    both = np.zeros(tag.size, np.bool_)
    both[1:] = _neighbours(found)
    right = np.flatnonzero(both)
    left = right - 1
    behind = found.root_sums[right] * POWERS[found.sizes[left].astype(np.int64)]
    pairs = mix(found.sums[left] + behind + found.sizes[left] + found.root_sizes[right])
    hashes = [
        found.roots[alone],
        mix(found.hashes[tag & few] + np.uint64(TAG)),
        mix(found.hashes[named] + np.uint64(MENTION)),
        pairs,
    ]
    posts = [found.posts[alone], found.posts[tag & few], found.posts[named], found.posts[right]]
    return Terms(
        np.concatenate(posts), np.concatenate(hashes), np.arange(sum(map(len, posts))) >= sum(map(len, posts[:3]))
    )


def _neighbours(found: Words) -> Bools:
    """For each word but the first, whether it makes a pair with the one before it."""
    joins = found.joins & (found.worths > 0)
    same_post = found.posts[1:] == found.posts[:-1]
    pairs: Bools = joins[1:] & joins[:-1] & same_post & (found.worths[1:] + found.worths[:-1] > 2)
    return pairs


_NO_HASHES = np.zeros(0, np.uint64)
_NO_BYTES = np.zeros(0, np.uint8)
_NOTHING = Words(
    posts=np.zeros(0, np.int32),
    hashes=_NO_HASHES,
    roots=_NO_HASHES,
    sums=_NO_HASHES,
    sizes=_NO_HASHES,
    root_sums=_NO_HASHES,
    root_sizes=_NO_HASHES,
    signs=_NO_BYTES,
    worths=_NO_BYTES,
    joins=np.zeros(0, np.bool_),
)
