"""Terms that stand out: counts of every term in windows of several lengths, each against its own past.

The test is a likelihood ratio (G-test, Dunning 1993) of a term's share of the posts in the window against
its share in the past, so that a stream that doubles as a whole is no burst and a young baseline proves little. The
past is an exponentially weighted mean and variance of windows that have ended, with a floor for rare words (as in
SigniTrend, Schubert et al., KDD 2014).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from monitor.detect.duplicates import COPY
from monitor.detect.hashes import looked_up
from monitor.detect.recent import SLOW_SECS, are_heard
from monitor.detect.saved import Floats, MeterState
from monitor.detect.tokens import Ints, Kinds, Terms, joined
from monitor.detect.vocabulary import NONE, Vocabulary
from monitor.detect.windows import Places, Window, WindowSettings, distinct

FAR_TICKS = 1 << 40
HIGH_SIGMAS = 2.0
"""The usual high of a restless term lies two deviations above its mean: one window in forty."""


@dataclass(frozen=True, slots=True)
class BurstSettings:
    """What a burst is."""

    windows_secs: tuple[int, ...] = (15, 30, 60, 300, 1800, 10800)
    """A shock, a cheer, a goal, a happening, slow news, and slow news in a thin stream; multiples of `tick_secs`."""
    tick_secs: int = 3
    """How often bursts are looked for, in the stream's time."""
    memory_windows: float = 10.0
    """Half-life of the baseline in windows: the one-minute window compares with the last ten minutes or so."""
    warm_windows: float = 3.0
    """A window says nothing before the stream is this many times as old as it is long: everything is new then."""
    min_voices: int = 3
    """Fewer posts than this are chance in any stream."""
    min_significance: float = 2.5
    """Standard deviations from which a term may help to carry a trend; what is announced is decided by the trends."""
    rare_floor: float = 0.3
    """Posts foreseen for a word never seen before: new words turn up all the time."""
    share_floor: float = 0.001
    """The same as a share of the window's posts: of a thousand posts one may say anything."""
    evidence: float = 1.0
    """The baseline is believed as if it rested on at least this part of all posts ever seen, though it fades: that a
    word never came up in all these hours is known, whatever the half-life."""
    clip_sigmas: float = 2.0
    """A window further above the baseline than this is learnt only up to here: a burst does not hide the next one."""
    max_unrest: float = 9.0
    """A term's count varies at most so many times as much as chance would have it; more is no habit but happenings."""
    rise: float = 1.3
    """A burst is rising: this many times the posts of the window before."""
    capacity: int = 1 << 17
    """Terms counted at a time, a power of two; the least used make room."""


@dataclass(frozen=True, slots=True)
class Found:
    """One term above its baseline in one window."""

    number: int
    """Of the term, in the vocabulary."""
    window_secs: int
    count: int
    expected: float
    unrest: float
    """How much more than chance the term comes and goes anyway, 1 or more."""
    posts: int
    """All posts in the window."""
    past_posts: float
    """Posts the baseline rests on."""

    @property
    def extra(self) -> float:
        """Variance of the count beyond that of chance."""
        return (self.unrest - 1.0) * self.expected

    @property
    def significance(self) -> float:
        """Standard deviations above the term's usual highs."""
        return significance(self.count, usual_high(self.expected, self.extra), self)


def usual_high(expected: float, extra: float) -> float:
    """What a term that comes and goes reaches now and then: a burst has to rise above this, not above the mean."""
    return expected + HIGH_SIGMAS * math.sqrt(extra)


def significance(count: float, foreseen: float, like: Found) -> float:
    """Standard deviations between `count` and `foreseen` posts in the window of `like`; 0 where fewer came.

    The signed root of the likelihood ratio of two Poisson counts (Dunning 1993).
    """
    if count <= foreseen:
        return 0.0
    past = foreseen * (like.past_posts / like.posts)
    together = (count + past) / (like.posts + like.past_posts)
    ratio = count * math.log(count / (together * like.posts)) + past * math.log(past / (together * like.past_posts))
    return math.sqrt(2.0 * max(0.0, ratio))


