"""The page on which a person sees the workspace as one of its people: nothing of a stranger's ever becomes markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup

from responders.sandbox.slack.fields import Set, values_of
from responders.sandbox.slack.rich import Names, rich, text, when
from responders.sandbox.slack.words import Thing
from responders.sandbox.slack.workspace import BOT_USER, Workspace

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HOME = "home"
MOST_SHOWN = 60
"""Messages of a channel, the newest."""

# Payloads leave out what is not set: a missing key is nothing, and a missing name of ours is a mistake.
_blocks = Environment(autoescape=True, undefined=Undefined, loader=FileSystemLoader(Path(__file__).parent))
_blocks.globals |= {"text": text, "rich": rich, "values": values_of}
_frame = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(Path(__file__).parent))


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks, and where."""

    viewer: str
    room: str
    """The id of a channel, or `home`."""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What a block has to know of where it stands."""

    holder: str
    """`m CHANNEL TS` or `v VIEW`."""
    state: Set
    names: Names
    users: tuple[tuple[str, str], ...]


Part = tuple[str, str]
"""A key that stays, and the markup."""


def place_of(space: Workspace, query: Any) -> Place:
    """Where an address leads; what it does not say or nobody knows is the first of its kind."""
    viewers = [key for key, _ in people(space)]
    viewer, room, thread = (str(query.get(name, "")) for name in ("as", "at", "thread"))
    rooms = [*rooms_of(space), HOME]
    return Place(viewer if viewer in viewers else viewers[0], room if room in rooms else rooms[0], thread)


def page(space: Workspace, at: Place) -> str:
    """The whole page."""
    names = {key: known["name"] for key, known in space.channels.items()}
    shown = parts(space, at)
    joined = {name: "".join(html for _, html in shown[name]) for name in ("list", "thread")}
    # What the macros made is markup; everything else in the frame is escaped.
    drawn = joined | {"modal": shown["modal"][1]}
    safe = {name: Markup(html) for name, html in drawn.items()}  # noqa: S704
    rooms = [(key, names[key]) for key in rooms_of(space)]
    return _frame.get_template("page.html").render(
        at=at, parts=safe | {"version": shown["version"]}, people=people(space), rooms=rooms, names=names
    )


def parts(space: Workspace, at: Place) -> Thing:
    """What changes: `list` and `thread` as parts with their keys, `modal` as one, and the `version` of it all."""
    modal = _modal(space, at)
    if at.room == HOME:
        listed = [_home(space, at)]
    else:
        listed = list(_listed(space, at, [one for one in _seen(space, at) if is_first(one)][-MOST_SHOWN:]))
        listed = listed or [("none", "<p class=empty>No message yet.</p>")]
    thread = [one for one in _seen(space, at) if at.thread and at.thread in (one["ts"], one.get("thread_ts"))]
    return {"version": version(space), "list": listed, "thread": list(_listed(space, at, thread)), "modal": modal}


def version(space: Workspace) -> str:
    """Changes whenever anything on a page may look different."""
    return f"{space.counted}.{len(space.messages)}.{len(space.ephemerals)}"


def people(space: Workspace) -> list[tuple[str, str]]:
    """Everybody who can look at the page: id and name."""
    able = [(key, known) for key, known in space.people.items() if key != BOT_USER and not known["deleted"]]
    return [(key, str(known["real_name"])) for key, known in able]


def rooms_of(space: Workspace) -> list[str]:
    """The channels, those with the bot first."""
    return sorted(space.channels, key=lambda key: not space.channels[key]["is_member"])


def is_first(message: Thing) -> bool:
    """Whether it stands in the channel itself and not in a thread."""
    return bool(message.get("thread_ts", message["ts"]) == message["ts"])


def _seen(space: Workspace, at: Place) -> list[Thing]:
    """What the viewer sees of the channel, oldest first."""
    asides = [one | {"is_aside": True} for one in space.ephemerals if one["user"] == at.viewer]
    found = [one for one in [*space.messages, *asides] if one["channel"] == at.room]
    return sorted(found, key=lambda one: float(one["ts"]))


def _listed(space: Workspace, at: Place, messages: list[Thing]) -> Iterator[Part]:
    threads = Counter(one["thread_ts"] for one in space.messages if not is_first(one))
    template = _blocks.get_template("blocks.html").module
    names = names_of(space)
    for one in messages:
        is_aside = bool(one.get("is_aside"))
        user = BOT_USER if is_aside else one["user"]
        known = space.people.get(user, {})
        about = {
            "is_aside": is_aside,
            "bot_id": is_aside or user == BOT_USER,
            "who": known.get("name") if user == BOT_USER else known.get("real_name", user),
            "clock": when(float(one["ts"]), "{time}", names.now),
            "replies": threads[one["ts"]],
        }
        around = _around(space, at, f"m {one['channel']} {one['ts']}", names=names)
        yield f"{'aside ' if is_aside else ''}{one['ts']}", str(template.message(one | about, around))  # type: ignore[attr-defined]


def _home(space: Workspace, at: Place) -> Part:
    view = space.homes.get(at.viewer)
    if view is None:
        return "home", "<p class=empty>The app has not drawn its Home tab for you.</p>"
    around = _around(space, at, f"v {view['id']}", names=names_of(space))
    template = _blocks.get_template("blocks.html").module
    drawn = "".join(str(template.block(block, around)) for block in view["blocks"])  # type: ignore[attr-defined]
    return "home", f'<div class="home">{drawn}</div>'


def _modal(space: Workspace, at: Place) -> Part:
    stack = space.stacks.get(at.viewer)
    if not stack:
        return "", ""
    view = space.views[stack[-1]]
    around = _around(space, at, f"v {view['id']}", names=names_of(space))
    template = _blocks.get_template("blocks.html").module
    return f"{view['id']} {view['hash']}", str(template.modal(view, around))  # type: ignore[attr-defined]


def _around(space: Workspace, at: Place, holder: str, *, names: Names) -> Around:
    users = tuple((key, f"{name}") for key, name in people(space))
    return Around(holder, space.chosen.get((at.viewer, holder), {}), names, users)


def names_of(space: Workspace) -> Names:
    """What ids are called, and the time."""
    users = {key: str(known["name"]) for key, known in space.people.items()}
    rooms = {key: str(known["name"]) for key, known in space.channels.items()}
    now = datetime.fromtimestamp(space.seconds(), tz=UTC)
    return Names(now, users, rooms, {key: f"@{key.lower()}" for key in space.groups})
