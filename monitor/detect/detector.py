"""The public door of the detector: posts go in, trends come out. Pure: the time comes in as an argument."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Reversible, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from operator import attrgetter, lt

import numpy as np
from numpy.typing import NDArray

from monitor.detect import naming, tokens
from monitor.detect.bars import TrendSettings
from monitor.detect.bursts import BurstMeter, BurstSettings
from monitor.detect.duplicates import Duplicates
from monitor.detect.life import Life
from monitor.detect.lookup import Books, Counted, look_up
from monitor.detect.recent import Recent, Seen
from monitor.detect.saved import DetectorState, PostTable, pack, posts_of, unpack
from monitor.detect.text import open_all, singular
from monitor.detect.trends import Trends
from monitor.detect.vocabulary import NONE
from monitor.erase import TakenBack, kept
from monitor.errors import BadInput
from monitor.model import Post, Trend
from monitor.rules import RuleSet

_TIME = attrgetter("created_at")
_BY_TIME = attrgetter("created_at", "id")


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
    recent_posts: int = 40_000
    """Posts kept to explain a burst with; about a kilobyte each."""
    tick_posts: int = 5_000
    """Of one tick at most so many are kept, evenly chosen; all are counted."""
    compare_secs: int = 900
    """A trend is named by what sets its posts apart from the others of the last quarter of an hour."""
    settle_secs: int = 120
    """So long after its announcement a trend's name may still get better."""
    pending_posts: int = 20_000
    """Posts that wait for the end of their tick; more of them are taken in at once."""


