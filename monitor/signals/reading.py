"""What the people under a trend write, read once for every signal: distinct voices, their words and their alarms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from monitor.keywords import Words, cut
from monitor.model import Post, Trend
from monitor.signals.words.alarm import Alarm
from monitor.signals.words.listen import alarms_in, storm_names

_NOISE = re.compile(r"https?://\S+|^\s*rt\s+@\w+:?\s*", re.IGNORECASE)
MAX_TEXTS_OF_ONE_AUTHOR = 2
"""A loud author is still one voice; the second text is read because the first may be a greeting."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One distinct text, however often it was copied."""

    text: str
    words: Words
    posts: tuple[Post, ...]
    alarms: dict[Alarm, str]
    """Alarm to the word that raised it."""

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
    about: tuple[Voice, ...]
    """The voices that use one of the trend's own terms; all voices where hardly any does."""

    def share(self, claim: Callable[[Voice], bool]) -> Share:
        """Of how many voices is the claim true?"""
        return Share(sum(map(claim, self.voices)), len(self.voices))

    def share_with(self, terms: Iterable[str]) -> Share:
        """How many voices use one of the terms, which are folded?"""
        wanted = tuple(terms)
        return self.share(lambda voice: any(voice.words.has(term) for term in wanted))


def read(trend: Trend) -> Reading:
    """Collapse copies, cut the texts into words and listen for alarms: the costly part, done once."""
    groups = _groups(trend.evidence)
    texts = [cut(text) for text in groups]
    storms = storm_names(texts)
    voices = tuple(
        Voice(text, words, tuple(posts), alarms_in(words, storms))
        for (text, posts), words in zip(groups.items(), texts, strict=True)
    )
    return Reading(trend.id, trend.evidence, voices, _about(trend, voices))


def _groups(posts: Sequence[Post]) -> dict[str, list[Post]]:
    """Posts by their text without links and repost marks, an author's third text and later left out."""
    groups: dict[str, list[Post]] = {}
    texts_of: dict[str, int] = {}
    for post in posts:
        text = _NOISE.sub(" ", post.text).strip()
        if text not in groups and post.author is not None:
            texts_of[post.author] = texts_of.get(post.author, 0) + 1
            if texts_of[post.author] > MAX_TEXTS_OF_ONE_AUTHOR:
                continue
        groups.setdefault(text, []).append(post)
    return groups


def _about(trend: Trend, voices: tuple[Voice, ...]) -> tuple[Voice, ...]:
    """Evidence mixes in off-topic posts; a tragedy must not hide behind them."""
    terms = tuple(" ".join(cut(term).line.split()) for term in trend.terms[:6])
    about = tuple(voice for voice in voices if any(term and voice.words.has(term) for term in terms))
    return about if len(about) >= max(5, len(voices) // 10) else voices
