"""The watching half as one pure machine: (posts, the stream's clock) in, judgements and opportunities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.detect.detector import Detector
from monitor.model import Brand, Opportunity, Post, Score, Trend, Verdict
from monitor.score import judge, judge_all
from monitor.signals.context import Context, remember

REJUDGE_SECS = 30.0
"""A live trend is judged again this often: it may grow into a card, and what people write may turn grave."""

ASKS = frozenset({Verdict.OFFER, Verdict.CAUTION})
"""The verdicts that are worth a person's look."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is thought of one trend now: told when it is announced and whenever a verdict changes."""

    trend: Trend
    scores: tuple[Score, ...]
    opportunities: tuple[Opportunity, ...]
    """New with this judgement: at most one for each brand in a trend's life."""
    at: datetime
    is_first: bool

    @property
    def blocked(self) -> frozenset[str]:
        """The brands that must not speak about this trend (any more)."""
        return frozenset(score.brand for score in self.scores if score.verdict is Verdict.BLOCK)


@dataclass(slots=True)
class _Known:
    """What was last said of a live trend."""

    judgement: Judgement
    offered: set[str] = field(default_factory=set)


class Pipeline:
    """Detects, judges and offers. Holds all state of the watching half; knows no clock but the stream's.

    Ids start with `id_prefix`, so that the trends of two runs stay apart in one ledger.
    """

    def __init__(self, brands: Sequence[Brand], *, detector: Detector, id_prefix: str = "") -> None:
        self.brands = tuple(brands)
        self.detector = detector
        self.context = Context()
        self._id_prefix = id_prefix
        self._known: dict[str, _Known] = {}
        self._offers = 0
        self._next_round: datetime | None = None

    def add(self, post: Post) -> list[Judgement]:
        """Take one post in; return what it made us think anew."""
        self.detector.add(post)
        return self.advance(post.created_at)

    def advance(self, now: datetime) -> list[Judgement]:
        """Let the stream's clock reach `now`; cheap when nothing is due."""
        announced = self.detector.advance(now)
        if not announced and self._next_round is not None and now < self._next_round:
            return []
        self._next_round = now + timedelta(seconds=REJUDGE_SECS)
        return self._judge_all(announced, now)

    def assess(self, trend_id: str, brand: str, now: datetime) -> Score | None:
        """Judge a live trend for one brand on what is known this second; None once the trend has ended."""
        for trend in self.detector.live():
            if trend.id == trend_id:
                return judge(trend, self._brand(brand), now, context=self.context)
        return None

    def assess_stored(self, trend: Trend, brand: str, now: datetime) -> Score:
        """Judge a trend that is no longer live on what was kept of it and on the tragedies known since."""
        return judge(trend, self._brand(brand), now, context=self.context)

    def _judge_all(self, announced: Sequence[Trend], now: datetime) -> list[Judgement]:
        fresh = {trend.id for trend in announced}
        told = []
        live = self.detector.live()
        shown = {trend.id for trend in live}
        live += [trend for trend in announced if trend.id not in shown]  # began and ended across a gap of the stream
        # Tragedies first: what they teach the context counts for the other trends of the same second.
        for trend in sorted(live, key=lambda trend: not self._was_blocked(trend.id)):
            judgement = self._judge(trend, now)
            before = self._known.get(trend.id)
            if trend.id in fresh or before is None or _verdicts(before.judgement) != _verdicts(judgement):
                told.append(judgement)
            self._remember(judgement)
        self._forget({trend.id for trend in live})
        return told

    def _judge(self, trend: Trend, now: datetime) -> Judgement:
        known = self._known.get(trend.id)
        scores = judge_all(trend, self.brands, now, context=self.context)
        opportunities = []
        blocked = known.judgement.blocked if known else frozenset[str]()
        for brand, score in zip(self.brands, scores, strict=True):
            is_new_offer = score.verdict in ASKS and not self._was_offered(trend, brand)
            is_new_block = score.verdict is Verdict.BLOCK and brand.name not in blocked
            if is_new_offer:
                opportunities.append(self._offer(trend, score, brand, now=now))
            if is_new_offer or is_new_block:  # once each: judging again must not spend the day's budget again
                self.context = remember(self.context, trend, score, now=now)
        return Judgement(trend, tuple(scores), tuple(opportunities), now, known is None)

    def _offer(self, trend: Trend, score: Score, brand: Brand, *, now: datetime) -> Opportunity:
        self._offers += 1
        deadline = now + timedelta(seconds=brand.shelf_life_secs)
        return Opportunity(f"{self._id_prefix}o{self._offers}", trend, score, now, deadline)

    def _was_offered(self, trend: Trend, brand: Brand) -> bool:
        """Whether the brand has a card of this trend, or of another live one that speaks of the same happening."""
        return any(
            brand.name in known.offered and (key == trend.id or is_same_happening(known.judgement.trend, trend))
            for key, known in self._known.items()
        )

    def _remember(self, judgement: Judgement) -> None:
        known = self._known.get(judgement.trend.id)
        offered = known.offered if known else set()
        offered |= {opportunity.brand for opportunity in judgement.opportunities}
        self._known[judgement.trend.id] = _Known(judgement, offered)

    def _forget(self, live: set[str]) -> None:
        for trend_id in self._known.keys() - live:
            del self._known[trend_id]

    def _was_blocked(self, trend_id: str) -> bool:
        known = self._known.get(trend_id)
        return known is not None and bool(known.judgement.blocked)

    def _brand(self, name: str) -> Brand:
        return next(brand for brand in self.brands if brand.name == name)


SAME_POSTS_SHARE = 0.2
"""Two trends of which the smaller shares a fifth of its posts with the other are told apart by nobody."""


def is_same_happening(one: Trend, other: Trend) -> bool:
    """Whether two trends, perhaps of two runs, speak of one happening.

    They do when half of the shorter list of terms is shared, or when the same posts speak for both.
    """
    terms, other_terms = set(one.terms), set(other.terms)
    if terms and other_terms and 2 * len(terms & other_terms) >= min(len(terms), len(other_terms)):
        return True
    posts, other_posts = {post.id for post in one.evidence}, {post.id for post in other.evidence}
    fewest = min(len(posts), len(other_posts))
    return fewest > 0 and len(posts & other_posts) >= SAME_POSTS_SHARE * fewest


def _verdicts(judgement: Judgement) -> tuple[Verdict, ...]:
    return tuple(score.verdict for score in judgement.scores)
