"""The Web API: one function a method, with the answers and the errors of the real one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from responders.sandbox.slack import blocks as checks
from responders.sandbox.slack import files
from responders.sandbox.slack.words import No, Thing
from responders.sandbox.slack.workspace import (
    APP,
    BOT,
    BOT_USER,
    TEAM,
    TEXT_CHARS,
    UPDATE_CHARS,
    Workspace,
    digest,
    shown,
)

MOST_METADATA_CHARS = 16_000
MOST_VIEWS = 3


def auth_test(space: Workspace, _: Thing) -> Thing:
    """Who the token belongs to."""
    who = {"team": "Sandbox", "team_id": TEAM, "user": "bonmot", "user_id": BOT_USER, "bot_id": BOT}
    return {"url": f"{space.url}/", "is_enterprise_install": False} | who


def post_message(space: Workspace, args: Thing) -> Thing:
    """`chat.postMessage`: a new message, or one in a thread; a user's id names the conversation with them."""
    room = space.room(space.direct(need(args, "channel")), to_write=True)
    content = _content(space, args)
    if not content.get("text") and not content.get("blocks"):
        raise No("no_text")
    if content.get("text"):
        content["text"] = content["text"][:TEXT_CHARS]
    message = space.post(room["id"], content, thread=args.get("thread_ts") or None)
    return {"channel": room["id"], "ts": message["ts"], "message": shown(message)}


def update(space: Workspace, args: Thing) -> Thing:
    """`chat.update`: own messages only."""
    room = space.room(need(args, "channel"), to_write=True)
    content = _content(space, args)
    if content.get("text") is None and content.get("blocks") is None:
        raise No("no_text")
    if len(content.get("text") or "") > UPDATE_CHARS:
        raise No("msg_too_long")
    message = space.change(space.find(room["id"], need(args, "ts")), content)
    return {"channel": room["id"], "ts": message["ts"], "text": message.get("text", ""), "message": shown(message)}


def delete(space: Workspace, args: Thing) -> Thing:
    """`chat.delete`: own messages only."""
    room = space.room(need(args, "channel"), to_write=True)
    message = space.find(room["id"], need(args, "ts"))
    if message["user"] != BOT_USER:
        raise No("cant_delete_message")
    space.messages.remove(message)
    return {"channel": room["id"], "ts": message["ts"]}


def post_ephemeral(space: Workspace, args: Thing) -> Thing:
    """`chat.postEphemeral`: one person sees it, and it is not kept."""
    room = space.room(need(args, "channel"), to_write=True)
    user = need(args, "user")
    if user not in room["members"]:
        raise No("user_not_in_channel")
    content = _content(space, args)
    if not content.get("text") and not content.get("blocks"):
        raise No("no_text")
    ts = space.ts()
    space.ephemerals.append(content | {"channel": room["id"], "user": user, "ts": ts})
    return {"message_ts": ts}


def history(space: Workspace, args: Thing) -> Thing:
    """`conversations.history`: newest first, in pages; metadata only for who asks."""
    room = space.room(need(args, "channel"))
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "")
    top = [
        one for one in space.messages if one["channel"] == room["id"] and one.get("thread_ts", one["ts"]) == one["ts"]
    ]
    top = [one for one in reversed(top) if one["ts"] > oldest and (not latest or one["ts"] < latest)]
    with_metadata = truth(args.get("include_all_metadata"))
    found, cursor = _page([shown(one, with_metadata=with_metadata) for one in top], args, usual=100)
    return {"messages": found, "has_more": bool(cursor), "pin_count": 0, **_next(cursor)}


def replies(space: Workspace, args: Thing) -> Thing:
    """`conversations.replies`: a message and what was answered, oldest first."""
    room, ts = space.room(need(args, "channel")), need(args, "ts")
    thread = [one for one in space.messages if one["channel"] == room["id"] and ts in (one["ts"], one.get("thread_ts"))]
    if not thread:
        raise No("thread_not_found")
    with_metadata = truth(args.get("include_all_metadata"))
    found, cursor = _page([shown(one, with_metadata=with_metadata) for one in thread], args, usual=100)
    return {"messages": found, "has_more": bool(cursor), **_next(cursor)}