class Detector:
    """Finds trends in a stream of posts. Deterministic; the order of posts within one tick does not matter."""

    def __init__(
        self, settings: DetectSettings | None = None, id_prefix: str = "t", *, rules: Sequence[str] = ()
    ) -> None:
        """`rules` are configured keyword rules: what matches one is counted as a term of that name.

        Raises BadInput for a rule that makes no sense.
        """
        self._settings = settings or DetectSettings()
        self.follow(rules)
        self._duplicates = Duplicates(ids=self._settings.remembered_ids, texts=self._settings.remembered_texts)
        self._meter = BurstMeter(self._settings.bursts)
        self._recent = Recent(
            keep_posts=self._settings.recent_posts,
            keep_secs=max(self._settings.bursts.windows_secs),
            tick_posts=self._settings.tick_posts,
            capacity=self._settings.bursts.capacity,
        )
        self._trends = Trends(
            self._settings.trends,
            self._settings.bursts.windows_secs,
            id_prefix,
            capacity=self._settings.bursts.capacity,
        )
        self._tick_secs = self._settings.bursts.tick_secs
        self._new: list[Post] = []
        """Posts nobody has looked at yet."""
        self._pending: list[Post] = []
        """Posts that wait for the end of their tick."""
        self._tick: int | None = None
        self._tick_end: datetime | None = None
        self._oldest: datetime | None = None
        """Posts from before this come too late."""
        self._known = 0
        self._too_old = 0

    def follow(self, rules: Sequence[str]) -> None:
        """Count by these rules from the next tick on; those that stay keep their past. Raises BadInput."""
        matched = RuleSet(rules)
        self._rule_hashes = np.array([tokens.rule_hash(rule) for rule in rules], np.uint64)
        self._rules = matched

    def add(self, post: Post) -> None:
        """Take in one post; it is counted when its tick ends."""
        self._new.append(post)
        if len(self._new) + len(self._pending) >= self._settings.pending_posts:
            self._admit()
            if len(self._pending) >= self._settings.pending_posts and self._tick is not None:
                pending, self._pending = sorted(self._pending, key=_BY_TIME), []
                self._take_in(pending, float((self._tick + 1) * self._tick_secs))

    def _admit(self) -> None:
        """Let new posts wait for their tick, but for those that were here before or come too late.

        Done for many at once, and whenever somebody asks: as long as the tick is open the answer is the same.
        """
        if not self._new:
            return
        new, self._new = self._new, []
        known = self._duplicates.are_known(new)
        posts = [post for post, is_known in zip(new, known, strict=True) if not is_known] if any(known) else new
        self._known += len(new) - len(posts)
        if self._oldest is not None:
            oldest, count = self._oldest, len(posts)
            posts = [post for post in posts if post.created_at >= oldest]
            self._too_old += count - len(posts)
        self._pending += posts

    @property
    def duplicates(self) -> int:
        """Posts that were delivered again."""
        self._admit()
        return self._known

    @property
    def too_old(self) -> int:
        """Posts that came too late."""
        self._admit()
        return self._too_old

    def advance(self, now: datetime) -> list[Trend]:
        """Let the stream's clock reach `now`; returns the trends announced by it. Cheap within a tick."""
        if self._tick_end is not None and now < self._tick_end:
            return []
        self._admit()
        tick = int(now.timestamp() // self._tick_secs)
        if self._tick is None:
            self._tick = min([tick, *(self._tick_of(post) for post in self._pending)])
        announced: list[Life] = []
        while self._tick < tick:
            announced += self._end_tick()
            self._tick = self._next_busy(tick)
        start = datetime.fromtimestamp(self._tick * self._tick_secs, UTC)
        self._tick_end = start + timedelta(seconds=self._tick_secs)
        self._oldest = start - timedelta(seconds=self._settings.late_secs)
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
        end = datetime.fromtimestamp(now_secs, UTC)
        self._sort_pending()
        count = bisect_left(self._pending, end, key=_TIME)
        if count:
            due, self._pending = self._pending[:count], self._pending[count:]
            self._take_in(due, now_secs)
        self._tick += 1
        found = self._meter.tick(self._tick)
        announced = self._trends.tick(found, self._recent, now_secs, meter=self._meter)
        self._describe_again(now_secs)
        for life in announced:
            self._describe(life, now_secs)
        return announced

    def _sort_pending(self) -> None:
        """Put the waiting posts in order; as a rule they are, and looking is cheaper than sorting by two keys."""
        times = [post.created_at for post in self._pending]
        if not all(map(lt, times, islice(times, 1, None))):
            self._pending.sort(key=_BY_TIME)

    def _take_in(self, posts: list[Post], now_secs: float) -> None:
        """Count posts in order and hand them to the trends they speak of."""
        texts = [post.text for post in posts]
        matching, rules = self._rules.matches(texts, posts)
        ruled = tokens.Terms(matching, self._rule_hashes[rules], np.zeros(rules.size, np.bool_))
        linked, names = open_all(texts)
        sites = tokens.listed(linked, [tokens.site_hash(name) for name in names])
        words = tokens.words(texts)
        kinds, repeated = self._duplicates.kinds(posts, words)
        terms = tokens.joined([tokens.terms(words), sites, ruled])
        counted = self._meter.count(terms, repeated, kinds=kinds)
        self._recent.add(posts, kinds, now_secs, terms=counted)
        self._trends.see(posts, kinds, now_secs, terms=counted)
        forgotten = self._meter.make_room(self._trends.terms())
        if forgotten.size:
            self._recent.forget(forgotten)

    def _describe(self, life: Life, now_secs: float) -> None:
        """Name a trend from its posts against the other posts of its time."""
        if not life.evidence:  # all of it was taken back
            return
        since = self._recent.first_since(now_secs - max(life.window_secs, self._settings.compare_secs))
        speaking = np.zeros(len(self._recent), np.bool_)
        speaking[self._recent.rows(since, list(life.terms))[0]] = True
        shares = self._recent.shares(since, besides=speaking)
        hashes = self._meter.vocabulary.hashes[list(life.terms)].tolist()
        bursts = _called(set(hashes), life.evidence)
        described = naming.describe(bursts, life.evidence, self._usual(shares))
        life.name, life.shown, life.samples = described.name, described.terms, described.samples
        life.named_voices = life.voices

    def _usual(self, shares: NDArray[np.float64]) -> naming.Usual:
        @cache
        def usual(term: str) -> float:
            number = self._meter.vocabulary.find(np.array([tokens.term_hash(singular(term))], np.uint64))[0]
            return float(shares[number]) if number != NONE else 0.0

        return usual

    def _describe_again(self, now_secs: float) -> None:
        """A young trend gets a better name when twice as many people have spoken."""
        for life in self._trends.live:
            is_young = now_secs - life.detected_secs <= self._settings.settle_secs
            if is_young and life.voices >= 2 * life.named_voices:
                self._describe(life, now_secs)

    def save(self) -> bytes:
        """All that is known, as bytes for `restore`; they hold the posts of the last hours."""
        self._admit()
        table = PostTable()
        return pack(
            DetectorState(
                meter=self._meter.state(),
                recent=self._recent.state(table),
                duplicates=self._duplicates.state(),
                trends=self._trends.state(table),
                pending=[table.number(post) for post in self._pending],
                posts=table.state(),
                tick=self._tick,
                tick_end=self._tick_end,
                oldest=self._oldest,
                known=self._known,
                too_old=self._too_old,
            ),
            self._settings,
        )

    @classmethod
    def restore(
        cls, saved: bytes, settings: DetectSettings | None = None, id_prefix: str = "t", *, rules: Sequence[str] = ()
    ) -> Detector:
        """The detector as it was when it was saved: whatever comes next, it answers as if nothing had been.

        Trends keep their ids; those to come start with `id_prefix` and count on. Raises BadInput for bytes of another
        version, of other settings, damaged or none of ours.
        """
        detector = cls(settings, id_prefix, rules=rules)
        state = unpack(saved, detector._settings)
        try:
            detector._go_on(state)
        except (ValueError, LookupError, OverflowError) as error:
            raise BadInput(f"the saved detector contradicts itself: {error!r}; start without it") from error
        return detector

    def _go_on(self, state: DetectorState) -> None:
        posts = posts_of(state.posts)
        self._meter.restore(state.meter)
        self._recent.restore(state.recent, posts)
        self._duplicates.restore(state.duplicates)
        self._trends.restore(state.trends, posts)
        self._pending = [posts[number] for number in state.pending]
        self._tick, self._tick_end, self._oldest = state.tick, state.tick_end, state.oldest
        self._known, self._too_old = state.known, state.too_old

    def erase(self, taken: Sequence[TakenBack]) -> None:
        """Let go of posts that their authors took back: what was counted stays, what they wrote goes."""
        self._admit()
        self._pending = list(kept(self._pending, taken))
        self._recent.erase(taken)
        self._trends.erase(taken)

    def rules_that_timed_out(self) -> list[str]:
        """Rules whose regular expression took too long on some post, and counted as not met by it."""
        return self._rules.timed_out()

    def sizes(self) -> dict[str, int]:
        """How much is held of each kind: every number stays below its setting, however long the stream."""
        self._admit()
        return {
            "pending": len(self._pending),
            "terms": len(self._meter.vocabulary),
            "recent": len(self._recent),
            "live": len(self._trends.live),
            **self._duplicates.sizes(),
        }

    def look_up(self, text: str) -> tuple[Counted, ...]:
        """How the words of a text stand in what is counted; a few milliseconds."""
        return look_up(text, Books(self._meter, self._recent, self._trends.bar, self._settings.trends.min_voices))

    def post_at(self, url: str) -> Post | None:
        """The post of the last hours at an address, as far as it is kept."""
        return self._recent.post_at(url)

    def live(self) -> list[Trend]:
        """The announced trends that have not ended, as they stand."""
        return [life.snapshot() for life in self._trends.live]

    def ended(self) -> list[Trend]:
        """The trends that ended since this was last asked."""
        ended, self._trends.ended = self._trends.ended, []
        return [life.snapshot() for life in ended]


def _called(hashes: set[int], evidence: Reversible[Seen]) -> frozenset[str]:
    """The terms behind some hashes, as the newest posts that hold them spell them."""
    called = set()
    for seen in reversed(evidence):
        if not hashes:
            break
        named = tokens.named(seen.post.text)
        called |= {named[hash_] for hash_ in hashes & named.keys()}
        hashes = hashes - named.keys()
    return frozenset(called)
