"""What people do in Slack, read from its payloads into orders. Pure; whatever comes in, nothing is raised.

Payloads: docs.slack.dev, reference/interaction-payloads. `Order.person` is the Slack user's id here: who that is, and
whether their workspace may, is settled by `origin` and the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from responders.approvals import Act, Card, Order
from responders.approvals.slack import forms, slash
from responders.approvals.slack.stamps import BETWEEN, PREFIX, Stamp, fingerprint, read_block, read_value
from responders.approvals.slack.wishes import VIA, Unread, Wish, WishKind, at, text_at

SHORTCUTS: Mapping[str, WishKind] = {"pause_posting": "pause_form", "explain_message": "why"}
"""Callback ids of the app's manifest."""
_PLAIN: Mapping[str, Act] = {"withdraw": "withdraw", "undo": "undo", "give_up": "give_up"}
_FORMS: Mapping[str, WishKind] = {
    "edit": "edit", "reject": "reject", "details": "details", "wish": "wish_form", "mute": "mute_form",
    "everywhere": "take_back",
}  # fmt: skip
_BARE: Mapping[str, WishKind] = {
    "pause": "pause_form", "resume": "resume", "open": "nothing", "choose": "nothing", "tune": "tune_form",
}  # fmt: skip
_TUNINGS: Mapping[str, WishKind] = {"tune_apply": "tune_apply", "tune_drop": "tune_drop"}
_OLD = Unread("This button is not one of ours, or of an older version: look at the newest card.")


@dataclass(frozen=True, slots=True)
class Pick:
    """A yes to one draft as it stood on the screen; `order_of` finds its text."""

    stamp: Stamp
    number: int
    fingerprint: str
    person: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a payload comes from; empty where it does not say."""

    user: str
    team: str
    """The user's own workspace: shared channels bring people of others."""
    channel: str = ""
    message: str = ""
    """The `ts` of the message that was clicked."""
    trigger: str = ""
    """Opens one modal within three seconds."""
    response_url: str = ""
    view: str = ""
    hash: str = ""
    """Of the view, for `views.update`."""


def read(payload: object, *, now: datetime) -> Order | Pick | Wish | Unread:
    """What the payload asks for. An `Unread` carries a sentence for the person; the payload is not to be trusted."""
    person = origin(payload).user
    if not person:
        return Unread("Slack did not say who this was.")
    kind = text_at(payload, "type")
    if kind == "block_actions":
        return _pressed(payload, person, now)
    if kind == "view_submission":
        return forms.submitted(payload, person=person, now=now)
    if kind == "view_closed":
        return Wish("nothing", person)
    if kind in ("shortcut", "message_action"):
        return _shortcut(payload, person)
    if text_at(payload, "event", "type") == "app_home_opened":
        return Wish("home", person)
    if text_at(payload, "command"):
        return slash.command(text_at(payload, "text"), person=person, now=now)
    return Unread("This is nothing that bonmot understands.")


def origin(payload: object) -> Origin:
    """Who and where, for every kind of payload."""
    user = text_at(payload, "user", "id") or text_at(payload, "user_id") or text_at(payload, "event", "user")
    team = text_at(payload, "user", "team_id") or text_at(payload, "team", "id") or text_at(payload, "team_id")
    return Origin(
        user=user,
        team=team,
        channel=text_at(payload, "container", "channel_id")
        or text_at(payload, "channel", "id")
        or text_at(payload, "channel_id"),
        message=text_at(payload, "container", "message_ts") or text_at(payload, "message_ts"),
        trigger=text_at(payload, "trigger_id"),
        response_url=text_at(payload, "response_url"),
        view=text_at(payload, "view", "id"),
        hash=text_at(payload, "view", "hash"),
    )


def order_of(pick: Pick, card: Card | None) -> Order | Unread:
    """The yes with exactly the text that was on the screen; drafts keep their numbers for the life of a proposal."""
    if card is None or card.proposal.id != pick.stamp.proposal:
        return Unread("There is no such card any more.")
    drafts = card.proposal.drafts
    text = drafts[pick.number - 1].text if 1 <= pick.number <= len(drafts) else None
    if text is None or fingerprint(text) != pick.fingerprint:
        return Unread("The text you saw is not the one that is kept. Look at the newest card and choose again.")
    return Order(pick.stamp.proposal, "approve", pick.person, VIA, pick.stamp.revision, text=text)


