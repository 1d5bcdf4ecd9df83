"""Which alarms one post raises: every list read together, so that a harmless post costs one look at its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.keywords import Words
from monitor.signals.words import harm, heavy
from monitor.signals.words.alarm import Alarm, WordList
from monitor.signals.words.common import word_set
from monitor.signals.words.figures import FIGURES, GRIEF, LAUGHTER

_LISTS: tuple[WordList, ...] = (*harm.LISTS, *heavy.LISTS)
_SURE: dict[str, list[Alarm]] = {}
_MAYBE: dict[str, list[WordList]] = {}
_PHRASES: dict[str, list[tuple[Alarm, re.Pattern[str]]]] = {}
for _list in _LISTS:
    for _word in _list.sure:
        _SURE.setdefault(_word, []).append(_list.alarm)
    for _word in _list.maybe:
        _MAYBE.setdefault(_word, []).append(_list)
    for _key, _pattern in _list.phrases:
        _PHRASES.setdefault(_key, []).append((_list.alarm, _pattern))
HARM_WORDS = frozenset(_SURE) | frozenset(_MAYBE) | frozenset(_PHRASES)
_PRAYER_TAGS = ("#prayfor", "#pray4", "#ripto", "#jesuis", "#justicefor", "#standwith")
_GLUED = {
    Alarm.DISASTER: ("hurricane", "earthquake", "tsunami", "tornado", "wildfire", "typhoon", "superstorm", "flooding"),
    Alarm.VIOLENCE: (
        "bombing",
        "explosion",
        "shooting",
        "terror",
        "massacre",
        "gunman",
        "hostage",
        "stabbing",
        "attacks",
    ),
    Alarm.DEATH: ("condolence", "inmemory", "restinpeace", "victims"),
    Alarm.ILLNESS: ("covid", "corona", "pandemic", "foodpoison"),
    Alarm.JUSTICE: ("livesmatter", "metoo", "protest", "endpolicebrutality"),
    Alarm.POLITICS: ("election", "trump", "biden", "voteblue", "votered", "brexit"),
    Alarm.MEMORIAL: ("neverforget", "remembrance", "pearlharbor", "september11"),
}
MIN_TAG = 8
"""Shorter tags hold one word and are found as words."""
_NAMED_STORM = re.compile(r"\b(?:hurricane|superstorm|typhoon|cyclone) #?([a-z]{3,20})\b")
_NOT_A_NAME = word_set(
    "season warning watch damage relief party coming update updates and the that this has hits hit is"
)
_NO_WEATHER = word_set("storm #storm brainstorm shitstorm firestorm barnstorm twitterstorm desertstorm #brainstorm")
_AROUND = 45
"""Letters before and after a word in which a figure of speech is looked for."""


def storm_alarm(words: Words, storms: frozenset[str]) -> dict[Alarm, str]:
    """The alarm of a post that calls a storm by its name; `storms` were learnt by `storm_names`."""
    named = words.tokens & storms
    return {Alarm.DISASTER: min(named)} if named else {}


def alarms_in(words: Words) -> dict[Alarm, str]:
    """The alarms a post raises, each with the word that raised it."""
    here = words.tokens & HARM_WORDS
    found: dict[Alarm, str] = {}
    if "#" in words.text and (tag := _grim_tag(words)):
        found[tag[0]] = tag[1]
    if "storm" in words.text and (storm := _storm_word(words)):
        found[Alarm.HARDSHIP] = storm
    if not here:
        return found
    plain = [word for word in sorted(here) if not _explained(word, words.text)]
    playful = bool(LAUGHTER.search(words.text)) and not GRIEF.search(words.text)
    for word in plain:
        for alarm in _raised_by(word, words, plain=plain, playful=playful):
            found.setdefault(alarm, word)
    return found


def doubts_in(words: Words) -> dict[Alarm, str]:
    """The alarms of a text that gets no benefit of the doubt: a word that alarms beside others alarms alone."""
    found: dict[Alarm, str] = {}
    for word in sorted(words.tokens & (frozenset(_SURE) | frozenset(_MAYBE))):
        if not _explained(word, words.text):
            for alarm in (*_SURE.get(word, ()), *(listed.alarm for listed in _MAYBE.get(word, ()))):
                found.setdefault(alarm, word)
    return found


def _raised_by(word: str, words: Words, *, plain: list[str], playful: bool) -> Iterable[Alarm]:
    for alarm, pattern in _PHRASES.get(word, ()):
        if pattern.search(words.text):
            yield alarm
    if not playful:
        yield from _SURE.get(word, ())
    for listed in _MAYBE.get(word, ()):
        if not playful and _in_company(word, words.tokens & listed.company, plain):
            yield listed.alarm


def _in_company(word: str, company: frozenset[str], plain: list[str]) -> bool:
    """Does another word of a real scene stand beside it, one that is no figure of speech itself?"""
    return any(other != word and (other in plain or other not in HARM_WORDS) for other in company)


def _explained(word: str, text: str) -> bool:
    """Is the word a figure of speech, sport or a name here?"""
    figure = FIGURES.get(word)
    if figure is None:
        return False
    place = text.find(word)
    return figure.search(text[max(0, place - _AROUND) : place + len(word) + _AROUND]) is not None


def _grim_tag(words: Words) -> tuple[Alarm, str] | None:
    """Tags are words glued together: `#prayfor...`, `#...bombing` say it without a space."""
    for token in sorted(token for token in words.tokens if token[0] == "#" and len(token) > MIN_TAG):
        if token.startswith(_PRAYER_TAGS):
            return Alarm.DEATH, token
        for alarm, parts in _GLUED.items():
            if any(part in token for part in parts):
                return alarm, token
    return None


def storm_names(texts: Iterable[Words]) -> frozenset[str]:
    """Names people give a storm here: `hurricane katrina` twice makes `katrina` a word of disaster in these posts."""
    seen: dict[str, int] = {}
    for words in texts:
        for name in set(_NAMED_STORM.findall(words.text)):
            seen[name] = seen.get(name, 0) + 1
    return frozenset(name for name, count in seen.items() if count >= 2 and name not in _NOT_A_NAME)


def _storm_word(words: Words) -> str | None:
    """Snowstorm, thunderstorm, and whatever the papers call the next one: weather that keeps people at home."""
    return next((word for word in sorted(words.tokens) if word.endswith("storm") and word not in _NO_WEATHER), None)
