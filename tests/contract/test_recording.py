"""Reading recordings: packed or not, several files, broken lines counted, only a missing file is fatal."""

from __future__ import annotations

import asyncio
import gzip
import heapq
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clock import FakeClock, SystemClock, to_text
from monitor.errors import BadInput
from monitor.model import Post
from monitor.sources import Tally, load, names
from monitor.sources.recording import (
    MAX_LINE_BYTES,
    REORDER_POSTS,
    Recording,
    Settings,
    build,
    read,
    read_batches,
)

START = datetime(2021, 6, 14, 12, 0, tzinfo=UTC)


def line(number: int, *, secs: float | None = None, **changes: object) -> bytes:
    at = to_text(START + timedelta(seconds=number if secs is None else secs))
    row = {"id": str(number), "platform": "x", "created_at": at, "text": f"post {number}", "author": None}
    return json.dumps(row | changes, ensure_ascii=False).encode()


def plain(data: bytes) -> bytes:
    return data


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Path]:
    def write(data: bytes, name: str = "stream.jsonl") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def read_all(*files: Path, shift_secs: float = 0.0) -> tuple[list[Post], Tally]:
    tally = Tally()
    return list(read(files, tally=tally, shift_secs=shift_secs)), tally


@pytest.mark.parametrize("pack", [plain, gzip.compress, zst], ids=["plain", "gz", "zst"])
def test_packed_or_not_the_posts_are_the_same(keep: Callable[..., Path], pack: Callable[[bytes], bytes]) -> None:
    posts, tally = read_all(keep(pack(b"\n".join(line(n) for n in range(500))), "any.name"))
    assert [post.id for post in posts] == [str(n) for n in range(500)]
    assert posts[0] == Post("0", "x", START, "post 0")
    assert tally.dropped == {}


@pytest.mark.parametrize("pack", [gzip.compress, zst], ids=["gz", "zst"])
def test_appended_segments_are_one_stream(keep: Callable[..., Path], pack: Callable[[bytes], bytes]) -> None:
    posts, tally = read_all(keep(pack(line(1) + b"\n") + pack(line(2) + b"\n")))
    assert [post.id for post in posts] == ["1", "2"]
    assert not tally.dropped


