"""A Mastodon status as a post (docs.joinmastodon.org, entities/Status). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Annotated, Any, Optional

import msgspec

from monitor.model import Post

MAX_MARKUP_CHARS = 100_000
"""Of a status; most servers allow 500 letters, some 65,536."""
_NO_BOTS = re.compile(r"#\s*(?:<span>)?\s*no-?bots?\b", re.IGNORECASE)
_BLOCKS = frozenset({"p", "br", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})


class Account(msgspec.Struct):
    """Who wrote it."""

    acct: str
    bot: Any = None
    followers_count: Any = None
    noindex: Any = None
    discoverable: Any = None
    note: Any = None


class Status(msgspec.Struct):
    """What the API gives; optional fields of a wrong type are taken as unknown."""

    id: str
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    content: str
    account: Account
    visibility: Any = None
    language: Any = None
    spoiler_text: Any = None
    in_reply_to_id: Any = None
    # The quoted form: the decoder looks names up when the class is made, and this one is not there yet.
    reblog: Optional[Status] = None  # noqa: UP045
    url: Any = None
    favourites_count: Any = None
    reblogs_count: Any = None
    media_attachments: Any = None


def key(host: str, number: str) -> str:
    """The id of a post. A deletion names the number on that server, and nothing else."""
    return f"mastodon:{host}:{number}"


def newer(one: str, other: str) -> str:
    """The later of two ids, which are to be compared by length, then as text; an empty one is before all."""
    return max(one, other, key=lambda number: (len(number), number))


def is_for_everybody(status: Status, *, bots: bool) -> bool:
    """Whether it may be heard: public, by somebody who does not ask to be left out of searches or by bots."""
    account = (status.reblog or status).account
    is_shy = account.noindex is True or account.discoverable is False
    asks = isinstance(account.note, str) and _NO_BOTS.search(account.note[:MAX_MARKUP_CHARS]) is not None
    is_person = bots or not (account.bot is True or status.account.bot is True)
    return status.visibility == "public" and is_person and not is_shy and not asks


def to_post(status: Status, host: str) -> Post:
    """The post; a boost is one of its booster's, with the words of the original."""
    said = status.reblog or status
    return Post(
        id=key(host, status.id),
        platform="mastodon",
        created_at=status.created_at.astimezone(UTC),
        text=_text(said),
        author=author(status.account, host),
        author_followers=_count(status.account.followers_count),
        lang=_language(said.language),
        reply_to=key(host, said.in_reply_to_id) if _is_name(said.in_reply_to_id) else None,
        repost_of=key(host, said.id) if status.reblog is not None else None,
        likes=_count(said.favourites_count),
        reposts=_count(said.reblogs_count),
        url=said.url if _is_name(said.url) and said.url.startswith(("https://", "http://")) else None,
        has_media=bool(said.media_attachments) if isinstance(said.media_attachments, list) else None,
    )


def author(account: Account, host: str) -> str:
    """`ann@example.org`, also for an account of this very server."""
    return account.acct if "@" in account.acct else f"{account.acct}@{host}"


def _text(status: Status) -> str:
    warning = status.spoiler_text if isinstance(status.spoiler_text, str) else ""
    return "\n".join(part for part in (warning.strip(), plain(status.content)) if part)


class _Plain(HTMLParser):
    """Collects what a person reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(markup: str) -> str:
    """The text of a piece of HTML: a line a paragraph, links by all of their text."""
    parser = _Plain()
    parser.feed(markup[:MAX_MARKUP_CHARS])
    parser.close()
    lines = ("".join(parser.parts)).split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _language(value: Any) -> str | None:
    code = value.partition("-")[0].lower() if isinstance(value, str) else ""
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
