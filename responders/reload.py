"""Settings that change while the bot runs: read and checked whole, then swapped between two posts, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from watchfiles import Change, awatch

from monitor.errors import BadInput, BonmotError
from monitor.settings import BotSettings, Settings
from responders.adapters import asked_of_x, chosen_sources, sources_of
from responders.house import House
from responders.loading import load_settings

log = structlog.get_logger()

FIXED = (
    "budgets",
    "data_dir",
    "drafting",
    "grace_secs",
    "inbox",
    "language",
    "live",
    "log",
    "publishers",
    "record",
    "save_every_secs",
    "slack",
)
"""Keys of bot.yaml that are built in: changing them takes a new start, and is said."""
SETTLE_MS = 300
"""An editor writes a file in several steps; what comes within this time is one change."""
MISTAKES_SHOWN = 3


@dataclass(slots=True)
class Reloader:
    """Follows the settings folder of a running house. One at a time."""

    house: House
    root: Path
    environ: Mapping[str, str]
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by whoever wants the settings to be read again: SIGHUP, or a file that was saved."""

    async def run(self, stop: asyncio.Event) -> None:
        """Read them again whenever that is asked for or a file changes, until `stop`."""
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look(stop), name="look at settings")
            reading = group.create_task(self._read(), name="read settings")
            await stop.wait()
            looking.cancel()
            reading.cancel()

    async def _look(self, stop: asyncio.Event) -> None:
        try:
            async for _ in awatch(self.root, watch_filter=_is_settings, stop_event=stop, debounce=SETTLE_MS):
                self.asked.set()
        except OSError as error:  # too many watches on this machine, for one: SIGHUP still works
            log.warning("settings_not_watched", place=str(self.root), reason=error.strerror or str(error))

    async def _read(self) -> None:
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self.reload()

    async def reload(self) -> bool:
        """Read the settings and take them; False, and all is as before, where they are the same or cannot be taken."""
        before = self.house.settings
        try:
            new = await asyncio.to_thread(load_settings, self.root, self.environ)
            taken = _takeable(new, before)
            if taken != before:
                await self._swap(taken, before)
        except BonmotError as error:
            self._refuse(error)
            return False
        self._say_late([key for key in FIXED if getattr(new.bot, key) != getattr(before.bot, key)])
        if taken == before:
            log.info("settings_unchanged")
            return False
        log.info("settings_taken", changed=_changed(taken, before))
        return True

    def _say_late(self, keys: list[str]) -> None:
        self.house.refused = f"bot.yaml: {', '.join(keys)} changed: start again for that to count" if keys else ""
        if keys:
            log.warning("settings_need_restart", keys=keys)

    def _refuse(self, error: Exception) -> None:
        lines = str(error).splitlines()
        said = "; ".join(lines[:MISTAKES_SHOWN]) + (
            f"; and {rest} more" if (rest := len(lines) - MISTAKES_SHOWN) > 0 else ""
        )
        self.house.refused = f"the changed settings are not taken, the old ones still count: {said}"
        log.warning("settings_refused", reason=said)

    async def _swap(self, new: Settings, before: Settings) -> None:
        """Sources are built first: what cannot be built changes nothing."""
        house, rooms = self.house, self.house.office
        old_blocks, blocks = chosen_sources(before), chosen_sources(new)
        gone = [name for name in old_blocks if blocks.get(name) != old_blocks[name]]
        to_come = {name: block for name, block in blocks.items() if old_blocks.get(name) != block}
        if "x" in blocks and "x" not in to_come and asked_of_x(new) != asked_of_x(before):
            gone, to_come = [*gone, "x"], {**to_come, "x": blocks["x"]}  # other keywords, other rules there
        built = sources_of(to_come, new, tally=house.watch.tally, clock=rooms.clock, purses=rooms.purses)
        if gone or built:
            await house.watch.listen_anew(gone, built)

        async def swap() -> None:
            await rooms.think.call(rooms.pipeline.judge_for, new.domain_brands())
            house.take(new)

        await house.watch.between(swap)


def _takeable(new: Settings, before: Settings) -> Settings:
    """The new settings with what is built in as it was. Raises BadInput where an account would have nobody to post."""
    here = {account.platform for brand in before.domain_brands() for account in brand.accounts}
    there = {account.platform for brand in new.domain_brands() for account in brand.accounts}
    if there - here:
        raise BadInput(f"accounts on {', '.join(sorted(there - here))} are new: start again for that to count")
    fixed = {key: getattr(before.bot, key) for key in FIXED}
    return new.model_copy(update={"bot": new.bot.model_copy(update=fixed)})


def _changed(new: Settings, before: Settings) -> list[str]:
    """What is different, by the names of the files."""
    found = [
        f"bot.yaml: {key}" for key in BotSettings.model_fields if getattr(new.bot, key) != getattr(before.bot, key)
    ]
    for kind in ("brands", "templates", "calendars", "assets"):
        old, now = getattr(before, kind), getattr(new, kind)
        found += [f"{kind}/{name}.yaml" for name in sorted({*old, *now}) if old.get(name) != now.get(name)]
    return found


def _is_settings(change: Change, path: str) -> bool:
    """Hidden files and what editors keep beside a file are none."""
    name = Path(path).name
    return name.endswith(".yaml") and not name.startswith(".")
