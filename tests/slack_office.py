"""What the suites of the Slack channel stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import aiohttp

from monitor.clock import FakeClock
from monitor.model import Trend
from monitor.storage import open_database
from responders.approvals import Card, Order, samples
from responders.approvals.aides import Aides
from responders.approvals.fake import FakeDesk
from responders.approvals.shapes import Reader
from responders.approvals.slack.channel import Line, Names, SlackChannel
from responders.approvals.slack.face import Asked, Face, View
from responders.approvals.slack.kept import Payload, Plot
from responders.approvals.slack.plots import Trends
from responders.ledger import Ledger
from responders.mailroom import BookedMail
from responders.model import Proposal
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, Slack

NOW = samples.START
PATIENCE = 4000
"""Looks, a thousandth of a second apart, until a test gives up on what is real: sockets and threads."""
TURNS = 25
"""Turns of the loop in which an answer on loopback has come from one end to the other."""


async def until(is_true: Callable[[], bool]) -> None:
    """Let what is real go on until something is true. Fails when it never is."""
    for _ in range(PATIENCE):
        if is_true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


async def settle() -> None:
    """Let what is real come to rest."""
    for _ in range(TURNS):
        await asyncio.sleep(0.0004)


async def pass_time(clock: FakeClock, secs: float) -> None:
    """Move the clock from one sleeper to the next, with time for what is real in between."""
    end = clock.now() + timedelta(seconds=secs)
    await settle()
    while (left := (end - clock.now()).total_seconds()) > 0:
        waiting = [at for at, _, future in clock._sleepers if not future.done()]
        ahead = max(0.001, (min(waiting) - clock.now()).total_seconds()) if waiting else left
        await clock.advance(min(left, ahead))
        await settle()


def at_once(draw: Callable[[Trend], bytes]) -> Callable[[Trend], Awaitable[bytes]]:
    """Draws without a thread, whose end no fake clock knows of."""

    async def drawn(trend: Trend) -> bytes:
        return draw(trend)

    return drawn


async def here(read: Callable[[], bytes]) -> bytes:
    """Reads without a thread, for the same reason."""
    return read()


class PlainFace:
    """A card with two buttons, and reads them: what the real half does, in a few lines."""

    def message(
        self, card: Card, reader: Reader, plot: Plot | None = None, *, files: Mapping[str, str] | None = None
    ) -> Payload:
        p = card.proposal
        left = max(0.0, (p.deadline - reader.now).total_seconds())
        text = f"{p.state.value}: {p.text}"
        buttons = [
            {"type": "button", "action_id": act, "value": f"{p.id}:{p.revision}", "text": _label(act)}
            for act in ("approve", "reject", "edit", "details")
        ]
        shown: list[Payload] = [{"type": "section", "block_id": f"text {p.version} {left}", "text": _label(text)}]
        if p.is_open:
            shown.append({"type": "section", "block_id": f"left {left}", "text": _label(f"{left} s")})
            if plot is not None:
                file = {"type": "image", "slack_file": {"id": plot.file}, "alt_text": plot.alt}
                shown.append(file | {"block_id": f"plot {plot.file}"})
            shown.append({"type": "actions", "block_id": f"acts {p.version} {left}", "elements": buttons})
        metadata = {"event_type": "bonmot_card", "event_payload": {"proposal": p.id, "revision": p.revision}}
        return {"text": text, "blocks": shown, "metadata": metadata}

    def read(self, payload: Payload, now: datetime) -> Asked:
        if "command" in payload:
            return Asked("wish", name=payload["text"] or "status", reason="said so")
        if payload.get("type") == "view_submission":
            key, revision = payload["view"]["private_metadata"].split(":")
            text = payload["view"]["state"]["values"]["b"]["a"]["value"]
            return Asked("order", key, "edit", int(revision), text)
        if payload.get("type") != "block_actions":
            return Asked("nothing")
        action = payload["actions"][0]
        if action["action_id"] == "poison":
            raise RuntimeError("a bug of ours")
        key, revision = action["value"].split(":")
        if action["action_id"] in ("edit", "details"):
            return Asked("open", key, seen_revision=int(revision), name=action["action_id"])
        return Asked("order", key, action["action_id"], int(revision), reason="not us")

    def chosen(self, asked: Asked, card: Card | None) -> Asked:
        return asked

    def window(self, asked: Asked, card: Card | None, reader: Reader) -> Payload:
        element = {"type": "plain_text_input", "action_id": "a", "multiline": True}
        block = {"type": "input", "block_id": "b", "label": _label("Text"), "element": element}
        made = {"type": "modal", "callback_id": asked.name, "title": _label("Edit"), "submit": _label("Save")}
        return made | {"blocks": [block], "private_metadata": f"{asked.proposal}:{asked.seen_revision}"}

    def complaint(self, payload: Payload, asked: Asked, sentence: str) -> Payload | None:
        return {"response_action": "errors", "errors": {"b": sentence}}

    def home(self, view: View) -> Payload:
        return {"type": "home", "blocks": [{"type": "section", "text": _label(f"{len(view.cards)} cards")}]}

    def answer(self, asked: Asked, view: View) -> str:
        return f"{asked.name}: {len(view.cards)} cards"


def _label(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


class DirectBooks:
    """The ledger without a thread of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return act(*args, **kwargs)


