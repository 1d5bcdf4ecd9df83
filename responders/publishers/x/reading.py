"""What X's answers say: whose keys they are, which post is ours, what is gone, why not. Pure.

docs.x.com/x-api: users/me, users/{id}/tweets, posts lookup; a lookup of what is gone is 200 with `errors` at times.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from monitor.errors import Refused, Unavailable
from responders.calling import shown

_ID = re.compile(r"[0-9]{1,20}")
_SCHEME = re.compile(r"https?://(www\.)?", re.IGNORECASE)
_SLASH = re.compile(r"/(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Post:
    """One of the account's posts, of which only what we look for is read."""

    id: str
    text: str
    """As a person typed it: links in place of their short forms."""
    is_edited: bool
    pictures: int = 0
    """How many are attached."""

    def shows(self, text: str) -> bool:
        """Whether a reader sees exactly this text. How a link's beginning is written is X's affair, as are spaces."""
        return _seen(self.text) == _seen(text)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the account's posts, newest first."""

    posts: tuple[Post, ...]
    next_token: str | None


def account_id(answer: Any, handle: str) -> str:
    """The account's id. Raises Refused when the keys belong to another account than `handle`."""
    about = _inner(answer, "data")
    number, name = about.get("id"), about.get("username")
    if not isinstance(name, str) or not isinstance(number, str) or not _ID.fullmatch(number):
        raise Unavailable("X does not say whose keys these are", sent=False)
    if name.casefold() != handle:
        raise Refused(f"the keys belong to @{shown(name)}, not to @{handle}; nothing is said as another")
    return number


def new_id(answer: Any) -> str | None:
    """The id of what was just posted; None where X does not tell."""
    number = _inner(answer, "data").get("id")
    return number if isinstance(number, str) and _ID.fullmatch(number) else None


def page_of(answer: Any) -> Page | None:
    """A page of posts; None where one of them, or the whole, cannot be read."""
    about = answer if isinstance(answer, dict) else {}
    meta, data = _inner(about, "meta"), about.get("data", [])
    # A page with nothing on it says so: an answer that says nothing at all proves nothing.
    if not isinstance(data, list) or not isinstance(meta.get("result_count"), int) or about.get("errors"):
        return None
    posts = [_post(one) for one in data]
    token = meta.get("next_token")
    read = tuple(post for post in posts if post is not None)
    return Page(read, token if isinstance(token, str) and token else None) if len(read) == len(posts) else None


def is_gone(answer: Any) -> bool:
    """Whether an answer of 200 says that the post is not there."""
    errors = answer.get("errors") if isinstance(answer, dict) and "data" not in answer else None
    kinds = [one.get("type") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return any(isinstance(kind, str) and kind.endswith("/resource-not-found") for kind in kinds)


def problem(answer: Any) -> str:
    """X's own reason; a page of HTML has none."""
    about = answer if isinstance(answer, dict) else {}
    errors = about.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = [first.get("message"), first.get("detail"), about.get("detail"), about.get("title")]
    return next((shown(words) for words in said if isinstance(words, str) and words), "without a reason")


def _post(value: Any) -> Post | None:
    about = value if isinstance(value, dict) else {}
    number, text, history = about.get("id"), about.get("text"), about.get("edit_history_tweet_ids", [])
    if not isinstance(number, str) or not _ID.fullmatch(number) or not isinstance(text, str):
        return None
    keys = _inner(about, "attachments").get("media_keys")
    pictures = len(keys) if isinstance(keys, list) else 0
    return Post(number, _typed(text, about), isinstance(history, list) and len(history) > 1, pictures)


def _typed(text: str, about: dict[str, Any]) -> str:
    """The text before X escaped `&`, `<` and `>` in it and put t.co in place of its links."""
    text = html.unescape(text)
    urls = _inner(about, "entities").get("urls")
    # The link to its own pictures, which X puts behind the text, was never typed.
    pairs = [
        (one.get("url"), "" if "media_key" in one else one.get("expanded_url"))
        for one in urls or ()
        if isinstance(one, dict)
    ]
    whole = [(short, long) for short, long in pairs if isinstance(short, str) and short and isinstance(long, str)]
    for short, long in sorted(whole, key=lambda pair: -len(pair[0])):  # one may be the beginning of another
        text = text.replace(short, long)
    return text


def _seen(text: str) -> str:
    bare = _SLASH.sub("", _SCHEME.sub("", text))
    return unicodedata.normalize("NFC", " ".join(bare.split()))


def _inner(about: Any, key: str) -> dict[str, Any]:
    value = about.get(key) if isinstance(about, dict) else None
    return value if isinstance(value, dict) else {}
