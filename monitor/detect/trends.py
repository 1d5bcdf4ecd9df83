"""Bursts that share their posts become one trend with a life; each trend is announced once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from monitor.detect.bursts import Found, significance, usual_high
from monitor.detect.life import Lead, Life
from monitor.detect.recent import Recent, Seen
from monitor.detect.saved import PostTable, TrendsState
from monitor.detect.tokens import Bools, Ints
from monitor.model import Post

SHORT_SECS = 60
"""In windows up to this long a weak burst may still tell more of a trend that others carry."""
WORD_BITS = 64
KEEP_ENDED = 200
"""Ended trends kept until somebody asks for them."""


@dataclass(frozen=True, slots=True)
class TrendSettings:
    """When bursts are worth announcing, and when two of them are the same happening."""

    min_significance: float = 5.5
    """Standard deviations that the strongest burst needs in a window of one minute and a calm hour."""
    slow_credit: float = 2.0
    """A window of n minutes is tested n times less often, so its square may lie this times ln(n) lower: the same number
    of false alarms an hour (the tail of the normal distribution falls with exp(-z * z / 2))."""
    min_voices: int = 6
    """Distinct voices behind it, copies and reposts not counted."""
    fast_voices: int = 5
    """A slow window speaks only of what is thinner than so many voices in any window a quarter as long: otherwise the
    fast one had its chance, and the slow one would only tell it late."""
    crowd_free: float = 1.0
    """So many announcements at a time cost nothing."""
    crowding: float = 0.2
    """Each further one raises the needed significance by this part, for people read only so many cards."""
    crowding_secs: float = 400.0
    """An announcement is forgotten with this time constant."""
    overlap: float = 0.5
    """A burst belongs to a trend when at least this part of its posts speaks of the trend anyway."""
    twin_secs: float = 60.0
    """What bursts so soon after a trend was announced is another word for it, if the two share posts by no chance."""
    twin_posts: int = 2
    """No chance are at least so many posts ..."""
    twin_lift: float = 2.0
    """... and so many times what chance would have."""
    max_bursts: int = 80
    """Terms looked at in one tick, strongest first."""
    max_terms: int = 24
    """Terms by which a trend recognises its posts."""


@dataclass(slots=True)
class Candidate:
    """One term that bursts in some windows, and who says it."""

    number: int
    bursts: list[Found]
    """One for each window, strongest first."""
    posts: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    """Places in the recent posts of the voices that say it in its longest window, in order."""

    @property
    def secs(self) -> int:
        return max(burst.window_secs for burst in self.bursts)


@dataclass(slots=True)
class Cluster:
    """Terms that burst at a time in the same posts."""

    members: list[Candidate]
    posts: Ints
    """Of all members, each once."""

    @property
    def terms(self) -> dict[int, float]:
        """Numbers of its terms with the significance of each, in the order in which they joined."""
        return {member.number: member.bursts[0].significance for member in self.members}


class Trends:
    """Groups bursts, keeps the trends that live, announces each once."""

    def __init__(self, settings: TrendSettings, windows_secs: Sequence[int], id_prefix: str, *, capacity: int) -> None:
        self._settings = settings
        self._windows_secs = sorted(windows_secs)
        self._id_prefix = id_prefix
        self._capacity = capacity
        self._count = 0
        self._crowd = 0.0
        self._crowd_at = 0.0
        self.live: list[Life] = []
        self._past: list[Life] = []
        self.ended: list[Life] = []

    def see(self, posts: Sequence[Post], voices: Bools, at_secs: float, *, terms: tuple[Ints, Ints]) -> None:
        """Give every post to the live trends it speaks of; `terms` as for `Recent.add`."""
        owners, numbers = terms
        for start in range(0, len(self.live), WORD_BITS):
            lives = self.live[start : start + WORD_BITS]
            marks = self._marks(lives)[numbers]
            spoken = np.flatnonzero(marks)
            places = owners[spoken]
            for place, rows in groupby(zip(places.tolist(), marks[spoken].tolist(), strict=True), lambda row: row[0]):
                bits = 0
                for _, mark in rows:
                    bits |= mark
                seen = Seen(posts[place], bool(voices[place]), at_secs)
                while bits:
                    low = bits & -bits
                    lives[low.bit_length() - 1].add(seen)
                    bits ^= low

    def _marks(self, lives: Sequence[Life]) -> NDArray[np.uint64]:
        """For each term the lives it belongs to, one bit each."""
        marks = np.zeros(self._capacity, np.uint64)
        for place, life in enumerate(lives):
            marks[list(life.terms)] |= np.uint64(1 << place)
        return marks

    def terms(self) -> list[int]:
        """The numbers of all terms that some live or lately ended trend is known by."""
        return [number for life in self.live + self._past for number in life.terms]

    def tick(self, found: list[Found], recent: Recent, now_secs: float) -> list[Life]:
        """Move every life on, let bursts join live trends, and return the trends to announce now."""
        for life in self.live:
            life.tick(now_secs)
        self.ended = (self.ended + [life for life in self.live if life.is_ended])[-KEEP_ENDED:]
        self._past = [
            life
            for life in self._past + self.live
            if life.ended_secs and life.ended_secs > now_secs - self._windows_secs[-1]
        ]
        self.live = [life for life in self.live if not life.is_ended]
        told = []
        for cluster in self._clusters(found, recent, now_secs) if found else []:
            lead = self._lead(cluster, recent, now_secs)
            if lead is not None:
                told.append(self._announce(cluster, lead, recent=recent, now_secs=now_secs))
        return told

    def _clusters(self, found: list[Found], recent: Recent, now_secs: float) -> list[Cluster]:
        """Groups of bursting terms that no live trend explains, strongest first."""
        candidates = self._candidates(found, now_secs)
        if not candidates:
            return []
        self._find_sayers(candidates, recent, now_secs)
        speakers: dict[str, Bools] = {}
        clusters: list[Cluster] = []
        for candidate in candidates:
            if self._was_faster(candidate, recent):
                continue
            if self._joins_life(candidate, recent, now_secs, speakers=speakers):
                continue
            if not self._joins_cluster(candidate, clusters):
                clusters.append(Cluster([candidate], candidate.posts))
        return clusters

    def _candidates(self, found: list[Found], now_secs: float) -> list[Candidate]:
        """The strongest terms, without those that a trend is known by already."""
        chosen: dict[int, Candidate] = {}
        strongest = sorted(found, key=lambda burst: (-burst.significance, burst.number))
        for burst in strongest:
            if any(burst.number in life.terms for life in self._told(burst.window_secs, now_secs)):
                continue
            if burst.window_secs > SHORT_SECS and burst.significance < self._calm_bar(burst.window_secs):
                continue  # too weak to carry a trend, and looking up the posts of a long window costs most
            if burst.number in chosen:
                chosen[burst.number].bursts.append(burst)
            elif len(chosen) < self._settings.max_bursts:
                chosen[burst.number] = Candidate(burst.number, [burst])
        return list(chosen.values())

    def _told(self, window_secs: int, now_secs: float) -> list[Life]:
        """The trends that may explain a burst: those that live, and those that ended within its window."""
        return self.live + [life for life in self._past if (life.ended_secs or 0) > now_secs - window_secs]

    @staticmethod
    def _find_sayers(candidates: Sequence[Candidate], recent: Recent, now_secs: float) -> None:
        """For each candidate the voices that say it."""
        since = recent.first_since(now_secs - max(candidate.secs for candidate in candidates))
        places, which = recent.rows(since, [candidate.number for candidate in candidates])
        voices = recent.voices[places]
        places, which = places[voices], which[voices]
        for place, candidate in enumerate(candidates):
            own = places[which == place]
            candidate.posts = own[own >= recent.first_since(now_secs - candidate.secs)]

    def _was_faster(self, candidate: Candidate, recent: Recent) -> bool:
        """Whether a shorter window had its chance: a slow window is for what is too thin for the others."""
        shortest = min(burst.window_secs for burst in candidate.bursts)
        shorter = [secs for secs in self._windows_secs if 4 * secs <= shortest]
        if not shorter:
            return False
        times = recent.times(candidate.posts)
        few = self._settings.fast_voices - 1
        return bool((times[few:] - times[: times.size - few] < shorter[-1]).any()) if times.size > few else False

    def _joins_life(self, candidate: Candidate, recent: Recent, now_secs: float, *, speakers: dict[str, Bools]) -> bool:
        """Let a trend that many of the candidate's posts speak of anyway take it in."""
        for life in self._told(candidate.secs, now_secs):
            if life.id not in speakers:
                speakers[life.id] = np.zeros(len(recent), np.bool_)
                speakers[life.id][recent.rows(0, list(life.terms))[0]] = True
            shared = int(speakers[life.id][candidate.posts].sum())
            if shared >= self._settings.overlap * candidate.posts.size or self._is_twin(
                life, candidate, recent, now_secs=now_secs, speakers=speakers[life.id], shared=shared
            ):
                if len(life.terms) < self._settings.max_terms:
                    life.terms[candidate.number] = candidate.bursts[0].significance
                return True
        return False

    def _is_twin(
        self, life: Life, candidate: Candidate, recent: Recent, *, now_secs: float, speakers: Bools, shared: int
    ) -> bool:
        """Whether a term that bursts right after a trend was announced is another word for it."""
        if now_secs - life.detected_secs > self._settings.twin_secs:
            return False
        since = recent.first_since(now_secs - candidate.secs)
        chance = speakers[since:].mean() * candidate.posts.size
        return bool(shared >= max(self._settings.twin_posts, self._settings.twin_lift * chance))

    def _joins_cluster(self, candidate: Candidate, clusters: list[Cluster]) -> bool:
        for cluster in clusters:
            shared = np.intersect1d(candidate.posts, cluster.posts, assume_unique=True).size
            if shared >= self._settings.overlap * min(candidate.posts.size, cluster.posts.size):
                cluster.members.append(candidate)
                cluster.posts = np.union1d(cluster.posts, candidate.posts)
                return True
        return False

    def _lead(self, cluster: Cluster, recent: Recent, now_secs: float) -> Lead | None:
        """The fastest window that carries a cluster over the bar; None while the cluster is not worth it."""
        if voices(recent.seen(int(place)) for place in cluster.posts) < self._settings.min_voices:
            return None
        for window_secs in sorted({burst.window_secs for member in cluster.members for burst in member.bursts}):
            lead = self._together(cluster, window_secs, recent, now_secs=now_secs)
            if lead.significance >= self._bar(window_secs, now_secs):
                return lead
        return None

    def _together(self, cluster: Cluster, window_secs: int, recent: Recent, *, now_secs: float) -> Lead:
        """All terms of a cluster in one window as if they were one: who says any of them, against all foreseen."""
        since = recent.first_since(now_secs - window_secs)
        best, said = Lead(window_secs, 0.0, 0.0), np.zeros(0, np.int32)
        expected, extra = 0.0, 0.0
        for member in cluster.members:
            burst = next((burst for burst in member.bursts if burst.window_secs == window_secs), None)
            if burst is None:
                continue
            posts = member.posts[member.posts >= since]
            said = np.union1d(said, posts)
            expected, extra = expected + burst.expected, extra + burst.extra
            kept = burst.count / max(1, posts.size)
            count = voices(recent.seen(int(place)) for place in said) * max(1.0, kept)
            sigmas = significance(count, usual_high(expected, extra), burst)
            if sigmas > best.significance:
                best = Lead(window_secs, sigmas, expected)
        return best

    def _bar(self, window_secs: int, now_secs: float) -> float:
        """The significance needed now, raised by what was announced lately."""
        fade = math.exp(-(now_secs - self._crowd_at) / self._settings.crowding_secs)
        self._crowd, self._crowd_at = self._crowd * fade, now_secs
        crowded = max(0.0, self._crowd - self._settings.crowd_free)
        return self._calm_bar(window_secs) * (1.0 + self._settings.crowding * crowded)

    def _calm_bar(self, window_secs: int) -> float:
        """The significance needed in a calm hour. A slow window is tested seldom: each may err as often an hour."""
        credit = self._settings.slow_credit * math.log(window_secs / 60.0)
        return math.sqrt(max(1.0, self._settings.min_significance**2 - credit))

    def _announce(self, cluster: Cluster, lead: Lead, *, recent: Recent, now_secs: float) -> Life:
        self._crowd += 1.0
        self._count += 1
        terms = dict(list(cluster.terms.items())[: self._settings.max_terms])
        life = Life(f"{self._id_prefix}{self._count}", terms=terms, lead=lead, now_secs=now_secs)
        since = recent.first_since(now_secs - life.window_secs)
        speaking = np.union1d(recent.rows(since, list(terms))[0], cluster.posts)
        posts = [recent.seen(int(place)) for place in speaking]
        life.begin(sorted(posts, key=lambda seen: (seen.at_secs, seen.post.created_at, seen.post.id)))
        life.tick(now_secs)
        self.live.append(life)
        return life

    def state(self, table: PostTable) -> TrendsState:
        """What has to be kept to go on later; the posts go into `table`."""
        lives = {id(life): life for life in (*self.live, *self._past, *self.ended)}
        places = {key: place for place, key in enumerate(lives)}
        live, past, ended = ([places[id(life)] for life in group] for group in (self.live, self._past, self.ended))
        kept = [life.state(table) for life in lives.values()]
        return TrendsState(self._count, self._crowd, self._crowd_at, kept, live, past, ended)

    def restore(self, state: TrendsState, posts: Sequence[Post]) -> None:
        """Go on from a state; `posts` is what the table held."""
        self._count, self._crowd, self._crowd_at = state.count, state.crowd, state.crowd_at
        lives = [Life.from_state(life, posts) for life in state.lives]
        self.live, self._past, self.ended = (
            [lives[place] for place in group] for group in (state.live, state.past, state.ended)
        )


def voices(posts: Iterable[Seen]) -> int:
    """Distinct voices behind posts: an author once, a post of an unknown author as one."""
    return len({seen.post.author or number for number, seen in enumerate(posts) if seen.is_voice})
