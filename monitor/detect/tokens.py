"""Takes a whole batch of texts apart at once: the same words as `text.split`, as rows of numbers.

Texts are laid end to end as code points, so that every step is one pass of numpy over the batch. A word is known by a
64-bit hash: a polynomial of its code points modulo 2**64 (Rabin and Karp, 1987), mixed by the finaliser of SplitMix64
(Steele, Lea, Flood, OOPSLA 2014), so that no table of words is needed and no order of arrival matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.detect import letters
from monitor.detect.letters import APOSTROPHE, DIGIT, EMOJI, JOINER, LETTER, SIGN, STARTS_PAIR, WORD, fold
from monitor.detect.text import COMMON, MAX_TAGS, MAX_WORD_CHARS, MAX_WORDS, opened, pieces, read, singular
from monitor.detect.words import WEAK

Ints = NDArray[np.int32]
Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Kinds = NDArray[np.uint8]

BASE = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
HASHED_CHARS = 64
"""Characters of a word that tell it from another; only tags are longer."""
TAG, MENTION, SITE, RULE = 1, 2, 4, 5
"""Kinds of terms whose letters alone would be mistaken for a word."""
END = 1
"""Stands behind each text of a batch: a control character, which no folded text holds."""
_POWERS = np.array([pow(BASE, power, 1 << 64) for power in range(HASHED_CHARS)], np.uint64)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch in order, one row each."""

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


def mix(values: Hashes) -> Hashes:
    """Spread the bits of each value over all 64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _mix_one(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


@lru_cache(maxsize=1 << 14)
def term_hash(term: str) -> int:
    """The hash under which a term of `text.read` is counted."""
    if " " in term:
        left, right = term.split(" ", 1)
        right = singular(right)
        behind = _polynomial(right) * int(_POWERS[len(left)])
        return _mix_one((_polynomial(left) + behind + len(left) + len(right)) & MASK)
    if term[0] in "#@":
        return _mix_one((word_hash(term[1:]) + (TAG if term[0] == "#" else MENTION)) & MASK)
    return word_hash(term)


def word_hash(word: str) -> int:
    """The hash of a word's letters."""
    return _mix_one((_polynomial(word) + len(word)) & MASK)


def _polynomial(word: str) -> int:
    return sum(ord(char) * int(_POWERS[min(place, HASHED_CHARS - 1)]) for place, char in enumerate(word))


@lru_cache(maxsize=1 << 12)
def site_hash(site: str) -> int:
    """The hash under which the site of a link is counted; a word may look the same."""
    return _mix_one((word_hash(site) + SITE) & MASK)


def rule_hash(rule: str) -> int:
    """The hash under which the matches of a configured keyword rule are counted."""
    return _mix_one((word_hash(rule) + RULE) & MASK)


@cache
def _known() -> tuple[Hashes, NDArray[np.uint8]]:
    """The words of no or little worth: hashes in order, and the worth of each."""
    worths = {word_hash(word): 1 for word in WEAK} | {word_hash(word): 0 for word in COMMON}
    hashes = np.array(sorted(worths), np.uint64)
    return hashes, np.array([worths[int(one)] for one in hashes], np.uint8)


def named(text: str) -> dict[int, str]:
    """The terms of a text by their hashes: what a number of the vocabulary is called."""
    sites = opened(text)[1]
    return {term_hash(term): term for term in read(text).terms} | {site_hash(site): site for site in sites}


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
    codes, kinds = _letters(texts)
    starts, inside = _bounds(kinds)
    places = np.flatnonzero(inside)
    firsts = np.flatnonzero(starts[places])
    if not firsts.size:
        return _NOTHING
    posts = np.searchsorted(np.flatnonzero(codes == END), places[firsts]).astype(np.int32)
    few = rank(posts) < MAX_WORDS
    found = _columns(posts, codes[places], kinds[places], firsts=firsts)
    return found if few.all() else Words(*(getattr(found, column.name)[few] for column in fields(Words)))


def rank(groups: Ints) -> Ints:
    """The place of each row in its group, from 0; rows of a group stand together."""
    first = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    sizes = np.diff(np.append(first, groups.size))
    return (np.arange(groups.size) - np.repeat(first, sizes)).astype(np.int32)


