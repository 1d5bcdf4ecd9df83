"""XRPC calls to a Bluesky server, with a session that renews itself, and every answer told as what we may do next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable

LONGEST_MESSAGE = 200

STALE = frozenset({"ExpiredToken", "InvalidToken"})
"""The session is over; the answer proves that nothing was written. An expired token answers 400, not 401."""

LOCKED_OUT = frozenset(
    {
        "AuthenticationRequired",
        "AuthMissing",
        "AuthFactorTokenRequired",
        "AccountTakedown",
        "AccountDeactivated",
        "AccountSuspended",
        "ExpiredToken",
        "InvalidToken",
    }
)


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are, where the account lives, and the two tokens."""

    did: str
    handle: str
    server: str
    access: str
    refresh: str


class Denied(Refused):
    """The server's no, with its own name for the reason."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class Client:
    """One account on one server. One log-in at a time: the server allows 30 of them in five minutes."""

    def __init__(self, http: aiohttp.ClientSession, *, base_url: str, clock: Clock, timeout_secs: float) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_secs)
        self._session: Session | None = None
        self._lock = asyncio.Lock()

    async def session(self, identifier: str, password: str) -> Session:
        """The session, logging in when there is none. Whatever fails here, no post has left: `sent` is False."""
        async with self._lock:
            if self._session is None:
                body = {"identifier": identifier, "password": password}
                answer = await self._before_any_write("com.atproto.server.createSession", body)
                self._session = _session(answer, self._base_url)
            return self._session

    async def renew(self, stale: Session) -> None:
        """Put a fresh session in place of a stale one; the next `session` logs in anew when that is refused."""
        async with self._lock:
            if self._session is not stale:
                return  # another task was faster; a refresh token works once
            try:
                answer = await self._before_any_write("com.atproto.server.refreshSession", None, token=stale.refresh)
            except (AuthNeeded, Refused):
                self._session = None
            else:
                self._session = _session(answer, self._base_url, server=stale.server)

    async def call(self, session: Session, nsid: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST a procedure to the account's own server, once. Raises as the promise of publishers says."""
        return await self._ask("POST", session.server, nsid, body=body, token=session.access)

    async def upload(self, session: Session, nsid: str, data: bytes, *, kind: str) -> dict[str, Any]:
        """POST bytes to the account's own server, once."""
        return await self._ask("POST", session.server, nsid, data=data, kind=kind, token=session.access)

    async def query(self, session: Session, nsid: str, params: dict[str, str]) -> dict[str, Any]:
        """GET a query from the account's own server."""
        return await self._ask("GET", session.server, nsid, params=params, token=session.access)

    async def _before_any_write(
        self, nsid: str, body: dict[str, Any] | None, *, token: str | None = None
    ) -> dict[str, Any]:
        try:
            return await self._ask("POST", self._base_url, nsid, body=body, token=token)
        except Unavailable as error:
            raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error

    async def _ask(
        self,
        method: str,
        server: str,
        nsid: str,
        *,
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
        data: bytes | None = None,
        kind: str | None = None,
        token: str | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": kind} if kind else {}
        try:
            # A redirect could carry the post somewhere else, or send it twice.
            async with self._http.request(
                method,
                f"{server}/xrpc/{nsid}",
                json=body,
                data=data,
                params=params,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return await self._read(nsid, response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"{server} cannot be reached: {_short(str(error))}", sent=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            what = _short(str(error)) or type(error).__name__
            raise Unavailable(f"{nsid}: {server} was asked and did not answer: {what}") from error

    async def _read(self, nsid: str, response: aiohttp.ClientResponse) -> dict[str, Any]:
        answer = await _json(response)
        if response.status != 200:
            raise self._failure(nsid, response, answer or {})
        if answer is None:
            raise Unavailable(f"{nsid}: answered 200 with something that is not JSON")
        return answer

    def _failure(self, nsid: str, response: aiohttp.ClientResponse, answer: dict[str, Any]) -> BonmotError:
        """What a refusal means for us (the table in the network's own documentation, by status and error name)."""
        name = _short(str(answer.get("error") or ""))
        said = f"{nsid}: {response.status} {name}: {_short(str(answer.get('message') or response.reason or ''))}"
        if response.status == 429:
            return Unavailable(said, retry_after_secs=self._retry_after(response), sent=False)
        if response.status >= 500 or response.status in (408, 425) or response.status < 400:
            return Unavailable(said, retry_after_secs=self._retry_after(response))
        if name in LOCKED_OUT or response.status in (401, 403):
            return Stale(said) if name in STALE else AuthNeeded(said)
        return Denied(said, name=name)

    def _retry_after(self, response: aiohttp.ClientResponse) -> float | None:
        """Seconds to wait: `Retry-After`, or until `RateLimit-Reset` (unix seconds) when nothing remains."""
        after, reset = response.headers.get("Retry-After", ""), response.headers.get("RateLimit-Reset", "")
        if after.isdecimal():
            return float(after)
        if response.status == 429 and reset.isdecimal():
            return max(0.0, (datetime.fromtimestamp(int(reset), UTC) - self._clock.now()).total_seconds())
        return None


class Stale(AuthNeeded):
    """The session is over; renew it and ask again."""


def is_loopback(url: str) -> bool:
    """Whether the URL can only lead to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _session(answer: dict[str, Any], base_url: str, *, server: str | None = None) -> Session:
    try:
        did, handle = str(answer["did"]), str(answer["handle"])
        access, refresh = str(answer["accessJwt"]), str(answer["refreshJwt"])
    except KeyError as error:
        raise Unavailable(f"the log-in answer of {base_url} lacks {error}", sent=False) from error
    return Session(did, handle, server or _own_server(answer, base_url), access, refresh)


def _own_server(answer: dict[str, Any], base_url: str) -> str:
    """The account's own server from its identity document; a server on loopback is never left for another one."""
    if is_loopback(base_url):
        return base_url
    document = answer.get("didDoc")
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            endpoint = str(service.get("serviceEndpoint", ""))
            if endpoint.startswith("https://"):
                return endpoint.rstrip("/")
    return base_url


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any] | None:
    try:
        answer = await response.json(content_type=None)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}..."
