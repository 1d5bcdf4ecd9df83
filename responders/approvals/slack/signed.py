"""What comes over HTTP and calls itself Slack's, told apart from what is. Pure: bytes in, a payload or a refusal out.

Facts are those of docs.slack.dev, verifying-requests-from-slack and handling-user-interaction: `v0=` and HMAC-SHA256 in
hex of `v0:timestamp:body` over the raw bytes; clicks and windows are a form with one field `payload`, slash commands a
plain form, events JSON.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from responders.approvals.slack.kept import Payload, act_key

SKEW_SECS = 300
MOST_FIELDS = 100
TIMESTAMP = "X-Slack-Request-Timestamp"
SIGNATURE = "X-Slack-Signature"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

Receive = Callable[[str, str, Payload], Awaitable[Mapping[str, Any] | None]]
"""Envelope id, kind, payload -> what the answer carries. Returns when the payload is stored, and not later."""

PATHS: Mapping[str, tuple[str, str]] = {
    "/slack/interactivity": ("interactive", FORM),
    "/slack/commands": ("slash_commands", FORM),
    "/slack/events": ("events_api", JSON),
}
"""Where what comes, and as what; there is no other path."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why something is not taken: the HTTP status, and one word of a bounded list for the log."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ours:
    """The app that is talked to; empty while Slack has not told it yet."""

    team: str = ""
    app: str = ""


def is_signed(secret: str, stamp: str, given: str, *, body: bytes) -> bool:
    """Whether the raw body is Slack's. The comparison takes the same time whatever was given."""
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    # Bytes, because the comparison in constant time refuses text that is not ASCII.
    return hmac.compare_digest(f"v0={mac.hexdigest()}".encode(), given.encode("utf-8", "replace"))


def proof(stamps: Sequence[str], given: Sequence[str], *, now: float) -> tuple[str, str] | Wrong:
    """Time and signature of the headers, each there once; a time five minutes off proves nothing any more."""
    if len(stamps) != 1 or len(given) != 1:  # two of one kind: who is to say which one the proxy looked at
        return Wrong(401, "headers")
    stamp = stamps[0]
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15):
        return Wrong(401, "timestamp")
    return Wrong(401, "old") if abs(now - int(stamp)) > SKEW_SECS else (stamp, given[0])


def read(kind: str, body: bytes, ours: Ours) -> Payload | Wrong:
    """The payload of a signed body. `ours` is held against the app and workspace that it names."""
    payload = _payload(kind, body)
    if payload is None:
        return Wrong(400, "nonsense")
    team = payload.get("team")
    teams = {team.get("id") if isinstance(team, dict) else None, payload.get("team_id")} - {None}
    is_foreign = (ours.team and teams - {ours.team}) or (ours.app and payload.get("api_app_id", ours.app) != ours.app)
    return Wrong(403, "foreign") if is_foreign else payload


def envelope(body: bytes, payload: Payload) -> str:
    """The same for one act, however often it is sent: HTTP has no envelopes of its own."""
    return f"http {act_key(payload) or hashlib.sha256(body).hexdigest()}"


def challenge(payload: Payload) -> str | None:
    """What an address has to echo to prove that it is meant (docs.slack.dev, url_verification)."""
    return str(payload.get("challenge", ""))[:200] if payload.get("type") == "url_verification" else None


def _payload(kind: str, body: bytes) -> Payload | None:
    if kind == "events_api":
        return _object(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return None
    fields: Payload = dict(pairs)
    if len(fields) != len(pairs):  # one name twice has two meanings
        return None
    if kind == "interactive":
        return _object(fields["payload"].encode()) if list(fields) == ["payload"] else None
    return fields if fields.get("command") else None


def _object(text: bytes) -> Payload | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
