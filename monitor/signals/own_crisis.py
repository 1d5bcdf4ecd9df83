"""Whether people are angry with the brand itself: then it answers with care, not with a joke."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Voice, plain
from monitor.signals.words.alarm import Alarm
from monitor.signals.words.common import word_set
from monitor.signals.words.mood import Mood

NAMED_FROM = 0.2
"""One voice in five names the brand: the trend is about us."""
CRISIS_FROM = 0.25
"""Of those, one in four complains of harm, law, sickness, service or is plainly angry."""
_TROUBLE = frozenset(
    {Alarm.ILLNESS, Alarm.LEGAL, Alarm.SERVICE, Alarm.HATE, Alarm.DEATH, Alarm.INJURY, Alarm.MINORS, Alarm.JUSTICE}
)
_COMPLAINT = word_set("""
    recall recalled mold mould mouldy moldy broken expired poisoned rash burned burnt allergic allergy glass metal
    plastic worms bug bugs cockroach hair disgusting sick vomit boycott boycotting cancelled racist sexist fired
    layoffs strike lawsuit fine
    """)


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 where nobody complains about the brand; a crisis of its own blocks."""
    reading = context.reading_of(trend)
    places = set().union(*(reading.index.having(plain(name)) for name in brand.own_names))
    named = [reading.voices[place] for place in sorted(places)]
    if len(named) < 2 or len(named) < NAMED_FROM * len(reading.voices):
        return Signal("own_crisis", 1.0, "the talk is not about the brand")
    upset = sum(map(_complains, named))
    why = f"{upset} of {len(named)} voices that name the brand complain"
    if upset >= 2 and upset >= CRISIS_FROM * len(named):
        return Signal("own_crisis", 0.0, f"the brand's own crisis: {why}", veto=Verdict.BLOCK)
    return Signal("own_crisis", 1.0 - upset / len(named), why)


def _complains(voice: Voice) -> bool:
    tokens = voice.words.tokens
    return Mood.ANGRY in voice.heard.moods or not (_TROUBLE.isdisjoint(voice.alarms) and tokens.isdisjoint(_COMPLAINT))
