"""The tables of `bonmot bench`, each within 120 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from monitor.bench.changes import changes, newly
from monitor.bench.targets import NOT_COUNTED
from monitor.visible import visible

Row = dict[str, Any]

FOUND = {
    "found": "found",
    "majors_found": "major ones",
    "median_delay_secs": "median s",
    "p90_delay_secs": "9 of 10 s",
    "quiet_alerts": "in quiet",
    "alerts_per_hour": "an hour",
    "duplicates_per_listed": "again",
}
"""What of a stream's row is shown of its listed happenings; `again`: further announcements a listed happening."""
OUT_OF = {"found": "listed", "majors_found": "majors_listed"}
"""Figures that are shown with what they are a part of."""
JUDGED = {
    "posts": "posts",
    "posts_per_sec": "posts/s",
    "trends": "trends",
    "offer": "offers",
    "caution": "cautions",
    "block": "blocks",
}


def tables(result: Row, earlier: Row | None) -> Iterator[Table]:
    """Everything that was measured, in the order a reader wants it; with an earlier result what changed."""
    if result["stages"]:
        yield _speed(result)
    if result["firehose"]:
        yield _firehose(result["firehose"])
    if result.get("slack"):
        yield _clicks(result["slack"])
    if result["memory"]:
        yield _memory(result)
    if result["streams"]:
        yield _table("Recorded streams: listed happenings", FOUND, result["streams"])
        yield _table("Recorded streams: what was read and judged", JUDGED, result["streams"])
    if result["thickened"]:
        kept = {"posts": "posts", "added": "added", **FOUND}
        yield _table("Thickened to the volume of the whole collection", kept, result["thickened"])
    if result["overlays"]:
        yield _overlays(result["overlays"])
    if result["targets"]:
        yield _targets(result["targets"])
    if earlier is not None:
        yield _changes(earlier, result)


def notes(result: Row, earlier: Row | None) -> Iterator[str]:
    """What does not fit a table: totals' missed happenings, streams left out of totals, what is new against earlier."""
    for name, figures in result["totals"].items():
        if figures["missed"]:
            yield f"missed in {name} streams: {_by_stream(figures['missed'])}"
    for name in sorted({row["stream"] for row in result["streams"]} & NOT_COUNTED.keys()):
        yield f"in no total: {name}: {NOT_COUNTED[name]}"
    if earlier is not None:
        gained, lost = newly(earlier, result)
        yield f"found now and not before: {', '.join(gained) or 'nothing'}"
        yield f"found before and not now: {', '.join(lost) or 'nothing'}"


def _by_stream(missed: Sequence[str]) -> str:
    """`a: one, two; b: three` of `a: one`, `a: two`, `b: three`."""
    pairs = [tuple(one.split(": ", 1)) for one in missed]
    groups = {stream: ", ".join(name for held, name in pairs if held == stream) for stream, _ in pairs}
    return visible("; ".join(f"{stream}: {names}" for stream, names in groups.items()))


def _new(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE, pad_edge=False)


