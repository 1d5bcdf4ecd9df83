"""The doors of the sandbox X behind which pictures are uploaded and described, by the schema of X's media API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from responders.sandbox.x import books

if TYPE_CHECKING:
    from responders.sandbox.x import X

MOST_BYTES = 5_242_880
CATEGORIES = frozenset({"tweet_image"})


@dataclass(slots=True)
class Upload:
    """One picture that was sent."""

    id: str
    author: str
    data: bytes
    kind: str
    alt: str = ""
    looks_left: int = 0

    @property
    def key(self) -> str:
        return f"3_{self.id}"


@dataclass(slots=True)
class Media:
    """What was uploaded. `looks` and `cannot_read` are failures to come."""

    owner: X
    uploads: list[Upload] = field(default_factory=list)
    looks: int = 0
    """How often a picture is asked for before it is ready."""
    cannot_read: bool = False
    """Work on a picture fails."""
    most_bytes: int = MOST_BYTES

    async def upload(self, request: web.Request, name: str) -> web.Response:
        """`POST /2/media/upload`: a form with the file and its category."""
        form = await request.post()
        file = form.get("media")
        if not isinstance(file, web.FileField) or form.get("media_category") not in CATEGORIES:
            return books.bad_query("media", "", "media field is required")
        data = file.file.read()
        if len(data) > self.most_bytes:
            return books.problem(413, "Payload Too Large", "The media file is too large.")
        if not file.content_type.startswith("image/"):
            return books.bad_query("media", file.content_type, "media type unrecognized.")
        number = str(1_880_028_106_020_515_840 + len(self.uploads))
        self.uploads.append(Upload(number, name, data, file.content_type, looks_left=self.looks))
        return web.json_response({"data": self._shown(self.uploads[-1])})

    async def status(self, request: web.Request, name: str) -> web.Response:
        """`GET /2/media/upload?command=STATUS&media_id=..`."""
        found = self._find(request.query.get("media_id"), name)
        if found is None or request.query.get("command") != "STATUS":
            return books.problem(404, "Not Found Error", "Could not find media", kind="resource-not-found")
        found.looks_left -= 1
        return web.json_response({"data": self._shown(found)})

    async def describe(self, request: web.Request, name: str) -> web.Response:
        """`POST /2/media/metadata`: the alt text."""
        body = await request.json()
        found = self._find(body.get("id"), name)
        text = body.get("metadata", {}).get("alt_text", {}).get("text")
        if found is None or not isinstance(text, str) or not 1 <= len(text) <= 1000:
            return books.bad_query("metadata.alt_text.text", "", "alt text is not valid")
        found.alt = text
        self.owner.bill.charge("media_metadata")
        return web.json_response({"data": {"id": found.id, "associated_metadata": body["metadata"]}})

    def attached(self, name: str, media: Any) -> list[Upload] | None:
        """The pictures that a post names; None where one is unknown, another's, or not ready."""
        ids = media.get("media_ids", []) if isinstance(media, dict) else []
        found = [self._find(one, name) for one in ids]
        ready = [one for one in found if one is not None and one.looks_left <= 0]
        return ready if len(ready) == len(ids) <= 4 else None

    def _find(self, number: Any, name: str) -> Upload | None:
        return next((one for one in self.uploads if (one.id, one.author) == (number, name)), None)

    def _shown(self, one: Upload) -> dict[str, Any]:
        about = {"id": one.id, "media_key": one.key, "size": len(one.data), "expires_after_secs": 1_296_000}
        if self.cannot_read:
            work: dict[str, Any] = {"state": "failed", "error": {"code": 1, "message": "file is currently unsupported"}}
        elif self.looks:
            state = "in_progress" if one.looks_left > 0 else "succeeded"
            work = {"state": state, "check_after_secs": 1, "progress_percent": 50}
        else:
            return about
        return about | {"processing_info": work}
