"""The validator finds what Slack would refuse: each rule is broken once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from responders.approvals import samples
from responders.approvals.slack import cards, limits, modals, pictures
from responders.approvals.slack.kept import Plot, PlotState
from responders.model import Draft, Picture
from tests.json_schema import Schema
from tests.slack_house import card, reader


def message(*blocks: dict[str, Any], text: str = "hello") -> dict[str, Any]:
    return {"text": text, "blocks": list(blocks)}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def row(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "a", "elements": list(elements)}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain("Go"), "value": "1"} | changes


PLOT = Plot("p-1", "F0PLOT00001", "a plot", 7, PlotState.READY, samples.START)
SECTION = {"type": "section", "text": plain("hello")}
OPTION = {"text": plain("one"), "value": "1"}
RADIO = {"type": "radio_buttons", "action_id": "r", "options": [OPTION]}
LEAF = {"type": "text", "text": "x" * 3001}
INPUT = {"type": "input", "label": plain("l"), "element": {"type": "plain_text_input", "max_length": 3001}}
DIALOG = {"title": plain("t" * 101), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
BROKEN: dict[str, dict[str, Any]] = {
    "no blocks": message(),
    "too many blocks": message(*[SECTION] * 51),
    "no notification": message(SECTION, text=""),
    "long section": message({"type": "section", "text": plain("x" * 3001)}),
    "section long once escaped": message({"type": "section", "text": plain("&" * 700)}),
    "section long in UTF-16": message({"type": "section", "text": plain("😂" * 1501)}),
    "blank section": message({"type": "section", "text": plain(" ")}),
    "long header": message({"type": "header", "text": plain("x" * 151)}),
    "long button": message(row(button(text=plain("x" * 76)))),
    "long value": message(row(button(value="x" * 2001))),
    "bad address": message(row(button(url="javascript:alert(1)"))),
    "same action twice": message(row(button(), button())),
    "same block twice": message(row(button()), row(button())),
    "no elements": message(row()),
    "too many options": message(row(RADIO | {"options": [OPTION | {"value": str(i)} for i in range(11)]})),
    "same option twice": message(row(RADIO | {"options": [OPTION, OPTION]})),
    "long option": message(row(RADIO | {"options": [{"text": plain("x" * 76), "value": "1"}]})),
    "long option value": message(row(RADIO | {"options": [OPTION | {"value": "x" * 151}]})),
    "initial option of another": message(row(RADIO | {"initial_option": OPTION | {"value": "2"}})),
    "long block id": message(SECTION | {"block_id": "x" * 256}),
    "long element": message({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LEAF]}]}),
    "empty element": message(
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LEAF | {"text": ""}]}]}
    ),
    "long dialog": message(row(button(confirm=DIALOG))),
    "half a pair": message({"type": "section", "text": plain("\ud83d")}),
    "long title": {"type": "modal", "title": plain("x" * 25), "blocks": [SECTION]},
    "no submit": {"type": "modal", "title": plain("x"), "blocks": [INPUT | {"element": {"type": "plain_text_input"}}]},
    "long field": {"type": "modal", "title": plain("x"), "submit": plain("s"), "blocks": [INPUT]},
    "big view": {"type": "home", "blocks": [{"type": "section", "text": plain("é" * 3000)}] * 50},
    "long metadata": {"type": "modal", "title": plain("x"), "private_metadata": "x" * 3001, "blocks": [SECTION]},
}
IMAGE = {"type": "image", "slack_file": {"id": "F0PLOT00001"}, "alt_text": "a plot"}
BROKEN |= {
    "no words for a picture": message(IMAGE | {"alt_text": ""}),
    "no alt text at all": message({"type": "image", "slack_file": {"id": "F0PLOT00001"}}),
    "long words for a picture": message(IMAGE | {"alt_text": "x" * 2001}),
    "no file": message({"type": "image", "alt_text": "a plot"}),
    "odd file": message(IMAGE | {"slack_file": {"id": "f1"}}),
    "two places of a picture": message(IMAGE | {"image_url": "https://x.example/a.png"}),
}
RINGING: dict[str, dict[str, Any]] = {
    "notification": message(SECTION, text="<!channel>"),
    "mrkdwn": message({"type": "section", "text": {"type": "mrkdwn", "text": "<@U1>"}}),
    "broadcast": message({"type": "rich_text", "elements": [{"type": "broadcast", "range": "here"}]}),
    "picture for all to see": message({"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}),
    "user": message({"type": "rich_text", "elements": [{"type": "user", "user_id": "U1"}]}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_found(name: str) -> None:
    assert limits.problems(BROKEN[name]) != []


@pytest.mark.parametrize("name", RINGING)
def test_what_rings_is_found(name: str) -> None:
    assert limits.rings(RINGING[name]) != []


def test_what_is_fine_is_fine() -> None:
    fine = message(SECTION | {"block_id": "s"}, row(button(), RADIO | {"initial_option": OPTION}), IMAGE)
    assert limits.problems(fine) == []
    assert limits.rings(fine) == []


def test_every_published_example_that_keeps_the_limits_passes(shared: Path) -> None:
    for name in ("view_modal_001", "view_modal_004", "view_home_004"):
        made = json.loads((shared / f"recordings/slack/payloads/{name}.json").read_text(encoding="utf-8"))
        assert limits.problems(made) == [], name


def test_a_card_with_more_pictures_than_a_message_takes_keeps_the_limits() -> None:
    """Of the pictures that do not fit, words tell; the present text's are shown."""
    made = card()
    drafts = tuple(
        Draft("x:oreo", f"draft {i}", "a", media=tuple(picture(4 * i + j) for j in range(4))) for i in range(10)
    )
    crowded = replace(made, proposal=replace(made.proposal, drafts=drafts, text="draft 9", media=drafts[9].media))
    shown = cards.message(crowded, reader(), PLOT, files={picture(i).sha256: f"F0PICTURE{i:02}" for i in range(40)})
    assert limits.problems(shown) == []
    assert limits.rings(shown) == []
    files = [block["slack_file"]["id"] for block in shown["blocks"] if block["type"] == "image"][1:]
    assert len(files) == pictures.MOST
    assert files[-4:] == [f"F0PICTURE{i}" for i in range(36, 40)]
    assert str(shown).count("shown on the page of bonmot") == 40 - pictures.MOST


