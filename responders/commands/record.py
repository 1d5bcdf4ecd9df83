"""`bonmot record`: keep what the configured sources deliver, for `bonmot replay`; nothing is judged meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer

from monitor.clock import SystemClock
from monitor.erase import TakenBack
from monitor.errors import BadInput
from monitor.model import Death, Post
from monitor.pipeline import Judgement
from monitor.prices import TARIFFS
from monitor.record import Keeper, Limits, keeping
from monitor.settings import RecordSettings, Settings
from monitor.signals.context import Tragedy
from monitor.sources import Tally
from monitor.storage import alone
from monitor.telemetry import configure
from monitor.visible import visible
from monitor.watch import Watch
from responders.adapters import Purses, chosen_sources, sources_of
from responders.bot import database
from responders.commands import Config, Json
from responders.loading import find_config, load_settings

CURSORS = "cursors.json"
"""Beside the recordings: where each source resumes."""
LONGEST_MINUTES = 60.0 * 24 * 366

Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where to; else what bot.yaml says, or data/recorded.")
]
Names = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; may be repeated.")]
Minutes = Annotated[
    float | None, typer.Option("--minutes", metavar="N", min=0.01, max=LONGEST_MINUTES, help="End after this long.")
]
MaxGb = Annotated[
    float | None, typer.Option("--max-gb", metavar="N", min=0.001, max=10_000.0, help="The oldest goes beyond this.")
]
MaxDays = Annotated[
    float | None,
    typer.Option("--max-days", metavar="N", min=0.01, max=366.0, help="Older ones go; X and Reddit sooner."),
]


def record(
    out: Out = None,
    source: Names = None,
    minutes: Minutes = None,
    max_gb: MaxGb = None,
    max_days: MaxDays = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Listen until Ctrl-C or for --minutes, then list what was kept. Raises BadInput for what cannot be opened."""
    settings = load_settings(find_config(config, os.environ), os.environ)
    block = settings.bot.record or RecordSettings()
    limits = Limits(int((max_gb or block.max_gb) * 1e9), timedelta(days=max_days or block.max_days))
    folder = out or settings.data_dir / block.folder
    configure("warning")
    # What is paid for has one book, and one program writes it: not beside a running daemon.
    is_paid = not TARIFFS.keys().isdisjoint(_chosen(settings, source or []))
    with alone(database(settings)) if is_paid else nullcontext():
        keeper = asyncio.run(_record(settings, folder, limits, names=source or [], minutes=minutes))
    _print(keeper, as_json)
    if keeper.failed:
        raise BadInput(f"{folder}: recording ended early: {keeper.failed}")


async def _record(
    settings: Settings, folder: Path, limits: Limits, *, names: list[str], minutes: float | None
) -> Keeper:
    from responders.daemon import listen_for_signals

    clock, stop, tally = SystemClock(), asyncio.Event(), Tally()
    purses = Purses(settings, clock)
    sources = sources_of(_chosen(settings, names), settings, tally=tally, clock=clock, purses=purses)
    main = asyncio.current_task()
    assert main is not None
    listen_for_signals(stop, main)
    async with keeping(folder, limits, clock) as keeper:
        cursors = _cursors(folder / CURSORS)

        async def save_cursor(source: str, cursor: str) -> None:
            cursors[source] = cursor
            await asyncio.to_thread(_save, folder / CURSORS, dict(cursors))

        async def load_cursor(source: str) -> str | None:
            return cursors.get(source)

        watch = Watch(
            sources=sources,
            pipeline=Deaf(),
            clock=clock,
            receive=_nothing,
            save_cursor=save_cursor,
            load_cursor=load_cursor,
            save_state=_nothing,
            save_every_secs=3600.0,
            tally=tally,
            random=Random(),  # noqa: S311 - spreads retries, hides nothing
        )
        keeper.attach(watch)
        with _shown(keeper, watch) as show:
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(_tick(show, clock, stop, minutes=minutes), name="tick")
                await watch.run(stop)
                ticking.cancel()
        return keeper


class Deaf:
    """Looks like a pipeline and thinks nothing."""

    def add(self, post: Post) -> list[Judgement]:
        return []

    def advance(self, now: datetime) -> list[Judgement]:
        return []

    def forget(self, taken: TakenBack) -> None:
        pass

    def mourn(self, death: Death) -> Tragedy | None:
        return None

    def take_back(self, death: Death) -> tuple[Tragedy, ...]:
        return ()

    def slow_rules(self) -> list[str]:
        return []


async def _nothing(*_: object) -> None:
    pass


async def _tick(show: Any, clock: SystemClock, stop: asyncio.Event, *, minutes: float | None) -> None:
    """Show twice a second how it goes; set `stop` when the time is over."""
    began = clock.now()
    while not stop.is_set():
        show()
        if minutes is not None and clock.now() - began >= timedelta(minutes=minutes):
            stop.set()
        await clock.sleep(0.5)


def _chosen(settings: Settings, names: list[str]) -> dict[str, Mapping[str, object]]:
    blocks = {name: block for name, block in chosen_sources(settings).items() if name != "recording"}
    for name in names:
        if name not in blocks:
            raise BadInput(f"--source {name}: not configured; bot.yaml has {', '.join(blocks) or 'no live source'}")
    if not blocks:
        raise BadInput(
            "bot.yaml: only a recording is configured; name a live source to record, or none for the open ones"
        )
    return {name: blocks[name] for name in names} if names else blocks


def _cursors(path: Path) -> dict[str, str]:
    """Where each source resumes. A file that makes no sense costs a gap, not the recording."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(cursor) for name, cursor in found.items()} if isinstance(found, dict) else {}


def _save(path: Path, cursors: dict[str, str]) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(cursors), "utf-8")
    new.replace(path)


@contextmanager
def _shown(keeper: Keeper, watch: Watch) -> Iterator[Any]:
    """Something to call now and then: a line for each source on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:

        def show() -> None:
            now = watch.clock.now()
            said = [source.sentence(name, now) for name, source in sorted(watch.listening.items())]
            kept = sum(one.bytes for one in keeper.recorder.kept.values())
            lines = [*map(visible, said), f"{kept / 1e6:.1f} MB below {keeper.recorder.folder}; Ctrl-C ends it"]
            live.update(Text("\n".join(lines)), refresh=True)

        yield show


def _print(keeper: Keeper, as_json: bool) -> None:
    recorder = keeper.recorder
    rows: list[dict[str, Any]] = [
        {"source": name, "posts": one.posts, "bytes": one.bytes} for name, one in sorted(recorder.kept.items())
    ]
    if as_json:
        print(json.dumps({"folder": str(recorder.folder), "sources": rows}, indent=2))
        return
    if not rows:
        print("nothing came in")
        return
    for row in rows:
        print(f"{row['source']}: {row['posts']:,} posts, {row['bytes'] / 1e6:.1f} MB")
    print(f"again: bonmot replay {recorder.folder}/*/*.jsonl.zst")
