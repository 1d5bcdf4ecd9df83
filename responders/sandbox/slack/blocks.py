"""Block Kit's limits, for what the cards use: what the real service answers with `invalid_blocks` is not taken here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from responders.sandbox.slack.words import No, Thing

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_VIEW_BYTES = 250_000
KNOWN = frozenset(
    {"section", "divider", "header", "context", "actions", "input", "image", "rich_text", "markdown", "file", "video"}
)


def check(found: object, *, kind: str = "message") -> list[Thing]:
    """The blocks, if they may stand in a `message`, `modal` or `home`. Raises No with what is wrong and where."""
    if not isinstance(found, list) or not all(isinstance(block, dict) for block in found):
        raise No("invalid_blocks_format")
    wrong = list(_problems(found, kind))
    if wrong:
        raise No("invalid_blocks", response_metadata={"messages": [f"[ERROR] {text}" for text in wrong]})
    return found


def check_view(found: object, *, kinds: tuple[str, ...]) -> Thing:
    """A view that may be shown. Raises No."""
    if not isinstance(found, dict):
        raise No("invalid_arguments")
    if len(json.dumps(found)) > MOST_VIEW_BYTES:
        raise No("view_too_large")
    kind = found.get("type", "")
    has_input = any(block.get("type") == "input" for block in found.get("blocks", []))
    title, lengths = found.get("title"), ("title", "submit", "close")
    too_long = [name for name in lengths if len((found.get(name) or {}).get("text", "")) > 24]
    if kind not in kinds or too_long or (kind == "modal" and (not title or (has_input and not found.get("submit")))):
        raise No("invalid_arguments", response_metadata={"messages": [f"[ERROR] the view's {too_long or 'parts'}"]})
    if len(found.get("private_metadata", "")) > 3000 or len(found.get("callback_id", "")) > 255:
        raise No("invalid_arguments")
    check(found.get("blocks"), kind=kind)
    return found


def named(found: list[Thing], number: Callable[[], int]) -> list[Thing]:
    """Every block with an id: the service gives one to those that have none."""
    return [{"block_id": f"b{number()}"} | block for block in found]


def elements(block: Thing) -> list[Thing]:
    """What can be clicked in a block."""
    inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [one for one in inner if isinstance(one, dict)]


def _problems(found: list[Thing], kind: str) -> Iterator[str]:
    if len(found) > MOST_BLOCKS[kind]:
        yield f"no more than {MOST_BLOCKS[kind]} items allowed [json-pointer:/blocks]"
    ids = [block["block_id"] for block in found if "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "block_id is not unique [json-pointer:/blocks]"
    for i, block in enumerate(found):
        place = f"[json-pointer:/blocks/{i}]"
        yield from (f"{text} {place}" for text in _of_block(block))
        for element in elements(block) if block.get("type") != "rich_text" else []:
            yield from (f"{text} {place}" for text in _of_element(element))


def _of_block(block: Thing) -> Iterator[str]:
    kind = block.get("type")
    if kind not in KNOWN:
        yield f"unsupported type: {kind}"
    if len(block.get("block_id", "")) > 255:
        yield "block_id is longer than 255"
    if kind == "section":
        yield from _text(block.get("text"), 3000) if "fields" not in block or "text" in block else []
        if len(block.get("fields", [])) > 10:
            yield "no more than 10 fields"
    if kind == "header":
        yield from _text(block.get("text"), 150, kinds=("plain_text",))
    if kind == "context" and not 1 <= len(block.get("elements", [])) <= 10:
        yield "1 to 10 elements"
    if kind == "image":
        yield from _image(block)
    if kind == "actions" and not 1 <= len(block.get("elements", [])) <= 25:
        yield "1 to 25 elements"


def _image(block: Thing) -> Iterator[str]:
    alt = block.get("alt_text")
    if not isinstance(alt, str) or not 1 <= len(alt) <= 2000:
        yield "alt_text must be 1 to 2000 characters"
    if ("image_url" in block) == ("slack_file" in block):
        yield "one of image_url and slack_file"


def _of_element(element: Thing) -> Iterator[str]:
    kind = element.get("type")
    if kind in ("plain_text", "mrkdwn"):
        yield from _text(element, 3000)
    if kind == "button":
        yield from _text(element.get("text"), 75, kinds=("plain_text",))
        if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
            yield "a button's value or url is too long"
        if element.get("style", "primary") not in ("primary", "danger"):
            yield "style must be primary or danger"
    if len(element.get("action_id", "")) > 255:
        yield "action_id is longer than 255"
    for option in element.get("options", []):
        yield from _text(option.get("text"), 75)
        if len(option.get("value", "")) > 150:
            yield "an option's value is too long"
    if kind == "overflow" and len(element.get("options", [])) > 5:
        yield "no more than 5 options"


def _text(found: object, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    if not isinstance(found, dict) or found.get("type") not in kinds or not isinstance(found.get("text"), str):
        yield f"must be a text object ({' or '.join(kinds)})"
    elif not 1 <= len(found["text"]) <= most:
        yield f"must be 1 to {most} characters"
