"""Strangers' text made safe to print: what a terminal, an editor or a log would obey is written as an escape."""

from __future__ import annotations


def visible(text: str) -> str:
    """Text with control, direction and line-end characters escaped; letters of every language stay as they are."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
