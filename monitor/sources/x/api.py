"""X's HTTP calls besides the stream: one answer each, with an end in time and size, and the limits it names obeyed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import Throttled, Unavailable
from monitor.fetch import within
from monitor.sources.x.answers import Answer, is_used_up, trouble, wish_secs
from monitor.stream.web import lost, session

CALL_SECS = 30.0
MOST_BYTES = 16 << 20
"""Seven days of counts by the minute are about one."""
FINE = (200, 201)


class Api:
    """One app's calls. A door whose calls are used up is left alone until X opens it again."""

    def __init__(self, base_url: str, token: str, clock: Clock) -> None:
        self._base_url = base_url.rstrip("/")
        self._place = self._base_url.split("/")[2]
        self._token = token
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._closed_until: dict[str, datetime] = {}

    async def get(self, path: str, *, door: str, params: Mapping[str, str] | None = None) -> Answer:
        """As `send` does."""
        return await self.send("GET", path, door=door, params=params)

    async def send(
        self, method: str, path: str, *, door: str, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """One call; `door` names what shares a limit. Raises what an answer means that is none of success."""
        self._check(door)
        try:
            answer = await within(self._clock, CALL_SECS, self._send(method, path, params=params, body=body))
        except TimeoutError as error:
            raise Unavailable(f"{self._place}: no whole answer within {CALL_SECS:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise lost(error, self._place) from error
        self._note(door, answer)
        if answer.status not in FINE:
            raise trouble(answer, self._clock.now())
        return answer

    async def close(self) -> None:
        """Let go of the connections; idempotent."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    def _check(self, door: str) -> None:
        until = self._closed_until.get(door)
        if until is not None and until > self._clock.now():
            wait = (until - self._clock.now()).total_seconds()
            raise Throttled(f"{self._place}: this window's calls of {door} are used", retry_after_secs=wait, sent=False)

    def _note(self, door: str, answer: Answer) -> None:
        now = self._clock.now()
        wish = wish_secs(answer.headers, now)
        if wish is not None and (answer.status == 429 or is_used_up(answer.headers)):
            self._closed_until[door] = now + timedelta(seconds=wish)

    async def _send(self, method: str, path: str, *, params: Mapping[str, str] | None, body: Any) -> Answer:
        self._http = self._http or session(token=self._token)
        url = self._base_url + path
        # A redirect could carry the token somewhere else.
        async with self._http.request(method, url, params=params, json=body, allow_redirects=False) as response:
            found = bytearray()
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > MOST_BYTES:
                    response.close()
                    raise Unavailable(f"{self._place} answers more than {MOST_BYTES} bytes")
            return Answer(response.status, response.headers, bytes(found))
