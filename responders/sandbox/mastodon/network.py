"""What stands on the sandbox server, and its rules: those of Mastodon, or of other servers that speak the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from monitor.clock import Clock, to_text
from responders.sandbox.mastodon.content import markup

KEY_HOLDS = timedelta(hours=1)
_LINK = regex.compile(r"https?://\S+", regex.I)
_REMOTE = regex.compile(r"(@\w+)@[\w.-]+\w")


class Fault(Exception):
    """An answer with an error."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(slots=True)
class Rules:
    """How this server differs; as it stands, it is Mastodon."""

    domain: str = "brands.example"
    max_chars: int = 500
    link_chars: int = 23
    version: int = 2
    """Of its page: 2, 1 (other servers), 0 for none."""
    ignores_keys: bool = False
    """The same key again is a second status."""
    has_source: bool = True
    rewrites: bool = False
    """Quotes are curled and links shortened when shown, as servers with a markup of their own do."""
    keeps_for_later: bool = False
    """Everything is put off, unasked."""
    most_bytes: int = 16_777_216
    """Of a picture, as its page says."""
    takes_bytes: int = 16_777_216
    """Of a picture, as it does."""
    looks: int = 0
    """How often a picture is asked for before it is ready."""
    cannot_read: bool = False
    """Work on a picture fails."""


@dataclass(slots=True)
class Upload:
    """One picture that was sent."""

    id: str
    data: bytes
    kind: str
    description: str
    author: str = ""
    looks_left: int = 0


@dataclass(slots=True)
class Stored:
    """One status."""

    id: str
    author: str
    text: str
    content: str
    visibility: str
    language: str
    created_at: datetime
    edited_at: datetime | None = None
    is_deleted: bool = False
    media: tuple[Upload, ...] = ()


class Network:
    """Accounts by token, statuses, and the keys of the last hour."""

    def __init__(self, clock: Clock, accounts: Mapping[str, str]) -> None:
        self.clock = clock
        self.tokens = dict(accounts)
        self.rules = Rules()
        self.written: list[Stored] = []
        self.uploads: list[Upload] = []
        self.kept: list[tuple[str, dict[str, Any]]] = []
        self._keys: dict[tuple[str, str], tuple[datetime, str]] = {}

    def who(self, authorization: str) -> str:
        """Whose token it is. Raises Fault for one that is unknown or was revoked."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            raise Fault(401, "The access token is invalid")
        return self.tokens[token]

    def id_of(self, name: str) -> str:
        """The id of an account."""
        return str(117_020_000_000_000_000 + sum(map(ord, name)))

    def post(self, author: str, body: dict[str, Any], *, key: str = "") -> Stored:
        """A new status, or the one of the same key within the hour."""
        now = self.clock.now()
        known = self._keys.get((author, key)) if key and not self.rules.ignores_keys else None
        if known is not None and now - known[0] < KEY_HOLDS:
            return self.find(known[1])
        text = self._checked(body)
        content = markup(text, rewrites=self.rules.rewrites)
        language = body.get("language")
        stored = Stored(
            self._new_id(), author, text, content, str(body.get("visibility", "public")),
            language if isinstance(language, str) else "en", now, media=self._attached(author, body),
        )  # fmt: skip
        self.written.append(stored)
        self._keys[author, key] = (now, stored.id)
        return stored

    def take(self, author: str, upload: Upload) -> Upload:
        """Keep a picture, and begin to work on it. Raises Fault for one it does not take."""
        if len(upload.data) > self.rules.takes_bytes:
            raise Fault(422, "Validation failed: File file size must be less than 16 MB")
        if not upload.kind.startswith("image/") or len(upload.description) > 1500:
            raise Fault(422, "Validation failed: File content type is invalid")
        upload.id, upload.author = str(len(self.uploads) + 2234), author
        upload.looks_left = self.rules.looks
        self.uploads.append(upload)
        return upload

    def look(self, number: str) -> Upload:
        """Somebody asks whether it is ready. Raises Fault where it never will be."""
        found = next((one for one in self.uploads if one.id == number), None)
        if found is None:
            raise Fault(404, "Record not found")
        found.looks_left -= 1
        if self.rules.cannot_read:
            raise Fault(422, "Error processing thumbnail for uploaded media")
        return found

    def _attached(self, author: str, body: dict[str, Any]) -> tuple[Upload, ...]:
        found = []
        for number in body.get("media_ids") or []:
            one = next((one for one in self.uploads if (one.id, one.author) == (number, author)), None)
            if one is None or one.looks_left > 0:
                raise Fault(422, "Cannot attach files that have not finished processing. Try again in a moment!")
            found.append(one)
        return tuple(found)

    def keep(self, author: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put it off: a ScheduledStatus."""
        at = to_text(self.clock.now() + timedelta(minutes=10))
        params = {"text": self._checked(body), "visibility": body.get("visibility"), "scheduled_at": None}
        kept = {"id": str(len(self.kept) + 1), "scheduled_at": at, "params": params, "media_attachments": []}
        self.kept.append((author, kept))
        return kept

    def delete(self, author: str, number: str) -> Stored:
        """Raises Fault when it is not there, or another's."""
        found = self.find(number)
        if found.author != author:
            raise Fault(404, "Record not found")
        found.is_deleted = True
        return found

    def edit(self, number: str, text: str) -> None:
        """Somebody changes it by hand."""
        found = self.find(number)
        found.text, found.content, found.edited_at = text, markup(text), self.clock.now()

    def find(self, number: str) -> Stored:
        """Raises Fault when it is not there."""
        for stored in self.present():
            if stored.id == number:
                return stored
        raise Fault(404, "Record not found")

    def present(self) -> list[Stored]:
        """The statuses that are not deleted, oldest first."""
        return [stored for stored in self.written if not stored.is_deleted]

    def _new_id(self) -> str:
        """Milliseconds and a running number, as the real ids are."""
        millis = (self.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        return str((millis << 16) + len(self.written))

    def _checked(self, body: dict[str, Any]) -> str:
        text = body.get("status")
        if not isinstance(text, str) or not text.strip():
            raise Fault(422, "Validation failed: Text can't be blank")
        links = _LINK.findall(text)
        plain = _REMOTE.sub(r"\1", _LINK.sub("", text))
        used = len(regex.findall(r"\X", plain)) + len(links) * self.rules.link_chars
        if used > self.rules.max_chars:
            raise Fault(422, f"Validation failed: Text character limit of {self.rules.max_chars} exceeded")
        return text.strip()
