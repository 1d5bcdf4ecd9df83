"""tweepy's stream, told where X is and what to do at each turn. Imported late: tweepy loads slowly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from tweepy.asynchronous import AsyncStreamingClient
from tweepy.asynchronous.streaming import AsyncBaseStream

from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.fetch import within
from monitor.sources.x.answers import Answer, trouble
from monitor.sources.x.stream import Held, lines
from monitor.stream.web import lost, session, user_agent

REFUSAL_SECS = 10.0
MOST_REFUSAL_BYTES = 65_536


class Client(AsyncStreamingClient):  # type: ignore[misc]  # tweepy has no types
    """Connects once. Whatever ends it is told to `held`; nothing is tried again here, and nothing is logged."""

    def __init__(self, base_url: str, token: str, *, held: Held, clock: Clock) -> None:
        super().__init__(token, max_retries=0)
        self._base_url = base_url.rstrip("/")
        self._held = held
        self.session = _Session(self._base_url, held, clock)
        self.user_agent = user_agent()

    async def _connect(self, method: str, endpoint: str, **kwargs: Any) -> None:
        url = f"{self._base_url}/2/tweets/{endpoint}/stream"
        headers = {"Authorization": f"Bearer {self.bearer_token}"}
        try:
            # Past its own class, which has another address written into it.
            await AsyncBaseStream._connect(self, method, url, headers=headers, **kwargs)
        finally:
            self._held.end(None)

    async def on_connect(self) -> None:
        """X answered 200."""
        self._held.connected()

    async def on_data(self, raw_data: bytes) -> None:
        """A line. It is only kept: what it holds is read where a mistake in it cannot end the stream."""
        await self._held.put(raw_data)

    async def on_keep_alive(self) -> None:
        """A blank line, noted where it was cut out."""

    async def on_closed(self, resp: Any) -> None:
        """The end without a fault, at which tweepy would reconnect at once."""
        raise Unavailable("X ended the stream")

    async def on_exception(self, exception: Exception) -> None:
        """Everything else that ends it."""
        self._held.end(exception)

    async def on_disconnect(self) -> None:
        """Told by `_connect`."""


class _Session:
    """What tweepy takes for an aiohttp session: follows no redirect, and raises what an answer means."""

    def __init__(self, base_url: str, held: Held, clock: Clock) -> None:
        self._http = session()
        self._place = base_url.split("/")[2]
        self._held = held
        self._clock = clock

    @property
    def headers(self) -> Any:
        return self._http.headers

    @property
    def closed(self) -> bool:
        return self._http.closed

    async def close(self) -> None:
        await self._http.close()

    @asynccontextmanager
    async def request(self, method: str, url: str, **options: Any) -> AsyncIterator[_Response]:
        options |= {"allow_redirects": False}
        try:
            async with self._http.request(method, url, **options) as response:
                if response.status != 200:
                    answer = Answer(response.status, response.headers, await self._said(response))
                    raise trouble(answer, self._clock.now())
                yield _Response(response, self._held)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:  # else tweepy would wait by its own clock
            raise lost(error, self._place) from error

    async def _said(self, response: aiohttp.ClientResponse) -> bytes:
        """The beginning of a refusal, if it comes in time."""
        try:
            return await within(self._clock, REFUSAL_SECS, response.content.read(MOST_REFUSAL_BYTES))
        except (TimeoutError, aiohttp.ClientError, OSError):
            return b""
        finally:
            response.close()


class _Response:
    """An answer of 200, whose content is lines."""

    def __init__(self, response: aiohttp.ClientResponse, held: Held) -> None:
        self.status = response.status
        self.content = lines(response.content.iter_any(), held)
