"""Every recorded line and answer of X is a post, or counted with a reason; and a stranger's line ends nothing."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import FakeClock
from monitor.sources.x.stream import Held, lines
from monitor.sources.x.wire import Drop, Goodbye, Heard, Page, read_line, read_page, time_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)
RAW = {
    "x_v2_filtered_stream_2022-04-02": {"post": 368},
    "x_v2_sample_stream_2022-03-23": {"post": 1000},
    "x_v2_tweet_lookup_2021-06-29": {"bad_shape": 102},
    "x_v11_filtered_stream_2018-12-30": {"bad_shape": 500},
    "x_v11_dutch_stream_2016-01-22": {"bad_shape": 1000},
}
"""Files of lines, and what their lines are: what is no line of a v2 stream is counted, the old API's shapes as well."""


def line(**data: Any) -> bytes:
    return json.dumps({"data": {"id": "1510293568803553287", "text": "tea"} | data}).encode()


def kind(said: Heard | Goodbye | Drop) -> str:
    return "post" if isinstance(said, Heard) else "end" if isinstance(said, Goodbye) else said.reason


@pytest.mark.parametrize("name", sorted(RAW))
def test_recorded_lines_are_posts_or_counted(shared: Path, name: str) -> None:
    with gzip.open(shared / "data" / "raw" / f"{name}.jsonl.gz") as file:
        found = [read_line(one.strip(), NOW) for one in file]
    print(f"{name}: {dict(Counter(map(kind, found)))}")
    assert Counter(map(kind, found)) == RAW[name]
    for heard in found:
        if isinstance(heard, Heard):
            timed = time_of(int(heard.post.id))
            assert timed is not None
            assert abs((timed - heard.post.created_at).total_seconds()) < 1
            assert heard.post.text
            assert heard.post.author is not None
            assert heard.post.author_followers is not None


def test_reposts_of_a_recorded_stream_are_told_in_full(shared: Path) -> None:
    with gzip.open(shared / "data" / "raw" / "x_v2_filtered_stream_2022-04-02.jsonl.gz") as file:
        heard = [said for one in file if isinstance(said := read_line(one, NOW), Heard)]
    assert sum(one.post.repost_of is not None for one in heard) == 204
    assert sum(one.post.reply_to is not None for one in heard) == 23
    assert {one.tags for one in heard} == {("#MUNLEI",)}


def test_recorded_pages_and_lines_of_the_emulator_and_the_service(shared: Path) -> None:
    folder = shared / "recordings" / "x"
    found = 0
    for path in sorted((folder / "api").glob("*.json")):
        for one in json.loads(path.read_text(encoding="utf-8"))["interactions"]:
            body = (one["response"]["body"] or {}).get("json")
            if isinstance(body, dict) and isinstance(body.get("data"), list):
                page = read_page(json.dumps(body).encode(), NOW)
                assert isinstance(page, Page)
                assert page.items == len(body["data"])
                found += len(page.found)
                assert page.next_token == body.get("meta", {}).get("next_token")
    assert found > 50
    for entry in json.loads((folder / "playground_transcript.json").read_text(encoding="utf-8")):
        for one in entry["response"].get("lines", []):
            if one.strip():
                said = read_line(one.strip().encode(), NOW)
                assert isinstance(said, Heard)
                assert said.tags


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "bad_json"),
        (b"", "bad_json"),
        (b'{"errors":' + b"[" * 200_000, "bad_json"),
        (b"[" * 200_000, "bad_shape"),
        (b'{"data":{"id":"1","text":"\xff"}}', "not_text"),
        (b"x" * 300_000, "too_long"),
        (b"[]", "bad_shape"),
        (b"null", "bad_shape"),
        (b"{}", "bad_shape"),
        (b'{"data":{"id":"1"}}', "bad_shape"),
        (b'{"errors":[]}', "bad_shape"),
        (line(id=5), "bad_shape"),
        (line(id="x"), "bad_shape"),
        (line(id="9" * 20), "bad_shape"),
        (line(id=str(1 << 62)), "bad_time"),
        (line(id="20"), "bad_time"),
        (line(created_at="2031-01-01T00:00:00Z"), "bad_time"),
        (line(created_at="1999-01-01T00:00:00Z"), "bad_time"),
        (line(created_at="soon"), "bad_shape"),
        (line(public_metrics=3), "bad_shape"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_that_cannot_be_used_has_a_reason(raw: bytes, reason: str) -> None:
    assert kind(read_line(raw, NOW)) == reason


def test_a_line_of_errors_alone_is_the_end_and_with_a_post_it_is_a_post() -> None:
    assert isinstance(read_line(b'{"errors":[{"title":"operational-disconnect"}]}', NOW), Goodbye)
    both = b'{"data":{"id":"1510293568803553287","text":"tea"},"errors":[{"title":"Not Found Error"}]}'
    assert isinstance(read_line(both, NOW), Heard)


def test_rules_without_tags_and_odd_languages_are_nothing_special() -> None:
    raw = json.dumps(
        {
            "data": {"id": "1510293568803553287", "text": "a &lt;b&gt;", "lang": "iw"},
            "matching_rules": [{"id": "1"}, {"id": "2", "tag": None}, {"id": "3", "tag": ""}, {"id": "4", "tag": "t"}],
        }
    ).encode()
    said = read_line(raw, NOW)
    assert isinstance(said, Heard)
    assert (said.tags, said.post.text, said.post.lang) == (("t",), "a <b>", "he")


@given(st.binary(max_size=300))
def test_no_line_raises(raw: bytes) -> None:
    assert isinstance(read_line(raw, NOW), Heard | Goodbye | Drop)
    assert isinstance(read_page(raw, NOW), Page | Drop)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "data", "errors"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["data", "includes", "matching_rules", "errors", "meta"]), JSON))
def test_no_shape_raises(value: dict[str, Any]) -> None:
    raw = json.dumps(value).encode()
    assert isinstance(read_line(raw, NOW), Heard | Goodbye | Drop)
    assert isinstance(read_page(raw, NOW), Page | Drop)


async def cut(raw: bytes, sizes: list[int]) -> tuple[list[bytes], int]:
    """The lines of bytes that come in pieces, and how many were too long."""

    async def pieces() -> AsyncIterator[bytes]:
        place = 0
        for size in sizes:
            yield raw[place : place + size]
            place += size
        yield raw[place:]

    held = Held(FakeClock(NOW), 25.0)
    return [one async for one in lines(pieces(), held)], held.too_long


@given(st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"bcd", b"\r"]), max_size=30), st.lists(st.integers(0, 5)))
async def test_lines_are_the_same_however_they_are_cut(parts: list[bytes], sizes: list[int]) -> None:
    raw = b"".join(parts)
    wanted = [one.rstrip(b"\r") for one in raw.split(b"\n")[:-1]]
    assert await cut(raw, sizes) == (wanted, 0)


async def test_a_line_that_does_not_end_is_skipped_and_the_next_is_read() -> None:
    raw = b"one\n" + b"x" * 1_000_000 + b"\ntwo\nthr"
    assert await cut(raw, [300_000, 300_000, 100]) == ([b"one", b"two"], 1)
    assert await cut(raw, []) == ([b"one", b"two"], 1)
