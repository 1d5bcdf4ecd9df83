"""A server on loopback that answers as Reddit's API does: log-in, listings, its limits; what an account does is `desk`.

Shapes are held against recordings of the service; it knows nothing of our reader.
"""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.clock import Clock, SystemClock
from responders.sandbox.faults import Faulty

if TYPE_CHECKING:
    from responders.sandbox.reddit.desk import Desk

KINDS = {"duplicate", "out_of_order", "late", "expired"}
"""`duplicate`: items twice on a page; `out_of_order`: a page shuffled; `late`: without its newest item; `expired`: the
token is over, 401."""
FIRST = int("h00000", 36)
WINDOW_SECS = 600
MOST_ITEMS = 1000
"""The service keeps no more of a listing."""


@dataclass(frozen=True, slots=True)
class Item:
    """A submission (`t3`) or a comment (`t1`)."""

    kind: str
    subreddit: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.data['id']}"


@dataclass(slots=True)
class Window:
    """The calls of one client in ten minutes."""

    began: datetime
    used: int = 0


@dataclass(slots=True)
class Rules:
    """Who may log in and how often anybody may ask."""

    client: tuple[str, str] = ("app", "app-secret")
    users: dict[str, str] = field(default_factory=dict)
    allowance: int = 1000
    token_secs: int = 86_400
    closed: set[str] = field(default_factory=set)
    """Private subreddits, in lower case: 403."""
    absent: set[str] = field(default_factory=set)
    """Subreddits that do not exist: sent on to a search, as the service does."""


INBOX = "*inbox"
"""Where what is written to our account is kept; no subreddit is called so."""


