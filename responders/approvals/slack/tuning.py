"""The windows in which a keyword is tuned: which one, how it should be, what that would have done. Pure.

Each window's metadata carries what was chosen before it; what was typed comes back with the submission.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from responders.approvals.aides import BrandKeywords, Preview, Retune, Tuning
from responders.approvals.shapes import Reader
from responders.approvals.slack.kit import (
    Piece,
    actions,
    button,
    confirm,
    label,
    line,
    option,
    rich,
    say,
    section,
    when,
)
from responders.approvals.slack.stamps import PREFIX, Stamp, read_block
from responders.approvals.slack.wishes import Unread, Wish, WishKind, at, text_at

View = dict[str, Any]
STEPS: Mapping[str, WishKind] = {
    f"{PREFIX}tune": "tune_next", f"{PREFIX}tunerule": "preview", f"{PREFIX}tuneshow": "propose",
}  # fmt: skip
"""Callback id of each window -> what sending it asks for."""
WHICH, MATCH, WEIGHT, WHAT, WHY = "which", "match", "weight", "what", "why"
RULE_LETTERS = 800
"""What was typed has to fit into the metadata of the next window, 3,000 letters with its escapes."""
WHY_LETTERS = 200
MOST_KEYWORDS = 99
"""Of a brand in the choice; a group of options takes 100."""
MOST_WAITING = 10
STAMP = Stamp("tune", 0)
ACTS = ("add", "change", "remove")


def choose(brands: Sequence[BrandKeywords]) -> View:
    """Which keyword of which brand, or a new one."""
    groups = [{"label": label(one.title, 75), "options": list(_options(one))} for one in brands[:100]]
    select = {"type": "static_select", "action_id": f"{PREFIX}{WHICH}", "option_groups": groups}
    note = "What you change is tried on the last 24 hours first. Another approver applies it."
    blocks = [_input(WHICH, "Which keyword?", select), rich(STAMP.block("note"), section([say(note, italic=True)]))]
    return _modal("tune", "Tune keywords", blocks, submit="Next")


def form(brand: BrandKeywords, retune: Retune) -> View:
    """How the rule should be."""
    is_new = retune.act == "add"
    now = None if is_new else brand.keywords[retune.place]
    blocks = [] if is_new else [_input(WHAT, "What?", _radio(retune))]
    typed = {"initial_value": now.match} if now is not None else {}
    hint = 'Words side by side must all stand in a post; OR, -not, "phrases", #tags, beginnings*, list:NAME.'
    blocks += [
        _input(MATCH, f"Rule of {brand.title}", _typed(MATCH, RULE_LETTERS) | typed, hint=hint),
        _input(
            WEIGHT,
            "Weight, 0 to 5",
            {
                "type": "number_input",
                "action_id": f"{PREFIX}{WEIGHT}",
                "is_decimal_allowed": True,
                "initial_value": f"{now.weight if now is not None else 1.0:g}",
            },
        ),
        _input(WHY, "Why?", _typed(WHY, WHY_LETTERS)),
    ]
    return _modal("tunerule", "Tune keywords", blocks, submit="Preview", retune=retune)


def counting(retune: Retune, posts: int = 0) -> View:
    """While it is tried."""
    text = f"Counting cards of the last 24 hours … {f'{posts} posts so far' if posts else ''}"
    blocks = [rich(STAMP.block("what"), section([say(_said(retune))])), _words("count", text)]
    return _modal("tunecount", "Tune keywords", blocks)


def shown(retune: Retune, preview: Preview) -> View:
    """What it would have done."""
    more = preview.after - preview.before
    change = "as many cards as now" if not more else f"{abs(more)} cards {'more' if more > 0 else 'fewer'}"
    blocks = [
        rich(STAMP.block("what"), section([say(_said(retune))])),
        rich(STAMP.block("more"), section([say(f"{change}: ", bold=True), say(f"{preview.before} → {preview.after}")])),
        _words("of", f"Counted on {line(preview.of, 500)}."),
    ]
    return _modal("tuneshow", "Tune keywords", blocks, submit="Propose it", retune=retune)


def said(text: str) -> View:
    """A sentence in the place of a window."""
    return _modal("tunesaid", "Tune keywords", [_words("said", line(text, 1000))])


def waiting(tunings: Sequence[Tuning], reader: Reader) -> Iterator[Piece]:
    """For the Home tab: the way in, and what waits for a review."""
    yield from actions(STAMP.block("way"), [button(f"{PREFIX}tune", "Tune keywords", "tune")])
    for one in tunings[:MOST_WAITING]:
        stamp = Stamp(f"t-{one.number}", one.number)
        what = _said(Retune(one.brand, one.act, one.place, "", one.match, one.weight), before=one.before)
        why = f": {line(one.why, 200)}" if one.why.strip() else ""
        by = [say(f"{line(reader.name(one.person), 60)}, "), when(one.at), say(why)]
        yield rich(stamp.block("tuning"), section([say(f"{what} ", bold=True), *by]))
        ask = confirm("Apply it?", "It is written into the brand's file and counts at once.", yes="Apply", no="Not yet")
        yield from actions(
            stamp.block("review"),
            [
                button(f"{PREFIX}tune_apply", "Apply", stamp.value(), confirm=ask),
                button(f"{PREFIX}tune_drop", "Drop", stamp.value()),
            ],
        )


def submitted(payload: object, name: str, person: str) -> Wish | Unread:
    """What a window of these was sent for; the change goes on as text."""
    fields = _fields(payload)
    if name == f"{PREFIX}tune":
        return Wish("tune_next", person, text=fields.get(WHICH, ("", ""))[0])
    retune = read(text_at(payload, "view", "private_metadata"))
    if retune is None:
        return Unread("This form is not one of ours, or of an older version: open it again.")
    if name == f"{PREFIX}tuneshow":
        return Wish("propose", person, text=written(retune))
    typed = _weight(fields.get(WEIGHT, ("", ""))[0])
    if typed is None:
        return Unread("Write a number from 0 to 5.", fields.get(WEIGHT, ("", ""))[1])
    act = "remove" if fields.get(WHAT, ("", ""))[0] == "remove" and retune.act != "add" else retune.act
    match, why = (fields.get(part, ("", ""))[0].strip() for part in (MATCH, WHY))
    return Wish("preview", person, text=written(replace(retune, act=act, match=match, weight=typed, why=why)))


def chosen(text: str, brands: Sequence[BrandKeywords]) -> tuple[BrandKeywords, Retune] | None:
    """The brand and the keyword that `which` names; None where it is gone."""
    name, _, place = text.rpartition(":")
    brand = next((one for one in brands if one.brand == name), None)
    if brand is None:
        return None
    if place == "new":
        return brand, Retune(name, "add", 0, brand.digest)
    if not place.isdecimal() or int(place) >= len(brand.keywords):
        return None
    return brand, Retune(name, "change", int(place), brand.digest)


def block_of(payload: object, part: str) -> str:
    """The block id of a field, or of any where there is none of that name."""
    fields = _fields(payload)
    found = fields.get(part) or next(iter(fields.values()), ("", ""))
    return found[1]


def written(retune: Retune) -> str:
    """As metadata and texts carry it."""
    return json.dumps(
        [retune.brand, retune.act, retune.place, retune.digest, retune.match, retune.weight, retune.why],
        ensure_ascii=False,
    )


def read(text: str) -> Retune | None:
    """What `written` wrote, or None."""
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(made, list) or len(made) != 7 or not all(isinstance(made[i], str) for i in (0, 1, 3, 4, 6)):
        return None
    brand, act, place, digest, match, weight, why = made
    if act not in ACTS or type(place) is not int or place < 0 or type(weight) not in (int, float):
        return None
    return Retune(brand, act, place, digest, match, float(weight), why)


def _fields(payload: object) -> dict[str, tuple[str, str]]:
    """Part -> what was typed or chosen, and the block id."""
    values = at(payload, "view", "state", "values")
    found: dict[str, tuple[str, str]] = {}
    for block, fields in values.items() if isinstance(values, dict) else ():
        part = read_block(block)
        if part is None or not isinstance(fields, dict) or len(fields) != 1:
            continue
        one = next(iter(fields.values()))
        found[part[0]] = (text_at(one, "value") or text_at(one, "selected_option", "value"), str(block))
    return found


def _weight(text: str) -> float | None:
    try:
        weight = float(text)
    except ValueError:
        return None
    return weight if 0.0 <= weight <= 5.0 else None


def _options(brand: BrandKeywords) -> Iterator[Piece]:
    for place, one in enumerate(brand.keywords[:MOST_KEYWORDS]):
        yield option(line(f"{one.match} ({one.weight:g})", 75), f"{brand.brand}:{place}")
    yield option(f"A new one for {line(brand.title, 50)}", f"{brand.brand}:new")


def _radio(retune: Retune) -> Piece:
    options = [option("Change it", "change"), option("Remove it", "remove")]
    first = options[retune.act == "remove"]
    return {"type": "radio_buttons", "action_id": f"{PREFIX}{WHAT}", "options": options, "initial_option": first}


def _said(retune: Retune, before: str = "") -> str:
    brand, match = line(retune.brand, 40), line(retune.match, 300) if retune.match else ""
    if retune.act == "remove":
        return f"{brand}: without the keyword {line(before or match, 300)}"
    old = f"{line(before, 300)} becomes " if before else ""
    new = "a new keyword " if retune.act == "add" else ""
    return f"{brand}: {new}{old}{match} with weight {retune.weight:g}"


def _words(part: str, text: str) -> Piece:
    return {"type": "section", "block_id": STAMP.block(part), "text": label(text, 2000)}


def _typed(part: str, most: int) -> Piece:
    return {"type": "plain_text_input", "action_id": f"{PREFIX}{part}", "max_length": most}


def _input(part: str, name: str, element: Piece, *, hint: str = "") -> Piece:
    made = {"type": "input", "block_id": STAMP.block(part), "label": label(name, 150), "element": element}
    return made | {"optional": False} | ({"hint": label(hint, 300)} if hint else {})


def _modal(name: str, title: str, blocks: list[Piece], *, submit: str = "", retune: Retune | None = None) -> View:
    made: View = {
        "type": "modal", "callback_id": f"{PREFIX}{name}", "title": label(title, 24),
        "close": label("Cancel" if submit else "Close", 24), "blocks": blocks,
    }  # fmt: skip
    sent = {"submit": label(submit, 24)} if submit else {}
    return made | sent | ({"private_metadata": written(retune)} if retune is not None else {})
