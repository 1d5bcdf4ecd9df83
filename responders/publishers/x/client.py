"""Calls to X with one account's keys, signed for the address that is asked, each answer told as what we may do next.

The library that X's users know signs for an address that is written into it, so oauthlib signs here (RFC 5849; neither
a JSON body nor a form with a file is part of the signature). Answers: docs.x.com, response-codes-and-errors.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from oauthlib.oauth1 import Client as Signer

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from monitor.stream.web import wait_secs
from responders.calling import Answer, Question, call, failure
from responders.forms import Form
from responders.publishers.x.reading import problem

if TYPE_CHECKING:
    from responders.publishers.x import AccountSettings

LONGEST_WAIT_SECS = 86_400.0
FINE = (200, 201, 202)
DUPLICATE = "duplicate content"
"""In the words of a 403 for a text that the account posted a short while ago."""


class Gone(Refused):
    """404 or 410: what was asked for is not there."""


class Duplicate(Refused):
    """X has this text of this account already."""


class Client:
    """One account. A post is sent once; whoever asks again decides that."""

    def __init__(
        self, http: aiohttp.ClientSession, *, base_url: str, keys: AccountSettings, clock: Clock, timeout_secs: float
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = http
        self._keys = keys
        self._clock = clock
        self._timeout_secs = timeout_secs

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """The answer, which is JSON. Raises as the promise of publishers says, Gone for what is not there."""
        return await self._ask("GET", f"{path}?{urlencode(params)}" if params else path)

    async def post(self, path: str, body: bytes) -> Answer:
        """Send JSON once. Raises Duplicate as well."""
        return await self._ask("POST", path, body)

    async def send(self, path: str, form: Form) -> Answer:
        """Send a form once."""
        return await self._ask("POST", path, form.body, kind=form.kind)

    async def delete(self, path: str) -> None:
        """Delete. Raises Gone for what is gone already."""
        await self._ask("DELETE", path)

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json"
    ) -> Answer:
        url = f"{self.base_url}{path}"
        headers = {"Authorization": self._signed(method, url), "Accept": "application/json"}
        headers |= {"Content-Type": kind} if body is not None else {}
        question = Question(method, url, headers, body)
        answer = await call(self._http, question, timeout_secs=self._timeout_secs)
        if answer.status not in FINE:
            raise trouble(answer, question.place, self._clock.now())
        if answer.json is None:
            raise Unavailable(f"{question.place} answered {answer.status} with something that is not JSON")
        return answer

    def _signed(self, method: str, url: str) -> str:
        """The header that proves who we are, good for this method, address and time alone."""
        signer = Signer(
            self._keys.consumer_key,
            client_secret=self._keys.consumer_secret,
            resource_owner_key=self._keys.access_token,
            resource_owner_secret=self._keys.access_secret,
            nonce=secrets.token_hex(16),
            timestamp=str(int(self._clock.now().timestamp())),
        )
        headers: dict[str, Any]
        _, headers, _ = signer.sign(url, http_method=method)
        return str(headers["Authorization"])


def trouble(answer: Answer, place: str, now: datetime) -> BonmotError:
    """What an answer other than success means."""
    words = problem(answer.json)
    said = f"{place} answers {answer.status}: {words}"
    if answer.status == 401:
        return AuthNeeded(f"{said}; are the four keys of this app and account, and is this machine's clock right?")
    if answer.status == 402:
        return AuthNeeded(f"{said}; the app's credit with X is used up, somebody has to buy more")
    if answer.status == 403 and DUPLICATE in words.casefold():
        return Duplicate(said)
    if answer.status in (404, 410):
        return Gone(said)
    if answer.status == 429:
        return Unavailable(said, retry_after_secs=_wish_secs(answer.headers, now), sent=False)
    return failure(answer, said, now=now, for_a_person=frozenset())


def _wish_secs(headers: Mapping[str, str], now: datetime) -> float | None:
    """Until when the window's calls are used: `x-rate-limit-reset` in Unix seconds, or `Retry-After` of a proxy."""
    reset = headers.get("x-rate-limit-reset", "").strip()
    if not (reset.isascii() and reset.isdecimal()):
        return wait_secs(headers, now)
    return min(max(float(reset[:12]) - now.timestamp(), 1.0), LONGEST_WAIT_SECS)
