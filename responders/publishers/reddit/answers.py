"""What Reddit answers, as plain values: whose log-in, which submission is ours, what is gone, what a no means. Pure.

Errors come in two layers: the status, and with 200 `{"json": {"errors": [[type, words, field]]}}`; the names of types
are those of reddit-archive's r2/lib/errors.py, and newer ones appear.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from monitor.stream.web import wait_secs
from responders.calling import shown

LATER = frozenset({"RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"})
"""Errors that say: not now. Every other is a no for good; an unknown one is never tried again by itself."""
LONGEST_WAIT_SECS = 86_400.0
_UNITS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_WAIT = re.compile(r"\b(\d{1,5}) (millisecond|second|minute|hour|day)s?\b")
_NAME = re.compile(r"t3_[a-z0-9]{1,13}")
GONE = "[deleted]"


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """Who we are, and where Reddit is. Has no repr, so that no trace shows it."""

    client_id: str
    client_secret: str
    username: str
    password: str
    user_agent: str
    oauth_url: str
    reddit_url: str
    timeout_secs: float


@dataclass(eq=False)
class Turned(Exception):
    """An answer that is no success: its status, its body, and whether it was the log-in that was refused."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    is_log_in: bool = False
    said: str = ""
    body: bytes = b""


@dataclass(eq=False)
class Lost(Exception):
    """No answer that could be read; `sent` is False with proof that nothing left but a log-in."""

    said: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """One of the account's submissions, of which only what we look for is read."""

    name: str
    title: str
    text: str
    subreddit: str
    path: str
    created_at: datetime
    is_edited: bool

    def shows(self, title: str, text: str) -> bool:
        """Whether a reader sees exactly this."""
        return (_seen(self.title), _seen(self.text)) == (_seen(title), _seen(text))


def check_user(answer: Any, username: str) -> None:
    """Raises Refused when the log-in is another account's than `username`."""
    name = answer.get("name") if isinstance(answer, dict) else None
    if not isinstance(name, str):
        raise Unavailable("Reddit does not say whose log-in this is", sent=False)
    if name.casefold() != username.casefold():
        raise Refused(f"the log-in belongs to u/{shown(name)}, not to u/{username}; nothing is said as another")


def page_of(answer: Any) -> tuple[list[Submission], str | None] | None:
    """Submissions, newest first, and the mark of the next page; None where one of them cannot be read."""
    inner = answer.get("data") if isinstance(answer, dict) and answer.get("kind") == "Listing" else None
    children = inner.get("children") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(children, list):
        return None
    read = [_submission(child) for child in children]
    whole = [one for one in read if one is not None]
    after = inner.get("after")
    return (whole, after if isinstance(after, str) and after else None) if len(whole) == len(read) else None


def new_name(answer: Any) -> tuple[str, str | None] | None:
    """Fullname and address of what was just submitted; None where Reddit does not tell."""
    data = _inner(_inner(answer, "json"), "data")
    name, url = data.get("name"), data.get("url")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    return name, url if isinstance(url, str) and url.startswith(("https://", "http://")) else None


def is_gone(answer: Any, name: str) -> bool | None:
    """Whether a look at the fullname finds nothing, or what its author deleted; None where that is not told."""
    inner = answer.get("data") if isinstance(answer, dict) and answer.get("kind") == "Listing" else None
    children = inner.get("children") if isinstance(inner, dict) else None
    if not isinstance(children, list):
        return None
    found = [_inner(child, "data") for child in children]
    return all(one.get("author", name) in (None, GONE) for one in found)


def refusal(answer: Any) -> BonmotError | None:
    """What to raise for an answer of 200 that lists errors."""
    errors = _inner(answer, "json").get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if first is None:
        return None
    parts = [part for part in first if isinstance(part, str)] if isinstance(first, list) else []
    kind, words = [*parts, "", ""][:2]
    said = f"Reddit says {shown(kind)}: {shown(words)}"
    if kind in LATER:
        return Unavailable(said, retry_after_secs=_wait_secs(words), sent=False)
    return Refused(said)


def trouble(turned: Turned, now: datetime) -> BonmotError:
    """What another status than 200 means. Before the log-in is through, nothing has left."""
    said = f"Reddit answers {turned.status}: {turned.said or _words(turned.body)}"
    if turned.status == 401:
        return AuthNeeded(f"{said}; look at the app's id and secret, and at user name and password")
    if turned.status == 429:
        return Unavailable(said, retry_after_secs=wait_secs(_titled(turned.headers), now), sent=False)
    if turned.status < 400 or turned.status >= 500 or turned.status in (408, 425):
        return Unavailable(said, sent=not turned.is_log_in)
    return AuthNeeded(said) if turned.is_log_in else Refused(said)


def _titled(headers: Mapping[str, str]) -> dict[str, str]:
    """Reddit says in seconds when the window ends, perhaps as `591.0`."""
    low = {key.lower(): value for key, value in headers.items()}
    reset = low.get("retry-after") or low.get("x-ratelimit-reset", "")
    return {"Retry-After": reset.partition(".")[0] if reset.replace(".", "", 1).isdecimal() else reset}


def _wait_secs(words: str) -> float | None:
    """`Take a break for 9 minutes before trying again`: a second is added, for the number is rounded."""
    found = _WAIT.search(words.lower())
    return min(int(found[1]) * _UNITS[found[2]] + 1.0, LONGEST_WAIT_SECS) if found else None


def _words(body: bytes) -> str:
    """Reddit's own reason; a page of HTML has none."""
    try:
        about = json.loads(body)
    except (ValueError, RecursionError):
        return "without a reason"
    said = [about.get(key) for key in ("explanation", "reason", "message")] if isinstance(about, dict) else []
    return shown(": ".join(part for part in said if isinstance(part, str) and part) or "without a reason")


def _submission(child: Any) -> Submission | None:
    data = _inner(child, "data")
    name, title, text = data.get("name"), data.get("title"), data.get("selftext")
    at, place = data.get("created_utc"), data.get("subreddit")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(title, str):
        return None
    if not isinstance(text, str) or not isinstance(place, str) or isinstance(at, bool):
        return None
    try:
        created_at = datetime.fromtimestamp(at, UTC)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    path = data.get("permalink")
    return Submission(
        name, title, text, place, path if isinstance(path, str) and path.startswith("/r/") else "", created_at,
        is_edited=bool(data.get("edited")),
    )  # fmt: skip


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _inner(about: Any, key: str) -> dict[str, Any]:
    value = about.get(key) if isinstance(about, dict) else None
    return value if isinstance(value, dict) else {}
