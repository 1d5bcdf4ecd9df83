"""The public door of the detector: posts go in, trends come out. Pure: the time comes in as an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from monitor.detect import naming
from monitor.detect.bursts import BurstMeter, BurstSettings
from monitor.detect.duplicates import Duplicates, Kind
from monitor.detect.life import Life
from monitor.detect.recent import Recent, Seen
from monitor.detect.text import read
from monitor.detect.trends import Trends, TrendSettings
from monitor.model import Post, Trend


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """Every constant of the detector; one set serves all streams."""

    late_secs: int = 600
    """A post that comes later than this says nothing of the present: dropped and counted as `too_old`."""
    bursts: BurstSettings = field(default_factory=BurstSettings)
    trends: TrendSettings = field(default_factory=TrendSettings)
    remembered_ids: int = 200_000
    """Ids of posts by which a second delivery is noticed; twice as many are held at most."""
    remembered_texts: int = 100_000
    """Longer texts by which a copy is noticed."""
    recent_posts: int = 16_000
    """Posts kept to explain a burst with; about 3 kB each."""
    tick_posts: int = 300
    """Of one tick at most so many are kept; all are counted."""
    compare_secs: int = 900
    compare_posts: int = 1_000
    """A trend is named by what sets its posts apart from so many others of the last quarter of an hour."""
    settle_secs: int = 120
    """So long after its announcement a trend's name may still get better."""
    pending_posts: int = 20_000
    """Posts that wait for the end of their tick; more of them are taken in at once."""


class Detector:
    """Finds trends in a stream of posts. Deterministic; the order of posts within one tick does not matter."""

    def __init__(self, settings: DetectSettings | None = None, id_prefix: str = "t") -> None:
        self._settings = settings or DetectSettings()
        self._duplicates = Duplicates(ids=self._settings.remembered_ids, texts=self._settings.remembered_texts)
        self._meter = BurstMeter(self._settings.bursts)
        self._recent = Recent(
            keep_posts=self._settings.recent_posts,
            keep_secs=max(self._settings.bursts.windows_secs),
            tick_posts=self._settings.tick_posts,
        )
        self._trends = Trends(self._settings.trends, self._settings.bursts.windows_secs, id_prefix)
        self._tick_secs = self._settings.bursts.tick_secs
        self._pending: list[Post] = []
        self._tick: int | None = None
        self.duplicates = 0
        self.too_old = 0

    def add(self, post: Post) -> None:
        """Take in one post; it is counted when its tick ends."""
        if self._duplicates.is_known(post):
            self.duplicates += 1
        elif (
            self._tick is not None
            and post.created_at.timestamp() < self._tick * self._tick_secs - self._settings.late_secs
        ):
            self.too_old += 1
        else:
            self._pending.append(post)
            if len(self._pending) >= self._settings.pending_posts and self._tick is not None:
                pending, self._pending = self._pending, []
                self._take_in(pending, float((self._tick + 1) * self._tick_secs))

    def advance(self, now: datetime) -> list[Trend]:
        """Let the stream's clock reach `now`; returns the trends announced by it. Cheap within a tick."""
        tick = int(now.timestamp() // self._tick_secs)
        if self._tick is None:
            self._tick = min([tick, *(self._tick_of(post) for post in self._pending)])
        announced: list[Life] = []
        while self._tick < tick:
            announced += self._end_tick()
            self._tick = self._next_busy(tick)
        return [life.snapshot() for life in announced]

    def _next_busy(self, limit: int) -> int:
        """The next tick in which something may happen, at most `limit`: years of silence must not cost a day."""
        assert self._tick is not None
        due = min((self._tick_of(post) for post in self._pending), default=limit)
        if self._trends.live:
            due = min(due, self._tick + min(life.pulse_secs for life in self._trends.live) // self._tick_secs)
        return max(self._tick, min(limit, due, self._meter.next_step(self._tick) - 1))

    def _tick_of(self, post: Post) -> int:
        return int(post.created_at.timestamp() // self._tick_secs)

    def _end_tick(self) -> list[Life]:
        """Count the posts of the open tick, look for bursts, open the next one."""
        assert self._tick is not None
        now_secs = float((self._tick + 1) * self._tick_secs)
        due = [post for post in self._pending if post.created_at.timestamp() < now_secs]
        if due:
            self._pending = [post for post in self._pending if post.created_at.timestamp() >= now_secs]
            self._take_in(due, now_secs)
        self._tick += 1
        found = self._meter.tick(self._tick)
        announced = self._trends.tick(found, self._recent, now_secs)
        self._describe_again(now_secs)
        for life in announced:
            self._describe(life, now_secs)
        return announced

    def _take_in(self, posts: list[Post], now_secs: float) -> None:
        posts.sort(key=lambda post: (post.created_at, post.id))
        readings = [read(post.text) for post in posts]
        kinds = [self._duplicates.kind(post, reading) for post, reading in zip(posts, readings, strict=True)]
        counted = iter(
            self._meter.count([r.terms for r, kind in zip(readings, kinds, strict=True) if kind is Kind.VOICE])
        )
        seen = [
            Seen(post, next(counted) if kind is Kind.VOICE else frozenset(reading.terms), kind, now_secs)
            for post, reading, kind in zip(posts, readings, kinds, strict=True)
        ]
        self._recent.add(now_secs, seen)
        self._trends.see(seen)

    def _describe(self, life: Life, now_secs: float) -> None:
        """Name a trend from its posts against the other posts of its time."""
        keys = life.terms.keys()
        since = now_secs - max(life.window_secs, self._settings.compare_secs)
        outside = (seen for seen in self._recent.since(since) if keys.isdisjoint(seen.terms))
        described = naming.describe(life.terms, life.evidence, islice(outside, self._settings.compare_posts))
        life.name, life.shown, life.samples = described.name, described.terms, described.samples
        life.named_voices = life.voices

    def _describe_again(self, now_secs: float) -> None:
        """A young trend gets a better name when twice as many people have spoken."""
        for life in self._trends.live:
            is_young = now_secs - life.detected_secs <= self._settings.settle_secs
            if is_young and life.voices >= 2 * life.named_voices:
                self._describe(life, now_secs)

    def sizes(self) -> dict[str, int]:
        """How much is held of each kind: every number stays below its setting, however long the stream."""
        return {
            "pending": len(self._pending),
            "terms": len(self._meter.vocabulary),
            "recent": len(self._recent),
            "live": len(self._trends.live),
            **self._duplicates.sizes(),
        }

    def live(self) -> list[Trend]:
        """The announced trends that have not ended, as they stand."""
        return [life.snapshot() for life in self._trends.live]

    def ended(self) -> list[Trend]:
        """The trends that ended since this was last asked."""
        ended, self._trends.ended = self._trends.ended, []
        return [life.snapshot() for life in ended]
