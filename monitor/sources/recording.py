"""Recorded streams: JSON lines, plain, .gz or .zst, several files merged by time, read at any speed."""

from __future__ import annotations

import gzip
import heapq
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import IO, Annotated, Any, Literal

import msgspec
import zstandard
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock, SystemClock
from monitor.errors import BadInput
from monitor.model import Post
from monitor.sources import Batch, Tally

MAX_LINE_BYTES = 256 * 1024
"""Longer lines are dropped unread: no post of any platform comes near it."""
MAX_ID_CHARS = 512
CHUNK_BYTES = 64 * 1024
ZST_CHUNK_BYTES = 2 * 1024
"""Compressed bytes fed at once: bounds what one step of a malicious .zst can unpack to about 64 MB."""
REORDER_POSTS = 512
"""How far, in posts, a line may stand from its place in time and still be put right."""
BATCH_POSTS = 64
"""Posts handed over at once; between two batches the loop serves others."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A post dated further in the future than this is a mistake."""

Progress = Callable[[int, int], None]
"""Told the bytes read so far and the bytes of all files together."""


MOST_SHIFT_SECS = 3e9
"""Ninety-five years either way: more is a slip of the finger, and leaves the calendar."""


class Settings(BaseModel):
    """What a person writes under `sources: recording:`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    files: list[str] = Field(min_length=1, max_length=1000)
    speed: Annotated[float, Field(gt=0.0, le=1e6)] | None = None
    """None: as fast as possible; 1.0: real time; 60.0: an hour in a minute."""
    shift: Annotated[float, Field(ge=-MOST_SHIFT_SECS, le=MOST_SHIFT_SECS)] | Literal["now"] | None = None
    """Seconds added to every time, or `now`: the first post falls on the present."""


class _Line(msgspec.Struct):
    """One line as it is written; optional fields of a wrong type are taken as unknown."""

    id: str | int
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    text: str
    platform: Any = None
    author: Any = None
    author_followers: Any = None
    lang: Any = None
    reply_to: Any = None
    repost_of: Any = None
    likes: Any = None
    reposts: Any = None
    url: Any = None


_decode = msgspec.json.Decoder(_Line).decode
_created_at = attrgetter("created_at")


def read(
    files: Sequence[str | Path],
    *,
    tally: Tally,
    shift_secs: float = 0.0,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Iterator[Post]:
    """Yield the posts of all files in order of time, each moved by `shift_secs`.

    Lines that cannot be used are counted in `tally` and skipped. Raises BadInput, before the first post, for a file
    that cannot be opened.
    """
    paths = [_checked(Path(file)) for file in files]
    latest = (clock or SystemClock()).now() + AHEAD
    meter = _Meter(sum(path.stat().st_size for path in paths), progress)
    streams = [_in_order(_posts(path, tally, latest=latest, meter=meter)) for path in paths]
    merged: Iterator[Post] = heapq.merge(*streams, key=_created_at) if len(streams) > 1 else streams[0]
    return _shifted(merged, timedelta(seconds=shift_secs)) if shift_secs else merged


class _Meter:
    """Adds up the bytes read of all files and tells whoever wants to know."""

    def __init__(self, total_bytes: int, tell: Progress | None) -> None:
        self.total_bytes = total_bytes
        self.done_bytes = 0
        self._tell = tell

    def add(self, count: int) -> None:
        self.done_bytes += count
        if self._tell is not None:
            self._tell(self.done_bytes, self.total_bytes)


class _Damaged(Exception):
    """The compressed file ends early or makes no sense from here on."""


def _checked(path: Path) -> Path:
    """The path, or BadInput when it cannot be opened for reading."""
    try:
        if path.is_dir():
            raise BadInput(f"{path}: is a folder; name the recorded files in it")
        if path.is_fifo():
            raise BadInput(f"{path}: is a pipe, which cannot be read twice; keep it in a file first")
        with path.open("rb"):
            return path
    except OSError as error:
        raise BadInput(f"{str(path)[:200]}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a null byte in the name
        raise BadInput(f"{str(path)[:200]!r}: is no name of a file: {error}") from error


def _posts(path: Path, tally: Tally, *, latest: datetime, meter: _Meter) -> Iterator[Post]:
    """The usable posts of one file as they stand in it."""
    number = 0
    try:
        for number, line in enumerate(_lines(path, meter), start=1):
            post = _post(line, f"{path.name}:{number}", tally=tally, latest=latest)
            if post is not None:
                yield post
    except _Damaged as error:
        tally.drop("truncated", f"{path.name}:{number + 1}: {error}")
    except OSError as error:
        tally.drop("truncated", f"{path.name}:{number + 1}: reading stopped: {error.strerror or error}")


def _post(line: bytes | None, place: str, *, tally: Tally, latest: datetime) -> Post | None:
    """The post a line holds, or None after counting why it holds none; an empty line is nothing to count."""
    if line is None:
        tally.drop("too_long", f"{place}: a line of more than {MAX_LINE_BYTES} bytes")
        return None
    if not line or line.isspace():
        return None
    try:
        found = _decode(line)
    except msgspec.ValidationError as error:
        reason = "bad_time" if "$.created_at" in str(error) else "bad_shape"
        tally.drop(reason, f"{place}: {error}")
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        tally.drop("bad_json" if _is_text(line) else "not_text", f"{place}: {_short(error)}")
        return None
    if not EARLIEST <= found.created_at <= latest:
        tally.drop("bad_time", f"{place}: created_at {found.created_at.isoformat()} cannot be true")
        return None
    identity = str(found.id)
    if not 0 < len(identity) <= MAX_ID_CHARS:
        tally.drop("bad_shape", f"{place}: id of {len(identity)} characters")
        return None
    return _to_post(found, identity)


def _to_post(found: _Line, identity: str) -> Post:
    at = found.created_at
    return Post(
        id=identity,
        platform=_text(found.platform) or "unknown",
        created_at=at if at.tzinfo is UTC else at.astimezone(UTC),
        text=found.text,
        author=_text(found.author),
        author_followers=_count(found.author_followers),
        lang=_text(found.lang),
        reply_to=_text(found.reply_to),
        repost_of=_text(found.repost_of),
        likes=_count(found.likes),
        reposts=_count(found.reposts),
        url=_text(found.url),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_text(line: bytes) -> bool:
    """Whether a line could have been JSON at all: valid UTF-8 without null bytes."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in line


