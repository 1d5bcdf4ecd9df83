"""Terms that burst at a time, who says them, and how much they prove together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

from monitor.detect.bursts import Found, significance, usual_high
from monitor.detect.duplicates import COPY, COPY_WORDS
from monitor.detect.life import Lead
from monitor.detect.recent import Recent, Seen, are_heard
from monitor.detect.text import read
from monitor.detect.tokens import Ints

Heard = Callable[[Sequence[Seen]], int]
"""Counts the voices behind posts."""
ALIKE = 70
"""Two longer texts whose words agree to this part (of 100, in any order) fill in the same form."""
COMPARED_POSTS = 100
MOST_VOICES = 500
"""Where the search ends for the voices that a fast window would have needed."""


@dataclass(slots=True)
class Candidate:
    """One term that bursts in some windows, and who says it."""

    number: int
    bursts: list[Found]
    """One for each window, strongest first."""
    is_text: bool = False
    """It stands for a whole text that was posted again and again."""
    posts: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    """Places in the recent posts of those that say it and count in its longest window, in order."""

    @property
    def secs(self) -> int:
        """Its longest window."""
        return max(burst.window_secs for burst in self.bursts)

    @property
    def shortest_secs(self) -> int:
        """Its shortest window."""
        return min(burst.window_secs for burst in self.bursts)

    def burst_in(self, window_secs: int) -> Found | None:
        """Its burst in a window."""
        return next((burst for burst in self.bursts if burst.window_secs == window_secs), None)


@dataclass(slots=True)
class Cluster:
    """Terms that burst at a time in the same posts."""

    members: list[Candidate]
    posts: Ints
    """Of all members, each once."""

    @property
    def terms(self) -> dict[int, float]:
        """Numbers of its terms with the significance of each, in the order in which they joined."""
        return {member.number: member.bursts[0].significance for member in self.members}

    @property
    def windows(self) -> list[int]:
        """The windows in which some member bursts, the fastest first, in seconds."""
        return sorted({burst.window_secs for member in self.members for burst in member.bursts})

    def takes(self, candidate: Candidate, overlap: float) -> bool:
        """Let a term in that shares at least this part of the fewer posts."""
        shared = np.intersect1d(candidate.posts, self.posts, assume_unique=True).size
        if shared < overlap * min(candidate.posts.size, self.posts.size):
            return False
        self.members.append(candidate)
        self.posts = np.union1d(self.posts, candidate.posts)
        return True


def find_sayers(candidates: Sequence[Candidate], recent: Recent, now_secs: float) -> None:
    """Note for each candidate who says it in its longest window."""
    since = recent.first_since(now_secs - max(candidate.secs for candidate in candidates))
    places, which = recent.rows(since, [candidate.number for candidate in candidates])
    kinds = recent.kinds[places]
    for place, candidate in enumerate(candidates):
        counts = (which == place) & (candidate.is_text | are_heard(kinds, candidate.secs))
        own = places[counts]
        candidate.posts = own[own >= recent.first_since(now_secs - candidate.secs)]


def together(cluster: Cluster, window_secs: int, recent: Recent, *, now_secs: float, heard: Heard) -> Lead:
    """All terms of a cluster in one window as if they were one: who says any of them, against all foreseen.

    `heard` counts the voices behind posts. The posts foreseen are added up, which is never too few.
    """
    since = recent.first_since(now_secs - window_secs)
    best, said = Lead(window_secs, 0.0, 0.0), np.zeros(0, np.int32)
    expected, extra = 0.0, 0.0
    for member in cluster.members:
        burst = member.burst_in(window_secs)
        if burst is None:
            continue
        posts = member.posts[member.posts >= since]
        if not member.is_text:
            posts = posts[are_heard(recent.kinds[posts], window_secs)]
        said = np.union1d(said, posts)
        expected, extra = expected + burst.expected, extra + burst.extra
        count: float = burst.count
        if not member.is_text:  # of a full stream only a sample is kept
            count = heard([recent.seen(int(place)) for place in said]) * max(1.0, burst.count / max(1, posts.size))
        sigmas = significance(count, usual_high(expected, extra), burst)
        if sigmas > best.significance:
            best = Lead(window_secs, sigmas, expected, is_pasted=cluster.members[0].is_text)
    return best


def enough_voices(burst: Found, window_secs: int, *, bar: float, at_least: int) -> int:
    """The voices with which a term as restless as this one would have passed the bar of a shorter window."""
    part = window_secs / burst.window_secs
    foreseen = usual_high(burst.expected * part, burst.extra * part)
    for count in range(at_least, MOST_VOICES):
        ratio = count * math.log(count / foreseen) - (count - foreseen)
        if count > foreseen and 2.0 * ratio >= bar * bar:
            return count
    return MOST_VOICES


def voices(posts: Sequence[Seen]) -> int:
    """Distinct voices behind posts: an author once, a post of an unknown author as one, copies not at all."""
    return len({seen.post.author or number for number, seen in enumerate(posts) if seen.kind != COPY})


def originals(posts: Sequence[Seen]) -> int:
    """Voices that do not fill in the same form: near copies of a longer text count as often as their number doubles.

    Check-ins, advertisements for jobs and bots that cut a headline differ by a name or a number. Of a large crowd a
    sample is compared.
    """
    step = max(1, len(posts) // COMPARED_POSTS)
    texts = [" ".join(word for word in read(seen.post.text).words if word[0] != "@") for seen in posts[::step]]
    alike = process.cdist(texts, texts, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, dtype=np.uint8)
    long_enough = np.array([text.count(" ") + 1 >= COPY_WORDS for text in texts])
    same = (alike >= ALIKE) & long_enough & long_enough[:, None]
    forms = [np.flatnonzero(row).tolist() for row in same]
    left, count = set(range(len(texts))), 0
    for place, form in enumerate(forms):
        if place in left:
            group = left.intersection(form) | {place}
            left -= group
            count += len(group).bit_length()
    return round(voices(posts) * count / max(1, len(texts)))
