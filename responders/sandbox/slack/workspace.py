"""What the sandbox knows of one workspace: people, channels, messages, views, files, and what may be done with them."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from monitor.clock import Clock
from responders.sandbox.slack import blocks as checks
from responders.sandbox.slack.files import LOOKS_UNTIL_READY
from responders.sandbox.slack.scopes import SCOPES
from responders.sandbox.slack.words import No, Thing

BOT_TOKEN = "xoxb-sandbox-bot"  # noqa: S105 - opens nothing but the sandbox on this machine
APP_TOKEN = "xapp-sandbox-app"  # noqa: S105 - the same
TEAM, APP, BOT, BOT_USER = "T01TEST", "A01APP", "B0BOT", "U0BOT"
CHANNEL, SECOND, FOREIGN = "C01APPR", "C02TIDE", "C03AWAY"
"""Two channels the bot is in, and one it is not."""
TRIGGER_SECS = 3.0
RESPONSE_SECS = 1800.0
RESPONSE_USES = 5
TEXT_CHARS = 40_000
UPDATE_CHARS = 4000

PEOPLE: dict[str, Thing] = {
    "U01ADA": {"name": "ada"},
    "U02BEN": {"name": "ben", "is_admin": True},
    "U03CLEO": {"name": "cleo"},
    "U04GUEST": {"name": "guest", "is_restricted": True},
    "U05SOLO": {"name": "solo", "is_restricted": True, "is_ultra_restricted": True},
    "U06ROBOT": {"name": "robot", "is_bot": True},
    "U07GONE": {"name": "gone", "deleted": True},
    "U08AWAY": {"name": "away", "team_id": "T99ELSE", "is_stranger": True},
    BOT_USER: {"name": "bonmot", "is_bot": True},
}


@dataclass(slots=True)
class Reply:
    """Where an interaction may be answered without a token: so often, so long."""

    channel: str
    user: str
    ts: str | None
    since: float
    uses: int = 0


@dataclass(slots=True)
class Workspace:
    """The state, and its rules in the words of the real service. Every refusal is a `No`."""

    clock: Clock
    url: str = ""
    people: dict[str, Thing] = field(default_factory=dict)
    channels: dict[str, Thing] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=lambda: {"S01APPR": ["U01ADA", "U02BEN"]})
    is_paid: bool = True
    """User groups are of paid plans alone."""
    messages: list[Thing] = field(default_factory=list)
    """What stands in the channels, oldest first; each knows its channel."""
    ephemerals: list[Thing] = field(default_factory=list)
    """What one person alone was shown."""
    views: dict[str, Thing] = field(default_factory=dict)
    homes: dict[str, Thing] = field(default_factory=dict)
    files: dict[str, Thing] = field(default_factory=dict)
    file_looks: int = LOOKS_UNTIL_READY
    """How often `files.info` has to be asked until a file can be shown."""
    triggers: dict[str, float] = field(default_factory=dict)
    """Until when each may open a view, in seconds of the clock; 0 for one that did."""
    owners: dict[str, str] = field(default_factory=dict)
    """Whose click each trigger was made for."""
    stacks: dict[str, list[str]] = field(default_factory=dict)
    """The modals that are open before a person, the topmost last."""
    chosen: dict[tuple[str, str], dict[str, dict[str, list[str]]]] = field(default_factory=dict)
    """Who set what, by the message or view (`m CHANNEL TS`, `v VIEW`): block id -> action id -> values."""
    replies: dict[str, Reply] = field(default_factory=dict)
    edits: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=10_000))
    """Which message was changed when."""
    posts: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=10_000))
    """Which message was posted when: its time stamp has no parts of a second."""
    is_revoked: bool = False
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    """What the bot's token may."""
    _count: int = 0

    def __post_init__(self) -> None:
        for key, known in PEOPLE.items():
            self.people[key] = person(key, known)
        for key, name, is_in in ((CHANNEL, "approvals", True), (SECOND, "tide", True), (FOREIGN, "others", False)):
            members = [user for user in self.people if user != BOT_USER or is_in]
            self.channels[key] = channel(key, name, is_in=is_in) | {"members": members}

    @property
    def counted(self) -> int:
        """How many numbers were given so far: more of them, and something happened."""
        return self._count

    def join(self, members: dict[str, tuple[str, str]]) -> None:
        """These whole members in the place of those that were there: id -> name and real name. The bot stays."""
        made = {key: person(key, {"name": name, "real_name": real}) for key, (name, real) in members.items()}
        self.people = made | {BOT_USER: self.people[BOT_USER]}
        for room in self.channels.values():
            room["members"] = [*made, *([BOT_USER] if room["is_member"] else [])]

    def number(self) -> int:
        """The next of all numbers: ids and time stamps never come twice."""
        self._count += 1
        return self._count

    def seconds(self) -> float:
        """The clock's time."""
        return self.clock.now().timestamp()

    def ts(self) -> str:
        """A time stamp as messages have them: seconds, a point, six digits that keep the order."""
        return f"{int(self.seconds())}.{self.number():06d}"

    def trigger(self, user: str = "") -> str:
        """Opens one view before a person within three seconds."""
        made = f"{self.number()}.{self.number()}.{digest(str(self.number()))}"
        self.triggers[made] = self.seconds() + TRIGGER_SECS
        self.owners[made] = user
        return made

    def spend(self, trigger: str) -> str:
        """Use a trigger; returns whose it is. Raises No for one that is unknown, used or too old."""
        until = self.triggers.get(trigger)
        if until is None:
            raise No("invalid_trigger_id")
        if until == 0:
            raise No("exchanged_trigger_id")
        if self.seconds() > until:
            raise No("expired_trigger_id")
        self.triggers[trigger] = 0
        return self.owners[trigger]

    def room(self, key: str, *, to_write: bool = False) -> Thing:
        """A channel by its id. Raises No."""
        found = self.channels.get(key)
        if found is None:
            raise No("channel_not_found")
        if found["is_archived"] and to_write:
            raise No("is_archived")
        if not found["is_member"]:
            raise No("not_in_channel")
        return found

    def direct(self, key: str) -> str:
        """The app's own conversation with a person, made when it is first written to; any other id as it is."""
        if key not in self.people:
            return key
        room = f"D{key[1:]}"
        self.channels.setdefault(room, channel(room, f"{self.people[key]['name']}", is_in=True) | {"is_im": True})
        return room

    def post(self, room: str, content: Thing, *, thread: str | None = None, user: str = BOT_USER) -> Thing:
        """Put a message into a channel."""
        message: Thing = {"type": "message", "ts": self.ts(), "channel": room, "user": user}
        if user == BOT_USER:
            message |= {"bot_id": BOT, "app_id": APP, "team": TEAM}
        message |= {name: value for name, value in content.items() if value is not None}
        if thread is not None:
            message["thread_ts"] = thread
        self.messages.append(message)
        self.posts.append((message["ts"], self.seconds()))
        return message

    def find(self, room: str, ts: str) -> Thing:
        """A message. Raises No."""
        found = [one for one in self.messages if (one["channel"], one["ts"]) == (room, ts)]
        if not found:
            raise No("message_not_found")
        return found[0]

    def change(self, message: Thing, content: Thing) -> Thing:
        """Put other text and blocks into a message; blocks go when only text is sent, metadata stays unless sent."""
        if message["user"] != BOT_USER:
            raise No("cant_update_message")
        if content.get("blocks") is None and content.get("text") is not None:
            message.pop("blocks", None)
        message |= {name: value for name, value in content.items() if value is not None}
        message["edited"] = {"user": BOT_USER, "ts": self.ts()}
        self.edits.append((message["ts"], self.seconds()))
        return message

    def view(self, content: Thing, *, parent: Thing | None = None) -> Thing:
        """A view as the service keeps it."""
        key = f"V{digest(str(self.number())).upper()}"
        kept = content | {
            "id": key, "team_id": TEAM, "app_id": APP, "bot_id": BOT, "previous_view_id": None,
            "root_view_id": parent["root_view_id"] if parent else key, "hash": self.hash(), "state": {"values": {}},
            "external_id": content.get("external_id", ""), "private_metadata": content.get("private_metadata", ""),
        }  # fmt: skip
        kept["blocks"] = checks.named(kept["blocks"], self.number)
        self.views[key] = kept
        return kept

    def hash(self) -> str:
        """What changes whenever a view does."""
        return f"{int(self.seconds())}.{digest(str(self.number()))[:8]}"

    def reply_url(self, room: str, user: str, ts: str | None) -> str:
        """An address at which one interaction may be answered."""
        key = digest(f"reply {self.number()}")
        self.replies[key] = Reply(room, user, ts, self.seconds())
        return f"{self.url}/_hooks/response/{key}"


def person(key: str, known: Thing) -> Thing:
    """A user as `users.info` tells it."""
    flags = dict.fromkeys(
        ("deleted", "is_bot", "is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted"), False
    )
    name = known["name"]
    profile = {"real_name": name.title(), "display_name": name}
    made: Thing = {"id": key, "team_id": TEAM, "real_name": name.title(), "tz": "Etc/UTC", "tz_offset": 0}
    return made | flags | {"is_app_user": False, "profile": profile} | known


def channel(key: str, name: str, *, is_in: bool) -> Thing:
    """A channel as `conversations.info` tells it."""
    flags = dict.fromkeys(("is_group", "is_im", "is_mpim", "is_private", "is_archived", "is_ext_shared"), False)
    blank = {"value": "", "creator": "", "last_set": 0}
    return {"id": key, "name": name, "is_channel": True, "is_member": is_in, "topic": blank, "purpose": blank} | flags


def digest(text: str) -> str:
    """Twelve letters that look like the service's own."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def shown(message: Thing, *, with_metadata: bool = True) -> dict[str, Any]:
    """A message as an answer holds it."""
    hidden = {"channel"} if with_metadata else {"channel", "metadata"}
    return {name: value for name, value in message.items() if name not in hidden}
