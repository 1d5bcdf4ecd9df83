"""The posts of the last half hour with their terms: what a burst is explained with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.detect.duplicates import Kind
from monitor.model import Post


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as the detector took it in."""

    post: Post
    terms: frozenset[str]
    kind: Kind
    at_secs: float
    """The stream's clock when it was counted, seconds since 1970."""

    @property
    def is_voice(self) -> bool:
        return self.kind is Kind.VOICE


class Recent:
    """The newest posts, at most `keep_posts` and at most `keep_secs` old; of a very full tick only the first ones."""

    def __init__(self, *, keep_posts: int, keep_secs: int, tick_posts: int) -> None:
        self._keep_posts = keep_posts
        self._keep_secs = keep_secs
        self._tick_posts = tick_posts
        self._ticks: deque[tuple[float, list[Seen]]] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, at_secs: float, posts: list[Seen]) -> None:
        """Take in the posts of one tick."""
        kept = posts[: self._tick_posts]
        self._ticks.append((at_secs, kept))
        self._count += len(kept)
        while self._ticks and (self._count > self._keep_posts or self._ticks[0][0] < at_secs - self._keep_secs):
            self._count -= len(self._ticks.popleft()[1])

    def since(self, secs: float) -> Iterator[Seen]:
        """The posts counted at or after a time, newest tick first."""
        for at_secs, posts in reversed(self._ticks):
            if at_secs < secs:
                return
            yield from posts
