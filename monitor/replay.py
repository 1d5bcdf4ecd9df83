"""A recorded stream run again, as fast as it goes, through the same detection and judgement as a live one."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.clock import SystemClock, to_text
from monitor.detect.detector import Detector, DetectSettings
from monitor.errors import BadInput
from monitor.language import load, load_lexicon
from monitor.listing import load_listing
from monitor.merge import Origins, Shift, in_secs, merged
from monitor.model import Brand, Opportunity, Post, Score, Trend
from monitor.pipeline import Judgement, Pipeline, rules_of
from monitor.quality import Announcement, Listing, figures, figures_of_several
from monitor.sources import Tally
from monitor.sources.recording import Progress

FLUSH = timedelta(seconds=30)
"""After the last post the stream's clock goes on this long, so that what was under way is told."""
ALWAYS_TOLD = ("bad_json", "duplicate", "too_old")
"""Reasons for a drop that stand in the report even when there was none."""

Draft = Callable[[Opportunity], list[dict[str, str]]]
"""Writes the drafts of an opportunity; each with `account` and `text`."""


MIXED_SHARE = 0.1
"""A trend rests on two recordings when this share of its posts is of the lesser one: a stray post that happens to use
the same word mixes nothing."""


@dataclass(slots=True)
class Story:
    """What is kept of a replay while it runs."""

    announced: list[Announcement] = field(default_factory=list)
    trends: dict[str, Trend] = field(default_factory=dict)
    """Every announced trend as it was last seen, by id."""
    scores: dict[str, tuple[Score, ...]] = field(default_factory=dict)
    opportunities: list[Opportunity] = field(default_factory=list)
    files: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """How many of a trend's posts came from each file when it was announced; empty for a single file."""
    posts: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def span(self) -> timedelta:
        """From the first post to the last."""
        return self.last - self.first if self.first and self.last else timedelta()


def run(
    files: Sequence[str | Path],
    *,
    brands: Sequence[Brand],
    events_file: str | Path | Sequence[str | Path] | None = None,
    shifts: Sequence[Shift] = (),
    progress: Progress | None = None,
    draft: Draft | None = None,
    detect: DetectSettings | None = None,
) -> dict[str, Any]:
    """Replay files merged by time; returns the report of `bonmot replay --json`.

    `shifts` are as in `monitor.merge.spread`; the n-th list of happenings belongs to the n-th file and moves with it.
    Raises BadInput for a file that cannot be opened, a list that makes no sense, and shifts or lists that do not fit
    the number of files.
    """
    moved_secs = in_secs(files, shifts)
    listings = _listings(events_file, moved_secs)
    tally, clock = Tally(), SystemClock()
    origins = Origins(len(files)) if len(files) > 1 else None
    began = clock.now()
    detector = Detector(detect, rules=rules_of(brands))
    posts = merged(files, moved_secs, tally=tally, progress=progress, origins=origins)
    story = play(
        posts, Pipeline(brands, detector=detector, hear=load().hear, near=load_lexicon().near), origins=origins
    )
    wall_secs = (clock.now() - began).total_seconds()
    return {
        "posts": story.posts,
        "first": to_text(story.first) if story.first else None,
        "last": to_text(story.last) if story.last else None,
        "wall_secs": round(wall_secs, 3),
        "posts_per_sec": round(story.posts / wall_secs) if wall_secs > 0 else 0,
        "peak_rss_mb": _peak_rss_mb(),
        "dropped": _dropped(tally, detector),
        "places": list(tally.places),
        "trends": [_trend(story, one.id, origins) for one in story.announced],
        "opportunities": [_opportunity(one, draft) for one in story.opportunities],
        "events": _met(listings, story, origins),
    }


def _listings(given: str | Path | Sequence[str | Path] | None, moved_secs: Sequence[float]) -> list[Listing]:
    paths = [] if given is None else [given] if isinstance(given, str | Path) else list(given)
    if len(paths) > len(moved_secs):
        raise BadInput(
            f"{paths[len(moved_secs)]}: this list of happenings belongs to no recording: the n-th list goes with the "
            f"n-th file, and there are {len(paths)} lists for {len(moved_secs)}"
        )
    return [load_listing(path, shift_secs=secs) for path, secs in zip(paths, moved_secs, strict=False)]


