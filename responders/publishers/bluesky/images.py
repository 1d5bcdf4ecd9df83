"""Pictures in a record, by the lexicon app.bsky.embed.images, and the names that servers give to bytes. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from responders.model import Picture

EMBED = "app.bsky.embed.images"


def embed(media: Sequence[Picture], blobs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The record's part for the pictures, with the blobs as the server gave them."""
    images = [
        {"alt": picture.alt, "image": blob, "aspectRatio": {"width": picture.width, "height": picture.height}}
        for picture, blob in zip(media, blobs, strict=True)
    ]
    return {"$type": EMBED, "images": images}


def cid_of_blob(sha256: str) -> str:
    """A blob's name: version 1, raw bytes, SHA-256, in base 32 (atproto.com/specs/blob)."""
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + bytes.fromhex(sha256)).decode().lower().rstrip("=")


def link_of(blob: Any) -> str | None:
    """Which bytes a blob stands for; None where it does not say."""
    ref = blob.get("ref") if isinstance(blob, dict) else None
    link = ref.get("$link") if isinstance(ref, dict) else None
    return link if isinstance(link, str) else None


def shows(value: Any, media: Sequence[Picture]) -> bool:
    """Whether a record that was read back holds exactly these pictures with these alt texts."""
    part = value.get("embed") if isinstance(value, dict) else None
    images = part.get("images") if isinstance(part, dict) else None
    found = [
        (link_of(image.get("image")), image.get("alt"))
        for image in (images if isinstance(images, list) else [])
        if isinstance(image, dict)
    ]
    return found == [(cid_of_blob(picture.sha256), picture.alt) for picture in media]