class Sandbox(Faulty):
    """A running server; `items` oldest first. `dial` turns on faults of log-in and listings, `desk.dial` of posting."""

    desk: Desk

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, KINDS, content_type="application/json", odd=_odd)
        self.rules = Rules()
        self.items: list[Item] = []
        self.removed: set[str] = set()
        self.agents: set[str] = set()
        self._tokens: dict[str, datetime] = {}
        self._users: dict[str, str] = {}
        """By token."""
        self._window = Window(clock.now())
        self._shuffle = random.Random(1)  # noqa: S311 - the same disorder every time

    def publish(self, say: str, *, kind: str = "t1", subreddit: str = "AskReddit", **fields: Any) -> str:
        """Add an item; its fullname."""
        number, now = FIRST + len(self.items), self.clock.now().timestamp()
        data: dict[str, Any] = {
            "id": _base36(number), "author": f"u{number % 89}", "created_utc": now, "subreddit": subreddit, "score": 1,
            "permalink": f"/r/{subreddit}/comments/{_base36(number)}/x/", "stickied": False, "locked": False,
        }  # fmt: skip
        if kind == "t1":
            data |= {"body": say, "link_id": "t3_h00000", "parent_id": "t3_h00000"}
        else:
            data |= {"title": say, "selftext": "", "is_self": True, "num_comments": 0, "removed_by_category": None}
        item = Item(kind, subreddit, data | fields)
        item.data["name"] = item.name
        self.items.append(item)
        return item.name

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """A token for the app, or for a user of it (`grant_type` client_credentials or password)."""
        sent = await request.post()
        wanted = "Basic " + base64.b64encode(":".join(self.rules.client).encode()).decode()
        if request.headers.get("Authorization") != wanted:
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        if sent.get("grant_type") == "password":
            known = self.rules.users.get(str(sent.get("username")))
            if known is None or known != sent.get("password"):
                return web.json_response({"error": "invalid_grant"})  # with 200, as the service does
        elif sent.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"})
        token = f"token-{len(self._tokens)}"
        self._tokens[token] = self.clock.now()
        if sent.get("grant_type") == "password":
            self._users[token] = str(sent.get("username"))
        answer = {"access_token": token, "token_type": "bearer", "expires_in": self.rules.token_secs, "scope": "*"}
        return web.json_response(answer)

    def write_to_us(self, say: str, *, kind: str = "t1", **fields: Any) -> str:
        """Somebody answers our account, or (`t4`) sends it a private message; the fullname."""
        told: dict[str, Any] = {"was_comment": kind == "t1", "dest": "ours", "new": True, "body": say}
        told |= {"context": "/r/AskReddit/comments/h00000/x/?context=3", "permalink": None}
        return self.publish(say, kind="t1", subreddit=INBOX, **(told | fields)) if kind == "t1" else self._letter(told)

    def _letter(self, told: dict[str, Any]) -> str:
        name = self.publish(told["body"], subreddit=INBOX, **told)
        self.items[-1] = Item("t4", INBOX, self.items[-1].data)
        return name

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """`/r/NAMES/new`, `/r/NAMES/comments` or `/message/inbox`."""
        fault = self.calls[-1].kind
        self.agents.add(request.headers.get("User-Agent", ""))
        if fault == "expired":
            self._tokens.clear()
        if not self._knows(request):
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        limit = self._count()
        if float(limit["x-ratelimit-remaining"]) < 0:
            return web.json_response({"message": "Too Many Requests", "error": 429}, status=429, headers=limit)
        if "names" not in request.match_info:
            return web.json_response(self._page(request, [INBOX], "", fault=fault), headers=limit)
        names = request.match_info["names"].lower().split("+")
        if self.rules.closed & set(names):
            answer = {"reason": "private", "message": "Forbidden", "error": 403}
            return web.json_response(answer, status=403, headers=limit)
        if self.rules.absent & set(names):
            return web.Response(status=302, headers=limit | {"Location": f"/subreddits/search?q={names[0]}"})
        kind = {"new": "t3", "comments": "t1"}[request.match_info["what"]]
        return web.json_response(self._page(request, names, kind, fault=fault), headers=limit)

    def _page(self, request: web.Request, names: list[str], kind: str, *, fault: str) -> dict[str, Any]:
        """A page of the newest items, or of those behind the fullname `after`."""
        found = [i for i in reversed(self.items) if kind in ("", i.kind) and i.subreddit.lower() in names]
        found = [item for item in found if item.name not in self.removed][:MOST_ITEMS]
        if fault == "late":
            found = found[1:]
        after = request.query.get("after")
        places = [place for place, item in enumerate(found) if item.name == after]
        begin = places[0] + 1 if places else 0
        limit = request.query.get("limit", "25")
        page = found[begin : begin + min(100, int(limit) if limit.isdecimal() else 25)]
        is_last = begin + len(page) >= len(found)
        children = [{"kind": item.kind, "data": item.data} for item in page]
        if fault == "duplicate":
            children = [child for child in children for _ in range(2)]
        if fault == "out_of_order":
            self._shuffle.shuffle(children)
        data = {"after": None if is_last else page[-1].name, "dist": len(page), "modhash": None, "before": None}
        return {"kind": "Listing", "data": data | {"children": children}}

    def user_of(self, request: web.Request) -> str | None:
        """Whose token it is; None for one that is over, or is the app's alone."""
        token = request.headers.get("Authorization", "").partition(" ")[2]
        return self._users.get(token) if self._knows(request) else None

    def end_tokens(self) -> None:
        """Nobody is let in without another log-in."""
        self._tokens.clear()

    def _knows(self, request: web.Request) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        made = self._tokens.get(token) if kind.lower() == "bearer" else None
        return made is not None and (self.clock.now() - made).total_seconds() < self.rules.token_secs

    def _count(self) -> dict[str, str]:
        """Count one call; the limit's headers."""
        past = (self.clock.now() - self._window.began).total_seconds()
        if past >= WINDOW_SECS:
            self._window, past = Window(self.clock.now()), 0.0
        self._window.used += 1
        return {
            "x-ratelimit-used": str(self._window.used),
            "x-ratelimit-remaining": f"{self.rules.allowance - self._window.used}.0",
            "x-ratelimit-reset": str(int(WINDOW_SECS - past)),
        }


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Sandbox:
    """Serve on loopback; port 0 takes a free one. Raises as `Faulty.start` does."""
    from responders.sandbox.reddit.desk import Desk

    server = Sandbox(clock or SystemClock())
    server.desk = Desk(server)
    app = web.Application()
    app.router.add_post("/api/v1/access_token", server.through(server.log_in))
    app.router.add_get("/r/{names}/{what:new|comments}{slash:/?}", server.through(server.listing))
    app.router.add_get("/message/inbox{slash:/?}", server.through(server.listing))
    server.desk.add_to(app)
    await server.start(app, host, port)
    server.desk.url = server.url
    return server


def _odd(request: web.Request) -> bytes:
    """Well-formed JSON in which nothing is what it should be."""
    if request.path.endswith("access_token"):
        return b'{"access_token": 5, "expires_in": "soon", "scope": []}'
    children: list[Any] = [17, None, {"kind": "t1"}, {"kind": "t1", "data": []}, {"kind": "t9", "data": {"id": "a"}}]
    children += [
        {"kind": kind, "data": {"id": "zz", "body": 1, "title": [], "created_utc": "x"}} for kind in ("t1", "t3")
    ]
    return json.dumps({"kind": "Listing", "data": {"children": children, "after": 7}}).encode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
