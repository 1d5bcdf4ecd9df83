"""A process of its own that reads feeds: hostile XML can cost time and memory, and here it costs only this process.

`python -P -m monitor.feedworker` answers what it reads on standard input until that ends. A question is two lengths of
four bytes (big-endian), then a JSON object (`url`, `content_type`) and the feed; an answer is one length and a JSON
object. It imports little, so that it starts fast.
"""

from __future__ import annotations

import calendar
import io
import json
import resource
import struct
import sys
from typing import Any, BinaryIO

import feedparser

from monitor.plain import plain

MOST_MEMORY_BYTES = 1 << 30
MOST_ENTRIES = 500
MOST_TITLE_CHARS = 500
MOST_TEXT_CHARS = 2_000
MOST_MARKUP_CHARS = 50_000
MOST_ID_CHARS = 2_000

_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}

Json = dict[str, Any]


def read_feed(body: bytes, *, url: str, content_type: str) -> Json:
    """The feed as plain values: `entries` (`id`, `link`, `title`, `text`, `at` in unix seconds), `wish_secs`, `lang`,
    `has_more`, or `wrong` with what is wrong where it is no feed.

    Only bytes are ever handed to feedparser: of a string it opens the file or the address that it names.
    """
    headers = {"content-type": content_type, "content-location": url}
    found = feedparser.parse(io.BytesIO(body), response_headers=headers)
    if not found.get("version") and not found.entries:
        return {"wrong": str(found.get("bozo_exception") or "holds no RSS and no Atom")[:200]}
    entries = [_entry(entry) for entry in found.entries[:MOST_ENTRIES]]
    return {
        "entries": entries,
        "has_more": len(found.entries) > MOST_ENTRIES,
        "wish_secs": _wish_secs(found.feed),
        "lang": _text(found.feed.get("language"))[:20],
    }


def _entry(entry: Any) -> Json:
    summary = _text(entry.get("summary"))
    if not summary and isinstance(entry.get("content"), list) and entry["content"]:
        summary = _text(entry["content"][0].get("value"))
    return {
        "id": _text(entry.get("id"))[:MOST_ID_CHARS],
        "link": _text(entry.get("link"))[:MOST_ID_CHARS],
        "title": plain(_text(entry.get("title"))[:MOST_MARKUP_CHARS], MOST_TITLE_CHARS),
        "text": plain(summary[:MOST_MARKUP_CHARS], MOST_TEXT_CHARS),
        "at": _at(entry.get("published_parsed") or entry.get("updated_parsed")),
    }


def _wish_secs(feed: Any) -> float | None:
    """How seldom the feed wants to be read: `ttl` in minutes (RSS 2.0), or `sy:updatePeriod` and `updateFrequency`."""
    ttl = _text(feed.get("ttl")).strip()
    if ttl.isascii() and ttl.isdecimal():
        return float(ttl[:9]) * 60.0
    period = _PERIODS.get(_text(feed.get("sy_updateperiod")).strip().lower())
    often = _text(feed.get("sy_updatefrequency")).strip()
    if period is None:
        return None
    return period / max(1.0, float(often[:9])) if often.isascii() and often.isdecimal() else float(period)


def _at(parsed: Any) -> int | None:
    try:
        return calendar.timegm(parsed) if parsed else None
    except (ValueError, TypeError, OverflowError):
        return None


def _text(value: Any) -> str:
    # Lone surrogates cannot be written as UTF-8; an XML parser lets none through, a loose one may.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until the questions end."""
    while lengths := asked.read(8):
        about_bytes, body_bytes = struct.unpack(">II", lengths)
        about = json.loads(asked.read(about_bytes))
        body = asked.read(body_bytes)
        try:
            answer = read_feed(body, url=about["url"], content_type=about["content_type"])
        except Exception as error:  # the edge of a parser over strangers' bytes: whatever it throws is the feed's fault
            answer = {"wrong": f"cannot be read: {type(error).__name__}: {error}"[:200]}
        text = json.dumps(answer).encode()
        told.write(struct.pack(">I", len(text)) + text)
        told.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write but its answers
    serve(sys.stdin.buffer, sys.stdout.buffer)
