"""Who is in a user group of Slack's, asked at most once a minute; whom Slack does not tell decides nothing.

Members have to be among the people of bot.yaml, by their Slack id. A group may be changed by people who were never
asked whether somebody may post for a brand, and a yes needs a name that means one human on the page, in Slack and in
the audit.
Facts are those of docs.slack.dev, usergroups.users.list: paid plans only, scope usergroups:read, 20 calls a minute.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Unavailable
from responders.approvals.slack.trouble import Trouble
from responders.approvals.slack.web import Said, Web
from responders.rights import GROUP

KNOWN_FOR = timedelta(seconds=60)
TIMEOUT_SECS = 3.0
"""Somebody waits for it with a click."""
NOT_OF_THIS_PLAN = "plan_upgrade_required"


@dataclass(slots=True)
class Groups:
    """Group -> people, as Slack tells it now."""

    web: Web
    ids: Mapping[str, str]
    """Slack id -> person; read anew each time."""
    fallback: Mapping[str, Collection[str]]
    """Bare group id -> Slack ids, from the settings: for the time while Slack cannot tell."""
    clock: Clock
    trouble: Trouble
    _known: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)

    async def members(self, groups: Collection[str]) -> dict[str, frozenset[str]]:
        """The people in each of these groups, as approvers are written. Never raises for what Slack does."""
        found = {}
        for group in sorted(groups):
            ids = await self._ids(group.removeprefix(GROUP))
            found[group] = frozenset(self.ids[one] for one in ids if one in self.ids)
        return found

    async def _ids(self, key: str) -> frozenset[str]:
        now = self.clock.now()
        at, ids = self._known.get(key, (None, frozenset[str]()))
        if at is None or now - at >= KNOWN_FOR:
            ids = await self._asked(key)
            self._known[key] = (now, ids)
        return ids

    async def _asked(self, key: str) -> frozenset[str]:
        try:
            said = (await self.web.ask("usergroups.users.list", usergroup=key)).get("users")
        except BonmotError as error:
            return self._instead(key, error)
        if not isinstance(said, list):
            return self._instead(key, Unavailable("Slack tells no members"))
        self.trouble.tell(f"group {key}", "")
        return frozenset(one for one in said if isinstance(one, str))

    def _instead(self, key: str, error: BonmotError) -> frozenset[str]:
        """The list of the settings where Slack cannot tell; nobody where it says that there is no such group."""
        may_stand_in = isinstance(error, Unavailable | AuthNeeded)
        may_stand_in |= isinstance(error, Said) and error.error == NOT_OF_THIS_PLAN
        known = self.fallback.get(key) if may_stand_in else None
        then = "the list in bot.yaml counts" if known is not None else "its members decide nothing"
        self.trouble.tell(f"group {key}", f"{error}; {then}")
        return frozenset(known or ())
