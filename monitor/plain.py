"""The plain text of a piece of HTML: tags gone, entities decoded, one space or one new line between words."""

from __future__ import annotations

import html
import re

BLOCKS = frozenset(
    [
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "hr", "li", "ol", "p", "pre", "table", "td", "tr", "ul"),
    ]
)
"""Tags that end a line."""
UNSEEN = frozenset({"script", "style", "template", "textarea", "title"})
"""Tags whose content is no text for people."""

_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9]*)")
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r" ?\n[ \n]*")


def plain(markup: str, most_chars: int) -> str:
    """The text a person reads, at most `most_chars` long. Takes time in proportion to the length, whatever it holds.

    Markup that is broken (a tag without end) ends the text there. A `<` that begins no tag is itself.
    """
    parts: list[str] = []
    at = 0
    while (start := markup.find("<", at)) >= 0:
        parts.append(markup[at:start])
        text, at = _step(markup, start)
        parts.append(text)
    parts.append(markup[at:])
    # Decoded last: `&lt;b&gt;` is text about a tag and no tag.
    text = html.unescape("".join(parts))
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()[:most_chars]


def _step(markup: str, start: int) -> tuple[str, int]:
    """What the `<` at `start` stands for, and where to read on."""
    if markup.startswith("<!--", start):
        return "", _behind(markup, "-->", start + 4)
    named = _NAME.match(markup, start + 1)
    if named is None:
        if markup[start + 1 : start + 2] in ("!", "?"):
            return "", _behind(markup, ">", start)
        return "<", start + 1
    name, end = named[1].lower(), _behind(markup, ">", start)
    if name in UNSEEN and markup[start + 1] != "/":
        closed = _behind(markup, f"</{name}", end)
        return "", _behind(markup, ">", closed)
    return "\n" if name in BLOCKS else "", end


def _behind(markup: str, mark: str, start: int) -> int:
    """Just behind the next `mark`, or the end where none comes: looked for in vain at most once a text."""
    found = markup.find(mark, start)
    return found + len(mark) if found >= 0 else len(markup)
