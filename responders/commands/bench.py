"""`bonmot bench`: speed of each stage as a ratio, memory over a day, and quality on recorded streams."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.bench import day, speed
from monitor.bench.changes import changes, newly
from monitor.bench.streams import Streams
from monitor.bench.whole import PARTS, Plan, judged, measure
from monitor.errors import BadInput
from responders.commands import Json
from responders.commands.replay import refuse_target
from responders.loading import load_settings, starter_dir

COLUMNS = 120
EVERY = (*PARTS[:-1], "slack", PARTS[-1])
"""What can be measured, in its order; memory takes minutes and comes only when it is named."""
MOST_CLICKS = 20 * 12

Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="PART", help=f"Measure only this: {', '.join(EVERY)}; may be repeated."),
]
Names = Annotated[
    list[str] | None, typer.Option("--stream", metavar="NAME", help="Only this recorded stream; may be repeated.")
]
Memory = Annotated[bool, typer.Option("--memory", help="Also the memory over a day in four pieces: minutes.")]
Minutes = Annotated[
    float, typer.Option("--piece-minutes", metavar="N", min=0.05, max=360, help="Length of one piece of that day.")
]
Posts = Annotated[
    int, typer.Option("--posts", metavar="N", min=1_000, max=10_000_000, help="Made-up posts to measure speed on.")
]
Clicks = Annotated[
    int,
    typer.Option("--clicks", metavar="N", min=1, max=MOST_CLICKS, help="Cards that 20 people click in Slack."),
]
Processes = Annotated[
    int, typer.Option("--processes", metavar="N", min=1, max=64, help="Replay so many streams at once.")
]
Earlier = Annotated[
    Path | None, typer.Option("--compare", metavar="FILE", help="The --json of an earlier run: what changed.")
]
PlotOut = Annotated[
    Path | None,
    typer.Option("--plot", metavar="OUT", help="Draw delays and announcements an hour (SVG; dark for *-dark.svg)."),
]


def bench(
    *,
    only: Only = None,
    stream: Names = None,
    memory: Memory = False,
    piece_minutes: Minutes = day.PIECE_MINUTES,
    posts: Posts = speed.POSTS,
    clicks: Clicks = 200,
    processes: Processes = 1,
    compare: Earlier = None,
    plot: PlotOut = None,
    as_json: Json = False,
) -> None:
    """Print tables; recorded streams are looked for below $BONMOT_SHARED (default ../shared), progress on stderr.

    Raises BadInput for unknown parts and streams, a file to compare with that is none, a picture nobody can write.
    """
    refuse_target(plot, [compare] if compare else [])
    parts = _parts(only, memory)
    earlier = None if compare is None else _earlier(compare)
    streams = Streams(Path(os.environ.get("BONMOT_SHARED", "../shared")) / "data")
    plan = Plan(parts, _streams(streams, stream or [], parts), posts, piece_minutes, processes)
    brands = load_settings(starter_dir(), {}).domain_brands()
    result = measure(plan, streams, brands, tell=_tell)
    if "slack" in parts:
        from responders import bench_slack

        result["slack"] = bench_slack.measure(clicks=clicks, posts=min(posts, bench_slack.POSTS), tell=_tell)
        result |= judged(result)
    if plot is not None:
        _draw(plot, result)
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        _print(result, earlier)


def _tell(said: str) -> None:
    print(said, file=sys.stderr)


def _parts(only: Sequence[str] | None, memory: bool) -> tuple[str, ...]:
    """The parts to measure, in their order: all but memory, unless named."""
    for name in only or []:
        if name not in EVERY:
            raise BadInput(f"--only {name}: there is no such part; the parts are {', '.join(EVERY)}")
    wanted = set(only or EVERY[:-1]) | ({"memory"} if memory else set())
    return tuple(name for name in EVERY if name in wanted)


def _streams(streams: Streams, wanted: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    """The recorded streams to replay. Raises BadInput for a name that none has."""
    if not {"streams", "overlays", "thickened"} & set(parts):
        return ()
    known = streams.names()
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known) or 'none'}"
            raise BadInput(f"there is no recorded stream '{name}' below {streams.data}: {hint}")
    if not known:
        print(f"no recorded streams below {streams.data}: set BONMOT_SHARED to measure quality", file=sys.stderr)
    return tuple(dict.fromkeys(wanted)) or tuple(known)


def _earlier(path: Path) -> dict[str, Any]:
    """The result of an earlier run. Raises BadInput for a file that is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        changes(found, found)  # what can be held against itself can be held against another
        newly(found, found)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: not the --json of `bonmot bench`: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: not the --json of `bonmot bench`: other keys or values than it writes") from error
    return found


def _draw(path: Path, result: dict[str, Any]) -> None:
    from responders.bench_plot import draw

    picture = draw(result["streams"], "dark" if path.stem.endswith("-dark") else "light")
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def _print(result: dict[str, Any], earlier: dict[str, Any] | None) -> None:
    from rich.console import Console
    from rich.text import Text

    from responders.bench_tables import notes, tables

    console = Console(highlight=False, width=None if sys.stdout.isatty() else COLUMNS)
    for table in tables(result, earlier):
        console.print(table)
    for line in notes(result, earlier):
        console.print(Text(line))
