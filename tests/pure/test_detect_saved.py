"""A detector saved at any point and restored says what it would have said, and nothing else is taken for one."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.detect.bursts import BurstSettings
from monitor.detect.detector import Detector, DetectSettings
from monitor.detect.saved import FORM, PostTable, posts_of
from monitor.errors import BadInput
from monitor.model import Post, Stage, Trend
from tests.crowd import START, chatter, happening, play, post

SMALL = DetectSettings(
    bursts=BurstSettings(capacity=1 << 10), remembered_ids=300, remembered_texts=200, recent_posts=500
)
"""So small that terms, ids, texts and posts are forgotten within a quarter of an hour."""
SAYINGS = (
    ("The lights went out at the stadium", "Lights out in the stadium", "who turned off the stadium lights"),
    ("What a goal by Schick", "GOAL Schick!!", "Schick from the halfway line"),
    ("The ferry hit the old pier", "a ferry crashed into the pier", "ferry and pier, what a noise"),
)
LATE_SECS = -900.0
LISTENED_EVERY = 150
"""Posts after which everybody is asked what lives and what has ended."""


def busy(moments: Sequence[tuple[int, int]]) -> list[Post]:
    """A quarter of an hour of chatter in which people say one thing or the other, some with copies and reposts."""
    posts = chatter(14)
    for saying, minute in moments:
        posts += happening(SAYINGS[saying], minute * 60.0)
        posts += [
            post(SAYINGS[saying][0] + " and it will not end", minute * 60.0 + 20 + n, key=f"{minute}c{n}")
            for n in range(5)
        ]
        posts += [post(SAYINGS[saying][1], minute * 60.0 + 30, key=f"{minute}r{n}", repost_of="x") for n in range(5)]
    return sorted(posts, key=lambda one: (one.created_at, one.id))


def said(posts: Sequence[Post], *, restarts: Collection[int] = (), under: DetectSettings = SMALL) -> list[list[Trend]]:
    """All that a detector says of posts, started again after some of them; a few posts come twice, a few too late."""
    detector, heard = Detector(under), []
    for place, one in enumerate(posts):
        detector.add(one)
        detector.add(posts[max(0, place - 40)])
        if place % 50 == 0:
            detector.add(post("much too late", LATE_SECS, key=f"late {place}"))
        heard.append(detector.advance(one.created_at - timedelta(seconds=place % 3)))
        if place % LISTENED_EVERY == 0:
            heard += [detector.live(), detector.ended()]
        if place in restarts:
            detector = Detector.restore(detector.save(), under)
    end = posts[-1].created_at
    heard += [detector.advance(end + timedelta(minutes=minutes)) for minutes in (1, 5, 600)]
    return [*heard, detector.live(), detector.ended()]


MOMENTS = st.lists(st.tuples(st.integers(0, 2), st.integers(4, 12)), min_size=1, max_size=3, unique=True)


@settings(max_examples=15, deadline=None)
@given(MOMENTS, st.sets(st.integers(0, 900), min_size=1, max_size=4))
def test_a_restart_at_any_point_changes_nothing_that_is_said(
    moments: list[tuple[int, int]], restarts: set[int]
) -> None:
    posts = busy(moments)
    assert said(posts, restarts=restarts) == said(posts)


def test_the_streams_of_these_tests_have_something_to_say() -> None:
    trends = [trend for heard in said(busy([(0, 5), (1, 9)])) for trend in heard]
    assert len({trend.id for trend in trends}) >= 2
    assert {Stage.RISING, Stage.FADING, Stage.ENDED} <= {trend.stage for trend in trends}


def test_the_streams_of_these_tests_make_a_detector_forget() -> None:
    posts = busy([(0, 5)])
    small, large = Detector(SMALL), Detector()
    play(posts, small)
    play(posts, large)
    assert small.sizes()["terms"] < large.sizes()["terms"] - SMALL.bursts.capacity // 8
    assert small.sizes()["recent"] < large.sizes()["recent"]


STREAM = "x_euro2020_sco_cze.jsonl.gz"


def test_a_restart_within_a_recorded_evening_changes_nothing_that_is_said(shared: Path) -> None:
    posts = recorded(shared / "data" / "streams" / STREAM)
    steady = said(posts, under=DetectSettings())
    assert len({trend.id for trends in steady for trend in trends}) >= 3
    restarts = range(len(posts) // 5, len(posts), len(posts) // 5)
    assert said(posts, restarts=restarts, under=DetectSettings()) == steady


def recorded(path: Path) -> list[Post]:
    """The middle of a recording."""
    with gzip.open(path) as lines:
        rows = [msgspec.json.decode(line) for line in lines][4000:12000]
    posts = [Post(**{**row, "created_at": datetime.fromisoformat(row["created_at"]).astimezone(UTC)}) for row in rows]
    return sorted(posts, key=lambda one: one.created_at)


# --- what is in it ---------------------------------------------------------------------------------------------------


@cache
def full() -> Detector:
    """A detector with something in every field."""
    posts = busy([(0, 5), (1, 9), (2, 13)])
    detector = Detector(SMALL)
    play(posts, detector, until_secs=posts[-1].created_at.timestamp() - START.timestamp())
    for ahead in range(3):
        detector.add(post("soon", 900.0 + ahead, key=f"ahead {ahead}"))
    return detector


@cache
def saved() -> bytes:
    return full().save()


def test_the_detector_of_these_tests_has_something_in_every_field() -> None:
    sizes = full().sizes()
    assert all(sizes.values()), sizes
    assert full()._trends._past
    assert full()._trends.ended


NOT_KEPT = {"_slots", "_free", "_room", "tests"}
"""Of the vocabulary where a term is looked up and which numbers come next, which other tests compare; room to spare;
and what the bar is told anew in every tick."""


def picture(value: Any) -> Any:
    """All that is in an object, with all that is in it."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tolist()
    if isinstance(value, list | tuple | deque):
        return [picture(one) for one in value]
    if is_dataclass(value):
        return {field.name: picture(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "__dict__"):
        return {name: picture(inside) for name, inside in vars(value).items() if name not in NOT_KEPT}
    return value


def test_no_field_of_any_part_is_forgotten() -> None:
    saved()  # makes the rows of open steps one, which means the same
    assert picture(Detector.restore(saved(), SMALL)) == picture(full())


def test_saved_again_it_is_the_same() -> None:
    assert Detector.restore(saved(), SMALL).save() == saved()


def test_an_empty_detector_is_saved_too() -> None:
    assert picture(Detector.restore(Detector().save())) == picture(Detector())


def test_trends_keep_their_ids_and_new_ones_count_on_under_the_new_prefix() -> None:
    detector = Detector(SMALL)
    (old,) = play(busy([(0, 5)])[:400], detector)
    after = Detector.restore(detector.save(), SMALL, id_prefix="next-")
    assert {trend.id for trend in after.live()} == {old.id} == {"t1"}
    new = play(busy([(0, 5), (1, 10)])[400:], after)
    assert [trend.id for trend in new] == ["next-2"]


STRANGE_TEXT = st.text(st.characters())
POSTS = st.builds(
    Post,
    id=STRANGE_TEXT,
    platform=st.sampled_from(["x", "bluesky"]),
    created_at=st.datetimes(timezones=st.just(UTC)),
    text=STRANGE_TEXT,
    author=st.none() | STRANGE_TEXT,
    likes=st.none() | st.integers(),
    repost_of=st.none() | st.just(""),
)


@settings(deadline=None)
@given(st.lists(POSTS, max_size=5))
@example([Post("\ud83d", "x", START, "\ude00\0", author="\ud83d", likes=1 << 80)])
def test_posts_are_kept_as_they_are_even_half_a_pair_of_surrogates(posts: list[Post]) -> None:
    table = PostTable()
    numbers = [table.number(one) for one in [*posts, *posts]]
    assert numbers == [*range(len(posts))] * 2
    assert posts_of(table.state()) == posts
    detector = Detector(SMALL)
    for one in posts:
        detector.add(one)
    assert picture(Detector.restore(detector.save(), SMALL)._pending) == picture(detector._pending)


OTHER_PROCESS = """
import sys
from monitor.detect.detector import Detector
from tests.crowd import play
from tests.pure.test_detect_saved import SMALL, busy
detector = Detector.restore(sys.stdin.buffer.read(), SMALL)
posts = busy([(0, 5), (1, 9)])
print([play(posts[300:], detector), detector.duplicates])
"""


OTHER_NAME = """
from monitor.detect.naming import describe
from monitor.detect.duplicates import VOICE
from monitor.detect.recent import Seen
from tests.crowd import post
texts = [Seen(post("alpha beta gamma delta epsilon zeta eta theta", 0.0), VOICE, 0.0)] * 4
print(describe(frozenset(), texts, lambda term: 1.0).terms)
"""


def test_another_process_shows_the_same_terms_of_what_everybody_says() -> None:
    assert len({other_process(OTHER_NAME, seed=seed) for seed in "123"}) == 1


def other_process(program: str, *, seed: str, told: bytes = b"") -> str:
    """What a program prints whose hashes of texts are other ones."""
    there = subprocess.run(
        [sys.executable, "-c", program],
        input=told,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    return there.stdout.decode().strip()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_goes_on_and_knows_again_what_it_saw(seed: str) -> None:
    posts = busy([(0, 5), (1, 9)])
    detector = Detector(SMALL)
    play(posts[:400], detector, until_secs=0.0)
    there = other_process(OTHER_PROCESS, seed=seed, told=detector.save())
    assert there == str([play(posts[300:], detector), detector.duplicates])
    assert detector.duplicates == 100


# --- what is refused -------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@example(0.0, 1)
def test_damage_at_any_place_is_told(where: float, flipped: int) -> None:
    broken = bytearray(saved())
    broken[int(where * len(broken))] ^= flipped
    with pytest.raises(BadInput, match=r"the saved detector is (damaged|of another version|none of ours)"):
        Detector.restore(bytes(broken), SMALL)


@settings(max_examples=50, deadline=None)
@given(
    st.binary(max_size=60)
    | st.integers(0, len(FORM) + 400).map(lambda size: saved()[:size])
    | st.just(b"\0").map(lambda more: saved() + more)
)
def test_what_is_cut_short_or_something_else_is_told(content: bytes) -> None:
    assume(content != saved())
    with pytest.raises(BadInput, match="the saved detector"):
        Detector.restore(content, SMALL)


@pytest.mark.parametrize(
    "other",
    [
        DetectSettings(),
        replace(SMALL, late_secs=601),
        replace(SMALL, bursts=replace(SMALL.bursts, rise=1.31)),
        replace(SMALL, trends=replace(SMALL.trends, overlap=0.51)),
    ],
    ids=["all", "its own", "of bursts", "of trends"],
)
def test_a_detector_of_other_settings_is_refused(other: DetectSettings) -> None:
    with pytest.raises(BadInput, match="other settings"):
        Detector.restore(saved(), other)


def test_a_detector_of_another_version_is_refused() -> None:
    with pytest.raises(BadInput, match="another version"):
        Detector.restore(saved().replace(FORM, b"bonmot detector 0\n", 1), SMALL)
