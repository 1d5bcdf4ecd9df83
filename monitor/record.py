"""Keeps what comes in, so that people can replay their own streams: a folder a source, packed segments of an hour.

A segment is JSON lines in Zstandard frames, one frame a write: what was written before a crash can be read after it.
What was taken back is noted at once and leaves the segments within hours; so do segments that are too old or too many.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec

import msgspec
import structlog
import zstandard

from monitor.aside import Aside, Thread
from monitor.clock import Clock
from monitor.erase import TakenBack
from monitor.errors import BadInput
from monitor.model import Post
from monitor.packed import Damaged, chunks
from monitor.sources import Batch
from monitor.watch import Watch

log = structlog.get_logger()

P = ParamSpec("P")

SEGMENT = "%Y-%m-%dT%H"
ENDING = ".jsonl.zst"
TAKEN_FILE = "taken-back.jsonl"
"""Ids of posts and authors that are still to be taken out of the segments beside it."""
FLUSH_BYTES = 1 << 20
"""Lines that are compressed together, at most: small frames pack badly, large ones are lost in a crash."""
LEVEL = 3
SWEEP_EVERY = timedelta(hours=6)
"""Far within the 24 hours in which a deleted post has to be gone."""
LONGEST: dict[str, timedelta] = {"x": timedelta(hours=24), "reddit": timedelta(hours=48)}
"""Networks that do not tell us of deletions and ask that a deleted post be gone in time (X: developer policy, "content
compliance"; Reddit: Data API terms, 48 hours): nothing of theirs is kept for longer, whatever the settings say."""
TERMS: dict[str, str] = {
    "bluesky": "posts stay their authors'; deletions are honoured; keep them to yourself",
    "mastodon": "posts stay their authors'; deletions are honoured; the server's own rules count",
    "wikipedia": "text under CC BY-SA 4.0: name the article and the licence when you pass it on",
    "hackernews": "posts stay their authors'; keep them to yourself",
    "feeds": "the publisher's copyright; keep them to yourself",
    "x": "X's developer policy: 24 hours here, ids only to others, no training of models",
    "reddit": "Reddit's Data API terms: 48 hours here, no training of models",
}
"""What may be done with a recording, by source; written beside it."""
README = "TERMS.txt"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept."""

    most_bytes: int
    """Of all segments of all sources together, compressed."""
    most_age: timedelta


@dataclass(slots=True)
class _Open:
    """The segment that is being written."""

    path: Path
    hour: str
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    """Bytes of lines that wait."""


@dataclass(slots=True)
class Kept:
    """What was kept of one source in this run."""

    posts: int = 0
    bytes: int = 0
    """Compressed."""


class Keeper:
    """A recorder behind the event loop: its work is done in a thread, and a full disk ends recording, not listening."""

    def __init__(self, recorder: Recorder, aside: Aside) -> None:
        self.recorder = recorder
        self._aside = aside
        self.failed = ""
        """Why nothing is kept any more."""

    async def take(self, source: str, batch: Batch) -> None:
        """Keep a batch."""
        await self._do(self.recorder.take, source, batch)

    async def flush(self) -> None:
        """Write down what waits: before a cursor says that it is done."""
        await self._do(self.recorder.flush)

    async def close(self) -> None:
        """Write down the rest; idempotent."""
        await self._do(self.recorder.close)

    def attach(self, watch: Watch) -> None:
        """Have it keep what a watch reads; no cursor says that a post is done that is not written down."""
        save_cursor, save_state = watch.save_cursor, watch.save_state

        async def cursor(source: str, cursor: str) -> None:
            await self.flush()
            await save_cursor(source, cursor)

        async def state(cursors: Mapping[str, str]) -> None:
            await self.flush()
            await save_state(cursors)

        watch.keep, watch.save_cursor, watch.save_state = self.take, cursor, state

    async def _do(self, act: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        if self.failed:
            return
        try:
            await self._aside.call(act, *args, **kwargs)
        except OSError as error:
            self.failed = error.strerror or str(error)
            log.error("recording_failed", place=str(self.recorder.folder), reason=self.failed)


@asynccontextmanager
async def keeping(folder: Path, limits: Limits, clock: Clock) -> AsyncIterator[Keeper]:
    """A recorder in a thread of its own, closed at the end. Raises BadInput where nothing can be written."""
    keeper, thread = Recorder(folder, limits, clock), Thread("recorder")
    try:
        made = Keeper(keeper, thread)
        yield made
        await made.close()
    finally:
        thread.close()


class Recorder:
    """Writes what sources deliver below `folder`. Blocking, for one thread at a time; `close` writes the rest."""

    def __init__(self, folder: Path, limits: Limits, clock: Clock) -> None:
        """Raises BadInput where nothing can be written there."""
        self.folder = folder
        self.kept: dict[str, Kept] = {}
        self._limits = limits
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._pack = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._swept_at: datetime | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{folder}: recordings cannot be kept there: {error.strerror}") from error

    def take(self, source: str, batch: Batch) -> None:
        """Keep the posts of a batch and note what was taken back. Raises OSError."""
        if batch.posts:
            self._write(source, batch.posts)
        if batch.deleted or batch.gone:
            self._note(source, TakenBack(source, frozenset(batch.deleted), frozenset(batch.gone)))
        now = self._clock.now()
        if self._swept_at is None or abs(now - self._swept_at) >= SWEEP_EVERY:
            self.sweep()

    def _write(self, source: str, posts: Sequence[Post]) -> None:
        segment = self._segment(source)
        for post in posts:
            line = msgspec.json.encode(post)
            segment.lines.append(line)
            segment.size += len(line)
            self.kept[source].posts += 1
        if segment.size >= FLUSH_BYTES:
            self._flush(source)

    def _segment(self, source: str) -> _Open:
        hour = self._clock.now().strftime(SEGMENT)
        segment = self._open.get(source)
        if segment is None or segment.hour != hour:
            self._flush(source)
            _mend(self.folder / source / f"{hour}{ENDING}")
            folder = self.folder / source
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True)
                (folder / README).write_text(TERMS.get(source, "posts stay their authors'") + "\n", "utf-8")
            segment = self._open[source] = _Open(folder / f"{hour}{ENDING}", hour)
            self.kept.setdefault(source, Kept())
        return segment

    def flush(self) -> None:
        """Write down what waits. Raises OSError."""
        for source in list(self._open):
            self._flush(source)

    def _flush(self, source: str) -> None:
        segment = self._open.get(source)
        if segment is None or not segment.lines:
            return
        frame = self._pack.compress(b"\n".join(segment.lines) + b"\n")
        descriptor = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(frame)
        segment.lines.clear()
        segment.size = 0
        self.kept[source].bytes += len(frame)

    def _note(self, source: str, taken: TakenBack) -> None:
        """Rows first: it is known after a crash, too."""
        folder = self.folder / source
        if not folder.is_dir():
            return
        row = json.dumps({"posts": sorted(taken.posts), "authors": sorted(taken.authors)}, separators=(",", ":"))
        with (folder / TAKEN_FILE).open("a", encoding="utf-8") as file:
            file.write(f"\n{row}\n")  # on a line of its own, whatever a crash left half written before it

    def close(self) -> None:
        """Write down what waits, take out what was taken back. Raises OSError."""
        self.flush()
        self.sweep()

    # --- letting go ----------------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Take out what was taken back, what is too old, and the oldest of what is too much. Raises OSError."""
        self._swept_at = self._clock.now()
        self.flush()
        segments = list(self._segments())
        for path in [path for path, until in segments if self._is_old(path, until)]:
            path.unlink()
        for folder in sorted(path for path in self.folder.iterdir() if path.is_dir()):
            erased = _erase(folder)
            if erased:
                log.info("posts_erased", place=str(folder), posts=erased, reason="taken back")
        self._make_room()

    def _segments(self) -> Iterator[tuple[Path, datetime]]:
        """The segments with the end of their hour, the oldest first."""
        found = []
        for path in self.folder.glob(f"*/*{ENDING}"):
            try:
                hour = datetime.strptime(path.name.removesuffix(ENDING), SEGMENT).replace(tzinfo=UTC)
            except ValueError:
                continue  # somebody else's file
            found.append((hour + timedelta(hours=1), path))
        yield from ((path, until) for until, path in sorted(found))

    def _is_old(self, path: Path, until: datetime) -> bool:
        """A post of its first minute must not stay too long, either."""
        longest = min(self._limits.most_age, LONGEST.get(path.parent.name, self._limits.most_age))
        return until - timedelta(hours=1) < self._clock.now() - longest + SWEEP_EVERY

    def _make_room(self) -> None:
        segments = [(path, path.stat().st_size) for path, _ in self._segments()]
        total = sum(size for _, size in segments)
        writing = {segment.path for segment in self._open.values()}
        for path, size in segments:
            if total <= self._limits.most_bytes:
                break
            if path not in writing:
                path.unlink()
                total -= size
                log.info("recording_dropped", place=str(path), reason="the recordings are larger than allowed")


def _mend(path: Path) -> None:
    """Cut off what a crash left half written: behind it nothing could be read."""
    if path.exists():
        _rewrite(path, TakenBack(path.parent.name, frozenset(), frozenset()))


def _erase(folder: Path) -> int:
    """Write the segments of a folder anew without what was taken back; returns how many posts went."""
    noted = folder / TAKEN_FILE
    if not noted.exists():
        return 0
    posts, authors = set[str](), set[str]()
    for line in noted.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the last line of a crash; its deletion comes again with the cursor
        posts.update(row["posts"])
        authors.update(row["authors"])
    taken = TakenBack(folder.name, frozenset(posts), frozenset(authors))
    erased = sum(_rewrite(path, taken) for path in sorted(folder.glob(f"*{ENDING}")))
    noted.unlink()
    return erased


def _rewrite(path: Path, taken: TakenBack) -> int:
    """Write one segment anew, if it holds a post that was taken back; returns how many did."""
    decode, left, erased, is_whole = msgspec.json.Decoder(Post).decode, list[bytes](), 0, True
    try:
        for line in _lines(path):
            if taken.covers(decode(line)):
                erased += 1
            else:
                left.append(line)
    except Damaged:
        is_whole = False  # a crash while it was written: what can be read is kept
    if not erased and is_whole:
        return 0
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, zstandard.ZstdCompressor(level=LEVEL).stream_writer(file) as packed:
        for line in left:
            packed.write(line + b"\n")
    new.replace(path)
    return erased


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks(path, lambda _: None):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