class CountingDesk(FakeDesk):
    """A desk that remembers what it was told."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.orders: list[Order] = []

    async def decide(self, order: Order) -> Proposal:
        self.orders.append(order)
        return await super().decide(order)


IDS = {"U01ADA": "maya", "U02BEN": "jonas", "U04GUEST": "priya", "U05SOLO": "priya", "U06ROBOT": "priya",
       "U07GONE": "priya", "U08AWAY": "priya"}  # fmt: skip


@dataclass
class Office:
    """A desk with the channel before it, a workspace, and the clock of all three."""

    clock: FakeClock
    desk: CountingDesk
    ledger: Ledger
    server: Slack
    http: aiohttp.ClientSession
    ids: dict[str, str] = field(default_factory=lambda: dict(IDS))
    channel: SlackChannel | None = None
    face: Face = field(default_factory=lambda: PlainFace())
    draw: Callable[[Trend], bytes] = lambda _: b"\x89PNG\r\n\x1a\n a picture"
    picture: Callable[[str], bytes] | None = None
    trends: Trends | None = None
    aides: Aides = field(default_factory=Aides)

    def offer(self, key: str = "p1", **changes: Any) -> None:
        offered = samples.opportunity(good_secs=3600)
        self.desk.offer(offered, samples.proposal(key, offered, **changes))

    def found(self, key: str = "p1") -> list[Payload]:
        return [one for one in self.server.messages if f"'proposal': '{key}'" in str(one.get("metadata"))]

    async def card(self, key: str = "p1") -> Payload:
        """The one message of a proposal."""
        await until(lambda: bool(self.found(key)))
        [message] = self.found(key)
        return message

    async def worked(self, count: int) -> list[str]:
        """What became of the first acts."""
        await until(lambda: len(self.ledger.outcomes()) >= count)
        return self.ledger.outcomes()

    async def pass_time(self, secs: float) -> None:
        await pass_time(self.clock, secs)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SlackChannel]:
        """One run of the channel, from its start to an orderly end."""
        line = Line(BOT_TOKEN, APP_TOKEN, f"{self.server.url}/api")
        names = Names(self.ids, samples.PEOPLE, samples.BRANDS, {"oreo": CHANNEL})
        kept = BookedMail(DirectBooks(self.ledger))
        self.channel = SlackChannel(
            self.desk, kept, self.face, line=line, names=names, http=self.http, clock=self.clock, random=Random(1),
            trends=self.trends, aides=self.aides, picture=self.picture,
        )  # fmt: skip
        self.channel.plots.draw = at_once(self.draw)
        self.channel.plots.aside = here
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.channel.run(stop), name="channel")
            yield self.channel
            stop.set()


@asynccontextmanager
async def an_office() -> AsyncIterator[Office]:
    """Everything but a running channel."""
    clock = FakeClock(samples.START)
    server = await slack.start(clock=clock)
    ledger = Ledger(open_database(":memory:"))
    async with aiohttp.ClientSession() as http:
        yield Office(clock, CountingDesk(clock), ledger, server, http)
    await server.close()
    ledger.close()
