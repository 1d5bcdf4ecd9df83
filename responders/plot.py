"""Every plot the program shows: one SVG template, numbers in, a self-contained picture out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, StrictUndefined

from monitor.model import Trend

Theme = Literal["light", "dark"]

WIDE, NARROW = 640, 340
"""Widths in pixels: for a column of text, and for a phone, where a shrunk picture would have unreadable labels."""
HEIGHT, TOP, BOTTOM, SIDE = 168, 34, 142, 2
MIN_BARS, MAX_BARS = 24, 96

# Colours are attributes, not a style sheet: a strict content policy would drop the sheet, and a picture inside <img>
# hears of the reader's theme in few browsers.
INK: dict[Theme, dict[str, str]] = {
    "light": {
        "paper": "#fdfcfa",
        "text": "#57534e",
        "grid": "#d9d5cd",
        "before": "#c9c3b8",
        "bar": "#b4540a",
        "mark": "#1c1917",
    },
    "dark": {
        "paper": "#1c1917",
        "text": "#b8b0a4",
        "grid": "#3b3733",
        "before": "#5e574f",
        "bar": "#f2994a",
        "mark": "#f5f1ea",
    },
}
"""`paper` is for pictures that lie alone in a file; inside a page there is no background."""

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" width="{{ width }}" \
height="{{ height }}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13">
<title>{{ p.title }}</title>
<desc>{{ p.text }}</desc>
<line x1="{{ side }}" x2="{{ width - side }}" y1="{{ top }}" y2="{{ top }}" stroke="{{ ink.grid }}" \
stroke-dasharray="2 4"/>
{% for bar in bars -%}
<rect x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.width }}" height="{{ bar.height }}" rx="{{ bar.round }}" \
fill="{{ ink.before if bar.is_before else ink.bar }}"{% if bar.is_open %} fill-opacity="0.55"{% endif %}/>
{% endfor -%}
<line x1="{{ side }}" x2="{{ width - side }}" y1="{{ bottom }}" y2="{{ bottom }}" stroke="{{ ink.grid }}"/>
{% if mark is not none -%}
<line x1="{{ mark.x }}" x2="{{ mark.x }}" y1="{{ top - 12 }}" y2="{{ bottom }}" stroke="{{ ink.mark }}" \
stroke-width="1.5"/>
<circle cx="{{ mark.x }}" cy="{{ top - 12 }}" r="3.5" fill="{{ ink.mark }}"/>
<text x="{{ mark.text_x }}" y="{{ top - 8 }}" text-anchor="{{ mark.anchor }}" font-weight="600" \
fill="{{ ink.mark }}">{{ p.mark }}</text>
{% endif -%}
<text x="{{ peak.x }}" y="{{ peak.y }}" text-anchor="{{ peak.anchor }}" fill="{{ ink.text }}">{{ p.peak }}</text>
<text x="{{ side }}" y="{{ height - 8 }}" fill="{{ ink.text }}">{{ p.start }}</text>
<text x="{{ width - side }}" y="{{ height - 8 }}" text-anchor="end" fill="{{ ink.text }}">{{ p.end }}</text>
</svg>
"""
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_SVG)


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars over time with one marked place; every label is plain text and is escaped."""

    title: str
    text: str
    """What the picture shows, for people who do not see it."""
    values: tuple[int, ...]
    mark_at: float | None
    """Where the mark stands, as a fraction of the width from the left; bars before it are muted."""
    mark: str
    peak: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class _Bar:
    x: float
    y: float
    width: float
    height: float
    round: float
    is_before: bool
    is_open: bool


def draw(plot: Plot, theme: Theme = "light", *, width: int = WIDE) -> str:
    """The plot as an SVG document, with no script, style sheet or outside reference in it."""
    mark = None if plot.mark_at is None else _place_mark(plot.mark_at, width)
    return _TEMPLATE.render(
        p=plot,
        ink=INK[theme],
        bars=_bars(plot, width),
        mark=mark,
        peak=_place_peak(plot.mark_at, width),
        width=width,
        height=HEIGHT,
        side=SIDE,
        top=TOP,
        bottom=BOTTOM,
    )


def of_trend(trend: Trend) -> Plot:
    """The volume of a trend, with the instant it was announced marked."""
    values, step_secs = _thin(trend.volume, trend.volume_step_secs)
    # A trend found in its first seconds has few steps; before its first post there were none, and that is drawn too.
    empty = max(0, MIN_BARS - len(values))
    values = (0,) * empty + values
    span_secs = len(values) * step_secs
    found_secs = empty * step_secs + _found_secs(trend)
    after_secs = max(0.0, span_secs - found_secs)
    peak = max(values, default=0)
    return Plot(
        title=f"Posts about {_printable(trend.name)}"[:200],
        text=describe(trend),
        values=values,
        mark_at=min(1.0, max(0.0, found_secs / span_secs)),
        mark="found",
        peak=f"{peak:,} posts in {span_words(step_secs)}",
        start=f"{span_words(found_secs)} before" if found_secs > 0 else "",
        end=f"{span_words(after_secs)} after" if after_secs >= step_secs else "",
    )


def describe(trend: Trend) -> str:
    """One sentence that says what the plot of a trend shows."""
    values, step_secs = _thin(trend.volume, trend.volume_step_secs)
    if not values:
        return "No posts were counted yet."
    peak, found_secs = max(values), _found_secs(trend)
    return (
        f"Posts in {span_words(step_secs)} each: {values[0]:,} at first, at most {peak:,}, "
        f"{values[-1]:,} in the last step; found {span_words(found_secs)} after the first of them."
    )


def span_words(secs: float) -> str:
    """A length of time in the unit a person would say it in: `40 s`, `12 min`, `3 h`."""
    if secs < 90:
        return f"{secs:.0f} s"
    if secs < 5400:
        return f"{secs / 60:.0f} min"
    return f"{secs / 3600:.0f} h"


def _printable(text: str) -> str:
    """A null byte or half a surrogate pair would make the picture unreadable as XML."""
    return "".join(letter for letter in text if letter.isprintable())


def _found_secs(trend: Trend) -> float:
    return max(0.0, (trend.detected_at - trend.volume_started_at).total_seconds())


def _thin(volume: tuple[int, ...], step_secs: int) -> tuple[tuple[int, ...], int]:
    """Add neighbours up until the bars can be told apart."""
    group = -(-len(volume) // MAX_BARS) or 1
    sums = tuple(sum(volume[i : i + group]) for i in range(0, len(volume), group))
    return sums, step_secs * group


def _bars(plot: Plot, width: int) -> list[_Bar]:
    count, peak = len(plot.values), max(plot.values, default=0) or 1
    slot = (width - 2 * SIDE) / max(1, count)
    border = -1.0 if plot.mark_at is None else plot.mark_at * count
    bars = []
    for i, value in enumerate(plot.values):
        height = max(1.5 if value else 0.0, value / peak * (BOTTOM - TOP))
        thick = max(1.0, slot - min(2.0, slot * 0.3))
        bars.append(
            _Bar(
                x=round(SIDE + i * slot, 2),
                y=round(BOTTOM - height, 2),
                width=round(thick, 2),
                height=round(height, 2),
                round=round(min(2.0, thick / 3), 2),
                is_before=i + 1 <= border,
                is_open=i == count - 1,
            )
        )
    return bars


def _place_mark(at: float, width: int) -> dict[str, object]:
    x = round(SIDE + at * (width - 2 * SIDE), 2)
    is_late = at > 0.6
    return {"x": x, "text_x": x - 9 if is_late else x + 9, "anchor": "end" if is_late else "start"}


def _place_peak(mark_at: float | None, width: int) -> dict[str, object]:
    """The words of the scale, on the side that the mark leaves free."""
    if mark_at is not None and mark_at <= 0.6:
        return {"x": width - SIDE, "y": TOP - 8, "anchor": "end"}
    return {"x": SIDE, "y": TOP - 8, "anchor": "start"}
