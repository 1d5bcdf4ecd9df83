"""A stream of posts nobody wrote: made-up words with the shape of real talk, the same for the same seed.

Measured shape: 14 words and 86 characters on average; word frequencies after Zipf-Mandelbrot; the vocabulary changes
over the day, and one word in a hundred was never seen before, as names and slips of the finger are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.model import Post

LITTLE_WORDS, SIGNS_SEEN, _ONSETS, _VOWELS = (
    row.split()
    for row in (
        "the i to a and is in it you of for on my that at with me so just have be this up are out not was but all we",
        "😂 😭 ❤️ 😍 🙏 🔥 💕 😊 👏 🎉 ✨ 👀 💯 😩 🥺 😎 🙌 💀 🤔 ☀️ 🏆 ⚽ café naïve más для ありがとう 대박",
        "b c d f g h j k l m n p r s t v w z b d m n s t br ch fl pr sh st",
        "a e i o u a e o ai ea ou",
    )
)
"""The most frequent words of English in their order, which readers of text leave out; signs outside ASCII; sounds."""
VOCABULARY = 60_000
STEADY_WORDS = 2_000
"""The most frequent words stay all day; every other one gives way to a new one after a while."""
WORD_LIFE_MINUTES = 240
NOVEL_SHARE = 0.01
MEAN_WORDS, SPREAD = 14.0, 0.5
"""Of the sentence alone; tags, mentions and links come on top."""
LINKS, TAGS, MENTIONS, SIGNS, REPOSTS = 0.15, 0.20, 0.20, 0.15, 0.10
"""Shares of the posts with each of them; signs are emoji and letters outside ASCII."""
REPOST_WITHIN = 5_000
AUTHORS = 300_000
BURST_SHARE = 0.03
"""Of all posts at the height of a planted burst."""
_ENDS = ("", "", "", "", "n", "r", "s", "t", "l", "m", "ck", "nd", "ng", "st")
_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Planted:
    """A burst: from `begins_secs` after the stream's start for `lasts_secs` people say these words."""

    begins_secs: float
    lasts_secs: float
    words: tuple[str, ...]


def made_up(number: int, life: int = 0) -> str:
    """A word that can be spoken, always the same for the same numbers; frequent (low) numbers are short."""
    rng_state = (number * 2_654_435_761 + life * 40_503 + 97) & 0xFFFFFFFF
    syllables = 1 + (number > 600) + (rng_state % 6 == 0)
    word = ""
    for _ in range(syllables):
        rng_state = (rng_state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        high = rng_state >> 8
        word += _ONSETS[high % len(_ONSETS)] + _VOWELS[high // 32 % len(_VOWELS)] + _ENDS[high // 512 % len(_ENDS)]
    return word


class Talk:
    """An endless stream; each call of `posts` goes on where the last one ended, or later in the day."""

    def __init__(self, seed: int, *, posts_per_sec: float = 1_000.0, planted: Sequence[Planted] = ()) -> None:
        self._random = np.random.default_rng(seed)
        self._posts_per_sec = posts_per_sec
        self._planted = tuple(planted)
        ranks = np.arange(VOCABULARY, dtype=np.float64)
        weights = 1.0 / (ranks + 2.7) ** 1.05
        self._shares = np.cumsum(weights / weights.sum())
        self._words = [*LITTLE_WORDS, *(made_up(rank) for rank in range(len(LITTLE_WORDS), VOCABULARY))]
        self._minute = 0
        self._made = 0
        self._latest: deque[tuple[str, str]] = deque(maxlen=REPOST_WITHIN)

    def posts(self, start: datetime, begins_secs: float, count: int) -> Iterator[Post]:
        """Yield `count` posts, the first `begins_secs` after `start`, which is where the day begins."""
        for done in range(0, count, _BLOCK):
            size = min(_BLOCK, count - done)
            secs = begins_secs + np.arange(done, done + size) / self._posts_per_sec
            self._drift(int(secs[0] // 60))
            yield from self._block(start, secs)

    def _drift(self, minute: int) -> None:
        """Let the words of every rank whose time is up give way to new ones."""
        if minute == self._minute:
            return
        for rank in range(STEADY_WORDS, VOCABULARY):
            life = (minute + rank * 7) // WORD_LIFE_MINUTES
            if life != (self._minute + rank * 7) // WORD_LIFE_MINUTES:
                self._words[rank] = made_up(rank, life)
        self._minute = minute

    def _block(self, start: datetime, secs: NDArray[np.float64]) -> Iterator[Post]:
        random, size = self._random, len(secs)
        lengths = np.clip(random.lognormal(np.log(MEAN_WORDS) - SPREAD**2 / 2, SPREAD, size), 2, 45).astype(int)
        ranks = np.searchsorted(self._shares, random.random(int(lengths.sum())))
        novel = random.random(len(ranks)) < NOVEL_SHARE
        chances = random.random((size, 6))
        authors = (random.random(size) ** 2 * AUTHORS).astype(int)
        ends = np.cumsum(lengths)
        for i in range(size):
            chosen = slice(ends[i] - lengths[i], ends[i])
            words = [self._words[rank] for rank in ranks[chosen].tolist()]
            for place in np.flatnonzero(novel[chosen]).tolist():
                words[place] = made_up(15_000 + self._made, place + 1)
            at = float(secs[i])
            yield self._post(
                start + timedelta(seconds=at), f"user_{authors[i]:010x}", self._dress(words, chances[i], at)
            )

    def _dress(self, words: list[str], chance: NDArray[np.float64], at_secs: float) -> str | None:
        """The sentence with its tag, mention, link and signs; None for a repost."""
        link, tag, mention, sign, repost, planted = chance.tolist()
        for burst in self._planted:
            age = (at_secs - burst.begins_secs) / burst.lasts_secs
            if 0 <= age < 1 and planted < BURST_SHARE * (1 - age):
                words[len(words) // 2 : len(words) // 2] = burst.words
        if repost < REPOSTS and self._latest:
            return None
        pick = int(sign * 1e9)
        if tag < TAGS:
            words.append(f"#{made_up(400 + int((tag / TAGS) ** 3 * 3_000))}")
        if mention < MENTIONS:
            words.insert(0, f"@{made_up(500 + int((mention / MENTIONS) ** 2 * 20_000))}")
        if sign < SIGNS:
            words.append(SIGNS_SEEN[pick % len(SIGNS_SEEN)])
        if link < LINKS:
            words.append(f"https://{made_up(600 + int((link / LINKS) ** 3 * 400))}.com/{pick:x}")
        return " ".join(words)

    def _post(self, at: datetime, author: str, text: str | None) -> Post:
        self._made += 1
        key, original = str(1_400_000_000_000_000_000 + self._made * 4_194_304), None
        if text is None:
            original, text = self._latest[self._made * 7_919 % len(self._latest)]
        else:
            self._latest.append((key, text))
        return Post(id=key, platform="x", created_at=at, text=text, author=author, lang="en", repost_of=original)
