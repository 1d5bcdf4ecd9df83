"""The watching half as one pure machine: (posts, the stream's clock) in, judgements and opportunities out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from monitor.detect.detector import Detector
from monitor.erase import TakenBack
from monitor.erase import without as without_taken
from monitor.errors import BadInput, Refused
from monitor.model import Brand, Death, Opportunity, Post, Score, Trend, Verdict
from monitor.score import judge, judge_all
from monitor.signals.context import Context, Hear, Near, Tragedy, remember, with_reading, without
from monitor.signals.grave import Grave, grave_in
from monitor.signals.mourning import learn, unlearn

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
    learnt: tuple[Tragedy, ...] = ()
    """What this judgement taught the ones to come: for the cool-off, in this run and the next."""
    grave: Grave | None = None
    """A tragedy that everything has to wait for; told once in the trend's life, when it shows."""

    @property
    def blocked(self) -> frozenset[str]:
        """The brands that must not speak about this trend (any more)."""
        return frozenset(score.brand for score in self.scores if score.verdict is Verdict.BLOCK)


@dataclass(frozen=True, slots=True)
class _Happening:
    """By what two trends are taken for one."""

    terms: frozenset[str]
    posts: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last said of a live trend."""

    happening: _Happening
    verdicts: dict[str, Verdict]
    """By brand."""
    offered: dict[str, datetime]
    """The brands that have their card, and when they got it."""
    is_grave: bool = False
    """Whether it was told as a tragedy that everything has to wait for."""


SAVED_VERSION = 2
"""Of what `Pipeline.save` gives; grows when its shape or its meaning changes."""


class _Saved(msgspec.Struct, frozen=True):
    version: int
    detector: bytes
    known: dict[str, _Known]
    offers: int
    next_round: datetime | None


class Thinks(Protocol):
    """What a watch feeds: a `Pipeline`, or something that only looks like one."""

    def add(self, post: Post) -> list[Judgement]: ...

    def advance(self, now: datetime) -> list[Judgement]: ...

    def forget(self, taken: TakenBack) -> None: ...

    def mourn(self, death: Death) -> Tragedy | None: ...

    def take_back(self, death: Death) -> tuple[Tragedy, ...]: ...

    def slow_rules(self) -> list[str]: ...


class Pipeline:
    """Detects, judges and offers. Holds all state of the watching half; knows no clock but the stream's.

    Ids start with `id_prefix`, so that the opportunities of two runs stay apart in one ledger. What must outlive the
    run is `save()` and, row by row as it is told, the `context`: whoever restores a pipeline gives it both.
    """

    def __init__(
        self,
        brands: Sequence[Brand],
        *,
        detector: Detector,
        id_prefix: str = "",
        hear: Hear | None = None,
        near: Near | None = None,
    ) -> None:
        self.brands = tuple(brands)
        self.detector = detector
        self.context = Context(hear=hear, near=near)
        self._id_prefix = id_prefix
        self._known: dict[str, _Known] = {}
        self._taken: dict[str, TakenBack] = {}
        """By platform, what was taken back and is not erased yet."""
        self._offers = 0
        self._next_round: datetime | None = None

    def save(self) -> bytes:
        """All but the context, as bytes for `restore`: what is counted, which trends live, what was said of them."""
        self._erase()
        state = _Saved(SAVED_VERSION, self.detector.save(), self._known, self._offers, self._next_round)
        return msgspec.msgpack.encode(state)

    @classmethod
    def restore(
        cls,
        saved: bytes,
        brands: Sequence[Brand],
        *,
        restore_detector: Callable[[bytes], Detector],
        id_prefix: str = "",
    ) -> Pipeline:
        """The pipeline as it was when it was saved: live trends keep their ids, and are not announced again.

        Raises BadInput for bytes of another version or no bytes of ours, and what `restore_detector` raises.
        """
        try:
            state = msgspec.msgpack.decode(saved, type=_Saved)
        except msgspec.MsgspecError as error:
            raise BadInput(f"it holds no saved pipeline: {error}") from error
        if state.version != SAVED_VERSION:
            raise BadInput(f"it was saved in form {state.version}, this version reads form {SAVED_VERSION}")
        pipeline = cls(brands, detector=restore_detector(state.detector), id_prefix=id_prefix)
        pipeline._known, pipeline._offers, pipeline._next_round = state.known, state.offers, state.next_round
        return pipeline

    def judge_for(self, brands: Sequence[Brand]) -> None:
        """Judge for these brands from now on; what was counted and offered stays. Raises BadInput and is as before."""
        self.detector.follow(rules_of(brands))
        self.brands = tuple(brands)
        self._next_round = None  # what the new settings make of the live trends shows with the next post

    def forget(self, taken: TakenBack) -> None:
        """Let go of posts that their authors took back: at once for whoever asks, in memory with the next round."""
        known = self._taken.get(taken.platform, TakenBack(taken.platform, frozenset(), frozenset()))
        self._taken[taken.platform] = known.and_also(taken)

    def _erase(self) -> tuple[TakenBack, ...]:
        """Looking through everything that is kept takes ten milliseconds: done for many at once, before a judgement."""
        taken = tuple(self._taken.values())
        if taken:
            self._taken.clear()
            self.detector.erase(taken)
        return taken

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
        taken = self._erase()
        return self._judge_all([without_taken(trend, taken) for trend in announced], now)

    def assess(self, trend_id: str, brand: str, now: datetime) -> Score | None:
        """Judge a live trend for one brand on what is known this second; None once the trend has ended.

        Raises Refused, as `assess_stored` does, for a brand that is not configured.
        """
        self._erase()
        for trend in self.detector.live():
            if trend.id == trend_id:
                return judge(trend, self._brand(brand), now, context=self.context)
        return None

    def assess_stored(self, trend: Trend, brand: str, now: datetime) -> Score:
        """Judge a trend that is no longer live on what was kept of it and on the tragedies known since."""
        return judge(trend, self._brand(brand), now, context=self.context)

    def give_back(self, opportunity: Opportunity) -> None:
        """No card came of it: nobody was asked to look, and the day's budget is not spent."""
        self.context = without(self.context, [(opportunity.brand, opportunity.offered_at)])

    def mourn(self, death: Death) -> Tragedy | None:
        """Remember who died; the tragedy that is new with it. Live trends are judged again with the next post."""
        self.context, tragedy = learn(self.context, death)
        self._judge_again(tragedy is not None)
        return tragedy

    def take_back(self, death: Death) -> tuple[Tragedy, ...]:
        """Forget a death that was said by mistake or malice; what was forgotten, nothing where it stands for long."""
        self.context, forgotten = unlearn(self.context, death)
        self._judge_again(bool(forgotten))
        return forgotten

    def slow_rules(self) -> list[str]:
        """Rules whose regular expression took too long on some post."""
        return self.detector.rules_that_timed_out()

    def _judge_again(self, is_due: bool) -> None:
        if is_due:
            self._next_round = None

    def _judge_all(self, announced: Sequence[Trend], now: datetime) -> list[Judgement]:
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as rows keep it: a restart finds the same time
        fresh = {trend.id for trend in announced}
        told = []
        live = self.detector.live()
        shown = {trend.id for trend in live}
        live += [trend for trend in announced if trend.id not in shown]  # began and ended across a gap of the stream
        # Tragedies first: what they teach the context counts for the other trends of the same second.
        for trend in sorted(live, key=lambda trend: not self._was_blocked(trend.id)):
            judgement = self._judge(trend, now)
            before = self._known.get(trend.id)
            is_news = trend.id in fresh or before is None or before.verdicts != _verdicts(judgement)
            if is_news or judgement.grave is not None:
                told.append(judgement)
            self._remember(judgement)
        self._forget({trend.id for trend in live})
        return told

    def _judge(self, trend: Trend, now: datetime) -> Judgement:
        known = self._known.get(trend.id)
        own = known.offered.items() if known else ()  # the card it has is no reason against it
        seen = with_reading(self.context, trend)
        scores = judge_all(trend, self.brands, now, context=without(seen, own))
        opportunities, remembered = [], self.context.tragedies
        before = known.verdicts if known else {}
        for brand, score in zip(self.brands, scores, strict=True):
            is_new_offer = score.verdict in ASKS and not self._was_offered(trend, brand)
            is_new_block = score.verdict is Verdict.BLOCK and before.get(brand.name) is not Verdict.BLOCK
            if is_new_offer:
                opportunities.append(self._offer(trend, score, brand, now=now))
            if is_new_offer or is_new_block:  # once each: judging again must not spend the day's budget again
                self.context = remember(self.context, trend, score, now=now)
        learnt: tuple[Tragedy, ...] = ()
        if self.context.tragedies is not remembered:
            known_before = set(remembered)
            learnt = tuple(tragedy for tragedy in self.context.tragedies if tragedy not in known_before)
        grave = None if known and known.is_grave else grave_in(trend, scores, seen.reading_of(trend))
        return Judgement(trend, tuple(scores), tuple(opportunities), now, known is None, learnt, grave)

    def _offer(self, trend: Trend, score: Score, brand: Brand, *, now: datetime) -> Opportunity:
        self._offers += 1
        deadline = now + timedelta(seconds=brand.shelf_life_secs)
        return Opportunity(f"{self._id_prefix}o{self._offers}", trend, score, now, deadline)

    def _was_offered(self, trend: Trend, brand: Brand) -> bool:
        """Whether the brand has a card of this trend, or of another live one that speaks of the same happening."""
        happening = _happening(trend)
        return any(
            brand.name in known.offered and (key == trend.id or _is_same(known.happening, happening))
            for key, known in self._known.items()
        )

    def _remember(self, judgement: Judgement) -> None:
        trend = judgement.trend
        known = self._known.get(trend.id)
        offered = {opportunity.brand: judgement.at for opportunity in judgement.opportunities}
        self._known[trend.id] = _Known(
            _happening(trend),
            _verdicts(judgement),
            (known.offered if known else {}) | offered,
            is_grave=judgement.grave is not None or (known is not None and known.is_grave),
        )

    def _forget(self, live: set[str]) -> None:
        for trend_id in self._known.keys() - live:
            del self._known[trend_id]

    def _was_blocked(self, trend_id: str) -> bool:
        known = self._known.get(trend_id)
        return known is not None and Verdict.BLOCK in known.verdicts.values()

    def _brand(self, name: str) -> Brand:
        for brand in self.brands:
            if brand.name == name:
                return brand
        raise Refused(f"{name} is no longer configured")


