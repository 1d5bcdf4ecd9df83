"""Whether a tragedy is so grave that nobody should hear a brand joke about anything at all: then everything waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.model import Score, Trend, Verdict
from monitor.signals.context import set_apart
from monitor.signals.reading import Reading, Share, Voice
from monitor.signals.words.alarm import GRAVE, TRAGIC, Alarm

LEAST_VOICES = 25
"""Fewer different people than this writing of harm are a local loss or a rumour: it blocks its own trend only."""
SUBJECT_FROM = 1 / 2
"""When every second voice writes of harm, the harm is what the trend is about."""
EACH_FROM = GRAVE.block
"""An attack, a disaster or an accident, and people dead or hurt by it: each told by as many as would block a trend."""
MANY_VOICES = 100
"""So many different people writing of an attack or a disaster do not wait for its victims to be counted."""
_CAUSES = frozenset({Alarm.VIOLENCE, Alarm.DISASTER, Alarm.ACCIDENT})
_VICTIMS = frozenset({Alarm.DEATH, Alarm.INJURY, Alarm.MINORS})


@dataclass(frozen=True, slots=True)
class Grave:
    """A tragedy the whole world speaks of."""

    name: str
    """What the trend is called."""
    terms: tuple[str, ...]
    """The folded words that set it apart, sorted; by them it is known again."""
    why: str
    """What people write, in words and numbers."""


def grave_in(trend: Trend, scores: Iterable[Score], reading: Reading) -> Grave | None:
    """The tragedy that the trend is about, where the guard blocked it and many people write of victims and the cause.

    Where very many write of the cause alone, the news is faster than the count of its victims: a storm makes landfall.
    The quiet death of one person is none, whoever it was; nor is what a suspected campaign says.
    """
    if not _is_believed(scores):
        return None
    struck = [voice for voice in reading.voices if _raises(voice, TRAGIC | _VICTIMS)]
    share = Share(len(struck), len(reading.voices))
    causes, victims = ([voice for voice in struck if _raises(voice, kinds)] for kinds in (_CAUSES, _VICTIMS))
    is_subject = _people(struck) >= LEAST_VOICES and share.value >= SUBJECT_FROM
    has_victims = min(len(causes), len(victims)) >= EACH_FROM * share.of
    is_huge = _people(causes) >= MANY_VOICES and len(causes) >= SUBJECT_FROM * share.of
    terms = set_apart(trend, struck)
    if not (terms and is_subject and (has_victims or is_huge)):
        return None
    kinds = Counter(alarm for voice in struck for alarm in voice.alarms if alarm in TRAGIC | _VICTIMS)
    words = Counter(voice.alarms[kind] for voice in struck for kind in sorted(voice.alarms) if kind in kinds)
    what = ", ".join(alarm for alarm, _ in kinds.most_common(3))
    said = ", ".join(word for word, _ in words.most_common(4))
    return Grave(trend.name, tuple(sorted(terms)), f"{share} write of {what} ({said})")


def is_same_tragedy(terms: Iterable[str], known: Iterable[str]) -> bool:
    """Whether half of the words that set a tragedy apart are known from those before: another trend of the same one."""
    new = set(terms)
    return 2 * len(new & set(known)) >= len(new)


def _is_believed(scores: Iterable[Score]) -> bool:
    vetoes = {signal.name for score in scores for signal in score.signals if signal.veto is Verdict.BLOCK}
    return "safety" in vetoes and "authenticity" not in vetoes


def _raises(voice: Voice, kinds: frozenset[Alarm]) -> bool:
    return not kinds.isdisjoint(voice.alarms)


def _people(struck: Iterable[Voice]) -> int:
    """Different texts, or different authors where those are fewer: one person with forty texts is one person."""
    voices = list(struck)
    authors = [voice.posts[0].author for voice in voices]
    named = {author for author in authors if author is not None}
    return min(len(voices), len(named) + authors.count(None))
