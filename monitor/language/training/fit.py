"""Fits one head: multinomial logistic regression over hashed features, told beforehand which words mean alike.

Two sources are joined in training and added up into one table afterwards, so that reading costs nothing more: the
features themselves, and what a sentence encoder knows of each word. Both are linear in the same buckets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from monitor.language.grams import BUCKETS, KINDS, buckets
from monitor.language.heads import Floats, Head, outputs_of
from monitor.language.training.sets import Examples

RARITY = 0.2
"""Scale of the features' rarity (1 + log of texts per text with it), so that the common strengths suit all three."""
STEPS = 300
"""Of the optimiser at most; it ends sooner where nothing changes."""
FINEST = 127
"""The largest weight in 8 bits."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted; chosen on the validation split, or on other sets, never on the test split."""

    strength: float
    """Inverse of the regularisation: larger trusts the training posts more."""
    rarest: int = 2
    """A feature of fewer posts is left out: in a large set it costs room and tells nothing of another post."""
    meaning: float = 0.06
    """How much the encoder's knowledge of words counts beside the words themselves."""
    even: bool = False
    """Calibrate as if each label were as frequent as another, where a set's shares say nothing of the world's."""
    apart: tuple[str, ...] = ()
    """Patterns of the words a set was collected by: among the posts with one of them each label counts alike, so that
    no such word stands for a label because of how the posts were looked for."""
    trust: float = 1.0
    """The share of the slope that is kept, where posts of another year or subject are known to be less clear."""
    folds: int = 0
    """Where a set is small its validation posts teach as well, and what is chosen is chosen on so many parts of both,
    each judged by what the others taught; 0: they only choose."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted head before it is calibrated and made small."""

    table: Floats
    """Shape (kinds * BUCKETS, outputs)."""
    bias: Floats

    def sums(self, features: sp.csr_matrix) -> NDArray[np.float64]:
        """Shape (texts, labels); nought for the first of two labels."""
        sums = np.asarray(features @ self.table + self.bias, np.float64)
        return np.hstack([np.zeros_like(sums), sums]) if sums.shape[1] == 1 else sums


def features_of(texts: Sequence[str]) -> sp.csr_matrix:
    """Shape (texts, kinds * BUCKETS): what a text has, each kind scaled by the root of how many it has."""
    places, values, ends = [], [], [0]
    for text in texts:
        for kind, found in enumerate(buckets(text)):
            places.append(found + kind * BUCKETS)
            values.append(np.full(found.size, 1 / np.sqrt(max(1, found.size)), np.float32))
        ends.append(ends[-1] + sum(part.size for part in places[-len(KINDS) :]))
    shape = (len(texts), len(KINDS) * BUCKETS)
    return sp.csr_matrix((np.concatenate(values), np.concatenate(places), np.array(ends)), shape=shape)


def fit(recipe: Recipe, examples: Examples, *, meanings: Floats) -> Weights:
    """Fit to the posts. `meanings` has shape (BUCKETS, dimensions): a vector for the bucket of each word."""
    found = features_of(examples.texts)
    texts_with = np.bincount(found.indices, minlength=found.shape[1])
    kept = np.flatnonzero(texts_with >= recipe.rarest)
    rarity = RARITY * (1 + np.log((1 + found.shape[0]) / (1 + texts_with[kept])))
    joined = [found[:, kept] @ sp.diags(rarity)]
    if meanings.shape[1] and recipe.meaning:
        joined.append(sp.csr_matrix(recipe.meaning * (found[:, :BUCKETS] @ meanings)))
    model = LogisticRegression(C=recipe.strength, max_iter=STEPS, tol=1e-3)
    features = sp.hstack(joined).tocsr().astype(np.float64)
    model.fit(features, examples.labels, sample_weight=evened(examples, recipe.apart))
    own, known = np.split(model.coef_.T, [kept.size])
    table = np.zeros((found.shape[1], own.shape[1]))
    table[kept] = own * rarity[:, None]
    if known.size:
        table[:BUCKETS] += recipe.meaning * (meanings @ known)
    return Weights(table.astype(np.float32), model.intercept_.astype(np.float32))


def evened(examples: Examples, apart: Sequence[str]) -> NDArray[np.float64]:
    """What each post counts so that all labels weigh alike, in each of the groups that `apart` tells apart."""
    labels, groups = np.array(examples.labels), np.zeros(len(examples), np.intp)
    for place, pattern in reversed(list(enumerate(apart, 1))):
        groups[[re.search(pattern, text, re.IGNORECASE) is not None for text in examples.texts]] = place
    counts = np.zeros(labels.size)
    for group in np.unique(groups):
        inside = groups == group
        of_label = np.bincount(labels[inside])
        counts[inside] = inside.sum() / (np.count_nonzero(of_label) * of_label[labels[inside]])
    return counts


def unseen_sums(recipe: Recipe, examples: Examples, *, meanings: Floats) -> NDArray[np.float64]:
    """Shape (posts, labels): the sums of each of the recipe's folds by what the others taught."""
    fold_of, rows = np.arange(len(examples)) % recipe.folds, {}
    for fold in range(recipe.folds):
        weights = fit(recipe, examples.where(fold_of != fold), meanings=meanings)
        rows[fold] = weights.sums(features_of(examples.where(fold_of == fold).texts))
    found = np.empty((len(examples), rows[0].shape[1]))
    for fold, sums in rows.items():
        found[fold_of == fold] = sums
    return found


@dataclass(frozen=True, slots=True)
class Scale:
    """One slope for all sums and a shift for each label; it makes probabilities of sums."""

    slope: float
    shifts: NDArray[np.float64]

    def shares(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (texts, labels), each row summing to one."""
        moved = sums * self.slope + self.shifts
        raised = np.exp(moved - moved.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def on(self, weights: Weights) -> Weights:
        """The weights whose sums need no scale any more."""
        shifts = self.shifts[1:] if weights.bias.size == 1 else self.shifts
        bias = weights.bias * self.slope + shifts
        return Weights((weights.table * self.slope).astype(np.float32), bias.astype(np.float32))


def calibrate(recipe: Recipe, examples: Examples, sums: NDArray[np.float64]) -> Scale:
    """The scale under which posts that taught nothing are likeliest (Platt, 1999)."""
    labels = np.array(examples.labels)
    each = evened(examples, recipe.apart) if recipe.even else np.ones(labels.size)
    start = np.append(1.0, np.zeros(sums.shape[1] - 1))
    found = minimize(lambda tried: _surprise(tried, sums, labels, each=each / labels.size), start, method="BFGS")
    return Scale(float(found.x[0]) * recipe.trust, np.append(0.0, found.x[1:]) * recipe.trust)


def small(name: str, weights: Weights, *, labels: tuple[str, ...], languages: tuple[str, ...], lean: Floats) -> Head:
    """The head in 8 bits."""
    table = weights.table.reshape(len(KINDS), BUCKETS, outputs_of(len(labels)))
    scales = (np.abs(table).max(axis=1) / FINEST).astype(np.float32)
    scales[scales == 0] = 1
    steps = np.rint(table / scales[:, None, :]).astype(np.int8).reshape(weights.table.shape)
    return Head(name, labels, languages, steps, scales, weights.bias, lean)


def _surprise(
    found: NDArray[np.float64], sums: NDArray[np.float64], labels: NDArray[np.intp], *, each: NDArray[np.float64]
) -> float:
    moved = found[0] * sums + np.append(0.0, found[1:])
    moved -= moved.max(axis=1, keepdims=True)
    right = moved[np.arange(labels.size), labels] - np.log(np.exp(moved).sum(axis=1))
    return -float((each * right).sum())
