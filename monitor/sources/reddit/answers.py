"""What Reddit answers, as plain values: pages, limits, refusals, and the post that one item of a listing is. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Post

PAGE = "https://www.reddit.com"
MOST_TEXT_CHARS = 10_000
EARLIEST = datetime(2005, 6, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MOST_RESET_SECS = 3600.0
GONE_TEXTS = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
KINDS = {"t1": "comments", "t3": "new"}
"""The kinds of item that people write, and the listing that each is in."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is left of this window's calls, and in how many seconds the next begins; None where nothing was said."""

    remaining: float | None = None
    reset_secs: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An answer's JSON, unchecked, and the limits that came with it."""

    data: Any
    limits: Limits


@dataclass(eq=False)
class Turned(Exception):
    """An answer that is no page: its status, what was said, and whether it was the log-in that was refused."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    is_log_in: bool = False
    said: str = ""


def limits_of(headers: Mapping[str, str]) -> Limits:
    """From `x-ratelimit-remaining` (a fraction at times) and `-reset` (seconds); `headers` by lower-case names."""
    reset = _number(headers.get("x-ratelimit-reset"))
    return Limits(
        remaining=_number(headers.get("x-ratelimit-remaining")),
        reset_secs=min(reset, MOST_RESET_SECS) if reset is not None else None,
    )


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def listed(data: Any) -> tuple[list[Any], str | None] | None:
    """The items of a listing, newest first, and the mark of the next page; None where it is no listing."""
    inner = data.get("data") if isinstance(data, dict) and data.get("kind") == "Listing" else None
    children = inner.get("children") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(children, list):
        return None
    after = inner.get("after")
    return children, after if isinstance(after, str) and after else None


def number_of(item: Any, kind: str) -> int | None:
    """The number that a fullname holds (`t1_d4y8bdp`, in base 36): of two items the later has the larger one."""
    data = item.get("data") if isinstance(item, dict) and item.get("kind") == kind else None
    short = data.get("id") if isinstance(data, dict) else None
    if not isinstance(short, str) or not 0 < len(short) <= 12 or not short.isascii() or not short.isalnum():
        return None
    return int(short, 36)


def parse(item: Any, now: datetime) -> Post | str:
    """The post of one item of a listing, or why it is none: one of a small fixed set of reasons."""
    kind = item.get("kind") if isinstance(item, dict) else None
    if isinstance(kind, str) and kind not in KINDS:
        return "other_kind"
    data = item.get("data") if isinstance(item, dict) else None
    if not isinstance(kind, str) or not isinstance(data, dict) or number_of(item, kind) is None:
        return "bad_shape"
    text = _said(kind, data)
    if text is None:
        return "bad_shape"
    author = data.get("author")
    if author in (None, "[deleted]") or text in GONE_TEXTS or data.get("removed_by_category"):
        return "deleted"
    at = _time(data.get("created_utc"))
    if at is None or not EARLIEST <= at <= now + AHEAD:
        return "bad_time"
    return _post(kind, data, text, at=at) if text else "no_text"


def _said(kind: str, data: Mapping[str, Any]) -> str | None:
    """What the person wrote, in Reddit's own markup; of a submission its title and, on the next lines, its text."""
    if kind == "t1":
        body = data.get("body")
        return body.strip()[:MOST_TEXT_CHARS] if isinstance(body, str) else None
    title, text = data.get("title"), data.get("selftext")
    if not isinstance(title, str):
        return None
    is_shown = isinstance(text, str) and text.strip() not in GONE_TEXTS
    link = data.get("url") if data.get("is_self") is False else None
    more = [text if is_shown else "", link if isinstance(link, str) and link.startswith("http") else ""]
    return "\n".join(part.strip() for part in (title, *more) if part and part.strip())[:MOST_TEXT_CHARS]


def _post(kind: str, data: Mapping[str, Any], text: str, *, at: datetime) -> Post:
    author, path = data.get("author"), data.get("permalink")
    return Post(
        id=f"{kind}_{data['id'].lower()}",
        platform="reddit",
        created_at=at,
        text=text,
        author=author[:100] if isinstance(author, str) and author else None,
        reply_to=_text(data.get("parent_id")) if kind == "t1" else None,
        repost_of=_text(data.get("crosspost_parent")),
        likes=score if isinstance(score := data.get("score"), int) and not isinstance(score, bool) else None,
        url=f"{PAGE}{path}" if isinstance(path, str) and path.startswith("/r/") else None,
    )


def _text(value: Any) -> str | None:
    return value[:50] if isinstance(value, str) and value else None


def _time(value: Any) -> datetime | None:
    try:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return datetime.fromtimestamp(value, UTC) if is_number else None
    except (ValueError, OverflowError, OSError):
        return None
