"""The built-in local page on 127.0.0.1."""

from responders.approvals.inbox.app import InboxApp, build

__all__ = ["InboxApp", "build"]
