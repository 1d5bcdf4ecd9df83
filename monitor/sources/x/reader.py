"""What becomes of all X delivers: paid for once a day, heard once, dropped with a reason, or a sign of the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.clock import Clock
from monitor.model import Post
from monitor.sources import Tally
from monitor.sources.x.answers import goodbye
from monitor.sources.x.money import READ, Meter, Pace
from monitor.sources.x.ruleset import name_of
from monitor.sources.x.wire import Drop, Goodbye, Heard, read_line


class Reader:
    """Posts of lines and of pages; `highest` is the largest id so far, behind which reading goes on."""

    def __init__(self, meter: Meter, tally: Tally, clock: Clock) -> None:
        self.highest = 0
        self.pace = Pace(clock.now())
        self._meter = meter
        self._tally = tally
        self._clock = clock

    def lines(self, lines: Sequence[bytes]) -> tuple[list[Post], Exception | None]:
        """The new posts of some lines, and what X said of the end of its stream, if it did."""
        now = self._clock.now()
        posts, end = list[Post](), None
        for line in lines:
            said = read_line(line, now)
            if isinstance(said, Goodbye):
                end = goodbye(said.errors)
            elif isinstance(said, Drop):
                self._drop(said)
                self._meter.spoilt()
            elif self._meter.take(said.post.id, said.users):
                self.pace.add((name for name in map(name_of, said.tags) if name is not None), now)
                posts.append(self._seen(said.post))
        self._meter.settle()
        return posts, end

    def items(self, items: Iterable[Heard | Drop], *, act: str = READ) -> list[Post]:
        """The new posts of a page."""
        posts = []
        for item in items:
            if isinstance(item, Drop):
                self._drop(item)
                self._meter.spoilt(act)
            elif self._meter.take(item.post.id, item.users, act=act):
                posts.append(self._seen(item.post))
        self._meter.settle()
        return posts

    def too_long(self, count: int) -> None:
        """Lines that were skipped while they came."""
        for _ in range(count):
            self._drop(Drop("too_long", "a line that does not end"))
        self._meter.spoilt(count=count)
        self._meter.settle()

    def _seen(self, post: Post) -> Post:
        self.highest = max(self.highest, int(post.id))
        return post

    def _drop(self, drop: Drop) -> None:
        self._tally.drop(drop.reason, f"x: {drop.seen}")
