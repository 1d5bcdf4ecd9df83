"""One connection of server-sent events, from its address to its end, with every failure told as what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp

from monitor.clock import Clock
from monitor.errors import Refused, Unavailable
from monitor.stream.sse import Message, Reader
from monitor.stream.web import failure, lost, session

KIND = "text/event-stream"
FETCH_SECS = 30.0
MAX_ANSWER_BYTES = 8 << 20


async def messages(
    url: str,
    *,
    clock: Clock,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    contact: str = "",
    token: str = "",
) -> AsyncIterator[Message]:
    """Connect and yield messages as they come, comments included, until the server ends it.

    The first is empty, and says that the connection stands.

    Raises what an answer that is no stream means, and Unavailable at the end, clean or not: a stream has none.
    """
    place = url.split("/")[2]
    asked = {"Accept": KIND, "Cache-Control": "no-store", **(headers or {})}
    try:
        async with (
            session(contact, token) as http,
            # A redirect could carry the token somewhere else.
            http.get(url, params=params, headers=asked, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise failure(response.status, response.headers, place, now=clock.now())
            if response.content_type != KIND:
                raise Unavailable(f"{place} answers {response.content_type}, which is no stream")
            yield Message()
            async for message in _read(response):
                yield message
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise lost(error, place) from error
    raise Unavailable(f"{place} ended the stream")


async def fetch(
    url: str, *, clock: Clock, params: Mapping[str, str] | None = None, contact: str = "", token: str = ""
) -> tuple[bytes, Mapping[str, str]]:
    """One whole answer with its headers, by the same rules. Raises Refused for one of more than MAX_ANSWER_BYTES."""
    place = url.split("/")[2]
    try:
        async with (
            asyncio.timeout(FETCH_SECS),
            session(contact, token) as http,
            http.get(url, params=params, headers={"Accept": "application/json"}, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise failure(response.status, response.headers, place, now=clock.now())
            return await _body(response, place), response.headers
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise lost(error, place) from error


async def _body(response: aiohttp.ClientResponse, place: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise Refused(f"{place} answers more than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


async def _read(response: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    reader = Reader()
    async for chunk in response.content.iter_any():
        for message in reader.feed(chunk):
            yield message
