"""What people do, as the payloads that the service makes of it."""

from __future__ import annotations

from typing import Any

from responders.sandbox.slack.blocks import elements
from responders.sandbox.slack.words import Thing
from responders.sandbox.slack.workspace import APP, TEAM, Workspace, shown

DOMAIN = "sandbox"
TOKEN = "verification-token"  # noqa: S105 - the old shared word, which proves nothing


def click(space: Workspace, message: Thing, action_id: str, *, user: str, value: str | None, state: Any) -> Thing:
    """A button of a message. With `value` it is one that the message does not show (any more).

    Raises ValueError for an element that is not there.
    """
    found = [(block, one) for block in message.get("blocks", []) for one in elements(block)]
    found = [(block, one) for block, one in found if one.get("action_id") == action_id]
    if not found and value is None:
        raise ValueError(f"the message shows no {action_id!r}")
    gone: tuple[Thing, Thing] = {"block_id": "old"}, {"type": "button"}
    block, element = found[0] if found else gone
    action: Thing = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
    if element["type"] in ("overflow", "static_select", "radio_buttons"):
        chosen = [one for one in element["options"] if value in (None, one["value"])]
        action["selected_option"] = chosen[0]
    else:
        action["value"] = element.get("value", "") if value is None else value
        action["text"] = element.get("text", {"type": "plain_text", "text": action_id})
    action["action_ts"] = space.ts()
    room = message["channel"]
    container = {"type": "message", "message_ts": message["ts"], "channel_id": room, "is_ephemeral": False}
    return _common(space, "block_actions", user) | {
        "container": container, "channel": {"id": room, "name": space.channels[room]["name"]},
        "message": shown(message, with_metadata=False), "state": {"values": state or {}},
        "response_url": space.reply_url(room, user, message["ts"]), "actions": [action],
    }  # fmt: skip


def submission(space: Workspace, view: Thing, *, user: str, values: Thing) -> Thing:
    """A modal's submit button. `values` are {block_id: {action_id: {"type": .., "value": ..}}}."""
    sent = view | {"state": {"values": values}}
    return _common(space, "view_submission", user) | {"view": sent, "response_urls": []}


def closing(space: Workspace, view: Thing, *, user: str) -> Thing:
    """A modal closed by its x."""
    made = _common(space, "view_closed", user) | {"view": view, "is_cleared": True}
    del made["trigger_id"]
    return made


def command(space: Workspace, text: str, *, user: str, room: str) -> Thing:
    """`/bonmot pause 10m`: the word with the slash, and the rest."""
    word, _, rest = text.partition(" ")
    return {
        "token": TOKEN, "team_id": TEAM, "team_domain": DOMAIN, "channel_id": room,
        "channel_name": space.channels[room]["name"], "user_id": user, "user_name": space.people[user]["name"],
        "command": word, "text": rest, "api_app_id": APP, "is_enterprise_install": "false",
        "response_url": space.reply_url(room, user, None), "trigger_id": space.trigger(),
    }  # fmt: skip


def home_opened(space: Workspace, *, user: str) -> Thing:
    """Somebody looks at the Home tab."""
    ts = space.ts()
    told = {"type": "app_home_opened", "user": user, "channel": "D01HOME", "tab": "home", "event_ts": ts}
    return {
        "token": TOKEN, "team_id": TEAM, "api_app_id": APP, "event": told, "type": "event_callback",
        "event_id": f"Ev{space.number():09d}", "event_time": int(space.seconds()), "is_ext_shared_channel": False,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": user, "is_bot": True}],
    }  # fmt: skip


def _common(space: Workspace, kind: str, user: str) -> Thing:
    known = space.people[user]
    who = {"id": user, "username": known["name"], "name": known["name"], "team_id": known["team_id"]}
    return {
        "type": kind, "team": {"id": TEAM, "domain": DOMAIN}, "user": who, "api_app_id": APP, "token": TOKEN,
        "enterprise": None, "is_enterprise_install": False, "trigger_id": space.trigger(),
    }  # fmt: skip
