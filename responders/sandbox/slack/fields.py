"""What is set in the elements of a message or view, and how payloads tell it (docs.slack.dev, block elements)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from responders.sandbox.slack.blocks import elements
from responders.sandbox.slack.words import Thing

Set = Mapping[str, Mapping[str, Sequence[str]]]
"""Block id -> action id -> what is set: values of options, ids of people, or the text alone."""

ONE, SEVERAL = ("radio_buttons", "static_select", "overflow"), ("checkboxes", "multi_static_select")
_SINGLE = {
    "users_select": "selected_user", "datepicker": "selected_date", "timepicker": "selected_time",
    "plain_text_input": "value", "number_input": "value", "url_text_input": "value", "email_text_input": "value",
}  # fmt: skip
STATEFUL = frozenset({*ONE, *SEVERAL, *_SINGLE, "multi_users_select"}) - {"overflow"}


def values_of(element: Thing, set_to: Sequence[str] | None) -> list[str]:
    """What is set in an element: what a person set, or else what it began with."""
    if set_to is not None:
        return list(set_to)
    first = element.get("initial_option")
    several = element.get("initial_options") or ([first] if first else [])
    if several:
        return [str(one["value"]) for one in several]
    if element.get("initial_users"):
        return [str(one) for one in element["initial_users"]]
    names = ("initial_value", "initial_user", "initial_date", "initial_time")
    return [str(element[name]) for name in names if element.get(name) is not None]


def field(element: Thing, values: Sequence[str]) -> Thing:
    """An element's entry in `state.values`, and the part of an action that says what was chosen.

    Raises ValueError for an option that the element does not have.
    """
    kind = str(element.get("type"))
    if kind in (*ONE, *SEVERAL):
        chosen = [_option(element, value) for value in values if value]
        return {"selected_options": chosen} if kind in SEVERAL else {"selected_option": chosen[0] if chosen else None}
    if kind == "multi_users_select":
        return {"selected_users": list(values)}
    return {_SINGLE[kind]: (values[0] if values else "") or None}


def states(found: Sequence[Thing], set_to: Set) -> Thing:
    """`state.values` of a message or view."""
    made: Thing = {}
    for block, element in pairs(found):
        if element.get("type") in STATEFUL:
            values = values_of(element, set_to.get(block["block_id"], {}).get(element["action_id"]))
            entry = {"type": element["type"]} | field(element, values)
            made.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return made


def missing(found: Sequence[Thing], set_to: Set) -> dict[str, str]:
    """What the service says beside fields before it sends a form: those that must not be empty, and the lengths."""
    wrong = {}
    for block, element in pairs([one for one in found if one.get("type") == "input"]):
        values = [one for one in values_of(element, set_to.get(block["block_id"], {}).get(element["action_id"])) if one]
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not values and not block.get("optional"):
            wrong[block["block_id"]] = "Please complete this required field."
        elif values and element["type"] == "plain_text_input" and not least <= len(values[0]) <= most:
            wrong[block["block_id"]] = f"Must be {least} to {most} characters."
    return wrong


def pairs(found: Sequence[Thing]) -> Iterator[tuple[Thing, Thing]]:
    """Each element that can be used, with its block."""
    for block in found:
        if block.get("type") != "rich_text":
            yield from ((block, one) for one in elements(block) if one.get("action_id"))


def _option(element: Thing, value: str) -> Thing:
    grouped = [one for group in element.get("option_groups", []) for one in group["options"]]
    for option in [*element.get("options", []), *grouped]:
        if option.get("value") == value:
            return dict(option)
    raise ValueError(f"there is no option {value!r}")
