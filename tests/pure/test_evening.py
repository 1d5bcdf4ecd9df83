"""The scripted evening: the same for the same seed, varied, well-formed, and telling the story it promises."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from monitor.model import Post, Verdict
from monitor.sources import Tally, recording
from responders.demo.evening import LIGHTS_OUT_SECS_BEFORE_END, evening, script, write
from responders.demo.grammar import say

END = datetime(2026, 2, 1, 21, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return evening(7, END)


def during(posts: list[Post], name: str, secs: float) -> list[Post]:
    """The posts of the first `secs` of a scene that hold one of its terms."""
    scene = next(scene for scene in script() if scene.name == name)
    start = END - timedelta(minutes=45) + timedelta(seconds=scene.begins_secs)
    term = re.compile("|".join(map(re.escape, scene.terms)), re.IGNORECASE)
    inside = (post for post in posts if start <= post.created_at < start + timedelta(seconds=secs))
    return [post for post in inside if term.search(post.text)]


def test_the_same_seed_tells_the_same_evening_and_another_one_another(posts: list[Post]) -> None:
    assert evening(7, END) == posts
    assert [post.text for post in evening(8, END)] != [post.text for post in posts]


@pytest.mark.parametrize("seed", range(3))
def test_an_evening_has_thousands_of_posts_in_order_of_time_with_ids_of_their_own(seed: int) -> None:
    posts = evening(seed, END)
    times = [post.created_at for post in posts]
    assert 4000 <= len(posts) <= 8000
    assert times == sorted(times)
    assert END - timedelta(minutes=45) <= times[0]
    assert END - timedelta(seconds=5) < times[-1] < END
    assert len({post.id for post in posts}) == len(posts)


def test_texts_vary_except_reposts_and_the_campaign(posts: list[Post]) -> None:
    own = [post.text for post in posts if post.repost_of is None and "CoinRain" not in post.text]
    assert len(set(own)) > 0.97 * len(own)
    assert Counter(own).most_common(1)[0][1] <= 8


def test_many_people_write_and_a_few_of_them_a_lot(posts: list[Post]) -> None:
    counts = Counter(post.author for post in posts)
    assert len(counts) > 2000
    assert counts.most_common(1)[0][1] > 15
    assert {post.platform for post in posts} == {"bluesky", "mastodon"}


def test_five_languages_are_spoken_and_english_most(posts: list[Post]) -> None:
    counts = Counter(post.lang for post in posts)
    assert set(counts) == {"en", "es", "pl", "ja", "ar"}
    assert all(count > 50 for count in counts.values())
    assert counts["en"] > len(posts) * 0.8


def test_a_repost_names_an_earlier_post_and_carries_its_text(posts: list[Post]) -> None:
    by_id = {post.id: post for post in posts}
    reposts = [post for post in posts if post.repost_of is not None]
    assert 100 < len(reposts) < len(posts) / 10
    for post in reposts:
        original = by_id[str(post.repost_of)]
        assert original.created_at <= post.created_at
        assert original.text == post.text
        assert original.repost_of is None


def test_the_lights_go_out_within_seconds_and_four_minutes_before_the_end(posts: list[Post]) -> None:
    assert script()[-1].begins_secs == 45 * 60 - LIGHTS_OUT_SECS_BEFORE_END
    assert len(during(posts, "lights out", 30)) > 60
    assert len(during(posts, "lights out", 240)) > 300


def test_every_loud_scene_is_loud_in_its_first_minutes(posts: list[Post]) -> None:
    loud = [scene for scene in script() if scene.kind != "chatter"]
    assert {scene.name: len(during(posts, scene.name, 120)) > 45 for scene in loud} == {s.name: True for s in loud}


def test_the_script_says_what_is_wanted() -> None:
    wanted = {scene.kind: (scene.wanted, scene.brands) for scene in script() if scene.wanted}
    assert wanted == {
        "tragedy": (Verdict.BLOCK, ()),
        "loud": (Verdict.IGNORE, ()),
        "harmless": (Verdict.OFFER, ("oreo", "tide")),
    }


def test_a_shorter_evening_keeps_the_lights_at_its_end_and_too_short_a_one_is_refused() -> None:
    posts = evening(7, END, minutes=20)
    assert script(20)[-1].begins_secs == 16 * 60
    assert posts[0].created_at >= END - timedelta(minutes=20)
    with pytest.raises(ValueError, match="at least 15 minutes, not 5"):
        evening(7, END, minutes=5)


def test_what_is_written_is_read_back_the_same(posts: list[Post], tmp_path: Path) -> None:
    path = tmp_path / "evening.jsonl"
    write(posts, path)
    tally = Tally()
    assert list(recording.read([path], tally=tally)) == posts
    assert tally.dropped == {}


def test_a_pattern_that_calls_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="deeper than"):
        say(Random(1), "{again}", {"again": ["{again}"]})
