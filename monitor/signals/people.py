"""Whether the talk is about one named person: a brand that joins in speaks about somebody who did not ask for it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from monitor.keywords import fold
from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import Reading, Share, Voice
from monitor.signals.words.common import COMMON, SMALL, word_set
from monitor.signals.words.mood import Mood

NAMED_FROM = 0.4
"""When four voices in ten name the same person, the talk is about that person."""
PERSON_FROM = 0.15
"""A capital word is a person when so many of those who use it say his, her, he, she, or give it a body and clothes."""
CAPITAL_FROM = 0.25
"""Many write names in small letters; a word hardly anybody writes with a capital is no name."""
PLAY_FROM = 0.25
"""One voice in four speaking of play makes a name a player's: news of the game, not gossip."""
_CAPITAL = re.compile(r"(?<![\w#@])@?[A-ZÀ-Ž][\w’'À-ž]*[a-zà-ž]\w*")
_PERSONAL = word_set("he she his her him hers he's she's himself herself dude lady guy")
_BODY = word_set("""
    hat hair dress suit outfit beard face shoes jacket shirt makeup wig tattoo haircut wife husband girlfriend
    boyfriend baby speech interview wearing wore wears looks looked voice smile teeth dance dancing
    """)


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 where nobody is singled out, less the more voices name one person; two people look unless it is play."""
    reading = context.reading_of(trend)
    name, share = most_named(reading)
    if name is None or share.value < NAMED_FROM:
        return Signal("people", 1.0, "no single person is the subject")
    play = reading.share_in(Mood.PLAY)
    if play.value >= PLAY_FROM:
        return Signal("people", 1.0 - share.value / 2, f"names {name} ({share}), as a player in a game")
    why = f"names a person: {name} ({share})"
    return Signal("people", 1.0 - share.value, why, caution=why)


def most_named(reading: Reading) -> tuple[str | None, Share]:
    """The person most voices name and how many do; None where no capital word behaves like a person's name."""
    seen: Counter[str] = Counter()
    for voice in reading.voices:
        seen.update({_bare(word) for word in _CAPITAL.findall(voice.text)})
    for name in sorted(seen, key=lambda name: (-seen[name], name))[:12]:
        count = seen[name]
        if count < 2 or len(name) < 3 or name in COMMON or name in SMALL:
            continue
        share = reading.share_with([name])
        written_as_name = count >= CAPITAL_FROM * share.hits
        if share.value >= NAMED_FROM and written_as_name and _is_person(name, reading):
            return name.title(), share
    return None, Share(0, len(reading.voices))


def _bare(word: str) -> str:
    folded = fold(word).lstrip("@")
    return folded.removesuffix("'s")


def _is_person(name: str, reading: Reading) -> bool:
    """Do those who use the word speak of a he or a she, or of somebody's clothes and face?"""
    users = [reading.voices[place] for place in sorted(reading.index.having(name))]
    return sum(_speaks_of_person(voice, name) for voice in users) >= max(2, PERSON_FROM * len(users))


def _speaks_of_person(voice: Voice, name: str) -> bool:
    tokens = voice.words.tokens
    owns = f"{name}'s" in tokens and not tokens.isdisjoint(_BODY)
    return owns or not tokens.isdisjoint(_PERSONAL) or f"@{name}" in tokens
