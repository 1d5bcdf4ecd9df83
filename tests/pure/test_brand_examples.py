"""The starter brands' own examples come out as their teams want."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import yaml

from monitor.examples import ExampleFile, ExampleSettings, try_example, wanted
from monitor.load import Loaded, load
from monitor.model import Verdict

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRANDS = sorted(path.stem for path in (CONFIG / "brands").glob("*.yaml"))


def _examples(brand: str) -> list[ExampleSettings]:
    text = (CONFIG / "tests" / f"{brand}.yaml").read_text("utf-8")
    return ExampleFile.model_validate(yaml.safe_load(text)).examples


@cache
def starter() -> Loaded:
    """The starter settings with their calendars."""
    return load(CONFIG, {})


CASES = [
    pytest.param(brand, example, id=f"{brand}: {example.name}") for brand in BRANDS for example in _examples(brand)
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example_gets_the_verdict_its_team_wants(name: str, example: ExampleSettings) -> None:
    score = try_example(example, starter().brand(name), NOW)
    assert score.verdict is wanted(example), score.why


@pytest.mark.parametrize("name", BRANDS)
def test_examples_of_a_brand_show_every_verdict(name: str) -> None:
    assert {wanted(example) for example in _examples(name)} == set(Verdict)


def test_there_are_enough_examples_and_twenty_loud_trends_without_a_link() -> None:
    examples = [example for brand in BRANDS for example in _examples(brand)]
    assert len(examples) >= 60
    assert len({example.name for example in examples}) == len(examples)
    oreo = starter().brand("oreo")
    loud = [try_example(example, oreo, NOW) for example in _examples("oreo") if wanted(example) is Verdict.IGNORE]
    assert sum("forced" in score.why for score in loud) >= 20
