"""How well recorded streams are read: each alone, laid over each other, and among the noise they came from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.bench.thicken import read_texts, read_volumes, thicken
from monitor.detect.detector import Detector
from monitor.language import load, load_lexicon
from monitor.listing import load_listing
from monitor.model import Brand, Post
from monitor.pipeline import Pipeline, rules_of
from monitor.quality import Listing, compare, delays_of, figures, is_in_quiet
from monitor.replay import Story, play, run
from monitor.sources import Tally
from monitor.sources.recording import read

PAIRS = (
    ("x_football_avl_shu_2020", "x_euro2020_sco_cze"),
    ("x_f1_turkish_gp_2020", "x_football_avl_shu_2020"),
)
"""Two football matches share most of their words; a race and a match share few."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The folder with recorded streams, their listed happenings, their volumes and everyday texts."""

    data: Path

    def names(self) -> list[str]:
        """Every recorded stream, in the order of the alphabet."""
        return sorted(path.name.removesuffix(".jsonl.gz") for path in (self.data / "streams").glob("*.jsonl.gz"))

    def posts_file(self, name: str) -> Path:
        """Where its posts are."""
        return self.data / "streams" / f"{name}.jsonl.gz"

    def listing_file(self, name: str) -> Path | None:
        """Where its listed happenings are, if anybody listed any."""
        path = self.data / "events" / f"{name}.yaml"
        return path if path.exists() else None

    def volume_file(self, name: str) -> Path | None:
        """Where the volume of its whole collection is, if it is known."""
        path = self.data / "volumes" / f"{name}.csv.gz"
        return path if path.exists() else None


def alone(streams: Streams, name: str, brands: Sequence[Brand]) -> dict[str, Any]:
    """The row of one stream as it was recorded."""
    return _row(name, read([streams.posts_file(name)], tally=Tally()), _listing(streams, name), brands=brands)


def thickened(streams: Streams, name: str) -> dict[str, Any]:
    """The row of one stream among so much chatter that it has the volume of the whole collection."""
    volume_file, listing = streams.volume_file(name), _listing(streams, name)
    assert volume_file is not None, f"{name} has no volumes"
    posts = list(read([streams.posts_file(name)], tally=Tally()))
    terms = listing.tracked_terms if listing else ()
    texts = read_texts(streams.data / "nlp")
    filled = thicken(posts, read_volumes(volume_file), texts, terms=terms)
    return {**_row(name, filled, listing, brands=()), "added": len(filled) - len(posts)}


def overlaid(streams: Streams, pair: tuple[str, str], before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Two streams begun at the same instant: what is still found of each, against `before`, their rows alone."""
    lists = [path for name in pair if (path := streams.listing_file(name))]
    report = run([streams.posts_file(name) for name in pair], brands=(), events_file=lists, shifts=["align"])
    met = report["events"]
    return {
        "streams": list(pair),
        "posts": report["posts"],
        "trends": len(report["trends"]),
        "mixed": met["mixed"],
        "quiet_alerts": met["quiet_alerts"],
        "alerts_per_hour": met["alerts_per_hour"],
        "by_file": [
            {"stream": name, "listed": one["listed"], "found": one["found"], "found_alone": row["found"]}
            for name, one, row in zip(pair, met["by_file"], before, strict=True)
        ],
    }


def _listing(streams: Streams, name: str) -> Listing | None:
    path = streams.listing_file(name)
    return load_listing(path) if path else None


def _row(name: str, posts: Iterable[Post], listing: Listing | None, *, brands: Sequence[Brand]) -> dict[str, Any]:
    began = time.process_time()
    story = play(
        posts, Pipeline(brands, detector=Detector(rules=rules_of(brands)), hear=load().hear, near=load_lexicon().near)
    )
    secs = time.process_time() - began
    verdicts = [score.verdict.value for scores in story.scores.values() for score in scores]
    return {
        "stream": name,
        "posts": story.posts,
        "posts_per_sec": round(story.posts / max(secs, 1e-9)),
        "hours": round(story.span.total_seconds() / 3600, 2),
        "trends": len(story.announced),
        **{verdict: verdicts.count(verdict) for verdict in ("offer", "caution", "block")},
        **(row_of(listing, story) if listing else {}),
    }


def row_of(listing: Listing, story: Story) -> dict[str, Any]:
    """How the listed happenings of one stream were met: the figures of a replay, and what they are made of."""
    met = figures(listing, story.announced, story.span)
    quiet = [Listing((), (period,)) for period in listing.quiet]
    return {
        "dense": listing.is_dense,
        **met,
        "duplicates_per_listed": round(met["duplicates"] / met["listed"], 3) if met["listed"] else 0.0,
        "delays": delays_of(compare(listing, story.announced)),
        "quiet_periods": len(quiet),
        "quiet_periods_hit": sum(any(is_in_quiet(one, each) for one in story.announced) for each in quiet),
    }
