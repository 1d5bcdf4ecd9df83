"""With no source named the bot listens to those that need no key, and to nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from monitor.clock import FakeClock
from monitor.sources import Tally
from responders.adapters import chosen_sources, sources_of
from responders.loading import load_settings, starter_dir
from tests.samples import NOW


def named(folder: Path, block: str) -> list[str]:
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    bot = (config / "bot.yaml").read_text("utf-8")
    (config / "bot.yaml").write_text(bot.replace("sources: {}", block), "utf-8")
    settings = load_settings(config, {})
    return [source.name for source in sources_of(chosen_sources(settings), tally=Tally(), clock=FakeClock(NOW))]


def test_the_starter_settings_listen_to_what_needs_no_key(tmp_path: Path) -> None:
    assert named(tmp_path, "sources: {}") == ["bluesky", "feeds", "hackernews", "wikipedia"]


def test_one_named_source_is_all_that_is_listened_to(tmp_path: Path) -> None:
    assert named(tmp_path, "sources: {wikipedia: {wikis: [dewiki]}}") == ["wikipedia"]
