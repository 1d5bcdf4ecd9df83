"""Reddit's API through praw, blocking: one object, used in one thread at a time. Imported there, for praw loads slowly.

praw logs in, renews the token and sends; listings are taken as plain JSON, because one odd item must not cost the page.
What prawcore would do in its own time (repeat an answer three times, sleep until the limit is over) is decided outside:
here every answer but 200 is an exception at once, and the limit's headers are noted and taken away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import praw
import prawcore
import requests

from monitor.sources.reddit.answers import Limits, Page, Turned, limits_of

MOST_BODY_BYTES = 8_000_000
"""A page of a hundred comments, each as long as Reddit allows, is about five."""
STEP_BYTES = 65_536
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who we are. Has no repr, so that no trace shows it."""

    client_id: str
    client_secret: str
    username: str | None
    password: str | None


class Wire:
    """One log-in. `get` raises Turned for an answer that is no page, and OSError for none at all."""

    def __init__(
        self, credentials: Credentials, *, user_agent: str, oauth_url: str, reddit_url: str, timeout_secs: float
    ) -> None:
        self._made: dict[str, Any] = {
            # Every setting that praw would else look for in a file of this folder, or in the environment.
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "username": credentials.username,
            "password": credentials.password,
            "refresh_token": None,
            "redirect_uri": None,
            "user_agent": user_agent,
            "oauth_url": oauth_url.rstrip("/"),
            "reddit_url": reddit_url.rstrip("/"),
            "check_for_updates": False,
            "check_for_async": False,
            "ratelimit_seconds": 0,
        }
        self._timeout_secs = timeout_secs
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc of the environment
        self._reddit: Any = None
        self._limits = Limits()

    def get(self, path: str, params: Mapping[str, str | int]) -> Page:
        """One page. A token that was refused is renewed, once."""
        is_fresh = self._reddit is None
        try:
            return self._get(path, params)
        except Turned as error:
            if error.status != 401:
                raise
            self._reddit = None  # and with it the token
            if is_fresh or error.is_log_in:
                raise
        return self._get(path, params)

    def rest(self) -> None:
        """Let go of the open connections; the next `get` opens new ones."""
        self._session.close()

    def _get(self, path: str, params: Mapping[str, str | int]) -> Page:
        if self._reddit is None:
            kept = {"session": self._session, "timeout": self._timeout_secs, "note": self._note}
            self._reddit = praw.Reddit(requestor_class=_Requestor, requestor_kwargs=kept, **self._made)
        try:
            data = self._reddit.request(method="GET", path=path, params=dict(params))
        except prawcore.OAuthException as error:
            raise Turned(401, is_log_in=True, said=str(error.error)) from None
        except prawcore.BadJSON:
            raise Turned(200, said="is no JSON") from None
        except prawcore.RequestException as error:
            raise OSError(str(error.original_exception)) from None
        return Page(data, self._limits)

    def _note(self, limits: Limits) -> None:
        self._limits = limits


class _Requestor(prawcore.Requestor):
    """Sends once, reads no more than it should, follows no redirect: it could carry the password elsewhere."""

    def __init__(self, *, session: requests.Session, note: Callable[[Limits], None], **options: Any) -> None:
        super().__init__(session=session, **options)
        self._ours = session
        self._note = note

    def request(self, *args: Any, timeout: float | None = None, **options: Any) -> requests.Response:
        """The answer of 200, whole. Raises Turned for any other, OSError for none: requests' failures are such."""
        del timeout  # prawcore gives its own for some calls
        method, url = args
        options |= {"allow_redirects": False, "stream": True}
        with self._ours.request(method, url, timeout=self.timeout, **options) as response:
            headers = {key.lower(): value for key, value in response.headers.items()}
            is_log_in = url.endswith(TOKEN_PATH)
            if response.status_code != 200:
                raise Turned(response.status_code, headers, is_log_in=is_log_in)
            if not is_log_in:
                self._note(limits_of(headers))
            return _whole(response, self._read(response))

    def _read(self, response: requests.Response) -> bytes:
        """The body; its time is the machine's, since a thread that waits for a socket has no other."""
        body, end = bytearray(), time.monotonic() + 2 * self.timeout
        for step in response.iter_content(STEP_BYTES):
            body += step
            if len(body) > MOST_BODY_BYTES:
                raise Turned(200, said=f"is larger than {MOST_BODY_BYTES} bytes")
            if time.monotonic() > end:
                raise TimeoutError(f"no whole answer within {2 * self.timeout:g} s")
        return bytes(body)


def _whole(head: requests.Response, body: bytes) -> requests.Response:
    """An answer that is read already, for prawcore, without the headers that would make it sleep or fail."""
    answer = requests.Response()
    answer.status_code = head.status_code
    answer.url = head.url
    answer.encoding = "utf-8"
    answer.headers["content-type"] = head.headers.get("content-type", "")
    answer.raw = BytesIO(body)
    return answer
