"""Sliding counts and their baseline, held against sums over plain lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.detect.windows import MAX_GAIN, STEPS, Window, WindowSettings

TERMS = 8
TICK_SECS = 5
MEMORY = WindowSettings()
SHORT_MEMORY = WindowSettings(memory_windows=0.25)


class Model:
    """The same window from all that ever arrived."""

    def __init__(self, secs: int, learning: WindowSettings = MEMORY) -> None:
        self.window = Window(secs, learning, tick_secs=TICK_SECS, capacity=TERMS)
        self._learning = learning
        self._posts = [0]
        self._terms: list[Counter[int]] = [Counter()]
        self._past = np.zeros(TERMS)
        self._spread = np.zeros(TERMS)
        self._foreseen = np.zeros(TERMS)
        self._past_posts = 0.0
        self.lessons = 0

    def add(self, counts: Mapping[int, int], posts: int) -> None:
        rows = np.array([*counts.keys()], np.int32), np.array([*counts.values()], np.int32)
        self.window.add(*rows, posts=posts)
        self._posts[-1] += posts
        self._terms[-1].update(counts)

    def close(self) -> None:
        assert set(self.window.close_step().tolist()) == set(self._terms[-1])
        self.check_counts()
        steps = len(self._terms)
        self.window.learn()
        if steps % max(1, self.window.steps // 4) == 0 and self._sum_posts(before=True):
            self._learn()
        self.check_baseline()
        self._posts.append(0)
        self._terms.append(Counter())

    def forget(self, *terms: int) -> None:
        self.window.forget(np.array(terms, np.int64))
        for step in self._terms:
            for term in terms:
                step.pop(term, None)
        for table in (self._past, self._spread, self._foreseen):
            table[list(terms)] = 0.0

    def _span(self, *, before: bool) -> slice:
        end = len(self._terms) - before * self.window.steps
        return slice(max(0, end - self.window.steps), max(0, end))

    def _sum_posts(self, *, before: bool) -> int:
        return sum(self._posts[self._span(before=before)])

    def _sum(self, *, before: bool) -> list[int]:
        inside = self._terms[self._span(before=before)]
        return [sum(step[term] for step in inside) for term in range(TERMS)]

    def _learn(self) -> None:
        """A quarter of the window before, each term at most so far above what its share foresees; all else fades."""
        self.lessons += 1
        posts, share = self._sum_posts(before=True), max(1, self.window.steps // 4) / self.window.steps
        fade = 0.5 ** (share / self._learning.memory_windows)
        lessons = []
        for term, count in enumerate(self._sum(before=True)):
            foreseen = self._past[term] * posts / max(self._past_posts, 1.0)
            most = foreseen + self._learning.clip_sigmas * (foreseen + 1.0) ** 0.5
            learnt = min(count, most) if self._past_posts > posts else count
            lessons.append((learnt, (learnt - foreseen) ** 2, foreseen) if count else (0.0, 0.0, 0.0))
        for table, lesson in zip((self._past, self._spread, self._foreseen), np.array(lessons).T, strict=True):
            table[:] = fade * table + share * lesson
        self._past_posts = fade * self._past_posts + share * posts

    def check_counts(self) -> None:
        window = self.window
        assert window.now.tolist() == self._sum(before=False)
        assert window.before.tolist() == self._sum(before=True)
        assert window.posts_now == self._sum_posts(before=False)
        assert window.posts_before == self._sum_posts(before=True)
        assert window.seen_posts == sum(self._posts)
        is_empty = window.posts_now == window.posts_before == 0  # a repeated text may be counted of posts that are not
        assert window.is_empty == (is_empty and not window.now.any() and not window.before.any())

    def check_baseline(self) -> None:
        window = self.window
        assert window.past_posts / window.gain == pytest.approx(self._past_posts)
        assert window.past / window.gain == pytest.approx(self._past)
        assert window.spread / window.gain == pytest.approx(self._spread)
        assert window.foreseen / window.gain == pytest.approx(self._foreseen)
        assert window.use() == pytest.approx(window.now + window.before + self._past)


COUNTS = st.dictionaries(st.integers(0, TERMS - 1), st.integers(1, 9), max_size=TERMS)
DONE = st.tuples(st.sampled_from(["add", "add", "close", "close", "close", "forget"]), COUNTS, st.integers(0, 20))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([5, 30, 60, 300]), st.lists(DONE, max_size=80))
def test_now_before_and_baseline_are_sums_over_what_arrived(
    secs: int, done: list[tuple[str, dict[int, int], int]]
) -> None:
    model = Model(secs)
    for what, counts, posts in done:
        if what == "add":
            model.add(counts, posts)
        elif what == "forget":
            model.forget(*counts)
        else:
            model.close()


@pytest.mark.parametrize("learning", [MEMORY, SHORT_MEMORY], ids=["long", "short"])
def test_a_long_stream_is_learnt_and_forgotten_as_it_should_be(learning: WindowSettings) -> None:
    random = Random(5)
    model = Model(60, learning)
    for number in range(400):
        for _ in range(random.randrange(3)):
            terms = random.sample(range(TERMS), random.randrange(TERMS))
            model.add({term: random.randint(1, 30 if number % 50 == 0 else 3) for term in terms}, random.randrange(40))
        if number % 37 == 0:
            model.forget(random.randrange(TERMS))
        model.close()
    assert model.lessons > 100
    assert model.window.gain < MAX_GAIN * 2
    if learning is SHORT_MEMORY:
        assert 0.5**-model.lessons > MAX_GAIN**3, "the weights were made small again, several times"


def test_a_silent_stream_empties_its_window() -> None:
    model = Model(60)
    model.add({1: 3}, 5)
    for _ in range(2 * STEPS):
        assert not model.window.is_empty
        model.close()
    model.close()
    assert model.window.is_empty
    assert not model.window.now.any()
    assert not model.window.before.any()


@pytest.mark.parametrize(
    ("secs", "steps", "ticks"), [(5, 1, 1), (30, 6, 1), (60, 12, 1), (300, 12, 5), (10800, 12, 180)]
)
def test_a_window_moves_at_most_a_twelfth_of_itself_at_a_time(secs: int, steps: int, ticks: int) -> None:
    window = Window(secs, MEMORY, tick_secs=TICK_SECS, capacity=TERMS)
    assert (window.steps, window.step_ticks) == (steps, ticks)
    assert window.steps * window.step_ticks * TICK_SECS == secs
