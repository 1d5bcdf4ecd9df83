"""The scripted evening through the real detector and judge, for the brands that ship: it comes out as written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from monitor.detect.detector import Detector
from monitor.model import Brand, Opportunity, Verdict
from monitor.pipeline import Judgement, Pipeline
from monitor.settings import BrandSettings, TemplateFile
from responders.demo.evening import Scene, evening, script
from responders.drafting.templates import draft

CONFIG = Path(__file__).resolve().parents[2] / "config"
END = datetime(2026, 2, 1, 21, 0, tzinfo=UTC)
START = END - timedelta(minutes=45)
SEEDS = (2013, 7)


@dataclass(frozen=True)
class Told:
    judgements: list[Judgement]
    opportunities: list[Opportunity]

    def of(self, name: str) -> list[Judgement]:
        """The judgements of one scene's trends: begun with it, showing one of its words."""
        scene = next(scene for scene in script() if scene.name == name)
        return [one for one in self.judgements if _is_of(one, scene)]


def _is_of(one: Judgement, scene: Scene) -> bool:
    after_secs = (one.trend.detected_at - START).total_seconds() - scene.begins_secs
    shown = " ".join((*one.trend.terms, one.trend.name)).casefold()
    return 0 <= after_secs < 300 and any(term in shown for term in scene.terms)


def brands() -> list[Brand]:
    found = sorted((CONFIG / "brands").glob("*.yaml"))
    return [BrandSettings.model_validate(yaml.safe_load(path.read_text())).to_brand(path.stem) for path in found]


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest) -> Told:
    pipeline = Pipeline(brands(), detector=Detector())
    judgements: list[Judgement] = []
    for post in evening(request.param, END):
        judgements += pipeline.add(post)
    judgements += pipeline.advance(END)
    return Told(judgements, [chance for one in judgements for chance in one.opportunities])


def test_the_lights_are_offered_to_oreo_within_half_a_minute(told: Told) -> None:
    first = next(chance for chance in told.opportunities if chance.brand == "oreo")
    begins = next(scene.begins_secs for scene in script() if scene.name == "lights out")
    assert 0 < (first.offered_at - START).total_seconds() - begins <= 30
    assert first.deadline > END
    offered = {score.verdict for one in told.of("lights out") for score in one.scores if score.brand == "oreo"}
    assert Verdict.OFFER in offered
    assert Verdict.BLOCK not in offered


def test_the_ferry_is_blocked_for_every_brand_and_stays_blocked(told: Told) -> None:
    judged = told.of("ferry disaster")
    assert judged
    assert {score.verdict for one in judged for score in one.scores} == {Verdict.BLOCK}


def test_the_album_is_loud_and_ignored(told: Told) -> None:
    judged = told.of("surprise album")
    assert judged
    assert {score.verdict for one in judged for score in one.scores} == {Verdict.IGNORE}


def test_nothing_but_the_lights_is_ever_offered(told: Told) -> None:
    begins = next(scene.begins_secs for scene in script() if scene.name == "lights out")
    assert told.opportunities
    assert all((chance.offered_at - START).total_seconds() > begins for chance in told.opportunities)


def test_ordinary_chatter_and_copied_spam_announce_nothing(told: Told) -> None:
    kick_off = next(scene.begins_secs for scene in script() if scene.name == "kick-off")
    early = [one.trend.name for one in told.judgements if (one.at - START).total_seconds() < kick_off]
    assert early == []
    assert not [one for one in told.of("spam campaign") if one.opportunities]


def test_an_offer_comes_with_three_different_texts(told: Told) -> None:
    for chance in told.opportunities:
        brand = next(brand for brand in brands() if brand.name == chance.brand)
        path = CONFIG / "templates" / f"{chance.brand}.yaml"
        templates = TemplateFile.model_validate(yaml.safe_load(path.read_text())).templates
        drafts = draft(chance, brand, templates, account=brand.accounts[0], recent=())
        assert len({one.text for one in drafts}) == 3
