"""Terms that stand out of their own baseline, tested at several window lengths.

The test is the log-likelihood ratio of two samples (Dunning 1993): the term's share of the posts in the window against
its share in the past, so that a stream that doubles as a whole is no burst and a young baseline proves little. The
past is an exponentially weighted mean and variance of windows that have ended, with a floor for rare words (as in
SigniTrend, Schubert et al., KDD 2014).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from monitor.detect.duplicates import Remembered

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

MAX_GAIN = 1e9
FAR_TICKS = 1 << 40
STEPS = 12
"""Steps of a window at most: its newest edge is never older than a twelfth of it."""
LESSONS = 4
"""Lessons a window's length: each window is seen so often, each time with that part of its weight."""


@dataclass(frozen=True, slots=True)
class BurstSettings:
    """What a burst is."""

    windows_secs: tuple[int, ...] = (30, 60, 300, 1800, 10800)
    """A cheer, a goal, a happening, slow news, and slow news in a thin stream; each a multiple of `tick_secs`."""
    tick_secs: int = 5
    """How often bursts are looked for, in the stream's time."""
    memory_windows: float = 10.0
    """Half-life of the baseline in windows: the one-minute window compares with the last ten minutes or so."""
    warm_windows: float = 3.0
    """A window says nothing before the stream is this many times as old as it is long: everything is new then."""
    min_voices: int = 5
    """Fewer posts than this are chance in any stream."""
    min_significance: float = 3.5
    """Standard deviations below which nobody needs to hear of a term; what is announced is decided by the trends."""
    rare_floor: float = 0.3
    """Posts foreseen for a word never seen before: new words turn up all the time."""
    share_floor: float = 0.001
    """The same as a share of the window's posts: of a thousand posts one may say anything."""
    evidence: float = 0.5
    """The baseline is believed as if it rested on at least this part of all posts ever seen, though it fades."""
    clip_sigmas: float = 2.0
    """A window further above the baseline than this is learnt only up to here: a burst does not hide the next one."""
    max_unrest: float = 9.0
    """A term that comes and goes anyway loses significance, at most by the root of this."""
    rise: float = 1.3
    """A burst is rising: this many times the posts of the window before."""
    capacity: int = 1 << 17
    """Terms counted at a time; the least used make room."""


@dataclass(frozen=True, slots=True)
class Found:
    """One term above its baseline in one window."""

    term: str
    window_secs: int
    count: int
    expected: float
    significance: float


