"""Counts of all terms in one window length: the window now, the one before it, and the baseline of those gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from monitor.detect.hashes import looked_up
from monitor.detect.saved import Floats, WindowState
from monitor.detect.tokens import Ints

MAX_GAIN = 1e9
STEPS = 12
"""Steps of a window at most, each a whole number of ticks."""
LESSONS = 4
"""Lessons a window's length: each window is seen so often, each time with that part of its weight."""
SORTED_PART = 16
"""Fewer numbers than this part of the table are sorted instead of counted."""
GATHERED_TABLES = 4
"""Rows of ticks are made one when they are so many times as long as the table: adding up goes through all of it."""
Places = NDArray[np.intp]
"""Numbers of terms as places in a table: as wide as numpy looks them up."""
NO_TERMS: Places = np.zeros(0, np.intp)
NO_COUNTS: Ints = np.zeros(0, np.int32)
KEPT = tuple(name for name in WindowState.__struct_fields__ if not name.startswith("step_"))
"""The fields of a window that are kept as they are."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How a baseline is learnt."""

    memory_windows: float = 10.0
    """Half-life of the baseline in windows: the one-minute window compares with the last ten minutes or so."""
    clip_sigmas: float = 2.0
    """A window further above the baseline than this is learnt only up to here: a burst does not hide the next one."""


@dataclass(slots=True)
class Step:
    """What arrived in one step of a window: each term once with its count, and the posts they came from."""

    numbers: Places
    counts: Ints
    posts: int = 0

    @classmethod
    def empty(cls) -> Step:
        """A step in which nothing stands."""
        return cls(NO_TERMS, NO_COUNTS)


def distinct(numbers: Ints, capacity: int) -> tuple[Places, Ints]:
    """Each number once, in order, and how often it stands there.

    A few are sorted, many are counted in a table of all `capacity` numbers: each the faster way for its size.
    """
    if numbers.size * SORTED_PART > capacity:
        return _filled(np.bincount(numbers, minlength=capacity).astype(np.int32))
    unique, counts = np.unique(numbers, return_counts=True)
    return unique.astype(np.intp), counts.astype(np.int32)


def added(rows: Sequence[Step], capacity: int) -> Step:
    """Several rows as one, the counts of each number added up; the better way as in `distinct`."""
    if sum(row.numbers.size for row in rows) * SORTED_PART > capacity:
        table = np.zeros(capacity, np.int32)
        for row in rows:
            np.add.at(table, row.numbers, row.counts)
        return Step(*_filled(table))
    numbers, places = np.unique(np.concatenate([row.numbers for row in rows]), return_inverse=True)
    counts = np.bincount(places, weights=np.concatenate([row.counts for row in rows]))
    return Step(numbers, counts.astype(np.int32))


def _filled(table: Ints) -> tuple[Places, Ints]:
    """The places of a table where something stands, and what."""
    numbers = (table > 0).nonzero()[0]
    return numbers, looked_up(table, numbers)


