"""The few pieces of Block Kit that cards are made of. Pure.

Plain dictionaries: Slack's own classes check some limits and are no simpler. Nothing here makes `mrkdwn`: in it a
stranger's `<!channel>` would ring everybody's phone. Rich text and plain text are shown as they are.
Limits: docs.slack.dev, reference/block-kit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from responders.approvals import words

Piece = dict[str, Any]
ELEMENT = 2900
"""Longest text of one rich text element; Slack names no number, a section's is 3,000."""
ELLIPSIS = "…"
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def size(text: str) -> int:
    """Letters as the strictest reader counts them: UTF-16 units, after `&`, `<` and `>` were escaped."""
    entities = sum((len(entity) - 1) * text.count(letter) for letter, entity in ENTITIES.items())
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + entities


def escaped(text: str) -> str:
    """For the one place that Slack parses, a message's `text`: no mention, link or channel can be made of it."""
    return "".join(ENTITIES.get(letter, letter) for letter in text)


def cut(text: str, limit: int) -> str:
    """The text with an ellipsis where it is longer than `limit`. Never for a text that may be posted."""
    if size(text) <= limit:
        return text
    return text[: _fitting(text, limit - 1)].rstrip() + ELLIPSIS


def line(text: str, limit: int) -> str:
    """A stranger's text on one line: no reordering, no invisible letters, cut honestly; never empty."""
    return cut(" ".join(words.plain(text, limit).split()), limit) or ELLIPSIS


def parts(text: str, limit: int = ELEMENT) -> list[str]:
    """The whole text in pieces of at most `limit`; cut between two visible letters, so that trimming loses nothing."""
    pieces = []
    while size(text) > limit:
        at = _fitting(text, limit)
        calm = next((i for i in range(at, max(at - 200, 0), -1) if _is_inside_a_word(text, i)), at)
        pieces.append(text[:calm])
        text = text[calm:]
    return [*pieces, text]


def label(text: str, limit: int) -> Piece:
    """A plain text object. `emoji` is off: `:bomb:` in a stranger's text stays what it is."""
    return {"type": "plain_text", "text": cut(text, limit) or ELLIPSIS, "emoji": False}


def say(text: str, **style: bool) -> Piece:
    """A text element of rich text, never empty."""
    leaf: Piece = {"type": "text", "text": text or ELLIPSIS}
    return leaf | ({"style": style} if style else {})


def whole(text: str) -> list[Piece]:
    """A text of any length as elements that read as one."""
    return [say(part) for part in parts(text)]


def when(at: datetime, form: str = "{time}") -> Piece:
    """A time in the reader's own time zone."""
    stamp = max(0, int(at.timestamp()))
    return {"type": "date", "timestamp": stamp, "format": form, "fallback": words.clock(at)}


def link(url: str, text: str) -> Piece:
    """A link that says where it leads."""
    return {"type": "link", "url": url, "text": text}


def section(leaves: Iterable[Piece]) -> Piece:
    """One paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(leaves)}


def quote(leaves: Iterable[Piece]) -> Piece:
    """A paragraph with a bar beside it."""
    return {"type": "rich_text_quote", "elements": list(leaves)}


def bullets(rows: Iterable[list[Piece]]) -> Piece:
    """A list of paragraphs."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [section(row) for row in rows]}


def listed(rows: list[list[Piece]], most: int) -> list[Piece]:
    """The first rows as a list, and how many there are besides; nothing where there are none."""
    if not rows:
        return []
    more = len(rows) - most
    tail = [section([say(f"and {more} more", italic=True)])] if more > 0 else []
    return [bullets(rows[:most]), *tail]


def rich(block_id: str, *elements: Piece) -> Piece:
    """A block of rich text. A section does not end its line by itself, so one before another section gets a break."""
    kept = list(elements)
    for i, (one, after) in enumerate(pairwise(elements)):
        if (one["type"], after["type"]) == ("rich_text_section", "rich_text_section"):
            kept[i] = section([*one["elements"], say("\n")])
    return {"type": "rich_text", "block_id": block_id, "elements": kept}


def actions(block_id: str, elements: list[Piece]) -> Iterator[Piece]:
    """A row of things to press, or nothing where there are none."""
    if elements:
        yield {"type": "actions", "block_id": block_id, "elements": elements}


def image(block_id: str, file: str, alt: str) -> Piece:
    """A picture that we uploaded; `alt` is read to people who do not see it."""
    return {"type": "image", "block_id": block_id, "slack_file": {"id": file}, "alt_text": cut(alt, 2000)}


def button(action: str, text: str, value: str, **more: Any) -> Piece:
    """A button; `more` is its style, confirm dialog or address."""
    return {"type": "button", "action_id": action, "text": label(text, 75), "value": value} | more


def confirm(title: str, text: str, *, yes: str, no: str) -> Piece:
    """The dialog that Slack puts before an act."""
    return {"title": label(title, 100), "text": label(text, 300), "confirm": label(yes, 30), "deny": label(no, 30)}


def option(text: str, value: str, description: str = "") -> Piece:
    """One choice of a menu or of radio buttons."""
    made: Piece = {"text": label(text, 75), "value": value}
    return made | ({"description": label(description, 75)} if description else {})


def _fitting(text: str, limit: int) -> int:
    """How many of the first letters stay within `limit`."""
    used = 0
    for count, letter in enumerate(text):
        used += len(ENTITIES.get(letter, "  " if ord(letter) > 0xFFFF else " "))
        if used > limit:
            return count
    return len(text)


def _is_inside_a_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and text[at].isalnum()
