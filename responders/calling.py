"""One call to a service that posts for us, with an end, and its answer told as what we may do next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import AfterValidator
from yarl import URL

from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from monitor.schema import is_loopback
from monitor.stream.web import HttpUrl, wait_secs
from monitor.visible import visible

MOST_BYTES = 1 << 22
"""Forty statuses of the longest kind fit in."""
SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. The address may hold a secret, so no message shows more of it than the host."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def place(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is none: a page of a proxy, perhaps."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


async def call(http: aiohttp.ClientSession, question: Question, *, timeout_secs: float) -> Answer:
    """Ask once. A redirect is an answer and is not followed: it could carry the post elsewhere, or send it twice.

    Raises Unavailable when no whole answer came; its `sent` is False only where no connection was made.
    """
    place = question.place
    try:
        async with (
            asyncio.timeout(timeout_secs),
            http.request(
                question.method,
                URL(question.url),
                data=question.body,
                headers=dict(question.headers),
                timeout=aiohttp.ClientTimeout(total=None),
                allow_redirects=False,
            ) as response,
        ):
            return Answer(response.status, response.headers, await _body(response, place))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unavailable(f"{place} cannot be reached: {shown(error)}", sent=False) from error
    except TimeoutError as error:
        raise Unavailable(f"{place} was asked and did not answer within {timeout_secs:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{place} was asked and did not answer: {shown(error)}") from error


async def _body(response: aiohttp.ClientResponse, place: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            response.close()
            raise Unavailable(f"{place} answers more than {MOST_BYTES} bytes")
    return bytes(body)


def failure(answer: Answer, said: str, *, now: datetime, for_a_person: frozenset[int]) -> BonmotError:
    """What an answer other than 2xx means; `for_a_person` are the statuses of a credential that does not do.

    429 alone proves that nothing was taken. A redirect may come after the act, so it proves as little as a 500.
    """
    if answer.status == 429:
        return Unavailable(said, retry_after_secs=wait_secs(answer.headers, now), sent=False)
    if answer.status < 400 or answer.status >= 500 or answer.status in (408, 425):
        wish = {"Retry-After": answer.headers.get("Retry-After", "")}
        return Unavailable(said, retry_after_secs=wait_secs(wish, now))
    return AuthNeeded(said) if answer.status in for_a_person else Refused(said)


def is_on_this_machine(url: str) -> bool:
    """Whether the address can only lead to this machine."""
    return is_loopback(urlsplit(url).hostname or "")


def _is_private(url: str) -> str:
    if url.startswith("http://") and not is_on_this_machine(url):
        raise ValueError("must begin with https://, or the token goes over the net for everybody to read")
    return url


ServerUrl = Annotated[HttpUrl, AfterValidator(_is_private)]
"""Where credentials may be sent."""


def shown(words: object) -> str:
    """A stranger's words for a message of ours: short, and nothing in them that a terminal obeys."""
    text = visible(str(words) or type(words).__name__)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}..."


def to_json(value: Any) -> bytes:
    """The one written form of what we send. Raises Refused for text that is no Unicode (half of a pair)."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise Refused("the text holds half of a pair of characters; write it anew") from error
