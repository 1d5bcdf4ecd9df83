"""A text judged as if many people wrote it in the last minutes: what `explain` says, and whoever else asks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.examples import trend_from_texts
from monitor.model import Brand, Score, Trend
from monitor.score import DEFAULT_WEIGHTS, judge
from monitor.signals.context import Context

LOUD = 4
"""A few posts stand for many: without a number the crowd is this many times the brand's smallest."""
FEW = 3
"""Fewer posts than this are each taken as said by so many people, with a number behind to tell them apart: one voice
alone is never a trend, and no signal would read it."""


def tried(
    posts: Sequence[str], brand: Brand, now: datetime, *, context: Context, voices: int | None = None
) -> tuple[Trend, Score]:
    """The trend that these posts would make, said by `voices` people, and what is thought of it for one brand."""
    crowd = voices or LOUD * brand.min_voices
    said = [f"{post} {n}" for post in posts for n in range(1, FEW + 1)] if len(posts) < FEW else posts
    trend = trend_from_texts(said, now, voices_each=max(1, -(-crowd // len(said))))
    return trend, judge(trend, brand, now, context=context)


def weights_of(brand: Brand, score: Score) -> dict[str, float]:
    """What each signal weighed in this score."""
    return {s.name: brand.weights.get(s.name, DEFAULT_WEIGHTS.get(s.name, 0.0)) for s in score.signals}