class BurstMeter:
    """Counts every term of the stream and says which ones burst. Memory does not grow with the stream."""

    def __init__(self, settings: BurstSettings) -> None:
        self._settings = settings
        self.vocabulary = Vocabulary(settings.capacity)
        learning = WindowSettings(settings.memory_windows, settings.clip_sigmas)
        self.are_texts = np.zeros(settings.capacity, np.bool_)
        """Which numbers stand for a whole text that is repeated."""
        self.windows = [
            Window(secs, learning, tick_secs=settings.tick_secs, capacity=settings.capacity)
            for secs in settings.windows_secs
        ]

    def count(self, terms: Terms, texts: Terms, *, kinds: Kinds) -> tuple[Ints, Ints]:
        """Count the terms of posts, and in slow windows the texts that are repeated; `kinds` has one entry a post.

        Returns the known terms of all posts, each once a post: rows of (post, number) in order of the posts.
        """
        rows = joined([terms, texts])
        is_text = np.arange(rows.hashes.size) >= terms.hashes.size
        new = is_text | (kinds[rows.posts] != COPY)
        numbers = np.full(rows.hashes.size, NONE, np.int32)
        numbers[new] = self.vocabulary.learn(rows.hashes[new], are_pairs=rows.are_pairs[new])
        numbers[~new] = self.vocabulary.find(rows.hashes[~new])
        self.are_texts[numbers[is_text & (numbers != NONE)]] = True
        known = numbers != NONE
        posts, numbers = self._once(rows.posts[known], numbers[known])
        self._add(posts, numbers, kinds=kinds)
        return posts, numbers

    def _once(self, posts: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """The terms of each post in order, each once a post."""
        capacity = self._settings.capacity
        is_small = (int(posts.max(initial=0)) + 1) * capacity <= 1 << 32  # half as wide are sorted twice as fast
        keys: NDArray[np.unsignedinteger] = posts.astype(np.uint32 if is_small else np.uint64)
        keys = keys * capacity + numbers.astype(np.uint32)
        keys.sort()
        keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if keys.size else keys
        return (keys // capacity).astype(np.int32), (keys & (capacity - 1)).astype(np.int32)

    def _add(self, posts: Ints, numbers: Ints, *, kinds: Kinds) -> None:
        """Hand the terms of a tick to the windows: fast ones hear voices, slow ones echoes and repeated texts, too."""
        is_text = looked_up(self.are_texts, numbers)
        for is_slow, windows in groupby(self.windows, key=lambda window: window.secs >= SLOW_SECS):
            heard = are_heard(kinds, SLOW_SECS if is_slow else 0)
            counted = numbers[(looked_up(heard, posts) & ~is_text) | (is_text & is_slow)]
            unique, counts = distinct(counted, self._settings.capacity)
            for window in windows:
                window.add(unique, counts, posts=int(heard.sum()))

    def tick(self, number: int) -> list[Found]:
        """End tick `number`; returns the bursts of every window that ends a step with it, strongest first."""
        found: list[Found] = []
        for window in self.windows:
            if number % window.step_ticks == 0 and not window.is_empty:
                found += self._bursts(window, window.close_step())
                window.learn()
        return found

    def _bursts(self, window: Window, chosen: Places) -> list[Found]:
        """The terms of the newest step that stand out in the window and are still rising."""
        settings = self._settings
        is_warm = window.past_posts >= window.gain and window.count > settings.warm_windows * window.steps
        if chosen.size:  # in a thin stream most steps are empty
            chosen = chosen[looked_up(window.now, chosen) >= settings.min_voices]
            chosen = chosen[looked_up(window.now, chosen) > settings.rise * looked_up(window.before, chosen)]
        window.note_tests(chosen.size)
        if not is_warm or not chosen.size or not window.posts_now:  # of copies alone a repeated text may be counted
            return []
        count, expected, unrest, past_posts = self._foreseen(window, chosen)
        # The linear distance is never smaller than the root of the likelihood ratio: most terms are out without a log.
        hopeful = np.flatnonzero(count - expected >= settings.min_significance * np.sqrt(expected))
        columns = (column[hopeful].tolist() for column in (chosen, count, expected, unrest))
        rows = zip(*columns, strict=True)
        found = [Found(one, window.secs, n, usual, rest, window.posts_now, past_posts) for one, n, usual, rest in rows]
        return [burst for burst in found if burst.significance >= settings.min_significance]

    def measured(self, number: int) -> list[Found]:
        """How one term stands in each window that has a past, whether it stands out or not."""
        at = np.array([number], np.intp)
        found = []
        for window in self.windows:
            if window.past_posts <= 0.0 or not window.posts_now:
                continue
            counts, expected, unrest, past_posts = self._foreseen(window, at)
            count, usual, rest = int(counts[0]), float(expected[0]), float(unrest[0])
            found.append(Found(number, window.secs, count, usual, rest, window.posts_now, past_posts))
        return found

    def _foreseen(self, window: Window, chosen: Places) -> tuple[Ints, Floats, Floats, float]:
        """Posts seen, posts foreseen and the unrest of each term, and the posts that the baseline rests on."""
        settings, past_posts = self._settings, window.past_posts / window.gain
        floor = settings.rare_floor + settings.share_floor * window.posts_now
        expected = window.past[chosen] / window.gain * (window.posts_now / past_posts) + floor
        unrest = (window.spread[chosen] + window.gain) / (window.foreseen[chosen] + window.gain)
        unrest = np.clip(unrest, 1.0, settings.max_unrest)
        return window.now[chosen], expected, unrest, max(past_posts, settings.evidence * window.seen_posts)

    def tests_per_hour(self) -> dict[int, float]:
        """How many independent tests of a term each window makes in an hour, by its length in seconds."""
        return {window.secs: window.tested * 3600.0 / window.secs for window in self.windows}

    def next_step(self, number: int) -> int:
        """The first tick after `number` in which a window moves that holds anything; far away if none does."""
        steps = ((number // w.step_ticks + 1) * w.step_ticks for w in self.windows if not w.is_empty)
        return min(steps, default=number + FAR_TICKS)

    def state(self) -> MeterState:
        """What has to be kept to go on later."""
        texts = np.flatnonzero(self.are_texts).astype(np.int32)
        return MeterState(self.vocabulary.state(), texts, [window.state() for window in self.windows])

    def restore(self, state: MeterState) -> None:
        """Go on from a state; nothing was counted yet."""
        self.vocabulary.restore(state.vocabulary)
        self.are_texts[state.texts] = True
        for window, kept in zip(self.windows, state.windows, strict=True):
            window.restore(kept)

    def make_room(self, keep: Sequence[int]) -> Ints:
        """If the vocabulary is full, forget its least used eighth and return it; never what is new or to be kept."""
        if not self.vocabulary.is_full:
            return np.zeros(0, np.int32)
        use = sum((window.use() for window in self.windows), np.zeros(self._settings.capacity, np.float64))
        use[list(keep)] = np.inf
        use[self.windows[0].newest()] = np.inf
        use[(self.windows[0].now > 0) | ~self.vocabulary.used] = np.inf
        least = np.argpartition(use, self._settings.capacity // 8)[: self._settings.capacity // 8]
        least = np.sort(least[np.isfinite(use[least])])  # in order the tables are gone through faster
        for window in self.windows:
            window.forget(least)
        self.vocabulary.forget(least)
        self.are_texts[least] = False
        return least.astype(np.int32)
