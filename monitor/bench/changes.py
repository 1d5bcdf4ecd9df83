"""Two results of `bonmot bench` held against each other: what got better, what got worse. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]

MORE_IS_BETTER = ("found", "majors_found")
LESS_IS_BETTER = (
    "median_delay_secs",
    "p90_delay_secs",
    "quiet_alerts",
    "alerts_per_hour",
    "duplicates",
    "mixed",
)
RATIO_NOISE = 0.05
"""Two runs of the same code differ by this much in speed on a busy machine."""
SPEED_NOISE = 0.15
"""And by so much in what is no ratio."""
MEMORY_NOISE = 0.05
CLICK_NOISE = 0.5
"""The 99th percentile of two hundred clicks is the third slowest of them."""
CLICKS = ("ack_p99_ms", "stored_p99_ms", "posted_p99_ms", "answered_p99_ms")


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in both results; `verdict` is `better`, `worse` or `same`."""

    what: str
    figure: str
    before: str
    after: str
    verdict: str


def changes(before: Result, after: Result) -> list[Change]:
    """Every figure both results hold, in the order of the later one. What only one of them measured is left out."""
    return [
        *_paired(before, after, "stages", key="name", figures={"ratio": (True, RATIO_NOISE)}),
        *_paired(before, after, "firehose", key="name", figures={"posts_per_core_sec": (True, SPEED_NOISE)}),
        *_paired(before, after, "slack", key="name", figures=dict.fromkeys(CLICKS, (False, CLICK_NOISE))),
        *_paired(before, after, "memory", key="piece", figures={"rss_mb": (False, MEMORY_NOISE)}),
        *_totals(before, after),
        *_paired(before, after, "streams", key="stream", figures=_QUALITY),
        *_paired(before, after, "thickened", key="stream", figures=_QUALITY, called="thickened "),
        *_paired(before, after, "overlays", key="streams", figures={"mixed": (False, 0.0)}),
    ]


def newly(before: Result, after: Result, part: str = "streams") -> tuple[list[str], list[str]]:
    """Happenings found now and not before, and those lost, each as `stream: happening`."""
    were, are = (_met(result.get(part, ())) for result in (before, after))
    both = were.keys() & are.keys()
    gained = sorted(name for name in both if are[name] and not were[name])
    lost = sorted(name for name in both if were[name] and not are[name])
    return gained, lost


_QUALITY = {
    **dict.fromkeys(MORE_IS_BETTER, (True, 0.0)),
    **dict.fromkeys(LESS_IS_BETTER, (False, 0.0)),
}


def _met(rows: Iterable[Result]) -> dict[str, bool]:
    return {
        f"{row['stream']}: {name}": delay is not None for row in rows for name, delay in row.get("delays", {}).items()
    }


def _totals(before: Result, after: Result) -> Iterator[Change]:
    figures = {
        "found_share": (True, 0.0),
        "majors_share": (True, 0.0),
        "median_delay_secs": (False, 0.0),
        "p90_delay_secs": (False, 0.0),
        "quiet_alerts": (False, 0.0),
        "most_per_hour": (False, 0.0),
        "mean_per_hour": (False, 0.0),
        "duplicates_per_listed": (False, 0.0),
    }
    for name, now in after.get("totals", {}).items():
        was = before.get("totals", {}).get(name)
        if was is not None:
            yield from _figures(f"all {name}", was, now, figures=figures)


def _paired(
    before: Result, after: Result, part: str, *, key: str, figures: dict[str, tuple[bool, float]], called: str = ""
) -> Iterator[Change]:
    earlier = {str(row[key]): row for row in before.get(part, ())}
    for row in after.get(part, ()):
        was = earlier.get(str(row[key]))
        if was is not None:
            name = " over ".join(row[key]) if isinstance(row[key], list) else f"{called or _called(part)}{row[key]}"
            yield from _figures(name, was, row, figures=figures)


def _called(part: str) -> str:
    return "piece " if part == "memory" else ""


def _figures(what: str, was: Result, now: Result, *, figures: dict[str, tuple[bool, float]]) -> Iterator[Change]:
    for figure, (more_is_better, noise) in figures.items():
        if figure in was and figure in now:
            verdict = _verdict(was[figure], now[figure], more_is_better=more_is_better, noise=noise)
            yield Change(what, figure, _say(was[figure]), _say(now[figure]), verdict)


def _verdict(was: float | None, now: float | None, *, more_is_better: bool, noise: float) -> str:
    if was is None or now is None:  # no delay where nothing was found: `found` tells it
        return "same"
    if abs(now - was) <= noise * abs(was):
        return "same"
    return "better" if (now > was) == more_is_better else "worse"


def _say(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}"
