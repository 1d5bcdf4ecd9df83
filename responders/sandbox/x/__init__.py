"""A server on loopback that speaks X's API v2: rules, stream, search, counts, mentions; what an account does is `desk`.

Shapes are X's published ones and those of its own local emulator, as recorded; a `rule-cap` answer, and the lists of
connections, are written from the schema alone. It knows nothing of our reader, and counts what X would charge.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.clock import Clock, to_text
from responders.sandbox.faults import Faulty
from responders.sandbox.streams import HUGE_BYTES, Entry, Log, Server, Turn, play, refusal
from responders.sandbox.x import books, posts
from responders.sandbox.x.grammar import Invalid, Test, parse

if TYPE_CHECKING:
    from responders.sandbox.x.desk import Desk

KEEP_ALIVE_SECS = 20.0
MOST_RULES = 1000
MOST_BODY_BYTES = 8_000_000
MOST_RULE_CHARS = 1024
REST_KINDS = {
    "credits",
    "reset",
    "usage_cap",
    "duplicate",
    "out_of_order",
    "late",
}
"""Faults of everything but the stream. `credits`: 402; `reset`: 429 with x-rate-limit-reset in `secs`; `usage_cap`: 429
for the month's cap; the others disturb a page of posts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the stream."""

    id: str
    value: str
    tag: str | None
    matches: Test

    def shown(self) -> dict[str, str]:
        """As the service writes it."""
        return {"id": self.id, "value": self.value} | ({"tag": self.tag} if self.tag is not None else {})


class Rest(Faulty):
    """The dial of every call that is no stream; one server with the stream."""

    def __init__(self, owner: X) -> None:
        super().__init__(owner.clock, REST_KINDS, content_type="application/json", odd=_odd)
        self._owner = owner

    async def close(self) -> None:
        """Stop serving; idempotent."""
        await self._owner.close()


@dataclass(slots=True)
class Connection:
    """One that stood, as `GET /2/connections` tells of it."""

    since: datetime
    until: datetime | None = None
    why: str = ""
    end: asyncio.Event = field(default_factory=asyncio.Event)
    goodbye: bytes = b""


