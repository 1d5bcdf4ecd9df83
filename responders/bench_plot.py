"""The picture of `bonmot bench`: for each stream how late the announcements came, and how many an hour. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from jinja2 import Environment, StrictUndefined

from responders.plot import INK, Theme, span_words

WIDTH, ROW, TOP, BOTTOM = 900, 26, 78, 44
NAMES, COUNTS = 16, 258
"""Where the names begin and where the counts end, in pixels from the left."""
DELAYS = (290.0, 610.0)
RATES = (662.0, 836.0)
SOONEST_SECS, LATEST_SECS = 1.0, 7_200.0
FEWEST, MOST = 0.05, 50.0
"""Announcements an hour at the ends of the axis; both axes grow by factors, because streams differ by thousands."""
DELAY_TICKS = (1, 5, 30, 120, 600, 3600)
RATE_TICKS = (0.1, 1, 10)
DENSE_LIMIT, SPARSE_LIMIT = 12.0, 0.5

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" width="{{ width }}" \
height="{{ height }}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13">
<title>How late and how often bonmot announces</title>
<desc>{{ text }}</desc>
<rect width="{{ width }}" height="{{ height }}" fill="{{ ink.paper }}"/>
<g fill="{{ ink.mark }}" font-weight="600"><text x="{{ names }}" y="26">Stream</text>
<text x="{{ counts }}" y="26" text-anchor="end">found</text>
<text x="{{ delays[0] }}" y="26">From onset to announcement</text>
<text x="{{ rates[0] }}" y="26">Announcements an hour</text></g>
<g fill="{{ ink.text }}"><text x="{{ delays[0] }}" y="44">a dot a happening, the bar their median</text>
<text x="{{ rates[0] }}" y="44">the tick is the limit</text></g>
{% for tick in ticks -%}
<line x1="{{ tick.x }}" x2="{{ tick.x }}" y1="{{ top - 14 }}" y2="{{ height - bottom + 6 }}" stroke="{{ ink.grid }}"/>
<text x="{{ tick.x }}" y="{{ height - 18 }}" text-anchor="middle" fill="{{ ink.text }}">{{ tick.label }}</text>
{% endfor -%}
{% for row in rows -%}
<g><text x="{{ names }}" y="{{ row.y + 4 }}" fill="{{ ink.text }}">{{ row.name }}</text>
<text x="{{ counts }}" y="{{ row.y + 4 }}" text-anchor="end" fill="{{ ink.mark }}">{{ row.found }}</text>
{% for x in row.dots -%}
<circle cx="{{ x }}" cy="{{ row.y }}" r="4.5" fill="{{ ink.bar }}" fill-opacity="0.55"/>
{% endfor -%}
{% if row.median is not none -%}
<line x1="{{ row.median }}" x2="{{ row.median }}" y1="{{ row.y - 10 }}" y2="{{ row.y + 10 }}" \
stroke="{{ ink.mark }}" stroke-width="2.5"/>
{% endif -%}
<line x1="{{ rates[0] }}" x2="{{ row.often }}" y1="{{ row.y }}" y2="{{ row.y }}" stroke="{{ ink.bar }}" \
stroke-width="2"/>
<circle cx="{{ row.often }}" cy="{{ row.y }}" r="4.5" fill="{{ ink.bar }}"/>
<line x1="{{ row.limit }}" x2="{{ row.limit }}" y1="{{ row.y - 10 }}" y2="{{ row.y + 10 }}" \
stroke="{{ ink.mark }}" stroke-width="1.5"/>
<text x="{{ width - 12 }}" y="{{ row.y + 4 }}" text-anchor="end" fill="{{ ink.text }}">{{ row.rate }}</text></g>
{% endfor -%}
</svg>
"""
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_SVG)


@dataclass(frozen=True, slots=True)
class _Row:
    y: float
    name: str
    found: str
    dots: tuple[float, ...]
    median: float | None
    often: float
    limit: float
    rate: str


def draw(rows: Sequence[dict[str, Any]], theme: Theme = "light") -> str:
    """The rows of a result that have listed happenings, as an SVG document of one piece.

    It brings its own background, so that it can be read on a light page and on a dark one.
    """
    shown = [row for row in rows if "delays" in row]
    return _TEMPLATE.render(
        width=WIDTH,
        height=TOP + ROW * len(shown) + BOTTOM,
        top=TOP,
        bottom=BOTTOM,
        names=NAMES,
        counts=COUNTS,
        delays=DELAYS,
        rates=RATES,
        ink=INK[theme],
        text=describe(shown),
        ticks=_ticks(),
        rows=[_row(row, TOP + ROW * (number + 0.5)) for number, row in enumerate(shown)],
    )


def describe(rows: Sequence[dict[str, Any]]) -> str:
    """The same in words, for people who do not see the picture."""
    said = [
        f"{row['stream']}: {row['found']} of {row['listed']} found, half of them within "
        f"{'-' if row['median_delay_secs'] is None else span_words(row['median_delay_secs'])}, "
        f"{row['alerts_per_hour']:.1f} announcements an hour"
        for row in rows
    ]
    return ". ".join(said) or "Nothing was measured."


def _row(row: dict[str, Any], y: float) -> _Row:
    delays = [delay for delay in row["delays"].values() if delay is not None]
    limit = DENSE_LIMIT if row["dense"] else SPARSE_LIMIT
    return _Row(
        y=y,
        name=row["stream"],
        found=f"{row['found']}/{row['listed']}",
        dots=tuple(_at_delay(delay) for delay in delays),
        median=None if row["median_delay_secs"] is None else _at_delay(row["median_delay_secs"]),
        often=_at_rate(row["alerts_per_hour"]),
        limit=_at_rate(limit),
        rate=f"{row['alerts_per_hour']:.1f}" if row["alerts_per_hour"] >= 0.95 else f"{row['alerts_per_hour']:.2f}",
    )


def _ticks() -> list[dict[str, Any]]:
    return [
        *(
            {"x": _at_delay(secs), "label": f"{'≤ ' * (secs <= SOONEST_SECS)}{span_words(secs)}"}
            for secs in DELAY_TICKS
        ),
        *({"x": _at_rate(rate), "label": f"{rate:g}"} for rate in RATE_TICKS),
    ]


def _at_delay(secs: float) -> float:
    """Announcements from before the onset stand at the left end."""
    return _place(secs, SOONEST_SECS, LATEST_SECS, on=DELAYS)


def _at_rate(rate: float) -> float:
    return _place(rate, FEWEST, MOST, on=RATES)


def _place(value: float, least: float, most: float, *, on: tuple[float, float]) -> float:
    share = log10(min(max(value, least), most) / least) / log10(most / least)
    return round(on[0] + share * (on[1] - on[0]), 1)
