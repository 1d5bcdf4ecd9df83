"""A server on loopback with feeds of its own, RSS 2.0 and Atom, conditional GET and redirects, and a fault dial.

It writes XML by hand and knows nothing of our reader.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web

from monitor.clock import Clock, SystemClock, to_text
from responders.sandbox.faults import Faulty

KINDS = {"bomb", "duplicate", "out_of_order", "late", "undated"}
"""`bomb`: XML that grows; `duplicate`: every entry twice; `out_of_order`: oldest first, shuffled; `late`: not the
newest `secs` seconds; `undated`: without dates."""

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(f'<!ENTITY {new} "{f"&{old};" * 50}">'.encode() for old, new in zip("abcdef", "bcdefg", strict=True))
    + b']><rss version="2.0"><channel><item><title>&g;</title><guid>bomb</guid></item></channel></rss>'
)
ODD = (
    b'<rss version="2.0"><channel><ttl>soon</ttl><item><title><b/></title><guid/><pubDate>Yesterday</pubDate></item>'
    b"<item>17</item><item><pubDate>Tue, 99 Foo 2026 99:99:99 GMT</pubDate><link>nowhere</link></item></channel></rss>"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `guid` None leaves it out."""

    guid: str | None
    title: str
    at: datetime
    text: str = ""


@dataclass(slots=True)
class Paper:
    """One feed at `/NAME.xml` (RSS) and `/NAME.atom`."""

    entries: list[Entry] = field(default_factory=list)
    """Oldest first; a feed shows the newest `shown` of them."""
    shown: int = 30
    ttl_minutes: int | None = None
    max_age_secs: int | None = None
    redirect: tuple[int, str] | None = None
    """Status and target, in place of the feed."""


class Sandbox(Faulty):
    """A running server; `papers` by name."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, KINDS, content_type="application/rss+xml", odd=lambda _: ODD)
        self.papers: dict[str, Paper] = {}
        self.not_modified = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One feed, or 304 where the client has it already."""
        name, _, form = request.match_info["file"].rpartition(".")
        paper = self.papers.get(name)
        if paper is None:
            return web.Response(status=404, text="no such feed")
        if paper.redirect is not None:
            status, target = paper.redirect
            return web.Response(status=status, headers={"Location": target})
        kind = self.calls[-1].kind
        if kind == "bomb":
            return web.Response(body=BOMB, content_type="application/rss+xml")
        body = _written(paper, self._shown(paper, kind), form, is_dated=kind != "undated")
        response = _conditional(request, paper, body)
        self.not_modified += response.status == 304
        return response

    def _shown(self, paper: Paper, kind: str) -> list[Entry]:
        """The entries as the feed lists them: newest first, unless the dial says otherwise."""
        known = paper.entries
        if kind == "late":
            known = known[:-1]
        newest = sorted(known, key=lambda entry: entry.at, reverse=True)[: paper.shown]
        if kind == "duplicate":
            return [entry for entry in newest for _ in range(2)]
        return newest[1::2] + newest[::2] if kind == "out_of_order" else newest


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Sandbox:
    """Serve on loopback; port 0 takes a free one. Raises as `Faulty.start` does."""
    server = Sandbox(clock or SystemClock())
    app = web.Application()
    app.router.add_get("/{file}", server.through(server.answer))
    await server.start(app, host, port)
    return server


def _conditional(request: web.Request, paper: Paper, body: bytes) -> web.Response:
    """The body with its validators, or 304 (RFC 9110, 13.1: If-None-Match goes before If-Modified-Since)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    newest = max((entry.at for entry in paper.entries), default=None)
    modified = format_datetime(newest, usegmt=True) if newest else ""
    headers = {"ETag": etag, "Last-Modified": modified} if modified else {"ETag": etag}
    if paper.max_age_secs is not None:
        headers["Cache-Control"] = f"public, max-age={paper.max_age_secs}"
    asked = request.headers.get("If-None-Match")
    is_known = asked == etag if asked else bool(modified) and request.headers.get("If-Modified-Since") == modified
    if is_known:
        return web.Response(status=304, headers=headers)
    response = web.Response(body=body, content_type="application/xml", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


def _written(paper: Paper, entries: list[Entry], form: str, *, is_dated: bool) -> bytes:
    return (_atom if form == "atom" else _rss)(paper, entries, is_dated).encode()


def _rss(paper: Paper, entries: list[Entry], is_dated: bool) -> str:
    """RSS 2.0 (the specification of the RSS Advisory Board)."""
    items = "".join(
        f"<item><title>{escape(entry.title)}</title>"
        + (f'<guid isPermaLink="false">{escape(entry.guid)}</guid>' if entry.guid else "")
        + f"<link>https://paper.test/{hashlib.sha256(entry.title.encode()).hexdigest()[:8]}</link>"
        + (f"<description>{escape(entry.text)}</description>" if entry.text else "")
        + (f"<pubDate>{format_datetime(entry.at, usegmt=True)}</pubDate>" if is_dated else "")
        + "</item>"
        for entry in entries
    )
    ttl = f"<ttl>{paper.ttl_minutes}</ttl>" if paper.ttl_minutes is not None else ""
    head = f"<title>The Paper</title><link>https://paper.test</link><language>en-gb</language>{ttl}"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def _atom(_paper: Paper, entries: list[Entry], is_dated: bool) -> str:
    """Atom (RFC 4287)."""
    items = "".join(
        f"<entry><id>urn:paper:{quote(entry.guid or entry.title)}</id><title>{escape(entry.title)}</title>"
        + (f"<updated>{to_text(entry.at)}</updated>" if is_dated else "")
        + f'<summary type="html">{escape(entry.text)}</summary></entry>'
        for entry in entries
    )
    head = "<id>urn:paper</id><title>The Paper</title><updated>2026-11-22T00:00:00Z</updated>"
    return f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{items}</feed>'
