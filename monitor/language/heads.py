"""Heads: small linear models that say how likely each label of a text is; arrays in, probabilities out, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.errors import BadState
from monitor.language.grams import BUCKETS, KINDS, buckets

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """One trained head. A head of two labels keeps one number for the second; the first one's is nought."""

    name: str
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    """Two-letter codes of the languages it was trained and measured on."""
    weights: NDArray[np.int8]
    """Shape (kinds * BUCKETS, outputs)."""
    scales: Floats
    """What one step of a weight is worth; shape (kinds, outputs)."""
    bias: Floats
    """Shape (outputs,)."""
    lean: Floats
    """Added to the logarithms of the probabilities before the likeliest label is named; shape (labels,)."""

    def __post_init__(self) -> None:
        outputs = outputs_of(len(self.labels))
        shapes = {
            "weights": (self.weights.shape, (len(KINDS) * BUCKETS, outputs)),
            "scales": (self.scales.shape, (len(KINDS), outputs)),
            "bias": (self.bias.shape, (outputs,)),
            "lean": (self.lean.shape, (len(self.labels),)),
        }
        for what, (seen, wanted) in shapes.items():
            if seen != wanted:
                raise BadState(f"head {self.name}: {what} have shape {seen}, expected {wanted}; train the head again")

    @property
    def task(self) -> str:
        """What it tells; several heads may tell one thing in other languages (`sentiment`, `sentiment-abroad`)."""
        return self.name.partition("-")[0]


def outputs_of(labels: int) -> int:
    """Numbers a head keeps for so many labels."""
    return 1 if labels == 2 else labels


class Heads:
    """Several heads that read a text together: its features are found once and looked up in one table."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._weights = np.ascontiguousarray(np.hstack([head.weights for head in heads]))
        ends = np.cumsum([head.bias.size for head in heads]).tolist()
        # Parts of the one table from now on, so that nothing is kept twice.
        self.heads = tuple(
            replace(head, weights=self._weights[:, end - head.bias.size : end])
            for head, end in zip(heads, ends, strict=True)
        )
        self._scales = np.hstack([head.scales for head in heads])
        self._bias = np.concatenate([head.bias for head in heads])

    def probabilities(self, text: str) -> dict[str, Floats]:
        """Head's name -> the probability of each of its labels, which sum to one."""
        sums = self._sums(text)
        found, begin = {}, 0
        for head in self.heads:
            end = begin + head.bias.size
            found[head.name] = _shares(sums[begin:end])
            begin = end
        return found

    def _sums(self, text: str) -> Floats:
        """Each output before it becomes a probability: a kind counts by the root of how many features it has."""
        sums = self._bias.copy()
        for kind, found in enumerate(buckets(text)):
            if found.size:
                rows = self._weights.take(found + kind * BUCKETS, axis=0).sum(axis=0, dtype=np.int32)
                sums += (rows / np.sqrt(found.size)).astype(np.float32) * self._scales[kind]
        return sums


def label_of(head: Head, probabilities: Floats) -> str:
    """The label to name, leaned as the head's own measure asks (equal weight for rare labels, or for one of two)."""
    return head.labels[int(np.argmax(np.log(np.maximum(probabilities, 1e-9)) + head.lean))]


def named(head: Head, probabilities: Floats) -> Mapping[str, float]:
    """Label -> its probability."""
    return {label: float(share) for label, share in zip(head.labels, probabilities, strict=True)}


def _shares(sums: Floats) -> Floats:
    if sums.size == 1:
        sums = np.append(np.float32(0), sums)
    raised = np.exp(sums - sums.max())
    shares: Floats = (raised / raised.sum()).astype(np.float32)
    return shares
