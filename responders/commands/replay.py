"""`bonmot replay`: a recorded stream run again through detection and judgement, as fast as it goes."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.errors import BadInput
from monitor.merge import Shift
from monitor.model import Brand, Opportunity
from monitor.replay import Draft, run
from monitor.settings import Settings
from monitor.sources.recording import Progress
from monitor.visible import visible
from responders.commands import Config, brands_named
from responders.drafting.templates import draft
from responders.loading import find_config, load_settings
from responders.model import Draft as DraftText
from responders.replay_page import page

LONGEST_SHIFT_SECS = 3e9
"""About 95 years: far more than anybody needs, and no date falls off the calendar."""

Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="JSON lines, plain, .gz or .zst; merged by time.")]
Names = Annotated[list[str] | None, typer.Option("--brand", metavar="NAME", help="Only this brand; may be repeated.")]
Listed = Annotated[
    list[Path] | None,
    typer.Option("--events", metavar="FILE", help="Happenings to compare with (YAML); the n-th is of the n-th FILE."),
]
JsonOut = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write the report as JSON; - prints it.")]
HtmlOut = Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write the report as one web page.")]


def shift_of(value: str) -> Shift:
    """A number of seconds, or the word `align`. Raises BadParameter for anything else."""
    if value == "align":
        return "align"
    try:
        secs = float(value)
    except ValueError:
        secs = math.nan
    if not abs(secs) <= LONGEST_SHIFT_SECS:  # not a number is no more than anything
        raise typer.BadParameter(f"{value!r} is neither `align` nor seconds within 95 years (3000000000)")
    return secs


Shifts = Annotated[
    list[Any] | None,  # of Shift, which typer cannot read by itself
    typer.Option(
        "--shift",
        metavar="SECONDS",
        parser=shift_of,
        help="Move a file's times; once: every FILE but the first (or the only one), else once for each. "
        "`align`: its first post falls on the first of the first FILE.",
    ),
]


def replay(
    files: Files,
    brand: Names = None,
    listed: Listed = None,
    json_out: JsonOut = None,
    html: HtmlOut = None,
    shift: Shifts = None,
    config: Config = None,
) -> None:
    """Print a table of the trends with their verdicts. Raises BadInput for what cannot be opened or written."""
    for path in (json_out, html):  # before the long work, not after it
        refuse_target(path, [*files, *(listed or [])])
    if str(json_out) == str(html) == "-":
        raise BadInput("--json - and --html -: only one of them can be printed; name a file for the other")
    settings = load_settings(find_config(config, os.environ), os.environ)
    brands = brands_named(settings.domain_brands(), brand or [])
    names = [one.name for one in brands]
    with progress_bar() as tell:
        report = run(
            files,
            brands=brands,
            events_file=listed,
            shifts=shift or [],
            progress=tell,
            draft=drafter(settings, brands),
        )
    if json_out is not None:
        _write(json_out, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    if html is not None:
        _write(html, page(report, names, lines=list(summary(report))))
    if "-" not in (str(json_out), str(html)):
        print_table(report, names)


def drafter(settings: Settings, brands: Sequence[Brand]) -> Draft:
    """Writes what a card of an opportunity would offer: up to three texts for each account."""
    by_name = {one.name: one for one in brands}

    def drafts(opportunity: Opportunity) -> list[dict[str, str]]:
        brand = by_name[opportunity.brand]
        stems = settings.brands[brand.name].templates or [brand.name]
        templates = [template for stem in stems for template in settings.templates[stem].templates]
        found = (draft(opportunity, brand, templates, account=account, recent=()) for account in brand.accounts)
        return [_as_json(one) for each in found for one in each]

    return drafts


def _as_json(one: DraftText) -> dict[str, str]:
    why = "; ".join(measure.why for measure in one.measures)
    return {"account": one.account, "text": one.text, "template": one.template, "why": why}


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Something to tell the bytes read so far and all bytes: a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def refuse_target(path: Path | None, read: Sequence[Path] = ()) -> None:
    """Raise BadInput for a file that could not be written, or that is one of those to read."""
    if path is not None and path.exists() and any(one.exists() and path.samefile(one) for one in read):
        raise BadInput(f"{path}: cannot be written: it is one of the files to read")
    if path is not None and path.is_dir():
        raise BadInput(f"{path}: cannot be written: is a folder")
    if path is not None and not path.parent.is_dir():
        raise BadInput(f"{path}: cannot be written: no such folder {path.parent}")


def _write(path: Path, text: str) -> None:
    """To a file, or to standard output for `-`."""
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def print_table(report: dict[str, Any], brands: list[str]) -> None:
    """What was read, what was dropped, and every trend with each brand's verdict."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE, pad_edge=False)
    for title in ("announced", "trend", "posts", *brands):
        table.add_column(Text(title), justify="right" if title == "posts" else "left")
    for trend in report["trends"]:
        verdicts = (_verdict(trend["verdicts"].get(name)) for name in brands)
        at, name = trend["detected_at"][:19].replace("T", " "), Text(visible(trend["name"]))
        table.add_row(at, name, f"{trend['posts']:,}", *verdicts)
    if report["trends"]:
        console.print(table)
    for line in (*cards(report), *summary(report)):
        console.print(Text(visible(line)), soft_wrap=True)