def _letters(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """The texts as folded code points with END behind each, and their classes; three equal letters become one."""
    raw = _encoded(_careful(texts))
    codes = letters.plain()[raw]
    codes[raw == END] = END
    if not codes.all():
        codes = codes[codes != 0]
    kinds = letters.classes()[codes]
    same = np.zeros(codes.size + 1, np.bool_)
    same[1:-1] = codes[1:] == codes[:-1]
    drop = same[1:-1] & (same[2:] | same[:-2]) & ((kinds[1:] & LETTER) > 0)
    if not drop.any():
        return codes, kinds
    keep = np.concatenate(([True], ~drop))
    return codes[keep], kinds[keep]


def _encoded(texts: Sequence[str]) -> NDArray[np.uint32]:
    return np.frombuffer("".join([f"{text}\1" for text in texts]).encode("utf-32-le", "surrogatepass"), np.uint32)


def _careful(texts: Sequence[str]) -> Sequence[str]:
    """The texts without END; those that cannot be folded letter by letter are taken apart by `pieces` first."""
    texts = [text.replace("\1", " ") if "\1" in text else text for text in texts]
    foreign = [place for place, text in enumerate(texts) if not text.isascii()]
    if not foreign:
        return texts
    codes = _encoded([texts[place] for place in foreign])
    hard = np.flatnonzero(letters.needs_care()[codes])
    for row in np.unique(np.searchsorted(np.flatnonzero(codes == END), hard)):
        place = foreign[row]
        texts[place] = " ".join(pieces(fold(texts[place])))
    return texts


def _bounds(kinds: NDArray[np.uint8]) -> tuple[Bools, Bools]:
    """Which characters begin a word, and which belong to one: the rule of `text.split` for a row of classes."""
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
    return starts, inside


def _columns(posts: Ints, codes: NDArray[np.uint32], kinds: NDArray[np.uint8], *, firsts: NDArray[np.intp]) -> Words:
    """The words whose characters stand end to end, each from one of `firsts` on."""
    lengths = np.diff(np.append(firsts, codes.size))
    lead = codes[firsts]
    signs = np.where(lead == ord("#"), TAG, np.where(lead == ord("@"), MENTION, 0)).astype(np.uint8)
    signed = signs > 0
    place = np.arange(codes.size) - np.repeat(firsts + signed, lengths)
    values = codes * _POWERS[np.clip(place, 0, HASHED_CHARS - 1)]
    values[firsts[signed]] = 0
    lengths = lengths - signed
    possessive = _possessive(codes, firsts, values=values)
    lengths -= 2 * possessive
    sums = np.add.reduceat(values, firsts)
    sizes = lengths.astype(np.uint64)
    hashes = mix(sums + sizes)
    latin = np.add.reduceat((codes >= ord("a")) & (codes <= ord("z")), firsts, dtype=np.int32) == lengths + possessive
    endings = _endings(codes, firsts + signed + lengths)
    roots, root_sums, root_sizes = _roots(hashes, sums, sizes, ends=endings, latin=latin)
    digits = np.add.reduceat((kinds & DIGIT) > 0, firsts, dtype=np.int32) == lengths
    head = kinds[np.minimum(firsts + signed, codes.size - 1)]
    worths = _worths(hashes, lengths, head=head, digits=digits)
    mention = signs == MENTION
    worths[mention] = np.where(lengths[mention] < MAX_WORD_CHARS, 2, 0)
    joins = ((head & STARTS_PAIR) > 0) & ~signed
    return Words(posts, hashes, roots, sums, sizes, root_sums, root_sizes, signs, worths, joins)


def _possessive(codes: NDArray[np.uint32], firsts: NDArray[np.intp], *, values: Hashes) -> Bools:
    """Which words end in an apostrophe and an s; the two are taken out of `values`."""
    lasts = np.append(firsts[1:], codes.size) - 1
    found: Bools = (codes[lasts] == ord("s")) & (codes[lasts - 1] == ord("'"))
    values[lasts[found]] = 0
    values[lasts[found] - 1] = 0
    return found


def _endings(codes: NDArray[np.uint32], ends: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The last four letters of each word, the last one first; of a shorter word anything."""
    endings: NDArray[np.uint32] = codes[np.maximum(ends - np.arange(1, 5)[:, None], 0)]
    return endings


def _roots(
    hashes: Hashes, sums: Hashes, sizes: Hashes, *, ends: NDArray[np.uint32], latin: Bools
) -> tuple[Hashes, Hashes, Hashes]:
    """Hash, polynomial and number of letters of each word's singular: letters are taken out of the polynomial again."""
    last, second, third, fourth = ends
    plural = latin & (sizes >= 5) & (sizes <= HASHED_CHARS) & (last == ord("s")) & ~np.isin(second, _codes_of("suia"))
    at = np.flatnonzero(plural)
    if not at.size:
        return hashes, sums, sizes
    last, second, third, fourth, size = last[at], second[at], third[at], fourth[at], sizes[at].astype(np.int64)
    on_e = second == ord("e")
    ies = on_e & (third == ord("i"))
    hiss = (third == ord("h")) & np.isin(fourth, _codes_of("sc")) | (third == ord("s")) & (fourth == ord("s"))
    es = ies | (on_e & (hiss | (third == ord("x"))))
    gone = last * _POWERS[size - 1] + np.where(es, second * _POWERS[size - 2], np.uint64(0))
    gone += np.where(ies, (third.astype(np.uint64) - np.uint64(ord("y"))) * _POWERS[size - 3], np.uint64(0))
    roots, root_sums, root_sizes = hashes.copy(), sums.copy(), sizes.copy()
    root_sums[at] -= gone
    root_sizes[at] = size - 1 - es
    roots[at] = mix(root_sums[at] + root_sizes[at])
    return roots, root_sums, root_sizes


def _codes_of(letters_: str) -> NDArray[np.uint32]:
    return np.array([ord(letter) for letter in letters_], np.uint32)


def _worths(hashes: Hashes, lengths: NDArray[np.int64], *, head: NDArray[np.uint8], digits: Bools) -> NDArray[np.uint8]:
    """2, 1 or 0 for each word by the rule of `text.worth`."""
    worths = np.full(hashes.size, 2, np.uint8)
    worths[digits & (lengths < 3)] = 1
    single = (lengths == 1) & ~digits
    worths[single & ((head & (EMOJI | LETTER)) != EMOJI)] = 0
    worths[lengths > MAX_WORD_CHARS] = 0
    known, worth = _known()
    at = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    special = known[at] == hashes
    worths[special] = worth[at[special]]
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
    behind = found.root_sums[right] * _POWERS[found.sizes[left].astype(np.int64)]
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
