"""Bursts that share their posts become one trend with a life; each trend is announced once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.detect.bursts import Found
from monitor.detect.life import Life
from monitor.detect.recent import Recent, Seen
from monitor.detect.words import WEAK

SHORT_SECS = 60
"""In windows up to this long a weak burst may still tell more of a trend that others carry."""
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
    crowding: float = 0.15
    """Each further one raises the needed significance by this part, for people read only so many cards."""
    crowding_secs: float = 400.0
    """An announcement is forgotten with this time constant."""
    overlap: float = 0.5
    """A burst belongs to a trend when at least this part of its posts speaks of the trend anyway."""
    max_bursts: int = 40
    """Bursts looked at in one tick, strongest first."""
    max_terms: int = 24
    """Terms by which a trend recognises its posts."""


@dataclass(slots=True)
class Cluster:
    """Bursts of one tick that share their posts."""

    bursts: list[Found]
    posts: dict[int, Seen]
    """By identity."""
    terms: dict[str, float] = field(default_factory=dict)

    def voices(self) -> int:
        return voices(self.posts.values())


class Trends:
    """Groups bursts, keeps the trends that live, announces each once."""

    def __init__(self, settings: TrendSettings, windows_secs: Sequence[int], id_prefix: str) -> None:
        self._settings = settings
        self._windows_secs = sorted(windows_secs)
        self._id_prefix = id_prefix
        self._count = 0
        self._crowd = 0.0
        self._crowd_at = 0.0
        self.live: list[Life] = []
        self._past: list[Life] = []
        self.ended: list[Life] = []

    def see(self, posts: Sequence[Seen]) -> None:
        """Give every post to the live trends it speaks of."""
        for life in self.live:
            keys = life.terms.keys()
            for seen in posts:
                if not keys.isdisjoint(seen.terms):
                    life.add(seen)

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
        clusters = self._clusters(found, recent, now_secs)
        told = []
        for cluster in clusters:
            lead = self._lead(cluster, now_secs)
            if lead is not None:
                told.append(self._announce(cluster, lead, recent=recent, now_secs=now_secs))
        return told

    def _clusters(self, found: list[Found], recent: Recent, now_secs: float) -> list[Cluster]:
        """Groups of bursts that no live trend explains, strongest first."""
        clusters: list[Cluster] = []
        done: set[str] = set()
        strongest = sorted(found, key=lambda burst: (-burst.significance, burst.term))
        for burst in strongest[: self._settings.max_bursts]:
            told = self.live + [life for life in self._past if (life.ended_secs or 0) > now_secs - burst.window_secs]
            if burst.term in done or any(burst.term in life.terms for life in told):
                continue
            if burst.window_secs > SHORT_SECS and burst.significance < self._calm_bar(burst.window_secs):
                continue  # too weak to carry a trend, and looking up the posts of a long window costs most
            posts = [
                seen
                for seen in recent.since(now_secs - burst.window_secs)
                if burst.term in seen.terms and seen.is_voice
            ]
            if self._was_faster(burst, posts):
                continue
            done.add(burst.term)
            if not self._joins_life(burst, posts, told) and not self._joins_cluster(burst, posts, clusters):
                clusters.append(Cluster([burst], {id(seen): seen for seen in posts}, {burst.term: burst.significance}))
        return clusters

    def _was_faster(self, burst: Found, posts: list[Seen]) -> bool:
        """Whether a shorter window had its chance: a slow window is for what is too thin for the others."""
        shorter = [secs for secs in self._windows_secs if 4 * secs <= burst.window_secs]
        if not shorter:
            return False
        times = sorted(seen.at_secs for seen in posts)
        few = self._settings.fast_voices - 1
        return any(late - early < shorter[-1] for early, late in zip(times, times[few:], strict=False))

    def _joins_life(self, burst: Found, posts: list[Seen], told: list[Life]) -> bool:
        for life in told:
            keys = life.terms.keys()
            shared = sum(not keys.isdisjoint(seen.terms) for seen in posts)
            if shared >= self._settings.overlap * len(posts):
                if len(life.terms) < self._settings.max_terms:
                    life.terms[burst.term] = burst.significance
                return True
        return False

    def _joins_cluster(self, burst: Found, posts: list[Seen], clusters: list[Cluster]) -> bool:
        for cluster in clusters:
            shared = sum(id(seen) in cluster.posts for seen in posts)
            if shared >= self._settings.overlap * min(len(posts), len(cluster.posts)):
                cluster.bursts.append(burst)
                cluster.posts.update((id(seen), seen) for seen in posts)
                cluster.terms[burst.term] = burst.significance
                return True
        return False

    def _lead(self, cluster: Cluster, now_secs: float) -> Found | None:
        """The burst that carries a cluster over the bar, the fastest one; None while the cluster is not worth it."""
        if all(word in WEAK for term in cluster.terms for word in term.split()):
            return None
        if cluster.voices() < self._settings.min_voices:
            return None
        able = [burst for burst in cluster.bursts if burst.significance >= self._bar(burst.window_secs, now_secs)]
        return min(able, key=lambda burst: burst.window_secs, default=None)

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

    def _announce(self, cluster: Cluster, lead: Found, *, recent: Recent, now_secs: float) -> Life:
        self._crowd += 1.0
        self._count += 1
        terms = dict(list(cluster.terms.items())[: self._settings.max_terms])
        life = Life(f"{self._id_prefix}{self._count}", terms=terms, lead=lead, now_secs=now_secs)
        posts = dict(cluster.posts)
        posts.update(
            (id(seen), seen)
            for seen in recent.since(now_secs - life.window_secs)
            if not terms.keys().isdisjoint(seen.terms)
        )
        life.begin(sorted(posts.values(), key=lambda seen: (seen.at_secs, seen.post.created_at, seen.post.id)))
        life.tick(now_secs)
        self.live.append(life)
        return life


def voices(posts: Iterable[Seen]) -> int:
    """Distinct voices behind posts: an author once, a post of an unknown author as one."""
    return len({seen.post.author or number for number, seen in enumerate(posts) if seen.is_voice})