class Vocabulary:
    """Numbers for terms. Pairs get one at their second sighting, for most pairs are never seen again."""

    def __init__(self, capacity: int) -> None:
        self.names: list[str | None] = [None] * capacity
        self._numbers: dict[str, int] = {}
        self._free = list(range(capacity - 1, -1, -1))
        self._seen_once = Remembered(capacity)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def is_full(self) -> bool:
        return len(self._free) < len(self.names) // 64

    def number(self, term: str) -> int | None:
        """The term's number, giving it one if need be; None where it has none yet."""
        number = self._numbers.get(term)
        if number is not None:
            return number
        if not self._free or (" " in term and not self._seen_once.add(hash(term))):
            return None
        number = self._free.pop()
        self._numbers[term] = number
        self.names[number] = term
        return number

    def forget(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            name = self.names[number]
            if name is not None:
                del self._numbers[name]
                self.names[number] = None
                self._free.append(number)


class Step:
    """What arrived in one step of a window: rows of (numbers, how often), and the posts they came from."""

    __slots__ = ("posts", "rows")

    def __init__(self) -> None:
        self.rows: list[tuple[Ints, Ints]] = []
        self.posts = 0


class Window:
    """Counts of all terms in one window length: the window now, the one before it, and the baseline of those gone."""

    def __init__(self, secs: int, settings: BurstSettings) -> None:
        self.secs = secs
        self.steps = min(STEPS, secs // settings.tick_secs)
        self.step_ticks = max(1, secs // self.steps // settings.tick_secs)
        self._settings = settings
        self.now: Ints = np.zeros(settings.capacity, np.int32)
        self.before: Ints = np.zeros(settings.capacity, np.int32)
        self.posts_now = 0
        self.posts_before = 0
        self._seen_posts = 0
        self._past: Floats = np.zeros(settings.capacity, np.float64)
        self._past_posts = 0.0
        self._spread: Floats = np.zeros(settings.capacity, np.float64)
        self._foreseen: Floats = np.zeros(settings.capacity, np.float64)
        self._steps: deque[Step] = deque(Step() for _ in range(2 * self.steps))
        self._count = 0
        self._gain = 1.0
        self._learn_steps = max(1, self.steps // LESSONS)
        self._keep = 0.5 ** (self._learn_steps / (settings.memory_windows * self.steps))

    @property
    def is_empty(self) -> bool:
        return self.posts_now == 0 and self.posts_before == 0

    def add(self, numbers: Ints, counts: Ints, posts: int) -> None:
        """Count the terms of some posts into the open step; `numbers` holds each term once."""
        self.now[numbers] += counts
        self.posts_now += posts
        self._seen_posts += posts
        self._steps[-1].rows.append((numbers, counts))
        self._steps[-1].posts += posts

    def step(self) -> None:
        """Open a new step: what left the window becomes the window before, what left that one is gone."""
        self._steps.append(Step())
        leaving, gone = self._steps[-1 - self.steps], self._steps.popleft()
        for numbers, counts in leaving.rows:
            self.now[numbers] -= counts
            self.before[numbers] += counts
        for numbers, counts in gone.rows:
            self.before[numbers] -= counts
        self.posts_now -= leaving.posts
        self.posts_before += leaving.posts - gone.posts
        self._count += 1
        if self._count % self._learn_steps == 0 and self.posts_before:
            self._learn()

    def _learn(self) -> None:
        """Take the window before into the baseline, each term at most `clip_sigmas` above what was foreseen.

        Old lessons fade by giving newer ones a growing gain: only the terms seen are touched.
        """
        seen = _numbers(list(islice(self._steps, self.steps)))
        foreseen = self._past[seen] * (self.posts_before / max(self._past_posts, self._gain))
        count = self.before[seen].astype(np.float64)
        if self._past_posts > self._gain * self.posts_before:
            count = np.minimum(count, foreseen + self._settings.clip_sigmas * np.sqrt(foreseen + 1.0))
        self._gain /= self._keep
        weight = self._gain * self._learn_steps / self.steps
        self._past[seen] += weight * count
        self._spread[seen] += weight * (count - foreseen) ** 2
        self._foreseen[seen] += weight * foreseen
        self._past_posts += weight * self.posts_before
        if self._gain > MAX_GAIN:
            self._rescale()

    def _rescale(self) -> None:
        for table in (self._past, self._spread, self._foreseen):
            table /= self._gain
        self._past_posts /= self._gain
        self._gain = 1.0

    def bursts(self, names: list[str | None]) -> list[Found]:
        """The terms that stand out now and are still rising, strongest first."""
        if self.posts_now < self._settings.min_voices:
            return []
        chosen = _numbers([self._steps[-1]])
        chosen = chosen[self.now[chosen] >= self._settings.min_voices]
        chosen = chosen[self.now[chosen] > self._settings.rise * self.before[chosen]]
        if not chosen.size or self._past_posts < self._gain or self._count < self._settings.warm_windows * self.steps:
            return []
        count, expected, sigmas = self._test(chosen)
        order = np.flatnonzero(sigmas >= self._settings.min_significance)
        order = order[np.argsort(-sigmas[order], kind="stable")]
        return [
            Found(name, self.secs, int(count[at]), float(expected[at]), float(sigmas[at]))
            for at in order
            if (name := names[chosen[at]]) is not None
        ]

    def _test(self, chosen: Ints) -> tuple[Floats, Floats, Floats]:
        """Posts seen, posts foreseen, and the standard deviations between them (0 where fewer were seen)."""
        settings, posts, past_posts = self._settings, float(self.posts_now), self._past_posts / self._gain
        count = self.now[chosen].astype(np.float64)
        floor = settings.rare_floor + settings.share_floor * posts
        expected = self._past[chosen] / self._gain * (posts / past_posts) + floor
        past_posts = max(past_posts, settings.evidence * self._seen_posts)
        past = expected * (past_posts / posts)
        together = (count + past) / (posts + past_posts)
        ratio = count * np.log(count / (together * posts)) + past * np.log(past / (together * past_posts))
        unrest = (self._spread[chosen] + self._gain) / (self._foreseen[chosen] + self._gain)
        unrest = np.clip(unrest, 1.0, settings.max_unrest)
        sigmas = np.sqrt(2.0 * np.maximum(ratio, 0.0) / unrest) * (count > expected)
        return count, expected, sigmas

    def use(self) -> Floats:
        """How much each term is used, for deciding which to forget."""
        return self.now + self.before + self._past / self._gain

    def forget(self, numbers: NDArray[np.intp]) -> None:
        """Take terms out of every table and every step still to leave: their numbers will mean others."""
        for table in (self.now, self.before, self._past, self._spread, self._foreseen):
            table[numbers] = 0
        stays = np.ones(self.now.size, np.bool_)
        stays[numbers] = False
        for step in self._steps:
            step.rows = [(row[stays[row]], counts[stays[row]]) for row, counts in step.rows]


def _numbers(steps: list[Step]) -> Ints:
    """The terms that some steps hold, each once, in order."""
    rows = [numbers for step in steps for numbers, _ in step.rows]
    if len(rows) < 2:
        return rows[0] if rows else np.zeros(0, np.int32)
    return np.unique(np.concatenate(rows))


class BurstMeter:
    """Counts every term of the stream and says which ones burst. Memory does not grow with the stream."""

    def __init__(self, settings: BurstSettings) -> None:
        self._settings = settings
        self.vocabulary = Vocabulary(settings.capacity)
        self.windows = [Window(secs, settings) for secs in settings.windows_secs]

    def count(self, posts: list[tuple[str, ...]]) -> list[frozenset[str]]:
        """Count the terms of posts that are new voices; returns the terms of each that are known by number."""
        numbers: list[int] = []
        known: list[frozenset[str]] = []
        for terms in posts:
            numbered = [(term, number) for term in terms if (number := self.vocabulary.number(term)) is not None]
            numbers += [number for _, number in numbered]
            known.append(frozenset(term for term, _ in numbered))
        unique, counts = np.unique(np.array(numbers, np.int32), return_counts=True)
        for window in self.windows:
            window.add(unique, counts.astype(np.int32), len(posts))
        if self.vocabulary.is_full:
            self._make_room()
        return known

    def tick(self, number: int) -> list[Found]:
        """End tick `number`; returns the bursts of every window that ends a step with it."""
        found: list[Found] = []
        for window in self.windows:
            if number % window.step_ticks == 0 and not window.is_empty:
                found += window.bursts(self.vocabulary.names)
                window.step()
        return found

    def next_step(self, number: int) -> int:
        """The first tick after `number` in which a window moves that holds anything; far away if none does."""
        steps = ((number // w.step_ticks + 1) * w.step_ticks for w in self.windows if not w.is_empty)
        return min(steps, default=number + FAR_TICKS)

    def _make_room(self) -> None:
        """Forget the least used eighth of the terms, never one that is in the shortest window now."""
        use = sum((window.use() for window in self.windows), np.zeros(self._settings.capacity, np.float64))
        use[self.windows[0].now > 0] = np.inf
        least = np.argpartition(use, self._settings.capacity // 8)[: self._settings.capacity // 8]
        least = least[np.isfinite(use[least])]
        for window in self.windows:
            window.forget(least)
        self.vocabulary.forget(int(number) for number in least)
