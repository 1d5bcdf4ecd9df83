"""What `bonmot check` tells of keyword rules: what each platform is asked for, and what has to be matched here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitor.errors import BadInput
from monitor.keywords import parse
from monitor.keywords.remote import X_MAX_RULES, Remote, remote
from monitor.load import Loaded
from monitor.settings import words_of
from monitor.yamlfile import Mistake

ASKED = ("x", "mastodon", "reddit")
"""Platforms that can be asked for anything; all others are read whole."""
FILTERED = ("x", "mastodon")
"""Those whose streams can."""


@dataclass(frozen=True, slots=True)
class Row:
    """One keyword rule of one brand, on each of some platforms."""

    brand: str
    where: str
    """Its place in the brand's file: `keywords.0`."""
    rule: str
    is_tried_on_each: bool
    """Whether nothing rules a post out before the rule is tried on it."""
    on: tuple[Remote, ...]


def rows(loaded: Loaded, platforms: Sequence[str]) -> list[Row]:
    """Every keyword rule that can be read, with what these platforms are asked for."""
    lists, found = words_of(loaded.lists), []
    for name, brand in sorted(loaded.brands.items()):
        for i, keyword in enumerate(brand.keywords):
            try:
                text = keyword.to_rule(lists).match
                rule = parse(text)
            except BadInput:
                continue  # told as a mistake, with its place
            on = tuple(remote(rule, platform) for platform in platforms)
            found.append(Row(name, f"keywords.{i}", text, rule.needed() is None, on))
    return found


def too_many(loaded: Loaded) -> list[Mistake]:
    """A warning where X would be sent more rules than one stream takes."""
    if loaded.bot is None or "x" not in loaded.bot.sources:
        return []
    count = len({one for row in rows(loaded, ["x"]) for one in row.on[0].filters})
    if count <= X_MAX_RULES:
        return []
    text = f"the brands' keywords make {count} rules there, and one stream takes {X_MAX_RULES}"
    return [loaded.documents["bot.yaml"].mistake(("sources", "x"), text, at_key=True)]


def shown_platforms(loaded: Loaded, *, in_full: bool) -> list[str]:
    """Whose filters are shown: those of the sources in bot.yaml that have some, or all of them."""
    sources = loaded.bot.sources if loaded.bot else {}
    return list(ASKED) if in_full else [platform for platform in FILTERED if platform in sources]


def told(loaded: Loaded) -> list[dict[str, Any]]:
    """For a machine: every rule on every platform that can be asked."""
    return [asdict(row) for row in rows(loaded, ASKED)]


def lines(loaded: Loaded, *, in_full: bool) -> Iterator[str]:
    """For a person: a rule, and under it a line for each platform."""
    platforms = shown_platforms(loaded, in_full=in_full)
    for row in rows(loaded, platforms) if platforms else []:
        yield f"{row.brand}, {row.where}: {row.rule}"
        if row.is_tried_on_each:
            yield "  here      tried on every post"
        for one in row.on:
            yield from _lines_of(one)
    if platforms and in_full:
        yield "all other sources are read whole, and every rule is matched here"


def _lines_of(one: Remote) -> Iterator[str]:
    shown = f"  {one.platform:<10}"
    for text in one.filters:
        yield f"{shown}{text}"
    if one.why:
        yield f"{shown}matched here: {one.why}"
    if one.here and one.filters:
        yield f"{'':12}only here: {', '.join(one.here)}"
    for text in one.besides:
        yield f"{'':12}{one.platform} {text}"
    if one.search:
        yield f"{'':12}its search: {one.search}"
