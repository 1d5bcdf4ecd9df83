"""Which scope each method asks for (docs.slack.dev, the page of each method); an app has what its manifest named."""

from __future__ import annotations

from collections.abc import Mapping

HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
ROOMS = ("channels:read", "groups:read", "im:read", "mpim:read")

NEEDED: Mapping[str, tuple[str, ...]] = {
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "conversations.info": ROOMS,
    "conversations.members": ROOMS,
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "bots.info": ("users:read",),
    "usergroups.users.list": ("usergroups:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
}
"""Any one of them; views and `auth.test` need none."""
SCOPES = frozenset(
    {"chat:write", "commands", "files:write", "files:read", "users:read", "usergroups:read", "channels:read",
     "groups:read", "channels:history", "groups:history"}
)  # fmt: skip
