"""A server on loopback that speaks Mastodon's streaming API and its timelines, rate limits and faults included."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from monitor.clock import Clock, to_text
from responders.sandbox.streams import HUGE_BYTES, Dial, Entry, Log, Server, Sse, play, refusal

FIRST_ID = 110_000_000_000_000_000
WINDOW = timedelta(minutes=5)


class Mastodon(Server):
    """A running server; say something with `post`, `boost`, `edit`, `delete`. `timelines` dials faults of REST."""

    def __init__(self, clock: Clock | None = None, token: str = "", limit: int = 300) -> None:
        super().__init__(clock)
        self.timelines = Dial()
        self.token = token
        self.limit = limit
        self.calls: list[dict[str, str]] = []
        self._used = 0
        self._resets_at = self.clock.now() + WINDOW
        self._statuses: list[dict[str, Any]] = []
        self._places = 0

    def post(self, text: str, *, at: datetime | None = None, **changes: Any) -> str:
        """Somebody posts HTML; the id. `tags` are names; other names replace those of the status."""
        number = str(FIRST_ID + len(self._statuses))
        tags = [{"name": tag, "url": f"{self.url}/tags/{tag}"} for tag in changes.pop("tags", [])]
        status = {
            "id": number,
            "created_at": to_text(at or self.clock.now()),
            "in_reply_to_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"{self.url}/ap/users/1/statuses/{number}",
            "url": f"{self.url}/@ann/{number}",
            "content": f"<p>{text}</p>",
            "reblog": None,
            "account": {"id": "1", "acct": "ann", "bot": False, "noindex": False, "note": "", "followers_count": 7},
            "tags": tags,
            "edited_at": None,
            **changes,
        }
        self._statuses.append(status)
        self._say("update", json.dumps(status), status)
        return number

    def edit(self, number: str, text: str) -> None:
        """Its author writes it anew."""
        status = self._find(number)
        status |= {"content": f"<p>{text}</p>", "edited_at": to_text(self.clock.now())}
        self._say("status.update", json.dumps(status), status)

    def delete(self, number: str) -> None:
        """Its author takes it back."""
        status = self._find(number)
        self._statuses.remove(status)
        self._say("delete", number, status)

    def _find(self, number: str) -> dict[str, Any]:
        return next(status for status in self._statuses if status["id"] == number)

    def _say(self, kind: str, data: str, status: dict[str, Any]) -> None:
        self._places += 1
        tags = [tag["name"] for tag in status["tags"]]
        self.log.add(self._places, json.dumps({"kind": kind, "data": data, "tags": tags}).encode())

    # --- doors ---------------------------------------------------------------------------------------------------

    async def instance(self, _request: web.Request) -> web.Response:
        """What a client reads first."""
        urls = {"streaming": self.url.replace("http", "ws", 1)}
        access = {"local": "public", "remote": "public"}
        known = {"urls": urls, "timelines_access": {"live_feeds": access, "hashtag_feeds": access}}
        return web.json_response({"domain": "sandbox.test", "version": "4.6.4", "configuration": known})

    async def instance_v1(self, _request: web.Request) -> web.Response:
        """The older page of the same, which other servers of the network have as well."""
        return web.json_response({"uri": "sandbox.test", "version": "4.6.4", "urls": {}})

    async def account(self, request: web.Request) -> web.Response:
        """Whose token it is."""
        if not self.token or not self._may(request):
            return web.json_response({"error": "The access token is invalid"}, status=401)
        return web.json_response({"id": "1", "acct": "ann"})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """One connection: `public`, or `hashtag` with its tag."""
        turn = self.meet(request)
        if turn.kind == "status":
            return refusal(turn)
        if not self._may(request):
            return web.json_response({"error": "Missing access token"}, status=401)
        out = Sse(request, _frame, _broken, greeting=b":)\n")
        await out.open()
        try:
            await play(turn, _tagged(self.log, request.query.get("tag", "")), out, clock=self.clock)
            await out.response.write_eof()
        except ConnectionError:  # the listener went away
            pass
        return out.response

    async def timeline(self, request: web.Request) -> web.Response:
        """A page of statuses, newest first; `min_id` pages upwards."""
        turn = self.timelines.next()
        if turn.kind == "status":
            return refusal(turn)
        headers = self._count()
        self.calls.append(dict(request.query))
        if int(headers["X-RateLimit-Remaining"]) < 0:
            headers["X-RateLimit-Remaining"] = "0"
            return web.json_response({"error": "Too many requests"}, status=429, headers=headers)
        if not self._may(request):
            return web.json_response({"error": "The access token is invalid"}, status=401)
        tag, least = request.match_info.get("tag", ""), int(request.query.get("min_id", "0"))
        limit = min(40, int(request.query.get("limit", "20")))
        due = [s for s in self._statuses if int(s["id"]) > least and (not tag or _has(s["tags"], tag))]
        return web.json_response(due[:limit][::-1], headers=headers)

    def _may(self, request: web.Request) -> bool:
        return not self.token or request.headers.get("Authorization") == f"Bearer {self.token}"

    def _count(self) -> dict[str, str]:
        now = self.clock.now()
        if now >= self._resets_at:
            self._used, self._resets_at = 0, now + WINDOW
        self._used += 1
        left = str(self.limit - self._used)
        reset = to_text(self._resets_at)
        return {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": left, "X-RateLimit-Reset": reset}


def _has(tags: list[dict[str, str]], tag: str) -> bool:
    return tag.casefold() in {one["name"].casefold() for one in tags}


async def _tagged(log: Log, tag: str) -> AsyncIterator[Entry]:
    async for entry in log.follow(None):
        if not tag or tag.casefold() in {name.casefold() for name in json.loads(entry.body)["tags"]}:
            yield entry


def _frame(entry: Entry) -> bytes:
    said = json.loads(entry.body)
    return f"event: {said['kind']}\ndata: {said['data']}\n\n".encode()


def _broken(kind: str) -> bytes:
    bodies = {
        "huge": b'{"id":"1","content":"' + b"x" * HUGE_BYTES + b'"}',
        "not_text": b'{"id":"1","created_at":"2026-11-22T10:00:00Z","content":"\xff\xfe","account":{"acct":"a"}}',
        "bad_json": b'{"id":"1","content":',
        "bad_shape": b'{"id":1,"created_at":"soon","content":["x"],"account":"ann"}',
    }
    return b"event: update\ndata: " + bodies[kind] + b"\n\n"


async def start(
    host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None, token: str = "", limit: int = 300
) -> Mastodon:
    """Serve on loopback; port 0 takes a free one. With `token` nobody else may listen; `limit` calls in five minutes.

    Raises BadInput as `Server.start` does.
    """
    server = Mastodon(clock, token, limit)
    app = web.Application()
    app.router.add_get("/api/v2/instance", server.instance)
    app.router.add_get("/api/v1/instance", server.instance_v1)
    app.router.add_get("/api/v1/accounts/verify_credentials", server.account)
    app.router.add_get("/api/v1/streaming/{path:.*}", server.stream)
    app.router.add_get("/api/v1/timelines/public", server.timeline)
    app.router.add_get("/api/v1/timelines/tag/{tag}", server.timeline)
    await server.start(app, host, port)
    return server
