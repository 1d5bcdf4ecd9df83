"""One life of the Slack channel over a ledger on disk; it dies where the environment says."""

from __future__ import annotations

import asyncio
import sys
from random import Random
from typing import Any

import aiohttp

from monitor.storage import open_database
from responders.approvals.changes import Changes
from responders.approvals.slack.channel import Line, Names, SlackChannel
from responders.desk import LedgerDesk
from responders.ledger import Ledger
from responders.mailroom import BookedMail
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL
from tests.crash.fast_clock import FastClock
from tests.slack_office import IDS, DirectBooks, PlainFace


async def live(database: str, url: str, zero: float) -> None:
    """Run until a line comes in, or the input ends."""
    changes = Changes()
    books: Any = DirectBooks(Ledger(open_database(database), on_move=changes.tell))
    clock = FastClock(zero)
    desk = LedgerDesk(books, clock=clock, brands={}, changes=changes)
    names = Names(IDS, {"maya": "Maya"}, {"oreo": "Oreo"}, {"oreo": CHANNEL})
    stop = asyncio.Event()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        line = Line(BOT_TOKEN, APP_TOKEN, f"{url}/api")
        channel = SlackChannel(
            desk, BookedMail(books), PlainFace(), line=line, names=names, http=http, clock=clock, random=Random(1)
        )
        group.create_task(channel.run(stop), name="channel")
        await asyncio.to_thread(sys.stdin.readline)
        stop.set()


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1], sys.argv[2], float(sys.argv[3])))
