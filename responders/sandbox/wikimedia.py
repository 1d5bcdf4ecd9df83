"""A server on loopback that speaks the wire format of Wikimedia's EventStreams, `Last-Event-ID` and faults included."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web

from monitor.clock import Clock, to_text
from responders.sandbox.streams import HUGE_BYTES, Entry, Server, Sse, refusal, serve_sse

PATH = "/v2/stream/recentchange"
SITES = {"enwiki": "https://en.wikipedia.org", "dewiki": "https://de.wikipedia.org"}


class Wikimedia(Server):
    """A running server; say something with `edit`, `categorize`."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._count = 0
        self._newest_ms = 0

    @property
    def endpoint(self) -> str:
        """Where to listen."""
        return self.url + PATH

    def edit(self, title: str, comment: str = "", **change: Any) -> str:
        """Somebody edits an article; the id of the message. Names in `change` replace those of the message."""
        return self.say({"type": "edit", "namespace": 0, "title": title, "comment": comment, **change})

    def categorize(self, page: str, category: str, *, is_added: bool = True, **change: Any) -> str:
        """A page enters a category, or leaves it."""
        comment = f"[[:{page}]] {'added to' if is_added else 'removed from'} category"
        named = {"namespace": 14, "title": f"Category:{category}", "comment": comment}
        return self.say({"type": "categorize", **named, **change})

    def canary(self) -> None:
        """A message that only shows that the stream lives."""
        self.say({"type": "edit", "namespace": 0, "title": "canary"}, domain="canary")

    def say(self, change: dict[str, Any], *, domain: str = "", at: datetime | None = None) -> str:
        """Any change, with what every message has around it."""
        self._count += 1
        wiki = change.get("wiki", "enwiki")
        site = SITES.get(wiki, f"https://{wiki}.example.org")
        self._newest_ms = max(int((at or self.clock.now()).timestamp() * 1000), self._newest_ms + 1)
        page = str(change.get("title", "")).replace(" ", "_")
        meta = {
            "id": f"00000000-0000-4000-8000-{self._count:012d}",
            "dt": to_text(at or self.clock.now()),
            "domain": domain or site.removeprefix("https://"),
            "stream": "mediawiki.recentchange",
            "uri": f"{site}/wiki/{page}",
        }
        always = {"$schema": "/mediawiki/recentchange/1.0.1", "meta": meta, "id": self._count, "server_url": site}
        given = {"timestamp": self._newest_ms // 1000, "user": "Ann", "bot": False, "minor": False, "wiki": wiki}
        self.log.add(self._newest_ms, json.dumps(always | given | change, ensure_ascii=False).encode())
        return str(meta["id"])

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        turn = self.meet(request)
        if turn.kind == "status":
            return refusal(turn)
        since, given = None, request.headers.get("Last-Event-ID")
        if given is not None:
            try:
                since = max(place.get("timestamp", 0) for place in json.loads(given)) + 1
            except (ValueError, TypeError, AttributeError):
                return web.json_response({"message": "invalid Last-Event-ID"}, status=400)
        out = Sse(request, _frame, _broken, greeting=b":ok\n\n")
        return await serve_sse(self, turn, out, since=since)


def place_id(place: int) -> str:
    """The id of the message at a place."""
    places = [{"topic": "eqiad.mediawiki.recentchange", "partition": 0, "timestamp": place}]
    return json.dumps([*places, {"topic": "codfw.mediawiki.recentchange", "partition": 0, "offset": -1}])


def _frame(entry: Entry) -> bytes:
    return b"event: message\nid: " + place_id(entry.place).encode() + b"\ndata: " + entry.body + b"\n\n"


def _broken(kind: str) -> bytes:
    bodies = {
        "huge": b'{"wiki":"enwiki","title":"' + b"x" * HUGE_BYTES + b'"}',
        "not_text": b'{"wiki":"enwiki","title":"\xff\xfe","meta":{"id":"1","dt":"2026-11-22T10:00:00Z"}}',
        "bad_json": b'{"wiki":"enwiki","title":',
        "bad_shape": b'{"wiki":"enwiki","title":7,"meta":[]}',
    }
    return b"event: message\ndata: " + bodies[kind] + b"\n\n"


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Wikimedia:
    """Serve on loopback; port 0 takes a free one. Raises BadInput as `Server.start` does."""
    server = Wikimedia(clock)
    app = web.Application()
    app.router.add_get(PATH, server.stream)
    await server.start(app, host, port)
    return server
