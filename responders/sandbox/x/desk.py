"""The doors of the sandbox X behind which an account speaks: posting, deleting, reading its own posts.

Shapes are those of recordings of X and of its emulator; the words for a duplicate are X's own. It knows nothing of our
publisher, and charges what X would.
"""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import regex
from aiohttp import web

from responders.sandbox.doors import Doors
from responders.sandbox.x import books, posts
from responders.sandbox.x.media import Media, Upload
from responders.sandbox.x.oauth import Keys

if TYPE_CHECKING:
    from responders.sandbox.x import X

DOORS = ("post", "delete", "read", "own", "me", "upload", "status", "metadata")
WORDS = {
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "You can only reply to or quote posts where you are mentioned or are the author."),
    404: ("Not Found Error", "Could not find tweet with id: [1]."),
    422: ("Invalid Request", "One or more parameters to your request was invalid."),
    429: ("Too Many Requests", "Too Many Requests"),
    503: ("Service Unavailable", "Service Unavailable"),
}
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
FIELDS = frozenset({"text", "reply", "media", "poll", "reply_settings", "made_with_ai", "paid_partnership"})
MOST_WEIGHT = 280
_LINK = re.compile(
    r"https?://[^\s]*[\w/]|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|de)\b(?:/[^\s]*[\w/])?", re.IGNORECASE
)
_WIDE = regex.compile(r"\p{Extended_Pictographic}|[\U0001f1e6-\U0001f1ff]")