@pytest.mark.parametrize("pack", [gzip.compress, zst], ids=["gz", "zst"])
def test_a_truncated_file_gives_what_it_has_and_says_so(
    keep: Callable[..., Path], pack: Callable[[bytes], bytes]
) -> None:
    whole = pack(b"".join(line(n, text=f"{n * 7919 % 10007} unlike {n * 104729}") + b"\n" for n in range(30_000)))
    posts, tally = read_all(keep(whole[: len(whole) // 2], "half.jsonl.gz"))
    assert 0 < len(posts) < 30_000
    assert tally.dropped == {"truncated": 1}
    assert tally.places[0].startswith("half.jsonl.gz:")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"{", "bad_json"),
        (b"not json at all", "bad_json"),
        (b'["a", "list"]', "bad_shape"),
        (b'{"id": "1"}', "bad_shape"),
        (line(1, text=17), "bad_shape"),
        (line(1, id=None), "bad_shape"),
        (line(1, id=""), "bad_shape"),
        (line(1, created_at="yesterday"), "bad_time"),
        (line(1, created_at="2021-06-14T12:00:00"), "bad_time"),
        (line(1, created_at="3000-01-01T00:00:00Z"), "bad_time"),
        (line(1, created_at="1970-01-01T00:00:00Z"), "bad_time"),
        (line(1, text="y" * MAX_LINE_BYTES), "too_long"),
        (b'{"text": "\xff\xfe"}', "not_text"),
        (b"\x00\x01\x02\x03" * 50, "not_text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_line_is_counted_with_its_place_and_the_rest_is_read(
    keep: Callable[..., Path], broken: bytes, reason: str
) -> None:
    posts, tally = read_all(keep(b"\n".join([line(0), broken, line(2)])))
    assert [post.id for post in posts] == ["0", "2"]
    assert tally.dropped == {reason: 1}
    assert tally.places[0].startswith("stream.jsonl:2: ")
    assert len(tally.places[0]) < 400


def test_the_place_of_a_broken_line_is_right_far_into_the_file(keep: Callable[..., Path]) -> None:
    lines = [line(n) for n in range(5000)]
    lines[4321] = b"{"
    posts, tally = read_all(keep(b"\n".join(lines)))
    assert len(posts) == 4999
    assert tally.places[0].startswith("stream.jsonl:4322: ")


def test_two_posts_on_a_line_and_one_on_two_lines_are_broken(keep: Callable[..., Path]) -> None:
    twice, halves = line(1) + line(2), line(3).replace(b', "text"', b'\n, "text"')
    posts, tally = read_all(keep(b"\n".join([line(0), twice, halves, line(4)])))
    assert [post.id for post in posts] == ["0", "4"]
    assert tally.dropped == {"bad_json": 3}


def test_a_line_of_a_megabyte_does_not_take_its_neighbours_along(keep: Callable[..., Path]) -> None:
    posts, tally = read_all(keep(b"\n".join([line(0), b"x" * 1_000_000, line(1), b"y" * 1_000_000])))
    assert [post.id for post in posts] == ["0", "1"]
    assert tally.dropped == {"too_long": 2}


def test_only_the_first_few_places_are_kept(keep: Callable[..., Path]) -> None:
    _, tally = read_all(keep(b"{\n" * 50))
    assert tally.dropped == {"bad_json": 50}
    assert len(tally.places) == 5


@pytest.mark.parametrize(
    "data", [b"", b"\n\n\n", b"\xef\xbb\xbf", gzip.compress(b"")], ids=["none", "blank", "bom", "gz"]
)
def test_an_empty_file_has_no_posts_and_no_faults(keep: Callable[..., Path], data: bytes) -> None:
    assert read_all(keep(data)) == ([], Tally())


def test_line_ends_of_windows_and_a_byte_order_mark_are_fine(keep: Callable[..., Path]) -> None:
    posts, tally = read_all(keep(b"\xef\xbb\xbf" + line(1) + b"\r\n" + line(2) + b"\r\n"))
    assert [post.id for post in posts] == ["1", "2"]
    assert not tally.dropped


def test_optional_fields_of_a_wrong_type_are_unknown(keep: Callable[..., Path]) -> None:
    (post,), tally = read_all(keep(line(1, likes="many", author=["x"], reposts=True, lang="", id=77, extra={"a": 1})))
    assert (post.id, post.likes, post.author, post.reposts, post.lang) == ("77", None, None, None, None)
    assert not tally.dropped


@pytest.mark.parametrize("name", ["author", "lang", "reply_to", "repost_of", "url"])
def test_an_empty_string_is_unknown_and_an_empty_text_is_a_text(keep: Callable[..., Path], name: str) -> None:
    posts, tally = read_all(keep(line(1, **{name: ""}) + b"\n" + line(2, platform="", text="")))
    assert posts == [Post("1", "x", posts[0].created_at, "post 1"), Post("2", "unknown", posts[1].created_at, "")]
    assert not tally.dropped


def test_an_offset_is_turned_into_utc(keep: Callable[..., Path]) -> None:
    (post,), _ = read_all(keep(line(1, created_at="2021-06-14T14:00:00+02:00")))
    assert post.created_at == START
    assert post.created_at.tzinfo is UTC


def test_several_files_are_merged_by_time(keep: Callable[..., Path]) -> None:
    one = keep(b"\n".join(line(n) for n in range(0, 100, 2)), "even.jsonl")
    two = keep(gzip.compress(b"\n".join(line(n) for n in range(1, 100, 2))), "odd.jsonl.gz")
    posts, _ = read_all(one, two)
    assert [post.id for post in posts] == [str(n) for n in range(100)]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(60)))
def test_a_file_slightly_out_of_order_is_put_right(keep: Callable[..., Path], order: list[int]) -> None:
    posts, _ = read_all(keep(b"\n".join(line(n) for n in order)))
    assert [post.id for post in posts] == [str(n) for n in range(60)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_no_bytes_whatever_raise(keep: Callable[..., Path], data: bytes) -> None:
    read_all(keep(data))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 1999), st.integers(-900, 900), max_size=20))
def test_a_window_of_posts_is_held_back_to_put_right_what_is_late(
    keep: Callable[..., Path], moved: dict[int, int]
) -> None:
    secs = [n + moved.get(n, 0) for n in range(2000)]
    posts, _ = read_all(keep(b"\n".join(line(n, secs=at + 1000) for n, at in enumerate(secs))))
    heap = [(at, n) for n, at in enumerate(secs[:REORDER_POSTS])]
    heapq.heapify(heap)
    known = [heapq.heappushpop(heap, (at, n)) for n, at in enumerate(secs[REORDER_POSTS:], start=REORDER_POSTS)]
    assert [int(post.id) for post in posts] == [n for _, n in (*known, *sorted(heap))]