def rules_of(brands: Sequence[Brand]) -> tuple[str, ...]:
    """The keyword rules of all brands, each once: the detector counts what matches them as terms of their own."""
    return tuple(sorted({rule.match for brand in brands for rule in brand.keywords}))


SAME_POSTS_SHARE = 0.2
"""Two trends of which the smaller shares a fifth of its posts with the other are told apart by nobody."""


def is_same_happening(one: Trend, other: Trend) -> bool:
    """Whether two trends, perhaps of two runs, speak of one happening.

    They do when half of the words in the shorter list of terms are shared (two runs may put the same words into other
    phrases), or when the same posts speak for both.
    """
    return _is_same(_happening(one), _happening(other))


def _is_same(one: _Happening, other: _Happening) -> bool:
    fewest = min(len(one.terms), len(other.terms))
    if fewest > 0 and 2 * len(one.terms & other.terms) >= fewest:
        return True
    fewest = min(len(one.posts), len(other.posts))
    return fewest > 0 and len(one.posts & other.posts) >= SAME_POSTS_SHARE * fewest


def _happening(trend: Trend) -> _Happening:
    words = (word for term in trend.terms for word in term.split())
    return _Happening(frozenset(map(_whole, words)), frozenset(_whole(post.id) for post in trend.evidence))


def _whole(text: str) -> str:
    """Half a surrogate pair, which a stranger may send and no file can keep, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _verdicts(judgement: Judgement) -> dict[str, Verdict]:
    return {score.brand: score.verdict for score in judgement.scores}