def _short(error: Exception) -> str:
    return str(error)[:120]


def _lines(path: Path, meter: _Meter) -> Iterator[bytes | None]:
    """The lines of a file without their ends; None for one that is too long. Memory stays bounded."""
    rest, skipping = b"", False
    for chunk in _chunks(path, meter):
        head, *tail = chunk.split(b"\n")
        rest = b"" if skipping else rest + head
        if len(rest) > MAX_LINE_BYTES:
            rest, skipping = b"", True
        if tail:
            yield None if skipping else rest
            skipping = False
            yield from (line if len(line) <= MAX_LINE_BYTES else None for line in tail[:-1])
            rest = tail[-1]
    if skipping:
        yield None
    elif rest:
        yield rest


def _chunks(path: Path, meter: _Meter) -> Iterator[bytes]:
    """The unpacked bytes of a file; how it is packed is read from its first bytes, not from its name."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic[:2] == b"\x1f\x8b":
            chunks = _gzip_chunks(file, meter)
        elif magic == zstandard.FRAME_HEADER:
            chunks = _zst_chunks(file, meter)
        else:
            chunks = _plain_chunks(file, meter)
        first = next(chunks, b"")
        yield from chain([first.removeprefix(b"\xef\xbb\xbf")], chunks)


def _plain_chunks(file: IO[bytes], meter: _Meter) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        meter.add(len(chunk))
        yield chunk


def _gzip_chunks(file: IO[bytes], meter: _Meter) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            before = 0
            while chunk := unpacked.read1(CHUNK_BYTES):
                at = file.tell()
                meter.add(at - before)
                before = at
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _Damaged(f"the .gz is cut short or damaged here: {_short(error)}") from error


def _zst_chunks(file: IO[bytes], meter: _Meter) -> Iterator[bytes]:
    """Unpack frame after frame: appended segments are one stream to the reader."""
    unpacker, rest, is_open = zstandard.ZstdDecompressor().decompressobj(), b"", False
    try:
        while packed := rest or file.read(ZST_CHUNK_BYTES):
            meter.add(0 if rest else len(packed))
            yield unpacker.decompress(packed)
            is_open, rest = not unpacker.eof, unpacker.unused_data if unpacker.eof else b""
            if not is_open:
                unpacker = zstandard.ZstdDecompressor().decompressobj()
    except zstandard.ZstdError as error:
        raise _Damaged(f"the .zst is damaged here: {_short(error)}") from error
    if is_open:
        raise _Damaged("the .zst is cut short here")


def _in_order(posts: Iterator[Post]) -> Iterator[Post]:
    """Put right what stands up to REORDER_POSTS away from its place; equal times keep their order."""
    heap = [(post.created_at, number, post) for number, post in enumerate(islice(posts, REORDER_POSTS))]
    heapq.heapify(heap)
    for number, post in enumerate(posts, start=REORDER_POSTS):
        yield heapq.heappushpop(heap, (post.created_at, number, post))[2]
    while heap:
        yield heapq.heappop(heap)[2]


def _shifted(posts: Iterator[Post], by: timedelta) -> Iterator[Post]:
    for post in posts:
        yield _moved(post, by)


def _moved(post: Post, by: timedelta) -> Post:
    return replace(post, created_at=post.created_at + by) if by else post


class Recording:
    """A recorded stream as a source; ends when the files do. The cursor is the number of posts handed over."""

    name = "recording"
    is_recording = True

    def __init__(self, settings: Settings, tally: Tally, clock: Clock) -> None:
        self._settings = settings
        self._tally = tally
        self._clock = clock

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        """Yield the posts behind cursor `since` at the wished speed. Reads in steps of well under a millisecond."""
        done = int(since) if since and since.isdecimal() else 0
        # Timed from the first post that is handed over: a restart in the middle does not wait for the first half.
        stream = islice(read(self._settings.files, tally=self._tally, clock=self._clock), done, None)
        first = next(stream, None)
        if first is None:
            return
        started = self._clock.now()
        shift = self._shift(first, started)
        pending: list[Post] = []
        for post in chain([first], stream):
            wait_secs = self._wait_secs(post, first, started)
            if pending and (len(pending) >= BATCH_POSTS or wait_secs > 0):
                done += len(pending)
                yield Batch(pending, str(done))
                pending = []
                await self._clock.sleep(wait_secs)
            pending.append(_moved(post, shift))
        if pending:
            yield Batch(pending, str(done + len(pending)))

    def _shift(self, first: Post, now: datetime) -> timedelta:
        if self._settings.shift == "now":
            return now - first.created_at
        return timedelta(seconds=self._settings.shift or 0.0)

    def _wait_secs(self, post: Post, first: Post, started: datetime) -> float:
        """Seconds until a post is due at the wished speed; 0 when it is due or speed does not matter."""
        if self._settings.speed is None:
            return 0.0
        due_secs = (post.created_at - first.created_at).total_seconds() / self._settings.speed
        return max(0.0, due_secs - (self._clock.now() - started).total_seconds())


def build(settings: Settings, tally: Tally, clock: Clock) -> Recording:
    """The source over these files; nothing is opened yet."""
    return Recording(settings, tally, clock)
