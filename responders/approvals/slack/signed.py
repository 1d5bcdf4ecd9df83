"""Interactivity over HTTP, for those who prefer a public address to Socket Mode: signed, stored, answered at once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from monitor.clock import Clock
from responders.approvals.slack.kept import Payload, act_key

SKEW_SECS = 300
MOST_BYTES = 1 << 20
TIMESTAMP = "X-Slack-Request-Timestamp"
SIGNATURE = "X-Slack-Signature"

Receive = Callable[[str, str, Payload], Awaitable[Mapping[str, Any] | None]]
"""Envelope id, kind, payload -> what the answer carries. Returns when the payload is stored, and not later."""
Handler = Callable[[web.Request], Awaitable[web.Response]]


def handler(secret: str, receive: Receive, clock: Clock) -> Handler:
    """An aiohttp handler for interactivity, slash commands and events. 401 without a good signature, 400 for nonsense.

    A failure to store is a 500: then the person sees an error and clicks again.
    """

    async def answer(question: web.Request) -> web.Response:
        body = await _body(question)
        if body is None:
            return web.Response(status=413, text="too much")
        if not is_signed(secret, question.headers, body, now=clock.now().timestamp()):
            return web.Response(status=401, text="not signed")
        read = _read(question.content_type, body)
        if read is None:
            return web.Response(status=400, text="not understood")
        kind, payload = read
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))[:200]})
        envelope = f"http {act_key(payload) or hashlib.sha256(body).hexdigest()}"
        said = await receive(envelope, kind, payload)
        return web.Response(status=200) if said is None else web.json_response(said)

    return answer


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """Whether the raw body is Slack's and not five minutes old.

    `v0=` and HMAC-SHA256 in hex of `v0:timestamp:body` (docs.slack.dev, verifying-requests-from-slack).
    """
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15) or abs(now - int(stamp)) > SKEW_SECS:
        return False
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    # Bytes, because the comparison in constant time refuses text that is not ASCII.
    return hmac.compare_digest(f"v0={mac.hexdigest()}".encode(), given.encode("utf-8", "replace"))


async def _body(question: web.Request) -> bytes | None:
    """The raw bytes, or None where there are too many."""
    found = bytearray()
    async for piece in question.content.iter_any():
        found += piece
        if len(found) > MOST_BYTES:
            return None
    return bytes(found)


def _read(content_type: str, body: bytes) -> tuple[str, Payload] | None:
    """Kind and payload, or None for what Slack does not send."""
    try:
        if content_type == "application/json":
            return _object("events_api", body)
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return None
    if "payload" in fields:
        return _object("interactive", fields["payload"].encode())
    return ("slash_commands", dict(fields)) if "command" in fields else None


def _object(kind: str, text: bytes) -> tuple[str, Payload] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (kind, found) if isinstance(found, dict) else None
