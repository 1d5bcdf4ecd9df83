"""What the channel writes down before it acts, so that a crash loses no click and posts no card twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from monitor.errors import BadInput

Payload = dict[str, Any]
"""JSON from Slack: data, whatever it says."""

UNDONE_AT_ONCE = 100


class Standing(StrEnum):
    """How it stands with one card's message."""

    SENDING = "sending"  # it may stand there: look for its mark before it is sent again
    SHOWN = "shown"  # it stands there, as `ts` says
    GONE = "gone"  # somebody deleted it, and it is not shown again


class PlotState(StrEnum):
    """How it stands with one uploaded picture."""

    SENT = "sent"  # it may be there: ask for it before another one is made
    READY = "ready"  # a card may show it
    LOST = "lost"  # it never came to be there: another one may be made
    REFUSED = "refused"  # Slack does not show it: its card goes without one


@dataclass(frozen=True, slots=True)
class Received:
    """One payload that is stored and not worked off."""

    number: int
    kind: str
    """`interactive`, `slash_commands` or `events_api`."""
    payload: Payload
    received_at: datetime
    act: str = ""
    """The same for one act in whatever envelope it comes."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The message of one proposal."""

    proposal: str
    channel: str
    ts: str | None
    """Slack's name of the message within its channel; None until it is known."""
    shown: str
    """A digest of what it shows."""
    state: Standing
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Plot:
    """The plot of a proposal's trend, or the picture of a draft, as a file that Slack keeps for us."""

    proposal: str
    """The proposal's id; for a draft's picture a space and the picture's SHA-256 behind it."""
    file: str
    """Slack's id of it."""
    alt: str
    """What it shows, in words."""
    posts: int
    """How many posts it shows; the more came since, the older it is. 0 for a draft's picture."""
    state: PlotState
    moved_at: datetime


class Kept(Protocol):
    """The store behind the channel. Every call is one transaction."""

    async def receive(self, stored: Stored, at: datetime) -> bool:
        """Keep a payload; False when it is known already, by its envelope or by what was done."""
        ...

    async def undone(self) -> list[Received]:
        """What is stored and not worked off, in the order it came, at most `UNDONE_AT_ONCE`."""
        ...

    async def done(self, number: int, outcome: str, at: datetime) -> None:
        """It is worked off: the payload, which may hold strangers' words, goes, and what became of it stays."""
        ...

    async def settle(self, act: str, outcome: str, at: datetime) -> bool:
        """An act was answered at once and is not to be carried out; False where it is worked off already."""
        ...

    async def delivered(self, proposal: str) -> Delivered | None:
        """The message of a proposal, if there ever was one."""
        ...

    async def keep(self, delivered: Delivered) -> None:
        """Write down how it stands with a message."""
        ...

    async def plots(self, proposal: str) -> list[Plot]:
        """The pictures kept under a key (see `Plot.proposal`), oldest first."""
        ...

    async def keep_plot(self, plot: Plot) -> None:
        """Write down how it stands with a picture."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A payload on its way into the store."""

    envelope: str
    act: str
    kind: str
    payload: str
    """Canonical JSON."""


def stored(envelope: str, kind: str, payload: Payload) -> Stored:
    """What is kept of a payload: all but the message and the blocks it was clicked on, which we know or which are none
    of our business, and the old shared token. Raises BadInput for a number that JSON does not know."""
    try:
        text = json.dumps(slim(payload), ensure_ascii=True, separators=(",", ":"), sort_keys=True, allow_nan=False)
    except ValueError as error:
        raise BadInput("a payload of Slack's holds a number without an end") from error
    return Stored(envelope, act_key(payload) or f"envelope {envelope}", kind, text)


def slim(payload: Payload) -> Payload:
    """Without strangers' posts and without what nobody reads."""
    kept = {key: value for key, value in payload.items() if key not in ("token", "message", "view")}
    message, view = payload.get("message"), payload.get("view")
    if isinstance(message, dict):
        wanted = {"ts", "thread_ts"} | ({"text"} if payload.get("type") == "message_action" else set())
        kept["message"] = {key: value for key, value in message.items() if key in wanted}
    if isinstance(view, dict):
        kept["view"] = {key: value for key, value in view.items() if key != "blocks"}
    return kept


def is_submission(payload: Payload) -> bool:
    """Whether somebody sent a modal: the only act whose ack may carry an answer that we give."""
    return payload.get("type") == "view_submission"


def act_key(payload: Payload) -> str | None:
    """The same for one act however often and in whatever envelope it comes; None where nothing tells it apart.

    A click has its own time, an event its id; everything else the trigger that Slack makes for it.
    """
    actions, user = payload.get("actions"), payload.get("user")
    who = user.get("id") if isinstance(user, dict) else None
    if isinstance(actions, list) and actions and isinstance(actions[0], dict) and actions[0].get("action_ts"):
        return f"click {who} {actions[0].get('action_id')} {actions[0]['action_ts']}"
    for key, name in (("event_id", "event"), ("trigger_id", "trigger")):
        if isinstance(payload.get(key), str) and payload[key]:
            return f"{name} {payload[key]}"
    return None


def digest_of(message: Payload) -> str:
    """What a message shows, in 16 hex digits."""
    shown = json.dumps([message.get("text"), message.get("blocks")], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
