"""A receiver on loopback that takes signed messages, checks each signature by itself, and shows what it has."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from monitor.clock import Clock
from responders.sandbox.doors import Doors

DOORS = ("post", "find", "delete")
TOLERANCE_SECS = 300
MOST_BODY_BYTES = 10_000_000
WORDS = {401: "bad signature", 403: "not allowed", 404: "nothing under this mark", 422: "refused by the dial"}
KEYS = {"id", "account", "text", "mark", "created_at", "languages"}


@dataclass(slots=True)
class Taken:
    """One message that was accepted."""

    id: str
    message: dict[str, Any]
    is_deleted: bool = False


class Receiver(Doors):
    """A running receiver. Without `knows_marks` the same message again is a second post, as with a simple chat."""

    def __init__(self, clock: Clock | None, secret: str) -> None:
        super().__init__(clock, DOORS)
        self.secret = secret
        self.knows_marks = True
        self.is_terse = False
        """It answers 204 and says nothing."""
        self.taken: list[Taken] = []
        self.queries: set[str] = set()

    @property
    def posts(self) -> list[Taken]:
        """What stands there now, oldest first."""
        return [taken for taken in self.taken if not taken.is_deleted]

    def no(self, status: int, secs: float | None) -> web.Response:
        """A refusal in JSON."""
        headers = {"Retry-After": f"{secs:.0f}"} if secs is not None and status == 429 else {}
        return web.json_response({"error": WORDS.get(status, "try later")}, status=status, headers=headers)

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._is_signed(request, body):
            return self.no(401, None)
        message = await request.json()
        is_whole = set(message) - {"media"} == KEYS and self._shows(message)
        if not is_whole or request.headers.get("Idempotency-Key") != message["mark"]:
            return web.json_response({"error": "the message lacks something"}, status=400)
        known = self._find(message["mark"])
        if known is not None and self.knows_marks:
            return web.json_response({"error": "already there"} | self._entity(known), status=409)
        self.taken.append(Taken(f"hook-{len(self.taken) + 1}", message))
        return (
            web.Response(status=204) if self.is_terse else web.json_response(self._entity(self.taken[-1]), status=201)
        )

    async def _get(self, request: web.Request) -> web.Response:
        if not self._is_signed(request, f"GET mark={request.query.get('mark', '')}".encode()):
            return self.no(401, None)
        known = self._find(request.query.get("mark", ""))
        return self.no(404, None) if known is None else web.json_response(self._entity(known))

    async def _delete(self, request: web.Request) -> web.Response:
        if not self._is_signed(request, f"DELETE mark={request.query.get('mark', '')}".encode()):
            return self.no(401, None)
        known = self._find(request.query.get("mark", ""))
        if known is None:
            return self.no(404, None)
        known.is_deleted = True
        return web.Response(status=204)

    @staticmethod
    def _shows(message: dict[str, Any]) -> bool:
        """Whether the pictures are what is said of them."""
        for one in message.get("media", ()):
            data = base64.b64decode(one["data"], validate=True)
            if (hashlib.sha256(data).hexdigest(), len(data)) != (one["sha256"], one["size"]) or not one["alt"]:
                return False
        return True

    def _find(self, mark: str) -> Taken | None:
        return next((taken for taken in self.posts if taken.message["mark"] == mark), None)

    def _entity(self, taken: Taken) -> dict[str, Any]:
        about = {"id": taken.id, "url": f"{self.url}/{taken.id}", "text": taken.message["text"]}
        hashes = [{"sha256": one["sha256"]} for one in taken.message.get("media", ())]
        return about | {"media": hashes}

    def _is_signed(self, request: web.Request, what: bytes) -> bool:
        """Recomputed from the description, with no code of the sender's."""
        self.queries.add(request.query_string)
        stamp, given = request.headers.get("X-Bonmot-Timestamp", ""), request.headers.get("X-Bonmot-Signature", "")
        if not stamp.isdecimal() or abs(self.clock.now().timestamp() - int(stamp)) > TOLERANCE_SECS:
            return False
        mac = hmac.new(self.secret.encode("utf-8"), digestmod=hashlib.sha256)
        mac.update(stamp.encode("ascii"))
        mac.update(b".")
        mac.update(what)
        return hmac.compare_digest(f"v1={mac.hexdigest()}", given)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_post("/hook", self.behind("post", self._post))
        app.router.add_get("/hook", self.behind("find", self._get))
        app.router.add_delete("/hook", self.behind("delete", self._delete))
        return app


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None, secret: str) -> Receiver:
    """Serve on loopback at `/hook`; port 0 takes a free one. Raises BadInput as `Doors.start` does."""
    receiver = Receiver(clock, secret)
    await receiver.start(receiver.app(), host, port)
    return receiver
