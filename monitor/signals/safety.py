"""The guard: is somebody hurt, mourned, hated or fooled in what people write? The tag alone tells nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Reading, Share, Voice
from monitor.signals.words.alarm import GRAVE, POLICIES, TRAGIC, Alarm, Policy

LEAST_VOICES = 3
"""Fewer distinct voices than this say too little to be sure of anything."""
DOUBT = 2
"""Voices without alarm that are imagined beside the real ones: two alarmed voices of two are not yet everybody."""
ANY_ALARM = Policy(2.0, 1 / 3, "one voice in three alarmed about one thing or another is enough to look twice")


@dataclass(frozen=True, slots=True)
class Danger:
    """One kind of alarm (or several of a kind), how many raise it, and what follows."""

    name: str
    share: Share
    policy: Policy
    words: tuple[str, ...]
    posts: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        return self.share.hits >= 2 and self.share.hits / (self.share.of + DOUBT) >= self.policy.block

    @property
    def cautions(self) -> bool:
        """Two voices, or one among very few, at the share from which two people look."""
        enough = self.share.hits >= 2 or (self.share.hits == 1 and self.share.of <= 10)
        return enough and self.share.value >= self.policy.caution

    def __str__(self) -> str:
        return f"{self.share} write of {self.name} ({', '.join(self.words)})"


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 where nobody writes of harm, 0.0 at the share that blocks; between the two shares two people look."""
    reading = context.reading_of(trend)
    found = dangers(reading)
    worst = [danger for danger in found if danger.blocks]
    if worst:
        why = f"{worst[0]}: {worst[0].policy.reason}"
        return Signal("safety", 0.0, why, veto=Verdict.BLOCK, evidence=worst[0].posts)
    doubts = [danger for danger in found if danger.cautions]
    if len(reading.voices) < LEAST_VOICES:
        why = f"only {len(reading.voices)} distinct texts to read: too few to be sure"
        return Signal("safety", 0.5, why, caution=why)
    if doubts:
        return Signal("safety", _value(found), str(doubts[0]), caution=str(doubts[0]), evidence=doubts[0].posts)
    return Signal("safety", _value(found), f"no alarm among {len(reading.voices)} voices worth a second look")


def dangers(reading: Reading) -> list[Danger]:
    """Every kind of alarm somebody raises, most serious first."""
    raised = Counter(alarm for voice in reading.voices for alarm in voice.alarms)
    found = [_danger({alarm}, str(alarm), reading=reading, policy=POLICIES[alarm]) for alarm in raised]
    tragic = TRAGIC & set(raised)
    if len(tragic) > 1:
        kinds = sorted(tragic, key=lambda alarm: (-raised[alarm], alarm))
        found.append(_danger(tragic, " and ".join(kinds[:2]), reading=reading, policy=GRAVE))
    if len(raised) > 1:
        found.append(_danger(set(raised), "several troubles", reading=reading, policy=ANY_ALARM))
    return sorted(found, key=lambda d: (-d.share.value / d.policy.caution, d.name))


def _danger(kinds: set[Alarm] | frozenset[Alarm], name: str, *, reading: Reading, policy: Policy) -> Danger:
    """Measured among the voices on the subject and among all posts; the larger share counts, to err towards silence."""
    struck = [voice for voice in reading.voices if not kinds.isdisjoint(voice.alarms)]
    words = Counter(voice.alarms[kind] for voice in struck for kind in sorted(kinds) if kind in voice.alarms)
    shares = (_among(kinds, reading.voices), _among(kinds, reading.about), _copies(struck, reading))
    return Danger(
        name,
        max(shares, key=lambda share: share.value),
        policy,
        tuple(word for word, _ in words.most_common(3)),
        tuple(voice.posts[0].id for voice in struck[:5]),
    )


def _among(kinds: set[Alarm] | frozenset[Alarm], voices: Sequence[Voice]) -> Share:
    return Share(sum(not kinds.isdisjoint(voice.alarms) for voice in voices), len(voices))


def _copies(struck: Sequence[Voice], reading: Reading) -> Share:
    """The same among posts, copies counted: one headline that everybody passes on is everybody's subject."""
    return Share(sum(voice.copies for voice in struck), sum(voice.copies for voice in reading.voices))


def _value(found: Sequence[Danger]) -> float:
    return 1.0 - max((min(1.0, d.share.value / d.policy.block) for d in found), default=0.0)
