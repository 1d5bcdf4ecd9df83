"""How good a head is: the measures of the sets' own publications, and how far its probabilities can be believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Bins of equal width for the calibration error, as in its publication."""

Labels = NDArray[np.intp]


def macro_f1(right: Labels, said: Labels) -> float:
    """The mean F1 of all labels, 0..1 (emotion, offensive and disaster are measured by it)."""
    return float(np.mean([f1(right, said, label) for label in np.unique(right)]))


def macro_recall(right: Labels, said: Labels) -> float:
    """The mean recall of all labels, 0..1 (sentiment is measured by it)."""
    return float(np.mean([(said[right == label] == label).mean() for label in np.unique(right)]))


def second_f1(right: Labels, said: Labels) -> float:
    """The F1 of the second label, 0..1 (irony is measured by it)."""
    return f1(right, said, 1)


def f1(right: Labels, said: Labels, label: int) -> float:
    """Twice the texts rightly given the label, over those given it and those that have it; 0 where there are none."""
    both = int(((right == label) & (said == label)).sum())
    either = int((right == label).sum() + (said == label).sum())
    return 2 * both / either if either else 0.0


def calibration_error(right: Labels, shares: NDArray[np.floating]) -> float:
    """Mean gap between the likeliest label's probability and how often it is right, 0..1 (Guo and others, ICML 2017).

    `shares` has shape (texts, labels).
    """
    sure, hit = shares.max(axis=1), shares.argmax(axis=1) == right
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float((sure[bins == one] - hit[bins == one]).sum())) for one in range(BINS)]
    return sum(gaps) / max(1, right.size)


def leaned(shares: NDArray[np.floating], lean: Sequence[float] | NDArray[np.floating]) -> Labels:
    """The label named for each text, as `monitor.language.heads.label_of` names it."""
    return np.asarray((np.log(np.maximum(shares, 1e-9)) + np.asarray(lean)).argmax(axis=1))
