"""How the sandbox says no, and what it says things in."""

from __future__ import annotations

from typing import Any

Thing = dict[str, Any]
"""JSON, as it stands on the wire."""


class No(Exception):
    """`{"ok": false, "error": ...}` with whatever else the service adds."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    @property
    def answer(self) -> Thing:
        return {"ok": False, "error": self.error} | self.more
