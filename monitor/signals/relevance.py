"""How well the brand's keyword rules meet what people write, and whether a rule says it is none of our business."""

from __future__ import annotations

from datetime import datetime

from monitor.keywords import cut, parse
from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Reading

EXCLUDED_FROM = 0.2
"""A rule of `exclude` stops the trend when one voice in five meets it, or the trend's own name does."""
FULL_SHARE = 0.5
"""Half of the voices meeting a rule of weight 1 is as good as all of them."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The weighted share of voices that meet a rule; 0.5 where the brand has no rules."""
    reading = context.reading_of(trend)
    if excluded := _excluded(trend, brand, reading):
        return Signal("relevance", 0.0, f"excluded by the rule {excluded!r}", veto=Verdict.IGNORE)
    if not brand.keywords:
        return Signal("relevance", 0.5, "the brand has no keyword rules")
    met = [(rule.weight * _share(rule.match, reading), rule.match) for rule in brand.keywords]
    best, name = max(met)
    value = min(1.0, sum(part for part, _ in met) / FULL_SHARE)
    return Signal("relevance", value, f"best rule: {name}" if best else "no keyword rule meets what people write")


def _share(rule: str, reading: Reading) -> float:
    places = parse(rule).places(reading.index)
    return len(places) / len(reading.voices) if reading.voices else 0.0


def _excluded(trend: Trend, brand: Brand, reading: Reading) -> str | None:
    title = cut(" ".join((trend.name, *trend.terms)))
    for rule in brand.exclude:
        if parse(rule).matches(title) or _share(rule, reading) >= EXCLUDED_FROM:
            return rule
    return None
