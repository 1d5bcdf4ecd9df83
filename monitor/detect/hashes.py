"""What terms are known by: a 64-bit number for the letters of a word.

It is a polynomial of the code points modulo 2**64 (Rabin and Karp, 1987), mixed by the finaliser of SplitMix64 (Steele,
Lea, Flood, OOPSLA 2014), so that no table of words is needed and no order of arrival matters. The polynomials of all
words of a text come from one running sum over it: the base is odd, so what stands before a word divides out.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Cell = TypeVar("Cell", bound=np.generic)

BASE = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
HASHED_CHARS = 64
"""Characters of a word that tell it from another; only tags are longer."""
LEAST_POWERS = 1 << 16
"""Powers made ready at the least."""
_FACTORS = tuple(pow(BASE, power, 1 << 64) for power in range(HASHED_CHARS))
POWERS = np.array(_FACTORS, np.uint64)


def looked_up(table: NDArray[Cell], places: NDArray[np.integer]) -> NDArray[Cell]:
    """What stands at some places of a table, all of which are in it: checking each of them would cost as much again."""
    return table.take(places, mode="clip")


def mix(values: Hashes) -> Hashes:
    """Spread the bits of each value over all 64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def mix_one(value: int) -> int:
    """As `mix`, for a single one."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def word_hash(word: str) -> int:
    """The hash of a word's letters."""
    return mix_one((polynomial(word) + len(word)) & MASK)


def polynomial(word: str) -> int:
    """What `sums_of` gives for one word, but for the bits beyond 64."""
    last = HASHED_CHARS - 1
    far = sum(map(ord, word[last:])) * _FACTORS[last]
    return sum([ord(char) * factor for char, factor in zip(word[:last], _FACTORS, strict=False)]) + far


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The powers of BASE from 0 on and what undoes them: the product of two beside each other is 1 modulo 2**64."""
    powers, undoing = np.ones(count, np.uint64), np.ones(count, np.uint64)
    powers[1:], undoing[1:] = BASE, pow(BASE, -1, 1 << 64)
    return np.multiply.accumulate(powers), np.multiply.accumulate(undoing)


def sums_of(codes: NDArray[np.uint8] | NDArray[np.uint32], begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Hashes:
    """The polynomial of the code points of each word, which begin and end at these places of a text."""
    # Rounded up, so that few tables of powers are made.
    powers, undoing = (table[: codes.size] for table in _powers(1 << (codes.size | LEAST_POWERS).bit_length()))
    running = np.zeros(codes.size + 1, np.uint64)
    np.cumsum(codes * powers, out=running[1:])
    sums: Hashes = looked_up(running, ends) - looked_up(running, begins)
    sums *= looked_up(undoing, begins)
    far = np.flatnonzero(ends - begins > HASHED_CHARS)
    if far.size:  # all letters from the last power on have that one
        begins, middle, ends = begins[far], begins[far] + HASHED_CHARS - 1, ends[far]
        plain = np.append(np.uint64(0), np.cumsum(codes, dtype=np.uint64))
        rest = (plain[ends] - plain[middle]) * POWERS[-1]
        sums[far] = (running[middle] - running[begins]) * undoing[begins] + rest
    return sums
