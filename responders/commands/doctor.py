"""`bonmot doctor`: every credential, address and limit of the settings tried, without posting and without paying."""

from __future__ import annotations

import asyncio
import json
import os

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.clock import SystemClock
from monitor.load import Loaded
from monitor.probing import Finding, Health, fine
from monitor.visible import visible
from responders.checkup import Row, checkup, worst
from responders.commands import Config, Json
from responders.loading import find_config, load

STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.FAILED: "bold red"}


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Print what works and what does not; leaves with 1 where anything failed."""
    loaded = load(find_config(config, os.environ), os.environ)
    rows = _settings_rows(loaded)
    if not loaded.mistakes:
        rows += asyncio.run(checkup(loaded.settings(), SystemClock()))
    health = worst(rows)
    if as_json:
        print(json.dumps(_as_json(rows, health), indent=2, ensure_ascii=False))
    else:
        _print(rows, health)
    if health is Health.FAILED:
        raise typer.Exit(1)


def _settings_rows(loaded: Loaded) -> list[Row]:
    """What `bonmot check` would say, without the brands' examples. With mistakes nothing else can be tried."""
    do = "mend it, and ask again: with a mistake in the settings nothing else is tried"
    found = [Finding("", Health.FAILED, str(mistake), do) for mistake in loaded.mistakes]
    found += [Finding("", Health.WARNING, str(warning)) for warning in sorted(set(loaded.warnings))]
    told = found or [fine("", f"{loaded.root} is fine")]
    return [Row("settings", one) for one in told]


def _as_json(rows: list[Row], health: Health) -> dict[str, object]:
    return {
        "ok": health is not Health.FAILED,
        "findings": [
            {
                "about": row.about,
                "part": row.finding.part,
                "health": row.finding.health.value,
                "said": row.finding.said,
                "do": row.finding.do,
            }
            for row in rows
        ],
    }


def _print(rows: list[Row], health: Health) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for title in ("what", "state", "what was found"):
        table.add_column(title, no_wrap=title == "state", overflow="fold")
    for row in rows:
        one = row.finding
        said = Text(visible(one.said))
        if one.do and one.health is not Health.OK:
            said.append(f"\n{visible(one.do)}", style="dim")
        what = Text(visible(f"{row.about}: {one.part}" if one.part else row.about))
        table.add_row(what, Text(one.health.value, style=STYLES[one.health]), said)
    console = Console(highlight=False)
    console.print(table)
    count = sum(row.finding.health is not Health.OK for row in rows)
    told = "everything works" if health is Health.OK else f"{count} to look at"
    console.print(told, markup=False)
