"""X's posts as they stand on the wire (API v2), and what becomes of each line or item. Pure.

Text: `note_tweet` holds what a long post says in full, `text` its beginning. Ids tell the time (docs.x.com, "X IDs").
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from monitor.model import Post
from monitor.visible import visible

EPOCH_MS = 1_288_834_974_657
"""November 2010: ids hold the milliseconds since then, above 22 other bits."""
FIRST_TIMED_ID = 1 << 45
"""Smaller ids are from before, and tell nothing."""
EARLIEST = datetime(2006, 3, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MOST_ID_CHARS = 20
MOST_LINE_BYTES = 256 * 1024
"""A longer line is dropped unread: a post of 25,000 letters with all its fields is a fifth of that."""
NO_LANGUAGE = frozenset({"und", "qam", "qct", "qht", "qme", "qst", "zxx", "art"})
"""X's codes for texts of tags, mentions, links or emoji alone."""
OLD_CODES = {"in": "id", "iw": "he"}


class _Metrics(msgspec.Struct):
    reposts: int | None = msgspec.field(name="retweet_count", default=None)
    likes: int | None = msgspec.field(name="like_count", default=None)
    followers: int | None = msgspec.field(name="followers_count", default=None)


class _Reference(msgspec.Struct):
    type: str
    id: str


class _Note(msgspec.Struct):
    text: str = ""


class _Data(msgspec.Struct):
    id: str
    text: str
    created_at: datetime | None = None
    author_id: str | None = None
    lang: str | None = None
    metrics: _Metrics | None = msgspec.field(name="public_metrics", default=None)
    references: list[_Reference] | None = msgspec.field(name="referenced_tweets", default=None)
    note: _Note | None = msgspec.field(name="note_tweet", default=None)


class _User(msgspec.Struct):
    id: str
    username: str = ""
    metrics: _Metrics | None = msgspec.field(name="public_metrics", default=None)


class _Includes(msgspec.Struct):
    users: list[_User] = []
    originals: list[_Data] = msgspec.field(name="tweets", default_factory=list)


class _Rule(msgspec.Struct):
    tag: str | None = None


class _Line(msgspec.Struct):
    data: _Data | None = None
    includes: _Includes | None = None
    rules: list[_Rule] | None = msgspec.field(name="matching_rules", default=None)
    errors: list[Any] | None = None


class _Meta(msgspec.Struct):
    next_token: str | None = None


