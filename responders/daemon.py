"""The daemon: from the settings to the last drained piece of work."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from typing import Any

import structlog
from rich.console import Console
from rich.markup import escape

from monitor.clock import SystemClock
from monitor.errors import BonmotError
from monitor.settings import Settings
from responders.bot import built, database
from responders.house import House
from responders.reload import Reloader

log = structlog.get_logger()

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_daemon(settings: Settings, *, greet: Callable[[House], None]) -> None:
    """Run until SIGTERM or Ctrl-C, drain within the grace time; a second signal ends it at once.

    The settings are read again when a file of theirs is saved, and on SIGHUP.

    Raises BadInput for settings that cannot run here. What a hard end leaves behind is settled at the next start.
    """
    try:
        asyncio.run(_live(settings, greet))
    except asyncio.CancelledError:  # a second signal: for the shell the same as Ctrl-C
        raise KeyboardInterrupt from None


def greeting(house: House) -> None:
    """Say on standard error who may open the page where, and whether anything can go out for real."""
    console = Console(stderr=True, highlight=False)
    console.print(f"The page: {house.url}", soft_wrap=True)
    if not house.settings.bot.live:
        console.print(
            "[bold]not live[/]: everything is posted to the console or a sandbox; set live: true to go out",
            soft_wrap=True,
        )
    for person, known in house.settings.bot.people.items():
        link = house.inbox.login_url(person)
        console.print(f"{escape(known.title)} signs in at [link={link}]{escape(link)}[/]", soft_wrap=True)


async def _live(settings: Settings, greet: Callable[[House], None]) -> None:
    clock = SystemClock()
    stop = asyncio.Event()
    async with built(settings, clock=clock, run_id=run_id_at(clock)) as house:
        main = asyncio.current_task()
        assert main is not None
        listen_for_signals(stop, main)
        reloader = Reloader(house, settings.root, os.environ)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloader.asked.set)
        log.info("bot_started", url=house.url, database=str(database(settings)))
        greet(house)
        # What is built stays to the end. Walking over it again and again held everything up for a third of a second.
        gc.collect()
        gc.freeze()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(reloader.run(stop), name="reloader")
                group.create_task(house.run(stop), name="house")
        except* TimeoutError as over:
            log.warning("stop_forced", reason=str(_first(over)))
        except* BonmotError as failed:  # one sentence for a person, not the groups it passed through
            raise _first(failed) from None
    log.info("bot_stopped")


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single failure in a group of groups."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def run_id_at(clock: SystemClock) -> str:
    """A short name for this run, later runs later in the alphabet."""
    return f"{int(clock.now().timestamp()):x}"


def listen_for_signals(stop: asyncio.Event, main: asyncio.Task[Any]) -> None:
    """The first SIGTERM or Ctrl-C sets `stop`, the second cancels `main`."""

    def heard(name: str) -> None:
        if stop.is_set():
            log.warning("stop_forced", signal=name)
            main.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for one in STOP_SIGNALS:
        loop.add_signal_handler(one, heard, one.name)
