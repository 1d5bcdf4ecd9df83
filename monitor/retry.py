"""How long to wait before asking again: the one back-off policy of the program."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random


def delays(random: Random, *, first_secs: float = 1.0, most_secs: float = 60.0) -> Iterator[float]:
    """Yield waiting times in seconds: doubling from `first_secs` to `most_secs`, each with full jitter.

    Full jitter spreads the return of many clients best ("Exponential Backoff And Jitter", AWS architecture blog, 2015);
    a floor of half the first delay keeps the loop from spinning.
    """
    ceiling = first_secs
    while True:
        yield max(first_secs / 2, random.uniform(0, ceiling))
        ceiling = min(most_secs, ceiling * 2)
