"""What is counted of a text's words, and below which bar it stayed: for people who saw what we did not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from monitor.detect import tokens
from monitor.detect.bars import Bar
from monitor.detect.bursts import BurstMeter, Found
from monitor.detect.duplicates import COPY
from monitor.detect.recent import Recent
from monitor.detect.vocabulary import NONE

MOST_TERMS = 80
"""Of one text; a longer one says nothing more."""
USUAL_SHARE = 0.02
"""A term in more than one of fifty posts is the language's own, and tells nothing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How one term stands: how often it was said lately, and how far it is above its usual."""

    term: str
    posts: int
    """Of those of the last hours that are kept."""
    kept: int
    """How many are kept in all."""
    count: int = 0
    """Posts with it in the window in which it stands out most."""
    window_secs: int = 0
    """0 where nothing is counted of it."""
    expected: float = 0.0
    significance: float = 0.0
    """Standard deviations above its usual highs ..."""
    bar: float = 0.0
    """... and how many are needed in a calm hour."""
    voices: int = 0
    """Posts of those kept that are no copies; an announcement needs `least_voices` of them in its window."""
    least_voices: int = 0


class Books(NamedTuple):
    """What a detector knows."""

    meter: BurstMeter
    recent: Recent
    bar: Bar
    least_voices: int


def look_up(text: str, books: Books) -> tuple[Counted, ...]:
    """The terms of a text that tell something and were said lately: what stands out most first, then the rarest."""
    named = dict(list(tokens.named(text).items())[:MOST_TERMS])
    hashes = np.array(list(named), np.uint64)
    numbers = books.meter.vocabulary.find(hashes).tolist() if hashes.size else []
    found = [
        _counted(term, number, books) for term, number in zip(named.values(), numbers, strict=True) if number != NONE
    ]
    told = [one for one in found if one.posts <= max(1.0, USUAL_SHARE * one.kept)] or found
    return tuple(sorted(told, key=lambda one: (-one.significance, -len(one.term.split()), one.posts, one.term)))


def _counted(term: str, number: int, books: Books) -> Counted:
    places = np.unique(books.recent.rows(0, [number])[0]) if len(books.recent) else np.zeros(0, np.int32)
    voices = int((books.recent.kinds[places] != COPY).sum())
    bursts = books.meter.measured(number)
    if not bursts:
        return Counted(term, int(places.size), len(books.recent), voices=voices, least_voices=books.least_voices)
    best: Found = max(bursts, key=lambda burst: (burst.significance, burst.count, -burst.window_secs))
    return Counted(
        term,
        int(places.size),
        len(books.recent),
        best.count,
        best.window_secs,
        best.expected,
        best.significance,
        books.bar.calm(best.window_secs),
        voices,
        books.least_voices,
    )
