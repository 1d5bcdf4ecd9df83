"""Fits one head: multinomial logistic regression over hashed features, told beforehand which words mean alike.

Two sources are joined in training and added up into one table afterwards, so that reading costs nothing more: the
features themselves, and what a sentence encoder knows of each word. Both are linear in the same buckets.
"""

from __future__ import annotations

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

SEEN_AT_LEAST = 2
"""A feature of one text alone tells nothing of another."""
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
    meaning: float = 0.06
    """How much the encoder's knowledge of words counts beside the words themselves."""
    even: bool = False
    """Calibrate as if each label were as frequent as another, where a set's shares say nothing of the world's."""


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
    """Fit to the training posts. `meanings` has shape (BUCKETS, dimensions): a vector for the bucket of each word."""
    found = features_of(examples.texts)
    texts_with = np.bincount(found.indices, minlength=found.shape[1])
    kept = np.flatnonzero(texts_with >= SEEN_AT_LEAST)
    rarity = RARITY * (1 + np.log((1 + found.shape[0]) / (1 + texts_with[kept])))
    joined = [found[:, kept] @ sp.diags(rarity)]
    if meanings.shape[1]:
        joined.append(sp.csr_matrix(recipe.meaning * (found[:, :BUCKETS] @ meanings)))
    model = LogisticRegression(C=recipe.strength, class_weight="balanced", max_iter=STEPS, tol=1e-3)
    model.fit(sp.hstack(joined).tocsr().astype(np.float64), examples.labels)
    own, known = np.split(model.coef_.T, [kept.size])
    table = np.zeros((found.shape[1], own.shape[1]))
    table[kept] = own * rarity[:, None]
    table[:BUCKETS] += recipe.meaning * (meanings @ known)
    return Weights(table.astype(np.float32), model.intercept_.astype(np.float32))


def calibrate(weights: Weights, examples: Examples, *, even: bool) -> Weights:
    """One slope for all sums and a shift for each label, by the likelihood of the validation posts (Platt, 1999)."""
    sums, labels = weights.sums(features_of(examples.texts)), np.array(examples.labels)
    counts = np.bincount(labels, minlength=sums.shape[1])
    each = (1 / counts[labels] if even else np.ones(labels.size)) / (counts.size if even else labels.size)
    start = np.append(1.0, np.zeros(sums.shape[1] - 1))
    found = minimize(lambda tried: _surprise(tried, sums, labels, each=each), start, method="BFGS")
    slope, shifts = found.x[0], np.append(0.0, found.x[1:])
    if weights.bias.size == 1:
        shifts = shifts[1:]
    return Weights((weights.table * slope).astype(np.float32), (weights.bias * slope + shifts).astype(np.float32))


def small(name: str, weights: Weights, *, labels: tuple[str, ...], lean: Floats) -> Head:
    """The head in 8 bits, for English, the only language of these sets."""
    table = weights.table.reshape(len(KINDS), BUCKETS, outputs_of(len(labels)))
    scales = (np.abs(table).max(axis=1) / FINEST).astype(np.float32)
    scales[scales == 0] = 1
    steps = np.rint(table / scales[:, None, :]).astype(np.int8).reshape(weights.table.shape)
    return Head(name, labels, ("en",), steps, scales, weights.bias, lean)


def _surprise(
    found: NDArray[np.float64], sums: NDArray[np.float64], labels: NDArray[np.intp], *, each: NDArray[np.float64]
) -> float:
    moved = found[0] * sums + np.append(0.0, found[1:])
    moved -= moved.max(axis=1, keepdims=True)
    right = moved[np.arange(labels.size), labels] - np.log(np.exp(moved).sum(axis=1))
    return -float((each * right).sum())
