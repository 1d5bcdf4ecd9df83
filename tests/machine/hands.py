"""What people see of a card, and what pressing something on it sends. Knows the wire, and nothing of our channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]
CHOOSE = "bonmot.choose"


@dataclass(eq=False)
class Deed:
    """What one person did, as the person meant it."""

    at: float
    user: str
    act: str
    proposal: str = ""
    text: str | None = None
    """For a yes the text that stood on the screen, for an edit the new one."""
    reason: str = ""
    envelopes: list[str] = field(default_factory=list)
    via: str = "slack"
    account: str = ""


def elements(message: Thing) -> dict[str, Thing]:
    """What can be pressed, by its action id."""
    found = [one for block in message.get("blocks", []) for one in block.get("elements", []) if "action_id" in one]
    return {one["action_id"]: one for one in found}


def block_of(message: Thing, action: str) -> str:
    """The id of the block in which something stands."""
    return next(
        block["block_id"]
        for block in message["blocks"]
        if any(one.get("action_id") == action for one in block.get("elements", []))
    )


def drafts(message: Thing) -> dict[int, str]:
    """The texts on the screen, by their numbers."""
    found = {}
    for block in message.get("blocks", []):
        words = list(_texts(block))
        if words and words[0].startswith("Draft ") and words[0].removeprefix("Draft ").isdecimal():
            quotes = [one for one in block["elements"] if one["type"] == "rich_text_quote"]
            found[int(words[0].removeprefix("Draft "))] = "".join(_texts(quotes[0]))
    return found


def preset(message: Thing) -> int:
    """The draft that is chosen when nobody touches anything; 0 for none."""
    radio = elements(message).get(CHOOSE)
    value = radio["initial_option"]["value"] if radio else elements(message)["bonmot.approve"]["value"]
    return _number(value)


def touched(message: Thing, number: int) -> Thing | None:
    """`state.values` with a radio button set; None where there is no choice."""
    radio = elements(message).get(CHOOSE)
    if radio is None:
        return None
    option = next((one for one in radio["options"] if _number(one["value"]) == number), None)
    if option is None:
        return None
    return {block_of(message, CHOOSE): {CHOOSE: {"type": "radio_buttons", "selected_option": option}}}


def filled(view: Thing, typed: dict[str, str]) -> Thing:
    """`state.values` of a form: `typed` by the part that a block's id begins with; the rest as it came."""
    values: Thing = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, part = block["element"], block["block_id"].partition(":")[0]
        answer: Thing = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            answer["value"] = typed.get(part, element.get("initial_value"))
        else:
            answer["selected_option"] = element.get("initial_option")
        values[block["block_id"]] = {element["action_id"]: answer}
    return values


def _number(value: str) -> int:
    return next((int(part[1:]) for part in value.split(":") if part[:1] == "d" and part[1:].isdecimal()), 0)


def _texts(piece: Any) -> Iterator[str]:
    if isinstance(piece, dict):
        if piece.get("type") == "text" and isinstance(piece.get("text"), str):
            yield piece["text"]
        for value in piece.values():
            yield from _texts(value)
    elif isinstance(piece, list):
        for one in piece:
            yield from _texts(one)
