"""The door that takes clicks over HTTP, with a ledger behind it, and whoever knocks: byte by byte."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from monitor.clock import FakeClock
from monitor.errors import Unavailable
from monitor.telemetry import METRICS, SLACK_TURNED_AWAY
from responders.approvals.slack.door import Door
from responders.approvals.slack.kept import Payload, stored
from responders.approvals.slack.signed import FORM, Ours
from responders.ledger import Ledger
from responders.sandbox.slack import TEAM
from tests.samples import NOW

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CLICKS, COMMANDS, EVENTS = "/slack/interactivity", "/slack/commands", "/slack/events"
Pairs = list[tuple[bytes, bytes]]


def payload(number: int = 1, **changes: Any) -> Payload:
    action = {"type": "button", "action_id": "bonmot.approve", "value": "p1:1", "action_ts": f"1700.{number}"}
    made = {"type": "block_actions", "api_app_id": "A01APP", "team": {"id": TEAM}, "actions": [action]}
    return made | {"user": {"id": "U01ADA", "team_id": TEAM}} | changes


def form(said: object) -> bytes:
    return urlencode({"payload": said if isinstance(said, str) else json.dumps(said)}).encode()


def signature(stamp: object, body: bytes, secret: str = SECRET) -> bytes:
    mac = hmac.new(secret.encode(), b"v0:" + str(stamp).encode() + b":" + body, hashlib.sha256)
    return b"v0=" + mac.hexdigest().encode()


def turned_away() -> dict[str, float]:
    """What was counted, by its reason."""
    return {
        sample.labels["reason"]: sample.value
        for metric in METRICS.collect()
        for sample in metric.samples
        if sample.name == "bonmot_slack_turned_away_total" and sample.value
    }


@dataclass
class Answered:
    """What came back, as bytes on the wire; nothing where the connection was cut."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1]) if self.raw else 0

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode().lower()


@dataclass
class Street:
    """A door with a ledger behind it, and who knocks."""

    door: Door
    ledger: Ledger
    clock: FakeClock
    taken: list[tuple[str, str, Payload]] = field(default_factory=list)
    answer: Mapping[str, Any] | None = None
    fails: int = 0

    async def receive(self, envelope: str, kind: str, said: Payload) -> Mapping[str, Any] | None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the disk is busy")
        if self.ledger.receive(stored(envelope, kind, said), self.clock.now()):
            self.taken.append((envelope, kind, said))
        return self.answer

    def headers(self, body: bytes, *, secs: float = 0, kind: str = FORM) -> dict[bytes, bytes]:
        stamp = int(self.clock.now().timestamp() + secs)
        proven = {b"X-Slack-Request-Timestamp": str(stamp).encode(), b"X-Slack-Signature": signature(stamp, body)}
        return proven | {b"Content-Type": kind.encode(), b"Content-Length": str(len(body)).encode()}

    async def knock(
        self, body: bytes, headers: dict[bytes, bytes] | Pairs | None = None, *, line: str = f"POST {CLICKS} HTTP/1.1"
    ) -> Answered:
        """Send exactly these bytes, and read until the end."""
        pairs = self.headers(body) if headers is None else headers
        pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs
        head = b"".join(b"%s: %s\r\n" % pair for pair in [(b"Host", b"bonmot.example"), *pairs])
        return await self.raw(line.encode() + b"\r\n" + head + b"\r\n" + body)

    async def raw(self, sent: bytes) -> Answered:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        try:
            writer.write(sent)
            await writer.drain()
            return Answered(await reader.read())
        except ConnectionError:
            return Answered(b"")
        finally:
            writer.close()


@asynccontextmanager
async def a_street(ledger: Ledger) -> AsyncIterator[Street]:
    """An open door; nothing was turned away yet."""
    SLACK_TURNED_AWAY.clear()
    clock = FakeClock(NOW)
    made: Street

    async def receive(envelope: str, kind: str, said: Payload) -> Mapping[str, Any] | None:
        return await made.receive(envelope, kind, said)

    door = Door(SECRET, receive, clock)
    door.ours = Ours(TEAM, "A01APP")
    made = Street(door, ledger, clock)
    await door.open()
    try:
        yield made
    finally:
        await door.close()
