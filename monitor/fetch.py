"""One GET with an end: so many seconds of our clock and so many bytes, packed or not; the failures told apart."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp

from monitor.clock import Clock
from monitor.errors import BonmotError, Unavailable
from monitor.visible import visible

T = TypeVar("T")

USER_AGENT = "bonmot/0.1"
MOST_WAIT_SECS = 86_400.0
"""Nobody is obeyed who tells us to come back later than tomorrow."""
STEP_BYTES = 65_536
LONGEST_SAID = 200


class Unusable(BonmotError):
    """An answer that came and cannot be used; `reason` is one of a small fixed set, for counting."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `body` is unpacked, and empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def session(contact: str | None = None, **options: Any) -> aiohttp.ClientSession:
    """A client for `get`: no proxy of the environment, no cookies kept, unpacking left to us.

    `contact` is an address that whoever runs a server may turn to; many ask for one.
    """
    return aiohttp.ClientSession(
        auto_decompress=False,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # `within` measures on our own clock
        headers={
            "User-Agent": f"{USER_AGENT} (+{contact})" if contact else USER_AGENT,
            "Accept-Encoding": "gzip, deflate",
        },
        **options,
    )


async def get(
    http: aiohttp.ClientSession,
    url: str,
    *,
    clock: Clock,
    secs: float,
    most_bytes: int,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """GET once, follow no redirect. `http` comes from `session`.

    Raises Unavailable where no whole answer came within `secs`, Unusable for a body too large or wrongly packed.
    """
    try:
        return await within(clock, secs, _get(http, url, most_bytes=most_bytes, headers=headers or {}))
    except TimeoutError as error:
        raise Unavailable(f"no whole answer within {secs:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise Unavailable(f"no whole answer: {short(str(error) or type(error).__name__)}") from error


async def _get(http: aiohttp.ClientSession, url: str, *, most_bytes: int, headers: Mapping[str, str]) -> Answer:
    async with http.get(url, headers=headers, allow_redirects=False) as response:
        body = await _body(response, most_bytes) if response.status == 200 else b""
        if response.status != 200:
            response.close()  # an error page may be endless, and is not read
        return Answer(response.status, response.headers, body)


async def _body(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """The body, unpacked step by step: a few packed bytes can hold gigabytes."""
    unpack = _unpacker(response.headers.get("Content-Encoding", "").strip().lower())
    body = bytearray()
    async for packed in response.content.iter_chunked(STEP_BYTES):
        try:
            body += unpack(packed, most_bytes + 1 - len(body))
        except zlib.error as error:
            raise Unusable("bad_encoding", f"is wrongly packed: {error}") from error
        if len(body) > most_bytes:
            response.close()
            raise Unusable("too_large", f"is larger than {most_bytes} bytes")
    return bytes(body)


class _Plain:
    def __call__(self, packed: bytes, most: int) -> bytes:
        return packed[:most]


class _Packed:
    """gzip, or deflate with its header or, as some servers send it, without."""

    def __init__(self) -> None:
        self._zlib: Any = None

    def __call__(self, packed: bytes, most: int) -> bytes:
        if self._zlib is None:
            is_bare = packed[:1] not in (b"\x1f", b"\x78", b"\x58", b"\x38", b"\x18")
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS | 32)
        return bytes(self._zlib.decompress(packed, most)) if most > 0 else b""


def _unpacker(encoding: str) -> _Plain | _Packed:
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Packed()
    raise Unusable("bad_encoding", f"is packed as '{short(encoding)}', which nobody asked for")


def retry_after_secs(headers: Mapping[str, str], now: datetime) -> float | None:
    """The server's wish in `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3). None where there is none."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:12]), MOST_WAIT_SECS)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), MOST_WAIT_SECS)


async def within(clock: Clock, secs: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled after `secs` of the clock: then raises TimeoutError."""
    results: list[T] = []
    failures: list[Exception] = []

    async def run() -> None:
        try:
            results.append(await work)
        except Exception as error:  # carried out of the group as it is, not wrapped in a group of one
            failures.append(error)

    async with asyncio.TaskGroup() as race:
        both = {race.create_task(run(), name="work"), race.create_task(clock.sleep(secs), name="its end")}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
    if failures:
        raise failures[0]
    if not results:
        raise TimeoutError
    return results[0]


def short(text: str) -> str:
    """A stranger's words, safe to print and not too long."""
    text = visible(text)
    return text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID]}..."
