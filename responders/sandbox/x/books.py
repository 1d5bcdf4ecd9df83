"""What the sandbox X counts: what everything costs, how often a door was used, and how it says no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web

from monitor.clock import Clock

MICROS = {
    "post_read": 5_000, "user_read": 10_000, "owned_read": 1_000, "counts_recent": 5_000, "trends": 10_000,
    "post_create": 15_000, "post_create_with_url": 200_000, "delete": 10_000, "media_metadata": 5_000,
}  # fmt: skip
"""Micro-dollars, as X's page of prices had them in August 2026."""
WINDOW = timedelta(minutes=15)
LIMITS = {
    "stream": 50, "rules": 450, "rules_change": 100, "search": 450, "counts": 300, "trends": 75, "mentions": 450,
    "connections": 25, "usage": 50, "post": 100, "delete": 50, "read": 900, "own": 900, "me": 75, "upload": 500,
    "status": 1000, "metadata": 500,
}  # fmt: skip
"""Calls in fifteen minutes."""
PROBLEMS = "https://api.twitter.com/2/problems/"


@dataclass(slots=True)
class Bill:
    """What X would write on its bill: the same post or user once in a UTC day."""

    clock: Clock
    counts: Counter[str] = field(default_factory=Counter)
    by_day: Counter[date] = field(default_factory=Counter)
    """Micro-dollars."""
    _day: date | None = None
    _seen: set[tuple[str, str]] = field(default_factory=set)

    @property
    def usd(self) -> float:
        return sum(self.by_day.values()) / 1e6

    def read(self, act: str, ids: Iterable[str]) -> None:
        """Posts or users were delivered."""
        today = self.clock.now().date()
        if today != self._day:
            self._day, self._seen = today, set()
        fresh = {(act, one) for one in ids} - self._seen
        self._seen |= fresh
        self.charge(act, len(fresh))

    def charge(self, act: str, count: int = 1) -> None:
        """Something was done that costs each time."""
        if count == 0:
            return
        self.counts[act] += count
        self.by_day[self.clock.now().date()] += MICROS[act] * count


@dataclass(slots=True)
class Doors:
    """How often each was used in its window of fifteen minutes."""

    clock: Clock
    limits: dict[str, int] = field(default_factory=lambda: dict(LIMITS))
    _used: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def use(self, door: str) -> tuple[bool, dict[str, str]]:
        """Whether there was one left, and the headers that every answer carries."""
        now, limit = self.clock.now(), self.limits[door]
        ends, used = self._used.get(door, (now + WINDOW, 0))
        if now >= ends:
            ends, used = now + WINDOW, 0
        self._used[door] = (ends, used + 1)
        return used < limit, {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, limit - used - 1)),
            "x-rate-limit-reset": str(int(ends.timestamp())),
        }


def problem(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, kind: str = "", **more: Any
) -> web.Response:
    """X's way to say no."""
    body = {"title": title, "detail": detail, "status": status, "type": PROBLEMS + kind if kind else "about:blank"}
    return web.json_response(body | more, status=status, headers=headers)


def unauthorized() -> web.Response:
    """401."""
    return problem(401, "Unauthorized", "Unauthorized")


def bad_query(parameter: str, value: str, detail: str) -> web.Response:
    """400, as a search with a wrong parameter is answered."""
    errors = [{"parameters": {parameter: [value]}, "message": detail}]
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, kind="invalid-request", errors=errors)


def too_many_calls(headers: Mapping[str, str]) -> web.Response:
    """429 of a door that was used too often."""
    return problem(429, "Too Many Requests", "Too Many Requests", headers=headers)


def too_many_connections() -> web.Response:
    """429 of the stream, while another connection stands."""
    detail = "This stream is currently at the maximum allowed connection limit."
    issue = "TooManyConnections"
    return problem(429, "ConnectionException", detail, kind="streaming-connection", connection_issue=issue)


def no_credits() -> web.Response:
    """402."""
    return problem(402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.")


def no_rules() -> web.Response:
    """409 of the stream."""
    detail = "You must define at least one rule before connecting to the stream."
    return problem(
        409, "ConnectionException", detail, kind="streaming-connection", connection_issue="RuleConfiguration"
    )
