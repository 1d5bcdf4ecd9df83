"""Who may decide in Slack: people whose Slack ids stand in the settings, and who are whole members of our workspace.

Anybody in a channel can press a button, guests, bots and people of other workspaces as well (docs.slack.dev, shared
channels), so each click is looked at anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.clock import Clock
from responders.approvals.slack.kept import Payload
from responders.approvals.slack.web import Said, Web
from responders.lifecycle import NotAllowed

KNOWN_FOR = timedelta(minutes=5)
MOST_KNOWN = 1000
FLAGS = {
    "deleted": "an account that is switched off",
    "is_bot": "a bot",
    "is_restricted": "a guest",
    "is_ultra_restricted": "a guest",
    "is_stranger": "of another workspace",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a payload comes from; empty where it does not say."""

    user: str
    team: str
    """The person's own workspace."""
    channel: str
    ts: str
    trigger: str


def origin_of(payload: Payload) -> Origin:
    """Who and where, for every kind of payload."""
    user, container = payload.get("user"), payload.get("container")
    inner, room = payload.get("event"), payload.get("channel")
    who, box = user if isinstance(user, dict) else {}, container if isinstance(container, dict) else {}
    told, place = inner if isinstance(inner, dict) else {}, room if isinstance(room, dict) else {}
    return Origin(
        user=_text(who.get("id") or payload.get("user_id") or told.get("user")),
        team=_text(who.get("team_id") or payload.get("team_id")),
        channel=_text(box.get("channel_id") or place.get("id") or payload.get("channel_id")),
        ts=_text(box.get("message_ts")),
        trigger=_text(payload.get("trigger_id")),
    )


@dataclass(slots=True)
class Gate:
    """Tells people by their Slack ids; what Slack says of them is known for five minutes."""

    web: Web
    ids: Mapping[str, str]
    """Slack id -> person; read anew for each click."""
    clock: Clock
    team: str = ""
    """Our workspace; empty until Slack told it."""
    _known: dict[str, tuple[datetime, Payload]] = field(default_factory=dict)

    async def who(self, origin: Origin) -> str:
        """The person behind a click. Raises NotAllowed with a sentence, or Unavailable where Slack cannot be asked."""
        person = self.ids.get(origin.user)
        if origin.team and origin.team != self.team:
            raise NotAllowed("Only people of our own workspace decide here.")
        if person is None:
            raise NotAllowed("You are not among the people that bonmot's settings name; whoever runs it can add you.")
        about = await self._about(origin.user)
        wrong = next((what for flag, what in FLAGS.items() if about.get(flag)), None)
        if about.get("team_id") not in (self.team, None):
            wrong = FLAGS["is_stranger"]
        if wrong:
            raise NotAllowed(f"This account is {wrong}, and decides nothing here.")
        return person

    def _is_known(self, user: str, now: datetime) -> bool:
        return user in self._known and now - self._known[user][0] < KNOWN_FOR

    async def _about(self, user: str) -> Payload:
        now = self.clock.now()
        if self._is_known(user, now):
            return self._known[user][1]
        try:
            said = (await self.web.ask("users.info", user=user)).get("user")
        except Said as error:
            raise NotAllowed("Slack does not know this account.") from error
        if not isinstance(said, dict):
            raise NotAllowed("Slack tells nothing of this account.")
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[user] = (now, said)
        return said


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
