"""What each network takes of pictures, as far as it is known beforehand. Pure.

The publishers look again: Mastodon's real numbers are each server's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
KINDS = (PNG, JPEG, WEBP)

MOST_BYTES = 5_000_000
"""Of any picture here: X's limit, and more than a phone shows."""
MOST_PIXELS = 33_177_600
"""Mastodon's limit; unpacked that is 130 MB."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many pictures go with a post, and how large each may be."""

    media: int = 1
    most_bytes: int = MOST_BYTES
    kinds: tuple[str, ...] = KINDS
    most_pixels: int = MOST_PIXELS
    most_alt: int = 1000

    def against(self, kind: str, size: int, alt: str, *, pixels: int = 1) -> str:
        """Why a picture is not taken; empty where it is."""
        if self.media < 1:
            return "takes no picture"
        if kind not in self.kinds:
            return f"takes {', '.join(self.kinds)}, and this is {kind}"
        if size > self.most_bytes:
            return f"takes pictures up to {self.most_bytes:,} bytes, and this one has {size:,}"
        if pixels > self.most_pixels:
            return f"takes pictures up to {self.most_pixels:,} pixels, and this one has {pixels:,}"
        if len(alt) > self.most_alt:
            return f"takes an alt text up to {self.most_alt:,} characters, and this one has {len(alt):,}"
        return ""


NONE = Limits(media=0)
LIMITS: Mapping[str, Limits] = {
    "bluesky": Limits(most_bytes=2_000_000),  # the lexicon app.bsky.embed.images; 1,000,000 before 2026
    "console": Limits(),
    "mastodon": Limits(most_alt=1500),  # Mastodon's own; each server tells its numbers
    "reddit": NONE,  # pictures go by another door, whose answer may be lost although it posted
    "webhook": Limits(),
    "x": Limits(),  # docs.x.com, media upload: 5 MB for an image
}
"""By platform; one that is not named takes none."""


def limits_of(account: str, publishers: Mapping[str, Mapping[str, Any]]) -> Limits:
    """What `platform:handle` takes; `publishers` are the blocks of bot.yaml. A webhook takes what its account says."""
    platform, _, handle = account.partition(":")
    if platform == "webhook" and not _wants_pictures(handle, publishers.get("webhook", {})):
        return NONE
    return LIMITS.get(platform, NONE)


def _wants_pictures(handle: str, block: Mapping[str, Any]) -> bool:
    accounts = block.get("accounts")
    named = _inner(accounts if isinstance(accounts, Mapping) else {}, handle)
    return any(one.get("pictures") is True for one in named)


def _inner(accounts: Mapping[str, Any], handle: str) -> Iterator[Mapping[str, Any]]:
    for name, account in accounts.items():
        if isinstance(account, Mapping) and str(name).removeprefix("@").casefold() == handle.casefold():
            yield account
