"""The doors of the sandbox Reddit behind which an account speaks: submitting, deleting, its own submissions.

Shapes are those of recordings of the service. It knows nothing of our publisher.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from responders.sandbox.doors import Doors

if TYPE_CHECKING:
    from responders.sandbox.reddit import Item, Sandbox

DOORS = ("submit", "del", "own", "info", "me")
WORDS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
MOST_TITLE = 300
MOST_TEXT = 40_000
GONE = "[deleted]"

Act = Callable[[web.Request, str], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Written:
    """What was ever submitted here, deleted or not."""

    author: str
    subreddit: str
    title: str
    text: str


class Desk(Doors):
    """One server with the rest of Reddit. `errors` are told to the next submissions, with 200 and nothing done."""

    def __init__(self, owner: Sandbox) -> None:
        super().__init__(owner.clock, DOORS)
        self._reddit = owner
        self.errors: deque[list[str]] = deque()
        self.explained: deque[dict[str, Any]] = deque()
        """Answers of 400 to the next submissions."""
        self.written: list[Written] = []
        self.agents: set[str] = set()
        self.renamed: dict[str, str] = {}
        """What an account is called by now, by the name that still logs in."""

    @property
    def posts(self) -> list[Item]:
        """What the accounts that may log in have standing here, oldest first."""
        users = self._reddit.rules.users
        return [item for item in self._reddit.items if item.kind == "t3" and item.data["author"] in users]

    def no(self, status: int, secs: float | None) -> web.Response:
        """A refusal; when a limit is over is said in seconds."""
        headers = {"x-ratelimit-remaining": "0.0"} if status == 429 else {}
        headers |= {"x-ratelimit-reset": f"{secs:.1f}"} if secs is not None else {}
        return web.json_response({"message": WORDS[status], "error": status}, status=status, headers=headers)

    def add_to(self, app: web.Application) -> None:
        """The routes, and a dial of their own at `/_dial/desk`."""
        app.router.add_post("/_dial/desk", self._turn)
        for method, path, door, act in (
            ("POST", "/api/submit", "submit", self._submit),
            ("POST", "/api/del", "del", self._delete),
            ("GET", "/user/{name}/submitted", "own", self._own),
            ("GET", "/api/info", "info", self._info),
            ("GET", "/api/v1/me", "me", self._whose),
        ):
            app.router.add_route(method, path + "{slash:/?}", self.behind(door, self._known(act)))

    def _known(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The act behind the token of a user."""

        async def met(request: web.Request) -> web.Response:
            self.agents.add(request.headers.get("User-Agent", ""))
            name = self._reddit.user_of(request)
            return self.no(401, None) if name is None else await act(request, name)

        return met

    # --- doors ---------------------------------------------------------------------------------------------------

    async def _submit(self, request: web.Request, name: str) -> web.Response:
        sent = {key: str(value) for key, value in (await request.post()).items()}
        title, text, place = sent.get("title", "").strip(), sent.get("text", "").strip(), sent.get("sr", "")
        if self.explained:
            return web.json_response(self.explained.popleft(), status=400)
        if place.lower() in self._reddit.rules.closed:
            return self.no(403, None)
        error = self.errors.popleft() if self.errors else self._wrong(title, text, place)
        if error is not None:
            return web.json_response({"json": {"errors": [error]}})
        full = self.say(name, title, text, subreddit=place)
        number = full.removeprefix("t3_")
        url = f"{self.url}/r/{place}/comments/{number}/x/"
        return web.json_response({"json": {"errors": [], "data": {"url": url, "id": number, "name": full}}})

    def say(self, name: str, title: str, text: str, *, subreddit: str = "oreo", **fields: Any) -> str:
        """The account submits by hand, or through a door; the fullname."""
        self.written.append(Written(name, subreddit, title, text))
        more = {"author": name, "selftext": text, "edited": False}
        return self._reddit.publish(title, kind="t3", subreddit=subreddit, **(more | fields))

    def _wrong(self, title: str, text: str, place: str) -> list[str] | None:
        if place.lower() in self._reddit.rules.absent:
            return ["SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr"]
        if not title:
            return ["NO_TEXT", "we need something here", "title"]
        if len(title) > MOST_TITLE:
            return ["TOO_LONG", f"this is too long (max: {MOST_TITLE})", "title"]
        return ["TOO_LONG", f"this is too long (max: {MOST_TEXT})", "text"] if len(text) > MOST_TEXT else None

    async def _delete(self, request: web.Request, name: str) -> web.Response:
        full = str((await request.post()).get("id", ""))
        for item in self._reddit.items:
            if item.name == full and item.data["author"] == name:
                item.data.update(author=GONE, selftext=GONE)
                self._reddit.removed.add(full)
        return web.json_response({})  # whatever it did, as the service does

    async def _own(self, request: web.Request, _name: str) -> web.Response:
        name, after = request.match_info["name"].lower(), request.query.get("after")
        own = [item for item in reversed(self._reddit.items) if item.kind == "t3"]
        own = [item for item in own if item.data["author"].lower() == name]
        begin = next((place for place, item in enumerate(own, 1) if item.name == after), 0)
        page = own[begin : begin + min(100, int(request.query.get("limit", "25")))]
        is_last = begin + len(page) >= len(own)
        return _listing(page, None if is_last else page[-1].name)

    async def _info(self, request: web.Request, _name: str) -> web.Response:
        names = request.query.get("id", "").split(",")
        return _listing([item for item in self._reddit.items if item.name in names], None)

    async def _whose(self, _request: web.Request, name: str) -> web.Response:
        name = self.renamed.get(name, name)
        return web.json_response({"name": name, "id": "4cixf", "is_suspended": False, "link_karma": 12})


def _listing(page: list[Item], after: str | None) -> web.Response:
    children = [{"kind": item.kind, "data": item.data} for item in page]
    data = {"after": after, "dist": len(page), "modhash": None, "before": None, "children": children}
    return web.json_response({"kind": "Listing", "data": data})
