"""Bursts that share their posts become one trend with a life; each trend is announced once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.detect.bursts import Found
from monitor.detect.life import Life
from monitor.detect.recent import Recent, Seen
from monitor.detect.words import WEAK

KEEP_ENDED = 200
"""Ended trends kept until somebody asks for them."""


@dataclass(frozen=True, slots=True)
class TrendSettings:
    """When bursts are worth announcing, and when two of them are the same happening."""

    windows_secs: tuple[int, ...] = (30, 60, 300, 1800, 10800)
    min_significance: float = 5.5
    """Standard deviations a trend's strongest burst needs in a calm hour."""
    min_voices: int = 6
    """Distinct voices behind it, copies and reposts not counted."""
    slow: float = 2.0
    fast_voices: int = 5
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

    @property
    def lead(self) -> Found:
        return self.bursts[0]


class Trends:
    """Groups bursts, keeps the trends that live, announces each once."""

    def __init__(self, settings: TrendSettings, id_prefix: str) -> None:
        self._settings = settings
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
        self._past = [life for life in self._past + self.live if life.ended_secs and life.ended_secs > now_secs - 1800]
        self.live = [life for life in self.live if not life.is_ended]
        clusters = self._clusters(found, recent, now_secs)
        return [self._announce(cluster, recent, now_secs) for cluster in clusters if self._is_worth(cluster, now_secs)]

    def _clusters(self, found: list[Found], recent: Recent, now_secs: float) -> list[Cluster]:
        """Groups of bursts that no live trend explains, strongest first."""
        clusters: list[Cluster] = []
        done: set[str] = set()
        strongest = sorted(found, key=lambda burst: (-burst.significance, burst.term))
        for burst in strongest[: self._settings.max_bursts]:
            told = self.live + [life for life in self._past if (life.ended_secs or 0) > now_secs - burst.window_secs]
            if burst.term in done or any(burst.term in life.terms for life in told):
                continue
            done.add(burst.term)
            posts = [
                seen
                for seen in recent.since(now_secs - burst.window_secs)
                if burst.term in seen.terms and seen.is_voice
            ]
            if self._was_faster(burst, posts):
                continue
            if not self._joins_life(burst, posts, told) and not self._joins_cluster(burst, posts, clusters):
                clusters.append(Cluster([burst], {id(seen): seen for seen in posts}, {burst.term: burst.significance}))
        return clusters

    def _was_faster(self, burst: Found, posts: list[Seen]) -> bool:
        """Whether a shorter window had its chance: a slow window is for what is too thin for the others."""
        shorter = [secs for secs in self._settings.windows_secs if 4 * secs <= burst.window_secs]
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

    def _is_worth(self, cluster: Cluster, now_secs: float) -> bool:
        """Whether a cluster passes the bar, which recent announcements raise."""
        if voices(cluster.posts.values()) < self._settings.min_voices:
            return False
        if all(word in WEAK for term in cluster.terms for word in term.split()):
            return False
        return any(burst.significance >= self._bar(burst.window_secs, now_secs) for burst in cluster.bursts)

    def _bar(self, window_secs: int, now_secs: float) -> float:
        """The significance needed now. A slow window is tested seldom: it may err as often an hour, not as a test."""
        fade = math.exp(-(now_secs - self._crowd_at) / self._settings.crowding_secs)
        self._crowd, self._crowd_at = self._crowd * fade, now_secs
        calm = math.sqrt(max(1.0, self._settings.min_significance**2 - self._settings.slow * math.log(window_secs / 60.0)))
        return calm * (1.0 + self._settings.crowding * max(0.0, self._crowd - self._settings.crowd_free))

    def _announce(self, cluster: Cluster, recent: Recent, now_secs: float) -> Life:
        self._crowd += 1.0
        self._count += 1
        terms = dict(list(cluster.terms.items())[: self._settings.max_terms])
        life = Life(f"{self._id_prefix}{self._count}", terms, cluster.lead, now_secs)
        posts = [seen for seen in recent.since(now_secs - life.window_secs) if not terms.keys().isdisjoint(seen.terms)]
        posts.sort(key=lambda seen: seen.post.created_at)
        for seen in posts:
            life.add(seen)
        # The very first may be a chance mention; the tenth part in is where it really begins.
        life.started_secs = min(now_secs, posts[len(posts) // 10].post.created_at.timestamp())
        life.tick(now_secs)
        self.live.append(life)
        return life


def voices(posts: Iterable[Seen]) -> int:
    """Distinct voices behind posts: an author once, a post of an unknown author as one."""
    return len({seen.post.author or number for number, seen in enumerate(posts) if seen.is_voice})
