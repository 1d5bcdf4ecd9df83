"""What the people under a trend write, read once for every signal: distinct voices, their words and their alarms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.keywords import Index, Words, cut
from monitor.model import Post, Trend
from monitor.signals.words.alarm import Alarm
from monitor.signals.words.listen import alarms_in, storm_alarm, storm_names
from monitor.signals.words.mood import Mood, moods_in
from monitor.signals.words.tongue import tongue_of

_NOISE = re.compile(r"https?://\S+|^\s*rt\s+@\w+:?\s*", re.IGNORECASE)
MAX_LETTERS = 4000
"""Longer texts are read from their beginning: what a trend is about stands there, and memory stays bounded."""
MAX_TEXTS_OF_ONE_AUTHOR = 2
"""A loud author is still one voice; the second text is read because the first may be a greeting."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one text says, whatever else is said around it."""

    words: Words
    alarms: dict[Alarm, str]
    moods: frozenset[Mood]
    tongue: str | None


@dataclass(frozen=True, slots=True)
class Voice:
    """One distinct text, however often it was copied."""

    text: str
    heard: Heard
    posts: tuple[Post, ...]
    alarms: dict[Alarm, str]
    """Alarm to the word that raised it; a storm known by its name is added to what the text says itself."""

    @property
    def words(self) -> Words:
        return self.heard.words

    @property
    def copies(self) -> int:
        return len(self.posts)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of whom: `hits` of `of` voices."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.hits} of {self.of} voices"


@dataclass(frozen=True, slots=True)
class Reading:
    """The voices of one trend. `trend_id` says of which."""

    trend_id: str
    posts: tuple[Post, ...]
    voices: tuple[Voice, ...]
    index: Index
    """The voices' words, place by place."""
    about: tuple[Voice, ...]
    """The voices that use one of the trend's own terms; all voices where hardly any does."""

    def share(self, claim: Callable[[Voice], bool]) -> Share:
        """Of how many voices is the claim true?"""
        return Share(sum(map(claim, self.voices)), len(self.voices))

    def share_in(self, mood: Mood) -> Share:
        """How many voices sound so?"""
        return self.share(lambda voice: mood in voice.heard.moods)

    def share_with(self, terms: Iterable[str]) -> Share:
        """How many voices use one of the terms, which are folded?"""
        return Share(len(set().union(*(self.index.having(term) for term in terms))), len(self.voices))


def read(trend: Trend) -> Reading:
    """Collapse copies, cut the texts into words and listen for alarms: the costly part, done once."""
    groups = _groups(trend.evidence)
    heard = [_hear(text) for text in groups]
    storms = storm_names(one.words for one in heard)
    voices = tuple(
        Voice(text, one, tuple(posts), {**one.alarms, **storm_alarm(one.words, storms)})
        for (text, posts), one in zip(groups.items(), heard, strict=True)
    )
    index = Index.of((one.words for one in heard), groups.values())
    return Reading(trend.id, trend.evidence, voices, index, _about(trend, voices, index))


@lru_cache(maxsize=4096)
def _hear(text: str) -> Heard:
    """Kept for a while: a live trend is judged many times, mostly on the same posts."""
    words = cut(text)
    return Heard(words, alarms_in(words), moods_in(words), tongue_of(words))


@lru_cache(maxsize=4096)
def plain(term: str) -> str:
    """A configured term as the posts are compared: folded, signs dropped, one space between words."""
    return cut(term).line.strip()


def _groups(posts: Sequence[Post]) -> dict[str, list[Post]]:
    """Posts by their text without links and repost marks, an author's third text and later left out."""
    groups: dict[str, list[Post]] = {}
    texts_of: dict[str, int] = {}
    for post in posts:
        text = _NOISE.sub(" ", post.text[:MAX_LETTERS]).strip()
        if text not in groups and post.author is not None:
            texts_of[post.author] = texts_of.get(post.author, 0) + 1
            if texts_of[post.author] > MAX_TEXTS_OF_ONE_AUTHOR:
                continue
        groups.setdefault(text, []).append(post)
    return groups


def _about(trend: Trend, voices: tuple[Voice, ...], index: Index) -> tuple[Voice, ...]:
    """Evidence mixes in off-topic posts; a tragedy must not hide behind them."""
    places = set().union(*(index.having(plain(term)) for term in trend.terms[:6]))
    about = tuple(voices[place] for place in sorted(places))
    return about if len(about) >= max(5, len(voices) // 10) else voices