def _speed(result: Row) -> Table:
    lean = result["lean"]
    table = _new(
        f"Speed on one core, each stage with all before it: {lean['posts']:,} lean posts of "
        f"{lean['bytes_a_line']} bytes, best of three"
    )
    for name in ("stage", "posts/s", "of bare decoding"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for row in result["stages"]:
        table.add_row(row["name"], f"{row['posts_per_sec']:,}", f"{row['ratio']:.4f}")
    return table


def _firehose(rows: Sequence[Row]) -> Table:
    table = _new("From a socket to batches of posts; the sender is another process")
    for name in ("source", "posts", "bytes a line", "posts/s", "posts/s of a core"):
        table.add_column(name, justify="left" if name == "source" else "right")
    for row in rows:
        figures = ("posts", "bytes_a_line", "posts_per_sec", "posts_per_core_sec")
        table.add_row(row["name"], *(f"{row[key]:,}" for key in figures))
    return table


def _clicks(rows: Sequence[Row]) -> Table:
    """Pairs of milliseconds: the median, and the 99th percentile."""
    table = _new(
        f"Clicks in Slack: {rows[0]['people']} people, {rows[0]['cards']} open cards; ms at the median / at 99 %; "
        "the workspace is another process"
    )
    spans = {"ack": "click to ack", "stored": "to decision", "posted": "yes to answer", "answered": "click to answer"}
    for name in ("pipeline", "posts/s", *spans.values()):
        table.add_column(name, justify="left" if name == "pipeline" else "right")
    for row in rows:
        pairs = [f"{_cell(row[f'{span}_p50_ms'])} / {_cell(row[f'{span}_p99_ms'])}" for span in spans]
        table.add_row(row["name"], _cell(row["posts_per_sec"]), *pairs)
    return table


def _memory(result: Row) -> Table:
    rows, kept = result["memory"], result["flat"]
    minutes = rows[-1]["posts"] / 60_000
    table = _new(
        f"Memory over a day of 1,000 posts a second, sampled: {len(rows) - 1} pieces of {minutes:g} minutes, six hours "
        f"apart; most {kept['most_mb']:.0f} MB, first to last piece {kept['growth_percent']:+.1f} %"
    )
    for name in ("piece", "from hour", "MB", "posts/s", "trends so far", "held"):
        table.add_column(name, justify="left" if name == "held" else "right")
    for row in rows:
        held = ", ".join(f"{count:,} {name}" for name, count in row["sizes"].items())
        figures = [_cell(row[key]) for key in ("hour", "rss_mb", "posts_per_sec", "trends")]
        table.add_row(str(row["piece"] or "start"), *figures, held)
    return table


def _table(title: str, columns: dict[str, str], rows: Sequence[Row]) -> Table:
    table = _new(title)
    table.add_column("stream", no_wrap=True)
    for name in columns.values():
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(Text(row["stream"]), *(_figure(row, key) for key in columns))
    return table


def _overlays(rows: Sequence[Row]) -> Table:
    table = _new("Two streams laid over each other, begun at the same instant")
    for name in ("stream", "listed", "found alone", "found merged", "trends", "of both", "in quiet", "an hour"):
        table.add_column(name, justify="left" if name == "stream" else "right")
    for row in rows:
        whole = [_cell(row[key]) for key in ("trends", "mixed", "quiet_alerts", "alerts_per_hour")]
        for number, one in enumerate(row["by_file"]):
            figures = [_cell(one[key]) for key in ("listed", "found_alone", "found")]
            table.add_row(one["stream"], *figures, *(whole if not number else []), end_section=bool(number))
    return table


def _targets(rows: Sequence[Row]) -> Table:
    table = _new("What is promised")
    for name in ("of", "what", "promised", "measured", ""):
        table.add_column(name, justify="right" if name in ("promised", "measured") else "left")
    group = None
    for row in rows:
        said = Text("kept", style="green") if row["is_met"] else Text("broken", style="bold red")
        table.add_row(row["of"] if row["of"] != group else "", row["name"], row["wanted"], row["measured"], said)
        group = row["of"]
    return table


def _changes(earlier: Row, result: Row) -> Table:
    found = changes(earlier, result)
    shown = [one for one in found if one.verdict != "same"]
    table = _new(f"Against the earlier run: {len(found) - len(shown)} of {len(found)} figures are the same")
    for name in ("what", "figure", "before", "now", ""):
        table.add_column(name, justify="right" if name in ("before", "now") else "left")
    for one in shown:
        style = "green" if one.verdict == "better" else "bold red"
        table.add_row(Text(visible(one.what)), one.figure, one.before, one.after, Text(one.verdict, style=style))
    return table


def _figure(row: Row, key: str) -> str:
    whole = OUT_OF.get(key)
    return f"{_cell(row[key])}/{_cell(row[whole])}" if whole in row else _cell(row.get(key))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"
    return f"{value:,}"
