"""Whether Slack would take what we are about to send, by its published limits; knows nothing of how it was made. Pure.

Plain dictionaries are checked by nobody before they reach Slack, and there the answer is `invalid_blocks`.
Limits: docs.slack.dev, reference/block-kit, and the types of @slack/types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

BLOCKS = {"message": 50, "modal": 100, "home": 100}
VIEW_BYTES = 250_000
NOTIFICATION = 4000
_IDS = {"block_id": 255, "action_id": 255, "callback_id": 255, "private_metadata": 3000, "accessibility_label": 75}
_TEXTS: Mapping[tuple[str, str], int] = {
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("static_select", "placeholder"): 150,
    ("plain_text_input", "placeholder"): 150,
}
_STRINGS: Mapping[tuple[str, str], int] = {
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("option", "value"): 150,
    ("text", "text"): 3000,
    ("link", "url"): 3000,
    ("image", "alt_text"): 2000,
}
_COUNTS: Mapping[tuple[str, str], int] = {
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("section", "fields"): 10,
    ("static_select", "options"): 100,
    ("overflow", "options"): 5,
    ("radio_buttons", "options"): 10,
    ("checkboxes", "options"): 10,
}
_FILE = re.compile(r"F[A-Z0-9]{8,}")
_NAMES = {"options": "option", "initial_option": "option"}
"""What an object without a type is called after the key that holds it."""
_RINGING = frozenset({"user", "usergroup", "channel", "broadcast", "team"})


def problems(made: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse about a message (`text`, `blocks`) or a view; empty when nothing."""
    kind = str(made.get("type", "message"))
    blocks = made.get("blocks")
    if kind not in BLOCKS or not isinstance(blocks, list) or not blocks:
        return [f"{kind}: not a message or view with blocks"]
    found = [] if len(blocks) <= BLOCKS[kind] else [f"{len(blocks)} blocks, at most {BLOCKS[kind]}"]
    found += _sent(made, kind)
    found += _twice([block.get("block_id") for block in blocks if "block_id" in block], "block_id")
    for name, thing in _things(made, kind):
        found += _thing(name, thing)
    if kind == "modal" and any(block["type"] == "input" for block in blocks) and "submit" not in made:
        found.append("a modal with inputs needs submit")
    return found


def rings(made: Mapping[str, Any]) -> list[str]:
    """What would ring somebody's phone, hide where a link leads or lie open to all: nothing of ours may."""
    found = ["text: has < or >"] if any(letter in str(made.get("text", "")) for letter in "<>") else []
    for name, thing in _things(made, "message"):
        if name in _RINGING:
            found.append(f"{name} element")
        if name == "image" and "image_url" in thing:  # it would be public before anybody said yes
            found.append(f"image from elsewhere: {thing['image_url']!r:.60}")
        if name == "mrkdwn":
            found.append(f"mrkdwn: {thing.get('text')!r:.60}")
    return found


def units(text: str) -> int:
    """UTF-16 units, with `&`, `<` and `>` as the entities that Slack keeps."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + 4 * text.count("&") + 3 * len(_angles(text))


def _angles(text: str) -> list[str]:
    return [letter for letter in text if letter in "<>"]


def _sent(made: Mapping[str, Any], kind: str) -> Iterator[str]:
    """What concerns the whole."""
    try:
        sent = json.dumps(made, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        yield "half of a surrogate pair, which JSON in UTF-8 cannot hold"
        return
    if kind != "message" and len(sent) > VIEW_BYTES:
        yield f"a view of {len(sent)} bytes, at most {VIEW_BYTES}"
    if kind == "message" and not 0 < len(str(made.get("text", ""))) <= NOTIFICATION:
        yield f"text: 1 to {NOTIFICATION} letters for notifications"


def _things(made: object, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object with what it is: its type, or what the key that holds it says."""
    if isinstance(made, list):
        for one in made:
            yield from _things(one, name)
    if not isinstance(made, Mapping):
        return
    yield str(made.get("type", name)), made
    for key, value in made.items():
        if key != "metadata":
            yield from _things(value, _NAMES.get(key, str(key)))


def _thing(name: str, thing: Mapping[str, Any]) -> Iterator[str]:
    for key, value in thing.items():
        at = f"{name}.{key}"
        if (name, key) in _TEXTS:
            yield from _length(at, value["text"], _TEXTS[name, key])
        if (name, key) in _STRINGS or key in _IDS:
            yield from _length(at, value, _STRINGS.get((name, key)) or _IDS[key])
        if (name, key) in _COUNTS and not 0 < len(value) <= _COUNTS[name, key]:
            yield f"{at}: {len(value)}, 1 to {_COUNTS[name, key]}"
        if key == "url" and not str(value).startswith(("https://", "http://")):
            yield f"{at}: no web address"
    yield from _chosen(name, thing)
    if name == "image":
        yield from _image(thing)


def _image(thing: Mapping[str, Any]) -> Iterator[str]:
    file = thing.get("slack_file")
    if ("image_url" in thing) == (file is not None):
        yield "image: one of image_url and slack_file"
    if isinstance(file, Mapping) and "id" in file and not _FILE.fullmatch(str(file["id"])):
        yield "image: no id of a file"
    if "alt_text" not in thing:
        yield "image: no alt_text"


def _chosen(name: str, thing: Mapping[str, Any]) -> Iterator[str]:
    options = thing.get("options", [])
    yield from _twice([option["value"] for option in options], f"{name}.option.value")
    if "initial_option" in thing and thing["initial_option"] not in options:
        yield f"{name}.initial_option: not among the options"
    yield from _twice([e["action_id"] for e in thing.get("elements", []) if "action_id" in e], f"{name}.action_id")
    most = thing.get("max_length", 3000)
    if name == "plain_text_input" and (units(thing.get("initial_value", "")) > most or not 1 <= most <= 3000):
        yield f"{name}: begins with more than {most}, or takes more than 3000"


def _length(at: str, text: str, most: int) -> Iterator[str]:
    if not 0 < units(text) <= most:
        yield f"{at}: {units(text)} letters, 1 to {most}"
    if not text.strip() and at != "text.text":  # between two elements of rich text there may be a space
        yield f"{at}: nothing to see"


def _twice(names: list[Any], what: str) -> list[str]:
    return [f"{what} {name!r} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
