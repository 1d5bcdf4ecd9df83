"""One life of the bot on a database of its own: ledger, desk, outbox, Slack channel, publisher. Only wires are fake."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import aiohttp

from monitor.model import Account, Brand
from monitor.storage import open_database
from responders import crashpoints
from responders.approvals.changes import Changes
from responders.approvals.slack.channel import Line, Names, SlackChannel
from responders.approvals.slack.look import Look
from responders.desk import LedgerDesk
from responders.ledger import Ledger
from responders.mailroom import BookedMail
from responders.model import Proposal
from responders.outbox import Outbox
from responders.publishers import Publisher
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL
from tests.machine.loop import LIFE, Killed, Life, Loop, LoopClock, Wires
from tests.slack_office import at_once

COMPILED: dict[Any, Any] = {}
"""Statements, compiled once for all lives."""


class Books:
    """The ledger behind its thread: whoever asks waits a turn before and a turn after."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        try:
            return act(*args, **kwargs)
        finally:
            await asyncio.sleep(0)


class Bot:
    """See above. `seam` is where it dies, as for a real kill (`after_claim:2`), but in this process."""

    def __init__(self, loop: Loop, clock: LoopClock, database: Path) -> None:
        self.loop = loop
        self.clock = clock
        self.database = database
        self.life = Life(loop)
        self.failures: list[str] = []
        self._engine = open_database(database)
        self._engine._compiled_cache = COMPILED  # type: ignore[attr-defined]
        self.changes = Changes()
        self.ledger = Ledger(self._engine, on_move=self._moved)

    def begin(
        self, slack_url: str, ids: dict[str, str], build: Callable[[aiohttp.ClientSession], Publisher],
        *, guard: Callable[[Proposal], str | None],
    ) -> None:  # fmt: skip
        """Run everything, in a context that ends with the life."""
        self.life.context.run(self._build, slack_url, ids, build, guard)
        self.life.start(self._run(), "bot")

    def _build(self, slack_url: str, ids: dict[str, str], build: Any, guard: Any) -> None:
        async def look(proposal: Proposal, _: datetime) -> str | None:
            return guard(proposal)  # type: ignore[no-any-return]

        self.http = aiohttp.ClientSession(connector=Wires(self.loop, self.life))
        books: Any = Books(self.ledger)
        publisher = build(self.http)
        brand = Brand("oreo", "Oreo", accounts=(Account(f"{publisher.platform}:oreo", publisher.platform, "oreo"),))
        self.desk = LedgerDesk(books, clock=self.clock, brands={"oreo": brand}, changes=self.changes)
        chance = Random(self.loop.random.random())
        self.outbox = Outbox(
            books, publishers={publisher.platform: publisher}, clock=self.clock, guard=look, random=chance
        )
        self.desk.outbox = self.outbox
        people = {person: person.title() for person in ids.values()}
        self.names = Names(ids, people, {"oreo": "Oreo"}, {"oreo": CHANNEL})
        self.channel = SlackChannel(
            self.desk, BookedMail(books), Look(), line=Line(BOT_TOKEN, APP_TOKEN, f"{slack_url}/api"),
            names=self.names, http=self.http, clock=self.clock, random=chance,
        )  # fmt: skip
        self.channel.plots.draw = at_once(lambda _: b"\x89PNG a picture")  # a thread knows nothing of this loop

    def _moved(self, proposal: str) -> None:
        self.loop.call_soon(self.changes.tell, proposal)
        self.loop.call_soon(self.outbox.wake, proposal)

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.outbox.run(self.stop), name="outbox")
                group.create_task(self.channel.run(self.stop), name="channel")
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            await self.http.close()

    async def bury(self) -> None:
        """Let go of what the dead held, once nobody looks any more."""
        mine = self.life.bury()
        if mine:
            await asyncio.wait(mine, timeout=300.0)
        await self.http.close()
        self.ledger.close()


def leave(database: Path, heir: Path) -> None:
    """Copy the database and its log; a transaction that is not committed is in neither."""
    for end in ("", "-wal"):
        left = database.with_name(database.name + end)
        if left.exists():
            shutil.copyfile(left, heir.with_name(heir.name + end))


class Seam:
    """Stands in for the operating system where a crash point asks it which seam is meant, and to end the process."""

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}
        self.died: list[str] = []

    def arm(self, seam: str) -> None:
        """Die there."""
        crashpoints._passed.clear()
        self.environ[crashpoints.VARIABLE] = seam

    def getpid(self) -> int:
        return 0

    def kill(self, _pid: int, _signal: int) -> None:
        life = LIFE.get()
        if life is None:
            return  # the test itself passed the seam
        self.died.append(self.environ.pop(crashpoints.VARIABLE, "").partition(":")[0])
        life.die()
        raise Killed

    @property
    def shim(self) -> Any:
        return SimpleNamespace(environ=self.environ, getpid=self.getpid, kill=self.kill)
