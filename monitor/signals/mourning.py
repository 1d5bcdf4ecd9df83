"""A death that an encyclopedia tells: how it is remembered, and which trends speak of that person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from monitor.keywords import Words, cut
from monitor.model import Death
from monitor.signals.context import Context, Tragedy, bounded
from monitor.signals.reading import Reading, Voice
from monitor.signals.words.alarm import Alarm

AHEAD = timedelta(hours=1)
"""How far the clock of the encyclopedia may be ahead of the stream's."""
MAY_BE_TAKEN_BACK_FOR = timedelta(hours=1)
"""A category that goes again within this time was a mistake or vandalism. Later it is the removal that is doubted: the
page of somebody who died is edited by many hands."""
MOSTLY_FROM = 0.1
"""One voice in ten with the whole name speaks of that person, as with the places of other tragedies."""
NEAR_VOICES = 2
SHORTEST_SURNAME = 4
SHORTEST_GLUED = 7
"""Letters of a whole name that is looked for inside a #tag; shorter ones stand there by chance."""
GRIEF = frozenset({Alarm.DEATH, Alarm.MEMORIAL})
_BEHIND_NAMES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_BRACKETED = re.compile(r"\s*\([^()]*\)\s*$")


def learn(context: Context, death: Death) -> tuple[Context, Tragedy | None]:
    """The context that knows of the death, and what is new in it: nothing for a name that is none or is known."""
    person = whole_name(death.name)
    is_known = any(t.person == person and abs(death.at - t.at) <= timedelta(days=1) for t in context.tragedies)
    if not person or is_known:
        return context, None
    name = f"{_BRACKETED.sub('', death.name)[:100]} died, says {death.says} at {death.at:%H:%M}"
    at = death.at.replace(microsecond=death.at.microsecond // 1000 * 1000)  # as rows keep it
    tragedy = Tragedy(name, frozenset({person}), at, person)
    return replace(context, tragedies=bounded((*context.tragedies, tragedy)), reading=None), tragedy


def unlearn(context: Context, death: Death) -> tuple[Context, tuple[Tragedy, ...]]:
    """The context without a death that was told a short while ago, and what was forgotten."""
    person = whole_name(death.name)
    forgotten = tuple(
        tragedy
        for tragedy in context.tragedies
        if person and tragedy.person == person and abs(death.at - tragedy.at) <= MAY_BE_TAKEN_BACK_FOR
    )
    kept = tuple(tragedy for tragedy in context.tragedies if tragedy not in forgotten)
    return replace(context, tragedies=kept, reading=None), forgotten


def whole_name(name: str) -> str:
    """`Jane Doe (actor)` as posts are compared: folded words, one space between, without what stands in brackets."""
    return cut(_BRACKETED.sub("", name)).line.strip()


@dataclass
class Ear:
    """One trend, listened to for the names of the dead; there may be a thousand of them."""

    title: Words
    """The trend's name and terms."""
    reading: Reading

    def mourned(self, tragedy: Tragedy) -> str:
        """How the trend speaks of that person, in words; empty where it does not.

        The whole name tells by itself, in the trend's name or in one voice of ten. A name of one word, or a surname
        alone, belongs to many: it tells only where people write of death beside it.
        """
        words = tragedy.person.split()
        if not self._may_mean(words[-1], tragedy.person):
            return ""
        if len(words) > 1 and (how := self._named(tragedy.person)):
            return how
        surname = next((word for word in reversed(words) if word not in _BEHIND_NAMES), "")
        if len(surname) < SHORTEST_SURNAME and not (len(words) == 1 and surname):
            return ""
        return self._grieved(surname)

    def _may_mean(self, last: str, name: str) -> bool:
        """Whether the last word of a name stands anywhere: as a rule it does not, and nothing more is looked for."""
        if last in self.reading.index.where or last in self.title.tokens or last in _BEHIND_NAMES:
            return True
        return self._is_tag(name, self._tags) or self._is_tag(name, self._title_tags)

    def _named(self, name: str) -> str:
        if self.title.has(name) or self._is_tag(name, self._title_tags):
            return "the trend is named after them"
        voices = self._having(name)
        if len(voices) >= NEAR_VOICES and len(voices) >= MOSTLY_FROM * len(self.reading.voices):
            return f"{len(voices)} of {len(self.reading.voices)} voices name them"
        return ""

    def _grieved(self, surname: str) -> str:
        if surname not in self.reading.index.where and not self.title.has(surname):
            return ""
        voices = [self.reading.voices[place] for place in self.reading.index.having(surname)]
        grieving = sum(not GRIEF.isdisjoint(voice.alarms) for voice in voices)
        is_about = self.title.has(surname) or len(voices) >= MOSTLY_FROM * len(self.reading.voices)
        if is_about and grieving >= NEAR_VOICES:
            return f"{grieving} voices write of death beside the name {surname}"
        return ""

    def _having(self, name: str) -> set[int]:
        where = self.reading.index.where
        found = self.reading.index.having(name) if all(word in where for word in name.split()) else set[int]()
        if self._is_tag(name, self._tags):
            glued = name.replace(" ", "")  # long enough, or it would be no tag
            found = found | {i for i, voice in enumerate(self.reading.voices) if glued in _tags(voice)}
        return found

    def _is_tag(self, name: str, tags: str) -> bool:
        """`#ripjanedoe` names Jane Doe."""
        if not tags:
            return False
        glued = name.replace(" ", "")
        return len(glued) >= SHORTEST_GLUED and glued in tags

    @cached_property
    def _tags(self) -> str:
        return _joined(self.reading.index.where)

    @cached_property
    def _title_tags(self) -> str:
        return _joined(self.title.tokens)


def _tags(voice: Voice) -> str:
    return _joined(voice.words.tokens)


def _joined(tokens: Iterable[str]) -> str:
    return " ".join(sorted(token for token in tokens if token[0] == "#"))