class X(Server):
    """A running server. `post` says something; `dial` turns on faults of the stream, `rest.dial` those of what is read
    besides, `desk.dial` those of posting."""

    desk: Desk

    def __init__(self, clock: Clock | None = None, token: str = "") -> None:
        super().__init__(clock)
        self.token = token
        self.rest = Rest(self)
        self.bill = books.Bill(self.clock)
        self.doors = books.Doors(self.clock)
        self.posts: list[dict[str, Any]] = []
        self.rules: dict[str, Rule] = {}
        self.most_rules = MOST_RULES
        self.trends: dict[int, list[tuple[str, int | None]]] = {}
        self.people: dict[str, str] = {}
        """Names by id, for mentions."""
        self.volume: Callable[[str, datetime], int] = lambda query, minute: 0
        """Posts of a minute that are counted beside those that are kept."""
        self.connections: list[Connection] = []
        self.has_ghost = False
        """A connection that X still holds for open, though nobody listens."""
        self.has_credits = True
        self._sent = 0
        self._ids = 0
        self._sockets: dict[int, web.Request] = {}

    def post(self, text: str, *, at: datetime | None = None, **changes: Any) -> str:
        """Somebody posts; the id. `username`, `lang`, `referenced_tweets` ... replace those of the post."""
        self._ids += 1
        at = at or self.clock.now()
        number = posts.id_at(at, self._ids)
        self.posts.append(posts.made(number, text, at, **changes))
        self._sent += 1
        self.log.add(self._sent, json.dumps(self.posts[-1]).encode())
        return number

    def disconnect(self, detail: str = "This stream has been disconnected for operational reasons.") -> None:
        """Say goodbye on every connection, and end it."""
        error = {
            "title": "operational-disconnect", "disconnect_type": "UpstreamOperationalDisconnect", "detail": detail,
            "type": books.PROBLEMS + "operational-disconnect",
        }  # fmt: skip
        self.end_connections("operational", goodbye=posts.line({"errors": [error]}))

    def end_connections(self, why: str, *, goodbye: bytes = b"") -> int:
        """End those that stand, and forget a ghost; how many."""
        standing = [one for one in self.connections if one.until is None]
        for one in standing:
            one.why, one.goodbye = why, goodbye
            one.end.set()
        ended = len(standing) + self.has_ghost
        self.has_ghost = False
        return ended

    def knows(self, request: web.Request) -> bool:
        """Whether the bearer token is the right one; where none is set, any will do."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and bool(token) and token == (self.token or token)

    # --- rules ---------------------------------------------------------------------------------------------------

    def add_rule(self, value: str, tag: str | None = None) -> Rule:
        """Take a rule. Raises Invalid."""
        if len(value) > MOST_RULE_CHARS:
            raise Invalid(f"Rule length is {len(value)}, the maximum is {MOST_RULE_CHARS}")
        self._ids += 1
        rule = Rule(posts.id_at(self.clock.now(), self._ids), value, tag, parse(value))
        self.rules[rule.id] = rule
        return rule

    async def list_rules(self, _request: web.Request) -> web.StreamResponse:
        """`GET .../rules`; without rules there is no `data`."""
        meta = {"sent": to_text(self.clock.now()), "result_count": len(self.rules)}
        data = [rule.shown() for rule in self.rules.values()]
        return web.json_response(({"data": data} if data else {}) | {"meta": meta})

    async def change_rules(self, request: web.Request) -> web.StreamResponse:
        """`POST .../rules`: add, all or none, or delete; `dry_run=true` does neither."""
        asked = await request.json()
        is_dry = request.query.get("dry_run") == "true"
        if "delete" in asked:
            return self._delete_rules(asked["delete"].get("ids", []), is_dry=is_dry)
        before = dict(self.rules)
        added, errors = list[Rule](), list[dict[str, Any]]()
        for one in asked.get("add", []):
            error = self._wrong(one["value"])
            if error is None:
                added.append(self.add_rule(one["value"], one.get("tag")))
            else:
                errors.append(error)
        if is_dry or any(error["type"].endswith(("invalid-rules", "rule-cap")) for error in errors):
            self.rules, valid, added = before, len(added), []
        else:
            valid = len(added)
        count = {"created": len(added), "not_created": len(errors) + valid - len(added), "valid": valid}
        meta = {"sent": to_text(self.clock.now()), "summary": count | {"invalid": len(errors)}}
        answer: dict[str, Any] = {"data": [rule.shown() for rule in added]} if added else {}
        answer |= {"errors": errors} if errors else {}
        return web.json_response(answer | {"meta": meta}, status=201 if added else 200)

    def _delete_rules(self, ids: list[str], *, is_dry: bool) -> web.Response:
        known = [one for one in ids if one in self.rules]
        for one in known if not is_dry else []:
            del self.rules[one]
        count = {"deleted": len(known), "not_deleted": len(ids) - len(known)}
        return web.json_response({"meta": {"sent": to_text(self.clock.now()), "summary": count}})

    def _wrong(self, value: str) -> dict[str, Any] | None:
        same = next((rule for rule in self.rules.values() if rule.value == value), None)
        if same is not None:
            return {"id": same.id, "title": "DuplicateRule", "type": books.PROBLEMS + "duplicate-rules", "value": value}
        if len(self.rules) >= self.most_rules:
            detail = f"Rules must be at most {self.most_rules}"
            return {"title": "RulesCapExceeded", "detail": detail, "type": books.PROBLEMS + "rule-cap", "value": value}
        try:
            parse(value)
        except Invalid as error:
            kind = books.PROBLEMS + "invalid-rules"
            return {"title": "UnprocessableEntity", "type": kind, "value": value, "details": [str(error)]}
        return None

    # --- the stream ----------------------------------------------------------------------------------------------

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`GET /2/tweets/search/stream`."""
        turn = self.meet(request)
        refused = refusal(turn) if turn.kind == "status" else self._refused(request)
        if refused is not None:
            return refused
        connection = Connection(self.clock.now())
        self.connections.append(connection)
        self._sockets[id(connection)] = request
        out = _Lines(self, request, turn)
        try:
            await out.open()
            await self._serve(turn, out, connection)
        finally:
            connection.until = self.clock.now()
            del self._sockets[id(connection)]
        return out.response

    def _refused(self, request: web.Request) -> web.Response | None:
        is_left, headers = self.doors.use("stream")
        if not self.knows(request):
            return books.unauthorized()
        if not self.has_credits:
            return books.no_credits()
        if not is_left:
            return books.too_many_calls(headers)
        if self.has_ghost or any(self._is_standing(one) for one in self.connections):
            return books.too_many_connections()
        return None if self.rules else books.no_rules()

    def _is_standing(self, connection: Connection) -> bool:
        request = self._sockets.get(id(connection))
        return request is not None and request.transport is not None and not request.transport.is_closing()

    async def _serve(self, turn: Turn, out: _Lines, connection: Connection) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(out.speak(turn), name="x speaks"),
                group.create_task(out.beat(turn), name="x keeps alive"),
                group.create_task(connection.end.wait(), name="x ends"),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        with suppress(ConnectionError):
            if connection.goodbye:
                await out.response.write(connection.goodbye)
            await out.response.write_eof()

    def line_of(self, entry: Entry, request: web.Request) -> bytes | None:
        """What a connection gets to hear of a post; None where no rule matches."""
        post = json.loads(entry.body)
        rules = [rule for rule in self.rules.values() if rule.matches(post)]
        if not rules:
            return None
        told = [{"id": rule.id} | ({"tag": rule.tag} if rule.tag is not None else {}) for rule in rules]
        data = {"data": posts.shown(post, request)} | posts.included([post], request)
        return posts.line(data | {"matching_rules": told})


