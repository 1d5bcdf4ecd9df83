"""The starter brands' own examples come out as their teams want."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from monitor.examples import ExampleFile, ExampleSettings, try_example, wanted
from monitor.model import Verdict
from monitor.settings import BrandSettings

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRANDS = sorted(path.stem for path in (CONFIG / "brands").glob("*.yaml"))


def _examples(brand: str) -> list[ExampleSettings]:
    text = (CONFIG / "tests" / f"{brand}.yaml").read_text("utf-8")
    return ExampleFile.model_validate(yaml.safe_load(text)).examples


CASES = [
    pytest.param(brand, example, id=f"{brand}: {example.name}") for brand in BRANDS for example in _examples(brand)
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example_gets_the_verdict_its_team_wants(name: str, example: ExampleSettings) -> None:
    settings = BrandSettings.model_validate(yaml.safe_load((CONFIG / "brands" / f"{name}.yaml").read_text("utf-8")))
    score = try_example(example, settings.to_brand(name), NOW)
    assert score.verdict is wanted(example), score.why


@pytest.mark.parametrize("name", BRANDS)
def test_examples_of_a_brand_show_every_verdict(name: str) -> None:
    assert {wanted(example) for example in _examples(name)} == set(Verdict)
