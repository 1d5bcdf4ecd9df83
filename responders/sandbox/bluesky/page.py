"""The page that shows what was posted: no scripts, nothing fetched from elsewhere, everything escaped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from responders.sandbox.bluesky.network import Stored

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_environment = Environment(autoescape=True, undefined=StrictUndefined)
_template = _environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def page(posts: Sequence[Stored]) -> str:
    """The time line, newest first; deleted posts are struck through."""
    return _template.render(posts=list(reversed(posts)), pieces=pieces, images=images)


def pieces(post: Stored) -> list[dict[str, Any]]:
    """The text cut at its facets. Facets count bytes; one that makes no sense is shown as plain text."""
    raw, done, found = post.text.encode(), 0, []
    for facet in sorted(post.value.get("facets", []), key=lambda facet: int(facet["index"]["byteStart"])):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if start < done:
            continue
        found += [
            _piece(raw[done:start], {}),
            _piece(raw[start:end], facet["features"][0] if facet["features"] else {}),
        ]
        done = end
    return [*found, _piece(raw[done:], {})]


def images(post: Stored) -> list[dict[str, str]]:
    """The pictures of a post: the content id and the alt text of each."""
    part = post.value.get("embed")
    found = part.get("images", []) if isinstance(part, dict) else []
    return [{"cid": image["image"]["ref"]["$link"], "alt": image["alt"]} for image in found]


def _piece(raw: bytes, feature: dict[str, Any]) -> dict[str, Any]:
    uri = str(feature.get("uri", ""))
    href = uri if uri.startswith(("https://", "http://")) else None
    return {"text": raw.decode(errors="replace"), "href": href, "is_tag": "tag" in feature}
