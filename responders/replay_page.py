"""The report of a replay as one web page: no script, nothing loaded from elsewhere, every word escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from monitor.visible import visible

BARS = 60
"""Bars of a trend's small picture; longer volumes are added up to so many."""
BAR_HEIGHT = 32

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Replay: {{ report.trends|length }} trends</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
details { border-top: 1px solid var(--line); padding: .5rem 0 }
summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center }
summary::before { content: "▸" } details[open] summary::before { content: "▾" }
summary b { flex: 1 1 12rem; overflow-wrap: anywhere }
summary .verdicts { flex: 1 0 100%; display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding-left: 1.4rem }
time, .small { opacity: .75; font-variant-numeric: tabular-nums }
.offer { color: light-dark(#0a6b34, #6fd39a) } .caution { color: light-dark(#8a5300, #f0b860) }
.block { color: light-dark(#a81c1c, #ff9a9a) } .ignore { opacity: .75 }
svg { fill: currentColor; opacity: .7; height: 32px; width: 120px }
table { border-collapse: collapse; margin: .5rem 0 }
td, th { padding: .1rem .8rem .1rem 0; text-align: left; vertical-align: top }
td, blockquote { overflow-wrap: anywhere }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--line) }
</style></head><body>
<h1>Replay</h1>
<p>{% for line in lines %}{{ line }}<br>{% endfor %}</p>
{% for trend in report.trends %}
<details><summary><time>{{ trend.detected_at[:19]|replace("T", " ") }}</time> <b>{{ trend.name|visible }}</b>
<svg viewBox="0 0 {{ bars(trend)|length }} {{ height }}" preserveAspectRatio="none" role="img" aria-label="volume">
{% for bar in bars(trend) %}
<rect x="{{ loop.index0 }}" y="{{ height - bar }}" width=".8" height="{{ bar }}"/>
{% endfor %}
</svg> <span class="small">{{ "{:,}".format(trend.posts) }} posts</span>
<span class="verdicts">{% for brand in brands if brand in trend.verdicts %}{% set found = trend.verdicts[brand] %}
<span class="{{ found.verdict }}">{{ brand }}: {{ found.verdict }} {{ "%.2f"|format(found.score) }}</span>
{% endfor %}</span></summary>
<p class="small">terms: {{ trend.terms|join(", ")|visible }}</p>
{% for text in trend.sample_texts %}<blockquote dir="auto">{{ text|visible }}</blockquote>{% endfor %}
{% for brand in brands if brand in trend.verdicts %}{% set found = trend.verdicts[brand] %}
<h3 class="{{ found.verdict }}">{{ brand }}: {{ found.verdict }}</h3><p>{{ found.why|visible }}</p>
{% for one in report.opportunities if one.trend == trend.id and one.brand == brand %}{% for draft in one.drafts %}
<blockquote><span class="small">draft for {{ draft.account }}</span><br>{{ draft.text|visible }}</blockquote>
{% endfor %}{% endfor %}
<table><tr><th>signal</th><th>value</th><th>why</th></tr>
{% for name, signal in found.signals.items() %}<tr><td>{{ name }}</td><td>{{ "%.2f"|format(signal.value) }}</td>
<td>{{ signal.why|visible }}</td></tr>{% endfor %}</table>
{% endfor %}</details>
{% else %}<p>No trend stood out.</p>{% endfor %}
</body></html>
"""


def page(report: dict[str, Any], brands: Sequence[str], *, lines: Sequence[str]) -> str:
    """The page; `lines` is the summary that the terminal shows as well."""
    shown = [visible(line) for line in lines]
    return _TEMPLATE.render(report=report, brands=brands, lines=shown, bars=bars, height=BAR_HEIGHT)


def bars(trend: dict[str, Any]) -> list[float]:
    """The heights of a trend's small picture, oldest first."""
    volume = trend["volume"]
    each = max(1, -(-len(volume) // BARS))
    sums = [sum(volume[i : i + each]) for i in range(0, len(volume), each)]
    peak = max(sums, default=0) or 1
    return [round(BAR_HEIGHT * value / peak, 1) for value in sums]


def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["visible"] = visible
    return environment.from_string(_PAGE)


_TEMPLATE = _template()
