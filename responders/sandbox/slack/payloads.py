"""What people do, as the payloads that the service makes of it."""

from __future__ import annotations

from typing import Any

from responders.sandbox.slack.fields import ONE, field, pairs
from responders.sandbox.slack.words import Thing
from responders.sandbox.slack.workspace import APP, TEAM, Workspace, shown

DOMAIN = "sandbox"
TOKEN = "verification-token"  # noqa: S105 - the old shared word, which proves nothing


def click(space: Workspace, message: Thing, action_id: str, *, user: str, value: str | None, state: Any) -> Thing:
    """An element of a message is used. With `value` it is an option of it, or a button that it does not show any more.

    Raises ValueError for an element that is not there.
    """
    found = [(block, one) for block, one in pairs(message.get("blocks", [])) if one["action_id"] == action_id]
    if not found and value is None:
        raise ValueError(f"the message shows no {action_id!r}")
    gone: tuple[Thing, Thing] = {"block_id": "old"}, {"type": "button", "action_id": action_id}
    block, element = found[0] if found else gone
    if value is None and element["type"] in ONE:
        value = element["options"][0]["value"]
    values = None if value is None else [value]
    return used(space, (message, block, element), user=user, values=values, state=state or {})


def used(
    space: Workspace, place: tuple[Thing, Thing, Thing], *, user: str, values: list[str] | None, state: Thing
) -> Thing:
    """`block_actions`: an element in a block of a message or view, with what is set around it."""
    holder, block, element = place
    action: Thing = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        action["value"] = values[0] if values else element.get("value", "")
        action["text"] = element.get("text", {"type": "plain_text", "text": element["action_id"]})
    else:
        action |= field(element, values or [])
    action["action_ts"] = space.ts()
    made = _common(space, "block_actions", user) | {"actions": [action]}
    if "ts" not in holder:
        container = {"type": "view", "view_id": holder["id"]}
        return made | {"container": container, "view": holder | {"state": {"values": state}}}
    room, is_aside = holder["channel"], bool(holder.get("is_aside"))
    container = {"type": "message", "message_ts": holder["ts"], "channel_id": room, "is_ephemeral": is_aside}
    if not is_aside:
        made["message"] = shown(holder, with_metadata=False)
    return made | {
        "container": container, "channel": {"id": room, "name": space.channels[room]["name"]},
        "state": {"values": state}, "response_url": space.reply_url(room, user, None if is_aside else holder["ts"]),
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
        "response_url": space.reply_url(room, user, None), "trigger_id": space.trigger(user),
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
        "enterprise": None, "is_enterprise_install": False, "trigger_id": space.trigger(user),
    }  # fmt: skip
