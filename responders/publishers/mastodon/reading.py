"""What a server's answers say: its limits, whose token it is, which status is ours. Pure.

docs.joinmastodon.org/entities: Instance, V1_Instance, CredentialAccount, Status.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.errors import Refused, Unavailable
from monitor.plain import plain
from responders.calling import shown
from responders.drafting.lengths import MASTODON_LIMIT, MASTODON_LINK, mastodon_chars, without_servers
from responders.model import Picture
from responders.pictures.limits import LIMITS, Limits

MOST_MARKUP_CHARS = 1_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Numbers on Mastodon; other servers have letters, too. Nothing that would change a path."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server says about itself. `domain` is the part of its handles behind the @, empty where it is not told."""

    domain: str
    max_chars: int
    link_chars: int
    pictures: Limits

    def check(self, text: str) -> None:
        """Raises Refused for a text that it would not take."""
        used = mastodon_chars(text, link_chars=self.link_chars)
        if not text.strip() or used > self.max_chars:
            raise Refused(f"{self.domain} takes 1 to {self.max_chars} characters; this text has {used}")


@dataclass(frozen=True, slots=True)
class Status:
    """One status of an account, of which only what we look for is read."""

    id: str
    uri: str
    url: str | None
    created_at: datetime
    content: str
    is_edited: bool
    is_boost: bool
    alts: tuple[str, ...] = ()
    """The alt texts of what is attached."""

    def shows(self, text: str) -> bool:
        """Whether a reader sees exactly this text; how it is broken into lines and spaces is the server's affair."""
        return _seen(plain(self.content, MOST_MARKUP_CHARS)) == _seen(text)

    def has(self, media: Sequence[Picture]) -> bool:
        """Whether so many pictures are attached, with these alt texts: servers keep other bytes than they were sent."""
        return [_seen(alt) for alt in self.alts] == [_seen(picture.alt) for picture in media]


def instance_of(answer: Any, host: str) -> Instance:
    """From either version of the page; what is missing or makes no sense is taken to be Mastodon's own number."""
    about = answer if isinstance(answer, dict) else {}
    limits = _inner(_inner(about, "configuration"), "statuses")
    domain = about.get("domain") or about.get("uri")
    most = limits.get("max_characters", about.get("max_toot_chars"))  # the second is Pleroma's
    return Instance(
        domain=_host(domain) if isinstance(domain, str) else host,
        max_chars=_number(most, MASTODON_LIMIT),
        link_chars=_number(limits.get("characters_reserved_per_url"), MASTODON_LINK),
        pictures=_pictures(about),
    )


def account_id(answer: Any, handle: str, *, hosts: set[str]) -> str:
    """The account's id. Raises Refused when the token belongs to another account than `handle`.

    `hosts` are the names under which its server is known.
    """
    about = answer if isinstance(answer, dict) else {}
    number, name = about.get("id"), about.get("username") or about.get("acct")
    if not isinstance(name, str) or not isinstance(number, str) or not _ID.fullmatch(number):
        raise Unavailable("the server does not say whose token it is", sent=False)
    user, _, domain = handle.partition("@")
    is_ours = name.partition("@")[0].casefold() == user and (not domain or _ascii(domain) in map(_ascii, hosts))
    if not is_ours:
        place = " or ".join(sorted(hosts))
        raise Refused(f"the token belongs to @{shown(name)} on {place}, not to @{handle}; nothing is said as another")
    return number


def status_of(answer: Any, *, author: str) -> Status | None:
    """A status of the account with the id `author`, None for anything else, such as one kept for later."""
    if not isinstance(answer, dict) or "scheduled_at" in answer:
        return None
    number, uri, url = answer.get("id"), answer.get("uri"), answer.get("url")
    at, content = _time(answer.get("created_at")), answer.get("content")
    if not isinstance(number, str) or not _ID.fullmatch(number) or at is None or not isinstance(content, str):
        return None
    if _inner(answer, "account").get("id") != author:
        return None
    return Status(
        id=number,
        uri=uri if isinstance(uri, str) else "",
        url=url if isinstance(url, str) and url.startswith(("https://", "http://")) else None,
        created_at=at,
        content=content,
        is_edited=answer.get("edited_at") is not None,
        is_boost=answer.get("reblog") is not None,
        alts=_alts(answer.get("media_attachments")),
    )


def kept_text(answer: Any) -> str | None:
    """The text of a status that is kept for later."""
    text = _inner(answer if isinstance(answer, dict) else {}, "params").get("text")
    return text if isinstance(text, str) else None


def _pictures(about: dict[str, Any]) -> Limits:
    """What it takes of pictures; where it does not say, Mastodon's own numbers."""
    ours, limits = LIMITS["mastodon"], _inner(_inner(about, "configuration"), "media_attachments")
    kinds = limits.get("supported_mime_types")
    most = _inner(_inner(about, "configuration"), "statuses").get("max_media_attachments")
    return Limits(
        media=0 if most == 0 else ours.media,
        most_bytes=_number(limits.get("image_size_limit"), ours.most_bytes, most=1 << 40),
        kinds=tuple(kind for kind in ours.kinds if kind in kinds) if isinstance(kinds, list) and kinds else ours.kinds,
        most_pixels=_number(limits.get("image_matrix_limit"), ours.most_pixels, most=1 << 40),
        most_alt=_number(limits.get("description_limit"), ours.most_alt),
    )


def _alts(attached: Any) -> tuple[str, ...]:
    found = [one for one in attached if isinstance(one, dict)] if isinstance(attached, list) else []
    return tuple(str(one.get("description") or "") for one in found)


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(without_servers(text).split()))


def _inner(about: dict[str, Any], key: str) -> dict[str, Any]:
    value = about.get(key)
    return value if isinstance(value, dict) else {}


def _number(value: Any, otherwise: int, *, most: int = 10_000_000) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value <= most else otherwise


def _host(domain: str) -> str:
    """Some servers tell an address instead of a name."""
    return (urlsplit(domain).netloc if "://" in domain else domain).strip("/").casefold()[:253]


def _ascii(domain: str) -> str:
    """A name in other letters is the same as its form in `xn--`."""
    try:
        return domain.casefold().encode("idna").decode()
    except UnicodeError:
        return domain.casefold()


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