class Gathering:
    """The open step of a window: rows of ticks that become one row."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.rows: list[Step] = []
        self.posts = 0
        self._size = 0

    def add(self, numbers: Places, counts: Ints, *, posts: int) -> None:
        """Take a row in; now and then the rows are made one, so that they stay few."""
        self.rows.append(Step(numbers, counts))
        self.posts += posts
        self._size += numbers.size
        if self._size > GATHERED_TABLES * self._capacity:
            self.gather()

    def gather(self) -> None:
        """Make all rows one."""
        if len(self.rows) > 1:
            self.rows = [added(self.rows, self._capacity)]
        self._size = sum(row.numbers.size for row in self.rows)

    def taken(self) -> Step:
        """All of it as one row; nothing stays behind."""
        self.gather()
        row = self.rows[0] if self.rows else Step.empty()
        row.posts, self.rows, self.posts, self._size = self.posts, [], 0, 0
        return row


class Window:
    """Sliding counts of one length, in steps, and an exponentially weighted baseline of the windows that ended."""

    def __init__(self, secs: int, settings: WindowSettings, *, tick_secs: int, capacity: int) -> None:
        """Raises ValueError for a length that is no multiple of `tick_secs`."""
        if secs < tick_secs or secs % tick_secs:
            raise ValueError(f"a window of {secs} s is no multiple of ticks of {tick_secs} s")
        self.secs = secs
        self.steps = next(steps for steps in range(STEPS, 0, -1) if secs // tick_secs % steps == 0)
        self.step_ticks = secs // tick_secs // self.steps
        self._settings = settings
        self.now: Ints = np.zeros(capacity, np.int32)
        """Posts with each term in the window, as of the last whole step."""
        self.before: Ints = np.zeros(capacity, np.int32)
        self.posts_now = 0
        self.posts_before = 0
        self.seen_posts = 0
        """All posts ever."""
        self.past: Floats = np.zeros(capacity, np.float64)
        """Weighted sums over the windows that ended; divide by `gain`."""
        self.past_posts = 0.0
        self.spread: Floats = np.zeros(capacity, np.float64)
        self.foreseen: Floats = np.zeros(capacity, np.float64)
        self.gain = 1.0
        self.count = 0
        """Steps since the beginning."""
        self.tested = 0.0
        """Terms that were looked at in a step, on average."""
        self._steps: deque[Step] = deque(Step.empty() for _ in range(2 * self.steps))
        self._open = Gathering(capacity)
        self._learn_steps = max(1, self.steps // LESSONS)
        self._keep = 0.5 ** (self._learn_steps / (settings.memory_windows * self.steps))

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it or in the window before."""
        posts = self._open.posts + self.posts_now + self.posts_before
        return not (posts or self._open.rows or any(step.numbers.size for step in self._steps))

    def add(self, numbers: Places, counts: Ints, *, posts: int) -> None:
        """Count the terms of some posts into the open step; `numbers` holds each term once."""
        self._open.add(numbers, counts, posts=posts)

    def close_step(self) -> Places:
        """End the open step: the window moves up to it. Returns the terms that stand in the step."""
        row = self._open.taken()
        self._steps.append(row)
        leaving, gone = self._steps[-1 - self.steps], self._steps.popleft()
        if row.numbers.size:
            np.add.at(self.now, row.numbers, row.counts)
        if leaving.numbers.size:
            np.subtract.at(self.now, leaving.numbers, leaving.counts)
            np.add.at(self.before, leaving.numbers, leaving.counts)
        if gone.numbers.size:
            np.subtract.at(self.before, gone.numbers, gone.counts)
        self.posts_now += row.posts - leaving.posts
        self.posts_before += leaving.posts - gone.posts
        self.seen_posts += row.posts
        self.count += 1
        return row.numbers

    def note_tests(self, terms: int) -> None:
        """Learn how many terms are looked at in a step: the mean of all steps, later of the last ones."""
        weight = max(1.0 / self.count, 1.0 / (self._settings.memory_windows * self.steps))
        self.tested += weight * (terms - self.tested)

    def learn(self) -> None:
        """Take the window before into the baseline, when it is time to. Called once for each step, after the test."""
        if self.count % self._learn_steps == 0 and self.posts_before:
            self._learn()

    def _learn(self) -> None:
        """Each term is learnt at most `clip_sigmas` above what was foreseen.

        Old lessons fade by giving newer ones a growing gain: only the terms seen are touched.
        """
        seen = self._seen_before()
        past, count = looked_up(self.past, seen), looked_up(self.before, seen).astype(np.float64)
        foreseen = past * (self.posts_before / max(self.past_posts, self.gain))
        if self.past_posts > self.gain * self.posts_before:
            count = np.minimum(count, foreseen + self._settings.clip_sigmas * np.sqrt(foreseen + 1.0))
        self.gain /= self._keep
        weight = self.gain * self._learn_steps / self.steps
        self.past[seen] = past + weight * count
        np.add.at(self.spread, seen, weight * (count - foreseen) ** 2)
        np.add.at(self.foreseen, seen, weight * foreseen)
        self.past_posts += weight * self.posts_before
        if self.gain > MAX_GAIN:
            self._rescale()

    def _seen_before(self) -> Places:
        """The terms of the window before, each once."""
        rows = [step.numbers for step in islice(self._steps, self.steps) if step.numbers.size]
        if len(rows) < 2:
            return rows[0] if rows else NO_TERMS
        marks = np.zeros(self.now.size, np.bool_)
        for numbers in rows:
            marks[numbers] = True
        return marks.nonzero()[0]

    def _rescale(self) -> None:
        for table in (self.past, self.spread, self.foreseen):
            table /= self.gain
        self.past_posts /= self.gain
        self.gain = 1.0

    def use(self) -> Floats:
        """How much each term is used, for deciding which to forget."""
        return self.now + self.before + self.past / self.gain

    def newest(self) -> Places:
        """The terms of the open step."""
        return np.concatenate([NO_TERMS, *(row.numbers for row in self._open.rows)])

    def forget(self, numbers: NDArray[np.int64]) -> None:
        """Take terms out of every table and every step still to leave: their numbers will mean others."""
        for table in (self.now, self.before, self.past, self.spread, self.foreseen):
            table[numbers] = 0
        self._open.gather()
        stays = np.ones(self.now.size, np.bool_)
        stays[numbers] = False
        for step in [*self._steps, *self._open.rows]:
            kept = looked_up(stays, step.numbers)
            if not kept.all():
                step.numbers, step.counts = step.numbers[kept], step.counts[kept]

    def state(self) -> WindowState:
        """What has to be kept to go on later; to be packed before the window moves, for tables are no copies."""
        self._open.gather()
        open_ = self._open.rows[0] if self._open.rows else Step.empty()
        steps = [*self._steps, open_]
        return WindowState(
            **{name: getattr(self, name) for name in KEPT},
            step_posts=[*(step.posts for step in self._steps), self._open.posts],
            step_sizes=[step.numbers.size for step in steps],
            step_numbers=np.concatenate([step.numbers for step in steps]).astype(np.int32),
            step_counts=np.concatenate([step.counts for step in steps]),
        )

    def restore(self, state: WindowState) -> None:
        """Go on from a state; the window is new."""
        for name in KEPT:
            setattr(self, name, getattr(state, name))
        ends = np.cumsum(state.step_sizes)[:-1]
        rows = zip(
            np.split(state.step_numbers.astype(np.intp), ends),
            np.split(state.step_counts, ends),
            state.step_posts,
            strict=True,
        )
        *steps, open_ = (Step(numbers, counts, posts) for numbers, counts, posts in rows)
        self._steps = deque(steps)
        if open_.posts:
            self._open.add(open_.numbers, open_.counts, posts=open_.posts)
