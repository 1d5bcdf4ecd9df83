"""One feed: what is known of it, how it is asked, and which of its entries are new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import structlog

from monitor.clock import from_text, to_text
from monitor.model import Post
from monitor.sources import Tally
from monitor.sources.feeds.reader import Document, Entry
from monitor.sources.feeds.schedule import Refusal, after_answer, after_refusal, time_of

log = structlog.get_logger()

MOST_SEEN = 1000
KEPT_SEEN = 200
"""Marks kept beyond those of the entries that stand in the feed now: entries come back when others are deleted."""
MOST_VALIDATOR_CHARS = 512
MOST_POST_ID_CHARS = 300
MOVED_ANSWERS = 3
"""So many equal permanent redirects in a row, and a person is told the new address."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answered:
    """What asking brought: a document, or None where nothing changed, with the validators for the next time."""

    document: Document | None
    at_url: str
    etag: str | None
    modified: str | None
    max_age_secs: float | None
    moved_to: str | None


@dataclass(slots=True)
class Feed:
    """A configured feed. `key` names it in the cursor and in the ids of its posts."""

    url: str
    host: str
    every_secs: float
    is_internal: bool
    random: Random
    next_at: datetime
    key: str = ""
    etag: str | None = None
    modified: str | None = None
    validated_url: str = ""
    """Validators belong to the address that gave them, which may be behind a redirect."""
    last_good: datetime | None = None
    seen: dict[str, None] = field(default_factory=dict)
    """Marks of entries, oldest first."""
    failures: int = 0
    missing_since: datetime | None = None
    is_dead: bool = False
    said: str = "not asked yet"
    _wish_secs: float | None = None
    _lang: str | None = None
    _moved: tuple[str, int] = ("", 0)
    _has_answered: bool = False

    def __post_init__(self) -> None:
        self.key = hashlib.sha256(self.url.encode()).hexdigest()[:12]

    @property
    def is_answering(self) -> bool:
        """Whether its last answer was a good one."""
        return self._has_answered and not self.failures

    # --- what asking brought -------------------------------------------------------------------------------------

    def take(self, answered: Answered, now: datetime, tally: Tally) -> list[Post]:
        """Note an answer; the posts that are new in it, oldest first."""
        if self.failures:
            log.info("part_back", source="feeds", part=self.url)
        self.failures, self.missing_since = 0, None
        self._note_move(answered.moved_to)
        self.etag, self.modified, self.validated_url = answered.etag, answered.modified, answered.at_url
        posts = []
        if answered.document is not None:
            self._wish_secs = answered.document.wish_secs
            self._lang = _language(answered.document.lang)
            posts = self._new_posts(answered.document, now, tally)
        self.last_good, self._has_answered = now, True
        wishes = [secs for secs in (self._wish_secs, answered.max_age_secs) if secs]
        following = after_answer(self.every_secs, max(wishes, default=None), self.random)
        self.next_at, self.said = now + timedelta(seconds=following.wait_secs), following.said
        return posts

    def refuse(self, refusal: Refusal, now: datetime) -> None:
        """Note that it gave nothing."""
        self.failures += 1
        if refusal.status == 404:
            self.missing_since = self.missing_since or now
        missing_for = now - self.missing_since if self.missing_since else timedelta()
        following = after_refusal(
            refusal, self.failures, every_secs=self.every_secs, missing_for=missing_for, random=self.random
        )
        if self.failures == 1 or (following.is_dead and not self.is_dead):
            log.warning("part_lost", source="feeds", part=self.url, reason=following.said)
        self.next_at, self.said = now + timedelta(seconds=following.wait_secs), following.said
        self.is_dead = following.is_dead

    def _note_move(self, to: str | None) -> None:
        known, times = self._moved
        self._moved = (to or "", times + 1 if to == known else 1)
        if to and self._moved[1] == MOVED_ANSWERS:  # the settings are a person's: told, and not rewritten
            log.warning("part_moved", source="feeds", part=self.url, to=to)

    def _new_posts(self, document: Document, now: datetime, tally: Tally) -> list[Post]:
        marks = {mark_of(entry): entry for entry in reversed(document.entries)}  # feeds stand newest first
        # Where nothing is known that stood there before, it is another feed: a first look, or all its ids are new.
        last_good = self.last_good if not self.seen or self.seen.keys() & marks.keys() else None
        if document.has_more:
            tally.drop("too_many", f"{self.url}: more than {len(document.entries)} entries; the rest is not read")
        new = [entry for mark, entry in marks.items() if mark not in self.seen]
        posts = [post for entry in new if (post := self._post(entry, now, tally, last_good=last_good))]
        self._remember(marks)
        return sorted(posts, key=lambda post: post.created_at)

    def _post(self, entry: Entry, now: datetime, tally: Tally, *, last_good: datetime | None) -> Post | None:
        is_said_twice = entry.text.startswith(entry.title)
        text = entry.text if is_said_twice else f"{entry.title}\n{entry.text}".strip()
        at = time_of(_date(entry.at), now, last_good=last_good) if text else "no_text"
        if isinstance(at, str):
            tally.dropped[at] = tally.dropped.get(at, 0) + 1  # no place: at a first look it says nothing of a fault
            return None
        return Post(
            id=f"{self.key}:{_name(entry)}",
            platform="feeds",
            created_at=at,
            text=text,
            author=self.host,  # a paper is one voice, however many people write for it
            lang=self._lang,
            url=entry.link if entry.link.startswith(("https://", "http://")) else None,
        )

    def _remember(self, marks: dict[str, Entry]) -> None:
        for mark in marks:
            self.seen.pop(mark, None)
            self.seen[mark] = None
        surplus = len(self.seen) - min(MOST_SEEN, len(marks) + KEPT_SEEN)
        for mark in list(self.seen)[: max(0, surplus)]:
            del self.seen[mark]

    # --- the cursor ----------------------------------------------------------------------------------------------

    def to_cursor(self) -> dict[str, Any]:
        """What a new process needs to go on."""
        good = to_text(self.last_good) if self.last_good else None
        parts = {"e": self.etag, "m": self.modified, "u": self.validated_url, "t": good, "s": " ".join(self.seen)}
        return {key: value for key, value in parts.items() if value}

    def resume(self, kept: Any) -> None:
        """Go on where `to_cursor` was; what is not as it was written is left out."""
        if not isinstance(kept, dict):
            return
        texts = {key: value for key, value in kept.items() if isinstance(value, str)}
        self.etag, self.modified = validator(texts.get("e")), validator(texts.get("m"))
        self.validated_url = texts.get("u", "")
        self.seen = dict.fromkeys(texts.get("s", "").split()[-MOST_SEEN:])
        try:
            self.last_good = from_text(texts["t"]) if "t" in texts else None
        except ValueError:
            self.last_good = None


