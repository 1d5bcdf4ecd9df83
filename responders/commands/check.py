"""`bonmot check`: every mistake in the settings, warnings, and the brands' own examples."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.clock import SystemClock
from monitor.load import Loaded
from monitor.mistakes import nearest, validated
from monitor.model import RememberedDay
from monitor.remembrance import next_days
from monitor.settings import remembered_in
from monitor.visible import visible
from monitor.yamlfile import Document, Mistake, read
from responders import rule_table
from responders.commands import Config, Json
from responders.loading import find_config, load
from responders.pictures import checking as pictures

if TYPE_CHECKING:
    from monitor.examples import ExampleFile


Rules = Annotated[bool, typer.Option("--rules", help="Show what every platform is asked for, rule by rule.")]


def check(config: Config = None, rules: Rules = False, as_json: Json = False) -> None:
    """Print what is wrong, one a line; leaves with 1 where anything is."""
    root = find_config(config, os.environ)
    loaded = load(root, os.environ)
    tried, failures = try_examples(loaded)
    today = SystemClock().now().date()
    pictures.run_out(loaded, today)
    loaded.warnings.extend([*run_out(loaded, today), *rule_table.too_many(loaded)])
    mistakes, warnings = loaded.mistakes, sorted(set(loaded.warnings))
    if as_json:
        found = _as_json(mistakes, warnings, failures, tried=tried)
        found |= {"remembered": _remembered(loaded, today), "rules": rule_table.told(loaded)}
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(loaded, mistakes, warnings, failures=failures, tried=tried)
        _print_remembered(loaded, today)
        for line in rule_table.lines(loaded, in_full=rules):
            print(visible(line))
    if mistakes or failures:
        raise typer.Exit(1)


def try_examples(loaded: Loaded) -> tuple[int, list[Mistake]]:
    """Run the brands' own examples in config/tests/: how many, and those that get another verdict than they want.

    Mistakes in the files themselves are added to those of the settings.
    """
    from monitor.examples import try_example  # the word lists of the signals take a while to read
    from monitor.language import load, load_lexicon

    now, tried, failures, hear = SystemClock().now(), 0, [], load().hear
    near = load_lexicon().near
    for stem, document, file in _example_files(loaded):
        brand = loaded.brand(stem)
        for i, example in enumerate(file.examples):
            score = try_example(example, brand, now, hear=hear, near=near)
            tried += 1
            if score.verdict != example.want:
                text = f"'{example.name}' wants {example.want}, got {score.verdict}: {score.why}"
                failures.append(document.mistake(("examples", i), text))
    return tried, failures


def _example_files(loaded: Loaded) -> Iterator[tuple[str, Document, ExampleFile]]:
    """The example files that can be read, of the brands without a mistake: the others cannot judge anything yet."""
    from monitor.examples import ExampleFile

    for path in sorted((loaded.root / "tests").glob("*.yaml")):
        shown = f"tests/{path.name}"
        document = loaded.documents[shown] = read(path, shown)
        if document.data is None:
            continue
        file = validated(ExampleFile, document, data=document.data)
        if f"brands/{path.name}" not in loaded.documents:
            text = f"there is no brand '{path.stem}'{nearest(path.stem, loaded.brands)}"
            document.mistakes.append(document.mistake((), text))
        elif file is not None and path.stem in loaded.brands and not loaded.documents[f"brands/{path.name}"].mistakes:
            yield path.stem, document, file


def run_out(loaded: Loaded, today: date) -> list[Mistake]:
    """Warnings about listed dates of which none comes within a year: a calendar forgets silently otherwise."""
    found = []
    for market, calendar in loaded.calendars.items():
        document = loaded.documents[f"calendars/{market}.yaml"]
        for i, day in enumerate(calendar.to_days(market)):
            if day.dates and max(day.dates) < today + timedelta(days=366):
                text = f"'{day.name}' is listed up to {max(day.dates)}; add the dates of the next years"
                found.append(document.mistake(("days", i, "dates"), text))
    return found


def _coming(loaded: Loaded, today: date) -> dict[str, list[tuple[date, RememberedDay]]]:
    return {
        name: next_days(remembered_in(loaded.brands[name].markets, loaded.calendars), today)
        for name in sorted(loaded.brands)
    }


def _remembered(loaded: Loaded, today: date) -> dict[str, list[dict[str, str]]]:
    return {
        name: [
            {"on": day.isoformat(), "name": one.name, "market": one.market, "follows": one.follows}
            for day, one in coming
        ]
        for name, coming in _coming(loaded, today).items()
    }


def _print_remembered(loaded: Loaded, today: date) -> None:
    """The next days of mourning of each brand, so that nobody is surprised by a silent page."""
    for name, coming in _coming(loaded, today).items():
        days = "; ".join(f"{day} {one.name} ({one.market}, {one.follows})" for day, one in coming)
        print(visible(f"{name} remembers next: {days or 'nothing, its markets have no calendars'}"))


def _as_json(
    mistakes: list[Mistake], warnings: list[Mistake], failures: list[Mistake], *, tried: int
) -> dict[str, Any]:
    return {
        "ok": not mistakes and not failures,
        "mistakes": [*map(_told, mistakes)],
        "warnings": [*map(_told, warnings)],
        "examples": {"tried": tried, "failed": [*map(_told, failures)]},
    }


def _told(mistake: Mistake) -> dict[str, Any]:
    """A mistake for a machine; the lines that show the place where there are some."""
    return {key: value for key, value in asdict(mistake).items() if value or key != "mark"}


def _print(
    loaded: Loaded, mistakes: list[Mistake], warnings: list[Mistake], *, failures: list[Mistake], tried: int
) -> None:
    for mistake in mistakes:
        for line in (str(mistake), *mistake.mark):
            print(visible(line))
    for line in [*(f"warning: {warning}" for warning in warnings), *map(str, failures)]:
        print(visible(line))
    wrong = len(mistakes) + len(failures)
    if wrong:
        print(f"{wrong} to mend in {loaded.root}")
        return
    live = "live" if loaded.bot and loaded.bot.live else "not live"
    brands = ", ".join(sorted(loaded.brands))
    print(f"{loaded.root} is fine: brands {brands}; {tried} examples judged as they want; {live}")
