"""The page on which a person sees the channels: no scripts, nothing fetched from elsewhere, everything escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from responders.sandbox.slack.blocks import elements
from responders.sandbox.slack.words import Thing
from responders.sandbox.slack.workspace import Workspace

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_environment = Environment(autoescape=True, undefined=StrictUndefined)
_template = _environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def page(space: Workspace) -> str:
    """The messages, newest first, then what single people were told."""
    told = [one | {"lines": lines(one)} for one in reversed(space.messages)]
    aside = [one | {"lines": lines(one)} for one in reversed(space.ephemerals)]
    names = {key: known["name"] for key, known in space.people.items()}
    rooms = {key: known["name"] for key, known in space.channels.items()}
    return _template.render(messages=told, aside=aside, names=names, rooms=rooms)


def lines(message: Thing) -> list[tuple[str, str]]:
    """What a message shows, piece by piece: a kind and its text; only the text where there are no blocks."""
    blocks = message.get("blocks")
    if not blocks:
        return [("text", message.get("text") or "")]
    return [line for block in blocks for line in _of_block(block)]


def _of_block(block: Thing) -> list[tuple[str, str]]:
    kind = str(block.get("type"))
    if kind == "divider":
        return [("divider", "")]
    if kind == "rich_text":
        return [("quote", _plain(block))]
    found = [("heading" if kind == "header" else "text", _words(block["text"]))] if "text" in block else []
    found += [("text", _words(field)) for field in block.get("fields", [])]
    for one in elements(block):
        is_text = one.get("type") in ("plain_text", "mrkdwn")
        found.append(("note", _words(one)) if is_text else ("button", _words(one.get("text") or one.get("type"))))
    return found


def _words(found: object) -> str:
    return str(found.get("text", "")) if isinstance(found, dict) else str(found)


def _plain(rich: Thing) -> str:
    """The text of rich text, without its styles."""
    if "text" in rich and isinstance(rich["text"], str):
        return rich["text"]
    return "".join(_plain(one) for one in rich.get("elements", []) if isinstance(one, dict))
