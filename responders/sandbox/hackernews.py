"""A server on loopback that answers as the API of Hacker News does (github.com/HackerNews/API), with a fault dial."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from aiohttp import web

from monitor.clock import Clock, SystemClock
from responders.sandbox.faults import Faulty

KINDS = {"duplicate", "out_of_order", "late"}
"""`duplicate` and `out_of_order`: lists name every number twice, or shuffled; `late`: items answer null."""
FIRST = 40_000_000
MOST_LISTED = 500


@dataclass(slots=True)
class Stored:
    """One item, and from when on it can be seen."""

    item: dict[str, Any]
    visible_at: datetime


class Sandbox(Faulty):
    """A running server; `items` by number."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, KINDS, content_type="application/json", odd=_odd)
        self.items: dict[int, Stored] = {}
        self.broken: set[int] = set()
        """Items that answer with 500."""

    def publish(self, kind: str = "comment", *, late_secs: float = 0.0, **fields: Any) -> int:
        """Add an item; texts in `fields` are put in as they are, a plain `say` as the site would write it."""
        number, now = FIRST + len(self.items), self.clock.now()
        item: dict[str, Any] = {"id": number, "type": kind, "by": f"user{number % 97}", "time": int(now.timestamp())}
        if "say" in fields:
            item["title" if kind in ("story", "job", "poll") else "text"] = escape(fields.pop("say"))
        if kind == "comment":
            item["parent"] = number - 1
        self.items[number] = Stored(item | fields, now + timedelta(seconds=late_secs))
        return number

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One of the paths under `/v0/`."""
        path, kind = request.match_info["path"], self.calls[-1].kind
        if path == "maxitem":
            return _say(max(self.items, default=FIRST - 1))
        if path.removeprefix("item/") in map(str, self.broken):
            return web.Response(status=500, text="Internal Server Error")
        if path.startswith("item/"):
            return _say(self._item(path.removeprefix("item/"), kind))
        lists = {"newstories": ("story", "poll"), "topstories": ("story",), "jobstories": ("job",)}
        if path in lists:
            return _say(self._listed(lists[path], kind))
        if path == "updates":
            return _say({"items": sorted(self.items)[-20:], "profiles": []})
        return _say(None)

    def _item(self, number: str, kind: str) -> dict[str, Any] | None:
        stored = self.items.get(int(number)) if number.isdecimal() else None
        is_visible = stored is not None and stored.visible_at <= self.clock.now() and kind != "late"
        return stored.item if stored is not None and is_visible else None

    def _listed(self, kinds: tuple[str, ...], fault: str) -> list[int]:
        numbers = sorted((n for n, stored in self.items.items() if stored.item["type"] in kinds), reverse=True)
        numbers = numbers[:MOST_LISTED]
        if fault == "duplicate":
            return [number for number in numbers for _ in range(2)]
        return numbers[1::2] + numbers[::2] if fault == "out_of_order" else numbers


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Sandbox:
    """Serve on loopback; port 0 takes a free one. Raises as `Faulty.start` does."""
    server = Sandbox(clock or SystemClock())
    app = web.Application()
    app.router.add_get("/v0/{path:.+}.json", server.through(server.answer))
    await server.start(app, host, port)
    return server


def _say(value: Any) -> web.Response:
    return web.json_response(value)


def _odd(request: web.Request) -> bytes:
    """Well-formed JSON in which nothing is what it should be."""
    path = request.match_info.get("path", "")
    if path == "maxitem":
        return b'"soon"'
    if path.startswith("item/"):
        return json.dumps({"id": path, "type": 7, "time": "yesterday", "by": ["x"], "text": {"a": 1}}).encode()
    return b'{"ids": 17}'
