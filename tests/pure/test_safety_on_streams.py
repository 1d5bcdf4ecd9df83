"""The guard on recorded evenings: what a brand must never use is never offered, what is fine is hardly ever blocked."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.keywords import cut
from monitor.model import Brand, Post, Score, Stage, Trend, Verdict
from monitor.score import judge
from monitor.signals.context import Context, remember
from monitor.signals.words.common import COMMON, SMALL

OPEN_BRAND = Brand("open", "Open", min_voices=1)
"""Nothing but the guard stands in its way: no verdict of this test needs a bridge."""
DENSE, SPARSE = timedelta(minutes=3), timedelta(minutes=30)
GRAVE = {"tragic", "disaster", "social-justice", "political", "manipulation", "misinformation"}


@cache
def _posts(path: Path) -> tuple[Post, ...]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(_post(json.loads(line)) for line in lines)


def _post(raw: dict[str, Any]) -> Post:
    return Post(**{**raw, "created_at": _time(raw["created_at"])})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _described(happening: dict[str, Any], posts: tuple[Post, ...], length: timedelta) -> Trend:
    """What a detector would hand on: the posts of the first minutes that meet the pattern, 200 at most."""
    began = _time(happening["onset"]) - timedelta(seconds=30)
    pattern = re.compile(happening["pattern"], re.IGNORECASE)
    window = [post for post in posts if began <= post.created_at < began + length]
    evidence = tuple(post for post in window if pattern.search(post.text))[:200]
    return _trend(happening["name"], tuple(happening["terms"]), evidence, began=began)


def _trend(name: str, terms: tuple[str, ...], evidence: tuple[Post, ...], *, began: datetime) -> Trend:
    return Trend(
        id=name,
        name=name,
        terms=terms,
        stage=Stage.RISING,
        started_at=began,
        detected_at=began,
        peaked_at=None,
        ended_at=None,
        posts=len(evidence),
        voices=len(evidence),
        authors=None,
        significance=9.0,
        velocity=len(evidence) / 3,
        expected_velocity=0.5,
        samples=evidence[:3],
        evidence=evidence,
        volume=(len(evidence),),
        volume_started_at=began,
        volume_step_secs=60,
    )


def _outcome(score: Score) -> Verdict:
    """What the guard says: block, caution, or nothing against it."""
    signals = score.signals
    if any(signal.veto is Verdict.BLOCK for signal in signals):
        return Verdict.BLOCK
    return Verdict.CAUTION if any(signal.caution for signal in signals) else Verdict.OFFER


@pytest.fixture(scope="module")
def outcomes(shared: Path) -> list[tuple[dict[str, Any], Verdict]]:
    """Every described happening of every stream with the guard's answer."""
    found = []
    for path in sorted((shared / "data" / "events").glob("*.yaml")):
        described = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        posts = _posts(shared / "data" / described["file"])
        length = DENSE if described["dense"] else SPARSE
        for one in described["events"]:
            trend = _described(one, posts, length)
            found.append((one | {"stream": path.stem}, _outcome(judge(trend, OPEN_BRAND, trend.started_at))))
    return found


def test_what_a_brand_must_never_use_is_never_offered(outcomes: list[tuple[dict[str, Any], Verdict]]) -> None:
    offered = [
        f"{one['stream']}: {one['id']}" for one, said in outcomes if one["advice"] == "never" and said is Verdict.OFFER
    ]
    assert not offered


def test_what_is_grave_is_mostly_blocked_not_only_doubted(outcomes: list[tuple[dict[str, Any], Verdict]]) -> None:
    said = Counter(said for one, said in outcomes if one["tone"] in GRAVE)
    assert said[Verdict.OFFER] == 0
    assert said[Verdict.BLOCK] >= 0.75 * said.total()


def test_what_is_fine_is_hardly_ever_blocked(outcomes: list[tuple[dict[str, Any], Verdict]]) -> None:
    fine = [(f"{one['stream']}: {one['id']}", said) for one, said in outcomes if one["advice"] == "ok"]
    blocked = [name for name, said in fine if said is Verdict.BLOCK]
    assert len(blocked) < 0.1 * len(fine), blocked
    assert sum(said is Verdict.OFFER for _, said in fine) > 0.8 * len(fine)


def _loud_words(posts: list[Post]) -> dict[str, list[Post]]:
    """The ten words that stand in most posts of an hour, each with its posts: what a naive detector would announce."""
    found: dict[str, list[Post]] = {}
    for post in posts:
        for word in cut(post.text).tokens - COMMON - SMALL:
            if len(word) > 3:
                found.setdefault(word, []).append(post)
    loudest = sorted(found, key=lambda word: (-len(found[word]), word))[:10]
    return {word: found[word] for word in loudest if len(found[word]) >= 5}


@pytest.mark.parametrize(
    ("stream", "began"),
    [("x_boston_bombings_2013", "2013-04-15T19:00:00Z"), ("x_hurricane_sandy_2012", "2012-10-28T00:00:00Z")],
)
def test_no_loud_word_of_a_tragedy_is_offered_in_all_its_days(shared: Path, stream: str, began: str) -> None:
    with gzip.open(shared / "data" / "labels" / f"{stream}.csv.gz", "rt", encoding="utf-8") as file:
        on_topic = {row["id"] for row in csv.DictReader(file) if row["topic"] == "on-topic"}
    hours: dict[datetime, list[Post]] = {}
    for post in _posts(shared / "data" / "streams" / f"{stream}.jsonl.gz"):
        if post.created_at >= _time(began):
            hours.setdefault(post.created_at.replace(minute=0, second=0, microsecond=0), []).append(post)
    context, said, offered = Context(), Counter[Verdict](), []
    for hour, posts in sorted(hours.items()):
        for word, spoken in _loud_words(posts).items():
            trend = _trend(word, (word,), tuple(spoken[-200:]), began=hour)
            score = judge(trend, OPEN_BRAND, hour, context=context)
            context = remember(context, trend, score, now=hour)
            if sum(post.id in on_topic for post in spoken) >= len(spoken) / 2:
                said[_outcome(score)] += 1
                offered += [f"{hour:%d %H}h {word}"] * (_outcome(score) is Verdict.OFFER)
    assert said.total() > 300
    assert not offered
    assert said[Verdict.BLOCK] > 0.9 * said.total()
