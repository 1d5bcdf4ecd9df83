"""Which scopes the app needs, for what, and what fails without each. The manifest asks for exactly these.

The scope of each method is on its page at docs.slack.dev. Reading a channel has one scope for public and one for
private channels, and the settings may name either kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

CALLS: Mapping[str, tuple[str, ...]] = {
    "auth.test": (),
    "bots.info": ("users:read",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
"""Every method that is called with the bot's token; a test holds it against the calls."""
APP_CALLS = frozenset({"apps.connections.open"})
"""With the app-level token and its `connections:write`, which stands in no manifest."""

WITHOUT: Mapping[str, str] = {
    "chat:write": "no card can be posted or changed",
    "commands": "/bonmot and the shortcuts are not there",
    "channels:history": "in a public channel a card whose answer was lost is not found again, and waits",
    "groups:history": "in a private channel a card whose answer was lost is not found again, and waits",
    "channels:read": "a public channel cannot be looked at before cards go there",
    "groups:read": "a private channel cannot be looked at before cards go there",
    "users:read": "nobody can be told from a guest, so nobody may decide",
    "usergroups:read": "groups of approvers are not known",
    "files:write": "cards have no plot",
    "files:read": "nobody knows when a plot is ready, so cards have none",
}
"""What fails without each scope."""
SCOPES = tuple(WITHOUT)
OPTIONAL = frozenset({"files:write", "files:read"})
"""Welcome and not needed: cards do without."""


def missing(provided: Collection[str]) -> dict[str, str]:
    """The scopes that a token lacks, each with what fails."""
    return {scope: why for scope, why in WITHOUT.items() if scope not in provided}
