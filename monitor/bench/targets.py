"""What is promised of detection, and whether the measured figures keep it. Pure: rows in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from monitor.bench.speed import BARE, BARE_ORJSON, DETECTED
from monitor.quality import quantile

NOT_COUNTED = {
    "x_rumours_2014_2015": "holds only the posts that started a rumour: nothing to count",
    "x_troll_hashtag_games_2016": "holds only the campaign's own accounts, no ordinary people",
    "x_troll_kochfarms_2015": "holds only the campaign's own accounts, no ordinary people",
}
"""Streams with listed happenings that stand in no total, and why."""
LEAST_POSTS_PER_SEC, LEAST_RATIO = 40_000, 0.07
LEAST_HEARD_PER_SEC = 10_000
MOST_CLICK_MS, MOST_ACK_MS = 500.0, 1000.0
"""Forty times what X sends a self-serve app at most."""
MOST_MB = 300.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: what, at least or at most how much, and what was measured; None where nothing was."""

    name: str
    wanted: str
    measured: str
    is_met: bool


def groups(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows that count for the dense and for the sparse total."""
    counted = [row for row in rows if "dense" in row and row["stream"] not in NOT_COUNTED]
    split = {"dense": [row for row in counted if row["dense"]], "sparse": [row for row in counted if not row["dense"]]}
    return {name: found for name, found in split.items() if found}


def total(rows: Sequence[Row]) -> Row:
    """The figures of several streams as one: sums, shares, and the delays of every found happening together."""
    delays = [delay for row in rows for delay in row["delays"].values() if delay is not None]
    listed, majors = sum(row["listed"] for row in rows), sum(row["majors_listed"] for row in rows)
    duplicates = sum(row["duplicates"] for row in rows)
    return {
        "streams": len(rows),
        "listed": listed,
        "found": len(delays),
        "found_share": _share(len(delays), listed),
        "majors_listed": majors,
        "majors_found": sum(row["majors_found"] for row in rows),
        "majors_share": _share(sum(row["majors_found"] for row in rows), majors),
        "median_delay_secs": round(median(delays), 1) if delays else None,
        "p90_delay_secs": quantile(delays, 0.9),
        "quiet_alerts": sum(row["quiet_alerts"] for row in rows),
        "quiet_periods": sum(row["quiet_periods"] for row in rows),
        "quiet_periods_hit": sum(row["quiet_periods_hit"] for row in rows),
        "most_per_hour": max(row["alerts_per_hour"] for row in rows),
        "mean_per_hour": round(mean(row["alerts_per_hour"] for row in rows), 2),
        "duplicates": duplicates,
        "duplicates_per_listed": _share(duplicates, listed),
        "missed": [f"{row['stream']}: {one}" for row in rows for one in row["missed"]],
    }


def of_dense(figures: Row) -> list[Target]:
    """The promises for streams with enough posts for a clock of one minute."""
    return [
        _least("major happenings found", figures["majors_share"], 0.92, as_percent=True),
        _least("listed happenings found", figures["found_share"], 0.85, as_percent=True),
        _below("median delay, s", figures["median_delay_secs"], 30.0),
        _below("delay of nine in ten, s", figures["p90_delay_secs"], 75.0),
        _most("announcements in all quiet periods", figures["quiet_alerts"], 1),
        _most("announcements an hour, the worst stream", figures["most_per_hour"], 12.0),
        _below("further announcements a listed happening", figures["duplicates_per_listed"], 0.15),
    ]


def of_sparse(figures: Row) -> list[Target]:
    """The promises for streams of a few posts a minute."""
    return [
        _least("listed happenings found", figures["found_share"], 0.75, as_percent=True),
        _most("announcements an hour, mean of the streams", figures["mean_per_hour"], 0.5),
        _most("quiet periods with an announcement", figures["quiet_periods_hit"], 1),
    ]


def of_speed(stages: Sequence[Row]) -> list[Target]:
    """The promises for decoding, rules and detection on one core; the share is of orjson's rate where it is known."""
    found = {stage["name"]: stage for stage in stages}
    if DETECTED not in found or BARE not in found:
        return []
    bare = found.get(BARE_ORJSON, found[BARE])["posts_per_sec"]
    rate = found[DETECTED]["posts_per_sec"]
    return [
        _least("lean posts a second up to detection", rate, LEAST_POSTS_PER_SEC),
        _least("as a share of bare decoding", round(rate / bare, 4), LEAST_RATIO),
    ]


def of_firehose(rows: Sequence[Row]) -> list[Target]:
    """The promise for posts that come from a socket; by the time of a core, for a busy machine has no more to give."""
    return [
        _least(f"posts a second of a core through {row['name']}", row["posts_per_core_sec"], LEAST_HEARD_PER_SEC)
        for row in rows
    ]


def of_clicks(rows: Sequence[Row]) -> list[Target]:
    """The promises for clicks in Slack, by milliseconds at the 99th percentile; the pipeline idle, and at full load."""
    found = []
    for row in rows:
        if row["name"] == "idle":
            found += [
                _below("click to decision stored, ms, 99 %", row["stored_p99_ms"], MOST_CLICK_MS),
                _below("yes to the network's answer stored, ms, 99 %", row["posted_p99_ms"], MOST_CLICK_MS),
            ]
        found.append(_below(f"click to ack, ms, 99 %, {row['name']}", row["ack_p99_ms"], MOST_ACK_MS))
    return found


def of_memory(kept: Row) -> list[Target]:
    """The promises for a day of a thousand posts a second."""
    return [
        _below("MB held at most over the day", kept["most_mb"], MOST_MB),
        Target("memory is flat over the day", "yes", f"{kept['growth_percent']:+.1f} %", kept["is_flat"]),
    ]


def of_overlays(rows: Sequence[Row]) -> list[Target]:
    """Two streams laid over each other: apart, and nothing of either lost."""
    if not rows:
        return []
    files = [one for row in rows for one in row["by_file"]]
    kept, before = sum(one["found"] for one in files), sum(one["found_alone"] for one in files)
    return [
        _most("trends that rest on posts of both streams", sum(row["mixed"] for row in rows), 0),
        _least("found merged, of those found alone", _share(kept, before), 0.9, as_percent=True),
    ]


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def _least(name: str, value: float | None, least: float, *, as_percent: bool = False) -> Target:
    return Target(
        name, f"at least {_say(least, as_percent)}", _say(value, as_percent), value is not None and value >= least
    )


def _most(name: str, value: float | None, most: float) -> Target:
    return Target(name, f"at most {_say(most)}", _say(value), value is not None and value <= most)


def _below(name: str, value: float | None, limit: float) -> Target:
    return Target(name, f"under {_say(limit)}", _say(value), value is not None and value < limit)


def _say(value: float | None, as_percent: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value * 100:.1f} %" if as_percent else f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"
