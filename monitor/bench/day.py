"""Memory over a day of a thousand posts a second, shortened to four pieces, in a process of its own."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from monitor.bench.stream import Planted, Talk
from monitor.detect.detector import Detector

PIECES = 4
PIECE_MINUTES = 10
POSTS_PER_SEC = 1_000
DAY_SECS = 24 * 3_600
FLAT_SHARE = 0.10
"""Memory is flat when it grows by no more than this from the end of the first piece to the end of the last: the
allocator breathes, a leak goes on."""
SEED = 86_400
START = datetime(2024, 1, 1, tzinfo=UTC)


def day(*, piece_minutes: float, tell: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    """One row a piece: hour of the day, posts so far, MiB held at its end, posts a second, and what the detector holds.

    Of each quarter of the day the first minutes are played, the rest is a gap: the vocabulary drifts on through it.
    A process of its own holds nothing but the detector and the maker of the posts (some 20 MB).
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_play, args=(theirs, piece_minutes), daemon=True)
    process.start()
    theirs.close()
    rows: list[dict[str, Any]] = []
    try:
        while len(rows) <= PIECES:
            rows.append(ours.recv())
            tell(rows[-1])
    finally:
        process.terminate()
        process.join()
    return rows


def flat(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The most memory held after any piece, and the growth from the first piece's end to the last one's, in percent."""
    held = [float(row["rss_mb"]) for row in rows if row["piece"] > 0]
    growth = (held[-1] / held[0] - 1) * 100
    return {"most_mb": max(held), "growth_percent": round(growth, 1), "is_flat": held[-1] <= held[0] * (1 + FLAT_SHARE)}


def bursts(piece_minutes: float) -> list[Planted]:
    """A happening in the middle of every piece, each with words of its own."""
    length_secs = min(120.0, piece_minutes * 15)
    return [
        Planted(piece * DAY_SECS / PIECES + piece_minutes * 30, length_secs, (f"happening{piece}", f"place{piece}"))
        for piece in range(PIECES)
    ]


def _play(pipe: Connection, piece_minutes: float) -> None:
    talk, detector = Talk(SEED, posts_per_sec=POSTS_PER_SEC, planted=bursts(piece_minutes)), Detector()
    count, trends = int(piece_minutes * 60 * POSTS_PER_SEC), 0
    pipe.send(_row(0, 0, detector, posts=0, trends=0, secs=0.0))
    for piece in range(PIECES):
        began = time.process_time()
        begins_secs = piece * DAY_SECS / PIECES
        now = START + timedelta(seconds=begins_secs)
        for post in talk.posts(START, begins_secs, count):
            now = post.created_at
            detector.add(post)
            trends += len(detector.advance(now))
        secs = time.process_time() - began
        detector.ended()
        pipe.send(_row(piece + 1, begins_secs / 3600, detector, posts=count, trends=trends, secs=secs))


def _row(piece: int, hour: float, detector: Detector, *, posts: int, trends: int, secs: float) -> dict[str, Any]:
    return {
        "piece": piece,
        "hour": hour,
        "posts": posts,
        "trends": trends,
        "posts_per_sec": round(posts / secs) if secs else None,
        "rss_mb": round(rss_mb(), 1),
        "sizes": detector.sizes(),
    }


def rss_mb() -> float:
    """MiB this process holds now; where the system does not tell, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 2**10)
