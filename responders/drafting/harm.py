"""What the guard hears in a draft: the same words, and the same figures of speech, as in what strangers write. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from monitor.keywords import cut
from monitor.model import Brand
from monitor.signals.words.alarm import POLICIES, TRAGIC, Alarm
from monitor.signals.words.listen import alarms_in, doubts_in
from responders.drafting.no_go import readings_of, said

ALSO = frozenset({Alarm.INJURY, Alarm.RELIGION})
"""They stop no trend, but a brand's own joke needs neither the hurt nor the faithful."""

REFUSED = frozenset(alarm for alarm, policy in POLICIES.items() if policy.block <= 1.0) | ALSO
"""What can stop a trend stops a text that speaks of it. Courts, rumours and bad service have harmless readings."""

DOUBTED = TRAGIC | {Alarm.HATE}
"""Of these a model may not even use a word that would only alarm beside others."""

FOUL = (
    *("fuck", "fucks", "fucked", "fucking", "fucker", "motherfucker", "shit", "shitty", "bitch", "bitches", "cunt"),
    *("whore", "slut", "sluts", "asshole", "arsehole", "bastard", "twat", "wanker", "nigga", "niggas", "tranny"),
    *("faggot", "fag", "dyke", "paki", "retard", "retarded", "spastic", "pedo", "paedo", "rape", "rapist", "porn"),
    *("kys", "kill yourself", "kill yourselves", "hang yourself", "kill them", "kill him", "kill her", "heil"),
)
"""Slurs, swearing and threats. Among strangers they are noise; in a brand's mouth one is too much."""


def against(text: str, brand: Brand) -> Iterator[str]:
    """Each harm the text speaks of, with the word that says so, also where it hides behind look-alike letters."""
    for word in said(text, FOUL, brand=brand):
        yield f"says {word!r}, a slur, a threat or swearing"
    yield from _told(_heard(text))


def doubts(text: str) -> Iterator[str]:
    """Beyond `against`: words of death, violence and hate in a text that gets no benefit of the doubt."""
    for alarm, word in sorted(doubts_in(cut(text)).items()):
        if alarm in DOUBTED:
            yield f"may be read as {alarm} ({word})"


@lru_cache(maxsize=256)
def _heard(text: str) -> Mapping[Alarm, str]:
    """In the text as it stands, and as an eye may read it. One text is looked at as a draft, at the yes and again
    right before it is sent: it says the same each time."""
    found = alarms_in(cut(text))
    for reading in sorted(readings_of(text, drop_accents=True)):
        for alarm, word in alarms_in(cut(reading)).items():
            found.setdefault(alarm, word)
    return found


def _told(alarms: Mapping[Alarm, str]) -> Iterator[str]:
    for alarm, word in sorted(alarms.items()):
        if alarm in REFUSED:
            yield f"speaks of {alarm} ({word}): the guard lets no draft be about that"