class _Page(msgspec.Struct):
    data: list[msgspec.Raw] = []
    includes: msgspec.Raw = msgspec.Raw(b"null")
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode_line = msgspec.json.Decoder(_Line).decode
_decode_page = msgspec.json.Decoder(_Page).decode
_decode_data = msgspec.json.Decoder(_Data).decode
_decode_includes = msgspec.json.Decoder(_Includes | None).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that cannot be used: a reason of a small fixed set, and what was seen."""

    reason: str
    seen: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A post, the tags of the rules that it matched, and how many authors came with it."""

    post: Post
    tags: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goodbye:
    """A line that holds no post, but says why the stream is about to end."""

    errors: list[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of posts, newest first as X sends it, and where the next one begins."""

    found: list[Heard] = field(default_factory=list)
    dropped: list[Drop] = field(default_factory=list)
    next_token: str | None = None

    @property
    def items(self) -> int:
        """What X charges for."""
        return len(self.found) + len(self.dropped)


def read_line(line: bytes, now: datetime) -> Heard | Goodbye | Drop:
    """What one line of the stream is; never raises."""
    if len(line) > MOST_LINE_BYTES:
        return Drop("too_long", f"a line of {len(line)} bytes")
    try:
        said = _decode_line(line)
    except _UNREADABLE as error:
        return Drop(_reason(line, error), visible(str(error))[:200])
    if said.data is None:
        if said.errors:
            return Goodbye(said.errors)
        return Drop("bad_shape", f"a line without a post: {visible(line[:80].decode('utf-8', 'replace'))}")
    includes = said.includes
    post = _post(said.data, includes, now)
    if isinstance(post, Drop):
        return post
    tags = tuple(rule.tag for rule in said.rules if rule.tag) if said.rules else ()
    return Heard(post, tags, tuple(user.id for user in includes.users) if includes is not None else ())


def read_page(body: bytes, now: datetime) -> Page | Drop:
    """What a page holds; one odd item costs itself alone. Drop where it is no page; never raises."""
    try:
        page = _decode_page(body)
        includes = _decode_includes(page.includes)
    except _UNREADABLE as error:
        return Drop(_reason(body, error), visible(str(error))[:200])
    found, dropped = list[Heard](), list[Drop]()
    users = tuple(user.id for user in includes.users) if includes is not None else ()
    for raw in page.data:
        try:
            post = _post(_decode_data(raw), includes, now)
        except _UNREADABLE as error:
            post = Drop(_reason(bytes(raw), error), visible(str(error))[:200])
        if isinstance(post, Drop):
            dropped.append(post)
        else:
            found.append(Heard(post, users=users))
    return Page(found, dropped, page.meta.next_token)


def time_of(number: int) -> datetime | None:
    """When a post with this id was written; None for ids that do not tell."""
    if number < FIRST_TIMED_ID or number >= 1 << 63:
        return None
    return datetime.fromtimestamp(((number >> 22) + EPOCH_MS) / 1000, UTC)


def _reason(body: bytes, error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return "bad_shape"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "not_text"
    return "bad_json"


def _post(data: _Data, includes: _Includes | None, now: datetime) -> Post | Drop:
    number = data.id
    if not (number.isascii() and number.isdecimal() and len(number) <= MOST_ID_CHARS and int(number) < 1 << 63):
        return Drop("bad_shape", f"the id {visible(number[:50])}")
    timed = time_of(int(number))
    if timed is not None and timed > now + AHEAD:  # the largest id is where reading goes on: none from the future
        return Drop("bad_time", f"post {number} is from {timed}")
    at = data.created_at or timed
    at = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
    if at is None or not EARLIEST <= at <= now + AHEAD:
        return Drop("bad_time", f"post {number}: {at if at is not None else 'no time'}")
    refers = {one.type: one.id for one in data.references} if data.references else {}
    user = _by_id(includes.users, data.author_id) if includes is not None else None
    metrics = data.metrics
    return Post(
        id=number,
        platform="x",
        created_at=at.astimezone(UTC),
        text=_text(data, refers, includes),
        author=(user.username if user is not None else "") or data.author_id,
        author_followers=user.metrics.followers if user is not None and user.metrics is not None else None,
        lang=_language(data.lang),
        reply_to=refers.get("replied_to"),
        repost_of=refers.get("retweeted"),
        likes=metrics.likes if metrics is not None else None,
        reposts=metrics.reposts if metrics is not None else None,
        url=f"https://x.com/{(user.username if user is not None else '') or 'i'}/status/{number}",
    )


def _text(data: _Data, refers: Mapping[str, str], includes: _Includes | None) -> str:
    """In full: a repost's own text is cut off, and what it repeats may have come with it."""
    if includes is not None and includes.originals and "retweeted" in refers:
        original = _by_id(includes.originals, refers["retweeted"])
        data = original if original is not None else data
    text = data.note.text if data.note is not None and data.note.text else data.text
    return html.unescape(text) if "&" in text else text


def _by_id(items: Iterable[Any], number: str | None) -> Any:
    return next((item for item in items if item.id == number), None)


def _language(code: str | None) -> str | None:
    if code is None or code in NO_LANGUAGE:
        return None
    code = OLD_CODES.get(code, code.partition("-")[0].lower())
    return code if code.isascii() and code.isalpha() and len(code) <= 3 else None
