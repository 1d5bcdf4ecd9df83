"""The kinds of alarm, how many voices make each serious, and the shape of a word list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Alarm(StrEnum):
    """What a post may be about that a brand must not joke about."""

    DEATH = "death"
    VIOLENCE = "violence"
    DISASTER = "disaster"
    ACCIDENT = "accident"
    HATE = "hate"
    MINORS = "harm to minors"
    ILLNESS = "illness"
    SEXUAL = "sexual talk"
    POLITICS = "politics"
    JUSTICE = "social justice and protest"
    MEMORIAL = "mourning and remembrance"
    RELIGION = "religion"
    FINANCE = "money hype or scam"
    INJURY = "injury"
    LEGAL = "law and courts"
    RUMOUR = "unconfirmed rumour"
    SERVICE = "people let down by a service"
    HARDSHIP = "people in need at home"


@dataclass(frozen=True, slots=True)
class Policy:
    """From which share of the voices an alarm blocks, and from which two people must look; in between: caution."""

    block: float
    caution: float
    reason: str


GRAVE = Policy(1 / 8, 1 / 25, "one voice in eight is enough to stop, one in twenty-five to look twice")
HEAVY = Policy(1 / 4, 1 / 10, "one voice in four is enough to stop, one in ten to look twice")
CAREFUL = Policy(2.0, 1 / 6, "never stops by itself; one voice in six is enough to look twice")

POLICIES: dict[Alarm, Policy] = {
    Alarm.DEATH: GRAVE,
    Alarm.VIOLENCE: GRAVE,
    Alarm.DISASTER: GRAVE,
    Alarm.ACCIDENT: GRAVE,
    Alarm.HATE: GRAVE,
    Alarm.MINORS: GRAVE,
    Alarm.ILLNESS: HEAVY,
    Alarm.SEXUAL: HEAVY,
    Alarm.POLITICS: HEAVY,
    Alarm.JUSTICE: HEAVY,
    Alarm.MEMORIAL: HEAVY,
    Alarm.RELIGION: CAREFUL,
    Alarm.FINANCE: HEAVY,
    Alarm.INJURY: CAREFUL,
    Alarm.LEGAL: CAREFUL,
    Alarm.RUMOUR: CAREFUL,
    Alarm.SERVICE: CAREFUL,
    Alarm.HARDSHIP: CAREFUL,
}

TRAGIC = frozenset({Alarm.DEATH, Alarm.VIOLENCE, Alarm.DISASTER, Alarm.ACCIDENT, Alarm.MINORS})
"""Counted together (one writes `killed`, the next `explosion`), and remembered for the cool-off."""


@dataclass(frozen=True, slots=True)
class WordList:
    """How people write about one kind of alarm.

    `sure` words alarm alone, unless a figure of speech explains them. `maybe` words alarm only beside another word
    that stands in `company`. `phrases` are tried where their key word stands.
    """

    alarm: Alarm
    sure: frozenset[str]
    maybe: frozenset[str]
    company: frozenset[str]
    phrases: tuple[tuple[str, re.Pattern[str]], ...]


def word_list(alarm: Alarm, *, sure: str = "", maybe: str = "", company: str = "", phrases: str = "") -> WordList:
    """A list from text: words apart by spaces; one phrase a line, `key key: pattern`."""
    made = [_phrase(line) for line in whole_lines(phrases)]
    return WordList(
        alarm,
        frozenset(sure.split()),
        frozenset(maybe.split()),
        frozenset(company.split()),
        tuple((key, pattern) for keys, pattern in made for key in keys),
    )


def whole_lines(text: str) -> list[str]:
    """The lines of a list; one that ends in `|` goes on in the next, so that long patterns stay readable."""
    lines = [""]
    for line in text.strip().splitlines():
        lines[-1] += line.strip()
        if not line.endswith("|"):
            lines.append("")
    return [line for line in lines if line]


def _phrase(line: str) -> tuple[list[str], re.Pattern[str]]:
    keys, _, pattern = line.partition(":")
    return keys.split(), re.compile(rf"\b(?:{pattern.strip()})")