def room_info(space: Workspace, args: Thing) -> Thing:
    """`conversations.info`."""
    found = space.channels.get(need(args, "channel"))
    if found is None:
        raise No("channel_not_found")
    return {"channel": {name: value for name, value in found.items() if name != "members"}}


def members(space: Workspace, args: Thing) -> Thing:
    """`conversations.members`."""
    found, cursor = _page(space.room(need(args, "channel"))["members"], args, usual=100)
    return {"members": found, **_next(cursor)}


def user_info(space: Workspace, args: Thing) -> Thing:
    """`users.info`."""
    found = space.people.get(need(args, "user"))
    if found is None:
        raise No("user_not_found")
    return {"user": found}


def user_list(space: Workspace, args: Thing) -> Thing:
    """`users.list`."""
    found, cursor = _page(list(space.people.values()), args, usual=1000)
    return {"members": found, "cache_ts": int(space.seconds()), **_next(cursor)}


def bot_info(space: Workspace, args: Thing) -> Thing:
    """`bots.info`: which app a bot belongs to."""
    if need(args, "bot") != BOT:
        raise No("bot_not_found")
    return {"bot": {"id": BOT, "deleted": False, "name": "bonmot", "app_id": APP, "user_id": BOT_USER}}


def group_users(space: Workspace, args: Thing) -> Thing:
    """`usergroups.users.list`: of paid plans; people who are switched off are left out."""
    key = need(args, "usergroup")
    if not space.is_paid:
        raise No("plan_upgrade_required")
    found = space.groups.get(key)
    if found is None:
        raise No("no_such_subteam")
    if truth(args.get("include_disabled")):
        return {"users": found}
    return {"users": [user for user in found if not space.people.get(user, {}).get("deleted")]}


def open_view(space: Workspace, args: Thing) -> Thing:
    """`views.open`: a modal, for the trigger of a click that is not three seconds old."""
    content = _view(space, args, "modal")
    user = space.spend(need(args, "trigger_id"))
    made = space.view(content)
    space.stacks[user] = [made["id"]]
    return {"view": made}


def push_view(space: Workspace, args: Thing) -> Thing:
    """`views.push`: another modal on top, three at most."""
    content = _view(space, args, "modal")
    user = space.spend(need(args, "trigger_id"))
    return {"view": push(space, user, content)}


def push(space: Workspace, user: str, content: Thing) -> Thing:
    """Put a modal on top of those before a person. Raises No."""
    stack = space.stacks.setdefault(user, [])
    if len(stack) >= MOST_VIEWS:
        raise No("push_limit_reached")
    made = space.view(content, parent=space.views[stack[-1]] if stack else None)
    stack.append(made["id"])
    return made


def update_view(space: Workspace, args: Thing) -> Thing:
    """`views.update`: only from the state that `hash` names, where one is given."""
    known = space.views.get(str(args.get("view_id") or ""))
    if known is None:
        raise No("not_found")
    if args.get("hash") not in (None, "", known["hash"]):
        raise No("hash_conflict")
    return {"view": renew(space, known, _view(space, args, "modal"))}


def renew(space: Workspace, known: Thing, content: Thing) -> Thing:
    """Another content in a view that is open."""
    known |= content | {"blocks": checks.named(content["blocks"], space.number), "hash": space.hash()}
    return known


def publish_view(space: Workspace, args: Thing) -> Thing:
    """`views.publish`: a person's Home tab."""
    user = need(args, "user_id")
    if user not in space.people:
        raise No("invalid_arguments")
    content = _view(space, args, "home")
    space.homes[user] = space.view(content)
    return {"view": space.homes[user]}


def upload_url(space: Workspace, args: Thing) -> Thing:
    """`files.getUploadURLExternal`: where the bytes of a file go."""
    length = str(need(args, "length"))
    if not length.isdecimal() or int(length) < 1:
        raise No("invalid_arguments")
    key = f"F{digest(f'file {space.number()}').upper()}"
    space.files[key] = {"id": key, "name": need(args, "filename"), "length": int(length), "looks": 0, "body": None}
    return {"upload_url": f"{space.url}/_upload/{key}", "file_id": key}


