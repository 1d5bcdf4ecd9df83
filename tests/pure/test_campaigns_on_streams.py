"""Real campaigns laid over real crowds: the campaign is suspected, the crowd around it is not."""

from __future__ import annotations

import csv
import gzip
import heapq
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from monitor.detect.detector import Detector
from monitor.examples import trend_from_texts
from monitor.model import Brand, Post, Score, Signal, Verdict
from monitor.pipeline import Pipeline
from monitor.score import judge

BRAND = Brand("open", "Open", min_voices=1)
KOCH, GAMES = "x_troll_kochfarms_2015", "x_troll_hashtag_games_2016"
LOOK_SECS = 30
"""How often the live trends are asked."""
CROWDS = {
    "reddit_nba_finals_g7_2016": (25, 25),
    "x_football_avl_shu_2020": (50, 60),
    "x_worldcup2022_opening": (50, 60),
}
"""What is replayed, in minutes before and after the middle of an organic stream: thin ones need longer to settle."""
CLEARLY = 20
"""Posts of a campaign in a trend, from which it must be suspected: fewer may be anybody's."""


@cache
def _posts(folder: Path, stream: str) -> tuple[Post, ...]:
    with gzip.open(folder / "data" / "streams" / f"{stream}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(_post(json.loads(line)) for line in lines)


def _post(raw: dict[str, Any]) -> Post:
    return Post(**{**raw, "created_at": datetime.fromisoformat(raw["created_at"]).astimezone(UTC)})


@cache
def _campaign(folder: Path, stream: str) -> frozenset[str]:
    """Ids of the posts that the researchers count to the campaign."""
    with gzip.open(folder / "data" / "labels" / f"{stream}.csv.gz", "rt", encoding="utf-8") as file:
        return frozenset(row["id"] for row in csv.DictReader(file) if row["in_campaign"] == "1")


def _overlay(folder: Path, crowd: str, campaign: str) -> Iterator[Post]:
    """The troll stream moved so that its campaign gets going in the middle of the organic one."""
    organic, trolls, ids = _posts(folder, crowd), _posts(folder, campaign), _campaign(folder, campaign)
    middle = organic[len(organic) // 2].created_at.replace(second=0, microsecond=0)
    under_way = [post.created_at for post in trolls if post.id in ids][len(ids) // 10]
    moved = (structs.replace(post, created_at=post.created_at + (middle - under_way)) for post in trolls)
    merged = heapq.merge(organic, moved, key=lambda post: post.created_at)
    before, after = (timedelta(minutes=minutes) for minutes in CROWDS[crowd])
    return (post for post in merged if middle - before <= post.created_at <= middle + after)


@dataclass(slots=True)
class Told:
    """What was said of the trends of a replay: the gravest answer of each, and how much of it was the campaign."""

    campaign: dict[str, Signal] = field(default_factory=dict)
    organic: dict[str, Signal] = field(default_factory=dict)


def _authenticity(scores: Iterable[Score]) -> Signal:
    return next(signal for score in scores for signal in score.signals if signal.name == "authenticity")


def _replay(posts: Iterable[Post], ids: frozenset[str]) -> Told:
    """Through the pipeline as `replay` does it, every live trend asked twice a minute."""
    told, pipeline, next_look = Told(), Pipeline([BRAND], detector=Detector()), None
    for post in posts:
        pipeline.add(post)
        if next_look is not None and post.created_at < next_look:
            continue
        next_look = post.created_at + timedelta(seconds=LOOK_SECS)
        for trend in pipeline.detector.live():
            theirs = sum(one.id in ids for one in trend.evidence)
            score = pipeline.assess(trend.id, BRAND.name, post.created_at)
            if score is not None and (theirs >= CLEARLY or theirs == 0):
                _keep(told.campaign if theirs else told.organic, trend.name, _authenticity([score]))
    return told


def _keep(signals: dict[str, Signal], name: str, signal: Signal) -> None:
    if name not in signals or signal.value < signals[name].value:
        signals[name] = signal


@pytest.fixture(scope="module")
def replays(shared: Path) -> dict[str, Told]:
    """The food-poisoning hoax laid over three evenings of sport."""
    return {crowd: _replay(_overlay(shared, crowd, KOCH), _campaign(shared, KOCH)) for crowd in CROWDS}


def test_hoax_over_an_evening_of_sport_is_suspected_coordination(replays: dict[str, Told]) -> None:
    announced = {crowd: told.campaign for crowd, told in replays.items() if told.campaign}
    assert announced, "a hoax of a hundred posts a minute is announced over one evening at least"
    for crowd, trends in announced.items():
        vetoed = [signal for signal in trends.values() if signal.veto is Verdict.BLOCK]
        assert vetoed, f"{crowd}: {[signal.why for signal in trends.values()]}"
        assert all("suspected coordination" in signal.why for signal in vetoed)
        assert all(signal.veto or signal.caution for signal in trends.values()), "none passes for a crowd"


def test_no_trend_of_the_evening_itself_is_suspected(replays: dict[str, Told]) -> None:
    for crowd, told in replays.items():
        assert len(told.organic) >= 3
        assert not [f"{crowd}: {name}: {signal.why}" for name, signal in told.organic.items() if signal.veto]


def _judged(posts: Iterable[Post]) -> Signal:
    """What is said of a trend that rests on these posts, the newest 200 at most."""
    evidence = tuple(posts)[-200:]
    trend = replace(trend_from_texts(["a trend"], evidence[-1].created_at), evidence=evidence)
    return _authenticity([judge(trend, BRAND, evidence[-1].created_at)])


@pytest.mark.parametrize(("campaign", "share"), [(KOCH, 0.85), (GAMES, 0.85)])
@pytest.mark.parametrize("minutes", [10, 30])
def test_slices_of_a_campaign_are_nearly_all_suspected(shared: Path, campaign: str, share: float, minutes: int) -> None:
    ids, length = _campaign(shared, campaign), timedelta(minutes=minutes)
    posts = [post for post in _posts(shared, campaign) if post.id in ids]
    slices = []
    while posts:
        begins = posts[0].created_at
        slices.append([post for post in posts if post.created_at < begins + length])
        posts = posts[len(slices[-1]) :]
    judged = [_judged(one) for one in slices if len(one) >= CLEARLY]
    assert len(judged) >= 6
    assert sum(signal.veto is Verdict.BLOCK for signal in judged) >= share * len(judged)
    assert all(signal.veto or signal.caution for signal in judged), "none passes for a crowd"


@pytest.mark.parametrize(
    ("pattern", "onset"),
    [
        ("giving away|cashed out", "2021-01-29T21:41:18Z"),
        ("voyager", "2021-01-30T23:13:17Z"),
        (r"clearing ?house", "2021-01-31T21:03:09Z"),
    ],
    ids=["giveaway", "referral", "pasted at politicians"],
)
def test_genuine_spam_in_an_organic_stream_is_suspected(shared: Path, pattern: str, onset: str) -> None:
    began = datetime.fromisoformat(onset)
    until = began + timedelta(minutes=30)
    spam = [
        post
        for post in _posts(shared, "x_robinhood_2021")
        if began <= post.created_at < until and re.search(pattern, post.text, re.IGNORECASE)
    ]
    assert _judged(spam).veto is Verdict.BLOCK