def validator(value: str | None) -> str | None:
    """An `ETag` or `Last-Modified` that can be sent back verbatim, or None."""
    is_fine = value is not None and 0 < len(value) <= MOST_VALIDATOR_CHARS and value.isprintable()
    return value if is_fine else None


def mark_of(entry: Entry) -> str:
    """A short mark of an entry's identity."""
    return hashlib.blake2b(_name(entry).encode(), digest_size=8).hexdigest()


def _name(entry: Entry) -> str:
    """Its id, else its link, else a hash of title and date; a very long one is hashed."""
    name = entry.id or entry.link
    if not name or len(name) > MOST_POST_ID_CHARS or not name.isprintable():
        whole = name or f"{entry.title}\n{entry.text}\n{entry.at}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]
    return name


def _language(tag: str) -> str | None:
    """`en` of `en-GB`."""
    code = tag.lower().replace("_", "-").partition("-")[0]
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else None


def _date(at: int | None) -> datetime | None:
    try:
        date = datetime.fromtimestamp(at, UTC) if at is not None else None
    except (ValueError, OverflowError, OSError):
        return None
    return date if date is not None and date >= EARLIEST else None


def by_host(feeds: list[Feed]) -> Iterator[list[Feed]]:
    """The feeds of each host together."""
    hosts: dict[str, list[Feed]] = {}
    for feed in feeds:
        hosts.setdefault(feed.host, []).append(feed)
    return iter(hosts.values())
