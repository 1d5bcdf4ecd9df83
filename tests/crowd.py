"""A crowd that posts: seeded chatter as background, and happenings planted into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from monitor.detect.detector import Detector
from monitor.model import Post, Trend

START = datetime(2024, 2, 11, 20, 0, tzinfo=UTC)
_SUBJECTS, _DOINGS, _ENDINGS = (
    row.split("|")
    for row in (
        "coffee|bus|cat|soup|garden|phone|train|window|song|book|sister|office|rain|kitchen|bike|dog|park|radio",
        "lost|found|missed|broke|painted|washed|forgot|sold|moved|heard|cleaned|burned|fixed|bought|borrowed|hid",
        "again|before lunch|on monday|near the river|with my aunt|in the cold|without a word|for a friend",
    )
)


def post(text: str, secs: float, *, key: str = "", author: str | None = None, repost_of: str | None = None) -> Post:
    """One post `secs` after START."""
    at = START + timedelta(seconds=secs)
    return Post(key or f"{secs:.3f} {text[:40]} {author}", "x", at, text, author=author, repost_of=repost_of)


def chatter(minutes: float, *, per_minute: int = 60, seed: int = 1, begin_secs: float = 0.0) -> list[Post]:
    """Ordinary talk: the same small words all the time, in ever new sentences."""
    random = Random(seed)
    count = int(minutes * per_minute)
    times = sorted(begin_secs + random.random() * minutes * 60 for _ in range(count))
    return [
        post(_sentence(random), secs, key=f"chatter-{seed}-{at}", author=f"c{seed}-{at}")
        for at, secs in enumerate(times)
    ]


def _sentence(random: Random) -> str:
    words = [random.choice(_SUBJECTS), random.choice(_DOINGS), random.choice(_SUBJECTS), random.choice(_ENDINGS)]
    return f"the {words[0]} {words[1]} my {words[2]} {words[3]} {random.randrange(10**6)}"


def happening(
    texts: Sequence[str], at_secs: float, *, posts: int = 60, over_secs: float = 60.0, seed: int = 7
) -> list[Post]:
    """Many people say one of `texts` within a while, each with an ending of their own."""
    random = Random(f"{seed} {at_secs}")
    tails = ("", "", " wow", " omg", " did you see that", " unreal", " I cannot believe it", " help", " what", " lol")
    return [
        post(random.choice(texts) + random.choice(tails), at_secs + random.random() * over_secs,
             key=f"h-{at_secs}-{seed}-{number}", author=f"h{seed}-{at_secs}-{number}")
        for number in range(posts)
    ]  # fmt: skip


def play(posts: Iterable[Post], detector: Detector | None = None, *, until_secs: float | None = None) -> list[Trend]:
    """Feed posts in order of time; returns the announcements."""
    detector = detector or Detector()
    announced: list[Trend] = []
    now = START
    for one in sorted(posts, key=lambda each: each.created_at):
        detector.add(one)
        now = max(now, one.created_at)
        announced += detector.advance(now)
    end = START + timedelta(seconds=until_secs) if until_secs is not None else now + timedelta(seconds=30)
    return announced + detector.advance(end)
