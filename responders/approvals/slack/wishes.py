"""What is wished for that is no order on a card, what could not be read, and how to look into a payload. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

VIA = "slack"
WishKind = Literal[
    "details",  # open the modal of a proposal
    "edit",
    "reject",
    "wish_form",  # open the modal that asks how other drafts should sound
    "drafts",  # write other drafts: `text` is the wish
    "together",  # say yes to several cards: `text` carries them
    "take_back",  # undo a card and its sisters everywhere
    "tune_form",  # open the modal that asks which keyword
    "tune_next",  # a keyword was chosen: `text` says which
    "preview",  # `text` is the change: count what it would do
    "propose",  # ... and write it down
    "tune_apply",  # a change that waits, by `number`
    "tune_drop",
    "pause_form",  # open the modal that asks why
    "pause",  # stop every post: `text` says why, `until` when it ends by itself
    "resume",
    "status",
    "why",  # explain `text`
    "missed",
    "test",
    "mute_form",  # open the modal that asks what to silence
    "mute",  # `subject` until `until`, `text` says why
    "unmute",
    "away",  # until `until`; `subject` decides meanwhile
    "back",
    "help",
    "home",
    "nothing",  # acknowledge it, that is all
]


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to show or to do that changes no proposal."""

    kind: WishKind
    person: str
    """The Slack user's id."""
    proposal: str = ""
    revision: int = 0
    number: int = 0
    """For `edit`: which draft was chosen, from 1."""
    text: str = ""
    until: datetime | None = None
    subject: str = ""
    """What is silenced, or who decides: a person's key or Slack id."""
    brand: str = ""
    """For `mute`: empty for all."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A payload that says nothing we can do; nothing has happened."""

    why: str
    """A sentence for the person."""
    block: str = ""
    """For a modal: the field that the sentence belongs beside."""


def at(payload: object, *path: str) -> object:
    """What stands at the path, or None where any step is missing or no object."""
    for step in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(step)
    return payload


def text_at(payload: object, *path: str) -> str:
    """The string at the path, or an empty one."""
    found = at(payload, *path)
    return found if isinstance(found, str) else ""
