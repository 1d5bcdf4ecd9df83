"""With no source named the bot listens to those that need no key, and to nothing else."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import yaml

from monitor.clock import FakeClock
from monitor.errors import BadInput
from monitor.settings import Settings
from monitor.sources import Source, Tally
from monitor.sources.x import X
from responders.adapters import Purses, asked_of_x, chosen_sources, publishers_of, sources_of
from responders.loading import load_settings, starter_dir
from responders.sandbox import x as sandbox_x
from tests.samples import NOW, a_publication


def built(settings: Settings) -> list[Source]:
    clock = FakeClock(NOW)
    purses = Purses(settings, clock)
    return sources_of(chosen_sources(settings), settings, tally=Tally(), clock=clock, purses=purses)


def named(folder: Path, block: str) -> list[str]:
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    bot = (config / "bot.yaml").read_text("utf-8")
    (config / "bot.yaml").write_text(bot.replace("sources: {}", block), "utf-8")
    settings = load_settings(config, {})
    return [source.name for source in built(settings)]


def test_the_starter_settings_listen_to_what_needs_no_key(tmp_path: Path) -> None:
    assert named(tmp_path, "sources: {}") == ["bluesky", "feeds", "hackernews", "wikipedia"]


def test_one_named_source_is_all_that_is_listened_to(tmp_path: Path) -> None:
    assert named(tmp_path, "sources: {wikipedia: {wikis: [dewiki]}}") == ["wikipedia"]


KEYS = {"X_TOKEN": "secret", "CONSUMER": "app-secret", "ACCESS": "token", "ACCESS_SECRET": "token-secret"}


def on_x(folder: Path, **block: object) -> Settings:
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    bot = yaml.safe_load((config / "bot.yaml").read_text("utf-8"))
    bot["sources"] = {"x": {"bearer_token": "${X_TOKEN}", **block}}
    bot["budgets"] = {"x": {"usd_per_day": 3.0, "usd_per_month": 50.0}}
    (config / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    return load_settings(config, KEYS)


def test_x_listens_by_the_keywords_it_can_be_asked_for_and_pays_from_the_budget(tmp_path: Path) -> None:
    settings = on_x(tmp_path)
    [source] = built(settings)
    assert isinstance(source, X)
    assert source._settings.rules == asked_of_x(settings)
    assert '"lights out" OR blackout' in source._settings.rules["oreo-1-0"]
    assert source._meter.purse.caps.day == 3_000_000
    assert source._meter.purse.caps.month == 50_000_000


def test_rules_of_its_own_take_their_place(tmp_path: Path) -> None:
    [source] = built(on_x(tmp_path, rules={"bowl": "#superbowl lang:en"}))
    assert isinstance(source, X)
    assert source._settings.rules == {"bowl": "#superbowl lang:en"}


def test_x_without_a_rule_to_listen_by_is_said_at_once(tmp_path: Path) -> None:
    settings = on_x(tmp_path)
    for path in (tmp_path / "config" / "brands").glob("*.yaml"):
        brand = yaml.safe_load(path.read_text("utf-8"))
        path.write_text(yaml.safe_dump(brand | {"keywords": [{"match": "cookie*"}]}), "utf-8")
    settings = load_settings(tmp_path / "config", KEYS)
    with pytest.raises(BadInput, match="none of the keywords can be asked for there"):
        built(settings)


async def test_what_is_posted_on_x_is_paid_from_the_purse_that_reads(tmp_path: Path) -> None:
    on_x(tmp_path)
    bot, brand = tmp_path / "config" / "bot.yaml", tmp_path / "config" / "brands" / "oreo.yaml"
    keys = {
        "consumer_key": "app", "consumer_secret": "${CONSUMER}", "access_token": "${ACCESS}",
        "access_secret": "${ACCESS_SECRET}",
    }  # fmt: skip
    publisher = {"x": {"accounts": {"oreo.test": keys}}}
    clock = FakeClock(NOW)
    async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        server = await sandbox_x.start(clock=clock, accounts={"token": ("token-secret", "oreo.test")})
        stack.push_async_callback(server.close)
        publisher["x"] |= {"base_url": server.url}
        bot.write_text(yaml.safe_dump(yaml.safe_load(bot.read_text("utf-8")) | {"publishers": publisher}), "utf-8")
        brand.write_text(yaml.safe_dump(yaml.safe_load(brand.read_text("utf-8")) | {"accounts": ["x:@Oreo.test"]}))
        settings = load_settings(tmp_path / "config", KEYS)
        purses = Purses(settings, clock)
        [source] = sources_of(chosen_sources(settings), settings, tally=Tally(), clock=clock, purses=purses)
        assert isinstance(source, X)
        posts_to = publishers_of(settings, http=http, clock=clock, purses=purses)
        await posts_to["x"].publish(a_publication(account="x:@Oreo.test"))
        assert source._meter.purse is purses.of("x")
    assert purses.of("x").spent[0] == 16_000, "the post, and whose keys they are"


def test_source_and_publisher_of_one_network_share_a_purse(tmp_path: Path) -> None:
    purses = Purses(on_x(tmp_path), FakeClock(NOW))
    purses.of("x").pay("post_create")
    assert purses.of("x").spent[0] == 15_000
    again = Purses(load_settings(tmp_path / "config", KEYS), FakeClock(NOW))
    assert again.of("x").spent[0] == 15_000, "a restart knows what was spent"
