"""One post with a wrong date does not make the daemon deaf, whether it listens live or to a recording."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from monitor.clock import FakeClock
from monitor.detect.detector import Detector
from monitor.model import Post
from monitor.pipeline import Judgement, Pipeline
from monitor.sources import Batch, Source, Tally, recording
from monitor.telemetry import METRICS
from monitor.watch import Watch

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
POSTS = 1500
WRONG = 100
"""The place of the post that is dated far ahead."""


def evening() -> list[Post]:
    """A post a second, one of them dated twelve hours ahead."""
    times = [NOW + timedelta(seconds=at, hours=12 * (at == WRONG)) for at in range(POSTS)]
    return [Post(str(number), "radio", at, f"tea {number}") for number, at in enumerate(times)]


@dataclass
class Live:
    """A source of the present."""

    name: str = "radio"
    is_recording: bool = False

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        for start in range(0, POSTS, 100):
            yield Batch(evening()[start : start + 100])


async def heard(source: Source, tally: Tally, clock: FakeClock) -> Detector:
    """The detector of a watch that listened to the end."""

    async def receive(_judgement: Judgement, _is_recording: bool) -> None:
        raise AssertionError("nothing here is a trend")

    async def save(_source: str, _cursor: str) -> None:
        """Nothing here comes back."""

    async def stored(_source: str) -> str | None:
        return None

    async def save_state(_cursors: Mapping[str, str]) -> None:
        """Nothing here comes back."""

    detector = Detector()
    watch = Watch(
        sources=[source], pipeline=Pipeline([], detector=detector), clock=clock, receive=receive, save_cursor=save,
        load_cursor=stored, save_state=save_state, save_every_secs=120.0, tally=tally, random=Random(1),
    )  # fmt: skip
    await watch.run(asyncio.Event())
    return detector


def dropped() -> float:
    return METRICS.get_sample_value("bonmot_posts_dropped_total", {"reason": "too_early"}) or 0.0


async def test_live_a_post_far_ahead_is_dropped_and_counted_and_all_others_are_heard() -> None:
    tally, before = Tally(), dropped()
    detector = await heard(Live(), tally, FakeClock(NOW + timedelta(minutes=20)))
    assert tally.dropped == {"too_early": 1}
    assert dropped() - before == 1
    assert detector.too_old == 0


async def test_in_a_recording_it_stands_at_its_time_and_all_others_are_heard(tmp_path: Path) -> None:
    path = tmp_path / "evening.jsonl"
    rows = [{"id": one.id, "created_at": one.created_at.isoformat(), "text": one.text} for one in evening()]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    tally, clock = Tally(), FakeClock(NOW + timedelta(days=1))
    detector = await heard(recording.build(recording.Settings(files=[str(path)]), tally, clock), tally, clock)
    assert (tally.dropped, detector.too_old) == ({}, 0)
