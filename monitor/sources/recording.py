"""Recorded streams: JSON lines, plain, .gz or .zst, several files merged by time, read at any speed."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from monitor.clock import Clock, SystemClock
from monitor.errors import BadInput
from monitor.model import Post
from monitor.packed import Damaged, chunks
from monitor.probing import Finding, failed, fine
from monitor.sources import Batch, Tally

MAX_LINE_BYTES = 256 * 1024
"""Longer lines are dropped unread: no post of any platform comes near it."""
MAX_ID_CHARS = 512
REORDER_POSTS = 512
"""How far, in posts, a line may stand from its place in time and still be put right."""
MERGED_POSTS = 256
"""Posts of several files handed on at once."""
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
    has_media: Any = None


_decode = msgspec.json.Decoder(_Line).decode
_decode_post = msgspec.json.Decoder(Post).decode
_decode_posts = msgspec.json.Decoder(Post).decode_lines
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
    batches = read_batches(files, tally=tally, shift_secs=shift_secs, progress=progress, clock=clock)
    return chain.from_iterable(batches)


def read_batches(
    files: Sequence[str | Path],
    *,
    tally: Tally,
    shift_secs: float = 0.0,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Iterator[list[Post]]:
    """Yield what `read` yields, as lists of some hundred posts, never empty. Raises as `read` does."""
    paths = [_checked(Path(file)) for file in files]
    latest = (clock or SystemClock()).now() + AHEAD
    meter = _Meter(sum(path.stat().st_size for path in paths), progress)
    streams = [_in_order(_posts(path, tally, latest=latest, meter=meter)) for path in paths]
    merged = _merged(streams) if len(streams) > 1 else streams[0]
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


def _posts(path: Path, tally: Tally, *, latest: datetime, meter: _Meter) -> Iterator[list[Post]]:
    """The usable posts of one file as they stand in it."""
    number = 0
    try:
        for block in _blocks(path, meter):
            posts = _all_sound(block, latest)
            if posts is None:
                found = (
                    _quick(line, latest) or _post(line, f"{path.name}:{place}", tally=tally, latest=latest)
                    for place, line in enumerate(block.split(b"\n"), start=number + 1)
                )
                posts = [post for post in found if post is not None]
            yield posts
            number += block.count(b"\n") + 1
    except Damaged as error:
        tally.drop("truncated", f"{path.name}:{number + 1}: {error}")
    except OSError as error:
        tally.drop("truncated", f"{path.name}:{number + 1}: reading stopped: {error.strerror or error}")


def _all_sound(block: bytes, latest: datetime) -> list[Post] | None:
    """The posts of a block whose lines are all just as they should be; None where one may need a closer look."""
    signs = np.frombuffer(block, np.uint8)
    quotes, ends = signs == ord('"'), np.flatnonzero(signs == ord("\n"))
    # Two quotes beside each other may be an empty string, which is taken as unknown.
    if len(block) > MAX_LINE_BYTES or (quotes[1:] & quotes[:-1]).any() or not _are_whole(signs, ends):
        return None
    try:
        posts = _decode_posts(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if len(posts) != ends.size + 1:
        return None
    times = [post.created_at for post in posts]
    if {at.tzinfo for at in times} != {UTC} or min(times) < EARLIEST or max(times) > latest:
        return None
    return posts if max([len(post.id) for post in posts]) <= MAX_ID_CHARS else None


def _are_whole(signs: NDArray[np.uint8], ends: NDArray[np.intp]) -> bool:
    """Whether every line, as far as braces tell, is one thing: JSON has no } and { beside each other within one.

    Then a block that has as many things as lines has one on each.
    """
    if not signs.size or signs[-1] != ord("}"):
        return False
    return bool(signs[0] == ord("{") and (signs[ends + 1] == ord("{")).all() and (signs[ends - 1] == ord("}")).all())


def _quick(line: bytes, latest: datetime) -> Post | None:
    """The post of a line that is just as it should be, which nearly all are; None where it needs a closer look."""
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        post = _decode_post(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    at = post.created_at
    if not (at.tzinfo is UTC and EARLIEST <= at <= latest and len(post.id) <= MAX_ID_CHARS):
        return None
    strings = (post.id, post.platform, post.author, post.lang, post.reply_to, post.repost_of, post.url)
    return None if "" in strings else post


def _post(line: bytes, place: str, *, tally: Tally, latest: datetime) -> Post | None:
    """The post a line holds, or None after counting why it holds none; an empty line is nothing to count."""
    if len(line) > MAX_LINE_BYTES:
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
        has_media=found.has_media if isinstance(found.has_media, bool) else None,
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


def _blocks(path: Path, meter: _Meter) -> Iterator[bytes]:
    """The file in blocks of whole lines, without the last line's end.

    Memory stays bounded: of a line that is too long, just enough is kept to show that it is.
    """
    rest = b""
    for chunk in chunks(path, meter.add):
        lines, end, behind = chunk.rpartition(b"\n")
        if end:
            yield rest + lines
            rest = behind
        elif len(rest) <= MAX_LINE_BYTES:
            rest += behind
        rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield rest


def _in_order(batches: Iterator[list[Post]]) -> Iterator[list[Post]]:
    """Put right what stands up to REORDER_POSTS away from its place; equal times keep their order."""
    held: list[Post] = []
    for batch in batches:
        ready, held = _settled(held, batch)
        if ready:
            yield ready
    if held:
        yield held


def _settled(held: list[Post], batch: list[Post]) -> tuple[list[Post], list[Post]]:
    """What can be handed on now that `batch` is known, and the posts held back, which are in order."""
    times = [post.created_at for post in (*held[-1:], *batch)]
    if times == sorted(times):
        known = held + batch
        ready = max(0, len(known) - REORDER_POSTS)
        return known[:ready], known[ready:]
    heap = [(post.created_at, number, post) for number, post in enumerate(held)]
    handed: list[Post] = []
    for number, post in enumerate(batch, start=len(held)):
        heapq.heappush(heap, (post.created_at, number, post))
        if len(heap) > REORDER_POSTS:
            handed.append(heapq.heappop(heap)[2])
    return handed, [post for _, _, post in sorted(heap)]


def _merged(streams: Sequence[Iterator[list[Post]]]) -> Iterator[list[Post]]:
    posts = heapq.merge(*map(chain.from_iterable, streams), key=_created_at)
    while batch := list(islice(posts, MERGED_POSTS)):
        yield batch


def _shifted(batches: Iterator[list[Post]], by: timedelta) -> Iterator[list[Post]]:
    for batch in batches:
        yield [_moved(post, by) for post in batch]


def _moved(post: Post, by: timedelta) -> Post:
    return msgspec.structs.replace(post, created_at=post.created_at + by) if by else post


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


async def probe(settings: Settings, _http: object, _clock: Clock) -> list[Finding]:
    """Whether the files are there."""
    try:
        return [fine("", f"{len([_checked(Path(file)) for file in settings.files])} files can be read")]
    except BadInput as error:
        return [failed("", error, "write the path as it is seen from where the bot is started")]


def build(settings: Settings, tally: Tally, clock: Clock) -> Recording:
    """The source over these files; nothing is opened yet."""
    return Recording(settings, tally, clock)
