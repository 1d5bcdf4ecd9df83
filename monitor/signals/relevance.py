"""How well keyword rules and description meet what people write; or a rule says that it is none of our business."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from monitor.keywords import cut, parse
from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Reading, Share
from monitor.signals.words.common import COMMON

EXCLUDED_FROM = 0.2
"""A rule of `exclude` stops the trend when one voice in five meets it, or the trend's own name does."""
DESCRIBED = 0.25
"""What the description adds at most: it is written for people, and holds words that meet much."""
SHORTEST = 5
"""Letters; shorter words of a description mostly hold it together."""
FULL_SHARE = 0.5
"""Half of the voices meeting a rule of weight 1 is as good as all of them."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The weighted share of voices that meet a rule, 0.5 where the brand has none, and a little for its description."""
    reading = context.reading_of(trend)
    if excluded := _excluded(trend, brand, reading):
        return Signal("relevance", 0.0, f"excluded by the rule {excluded!r}", veto=Verdict.IGNORE)
    value, why = _by_rules(brand, reading)
    described = _described(brand, reading, context)
    if described.hits:
        value = min(1.0, value + DESCRIBED * min(1.0, described.value / FULL_SHARE))
        why = f"{why}; {described} use words like the brand's description"
    return Signal("relevance", value, why)


def _by_rules(brand: Brand, reading: Reading) -> tuple[float, str]:
    if not brand.keywords:
        return 0.5, "the brand has no keyword rules"
    met = [(rule.weight * _share(rule.match, reading), rule.name) for rule in brand.keywords]
    best, name = max(met)
    value = min(1.0, sum(part for part, _ in met) / FULL_SHARE)
    return value, f"best rule: {name}" if best else "no keyword rule meets what people write"


def _described(brand: Brand, reading: Reading, context: Context) -> Share:
    """How many voices use a word of the description, or with a lexicon one that means nearly the same."""
    words = _telling(brand.description)
    near = [word for one in words for word, _ in (context.near(one) if context.near is not None else ())]
    return reading.share_with({*words, *(word for word in near if word not in COMMON)})


@lru_cache(maxsize=256)
def _telling(description: str) -> tuple[str, ...]:
    """The words of a description that are about something."""
    words = cut(description).tokens
    return tuple(sorted(word for word in words if len(word) >= SHORTEST and word not in COMMON))


def _share(rule: str, reading: Reading) -> float:
    places = parse(rule).places(reading.index)
    return len(places) / len(reading.voices) if reading.voices else 0.0


def _excluded(trend: Trend, brand: Brand, reading: Reading) -> str | None:
    title = cut(" ".join((trend.name, *trend.terms)))
    for rule in brand.exclude:
        if parse(rule).matches(title) or _share(rule, reading) >= EXCLUDED_FROM:
            return rule
    return None
