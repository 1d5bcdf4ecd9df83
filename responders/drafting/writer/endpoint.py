"""One call of an OpenAI-compatible endpoint, and every answer told as what we may do next."""

from __future__ import annotations

import json
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, Refused, Unavailable
from monitor.schema import DraftingSettings
from responders.drafting.writer.answer import SCHEMA

MOST_BYTES = 262_144
"""An answer of a few hundred words is a few kilobytes; more is a mistake or an attack on memory."""
SHOWN_CHARS = 200


class Off(AuthNeeded):
    """A mistake in the settings, or no money left: asking again helps nobody until a person has looked."""


class Busy(Unavailable):
    """429: asked too often."""


class Lost(Unavailable):
    """408, 409, 5xx or a broken connection."""


class Slow(Unavailable):
    """No answer in time."""


class TooLong(Refused):
    """The question does not fit into the model's context."""


class Endpoint:
    """Where the model lives. Redirects are answers, proxies are not used, the key goes nowhere else."""

    def __init__(self, http: aiohttp.ClientSession, settings: DraftingSettings, clock: Clock) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._url = settings.base_url.rstrip("/") + "/chat/completions"
        self._timeout = aiohttp.ClientTimeout(
            total=settings.total_secs, sock_connect=settings.connect_secs, sock_read=settings.first_answer_secs
        )

    async def ask(self, messages: list[dict[str, str]]) -> Any:
        """The answer's JSON. Raises Off, Busy, Lost, Slow, TooLong or Refused; a cancel closes the connection."""
        key = self._settings.api_key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with self._http.post(
                self._url,
                json=self._body(messages),
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                raw = await _read(response)
        except TimeoutError as error:
            raise Slow("it did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(f"it cannot be reached ({type(error).__name__})") from error
        return self._answer(response, raw)

    def _body(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        settings = self._settings
        body: dict[str, Any] = {"model": settings.model, "messages": messages, "stream": False}
        body[settings.token_field] = settings.max_tokens
        if settings.temperature is not None:
            body["temperature"] = settings.temperature
        if settings.structured == "json_schema":
            # Nested as OpenAI has it: llama.cpp takes the flat form of its own README and then constrains nothing.
            schema = {"name": "drafts", "strict": True, "schema": SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif settings.structured == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _answer(self, response: aiohttp.ClientResponse, raw: bytes) -> Any:
        """What the answer means for us, by the table of retries."""
        if response.status == 200 and len(raw) <= MOST_BYTES:
            return _json(raw)
        status, code = response.status, _code(_json(raw))
        if status == 200:
            raise Refused("its answer is too large")
        if 300 <= status < 400:
            raise Off(f"it answers {status} and sends us elsewhere; base_url has to be the place itself")
        if status in (401, 403, 404):
            what = {401: "the key is not accepted", 403: "the key may not do this", 404: "no such model or path"}
            raise Off(f"it answers {status}: {what[status]}")
        if code == "insufficient_quota":
            raise Off("its account has no money left")
        if status == 429:
            raise Busy("it is asked too often", retry_after_secs=self._retry_after(response), sent=False)
        if status in (408, 409) or status >= 500:
            raise Lost(f"it answers {status}", retry_after_secs=self._retry_after(response))
        if code == "context_length_exceeded":
            raise TooLong("the question is too long for it")
        raise Refused(f"it answers {status}{f' ({code})' if code else ''}")

    def _retry_after(self, response: aiohttp.ClientResponse) -> float | None:
        said = response.headers.get("Retry-After", "").strip()
        if said.replace(".", "", 1).isdecimal():
            return min(float(said), 86400.0)
        try:
            at = parsedate_to_datetime(said)
        except (ValueError, TypeError):
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - self._clock.now()).total_seconds())


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or one byte more than is allowed of it."""
    parts, size = [], 0
    async for part in response.content.iter_chunked(16_384):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            break
    return b"".join(parts)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _code(body: Any) -> str:
    """The error's own name: letters alone, for it is shown to people."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    kept = "".join(char for char in str(code or "") if char.isascii() and (char.isalnum() or char in "_-"))
    return kept[:60]
