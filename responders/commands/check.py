"""`bonmot check`: every mistake in the settings, warnings, and the brands' own examples."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from monitor.clock import SystemClock
from monitor.load import Loaded
from monitor.mistakes import nearest, validated
from monitor.visible import visible
from monitor.yamlfile import Document, Mistake, read
from responders.commands import Config, Json
from responders.loading import find_config, load

if TYPE_CHECKING:
    from monitor.examples import ExampleFile


def check(config: Config = None, as_json: Json = False) -> None:
    """Print what is wrong, one a line; leaves with 1 where anything is."""
    root = find_config(config, os.environ)
    loaded = load(root, os.environ)
    tried, failures = try_examples(loaded)
    mistakes, warnings = loaded.mistakes, sorted(set(loaded.warnings))
    if as_json:
        print(json.dumps(_as_json(mistakes, warnings, failures, tried=tried), indent=2, ensure_ascii=False))
    else:
        _print(loaded, mistakes, warnings, failures=failures, tried=tried)
    if mistakes or failures:
        raise typer.Exit(1)


def try_examples(loaded: Loaded) -> tuple[int, list[Mistake]]:
    """Run the brands' own examples in config/tests/: how many, and those that get another verdict than they want.

    Mistakes in the files themselves are added to those of the settings.
    """
    from monitor.examples import try_example  # the word lists of the signals take a while to read

    now, tried, failures = SystemClock().now(), 0, []
    for stem, document, file in _example_files(loaded):
        brand = loaded.brands[stem].to_brand(stem)
        for i, example in enumerate(file.examples):
            score = try_example(example, brand, now)
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


def _as_json(
    mistakes: list[Mistake], warnings: list[Mistake], failures: list[Mistake], *, tried: int
) -> dict[str, Any]:
    return {
        "ok": not mistakes and not failures,
        "mistakes": [asdict(mistake) for mistake in mistakes],
        "warnings": [asdict(warning) for warning in warnings],
        "examples": {"tried": tried, "failed": [asdict(failure) for failure in failures]},
    }


def _print(
    loaded: Loaded, mistakes: list[Mistake], warnings: list[Mistake], *, failures: list[Mistake], tried: int
) -> None:
    for line in [*map(str, mistakes), *(f"warning: {warning}" for warning in warnings), *map(str, failures)]:
        print(visible(line))
    wrong = len(mistakes) + len(failures)
    if wrong:
        print(f"{wrong} to mend in {loaded.root}")
        return
    live = "live" if loaded.bot and loaded.bot.live else "not live"
    brands = ", ".join(sorted(loaded.brands))
    print(f"{loaded.root} is fine: brands {brands}; {tried} examples judged as they want; {live}")