def _verdict(found: dict[str, Any] | None) -> str:
    return f"{found['verdict']} {found['score']:.2f}" if found else "-"


def cards(report: dict[str, Any]) -> Iterator[str]:
    """What we would have said: each card with its drafts."""
    names = {trend["id"]: trend["name"] for trend in report["trends"]}
    for card in report["opportunities"]:
        yield f"{card['offered_at'][:19].replace('T', ' ')}  a card for {card['brand']}: {names.get(card['trend'], '')}"
        for one in card["drafts"]:
            yield f"  {one['account']}  {one['text']}"
        if not card["drafts"]:
            yield "  no template fits: nobody would have been asked"
    if report["opportunities"]:
        yield ""


def summary(report: dict[str, Any]) -> Iterator[str]:
    """The last lines: speed, drops with their places, and how the listed happenings were met."""
    yield (
        f"{report['posts']:,} posts in {report['wall_secs']:.1f} s ({report['posts_per_sec']:,.0f} a second, "
        f"{report['peak_rss_mb']:.0f} MB at most), {len(report['trends'])} trends, "
        f"{len(report['opportunities'])} cards"
    )
    dropped = {reason: count for reason, count in report["dropped"].items() if count}
    if dropped:
        yield "dropped: " + ", ".join(f"{count:,} {reason}" for reason, count in sorted(dropped.items()))
    for place in report.get("places", []):
        yield f"  {place}"
    if dropped and not report["posts"]:
        yield "not one line was a post: FILE has to be JSON lines, plain, .gz or .zst"
    met = report.get("events")
    if met:
        yield from _met(met)


def _met(met: dict[str, Any]) -> Iterator[str]:
    """How the happenings a person listed were met, in words."""
    delay, slow = (_secs(met.get(key)) for key in ("median_delay_secs", "p90_delay_secs"))
    yield (
        f"of the listed happenings {met['found']} of {met['listed']} found, half of them within {delay}, nine in ten "
        f"within {slow}; of the major ones {met['majors_found']} of {met['majors_listed']}"
    )
    yield (
        f"{met['alerts_per_hour']:.1f} announcements an hour, {met['quiet_alerts']} in {met['quiet_minutes']} quiet "
        f"minutes, {met['duplicates']} of a happening already announced"
    )
    if met.get("missed"):
        yield f"missed: {', '.join(map(str, met['missed']))}"
    for number, one in enumerate(met.get("by_file", ()), start=1):
        yield f"  of file {number}: {one['found']} of {one['listed']} found, {one['alerts_per_hour']:.1f} an hour"
    if "mixed" in met:
        yield f"{met['mixed']} trends rest on posts of more than one file"


def _secs(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"