Act = Callable[[web.Request, str], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Written:
    """What was ever posted here, deleted or not."""

    author: str
    text: str


class Desk(Doors):
    """One server with the rest of X: its address, its bill, its posts. `keys` say who may speak."""

    def __init__(self, owner: X, accounts: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(owner.clock, DOORS)
        self._x = owner
        self.keys = Keys(accounts=dict(accounts))
        self.written: list[Written] = []
        self.takes_copies = False
        """The same text again is a second post, as X does some time later."""
        self.access = "read-write"
        self.media = Media(owner)
        self._links = 0
        self._ids: dict[str, str] = {}

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What these accounts have standing here, oldest first."""
        return [post for post in self._x.posts if post["author_id"] in self._ids.values()]

    def id_of(self, name: str) -> str:
        """The account's id."""
        return self._ids.setdefault(name, str(1_072_250_532_645_998_596 + len(self._ids)))

    def say(
        self, name: str, text: str, *, at: datetime | None = None, pictures: Sequence[Upload] = (), **changes: Any
    ) -> str:
        """The account posts by hand, or through a door; the id."""
        shown, entities = self._shown(text)
        if pictures:
            shown, entities = self._with_pictures(shown, entities, [one.key for one in pictures])
            changes |= {"attachments": {"media_keys": [one.key for one in pictures]}}
        self.written.append(Written(name, text))
        changes |= {"author_id": self.id_of(name), "username": name, "typed": text}
        changes |= {"entities": entities} if entities else {}
        return self._x.post(shown, at=at, **changes)

    def no(self, status: int, secs: float | None) -> web.Response:
        """A refusal; when a limit is over is said in Unix seconds."""
        title, detail = WORDS[status]
        headers = {"x-rate-limit-remaining": "0"} if status == 429 else {}
        if secs is not None:
            headers["x-rate-limit-reset"] = str(int(self._x.clock.now().timestamp() + secs))
        return books.problem(status, title, detail, headers=headers)

    def add_to(self, app: web.Application) -> None:
        """The routes, and a dial of their own at `/_dial`."""
        app.router.add_post("/_dial", self._turn)
        for method, path, door, act in (
            ("POST", "/2/tweets", "post", self._post),
            ("DELETE", r"/2/tweets/{id:\d+}", "delete", self._delete),
            ("GET", r"/2/tweets/{id:\d+}", "read", self._read),
            ("GET", r"/2/users/{id:\d+}/tweets", "own", self._own),
            ("GET", "/2/users/me", "me", self._whose),
            ("POST", "/2/media/upload", "upload", self.media.upload),
            ("GET", "/2/media/upload", "status", self.media.status),
            ("POST", "/2/media/metadata", "metadata", self.media.describe),
        ):
            app.router.add_route(method, path, self.behind(door, self._signed(door, act)))

    def _signed(self, door: str, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The act behind the signature, the credits and the door's limit."""

        async def met(request: web.Request) -> web.Response:
            is_left, headers = self._x.doors.use(door)
            name = self.keys.who(request, self._x.clock.now())
            if name is None:
                return books.unauthorized()
            if not self._x.has_credits:
                return books.no_credits()
            response = await act(request, name) if is_left else books.too_many_calls(headers)
            response.headers.update(headers | {"x-access-level": self.access})
            return response

        return met

    # --- doors ---------------------------------------------------------------------------------------------------

    async def _post(self, request: web.Request, name: str) -> web.Response:
        body = await request.json()
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text.strip() or set(body) - FIELDS:
            return books.bad_query("text", "", "text field is required")
        if _weight(text) > MOST_WEIGHT:
            return books.bad_query("text", text, f"text field exceeds maximum length of {MOST_WEIGHT} characters")
        text = text.strip()
        own = [post["typed"] for post in self.posts if post["username"] == name]
        if text in own and not self.takes_copies:
            return books.problem(403, "Forbidden", DUPLICATE)
        pictures = self.media.attached(name, body.get("media"))
        if pictures is None:
            return books.bad_query("media.media_ids", "", "Your media IDs are invalid.")
        number = self.say(name, text, pictures=pictures, made_with_ai=body.get("made_with_ai", False))
        self._x.bill.charge("post_create_with_url" if _LINK.search(text) else "post_create")
        data = {"edit_history_tweet_ids": [number], "id": number, "text": self._x.posts[-1]["text"]}
        return web.json_response({"data": data}, status=201)

    async def _delete(self, request: web.Request, name: str) -> web.Response:
        number = request.match_info["id"]
        found = next((one for one in self._x.posts if one["id"] == number), None)
        if found is None:
            return web.json_response(_missing(number), status=404)
        if found["author_id"] != self.id_of(name):
            return books.problem(403, "Forbidden", "You are not authorized to delete this Tweet.")
        self._x.posts.remove(found)
        self._x.bill.charge("delete")
        return web.json_response({"data": {"deleted": True}})

    async def _read(self, request: web.Request, _name: str) -> web.Response:
        number = request.match_info["id"]
        found = next((one for one in self._x.posts if one["id"] == number), None)
        return web.json_response(_missing(number) if found is None else {"data": posts.shown(found, request)})

    async def _own(self, request: web.Request, _name: str) -> web.Response:
        most = int(request.query.get("max_results", "10"))
        if not 5 <= most <= 100:
            return books.bad_query("max_results", str(most), "must be between 5 and 100")
        asked, token = request.query.get("start_time"), request.query.get("pagination_token", "t" + "9" * 20)
        start = datetime.fromisoformat(asked) if asked else None
        own = [one for one in reversed(self._x.posts) if one["author_id"] == request.match_info["id"]]
        own = [one for one in own if start is None or datetime.fromisoformat(one["created_at"]) >= start]
        left = [one for one in own if int(one["id"]) < int(token.removeprefix("t"))]
        page = left[:most]
        self._x.bill.read("owned_read", [one["id"] for one in page])
        meta: dict[str, Any] = {"result_count": len(page)}
        meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]} if page else {}
        meta |= {"next_token": f"t{page[-1]['id']}"} if len(left) > most else {}
        data = [posts.shown(one, request) for one in page]
        return web.json_response(({"data": data} if page else {}) | {"meta": meta})

    async def _whose(self, _request: web.Request, name: str) -> web.Response:
        self._x.bill.read("owned_read", [self.id_of(name)])
        return web.json_response({"data": {"id": self.id_of(name), "name": name.title(), "username": name}})

    # --- inside --------------------------------------------------------------------------------------------------

    def _shown(self, text: str) -> tuple[str, dict[str, Any]]:
        """The text as X shows it, escaped and with short links, and its entities."""
        shown, at, urls = "", 0, []
        for found in _LINK.finditer(text):
            self._links += 1
            short = f"https://t.co/{self._links:010d}"
            shown += html.escape(text[at : found.start()], quote=False)
            long = found[0] if found[0].lower().startswith("http") else f"http://{found[0]}"
            urls.append(
                {"start": len(shown), "end": len(shown) + len(short), "url": short, "expanded_url": long,
                 "display_url": found[0][:26]}
            )  # fmt: skip
            shown, at = shown + short, found.end()
        return shown + html.escape(text[at:], quote=False), {"urls": urls} if urls else {}

    def _with_pictures(self, shown: str, entities: dict[str, Any], keys: list[str]) -> tuple[str, dict[str, Any]]:
        """X puts one link to the pictures behind the text, and names it once for each of them."""
        self._links += 1
        short = f"https://t.co/{self._links:010d}"
        about = {"start": len(shown) + 1, "end": len(shown) + 1 + len(short), "url": short}
        about |= {"expanded_url": "https://x.com/oreo/status/1/photo/1", "display_url": "pic.x.com/" + short[-10:]}
        urls = [*entities.get("urls", ()), *(about | {"media_key": key} for key in keys)]
        return f"{shown} {short}", {"urls": urls}


def _missing(number: str) -> dict[str, Any]:
    """What a look at a post that is not there finds."""
    detail = f"Could not find tweet with id: [{number}]."
    about = {"code": 50, "detail": detail, "parameter": "id", "resource_id": number, "resource_type": "tweet"}
    kind = books.PROBLEMS + "resource-not-found"
    return {"errors": [about | {"title": "Not Found Error", "type": kind, "value": number}]}


def _weight(text: str) -> int:
    """Near enough to X's own weight to refuse what is clearly too long."""
    signs = regex.findall(r"\X", _LINK.sub("x" * 23, text))
    return sum(2 if _WIDE.search(sign) or ord(sign[0]) > 4351 else len(sign) for sign in signs)
