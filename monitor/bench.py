"""How fast each stage is, as a ratio to bare JSON decoding in the same run, and how good detection is on recordings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from monitor.detect.detector import Detector
from monitor.detect.text import read as read_text
from monitor.model import Brand, Post
from monitor.pipeline import Pipeline
from monitor.replay import run as replay
from monitor.sources import Tally
from monitor.sources.recording import read as read_recording


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow, the stages before it included."""

    name: str
    posts_per_sec: float
    """Posts a second of one core's time."""
    ratio: float
    """Of bare JSON decoding of the same lines in the same run: comparable between machines."""


def stages(path: Path, brands: Sequence[Brand]) -> list[Stage]:
    """Measure every stage on the posts of one plain JSONL file, each from the file on."""
    lines = path.read_bytes().splitlines()
    posts = list(read_recording([path], tally=Tally()))
    bare = _rate(lambda: _drain(msgspec.json.decode(line) for line in lines), len(lines))
    measured: dict[str, Callable[[], None]] = {
        "decode to posts, checked, in order": lambda: _drain(read_recording([path], tally=Tally())),
        "+ terms of every text": lambda: _drain(read_text(post.text) for post in read_recording([path], tally=Tally())),
        "+ duplicates, bursts, trends": lambda: _detect(read_recording([path], tally=Tally())),
        "+ judged for every brand": lambda: _judge(read_recording([path], tally=Tally()), brands),
    }
    rates = {name: _rate(run, len(posts)) for name, run in measured.items()}
    return [Stage("bare JSON decoding", bare, 1.0), *(Stage(name, rate, rate / bare) for name, rate in rates.items())]


def quality(shared: Path, brands: Sequence[Brand], tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Replay every recorded stream below `shared`/data; one row each, in the words of `replay`."""
    rows = []
    for stream in sorted((shared / "data" / "streams").glob("*.jsonl.gz")):
        name = stream.name.removesuffix(".jsonl.gz")
        tell(name)
        events = shared / "data" / "events" / f"{name}.yaml"
        report = replay([stream], brands=brands, events_file=events if events.exists() else None)
        rows.append({"stream": name, **_row(report)})
    return rows


def _row(report: dict[str, Any]) -> dict[str, Any]:
    verdicts = [said["verdict"] for trend in report["trends"] for said in trend["verdicts"].values()]
    kept = {key: report[key] for key in ("posts", "posts_per_sec", "peak_rss_mb")}
    return {
        **kept,
        "trends": len(report["trends"]),
        "offers": verdicts.count("offer"),
        "cautions": verdicts.count("caution"),
        "blocks": verdicts.count("block"),
        **(report.get("events") or {}),
    }


def _rate(run: Callable[[], None], count: int) -> float:
    """Posts a second of process time: the best of three, which is the least disturbed."""
    best = min(_secs(run) for _ in range(3))
    return count / max(best, 1e-9)


def _secs(run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def _detect(posts: Iterable[Post]) -> None:
    detector = Detector()
    for post in posts:
        detector.add(post)
        detector.advance(post.created_at)


def _judge(posts: Iterable[Post], brands: Sequence[Brand]) -> None:
    pipeline = Pipeline(brands, detector=Detector())
    for post in posts:
        pipeline.add(post)
