"""Two recordings of different years laid over each other: the times, the mistakes, and what came from which."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.clock import to_text
from monitor.errors import BadInput
from monitor.merge import Origins, Shift, in_secs, merged, spread
from monitor.model import Post
from monitor.replay import is_mixed, mostly_from, run
from monitor.sources import Tally
from responders.commands.replay import summary

OLD = datetime(2016, 6, 19, 23, 0, 0, 250_000, tzinfo=UTC)
NEW = datetime(2021, 6, 14, 14, 0, 0, tzinfo=UTC)

Keep = Callable[..., Path]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Write posts `(seconds after begin, text)` as a recording."""

    def write(name: str, begin: datetime, said: Sequence[tuple[float, str]]) -> Path:
        path = tmp_path / f"{name}.jsonl"
        lines = [
            {"id": f"{name}-{n}", "created_at": to_text(begin + timedelta(seconds=secs)), "text": text}
            for n, (secs, text) in enumerate(said)
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def old(keep: Keep) -> Path:
    return keep("old", OLD, [(0, "a"), (10, "b")])


@pytest.fixture
def new(keep: Keep) -> Path:
    return keep("new", NEW, [(0, "c"), (7.5, "d")])


@pytest.mark.parametrize(
    ("shifts", "count", "expected"),
    [
        ([], 1, [0.0]),
        ([], 3, [0.0, 0.0, 0.0]),
        ([60.0], 1, [60.0]),
        ([60.0], 3, [0.0, 60.0, 60.0]),
        (["align"], 2, [0.0, "align"]),
        ([1.0, -2.0], 2, [1.0, -2.0]),
        ([1.0, "align", 3.0], 3, [1.0, "align", 3.0]),
    ],
)
def test_one_shift_moves_all_but_the_first_and_several_are_each_their_own(
    shifts: list[Shift], count: int, expected: list[Shift]
) -> None:
    assert spread(shifts, count) == expected


@pytest.mark.parametrize(("given", "count"), [(2, 1), (2, 3), (4, 3)])
def test_any_other_number_of_shifts_is_refused_in_words(given: int, count: int) -> None:
    with pytest.raises(BadInput, match=f"--shift is given {given} times for {count} files?: give it once"):
        spread([1.0] * given, count)


def test_a_single_file_is_not_laid_over_itself() -> None:
    with pytest.raises(BadInput, match="there is one file"):
        spread(["align"], 1)


def test_aligned_files_begin_together_to_the_microsecond(old: Path, new: Path) -> None:
    moved_secs = in_secs([old, new], ["align"])
    posts = list(merged([old, new], moved_secs, tally=Tally()))
    assert [(post.text, post.created_at - OLD) for post in posts] == [
        ("a", timedelta()), ("c", timedelta()), ("d", timedelta(seconds=7.5)), ("b", timedelta(seconds=10)),
    ]  # fmt: skip


def test_later_files_meet_the_first_where_it_was_moved_to(old: Path, new: Path) -> None:
    posts = list(merged([old, new], in_secs([old, new], [60.0, "align"]), tally=Tally()))
    assert {post.created_at for post in posts if post.text in "ac"} == {OLD + timedelta(seconds=60)}


def test_one_number_leaves_the_first_file_alone_and_moves_the_second_exactly(old: Path, new: Path) -> None:
    posts = {post.text: post.created_at for post in merged([old, new], in_secs([old, new], [-0.5]), tally=Tally())}
    assert posts["a"] == OLD
    assert posts["c"] == NEW - timedelta(milliseconds=500)


def test_a_file_without_a_post_cannot_be_aligned(old: Path, keep: Keep) -> None:
    empty = keep("empty", NEW, [])
    with pytest.raises(BadInput, match=r"empty\.jsonl: holds no post, so there is nothing to align"):
        in_secs([old, empty], ["align"])


def test_the_bytes_of_all_files_are_told_as_one(old: Path, new: Path) -> None:
    told: list[tuple[int, int]] = []
    list(merged([old, new], [0.0, 0.0], tally=Tally(), progress=lambda done, total: told.append((done, total))))
    size = old.stat().st_size + new.stat().st_size
    assert told[-1] == (size, size)


def test_it_is_known_which_file_a_post_came_from(old: Path, new: Path) -> None:
    origins = Origins(2)
    posts = list(merged([old, new], in_secs([old, new], ["align"]), tally=Tally(), origins=origins))
    assert origins.counts(posts[:3]) == (1, 2)
    assert (origins.span(0), origins.span(1)) == (timedelta(seconds=10), timedelta(seconds=7.5))


def test_what_is_known_of_old_posts_is_bounded() -> None:
    origins = Origins(1, remembered=10)
    posts = [Post(str(n), "x", OLD, "hello") for n in range(100)]
    for post in posts:
        origins.note(post, 0)
    assert origins.counts(posts[:50]) == (0,)
    assert 10 <= origins.counts(posts)[0] <= 20


@pytest.mark.parametrize(
    ("counts", "most", "mixed"),
    [((20, 0), 0, False), ((19, 1), 0, False), ((2, 18), 1, True), ((5, 5), 0, True), ((0, 0), None, False)],
)
def test_a_trend_is_of_one_file_or_mixed(counts: tuple[int, int], most: int | None, mixed: bool) -> None:
    assert (mostly_from(counts), is_mixed(counts)) == (most, mixed)


def an_evening(seed: int, words: str, shout: str) -> list[tuple[float, str]]:
    """Forty minutes of chatter; after half an hour many people shout the same few words, each in their own way."""
    random = Random(seed)
    pick = words.split()
    said = [(secs, f"{' '.join(random.sample(pick, 4))} {random.randrange(10**6)}") for secs in range(0, 2400, 2)]
    said += [(1800 + random.random() * 60, f"{shout} {random.choice(pick)} {random.randrange(99)}") for _ in range(90)]
    return sorted(said)


@pytest.fixture
def two_evenings(keep: Keep, tmp_path: Path) -> tuple[list[Path], list[Path]]:
    rink, opera = "puck skate bench coach ice stick glove save pass helmet", "aria tenor chorus stage violin seat act"
    files = [
        keep("rink", OLD, an_evening(1, rink, "zamboni caught fire")),
        keep("opera", NEW, an_evening(2, opera, "chandelier fell")),
    ]
    lists = []
    for file, begin, term in ((files[0], OLD, "zamboni"), (files[1], NEW, "chandelier")):
        onset = to_text(begin + timedelta(seconds=1800))
        lists.append(tmp_path / f"{file.stem}.yaml")
        lists[-1].write_text(f"events: [{{id: {term}, onset: '{onset}', terms: [{term}], strength: major}}]\n")
    return files, lists


def test_two_merged_streams_give_the_trends_of_both_apart(two_evenings: tuple[list[Path], list[Path]]) -> None:
    files, lists = two_evenings
    report = run(files, brands=[], events_file=lists, shifts=["align"])
    met = report["events"]
    assert (met["found"], met["listed"], met["mixed"]) == (2, 2, 0)
    assert [(one["found"], one["listed"], one["missed"]) for one in met["by_file"]] == [(1, 1, []), (1, 1, [])]
    assert all(min(trend["files"]) == 0 < max(trend["files"]) for trend in report["trends"])
    assert report["first"] == to_text(OLD)
    assert any("0 trends rest on posts of more than one file" in line for line in summary(report))


def test_one_list_is_reported_as_it_always_was(two_evenings: tuple[list[Path], list[Path]]) -> None:
    files, lists = two_evenings
    alone = run(files[:1], brands=[], events_file=lists[0])
    assert set(alone["events"]) == {
        "found", "listed", "majors_found", "majors_listed", "median_delay_secs", "p90_delay_secs", "quiet_alerts",
        "quiet_minutes", "alerts_per_hour", "duplicates", "missed",
    }  # fmt: skip
    assert all("files" not in trend for trend in alone["trends"])


def test_a_list_without_a_file_is_refused(old: Path, two_evenings: tuple[list[Path], list[Path]]) -> None:
    _, lists = two_evenings
    with pytest.raises(BadInput, match="belongs to no recording"):
        run([old], brands=[], events_file=lists)


def figures_by(report: dict[str, Any], key: str) -> list[Any]:
    return [one[key] for one in report["events"]["by_file"]]


def test_a_list_moves_with_its_file(two_evenings: tuple[list[Path], list[Path]]) -> None:
    files, lists = two_evenings
    together_secs = (OLD - NEW).total_seconds() + 3601.5
    report = run(files, brands=[], events_file=lists, shifts=[3600.0, together_secs])
    assert figures_by(report, "found") == [1, 1]
    assert all(0 <= delay < 60 for delay in figures_by(report, "median_delay_secs"))
