"""A brand team's own examples: posts as people might write them, and the verdict the team wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator

from monitor.keywords import cut
from monitor.model import Brand, Post, Score, Stage, Trend, Verdict
from monitor.schema import Model
from monitor.score import judge
from monitor.signals.context import Context, Hear, Near, remember
from monitor.signals.words.common import COMMON, SMALL

MAX_NAME = 60
AGE = timedelta(minutes=4)
"""How old an example is taken to be: young enough that only what people write decides."""

Text = Annotated[str, Field(min_length=1, max_length=5000)]


class EarlierSettings(Model):
    """What happened before the example: a trend the guard may still remember."""

    hours_before: float = Field(gt=0.0, le=720.0)
    posts: list[Text] = Field(min_length=3, max_length=200)


class ExampleSettings(Model):
    """One situation and the verdict the brand team wants."""

    name: str = Field(min_length=1, max_length=120)
    posts: list[Text] = Field(min_length=3, max_length=200)
    want: Literal["offer", "caution", "block", "ignore"]
    why: str = Field(min_length=1, max_length=500)
    earlier: list[EarlierSettings] = Field(default_factory=list, max_length=10)
    at: str | None = Field(default=None, description="a day, 2027-09-11, or a time, 2027-09-11T21:00:00Z")
    """When it happens; without it, on a day when nobody mourns. A day alone means its noon, UTC."""

    @field_validator("at")
    @classmethod
    def _real_time(cls, at: str | None) -> str | None:
        if at is not None:
            to_time(at)
        return at


class ExampleFile(Model):
    """One file in config/tests/, named after its brand."""

    examples: list[ExampleSettings] = Field(min_length=1, max_length=500)


def try_example(
    example: ExampleSettings, brand: Brand, now: datetime, *, hear: Hear | None = None, near: Near | None = None
) -> Score:
    """Judge the example's posts as a young, loud trend; `score.verdict` should be `example.want`.

    `now` counts where the example does not say when it happens: then nobody mourns, whatever day it is.
    """
    now = to_time(example.at) if example.at else now
    brand = brand if example.at else replace(brand, remembered=())
    context = Context(hear=hear, near=near)
    for earlier in example.earlier:
        then = now - timedelta(hours=earlier.hours_before)
        trend = trend_from_texts(earlier.posts, then)
        context = remember(context, trend, judge(trend, brand, then, context=context), now=then)
    return judge(
        trend_from_texts(example.posts, now, voices_each=_loud_enough(example, brand)), brand, now, context=context
    )


def to_time(text: str) -> datetime:
    """A day (its noon) or a time, in UTC where it names no zone. Raises ValueError with a sentence for a person."""
    try:
        time = datetime.fromisoformat(text if len(text) > len("2027-09-11") else f"{text}T12:00:00Z")
    except ValueError as error:
        raise ValueError("must be a day such as 2027-09-11 or a time such as 2027-09-11T21:00:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def wanted(example: ExampleSettings) -> Verdict:
    """The verdict the team wrote."""
    return Verdict(example.want)


def _loud_enough(example: ExampleSettings, brand: Brand) -> int:
    """A few posts stand for many: the crowd is made four times the brand's smallest."""
    return max(1, -(-4 * brand.min_voices // len(example.posts)))


def trend_from_texts(texts: Sequence[str], now: datetime, *, voices_each: int = 1) -> Trend:
    """A rising trend, four minutes old, that rests on these texts; each stands for `voices_each` voices."""
    started_at = now - AGE
    step = AGE / max(1, len(texts))
    posts = tuple(
        Post(id=f"example-{n}", platform="example", created_at=started_at + step * n, text=text)
        for n, text in enumerate(texts, start=1)
    )
    voices = len(posts) * voices_each
    terms = _terms(texts)
    return Trend(
        id="example",
        name=(" ".join(terms[:4]) or "example")[:MAX_NAME],
        terms=terms,
        stage=Stage.RISING,
        started_at=started_at,
        detected_at=now,
        peaked_at=None,
        ended_at=None,
        posts=voices,
        voices=voices,
        authors=None,
        significance=10.0,
        velocity=voices / (AGE / timedelta(minutes=1)),
        expected_velocity=0.5,
        samples=posts[:5],
        evidence=posts,
        volume=(voices,),
        volume_started_at=started_at,
        volume_step_secs=60,
    )


def _terms(texts: Sequence[str]) -> tuple[str, ...]:
    """The words most texts share, the commonest first."""
    seen = Counter(word for text in texts for word in cut(text).tokens)
    common = sorted((word for word in seen if _tells(word)), key=lambda word: (-seen[word], word))
    return tuple(word for word in common if seen[word] >= max(2, len(texts) // 5))[:8]


def _tells(word: str) -> bool:
    return len(word) >= 3 and word not in COMMON and word not in SMALL
