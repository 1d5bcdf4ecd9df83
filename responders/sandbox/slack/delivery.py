"""Payloads over HTTP, as the service sends them to an app with addresses of its own: signed, and events tried again.

Facts are those of docs.slack.dev: three seconds for an answer; an event comes again at once, after a minute and after
five, each time signed anew, with `x-slack-retry-num` and the reason, until a 200 or an `x-slack-no-retry`. Clicks and
commands come once: then the person sees an error.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from monitor.clock import Clock
from responders.sandbox.slack.sockets import Envelope
from responders.sandbox.slack.words import Thing

ANSWER_SECS = 3.0
RETRY_SECS = (0.0, 60.0, 300.0)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(slots=True)
class Addresses:
    """Where an app is reached, by the kind of payload; empty: over its sockets."""

    clock: Clock
    secret: str
    urls: dict[str, str] = field(default_factory=dict)
    tries: list[Thing] = field(default_factory=list)
    """The headers of everything that was sent, and what became of it."""

    def reach(self, base: str) -> None:
        """Send everything below one address, by the paths that an app of ours is set up with."""
        paths = {"interactive": "interactivity", "slash_commands": "commands", "events_api": "events"}
        self.urls = {kind: f"{base}/slack/{path}" for kind, path in paths.items()}

    async def deliver(self, envelope: Envelope) -> None:
        """Send it until it is taken, or for good."""
        body, content = body_of(envelope.kind, envelope.payload)
        reason = await self._send(envelope, body, {"Content-Type": content})
        for number, secs in enumerate(RETRY_SECS if envelope.kind == "events_api" else (), 1):
            if not reason or self.tries[-1]["no_retry"]:
                return
            await self.clock.sleep(secs)
            again = {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
            reason = await self._send(envelope, body, {"Content-Type": content} | again)

    async def _send(self, envelope: Envelope, body: bytes, headers: dict[str, str]) -> str:
        """Why it was not taken; empty where it was."""
        envelope.sent.append(self.clock.now())
        tried: Thing = headers | {"no_retry": False, "status": None}
        self.tries.append(tried)
        ends = aiohttp.ClientTimeout(total=ANSWER_SECS)
        try:
            async with (
                aiohttp.ClientSession(timeout=ends) as http,
                http.post(self.urls[envelope.kind], data=body, headers=headers | self.signed(body)) as got,
            ):
                said = await got.read()
        except TimeoutError:
            return "http_timeout"
        except (aiohttp.ClientError, OSError):
            return "connection_failed"
        envelope.status = tried["status"] = got.status
        tried["no_retry"] = got.headers.get("x-slack-no-retry") == "1"
        if got.status != 200:
            return "http_error"
        envelope.acked_at, envelope.answer = self.clock.now(), _answer(said)
        return ""

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that prove where a body comes from."""
        stamp = str(int(self.clock.now().timestamp()))
        mac = hmac.new(self.secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac.hexdigest()}"}


def body_of(kind: str, payload: Thing) -> tuple[bytes, str]:
    """What goes over the wire, and its type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM


def _answer(said: bytes) -> Any:
    try:
        return json.loads(said) if said else None
    except ValueError:
        return said.decode("utf-8", "replace")
