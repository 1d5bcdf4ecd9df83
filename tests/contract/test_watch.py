"""The daemon's ear on broken input: what it drops is counted to the last line, and the first places are told."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import structlog

from monitor import telemetry
from monitor.aside import Aside, Here, Thread
from monitor.clock import FakeClock
from monitor.detect.detector import Detector
from monitor.model import Post
from monitor.pipeline import Judgement, Pipeline
from monitor.sources import Tally, recording
from monitor.telemetry import METRICS
from monitor.watch import Watch

NOW = datetime(2013, 2, 4, 2, tzinfo=UTC)
GOOD = b'{"id": "1", "created_at": "2013-02-04T01:00:00Z", "text": "tea"}\n'
BROKEN = b"\x00\xff\x1b[2J\n" * 7


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs go; the set-up of the process is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    level, handlers = root.level, root.handlers[:]
    telemetry.configure(stream=lambda: stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def counted() -> float:
    return METRICS.get_sample_value("bonmot_posts_dropped_total", {"reason": "not_text"}) or 0.0


async def heard(path: Path, pipeline: Pipeline | None = None, think: Aside | None = None) -> Watch:
    """Listen to one recording to its end."""
    cursors: dict[str, str] = {}

    async def receive(_judgement: Judgement, _is_recording: bool) -> None:
        raise AssertionError("nothing here is a trend")

    async def save(source: str, cursor: str) -> None:
        cursors[source] = cursor

    async def stored(source: str) -> str | None:
        return cursors.get(source)

    async def save_state(_cursors: Mapping[str, str]) -> None:
        """Nothing here comes back."""

    clock, tally = FakeClock(NOW), Tally()
    watch = Watch(
        sources=[recording.build(recording.Settings(files=[str(path)]), tally, clock)],
        pipeline=pipeline or Pipeline([], detector=Detector()),
        clock=clock,
        receive=receive,
        save_cursor=save,
        load_cursor=stored,
        save_state=save_state,
        save_every_secs=120.0,
        tally=tally,
        random=Random(1),
        think=think or Here(),
    )
    await watch.run(asyncio.Event())
    return watch


@pytest.mark.parametrize("data", [BROKEN, GOOD + BROKEN, BROKEN + GOOD], ids=["nothing else", "behind", "before"])
async def test_broken_lines_are_counted_wherever_they_stand(tmp_path: Path, written: io.StringIO, data: bytes) -> None:
    path = tmp_path / "evening.jsonl"
    path.write_bytes(data)
    before = counted()
    watch = await heard(path)
    assert counted() - before == 7
    assert watch.listening["recording"].posts == data.count(b"tea")
    told = [line for line in written.getvalue().splitlines() if " post_dropped place=" in line]
    assert len(told) == 5, "the first few places, not all of them"
    assert "evening.jsonl:" in told[0]
    assert not [sign for sign in "\x1b\x00" if sign in written.getvalue()]


async def test_the_loop_goes_on_while_the_pipeline_thinks(tmp_path: Path) -> None:
    path = tmp_path / "evening.jsonl"
    path.write_bytes(GOOD)
    is_thinking, may_end, thread = threading.Event(), threading.Event(), Thread("pipeline")

    class Slow(Pipeline):
        def add(self, post: Post) -> list[Judgement]:
            is_thinking.set()
            assert may_end.wait(60.0), "the loop stood still while a post was thought about"
            return super().add(post)

    listening = asyncio.ensure_future(heard(path, Slow([], detector=Detector()), thread))
    while not is_thinking.is_set():
        await asyncio.sleep(0)
    assert not listening.done()
    may_end.set()
    assert (await listening).listening["recording"].posts == GOOD.count(b"tea")
    thread.close()


async def test_a_rule_that_runs_out_of_time_is_told_once(tmp_path: Path, written: io.StringIO) -> None:
    slow = "d" * 400 + "a" * 1200 + "r" * 1200 + "k" * 1200 + "!"
    lines = (
        f'{{"id": "{number}", "created_at": "2013-02-04T01:{number:02}:00Z", "text": "{slow}{number}"}}\n'
        for number in range(10, 50, 10)
    )
    path = tmp_path / "slow.jsonl"
    path.write_text("".join(lines))
    rule = "/d.*a.*r.*k.*!.*?!.*!.*!/"
    watch = await heard(path, Pipeline([], detector=Detector(rules=(rule,))))
    watch.pipeline.detector.advance(NOW)
    for _ in range(2):
        watch._tell_slow_rules()
    assert written.getvalue().count("rule_timed_out") == 1
    assert rule in written.getvalue()
