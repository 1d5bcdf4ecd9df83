"""What the sandbox knows: accounts, sessions, records; the rules of the real server, with its own words for each no."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from monitor.clock import Clock
from responders.sandbox.bluesky.content import cid_of, cid_of_bytes

POST = "app.bsky.feed.post"
ABSENT = object()
"""`swapRecord` was not sent; null means: must not exist."""

_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


class Fault(Exception):
    """An answer that is an error: status, name and message as the real server writes them."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


@dataclass(slots=True)
class Stored:
    """One record as the server keeps it."""

    did: str
    handle: str
    collection: str
    rkey: str
    cid: str
    value: dict[str, Any]
    at: datetime
    is_deleted: bool = False

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def text(self) -> str:
        return str(self.value.get("text", ""))


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that were uploaded."""

    data: bytes
    kind: str


@dataclass(slots=True)
class Network:
    """One server's accounts and records. `accounts` maps handles to passwords; None lets anybody in."""

    clock: Clock
    accounts: Mapping[str, str] | None = None
    access_secs: float = 7200.0
    written: list[Stored] = field(default_factory=list)
    """Every record that was ever created, in order, deleted ones too."""
    handles: dict[str, str] = field(default_factory=dict)
    """Who logged in: id to handle."""
    access: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    count: int = 0
    blobs: dict[str, Blob] = field(default_factory=dict)
    """What was uploaded, by content id."""
    most_blob_bytes: int = 5_242_880
    keeps_blobs: bool = True
    """False: what was uploaded is gone before a record can name it."""
    spoils_blobs: bool = False
    """True: the server changes what it was sent, as one would that makes pictures smaller."""

    def keep_blob(self, data: bytes, kind: str) -> dict[str, Any]:
        """Take bytes; how a record names them."""
        if len(data) > self.most_blob_bytes:
            raise Fault(400, "BlobTooLarge", f"This file is too large. It is {len(data)} bytes.")
        data = data + b"\0" if self.spoils_blobs else data
        cid = cid_of_bytes(data)
        if self.keeps_blobs:
            self.blobs[cid] = Blob(data, kind)
        return {"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": len(data)}

    def log_in(self, identifier: str, password: str) -> tuple[str, str, str]:
        """Id and two new tokens."""
        expected = password if self.accounts is None else self.accounts.get(identifier)
        if not identifier or not password or password != expected:
            raise Fault(401, "AuthenticationRequired", "Invalid identifier or password")
        did = did_of(identifier)
        self.handles[did] = identifier
        return did, *self._tokens(did)

    def renew(self, token: str | None) -> tuple[str, str, str]:
        """Id and two new tokens for a refresh token, which works once."""
        if token is None:
            raise Fault(401, "AuthMissing", "Authentication Required")
        did = self.refresh.pop(token, None)
        if did is None:
            raise Fault(400, "ExpiredToken", "Token has been revoked")
        return did, *self._tokens(did)

    def who(self, token: str | None) -> str:
        """Whose access token it is."""
        if token is None:
            raise Fault(401, "AuthMissing", "Authentication Required")
        if token not in self.access:
            raise Fault(400, "InvalidToken", "Token could not be verified")
        did, until = self.access[token]
        if self.clock.now() >= until:
            raise Fault(400, "ExpiredToken", "Token has expired")
        return did

    def expire(self) -> None:
        """Let every access token be over."""
        self.access = {token: (did, self.clock.now()) for token, (did, _) in self.access.items()}

    def put(
        self, did: str, collection: str, rkey: str, *, record: dict[str, Any], swap: object = ABSENT
    ) -> tuple[Stored, bool]:
        """Create or replace; True when something was written. The same record again is a no-op, whatever `swap`."""
        cid = self._checked(collection, rkey, record)
        present = self.find(did, collection, rkey)
        if present is not None and present.cid == cid:
            return present, False
        if swap is not ABSENT and swap != (present.cid if present else None):
            raise Fault(400, "InvalidSwap", f"Record was at {present.cid if present else 'null'}")
        if present is not None:
            present.cid, present.value = cid, record
            return present, True
        return self._store(did, collection, rkey, record=record, cid=cid), True

    def create(self, did: str, collection: str, rkey: str | None, *, record: dict[str, Any]) -> Stored:
        """Create; a key that is taken is the server's own unspecific error."""
        rkey = rkey or self.tid()
        cid = self._checked(collection, rkey, record)
        if self.find(did, collection, rkey) is not None:
            raise Fault(500, "InternalServerError", "Internal Server Error")
        return self._store(did, collection, rkey, record=record, cid=cid)

    def delete(self, did: str, collection: str, rkey: str) -> bool:
        """Delete; False when nothing was there, which is fine too."""
        present = self.find(did, collection, rkey)
        if present is not None:
            present.is_deleted = True
        return present is not None

    def find(self, did: str, collection: str, rkey: str) -> Stored | None:
        """The record under a key."""
        key = (did, collection, rkey)
        return next((s for s in self.present() if (s.did, s.collection, s.rkey) == key), None)

    def present(self) -> list[Stored]:
        """The records that are not deleted, oldest first."""
        return [stored for stored in self.written if not stored.is_deleted]

    def tid(self) -> str:
        """A new key or revision: microseconds and a maker's number, in base 32."""
        self.count += 1
        micros = (self.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        value = (micros + self.count) << 10
        return "".join(_LETTERS[value >> shift & 31] for shift in range(60, -1, -5))

    def _store(self, did: str, collection: str, rkey: str, *, record: dict[str, Any], cid: str) -> Stored:
        stored = Stored(did, self.handles.get(did, did), collection, rkey, cid, record, self.clock.now())
        self.written.append(stored)
        return stored

    def _checked(self, collection: str, rkey: str, record: dict[str, Any]) -> str:
        if collection == POST:
            if not _TID.fullmatch(rkey):
                raise Fault(400, "InvalidRequest", f"Invalid record key for {collection}: {rkey[:40]}")
            check_post(record)
            check_images(record, self.blobs)
        try:
            return cid_of(record)
        except ValueError as error:
            raise Fault(400, "InvalidRequest", f"Invalid {collection} record: {error}") from error

    def _tokens(self, did: str) -> tuple[str, str]:
        self.count += 1
        seal = hashlib.sha256(f"{did} {self.count}".encode()).hexdigest()
        access, refresh = f"sandbox.access.{seal}", f"sandbox.refresh.{seal}"
        self.access[access] = (did, self.clock.now() + timedelta(seconds=self.access_secs))
        self.refresh[refresh] = did
        return access, refresh


def did_of(handle: str) -> str:
    """An id for a handle, the same in every run."""
    seal = base64.b32encode(hashlib.sha256(handle.casefold().encode()).digest()).decode().lower()
    return f"did:plc:{seal[:24]}"


def check_post(record: dict[str, Any]) -> None:
    """The lexicon's rules for a post. Raises Fault with the real server's words."""
    for key in ("text", "createdAt"):
        if key not in record:
            raise _invalid(f'Missing required key "{key}" at $.record')
    text = record["text"]
    if not isinstance(text, str) or not isinstance(record["createdAt"], str):
        raise _invalid("Expected string value type at $.record")
    graphemes = len(regex.findall(r"\X", text))
    if graphemes > 300:
        raise _invalid(f"grapheme too big (maximum 300, got {graphemes}) at $.record.text")
    if len(text.encode()) > 3000:
        raise _invalid(f"string too big (maximum 3000, got {len(text.encode())}) at $.record.text")
    if len(record.get("langs", [])) > 3:
        raise _invalid(f"array too big (maximum 3, got {len(record['langs'])}) at $.record.langs")
    for number, facet in enumerate(record.get("facets", [])):
        _check_facet(facet, len(text.encode()), f"$.record.facets[{number}]")


def check_images(record: dict[str, Any], blobs: Mapping[str, Blob]) -> None:
    """The rules of app.bsky.embed.images, and whether the bytes are there. Raises Fault."""
    part = record.get("embed")
    if not isinstance(part, dict) or part.get("$type") != "app.bsky.embed.images":
        return
    images = part.get("images")
    if not isinstance(images, list) or len(images) > 4:
        raise _invalid("array too big (maximum 4) at $.record.embed.images")
    for number, image in enumerate(images):
        place = f"$.record.embed.images[{number}]"
        if not isinstance(image, dict) or not isinstance(image.get("alt"), str):
            raise _invalid(f'Missing required key "alt" at {place}')
        blob = image.get("image")
        if not isinstance(blob, dict) or blob.get("$type") != "blob" or not isinstance(blob.get("ref"), dict):
            raise _invalid(f"Expected blob value type at {place}.image")
        cid, size = str(blob["ref"].get("$link")), blob.get("size")
        if not isinstance(size, int) or size > 2_000_000:
            raise _invalid(f"blob too big (maximum 2000000, got {size}) at {place}.image")
        known = blobs.get(cid)
        if known is None:
            raise Fault(400, "BlobNotFound", f"Could not find blob: {cid}")
        if (known.kind, len(known.data)) != (blob.get("mimeType"), size) or not known.kind.startswith("image/"):
            raise Fault(400, "InvalidMimeType", f"Referenced Mimetype does not match stored blob: {cid}")


def _check_facet(facet: Any, size: int, place: str) -> None:
    index = facet.get("index") if isinstance(facet, dict) else None
    if not isinstance(index, dict) or not isinstance(facet.get("features"), list):
        raise _invalid(f'Missing required key "index" at {place}')
    start, end = index.get("byteStart"), index.get("byteEnd")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= size:
        raise _invalid(f"byte range outside of the text at {place}.index")


def _invalid(message: str) -> Fault:
    return Fault(400, "InvalidRequest", f"Invalid {POST} record: {message}")