def _met(listings: Sequence[Listing], story: Story, origins: Origins | None) -> dict[str, Any] | None:
    """How the listed happenings were met; one list is held against every announcement, several each against its own."""
    if not listings:
        return None
    if len(listings) == 1 or origins is None:
        return figures(listings[0], story.announced, story.span)
    told = [
        (listing, [one for one in story.announced if mostly_from(story.files[one.id]) == file], origins.span(file))
        for file, listing in enumerate(listings)
    ]
    mixed = sum(is_mixed(origins.counts(story.trends[one.id].evidence)) for one in story.announced)
    return figures_of_several(told, announced=len(story.announced), mixed=mixed, span=story.span)


def mostly_from(counts: Sequence[int]) -> int | None:
    """The file most of a trend's posts came from; of equals the first. None for no known post."""
    return max(range(len(counts)), key=counts.__getitem__) if any(counts) else None


def is_mixed(counts: Sequence[int]) -> bool:
    """Whether a trend rests on the posts of more than one file."""
    return sum(counts) > 0 and sum(sorted(counts)[:-1]) >= MIXED_SHARE * sum(counts)


def play(posts: Iterable[Post], pipeline: Pipeline, *, origins: Origins | None = None) -> Story:
    """Feed every post to the pipeline and note what comes of it; `origins` knows the files the posts come from."""
    story, now = Story(), None
    for post in posts:
        story.posts += 1
        now = post.created_at if now is None else max(now, post.created_at)
        story.first = story.first or now
        _note(story, pipeline.add(post), pipeline, origins=origins)
    if now is not None:
        story.last = now
        _note(story, pipeline.advance(now + FLUSH), pipeline, origins=origins)
        story.trends.update((trend.id, trend) for trend in pipeline.detector.live())
    return story


def _note(story: Story, told: Sequence[Judgement], pipeline: Pipeline, *, origins: Origins | None) -> None:
    for judgement in told:
        trend = judgement.trend
        if trend.id not in story.trends:
            story.announced.append(Announcement(trend.id, trend.detected_at, trend.name, trend.terms))
            if origins is not None:
                story.files[trend.id] = origins.counts(trend.evidence)
        story.trends[trend.id] = trend
        story.scores[trend.id] = judgement.scores
        story.opportunities += judgement.opportunities
    for trend in pipeline.detector.ended():
        story.trends[trend.id] = trend


def _dropped(tally: Tally, detector: Detector) -> dict[str, int]:
    dropped = dict.fromkeys(ALWAYS_TOLD, 0) | tally.dropped
    dropped["duplicate"] += detector.duplicates
    dropped["too_old"] += detector.too_old
    return dropped


def _trend(story: Story, trend_id: str, origins: Origins | None) -> dict[str, Any]:
    trend = story.trends[trend_id]
    return {
        "id": trend.id,
        "name": trend.name,
        "terms": list(trend.terms),
        "started_at": to_text(trend.started_at),
        "detected_at": to_text(trend.detected_at),
        "peaked_at": _maybe(trend.peaked_at),
        "ended_at": _maybe(trend.ended_at),
        "posts": trend.posts,
        "voices": trend.voices,
        "authors": trend.authors,
        "significance": round(trend.significance, 2),
        "samples": [post.id for post in trend.samples],
        "sample_texts": [post.text for post in trend.samples],
        "volume": list(trend.volume),
        "volume_started_at": to_text(trend.volume_started_at),
        "volume_step_secs": trend.volume_step_secs,
        "verdicts": {score.brand: _verdict(score) for score in story.scores.get(trend_id, ())},
        **({} if origins is None else {"files": list(origins.counts(trend.evidence))}),
    }


def _verdict(score: Score) -> dict[str, Any]:
    return {
        "verdict": score.verdict.value,
        "tier": score.tier,
        "score": round(score.value, 3),
        "bridge": score.bridge.name if score.bridge else None,
        "why": score.why,
        "against": list(score.against),
        "signals": {signal.name: {"value": round(signal.value, 3), "why": signal.why} for signal in score.signals},
    }


def _opportunity(one: Opportunity, draft: Draft | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "trend": one.trend.id,
        "brand": one.brand,
        "offered_at": to_text(one.offered_at),
        "deadline": to_text(one.deadline),
        "drafts": draft(one) if draft else [],
    }


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def _peak_rss_mb() -> int:
    """The most memory this process ever held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))
