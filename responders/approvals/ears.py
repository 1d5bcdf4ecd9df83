"""Where we listen, said to a person: one line a source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.listening import Listening, State
from responders.approvals import words

MOST = 300
"""Letters of a line: what a service answers may be of any length."""


@dataclass(frozen=True, slots=True)
class Ear:
    """One source."""

    name: str
    text: str
    tone: str
    """fine, wait or alarm."""
    needs_person: bool


def ears(listening: Mapping[str, Listening], now: datetime) -> list[Ear]:
    """The sources by name, those first that somebody has to do something about."""
    found = [_ear(name, source, now) for name, source in sorted(listening.items())]
    return sorted(found, key=lambda ear: not ear.needs_person)


def _ear(name: str, source: Listening, now: datetime) -> Ear:
    text = source.sentence(name, now).removeprefix(f"{name}: ")
    is_fine = source.state in (State.CONNECTED, State.ENDED)
    tone = "alarm" if source.needs_person else "fine" if is_fine else "wait"
    return Ear(words.network(name), words.plain(text, MOST), tone, source.needs_person)
