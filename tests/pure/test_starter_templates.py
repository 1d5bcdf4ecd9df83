"""The texts that ship: every one passes the checks on every network, for the brand that ships with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from monitor.model import Brand
from monitor.settings import BrandSettings, TemplateFile, TemplateSettings, to_account
from responders.drafting.checks import is_near_copy
from responders.drafting.templates import problems_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
BRANDS = ("oreo", "tide")
PLATFORMS = ("x", "bluesky", "mastodon")


def brand_of(name: str) -> Brand:
    return BrandSettings.model_validate(yaml.safe_load((CONFIG / "brands" / f"{name}.yaml").read_text())).to_brand(name)


def templates_of(name: str) -> list[TemplateSettings]:
    return TemplateFile.model_validate(yaml.safe_load((CONFIG / "templates" / f"{name}.yaml").read_text())).templates


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", BRANDS)
def test_every_text_may_be_posted_on_every_network(name: str, platform: str) -> None:
    brand = replace(brand_of(name), accounts=(to_account(f"{platform}:{name}.example"),))
    assert {t.name: problems_of(t, brand=brand) for t in templates_of(name)} == {t.name: [] for t in templates_of(name)}


@pytest.mark.parametrize("name", BRANDS)
def test_there_are_a_dozen_texts_and_every_fact_has_two_of_its_own(name: str) -> None:
    templates = templates_of(name)
    assert len(templates) >= 12
    own = {fact.name: sum(fact.name in t.facts for t in templates) for fact in brand_of(name).facts}
    assert {fact: count for fact, count in own.items() if count < 2} == {}
    assert any(t.pre_cleared for t in templates)


@pytest.mark.parametrize("name", BRANDS)
def test_no_two_texts_or_names_are_the_same(name: str) -> None:
    templates = templates_of(name)
    assert len({t.name for t in templates}) == len(templates)
    pairs = [(a, b) for n, a in enumerate(templates) for b in templates[n + 1 :]]
    assert [(a.name, b.name) for a, b in pairs if is_near_copy(a.text, b.text)] == []
