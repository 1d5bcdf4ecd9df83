"""One connection of server-sent events, from its address to its end, with every failure told as what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.stream.sse import Message, Reader
from monitor.stream.web import failure, lost, session

KIND = "text/event-stream"


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
            async for message in _read(response):
                yield message
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise lost(error, place) from error
    raise Unavailable(f"{place} ended the stream")


async def _read(response: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    reader = Reader()
    async for chunk in response.content.iter_any():
        for message in reader.feed(chunk):
            yield message