def complete_upload(space: Workspace, args: Thing) -> Thing:
    """`files.completeUploadExternal`: the files are there, and perhaps shared in a channel."""
    found = args.get("files")
    if not isinstance(found, list) or not found:
        raise No("invalid_arguments")
    done = []
    for one in found:
        file = space.files.get(str(one.get("id")))
        if file is None or file["body"] is None:
            raise No("file_not_found")
        file["title"] = one.get("title") or file["name"]
        file["is_complete"] = True
        done.append({"id": file["id"], "title": file["title"]})
    if args.get("channel_id"):
        room = space.room(str(args["channel_id"]), to_write=True)
        content = {"text": args.get("initial_comment") or "", "files": done}
        space.post(room["id"], content, thread=args.get("thread_ts") or None)
    return {"files": done}


def file_info(space: Workspace, args: Thing) -> Thing:
    """`files.info`: what kind of file it is shows only after a while."""
    file = space.files.get(need(args, "file"))
    if file is None or not file.get("is_complete"):
        raise No("file_not_found")
    file["looks"] += 1
    told = {"id": file["id"], "name": file["name"], "title": file["title"], "size": file["length"]}
    return {"file": told | {"mimetype": files.kind_of(space.files, file["id"], space.file_looks)}}


Method = Callable[[Workspace, Thing], Thing]
METHODS: dict[str, tuple[Method, int]] = {
    "auth.test": (auth_test, 100),
    "chat.postMessage": (post_message, 60),
    "chat.update": (update, 50),
    "chat.delete": (delete, 50),
    "chat.postEphemeral": (post_ephemeral, 100),
    "conversations.history": (history, 50),
    "conversations.replies": (replies, 50),
    "conversations.info": (room_info, 50),
    "conversations.members": (members, 100),
    "views.open": (open_view, 100),
    "views.push": (push_view, 100),
    "views.update": (update_view, 100),
    "views.publish": (publish_view, 100),
    "bots.info": (bot_info, 50),
    "users.info": (user_info, 100),
    "users.list": (user_list, 20),
    "usergroups.users.list": (group_users, 20),
    "files.getUploadURLExternal": (upload_url, 100),
    "files.completeUploadExternal": (complete_upload, 100),
    "files.info": (file_info, 100),
}
"""What each is done by, and how often it may be asked in a minute (the documented tiers: 20, 50, 100)."""
READS = frozenset(
    {"conversations.history", "conversations.replies", "conversations.info", "conversations.members", "users.info",
     "bots.info", "users.list", "usergroups.users.list", "files.info", "files.getUploadURLExternal"}
)  # fmt: skip
"""Methods that take no JSON: their arguments are a form or the query."""


def need(args: Thing, name: str) -> str:
    """An argument that has to be there. Raises No."""
    value = args.get(name)
    if value in (None, "") or isinstance(value, dict | list):
        raise No("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
    return str(value)


def truth(value: object) -> bool:
    """Whether a flag is set, in a form or in JSON."""
    return str(value).lower() in ("true", "1")


def _content(space: Workspace, args: Thing) -> Thing:
    found, metadata = args.get("blocks"), args.get("metadata")
    if metadata is not None:
        if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
            raise No("invalid_metadata_format")
        if len(str(metadata)) > MOST_METADATA_CHARS:
            raise No("metadata_too_large")
    blocks = None if found is None else checks.named(checks.check(found), space.number)
    files.check_shown(blocks or [], space.files, space.file_looks)
    return {"text": args.get("text"), "blocks": blocks, "metadata": metadata}


def _view(space: Workspace, args: Thing, kind: str) -> Thing:
    content = checks.check_view(args.get("view"), kinds=(kind,))
    files.check_shown(content["blocks"], space.files, space.file_looks)
    return content


def _page(found: list[Any], args: Thing, *, usual: int) -> tuple[list[Any], str]:
    limit = str(args.get("limit") or usual)
    if not limit.isdecimal() or not 1 <= int(limit) <= 1000:
        raise No("invalid_limit")
    try:
        start = int(base64.b64decode(str(args.get("cursor") or "")) or b"0")
    except ValueError:
        raise No("invalid_cursor") from None
    end = start + int(limit)
    return found[start:end], base64.b64encode(str(end).encode()).decode() if end < len(found) else ""


def _next(cursor: str) -> Thing:
    return {"response_metadata": {"next_cursor": cursor}}
