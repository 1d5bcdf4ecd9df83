"""What the settings name at the edges of the house: where it listens, where it posts, who writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from monitor import sources
from monitor.clock import Clock
from monitor.keywords import parse
from monitor.keywords.remote import remote
from monitor.prices import TARIFFS
from monitor.probing import Finding
from monitor.purse import KeptPurse
from monitor.schema import BudgetSettings
from monitor.settings import Settings
from monitor.sources import Source, Tally
from responders import publishers
from responders.credentials import Probe
from responders.drafting.writer import Writer
from responders.drafting.writer.endpoint import Endpoint
from responders.drafting.writer.spending import Spending
from responders.publishers import Publisher

log = structlog.get_logger()

SPENT_FILE = "drafting.json"
"""In the data folder: what the language model has cost today."""
BOOK_FILE = "{}.spent.json"
"""In the data folder, for each paid network: what was spent, by UTC days."""
WARNINGS = (
    "https://www.gdacs.org/xml/rss.xml",
    "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/significant_week.atom",
    "https://www.nhc.noaa.gov/index-at.xml",
)
"""Public bodies that warn of disasters everywhere, of earthquakes and of hurricanes: what a day of grief begins with.
Their feeds are there to be read by programs; a newspaper's may not be, so people name their own."""
OPEN: dict[str, Mapping[str, object]] = {
    "bluesky": {},
    "feeds": {"feeds": list(WARNINGS)},
    "hackernews": {},
    "wikipedia": {},
}
"""What is listened to where bot.yaml names no source: they need no key."""


def chosen_sources(settings: Settings) -> dict[str, Mapping[str, object]]:
    """The configured sources with what is set for each; where bot.yaml names none, those that are open to everybody."""
    return dict(settings.bot.sources) or dict(OPEN)


class Purses:
    """The money of each paid network, opened once: source and publisher share it, and it alone writes its book."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._opened: dict[str, KeptPurse] = {}

    def of(self, network: str) -> KeptPurse:
        """The purse of one network. Raises KeyError for one without a price list."""
        if network not in self._opened:
            caps = self._settings.bot.budgets.get(network, BudgetSettings()).to_caps()
            path = book_of(self._settings, network)
            self._opened[network] = KeptPurse(TARIFFS[network], caps, self._clock, path=path)
        return self._opened[network]


def sources_of(
    blocks: Mapping[str, Mapping[str, object]], settings: Settings, *, tally: Tally, clock: Clock, purses: Purses
) -> list[Source]:
    """The sources of these blocks, built and not yet listening. Raises BadInput for one that cannot be built."""
    found = []
    for name, block in blocks.items():
        module = sources.load(name)
        whole = {"rules": asked_of_x(settings), **block} if name == "x" else block
        paid = {"purse": purses.of(name)} if name in TARIFFS else {}
        found.append(module.build(module.Settings.model_validate(whole), tally, clock, **paid))
    return found


def asked_of_x(settings: Settings) -> dict[str, str]:
    """What X can be asked for of the brands' keywords, by a name for each: `oreo-2-1`."""
    asked: dict[str, str] = {}
    """Name by text: X takes each text once."""
    for brand in settings.domain_brands():
        for i, keyword in enumerate(brand.keywords):
            texts = remote(parse(keyword.match), "x").filters
            asked = {text: f"{brand.name[:30]}-{i}-{n}" for n, text in enumerate(texts)} | asked
    return {name: text for text, name in asked.items()}


def book_of(settings: Settings, network: str) -> Path:
    """Where what was spent on it is kept."""
    return settings.data_dir / BOOK_FILE.format(network)


def publishers_of(
    settings: Settings, *, http: aiohttp.ClientSession, clock: Clock, purses: Purses
) -> dict[str, Publisher]:
    """A publisher for each platform a brand speaks on; without `live: true` only those that can do no harm."""
    console = publishers.load("console")
    to_console: Publisher = console.build(console.Settings(), http, clock)
    chosen: dict[str, Publisher] = {}
    for platform in sorted({account.platform for brand in settings.domain_brands() for account in brand.accounts}):
        chosen[platform] = to_console
        block = settings.bot.publishers.get(platform)
        if block is not None:
            module = publishers.load(platform)
            paid = {"purse": purses.of(platform)} if platform in TARIFFS else {}
            publisher = module.build(module.Settings.model_validate(block), http, clock, **paid)
            if settings.bot.live or publisher.is_harmless:
                chosen[platform] = publisher
        if chosen[platform] is to_console and platform != "console":
            why = "no publisher configured" if block is None else "not live"
            log.info("posts_to_console", platform=platform, reason=why)
    return chosen


def probes_of(
    settings: Settings, *, posts_to: Mapping[str, Publisher], http: aiohttp.ClientSession, clock: Clock, purses: Purses
) -> dict[str, Probe]:
    """A question for each network that is posted to; what one costs is written into the network's book."""
    found: dict[str, Probe] = {}
    for name, block in settings.bot.publishers.items():
        module = publishers.load(name)
        if name in posts_to and posts_to[name].platform == name and hasattr(module, "probe"):
            found[name] = partial(_probe, module, module.Settings.model_validate(block), http=http, clock=clock)
            if name in TARIFFS:
                found[name] = partial(_paid, found[name], purses.of(name), len(block.get("accounts") or {}))
    return found


async def _probe(module: Any, block: Any, *, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    return list(await module.probe(block, http, clock))


async def _paid(probe: Probe, purse: KeptPurse, accounts: int) -> list[Finding]:
    purse.note("owned_read", accounts)
    return await probe()


def writer_of(settings: Settings, *, http: aiohttp.ClientSession, clock: Clock) -> Writer | None:
    """The language model of the settings. Nothing is sent before a card could use it."""
    block = settings.bot.drafting
    if block is None:
        return None
    return Writer(block, Endpoint(http, block, clock), Spending(block, settings.data_dir / SPENT_FILE), clock)
