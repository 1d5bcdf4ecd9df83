"""How channels say things: strangers' text made harmless to look at, spans, names of networks and acts. Pure."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

HUES = 12
NETWORKS = {
    "bluesky": "Bluesky",
    "x": "X",
    "mastodon": "Mastodon",
    "reddit": "Reddit",
    "webhook": "the webhook",
    "console": "the console",
    "hackernews": "Hacker News",
    "wikipedia": "Wikipedia",
    "feeds": "News",
}
MOVES = {
    "offer": "offered it",
    "propose": "proposed it",
    "edit": "changed the text",
    "choose": "chose another draft",
    "add": "asked for other drafts",
    "approve": "said yes",
    "reject": "said no",
    "snooze": "snoozed it",
    "escalate": "asked more people",
    "expire": "let it expire",
    "withdraw": "took it back",
    "wait": "waited",
    "claim": "began to post",
    "accepted": "posted it",
    "refused": "was refused",
    "not_sent": "could not reach the network",
    "lost": "lost the answer",
    "found": "found it on the network",
    "absent": "found nothing on the network",
    "give_up": "gave up",
    "undo": "deleted the post",
}
MACHINES = {
    "watch": "bonmot",
    "clock": "The clock",
    "outbox": "bonmot",
    "reconciler": "bonmot, looking again",
    "guard": "The guard",
    "start-up": "bonmot, after a restart",
}
# Cc controls, Cs half pairs, and of Cf the marks that reorder or hide text. The joiners stay: emoji are made of them.
_JOINERS = frozenset("\u200c\u200d")
_TAGS = range(0xE0020, 0xE0080)  # flags such as Scotland's


def plain(text: str, limit: int = 600) -> str:
    """A stranger's text without invisible or reordering characters, cut to `limit` letters."""
    kept = "".join(letter for letter in text[: limit * 4] if letter in "\n\t" or not _is_hidden(letter))
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def revealed(text: str) -> str:
    """A text that may be posted, whole, with every invisible character spelled out: `[U+202E]`."""
    return "".join(f"[U+{ord(c):04X}]" if c not in "\n\t" and _is_hidden(c) else c for c in text)


def network(platform: str) -> str:
    """What people call a platform."""
    return NETWORKS.get(platform) or plain(platform, 40)


def address(account: str) -> str:
    """`bluesky:oreo.example` as a person reads it: `@oreo.example`."""
    _, _, handle = account.partition(":")
    return f"@{plain(handle or account, 80).lstrip('@')}"


def place(account: str, rehearsed: Collection[str] = ()) -> str:
    """`Bluesky @oreo.example`; where nothing is posted on the network, `... (console only)`."""
    platform = account.partition(":")[0]
    return f"{network(platform)} {address(account)}{' (console only)' if platform in rehearsed else ''}"


def hue(brand: str) -> int:
    """The brand's colour class, the same on every day and machine."""
    return zlib.crc32(brand.encode()) % HUES


def span(secs: float) -> str:
    """A length of time in words: `8 s`, `4 min`, `2 h 5 min`."""
    whole = max(0, round(secs))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def countdown(secs: float) -> str:
    """What a running clock shows: `11:42`, `1:02:03`; the page's script writes the same."""
    whole = max(0, int(secs))
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clock(at: datetime) -> str:
    """The server's own way to write an hour; the page's script puts the reader's time zone in its place."""
    return f"{at:%H:%M} UTC"


def web_link(url: str | None) -> tuple[str, str] | None:
    """(address, host) of a link that may be shown: http and https only, with the real host beside it."""
    if not url or len(url) > 2000 or any(_is_hidden(letter) or letter.isspace() for letter in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return url, host


def _is_hidden(letter: str) -> bool:
    if letter in _JOINERS or ord(letter) in _TAGS:
        return False
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
