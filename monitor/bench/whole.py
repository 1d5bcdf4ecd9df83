"""All measurements put together: which parts are wanted, in how many processes, and what came of the targets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from monitor.bench import day, firehose, speed, targets
from monitor.bench.streams import PAIRS, Streams, alone, overlaid, thickened
from monitor.detect.detector import Detector
from monitor.model import Brand
from monitor.pipeline import Pipeline, rules_of

PARTS = ("speed", "firehose", "streams", "overlays", "thickened", "memory")
Result = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    parts: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Recorded streams; overlays and thickened streams of others are left out."""
    posts: int = speed.POSTS
    piece_minutes: float = day.PIECE_MINUTES
    processes: int = 1


def measure(plan: Plan, streams: Streams, brands: Sequence[Brand], *, tell: Tell) -> Result:
    """Everything the plan wants, as one object that JSON can hold."""
    result: Result = {"lean": None} | {
        name: list[Any]() for name in ("stages", "firehose", "memory", "streams", "overlays", "thickened")
    }
    if "speed" in plan.parts:
        result.update(_speed(plan, brands, tell))
    if "firehose" in plan.parts:
        result["firehose"] = _firehose(min(plan.posts, firehose.POSTS), brands, tell)
    if "memory" in plan.parts:
        result["memory"] = day.day(piece_minutes=plan.piece_minutes, tell=lambda row: tell(_piece(row)))
        result["flat"] = day.flat(result["memory"])
    with _pool(plan.processes) as run:
        result.update(_quality(plan, streams, brands, run=run, tell=tell))
    return {**result, **judged(result)}


def judged(result: Result) -> Result:
    """The totals of what was measured, and each promise with whether it is kept."""
    totals = {name: targets.total(rows) for name, rows in targets.groups(result["streams"]).items()}
    totals |= {f"thickened {name}": targets.total(rows) for name, rows in targets.groups(result["thickened"]).items()}
    promised = {
        "speed": targets.of_speed(result["stages"]),
        "firehose": targets.of_firehose(result.get("firehose", ())),
        "slack": targets.of_clicks(result.get("slack", ())),
        "memory": targets.of_memory(result["flat"]) if "flat" in result else [],
        **{
            _with_size(name, figures): (targets.of_sparse if name.endswith("sparse") else targets.of_dense)(figures)
            for name, figures in totals.items()
        },
        "overlays": targets.of_overlays(result["overlays"]),
    }
    return {
        "totals": totals,
        "targets": [{"of": group, **asdict(target)} for group, found in promised.items() for target in found],
    }


def _with_size(name: str, figures: Result) -> str:
    return f"{name}, {figures['streams']} streams"


def _speed(plan: Plan, brands: Sequence[Brand], tell: Tell) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lean.jsonl"
        tell(f"writing {plan.posts:,} made-up posts")
        line_bytes = speed.write_lean(path, plan.posts)
        found = speed.stages(path, brands, rules=speed.rule_texts(), tell=tell)
    lean = {"posts": plan.posts, "bytes_a_line": round(line_bytes), "rules": speed.RULES}
    stages = [{"name": s.name, "posts_per_sec": round(s.posts_per_sec), "ratio": round(s.ratio, 4)} for s in found]
    return {"lean": lean, "stages": stages}


def _firehose(posts: int, brands: Sequence[Brand], tell: Tell) -> list[Result]:
    """X's stream alone, then with everything behind it on the same core."""
    tell(f"reading {posts:,} posts from a socket through X's stream")
    rows = [_heard("X's stream", firehose.measure(posts))]
    tell(f"reading {posts:,} posts from a socket through X's stream into the pipeline")
    pipeline = Pipeline(brands, detector=Detector(rules=rules_of(brands)))
    return [*rows, _heard("X's stream into the pipeline", firehose.measure(posts, pipeline.add))]


def _heard(name: str, found: firehose.Firehose) -> Result:
    return {
        "name": name,
        "posts": found.posts,
        "bytes_a_line": round(found.line_bytes),
        "posts_per_sec": round(found.posts_per_sec),
        "posts_per_core_sec": round(found.posts_per_core_sec),
    }


Run = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterator[Any]]
"""Calls a function once for each tuple of arguments and yields the answers in that order."""


@contextmanager
def _pool(processes: int) -> Iterator[Run]:
    if processes <= 1:
        yield lambda function, calls: (function(*each) for each in calls)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield lambda function, calls: pool.map(function, *zip(*calls, strict=True)) if calls else iter(())


def _quality(plan: Plan, streams: Streams, brands: Sequence[Brand], *, run: Run, tell: Tell) -> Result:
    rows: dict[str, dict[str, Any]] = {}
    pairs = [pair for pair in PAIRS if "overlays" in plan.parts and set(pair) <= set(plan.names)]
    needed = plan.names if "streams" in plan.parts else tuple({name: 0 for pair in pairs for name in pair})
    for row in run(alone, [(streams, name, tuple(brands)) for name in needed]):
        tell(f"replayed {row['stream']}")
        rows[row["stream"]] = row
    overlays = []
    for row in run(overlaid, [(streams, pair, [rows[name] for name in pair]) for pair in pairs]):
        tell(f"replayed {' over '.join(row['streams'])}")
        overlays.append(row)
    thick = []
    wanted = plan.names if "thickened" in plan.parts else ()
    for row in run(thickened, [(streams, name) for name in wanted if streams.volume_file(name)]):
        tell(f"replayed {row['stream']} with {row['added']:,} posts of chatter added")
        thick.append(row)
    return {"streams": list(rows.values()), "overlays": overlays, "thickened": thick}


def _piece(row: dict[str, Any]) -> str:
    if not row["piece"]:
        return f"a day in {day.PIECES} pieces: {row['rss_mb']:.0f} MB before the first post"
    return f"piece {row['piece']} from {row['hour']:.0f}:00: {row['rss_mb']:.0f} MB, {row['posts_per_sec']:,} posts/s"
