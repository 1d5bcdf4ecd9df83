"""Which heads there are, how each is fitted, and the one way to train them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.language.grams import plain
from monitor.language.heads import Floats, Head, Heads
from monitor.language.training import figures
from monitor.language.training.fit import Recipe, calibrate, fit, small
from monitor.language.training.sets import Examples, Labelled, disaster, tweeteval

LEANS = np.linspace(-1.5, 1.5, 31)
"""How far the labels may be leaned towards the rarer ones (or, of two, towards the second), in logarithms."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One head: where its posts come from, how it is fitted and by what it is measured."""

    name: str
    reader: Callable[[Path], Labelled]
    recipe: Recipe
    measure: Callable[[figures.Labels, figures.Labels], float]
    measured_by: str
    source: str
    """The card's words on data and licence."""
    limits: str
    bar: float | None = None
    """The published fastText figure on the test split, in per cent."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A head and its figures; those of the test split are of the head in 8 bits, as it is kept."""

    plan: Plan
    head: Head
    sizes: Mapping[str, Mapping[str, int]]
    """Split -> label -> posts."""
    figures: Mapping[str, float]
    """`val` and `test` in per cent by the plan's measure; `val_error` and `test_error`: calibration, 0..1."""


_TWEETEVAL = (
    'TweetEval (Barbieri and others, Findings of EMNLP 2020), official splits; released "without any restrictions but '
    'restrictions may apply to individual tasks"'
)
PLANS = (
    Plan(
        "disaster",
        disaster,
        Recipe(1),
        figures.macro_f1,
        "macro-averaged F1",
        "CrisisLexT6 and CrisisLexT26 (Olteanu and others, ICWSM 2014 and CSCW 2015; copies under the MIT licence), "
        "English posts, split by disaster; one in four everyday posts of the sentiment set stands on the other side.",
        "Floods, storms, quakes, fires, a bombing, a train crash, a collapse, 2012 and 2013; later posts are longer.",
    ),
    Plan(
        "emotion",
        partial(tweeteval, name="emotion"),
        Recipe(3),
        figures.macro_f1,
        "macro-averaged F1",
        f"{_TWEETEVAL}; SemEval-2018 task 1 (Mohammad and others).",
        "Every post of the set has one of the four feelings: a text without any gets one all the same.",
        65.2,
    ),
    Plan(
        "irony",
        partial(tweeteval, name="irony"),
        Recipe(1),
        figures.second_f1,
        "F1 of the ironic label",
        f"{_TWEETEVAL}; SemEval-2018 task 3 (Van Hee and others).",
        "Half of the set is ironic, far more than of the world: its probabilities are too high on everyday posts.",
        63.1,
    ),
    Plan(
        "offensive",
        partial(tweeteval, name="offensive"),
        Recipe(0.3),
        figures.macro_f1,
        "macro-averaged F1",
        f"{_TWEETEVAL}; SemEval-2019 task 6 (Zampieri and others).",
        "Swearing among friends counts as offence in the set.",
        73.4,
    ),
    Plan(
        "sentiment",
        partial(tweeteval, name="sentiment"),
        Recipe(0.5, even=True),
        figures.macro_recall,
        "macro-averaged recall",
        f"{_TWEETEVAL}; SemEval-2017 task 4 (Rosenthal and others); the training posts rebuilt from the earlier years "
        "(leelaylay/TweetSemEval, MIT).",
        "Calibrated as if the three labels were equally frequent, as its measure counts them; trends differ.",
        62.9,
    ),
)


def read_all(root: Path, plans: Sequence[Plan] = PLANS) -> dict[str, Labelled]:
    """Every plan's set, no post of any validation or test split in any training split. Raises BadInput."""
    found = {plan.name: plan.reader(root) for plan in plans}
    held = frozenset(plain(text) for one in found.values() for part in (one.val, one.test) for text in part.texts)
    return {name: Labelled(one.labels, one.train.without(held), one.val, one.test) for name, one in found.items()}


def train(plan: Plan, posts: Labelled, meanings: Floats) -> Trained:
    """Fit, calibrate, make small and measure one head; the same posts give the same bytes on the same machine."""
    weights = calibrate(fit(plan.recipe, posts.train, meanings=meanings), posts.val, even=plan.recipe.even)
    level = small(plan.name, weights, labels=posts.labels, lean=np.zeros(len(posts.labels), np.float32))
    lean = _lean(plan, level, posts)
    head = small(plan.name, weights, labels=posts.labels, lean=lean)
    found = {}
    for split, part in (("val", posts.val), ("test", posts.test)):
        shares, right = shares_of(head, part.texts), np.array(part.labels)
        found[split] = 100 * plan.measure(right, figures.leaned(shares, lean))
        found[f"{split}_error"] = figures.calibration_error(right, shares)
    return Trained(plan, head, _sizes(posts), found)


def shares_of(head: Head, texts: Sequence[str]) -> NDArray[np.float32]:
    """The head's probabilities as the program computes them; shape (texts, labels)."""
    alone = Heads([head])
    return np.stack([alone.probabilities(text)[head.name] for text in texts])


def _lean(plan: Plan, head: Head, posts: Labelled) -> Floats:
    """The lean that the plan's measure likes best on the validation split; of equals the smallest.

    One number alone is chosen: a validation split of a few hundred posts cannot choose more.
    """
    shares, right = shares_of(head, posts.val.texts), np.array(posts.val.labels)
    frequency = np.bincount(posts.train.labels, minlength=len(posts.labels)) / len(posts.train)
    towards = np.array([0.0, 1.0]) if len(posts.labels) == 2 else -np.log(frequency)
    tried = sorted(LEANS, key=lambda step: (-plan.measure(right, figures.leaned(shares, step * towards)), abs(step)))
    lean: Floats = (tried[0] * towards).astype(np.float32)
    return lean


def _sizes(posts: Labelled) -> dict[str, dict[str, int]]:
    return {
        split: _counts(posts.labels, part) for split, part in zip(("train", "val", "test"), _parts(posts), strict=True)
    }


def _parts(posts: Labelled) -> tuple[Examples, Examples, Examples]:
    return posts.train, posts.val, posts.test


def _counts(labels: Sequence[str], part: Examples) -> dict[str, int]:
    counts = np.bincount(part.labels, minlength=len(labels))
    return {label: int(count) for label, count in zip(labels, counts, strict=True)}
