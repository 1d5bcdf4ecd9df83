"""Words that come back by the clock, as greetings, chimes and weekly shows do: what they always reach is no news.

For each term that was told of once, the times at which it burst are kept, and how high. A burst that begins when the
term burst in earlier hours, on earlier days or in earlier weeks is news only as far as it rises above what it reached
then. The clock is UTC: when people change theirs, a habit is told anew until it is learnt at its new time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from monitor.detect.bursts import Found, usual_high
from monitor.detect.clusters import Candidate
from monitor.detect.saved import HabitsState
from monitor.detect.tokens import Hashes

HOUR_SECS = 3600.0
DAY_SECS = 24 * HOUR_SECS
WEEK_SECS = 7 * DAY_SECS
KNOWN = 4096
"""Terms remembered at a time; the one that has not burst for longest makes room."""
KEPT = 12
"""Times kept for each and each window: three days of a word that bursts four times a day."""
MIN_SIGNIFICANCE = 2.5
"""A burst rises above its habit by so many standard deviations, as any burst does above its baseline, or it is none."""
PAUSE_SECS = 900.0
"""A term that bursts again so soon, or within its window, has not begun anew."""
LONGEST_PART = 8
"""A window longer than this part of a period, 3 hours of a day, cannot tell one time of it from another; and by its
baseline, which is longer still, it knows such a habit anyway."""
ONSET_PART = 4
"""The beginning of a burst is known to this part of its window."""
USUAL_SHARE = 0.4
"""So much of all that a term burst lately lies at the time of its habit: a word of the morning and of the night has
two, one that may come at any time has none."""
FEW_POSTS = 10.0
"""So many posts are added when volumes are compared: whether three came or six says nothing of the volume."""


@dataclass(frozen=True, slots=True)
class Period:
    """After which time things come back, and how often they must have before it is their habit."""

    secs: float
    within_secs: float
    """So far apart two beginnings are still at the same time."""
    needed: int
    looked_back: int
    """... times in so many periods; one may be left out, for a Sunday or an outage."""


PERIODS = (
    Period(HOUR_SECS, 180.0, needed=3, looked_back=4),
    Period(DAY_SECS, 900.0, needed=2, looked_back=3),
    Period(WEEK_SECS, 900.0, needed=2, looked_back=3),
)
"""An hour comes round soon and by chance more easily: there it takes one time more."""


@dataclass(slots=True)
class Spell:
    """From when to when a term burst, in seconds since 1970, and how high."""

    begin_secs: float
    last_secs: float
    level: float
    """The most posts in the window, for each post of others in it."""


class Habits:
    """Remembers when terms burst and foresees it for those that keep to the clock."""

    def __init__(self) -> None:
        self._spells: dict[int, dict[int, list[Spell]]] = {}
        """By hash of the term, those that burst last at the end, and length of the window; each list oldest first."""

    def unforeseen(self, found: Iterable[Found], hashes: Hashes, now_secs: float) -> list[Found]:
        """The bursts as far as they rise above their term's habit; `hashes` has the hash of each term's number."""
        rising = []
        for burst in found:
            hash_ = int(hashes[burst.number])
            if hash_ not in self._spells:
                rising.append(burst)
                continue
            above = _above(burst, _habit(self._note(hash_, burst, now_secs), burst.window_secs))
            if above is burst or above.significance >= MIN_SIGNIFICANCE:
                rising.append(above)
        return rising

    def learn(self, candidates: Iterable[Candidate], hashes: Hashes, now_secs: float) -> None:
        """Remember these terms from now on: they were told of."""
        for candidate in candidates:
            hash_ = int(hashes[candidate.number])
            if hash_ not in self._spells:
                for burst in candidate.bursts:
                    self._note(hash_, burst, now_secs)
        while len(self._spells) > KNOWN:
            del self._spells[next(iter(self._spells))]

    def _note(self, hash_: int, burst: Found, now_secs: float) -> list[Spell]:
        """Enter a burst; returns all that is known of its term in its window, the spell it belongs to at the end."""
        level = burst.count / _others(burst)
        windows = self._spells[hash_] = self._spells.pop(hash_, {})
        spells = windows.setdefault(burst.window_secs, [])
        if spells and now_secs - spells[-1].last_secs <= max(PAUSE_SECS, burst.window_secs):
            spells[-1].last_secs = now_secs
            spells[-1].level = max(level, spells[-1].level)
        else:
            spells.append(Spell(now_secs, now_secs, level))
            del spells[:-KEPT]
        return spells

    def state(self) -> HabitsState:
        """What has to be kept to go on later."""
        lists = [(hash_, secs, spells) for hash_, of in self._spells.items() for secs, spells in of.items()]
        rows = [spell for _, _, spells in lists for spell in spells]
        return HabitsState(
            hashes=np.array([hash_ for hash_, _, _ in lists], np.uint64),
            windows=np.array([secs for _, secs, _ in lists], np.int32),
            sizes=np.array([len(spells) for _, _, spells in lists], np.int32),
            begin_secs=np.array([spell.begin_secs for spell in rows], np.float64),
            last_secs=np.array([spell.last_secs for spell in rows], np.float64),
            levels=np.array([spell.level for spell in rows], np.float64),
        )

    def restore(self, state: HabitsState) -> None:
        """Go on from a state. Raises ValueError where it contradicts itself."""
        if state.sizes.sum() != state.levels.size:
            raise ValueError(f"{state.levels.size} spells stand where {state.sizes.sum()} belong")
        columns = (state.begin_secs.tolist(), state.last_secs.tolist(), state.levels.tolist())
        rows = (Spell(*row) for row in zip(*columns, strict=True))
        for hash_, secs, size in zip(state.hashes.tolist(), state.windows.tolist(), state.sizes.tolist(), strict=True):
            self._spells.setdefault(hash_, {})[secs] = list(islice(rows, size))


def _above(burst: Found, level: float) -> Found:
    """The burst against what its habit foresees: an exact number, so the unrest that comes of the habit is none."""
    foreseen = level * _others(burst)
    if foreseen <= usual_high(burst.expected, burst.extra):
        return burst
    return replace(burst, expected=foreseen, unrest=1.0)


def _others(burst: Found) -> float:
    """The volume of the stream besides the term; a repeated text is counted more often than the posts."""
    return FEW_POSTS + max(0, burst.posts - burst.count)


def _habit(spells: Sequence[Spell], window_secs: int) -> float:
    """The level that the newest spell was bound to reach, at this time as ever; 0 where there is no habit."""
    return max(_level(spells, period, window_secs) for period in PERIODS)


def _level(spells: Sequence[Spell], period: Period, window_secs: int) -> float:
    """What was reached at this time as often as it takes: one great day among them does not hide the next."""
    if window_secs * LONGEST_PART > period.secs:
        return 0.0
    within_secs = max(period.within_secs, window_secs / ONSET_PART)
    levels, regular, all_ = [0.0] * (period.looked_back + 1), 0, 0
    for spell in spells[:-1]:
        age_secs = spells[-1].begin_secs - spell.begin_secs
        ago = round(age_secs / period.secs)
        if ago > period.looked_back:
            continue
        all_ += 1
        if ago > 0 and abs(age_secs - ago * period.secs) <= within_secs:
            regular += 1
            levels[ago] = max(levels[ago], spell.level)
    is_usual = regular >= USUAL_SHARE * all_
    return sorted(levels)[-period.needed] if is_usual else 0.0
