"""A server on loopback that speaks Mastodon's wire format for posting, errors and faults included.

Its answers are held against recordings of a real server; it knows nothing of our publisher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from monitor.clock import Clock, to_text
from responders.sandbox.doors import Doors
from responders.sandbox.mastodon.network import Fault, Network, Stored, Upload

DOORS = ("post", "delete", "read", "own", "source", "login", "instance", "scheduled", "media", "ready")
"""What the dial knows: posting, deleting, one status, the account's statuses, a status's source, whose token it is,
the server's page, what is kept for later, an upload, whether it is ready."""
WORDS = {
    401: "The access token is invalid",
    403: "Your login is currently disabled",
    404: "Record not found",
    422: "Validation failed: refused by the dial",
    429: "Too many requests",
    503: "Remote data could not be fetched",
}
LIMIT = 300
MOST_BODY_BYTES = 20_000_000


class Mastodon(Doors):
    """A running server. `rules` of its `network` make it another kind of server."""

    def __init__(self, clock: Clock | None, accounts: Mapping[str, str]) -> None:
        super().__init__(clock, DOORS)
        self.network = Network(self.clock, accounts)

    @property
    def posts(self) -> list[Stored]:
        """What stands there now, oldest first."""
        return self.network.present()

    def no(self, status: int, secs: float | None) -> web.Response:
        """A refusal; the time at which a limit is over is an ISO time."""
        headers = self._limits(0 if status == 429 else LIMIT - 1, secs)
        if status == 429 and secs is None:
            del headers["X-RateLimit-Reset"]
        return web.json_response({"error": WORDS[status]}, status=status, headers=headers)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        one, api = "/api/v1/statuses/{id}", app.router
        api.add_post("/api/v1/statuses", self.behind("post", self._post))
        api.add_delete(one, self.behind("delete", self._delete))
        api.add_get(one, self.behind("read", self._read))
        api.add_get(f"{one}/source", self.behind("source", self._source))
        api.add_get("/api/v1/accounts/verify_credentials", self.behind("login", self._whose))
        api.add_get("/api/v1/accounts/{id}/statuses", self.behind("own", self._own))
        api.add_get("/api/v1/scheduled_statuses", self.behind("scheduled", self._scheduled))
        api.add_post("/api/v2/media", self.behind("media", self._upload))
        api.add_get("/api/v1/media/{id}", self.behind("ready", self._upload_again))
        api.add_get("/api/v2/instance", self.behind("instance", self._instance))
        api.add_get("/api/v1/instance", self.behind("instance", self._instance_v1))
        return app

    # --- doors ---------------------------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return self._said(lambda: self._posted(body, request))

    def _posted(self, body: dict[str, Any], request: web.Request) -> Any:
        author = self.network.who(request.headers.get("Authorization", ""))
        key = request.headers.get("Idempotency-Key", "")
        if body.get("scheduled_at") or self.network.rules.keeps_for_later:
            return self.network.keep(author, body)
        return self._entity(self.network.post(author, body, key=key))

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file, words = form.get("file"), form.get("description", "")
        if not isinstance(file, web.FileField):
            return web.json_response({"error": "Validation failed: File can't be blank"}, status=422)
        data, kind = file.file.read(), file.content_type
        return self._said(lambda: self._taken(request, Upload("", data, kind, str(words))))

    def _taken(self, request: web.Request, upload: Upload) -> tuple[int, Any]:
        author = self.network.who(request.headers.get("Authorization", ""))
        kept = self.network.take(author, upload)
        return (200 if kept.looks_left <= 0 else 202), self._medium(kept)

    async def _upload_again(self, request: web.Request) -> web.Response:
        def act() -> tuple[int, Any]:
            self.network.who(request.headers.get("Authorization", ""))
            kept = self.network.look(request.match_info["id"])
            return (200 if kept.looks_left <= 0 else 206), self._medium(kept)

        return self._said(act)

    async def _delete(self, request: web.Request) -> web.Response:
        def act() -> Any:
            author = self.network.who(request.headers.get("Authorization", ""))
            gone = self.network.delete(author, request.match_info["id"])
            entity = self._entity(gone)
            del entity["content"]
            return entity | {"text": gone.text}

        return self._said(act)

    async def _read(self, request: web.Request) -> web.Response:
        return self._said(lambda: self._entity(self.network.find(request.match_info["id"])))

    async def _source(self, request: web.Request) -> web.Response:
        def act() -> Any:
            self.network.who(request.headers.get("Authorization", ""))
            found = self.network.find(request.match_info["id"])
            if not self.network.rules.has_source:
                raise Fault(404, "Not Found")
            return {"id": found.id, "text": found.text, "spoiler_text": ""}

        return self._said(act)

    async def _own(self, request: web.Request) -> web.Response:
        def act() -> Any:
            limit = min(40, int(request.query.get("limit", "20")))
            before = request.query.get("max_id")
            own = [s for s in reversed(self.posts) if self.network.id_of(s.author) == request.match_info["id"]]
            due = [s for s in own if before is None or int(s.id) < int(before)]
            return [self._entity(stored) for stored in due[:limit]]

        return self._said(act)

    async def _whose(self, request: web.Request) -> web.Response:
        def act() -> Any:
            author = self.network.who(request.headers.get("Authorization", ""))
            return self._account(author) | {"source": {"privacy": "public", "sensitive": False, "language": None}}

        return self._said(act)

    async def _scheduled(self, request: web.Request) -> web.Response:
        def act() -> Any:
            author = self.network.who(request.headers.get("Authorization", ""))
            return [kept for by, kept in self.network.kept if by == author]

        return self._said(act)

    async def _instance(self, _request: web.Request) -> web.Response:
        rules = self.network.rules
        if rules.version != 2:
            return self.no(404, None)
        statuses = {"max_characters": rules.max_chars, "characters_reserved_per_url": rules.link_chars}
        statuses["max_media_attachments"] = 4
        media = {"supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp"]}
        limits = {"description_limit": 1500, "image_size_limit": rules.most_bytes, "image_matrix_limit": 33_177_600}
        configuration = {"statuses": statuses, "media_attachments": media | limits}
        about = {"domain": rules.domain, "version": "4.6.4", "configuration": configuration}
        return web.json_response(about, headers=self._limits(LIMIT - 1, 300))

    async def _instance_v1(self, _request: web.Request) -> web.Response:
        rules = self.network.rules
        if rules.version == 0:
            return self.no(404, None)
        about = {"uri": f"https://{rules.domain}", "version": "2.7.2 (compatible; Pleroma)"}
        return web.json_response(about | {"max_toot_chars": rules.max_chars}, headers=self._limits(LIMIT - 1, 300))

    # --- inside --------------------------------------------------------------------------------------------------

    def _said(self, act: Callable[[], Any]) -> web.Response:
        try:
            said = act()
            status, answer = said if isinstance(said, tuple) else (200, said)
            return web.json_response(answer, status=status, headers=self._limits(LIMIT - 1, 300))
        except Fault as fault:
            headers = self._limits(LIMIT - 1, 300)
            return web.json_response({"error": fault.words}, status=fault.status, headers=headers)

    def _limits(self, left: int, secs: float | None) -> dict[str, str]:
        reset = (self.clock.now() + timedelta(seconds=300 if secs is None else secs)).isoformat(timespec="microseconds")
        return {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset.replace("+00:00", "Z"),
        }

    def _medium(self, kept: Upload) -> dict[str, Any]:
        url = f"{self.url}/media/{kept.id}.png"
        return {
            "id": kept.id, "type": "image", "url": url if kept.looks_left <= 0 else None, "preview_url": url,
            "remote_url": None, "text_url": None, "meta": {}, "description": kept.description or None,
            "blurhash": "UABWOeof",
        }  # fmt: skip

    def _account(self, name: str) -> dict[str, Any]:
        number = self.network.id_of(name)
        return {
            "id": number, "username": name, "acct": name, "display_name": "", "locked": False, "bot": False,
            "created_at": "2026-08-01T00:00:00.000Z", "note": "", "url": f"{self.url}/@{name}",
            "uri": f"{self.url}/ap/users/{number}", "followers_count": 0,
        }  # fmt: skip

    def _entity(self, stored: Stored) -> dict[str, Any]:
        author = self.network.id_of(stored.author)
        return {
            "id": stored.id, "created_at": to_text(stored.created_at), "in_reply_to_id": None,
            "in_reply_to_account_id": None, "sensitive": False, "spoiler_text": "", "visibility": stored.visibility,
            "language": stored.language, "uri": f"{self.url}/ap/users/{author}/statuses/{stored.id}",
            "url": f"{self.url}/@{stored.author}/{stored.id}", "replies_count": 0, "reblogs_count": 0,
            "favourites_count": 0, "quotes_count": 0,
            "edited_at": to_text(stored.edited_at) if stored.edited_at else None, "favourited": False,
            "reblogged": False, "muted": False, "bookmarked": False, "pinned": False, "content": stored.content,
            "filtered": [], "reblog": None, "application": {"name": "sandbox", "website": None},
            "account": self._account(stored.author), "mentions": [], "tags": [],
            "media_attachments": [self._medium(one) for one in stored.media],
            "emojis": [], "tagged_collections": [], "quote": None, "card": None, "poll": None,
            "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        }  # fmt: skip


async def _body(request: web.Request) -> dict[str, Any]:
    """JSON or a form, as the real server takes both."""
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    return {key: str(value) for key, value in (await request.post()).items()}


async def start(
    host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None, accounts: Mapping[str, str] | None = None
) -> Mastodon:
    """Serve on loopback; port 0 takes a free one. `accounts` maps tokens to user names.

    Raises BadInput as `Doors.start` does.
    """
    server = Mastodon(clock, accounts if accounts is not None else {"token": "oreo"})
    await server.start(server.app(), host, port)
    return server
