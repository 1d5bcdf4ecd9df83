"""Which rules are read at present, and how much of each: chosen by counts, by trends, by money. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.sources.x.rising import Look
from monitor.sources.x.settings import MOST_RULE_CHARS, Rising

WHOLE = 100
_ATOM = re.compile(r'(?P<not>-)?(?P<operator>[a-z_]+:)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))', re.IGNORECASE)
_WORDS = re.compile(r"\w+")
_SAMPLE = re.compile(r"(?:^|\s+)-?sample:\d+(?=[\s)]|$)")


@dataclass(slots=True)
class _Read:
    """A rule that is read: how many posts in a hundred, and since when it is calm."""

    percent: int = WHOLE
    bar: float | None = None
    """What it had to reach; None where no count said so."""
    loud_at: datetime | None = None


@dataclass(slots=True)
class Chosen:
    """The rules that are read. A rule that cannot be thinned out is left alone until the day is over."""

    rules: Mapping[str, str]
    rising: Rising
    _read: dict[str, _Read] = field(default_factory=dict)
    _off: set[str] = field(default_factory=set)

    def __contains__(self, name: object) -> bool:
        return name in self._read

    @property
    def names(self) -> frozenset[str]:
        """The rules that are read."""
        return frozenset(self._read)

    def percent(self, name: str) -> int:
        """So many posts in a hundred are read of it."""
        return self._read[name].percent if name in self._read else 0

    def texts(self) -> dict[str, str]:
        """What X is to hold, by name."""
        found = {}
        for name, one in self._read.items():
            text = self.rules[name]
            found[name] = text if one.percent == WHOLE else thinned(text, one.percent)
        return found

    def start(self, name: str, now: datetime, *, percent: int = WHOLE, bar: float | None = None) -> bool:
        """Read a rule from now on; False where it is already, or may not be today."""
        if name in self._read or name in self._off:
            return False
        if percent < WHOLE and not can_be_thinned(self.rules[name]):
            self._off.add(name)
            return False
        self._read[name] = _Read(percent, bar, now)
        return True

    def stop(self, name: str) -> None:
        """Read it no more."""
        self._read.pop(name, None)

    def note(self, name: str, look: Look, now: datetime) -> bool:
        """A count of a rule that is read; whether it has been calm for long enough to stop."""
        one = self._read[name]
        one.bar = one.bar or look.bar
        if look.latest >= one.bar / 2:
            one.loud_at = now
        calm = now - (one.loud_at or now)
        return calm >= timedelta(minutes=self.rising.calm_minutes)

    def thin(self, name: str, part: float) -> int:
        """Read only this part (0 to 1) of what is read now; the new number in a hundred, 0 where it is given up."""
        if name not in self._read:
            return 0
        if not can_be_thinned(self.rules[name]):
            self.give_up(name)
            return 0
        one = self._read[name]
        one.percent = max(1, int(one.percent * part))
        return one.percent

    def give_up(self, name: str) -> None:
        """Read it no more today: X does not take it."""
        self._off.add(name)
        self.stop(name)

    def new_day(self) -> None:
        """There is money again: everything whole."""
        self._off.clear()
        for one in self._read.values():
            one.percent = WHOLE


def thinned(text: str, percent: int) -> str:
    """The rule with `sample:`, which takes so many in a hundred."""
    return f"({text}) sample:{percent}"


def can_be_thinned(text: str) -> bool:
    """Whether there is room for it, and no sample yet."""
    return len(thinned(text, WHOLE)) <= MOST_RULE_CHARS and without_sample(text) == text.strip()


def without_sample(text: str) -> str:
    """The rule as search and counts take it."""
    return _SAMPLE.sub("", text).strip() or text


def met_by(names: Iterable[str], rule: str) -> str | None:
    """The first trend in whose name a word or phrase of the rule stands whole; None where there is none.

    Operators and what is negated say nothing here.
    """
    wanted = [words for words in _terms(rule) if words]
    for name in names:
        said = _WORDS.findall(name.casefold())
        for words in wanted:
            if any(said[at : at + len(words)] == words for at in range(len(said) - len(words) + 1)):
                return name
    return None


def _terms(rule: str) -> list[list[str]]:
    found = []
    for atom in _ATOM.finditer(rule):
        text = atom["phrase"] if atom["phrase"] is not None else atom["word"]
        is_word = not atom["not"] and not atom["operator"] and text != "OR" and text[:1] not in "@$~"
        if is_word:
            found.append(_WORDS.findall(text.casefold()))
    return found
