"""Several recordings as one stream: each moved in time as a person says, and of every post the file it came from."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Literal

from monitor.errors import BadInput
from monitor.model import Post
from monitor.sources import Tally
from monitor.sources.recording import Progress, read

Shift = float | Literal["align"]
"""Seconds added to every time of a file, or `align`: its first post falls on the first post of the first file."""
Files = Sequence[str | Path]

REMEMBERED_POSTS = 200_000
"""Of so many posts it is known which file they came from, twice as many are held at most: a trend rests on new ones."""

_created_at = attrgetter("created_at")


def spread(shifts: Sequence[Shift], count: int) -> list[Shift]:
    """One shift for each of `count` files: a single one moves every file but the first, or the only one.

    Raises BadInput when their number fits neither, and for a single file that should fall on itself.
    """
    if count == 1 and list(shifts) == ["align"]:
        raise BadInput("--shift align: there is one file and nothing to lay it over; name a second one")
    if not shifts:
        return [0.0] * count
    if len(shifts) == count:
        return list(shifts)
    if len(shifts) == 1:
        return [0.0, *[shifts[0]] * (count - 1)]
    raise BadInput(
        f"--shift is given {len(shifts)} times for {_files(count)}: give it once, which moves every file but the "
        f"first, or once for each file"
    )


def in_secs(files: Files, shifts: Sequence[Shift]) -> list[float]:
    """What each file is moved by. Reads the head of the files that `align` speaks of.

    Raises BadInput for a number of shifts that fits no reading, and for a file without a post that should be aligned.
    """
    first, *others = spread(shifts, len(files))
    own_secs = 0.0 if isinstance(first, str) else first
    if "align" not in others:
        return [own_secs, *(shift for shift in others if not isinstance(shift, str))]
    anchor = _begin(files[0]) + timedelta(seconds=own_secs)
    moved = [
        (anchor - _begin(file)).total_seconds() if isinstance(shift, str) else shift
        for file, shift in zip(files[1:], others, strict=True)
    ]
    return [own_secs, *moved]


def _begin(file: str | Path) -> datetime:
    """When the first post of a file was written."""
    for post in read([file], tally=Tally()):
        return post.created_at
    raise BadInput(f"{file}: holds no post, so there is nothing to align; leave it out or give its shift in seconds")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


class Origins:
    """Which of several files a post came from, and from when to when each file speaks."""

    def __init__(self, files: int, remembered: int = REMEMBERED_POSTS) -> None:
        self._remembered = remembered
        self._new: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._spans: list[tuple[datetime, datetime] | None] = [None] * files

    def note(self, post: Post, file: int) -> None:
        """Remember where a post came from; of two with the same id the first counts."""
        if len(self._new) >= self._remembered:
            self._old, self._new = self._new, {}
        self._new.setdefault(_key(post), file)
        span = self._spans[file]
        self._spans[file] = (span[0] if span else post.created_at, post.created_at)

    def counts(self, posts: Iterable[Post]) -> tuple[int, ...]:
        """How many of these posts each file holds; posts from long ago count for none."""
        found = [0] * len(self._spans)
        for post in posts:
            key = _key(post)
            file = self._new.get(key, self._old.get(key))
            if file is not None:
                found[file] += 1
        return tuple(found)

    def span(self, file: int) -> timedelta:
        """From the first post of a file to its last, as far as they were noted."""
        span = self._spans[file]
        return span[1] - span[0] if span else timedelta()


def _key(post: Post) -> str:
    return f"{post.platform} {post.id}"


def merged(
    files: Files,
    moved_secs: Sequence[float],
    *,
    tally: Tally,
    progress: Progress | None = None,
    origins: Origins | None = None,
) -> Iterator[Post]:
    """The posts of all files in order of time, each file moved by its own seconds.

    Raises BadInput, before the first post, for a file that cannot be opened.
    """
    meters = _meters(files, progress)
    streams = [
        _noted(read([file], tally=tally, shift_secs=secs, progress=meter), number, origins)
        for number, (file, secs, meter) in enumerate(zip(files, moved_secs, meters, strict=True))
    ]
    return heapq.merge(*streams, key=_created_at) if len(streams) > 1 else streams[0]


def _noted(posts: Iterator[Post], file: int, origins: Origins | None) -> Iterator[Post]:
    if origins is None:
        return posts

    def noting() -> Iterator[Post]:
        for post in posts:
            origins.note(post, file)
            yield post

    return noting()


def _meters(files: Files, progress: Progress | None) -> Sequence[Progress | None]:
    """One meter for each file, which together tell the bytes of all."""
    if progress is None or len(files) == 1:
        return [progress] * len(files)
    sizes, done = [0] * len(files), [0] * len(files)

    def meter(number: int, tell: Progress) -> Callable[[int, int], None]:
        def note(read_bytes: int, all_bytes: int) -> None:
            done[number], sizes[number] = read_bytes, all_bytes
            tell(sum(done), sum(sizes))

        return note

    return [meter(number, progress) for number in range(len(files))]
