"""In a process of its own: a workspace, a network to post to, and the people who press buttons there."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from monitor.clock import SystemClock
from responders.sandbox import bluesky, slack
from responders.sandbox.slack import Envelope, Slack
from responders.sandbox.slack.workspace import channel, person

APPROVE = "bonmot.approve"
LOOK_SECS = 0.002
"""Between two looks whether what was clicked is acked."""
GIVE_UP_SECS = 30.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people there are, how many cards each has, and how long a thumb rests between two."""

    people: int
    cards_each: int
    rest_secs: float

    def users(self) -> list[str]:
        """Their ids in the workspace."""
        return [f"U{number:05d}" for number in range(1, self.people + 1)]

    def rooms(self) -> list[str]:
        """A channel for each brand; each brand's cards are one person's."""
        return [f"C{number:05d}" for number in range(1, self.people + 1)]


@dataclass(frozen=True, slots=True)
class Click:
    """One press of a button, in seconds of the machine's clock."""

    proposal: str
    clicked_at: float
    acked_at: float | None


@dataclass(slots=True)
class Street:
    """The other process, seen from this one."""

    slack_url: str
    network_url: str
    pipe: Connection = field(repr=False)

    async def asked(self, what: str) -> Any:
        """Say a word, and wait for the answer without holding up the loop."""
        self.pipe.send(what)
        return await asyncio.to_thread(self.pipe.recv)


@contextmanager
def street(crowd: Crowd) -> Iterator[Street]:
    """Start the other process; ends it on the way out."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    other = spawn.Process(target=_live, args=(theirs, crowd), name="crowd", daemon=True)
    other.start()
    try:
        slack_url, network_url = ours.recv()
        yield Street(slack_url, network_url, ours)
    finally:
        other.terminate()
        other.join()


def _live(pipe: Connection, crowd: Crowd) -> None:
    """In the other process."""
    asyncio.run(_serve(pipe, crowd))


async def _serve(pipe: Connection, crowd: Crowd) -> None:
    async with _servers(crowd) as (server, network):
        pipe.send((server.url, network))
        while True:
            word = await asyncio.to_thread(pipe.recv)
            if word == "cards":
                count = crowd.people * crowd.cards_each
                await _until(partial(_are_shown, server, count), GIVE_UP_SECS + count)
                pipe.send(len(server.messages))
            else:
                pipe.send(await _click_all(server, crowd))


@asynccontextmanager
async def _servers(crowd: Crowd) -> AsyncIterator[tuple[Slack, str]]:
    network = await bluesky.start()
    server = await slack.start()
    for user, room in zip(crowd.users(), crowd.rooms(), strict=True):
        server.space.people[user] = person(user, {"name": user.lower()})
        server.space.channels[room] = channel(room, room.lower(), is_in=True) | {"members": crowd.users()}
    try:
        yield server, network.url
    finally:
        await server.close()
        await network.close()


async def _click_all(server: Slack, crowd: Crowd) -> list[Click]:
    """Everybody at the same instant, then each one card after the other as soon as the last one is acked and read."""
    found: list[Click] = []
    async with asyncio.TaskGroup() as group:
        for number, (user, room) in enumerate(zip(crowd.users(), crowd.rooms(), strict=True)):
            mine = [message for message in server.messages if message["channel"] == room]
            random = Random(number)  # noqa: S311 - spreads clicks, hides nothing
            rests = [crowd.rest_secs * random.uniform(0.5, 1.5) for _ in mine]
            clicking = _click_mine(server, user, list(zip(mine, rests, strict=True)), into=found)
            group.create_task(clicking, name=f"click {user}")
    return found


async def _click_mine(server: Slack, user: str, mine: list[tuple[dict[str, Any], float]], *, into: list[Click]) -> None:
    clock = SystemClock()
    for message, rest in mine:
        began = clock.now().timestamp()
        sent = await server.click(message, APPROVE, user)
        await _until(partial(_is_acked, sent), GIVE_UP_SECS)
        acked = None if sent.acked_at is None else sent.acked_at.timestamp()
        key = message["metadata"]["event_payload"]["proposal"]
        into.append(Click(key, began, acked))
        await clock.sleep(max(0.0, rest - (clock.now().timestamp() - began)))


def _are_shown(server: Slack, count: int) -> bool:
    return len(server.messages) >= count


def _is_acked(sent: Envelope) -> bool:
    return sent.acked_at is not None


async def _until(is_true: Callable[[], bool], within_secs: float) -> None:
    """Look until something is true or the time is over. The sandbox tells nobody when it changes."""
    clock = SystemClock()
    for _ in range(int(within_secs / LOOK_SECS)):
        if is_true():
            return
        await clock.sleep(LOOK_SECS)