def test_words_of_any_length_stand_beside_a_picture() -> None:
    made = card()
    long = replace(picture(1), alt="words & " * 300)
    drafts = (replace(made.proposal.drafts[0], media=(long,)), *made.proposal.drafts[1:])
    told = replace(made, proposal=replace(made.proposal, drafts=drafts, media=(long,)))
    shown = cards.message(told, reader(), files={long.sha256: "F0PICTURE01"})
    assert limits.problems(shown) == []
    leaves = [leaf for block in shown["blocks"] for part in block.get("elements", []) for leaf in _leaves(part)]
    assert long.alt in "".join(leaves)


def _leaves(part: dict[str, Any]) -> list[str]:
    return [leaf.get("text", "") for leaf in part.get("elements", []) if leaf["type"] == "text"]


def picture(number: int) -> Picture:
    return Picture(f"{number:064x}", f"picture {number}", "image/png", f"{number}.png", 1200, 675, 9)


def test_the_schema_finds_planted_mistakes(shared: Path) -> None:
    schema = Schema(json.loads((shared / "recordings/slack/block_kit_subset.schema.json").read_text(encoding="utf-8")))
    blocks = cards.message(card(), reader(), PLOT)["blocks"]
    assert schema.errors(blocks) == []
    for i, block in enumerate(blocks):
        assert schema.errors([*blocks[:i], block | {"surprise": 1}, *blocks[i + 1 :]]) != [], block["type"]
    view = modals.edit(card(), reader())
    assert schema.errors(view | {"title": plain("x" * 25)}, "#/$defs/modal_view") != []
