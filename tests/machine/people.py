"""Who clicks in the machine's workspace: people who may, one who may only look, and accounts that must never count."""

from __future__ import annotations

from responders.sandbox.slack import Slack
from responders.sandbox.slack.workspace import person

TEAM_OF_FIVE = {"U01ADA": "ada", "U02BEN": "ben", "U03CLEO": "cleo", "U10DAN": "dan", "U11EVE": "eve"}
LEFT = {"U12EX": "xena"}
"""An approver of every card whose Slack id the settings no longer name."""
LOOKER = {"U13LOOK": "lou"}
"""Named in the settings, and an approver of nothing."""
NOT_WHOLE = {"U04GUEST": "gus", "U05SOLO": "sol", "U06ROBOT": "rob", "U07GONE": "gon", "U08AWAY": "awa"}
"""Approvers by name of every card: guests, a bot, an account that is switched off, one of another workspace."""
UNKNOWN = {"U14NOB": "nobody"}
NEVER = (*LEFT.values(), *NOT_WHOLE.values(), *UNKNOWN.values())
"""Whose click changes nothing at all."""
USERS = (*TEAM_OF_FIVE, *LEFT, *LOOKER, *NOT_WHOLE, *UNKNOWN)


def ids(size: int) -> dict[str, str]:
    """Slack id -> person, as the settings name them, with a team of so many."""
    return dict(list(TEAM_OF_FIVE.items())[:size]) | LOOKER | NOT_WHOLE


def approvers(size: int) -> tuple[str, ...]:
    """Whom the cards name."""
    return (*list(TEAM_OF_FIVE.values())[:size], *LEFT.values(), *NOT_WHOLE.values())


def who(user: str) -> str:
    """The person behind a Slack id, whatever the settings say."""
    return (TEAM_OF_FIVE | LEFT | LOOKER | NOT_WHOLE | UNKNOWN)[user]


def move_in(server: Slack) -> None:
    """Put those whom the sandbox does not know into its workspace."""
    for user in USERS:
        if user not in server.space.people:
            server.space.people[user] = person(user, {"name": who(user)})
            for room in server.space.channels.values():
                room["members"].append(user)
