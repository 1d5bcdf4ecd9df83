"""`bonmot bench`: speed of each stage as a ratio, and quality on recorded streams where there are any."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor.bench import quality, stages
from monitor.errors import BadInput
from monitor.model import Brand
from responders.commands import Json
from responders.demo.evening import evening, write
from responders.loading import load_settings, starter_dir

QUALITY = {
    "posts": "posts",
    "posts_per_sec": "posts/s",
    "trends": "trends",
    "listed": "listed",
    "found": "found",
    "majors_listed": "major",
    "majors_found": "found",
    "median_delay_secs": "median delay s",
    "quiet_alerts": "in quiet",
    "alerts_per_hour": "an hour",
    "duplicates": "twice",
    "offers": "offer",
    "cautions": "caution",
    "blocks": "block",
}
END = datetime(2013, 2, 4, 1, 55, tzinfo=UTC)
"""Where the measured evening ends; any time would do, a fixed one makes runs comparable."""

Compare = Annotated[Path | None, typer.Option("--compare", metavar="FILE", help="The --json of an earlier run.")]
Fast = Annotated[bool, typer.Option("--speed-only", help="Leave the recorded streams out.")]


def bench(*, compare: Compare = None, speed_only: Fast = False, as_json: Json = False) -> None:
    """Measure on the scripted evening; replay the streams below $BONMOT_SHARED (default ../shared) where they are."""
    brands = load_settings(starter_dir(), {}).domain_brands()
    earlier = _earlier(compare)
    shared = Path(os.environ.get("BONMOT_SHARED", "../shared"))
    result: dict[str, Any] = {"stages": _stages(brands), "streams": []}
    if not speed_only and (shared / "data" / "streams").is_dir():
        result["streams"] = quality(shared, brands, lambda name: print(f"replaying {name}", file=sys.stderr))
    elif not speed_only:
        print(f"no recorded streams at {shared}: set BONMOT_SHARED to measure quality", file=sys.stderr)
    if as_json:
        print(json.dumps(result, indent=2))
        return
    console = Console(highlight=False)
    console.print(_speed_table(result["stages"], earlier))
    if result["streams"]:
        console.print(_quality_table(result["streams"]))


def _stages(brands: list[Brand]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evening.jsonl"
        write(evening(2013, END), path)
        return [
            {"name": s.name, "posts_per_sec": round(s.posts_per_sec), "ratio": round(s.ratio, 4)}
            for s in stages(path, brands)
        ]


def _earlier(path: Path | None) -> dict[str, float]:
    """Ratios by stage of an earlier run. Raises BadInput for a file that is none."""
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        return {stage["name"]: float(stage["ratio"]) for stage in found["stages"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: not the --json of `bonmot bench`: {error}") from error


def _speed_table(rows: list[dict[str, Any]], earlier: dict[str, float]) -> Table:
    table = Table(title="Speed on one core, each stage with all before it", title_justify="left")
    for name in ("stage", "posts/s", "of bare decoding", *(["before"] if earlier else [])):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for row in rows:
        before = [f"{earlier[row['name']]:.4f}" if row["name"] in earlier else "-"] if earlier else []
        table.add_row(row["name"], f"{row['posts_per_sec']:,}", f"{row['ratio']:.4f}", *before)
    return table


def _quality_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Recorded streams", title_justify="left")
    table.add_column("stream", no_wrap=True)
    for name in QUALITY.values():
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(row["stream"], *(_cell(row.get(key)) for key in QUALITY))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