def test_batches_hold_the_same_posts(keep: Callable[..., Path]) -> None:
    paths = [keep(b"\n".join(line(n) for n in range(1000)), name) for name in ("a.jsonl", "b.jsonl")]
    for files in (paths[:1], paths):
        batches = list(read_batches(files, tally=Tally(), shift_secs=60))
        assert len(batches) > 1
        assert all(batches)
        assert [post for batch in batches for post in batch] == read_all(*files, shift_secs=60)[0]


def test_times_may_be_shifted(keep: Callable[..., Path]) -> None:
    posts, _ = read_all(keep(line(1, secs=0)), shift_secs=3600)
    assert posts[0].created_at == START + timedelta(hours=1)


def test_progress_ends_with_all_bytes_read(keep: Callable[..., Path]) -> None:
    path = keep(gzip.compress(b"\n".join(line(n) for n in range(2000))), "s.gz")
    told: list[tuple[int, int]] = []
    list(read([path], tally=Tally(), progress=lambda done, total: told.append((done, total))))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_a_missing_file_or_a_folder_is_refused_before_the_first_post(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.jsonl: cannot be read: No such file"):
        read([tmp_path / "nowhere.jsonl"], tally=Tally())
    with pytest.raises(BadInput, match="is a folder"):
        read([tmp_path], tally=Tally())


# The source


def test_the_recording_is_a_source_by_its_name() -> None:
    assert "recording" in names()
    module = load("recording")
    source = module.build(module.Settings(files=["a.jsonl"]), Tally(), SystemClock())
    assert source.name == "recording"
    assert source.is_recording


def source_of(path: Path, clock: FakeClock, **changes: object) -> Recording:
    return build(Settings.model_validate({"files": [str(path)], **changes}), Tally(), clock)


async def test_batches_keep_the_order_and_end(keep: Callable[..., Path]) -> None:
    source = source_of(keep(b"\n".join(line(n) for n in range(300))), FakeClock(START + timedelta(days=1)))
    batches = [batch async for batch in source.posts(None)]
    assert [post.id for batch in batches for post in batch.posts] == [str(n) for n in range(300)]
    assert all(len(batch.posts) <= 64 for batch in batches)


async def test_a_cursor_resumes_behind_the_batch(keep: Callable[..., Path]) -> None:
    source = source_of(keep(b"\n".join(line(n) for n in range(300))), FakeClock(START + timedelta(days=1)))
    first = await anext(source.posts(None))
    rest = [post.id async for batch in source.posts(first.cursor) for post in batch.posts]
    assert rest[0] == str(len(first.posts))
    assert rest[-1] == "299"


async def test_speed_spreads_the_posts_over_time(keep: Callable[..., Path]) -> None:
    clock = FakeClock(START + timedelta(days=1))
    source = source_of(keep(b"\n".join(line(n, secs=60 * n) for n in range(10))), clock, speed=60.0)
    seen: list[tuple[float, str]] = []
    began = clock.now()

    async def collect() -> None:
        async for batch in source.posts(None):
            seen.extend(((clock.now() - began).total_seconds(), post.id) for post in batch.posts)

    async with asyncio.TaskGroup() as group:
        group.create_task(collect(), name="collect")
        for _ in range(40):
            await clock.advance(0.25)
    assert [key for _, key in seen] == [str(n) for n in range(10)]
    assert all(abs(at - number) <= 0.5 for number, (at, _) in enumerate(seen))


async def test_shift_now_lets_the_first_post_fall_on_the_present(keep: Callable[..., Path]) -> None:
    clock = FakeClock(START + timedelta(days=1000))
    source = source_of(keep(line(0) + b"\n" + line(30)), clock, shift="now")
    posts = [post async for batch in source.posts(None) for post in batch.posts]
    assert [post.created_at - clock.now() for post in posts] == [timedelta(0), timedelta(seconds=30)]


async def test_an_empty_recording_ends_at_once(keep: Callable[..., Path]) -> None:
    assert [batch async for batch in source_of(keep(b""), FakeClock(START)).posts(None)] == []
