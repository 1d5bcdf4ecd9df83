"""How the tagger is taught, apart from the teaching: the card tells it where torch is not installed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is taught; chosen on the validation splits."""

    layers: tuple[int, ...] = (2, 3, 4)
    """After how many layers of the encoder its rows are taken."""
    seed: int = 1
    rounds: int = 8
    rate: float = 2e-3
    mixed: int = 192
    looks: tuple[int, ...] = (256, 192)
    """Width of each look at a word among its neighbours."""
    dropped: float = 0.3
    small: float = 0.1
    """Share of the posts shown in small letters, as many write."""
    batch: int = 64