class _Lines:
    """The answer that does not end: a line for each post that a rule matches, a blank one every twenty seconds."""

    def __init__(self, server: X, request: web.Request, turn: Turn) -> None:
        self._server = server
        self._request = request
        self._turn = turn
        self._said = 0
        self.response = web.StreamResponse(headers={"Content-Type": "application/json"})

    async def open(self) -> None:
        """The head of the answer."""
        with suppress(ConnectionError):
            await self.response.prepare(self._request)

    async def speak(self, turn: Turn) -> None:
        """Until the fault or the listener ends it."""
        with suppress(ConnectionError):
            await play(turn, self._matching(self._server.log), self, clock=self._server.clock)

    async def _matching(self, log: Log) -> AsyncIterator[Entry]:
        async for entry in log.follow(None):
            line = self._server.line_of(entry, self._request)
            if line is not None:
                yield Entry(entry.place, line)

    async def beat(self, turn: Turn) -> None:
        """A sign of life now and then, unless the fault is that there is none."""
        with suppress(ConnectionError):
            while True:
                await self._server.clock.sleep(KEEP_ALIVE_SECS)
                if turn.kind != "silence" or self._said < turn.after:
                    await self.response.write(b"\r\n")

    async def say(self, entry: Entry) -> None:
        """One whole line."""
        await self.response.write(entry.body)
        self._said += 1
        told = json.loads(entry.body)
        self._server.bill.read("post_read", [told["data"]["id"]])
        self._server.bill.read("user_read", [user["id"] for user in told.get("includes", {}).get("users", [])])

    async def say_broken(self, kind: str) -> None:
        """One line that nobody can use."""
        bodies = {
            "huge": b'{"data":{"id":"1","text":"' + b"x" * HUGE_BYTES + b'"}}',
            "not_text": b'{"data":{"id":"1","created_at":"2026-11-22T10:00:00Z","text":"\xff\xfe"}}',
            "bad_json": b'{"data":{"id":"1","text":',
            "bad_shape": b'{"data":{"id":1,"created_at":"soon","text":["x"]},"matching_rules":"none"}',
        }
        await self.response.write(bodies[kind] + b"\r\n")

    async def cut(self, entry: Entry) -> None:
        """Half of a line, and the end of the connection."""
        await self.response.write(entry.body[: len(entry.body) * 2 // 3])
        if self._request.transport is not None:
            self._request.transport.close()


def _odd(_request: web.Request) -> bytes:
    """Well-formed JSON in which nothing is what it should be."""
    data = [
        17,
        None,
        {"id": 3, "text": []},
        {"id": "x", "text": "y", "created_at": 5},
        {"start": 1, "tweet_count": "many"},
    ]
    return json.dumps({"data": data, "meta": {"next_token": 7, "result_count": "all"}}).encode()


async def start(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    clock: Clock | None = None,
    token: str = "",
    accounts: Mapping[str, tuple[str, str]] | None = None,
) -> X:
    """Serve on loopback; port 0 takes a free one. With `token` nobody else may listen; `accounts` may speak.

    They are given by access token, with its secret and the user name. Raises BadInput as `Server.start` does.
    """
    from responders.sandbox.x.desk import Desk
    from responders.sandbox.x.reads import Reads

    server = X(clock, token)
    server.desk = Desk(server, accounts if accounts is not None else {"token": ("token-secret", "oreo")})
    reads = Reads(server)
    app = web.Application(client_max_size=MOST_BODY_BYTES)
    add = app.router.add_route
    add("GET", "/2/tweets/search/stream", server.stream)
    for method, path, door, handler in (
        ("GET", "/2/tweets/search/stream/rules", "rules", server.list_rules),
        ("POST", "/2/tweets/search/stream/rules", "rules_change", server.change_rules),
        ("GET", "/2/tweets/search/recent", "search", reads.search),
        ("GET", "/2/tweets/counts/recent", "counts", reads.counts),
        ("GET", r"/2/trends/by/woeid/{woeid:\d+}", "trends", reads.trends),
        ("GET", r"/2/users/{id:\d+}/mentions", "mentions", reads.mentions),
        ("GET", "/2/connections", "connections", reads.connections),
        ("DELETE", "/2/connections/{name:filtered_stream|all}", "connections", reads.end_connections),
        ("GET", "/2/usage/tweets", "usage", reads.usage),
    ):
        add(method, path, server.rest.through(reads.behind(door, handler)))
    server.desk.add_to(app)
    await server.start(app, host, port)
    server.rest.url = server.desk.url = server.url
    return server
