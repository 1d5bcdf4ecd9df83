"""What people filled in: the fields of our modals, read back. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from responders.approvals import Order
from responders.approvals.slack import tuning
from responders.approvals.slack.stamps import PREFIX, Stamp, read_block, read_metadata
from responders.approvals.slack.wishes import VIA, Unread, Wish, at, text_at

TEXT, REASON, QUICK, UNTIL, WORDS = "text", "reason", "quick", "until", "words"
TERM, BRAND, BRAND_ALONE = "term", "brand", "one"
"""Parts of block ids; the action id of each field is the same with the prefix."""
PARTS = "abcdefgh"
"""A text longer than one field has several, joined as they stand: `texta`, `textb`."""
QUICK_REASONS = ("Too late", "Off brand", "Not funny", "Too sensitive")
WISH_LETTERS = 300
LONGEST_MINUTES = 7 * 24 * 60
LONGEST_MUTE_MINUTES = 30 * 24 * 60
_MINUTES = re.compile(r"m([0-9]{1,5})")


def submitted(payload: object, *, person: str, now: datetime) -> Order | Wish | Unread:
    """The order that a modal was sent for."""
    name = text_at(payload, "view", "callback_id")
    if name in tuning.STEPS:
        return tuning.submitted(payload, name, person)
    if name == f"{PREFIX}pause":
        return _pause(payload, person=person, now=now)
    if name == f"{PREFIX}mute":
        return _mute(payload, person=person, now=now)
    stamp = read_metadata(at(payload, "view", "private_metadata"))
    if stamp is not None and name == f"{PREFIX}wish":
        return _wish(payload, stamp, person)
    if stamp is None or name not in (f"{PREFIX}edit", f"{PREFIX}reject"):
        return Unread("This form is not one of ours, or of an older version: open it again.")
    return _edit(payload, stamp, person) if name == f"{PREFIX}edit" else _reject(payload, stamp, person)


def first_field(payload: object) -> str:
    """The block of the first field that people write into; of any field where there is none, empty without one."""
    fields = sorted(_fields(payload))
    typed = [block for part, block in fields if part.startswith((TEXT, REASON, WORDS))]
    return next(iter([*typed, *(block for _, block in fields)]), "")


def ending(value: str, now: datetime, longest_minutes: int = LONGEST_MINUTES) -> datetime | None:
    """`m15` from now, or None."""
    found = _MINUTES.fullmatch(value)
    minutes = int(found[1]) if found else 0
    return now + timedelta(minutes=minutes) if 0 < minutes <= longest_minutes else None


def _edit(payload: object, stamp: Stamp, person: str) -> Order | Unread:
    fields = _fields(payload)
    pieces = [(part, block) for part, block in sorted(fields) if part.startswith(TEXT)]
    text = "".join(fields[piece] for piece in pieces).replace("\r\n", "\n")
    first = pieces[0][1] if pieces else ""
    if not text.strip():
        return Unread("Write the text that should be posted.", first)
    return Order(stamp.proposal, "edit", person, VIA, stamp.revision, text=text)


def _reject(payload: object, stamp: Stamp, person: str) -> Order | Unread:
    fields = _fields(payload)
    said = {part: text.strip() for (part, _), text in fields.items() if part in (QUICK, REASON)}
    reason = ": ".join(said[part] for part in (QUICK, REASON) if said.get(part))
    if not reason:
        block = next((block for part, block in fields if part == REASON), "")
        return Unread("Say why; the next drafts learn from it.", block)
    return Order(stamp.proposal, "reject", person, VIA, stamp.revision, reason=reason[:500])


def _wish(payload: object, stamp: Stamp, person: str) -> Wish:
    words = next((text for (part, _), text in _fields(payload).items() if part == WORDS), "")
    return Wish("drafts", person, proposal=stamp.proposal, revision=stamp.revision, text=words.strip()[:WISH_LETTERS])


def _pause(payload: object, *, person: str, now: datetime) -> Wish | Unread:
    fields = _fields(payload)
    why = next((text.strip() for (part, _), text in fields.items() if part == REASON), "")
    if not why:
        block = next((block for part, block in fields if part == REASON), "")
        return Unread("Say why, so that others know when to resume.", block)
    chosen = next((text for (part, _), text in fields.items() if part == UNTIL), "")
    return Wish("pause", person, text=why[:500], until=ending(chosen, now))


def _mute(payload: object, *, person: str, now: datetime) -> Wish | Unread:
    """What was chosen is found by its fingerprint on the card as it is kept: the form holds no stranger's word."""
    stamp = read_metadata(at(payload, "view", "private_metadata"))
    said = {part: text.strip() for (part, _), text in _fields(payload).items()}
    until = ending(said.get(UNTIL, ""), now, LONGEST_MUTE_MINUTES)
    if stamp is None or until is None:
        return Unread("This form is not one of ours, or of an older version: open it again.")
    if not said.get(REASON):
        block = next((block for part, block in _fields(payload) if part == REASON), "")
        return Unread("Say why, for those who wonder why nothing is offered.", block)
    brand = BRAND_ALONE if said.get(BRAND) == BRAND_ALONE else ""
    what, why = said.get(TERM, ""), said[REASON][:500]
    return Wish("mute", person, proposal=stamp.proposal, text=why, until=until, subject=what, brand=brand)


def _fields(payload: object) -> dict[tuple[str, str], str]:
    """(part, block id) -> what was typed or chosen; an empty field is an empty text."""
    values = at(payload, "view", "state", "values")
    found: dict[tuple[str, str], str] = {}
    for block, actions in values.items() if isinstance(values, dict) else ():
        part = read_block(block)
        if part is None or not isinstance(actions, dict) or len(actions) != 1:
            continue
        field = next(iter(actions.values()))
        typed = text_at(field, "value") or text_at(field, "selected_option", "value")
        found[part[0], str(block)] = typed
    return found