def picks_in(text: str, person: str) -> list[Pick]:
    """What a button for several cards carries, the card's own first; empty where it makes no sense."""
    found = [read_value(part) for part in text.split(BETWEEN)]
    drafts = [(stamp, _draft(more)) for stamp, more in filter(None, found)]
    is_whole = len(drafts) == len(found) and all(number for _, (number, _) in drafts)
    return [Pick(stamp, number, mark, person) for stamp, (number, mark) in drafts] if is_whole else []


def _together(payload: object, value: str, person: str) -> Wish | Unread:
    """A yes to several cards: of this one to the draft that is chosen, of the others to the text that is shown."""
    picks = picks_in(value, person)
    if not picks:
        return _OLD
    own = picks[0]
    number, mark = _chosen(payload, own.stamp, (own.number, own.fingerprint))
    if not number:
        return Unread("Slack did not say which draft was chosen: choose one and try again.")
    texts = [own.stamp.value(f"d{number}", mark), *value.split(BETWEEN)[1:]]
    return Wish("together", person, proposal=own.stamp.proposal, revision=own.stamp.revision, text=BETWEEN.join(texts))


def _pressed(payload: object, person: str, now: datetime) -> Order | Pick | Wish | Unread:
    pressed = at(payload, "actions")
    if not isinstance(pressed, list) or len(pressed) != 1 or not isinstance(pressed[0], dict):
        return Unread("One click does one thing; Slack sent something else.")
    action: dict[str, Any] = pressed[0]
    full = text_at(action, "action_id")
    name = full.removeprefix(PREFIX)
    if name == full:
        return _OLD
    if name in _BARE:
        return Wish(_BARE[name], person)
    if name == "together":
        return _together(payload, text_at(action, "value"), person)
    found = read_value(text_at(action, "value") or text_at(action, "selected_option", "value"))
    if found is None:
        return _OLD
    stamp, more = found
    if name in _TUNINGS:
        return Wish(_TUNINGS[name], person, number=stamp.revision)
    if name == "snooze":
        return _snooze(stamp, more, person=person, now=now)
    if name in _PLAIN:
        return Order(stamp.proposal, _PLAIN[name], person, VIA, stamp.revision)
    return _about_a_draft(payload, name, (stamp, more), person=person)


def _snooze(stamp: Stamp, more: tuple[str, ...], *, person: str, now: datetime) -> Order | Unread:
    until = forms.ending(more[0] if len(more) == 1 else "", now)
    if until is None:
        return Unread("Slack did not say how long to wait.")
    return Order(stamp.proposal, "snooze", person, VIA, stamp.revision, until=until)


def _about_a_draft(
    payload: object, name: str, found: tuple[Stamp, tuple[str, ...]], *, person: str
) -> Pick | Wish | Unread:
    stamp, more = found
    if name not in _FORMS and name != "approve":
        return _OLD
    if name in ("details", "reject", "mute", "wish", "everywhere"):
        return Wish(_FORMS[name], person, proposal=stamp.proposal, revision=stamp.revision)
    number, mark = _chosen(payload, stamp, _draft(more))
    if not number:
        return Unread("Slack did not say which draft was chosen: choose one and try again.")
    if name == "edit":
        return Wish("edit", person, proposal=stamp.proposal, revision=stamp.revision, number=number)
    return Pick(stamp, number, mark, person)


def _chosen(payload: object, stamp: Stamp, default: tuple[int, str]) -> tuple[int, str]:
    """The radio button that is set; the button's own draft where the card has none. (0, "") where they contradict."""
    values = at(payload, "state", "values")
    for block, fields in values.items() if isinstance(values, dict) else ():
        part = read_block(block)
        if part is None or part[0] != "choice":
            continue
        option = at(fields, f"{PREFIX}choose", "selected_option")
        if option is None:  # nobody touched it: what is set is what the button was made with
            continue
        found = read_value(text_at(option, "value"))
        # Radio buttons of another card or revision say nothing about this one.
        is_ours = found is not None and (found[0].proposal, found[0].revision) == (stamp.proposal, stamp.revision)
        return _draft(found[1]) if found is not None and is_ours else (0, "")
    return default


def _draft(more: tuple[str, ...]) -> tuple[int, str]:
    if len(more) != 2 or not more[0][1:].isdecimal() or more[0][0] != "d":
        return 0, ""
    return int(more[0][1:]), more[1]


def _shortcut(payload: object, person: str) -> Wish | Unread:
    kind = SHORTCUTS.get(text_at(payload, "callback_id"))
    if kind is None:
        return Unread("bonmot has no such shortcut.")
    return Wish(kind, person, text=slash.unescaped(text_at(payload, "message", "text"))[: slash.MOST_LETTERS])
