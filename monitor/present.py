"""Which posts of a live stream may move its clock: one that is dated far ahead is not believed by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.clock import to_text
from monitor.model import Post
from monitor.sources import Tally

AHEAD = timedelta(minutes=10)
"""What comes this late is too old to be counted: a clock so far ahead would make the stream deaf until it is right."""
AGREEING = 5
"""So many posts in a row may be right where our own clock is not, or stood still."""


class Present:
    """The present of one live source, by its posts and our own clock. A recording is in order and needs none."""

    def __init__(self, source: str, tally: Tally) -> None:
        self._source = source
        self._tally = tally
        self._newest: datetime | None = None
        self._doubtful: list[Post] = []

    def take(self, post: Post, now: datetime) -> list[Post]:
        """The posts that may be counted now that this one came; `now` is the time of our own clock.

        A post far ahead of both waits for others of its time. If none come it is counted as dropped, `too_early`.
        """
        latest = max(now, self._newest or now) + AHEAD
        together = [other for other in self._doubtful if abs(other.created_at - post.created_at) <= AHEAD]
        for other in self._doubtful:
            if other not in together:
                self._tally.drop("too_early", f"{self._source}: a post dated {to_text(other.created_at)}")
        together.append(post)
        if post.created_at > latest and len(together) < AGREEING:
            self._doubtful = together
            return []
        self._doubtful = []
        self._newest = max(latest - AHEAD, *(other.created_at for other in together))
        return together
