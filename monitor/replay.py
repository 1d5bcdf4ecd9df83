"""A recorded stream run again, as fast as it goes, through the same detection and judgement as a live one."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from monitor.clock import SystemClock, from_text, to_text
from monitor.detect.detector import Detector, DetectSettings
from monitor.errors import BadInput
from monitor.model import Brand, Opportunity, Post, Score, Trend
from monitor.pipeline import Pipeline
from monitor.quality import Announcement, Happening, Listing, figures
from monitor.sources import Tally
from monitor.sources.recording import Progress, read

FLUSH = timedelta(seconds=30)
"""After the last post the stream's clock goes on this long, so that what was under way is told."""
ALWAYS_TOLD = ("bad_json", "duplicate", "too_old")
"""Reasons for a drop that stand in the report even when there was none."""

Draft = Callable[[Opportunity], list[dict[str, str]]]
"""Writes the drafts of an opportunity; each with `account` and `text`."""


@dataclass(slots=True)
class _Story:
    """What is kept of a replay while it runs."""

    announced: list[Announcement] = field(default_factory=list)
    trends: dict[str, Trend] = field(default_factory=dict)
    scores: dict[str, tuple[Score, ...]] = field(default_factory=dict)
    opportunities: list[Opportunity] = field(default_factory=list)
    posts: int = 0
    first: datetime | None = None
    last: datetime | None = None


def run(
    files: Sequence[str | Path],
    *,
    brands: Sequence[Brand],
    events_file: str | Path | None = None,
    shift_secs: float = 0.0,
    progress: Progress | None = None,
    draft: Draft | None = None,
    detect: DetectSettings | None = None,
) -> dict[str, Any]:
    """Replay files merged by time; returns the report of `bonmot replay --json`.

    Raises BadInput for a file that cannot be opened and for a list of happenings that makes no sense.
    """
    listing = None if events_file is None else load_listing(events_file, shift_secs=shift_secs)
    tally, clock = Tally(), SystemClock()
    began = clock.now()
    detector = Detector(detect)
    story = _play(
        read(files, tally=tally, shift_secs=shift_secs, progress=progress), Pipeline(brands, detector=detector)
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
        "trends": [_trend(story.trends[one.id], story.scores.get(one.id, ())) for one in story.announced],
        "opportunities": [_opportunity(one, draft) for one in story.opportunities],
        "events": None if listing is None else figures(listing, story.announced, _span(story)),
    }


def _play(posts: Iterable[Post], pipeline: Pipeline) -> _Story:
    """Feed every post and note what comes of it."""
    story, now = _Story(), None
    for post in posts:
        story.posts += 1
        now = post.created_at if now is None else max(now, post.created_at)
        story.first = story.first or now
        _note(story, pipeline, now, post=post)
    if now is not None:
        story.last = now
        _note(story, pipeline, now + FLUSH)
        story.trends.update((trend.id, trend) for trend in pipeline.detector.live())
    return story


def _note(story: _Story, pipeline: Pipeline, now: datetime, *, post: Post | None = None) -> None:
    for judgement in pipeline.advance(now) if post is None else pipeline.add(post):
        trend = judgement.trend
        if trend.id not in story.trends:
            story.announced.append(Announcement(trend.id, trend.detected_at, trend.name, trend.terms))
        story.trends[trend.id] = trend
        story.scores[trend.id] = judgement.scores
        story.opportunities += judgement.opportunities
    for trend in pipeline.detector.ended():
        story.trends[trend.id] = trend


def load_listing(path: str | Path, *, shift_secs: float = 0.0) -> Listing:
    """Read a file of listed happenings. Raises BadInput with the file and what is wrong."""
    try:
        found = yaml.load(Path(path).read_bytes(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: bytes that are no text, the 30th of February
        raise BadInput(f"{path}: is no YAML: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("events"), list):
        raise BadInput(f"{path}: is no list of happenings: it needs a key `events` with a list under it")
    try:
        return _listing(found, timedelta(seconds=shift_secs))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path}: is no list of happenings: {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    return f"the key {error} is missing" if isinstance(error, KeyError) else str(error)


def _listing(found: dict[str, Any], shift: timedelta) -> Listing:
    happenings = tuple(_happening(one, number, shift=shift) for number, one in enumerate(found["events"], start=1))
    quiet = tuple((_time(one["from"]) + shift, _time(one["to"]) + shift) for one in found.get("quiet") or [])
    for start, end in quiet:
        if end < start:
            raise ValueError(f"a quiet period ends at {to_text(end)}, before it begins at {to_text(start)}")
    return Listing(happenings, quiet, timedelta(seconds=float(found.get("tolerance_seconds", 180))))


def _happening(one: Any, number: int, *, shift: timedelta) -> Happening:
    if not isinstance(one, dict) or not isinstance(one.get("terms"), list):
        raise ValueError(f"event {number} needs id, onset and a list of terms")
    terms = tuple(str(term) for term in one["terms"])
    return Happening(str(one["id"]), _time(one["onset"]) + shift, terms, is_major=one.get("strength") == "major")


def _time(value: str | datetime) -> datetime:
    if not isinstance(value, str | datetime):
        raise ValueError(f"{value!r} is no time; write 2021-06-14T13:42:16Z")
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return from_text(value)


def _span(story: _Story) -> timedelta:
    return story.last - story.first if story.first and story.last else timedelta()


def _dropped(tally: Tally, detector: Detector) -> dict[str, int]:
    dropped = dict.fromkeys(ALWAYS_TOLD, 0) | tally.dropped
    dropped["duplicate"] += detector.duplicates
    dropped["too_old"] += detector.too_old
    return dropped


def _trend(trend: Trend, scores: Sequence[Score]) -> dict[str, Any]:
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
        "verdicts": {score.brand: _verdict(score) for score in scores},
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
