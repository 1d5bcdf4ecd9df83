"""Posts that nobody wrote: the made-up stream has its promised shape, thickened streams their promised volume."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

import pytest

from monitor.bench.speed import lean_line, rule_texts
from monitor.bench.stream import STEADY_WORDS, Planted, Talk, made_up
from monitor.bench.thicken import read_texts, read_volumes, thicken
from monitor.errors import BadInput
from monitor.keywords import parse
from monitor.model import Post

START = datetime(2024, 1, 1, tzinfo=UTC)
SECOND = int(START.timestamp())
TEXTS = [f"what a day number {n}" for n in range(50)]


@pytest.fixture(scope="module")
def made() -> list[Post]:
    return list(Talk(7, planted=[Planted(2, 4, ("zamboni", "fire"))]).posts(START, 0.0, 10_000))


def share(posts: list[Post], sign: str) -> float:
    return mean(sign in post.text for post in posts)


def test_made_up_posts_have_the_shape_of_real_ones(made: list[Post]) -> None:
    assert mean(len(post.text.split()) for post in made) == pytest.approx(14, abs=1)
    assert mean(len(post.text) for post in made) == pytest.approx(86, abs=6)
    assert share(made, "https://") == pytest.approx(0.15, abs=0.02)
    assert share(made, "#") == pytest.approx(0.20, abs=0.02)
    assert share(made, "@") == pytest.approx(0.20, abs=0.02)
    assert mean(not post.text.isascii() for post in made) == pytest.approx(0.15, abs=0.02)
    assert mean(post.repost_of is not None for post in made) == pytest.approx(0.10, abs=0.02)
    assert 300 <= mean(len(lean_line(post)) for post in made) <= 430


def test_made_up_posts_are_the_same_for_the_same_seed_and_never_share_an_id(made: list[Post]) -> None:
    assert list(Talk(7, planted=[Planted(2, 4, ("zamboni", "fire"))]).posts(START, 0.0, 500)) != made[:500]
    again = list(Talk(7, planted=[Planted(2, 4, ("zamboni", "fire"))]).posts(START, 0.0, 10_000))
    assert again == made
    assert len({post.id for post in made}) == len(made)


def test_a_thousand_posts_stand_in_a_second_and_reposts_repeat_a_text(made: list[Post]) -> None:
    assert made[-1].created_at - START == timedelta(milliseconds=9_999)
    texts = {post.id: post.text for post in made}
    assert all(texts[post.repost_of] == post.text for post in made if post.repost_of)


def test_planted_words_are_said_while_their_burst_lasts(made: list[Post]) -> None:
    secs = [(post.created_at - START).total_seconds() for post in made if "zamboni fire" in post.text]
    own = [at for at in secs if 2 <= at < 6]
    assert len(own) > 30
    assert min(secs) >= 2


def test_new_words_keep_coming_while_frequent_ones_stay() -> None:
    talk = Talk(7)
    morning, evening = (
        Counter(word for post in talk.posts(START, hour * 3600.0, 4_000) for word in post.text.split())
        for hour in (1, 13)
    )
    steady = {made_up(rank) for rank in range(60, 300)}
    assert len(steady & morning.keys() & evening.keys()) > 0.8 * len(steady)
    tail = {word for word in evening if word.isalpha() and word.isascii() and word not in morning}
    assert len(tail) > STEADY_WORDS


def test_there_are_a_thousand_rules_that_the_rule_language_reads() -> None:
    rules = rule_texts()
    assert len(rules) == 1_000
    assert all(parse(rule) for rule in rules)


def own_post(secs: float) -> Post:
    return Post(f"own {secs}", "x", START + timedelta(seconds=secs), "the real thing")


def test_chatter_fills_every_second_exactly_up_to_its_volume() -> None:
    posts = [own_post(0.5), own_post(1.2), own_post(1.4), own_post(1.6)]
    got = thicken(posts, {SECOND: 5, SECOND + 1: 2, SECOND + 3: 7}, TEXTS, terms=[])
    held = Counter(int(post.created_at.timestamp()) - SECOND for post in got)
    assert held == {0: 5, 1: 3, 3: 7}
    assert [post for post in got if post.text == "the real thing"] == posts
    assert got == sorted(got, key=lambda post: post.created_at)
    assert len({post.id for post in got}) == len(got)


def test_chatter_is_the_same_for_the_same_seed_only() -> None:
    volumes = {SECOND + secs: 9 for secs in range(5)}
    first = thicken([], volumes, TEXTS, terms=["goal"], seed=1)
    assert first == thicken([], volumes, TEXTS, terms=["goal"], seed=1)
    assert [post.text for post in first] != [post.text for post in thicken([], volumes, TEXTS, terms=["goal"], seed=2)]


def test_no_text_is_said_twice_before_all_were_said() -> None:
    got = thicken([], {SECOND: 50, SECOND + 1: 50}, TEXTS, terms=[])
    assert set(Counter(post.text for post in got).values()) == {2}


def test_a_third_of_the_chatter_carries_a_tracked_word() -> None:
    got = thicken([], {SECOND: 3_000}, TEXTS, terms=["#derby", "keeper"])
    assert mean("#derby" in post.text or "keeper" in post.text for post in got) == pytest.approx(1 / 3, abs=0.03)


def test_volumes_without_a_text_to_fill_them_are_refused() -> None:
    with pytest.raises(ValueError, match="no text"):
        thicken([], {SECOND: 1}, [], terms=[])


def test_volumes_and_texts_are_read_as_they_lie(tmp_path: Path) -> None:
    volumes = tmp_path / "v.csv.gz"
    volumes.write_bytes(gzip.compress(b"second,posts\n2024-01-01T00:00:00Z,5\n2024-01-01T00:00:02Z,7\n"))
    assert read_volumes(volumes) == {SECOND: 5, SECOND + 2: 7}
    table = tmp_path / "nlp" / "semeval_sentiment" / "train.tsv.gz"
    plain = tmp_path / "nlp" / "tweeteval" / "irony" / "val_text.txt"
    for path in (table, plain):
        path.parent.mkdir(parents=True)
    table.write_bytes(gzip.compress("id\tlabel\ttext\n1\tpositive\tgood\u2028morning\n".encode()))
    plain.write_text("oh great\n\nrain again\n", encoding="utf-8")
    assert read_texts(tmp_path / "nlp") == ["good\u2028morning", "oh great", "rain again"]


@pytest.mark.parametrize(
    "packed",
    [b"no archive", gzip.compress(b"second,posts\nsoon,5\n", mtime=0), gzip.compress(b"a,b\n1,2\n", mtime=0)],
    ids=["no archive", "no number", "other columns"],
)
def test_a_broken_volume_table_is_named(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "v.csv.gz"
    path.write_bytes(packed)
    with pytest.raises(BadInput, match=r"v\.csv\.gz: is no packed table"):
        read_volumes(path)


def test_a_lean_line_is_one_json_object() -> None:
    line = lean_line(own_post(0.25))
    assert json.loads(line)["created_at"] == "2024-01-01T00:00:00.250Z"
    assert "\n" not in line
