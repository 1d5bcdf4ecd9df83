"""Reddit's API through praw, blocking: one object, used in one thread. Imported there, for praw loads slowly.

praw logs in, renews the token and sends. What prawcore would do by itself (send a POST three times, sleep until a limit
is over) must not happen to a submission: each answer but 200 is raised at once, out of its sight, and the limit's
headers are kept from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import praw
import prawcore
import requests

from responders.publishers.reddit.answers import Access, Lost, Turned

MOST_BODY_BYTES = 8_000_000
"""A page of a hundred submissions, each as long as Reddit allows, is about five."""
STEP_BYTES = 65_536
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path


class Wire:
    """One log-in."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc of the environment
        self._requestor: _Requestor | None = None
        self._reddit: Any = None

    def ask(self, method: str, path: str, fields: Mapping[str, str]) -> Any:
        """The JSON of one answer. Raises Turned for an answer that is none, Lost for no answer.

        A token that was refused is renewed and the call made again, once: who is not let in has done nothing.
        """
        is_fresh = self._reddit is None
        try:
            return self._ask(method, path, fields)
        except Turned as error:
            if error.status != 401:
                raise
            self._reddit = None  # and with it the token
            if is_fresh or error.is_log_in:
                raise
        return self._ask(method, path, fields)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _ask(self, method: str, path: str, fields: Mapping[str, str]) -> Any:
        if self._reddit is None:
            self._reddit = self._new()
        assert self._requestor is not None
        self._requestor.has_left = False
        how = {"data": dict(fields)} if method == "POST" else {"params": dict(fields)}
        try:
            return self._reddit.request(method=method, path=path, **how)
        except prawcore.OAuthException as error:
            raise Turned(401, is_log_in=True, said=str(error.error)) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, prawcore.PrawcoreException) as error:
            # No answer, or one that praw cannot read; after the log-in both may hide a submission that was taken.
            words = f"{type(error).__name__}: {error}"
            raise Lost(words, sent=self._requestor.has_left) from None

    def _new(self) -> Any:
        access = self._access
        return praw.Reddit(
            # Every setting that praw would else look for in a file of this folder, or in the environment.
            client_id=access.client_id,
            client_secret=access.client_secret,
            username=access.username,
            password=access.password,
            refresh_token=None,
            redirect_uri=None,
            user_agent=access.user_agent,
            oauth_url=access.oauth_url.rstrip("/"),
            reddit_url=access.reddit_url.rstrip("/"),
            check_for_updates=False,
            check_for_async=False,
            ratelimit_seconds=0,
            requestor_class=_Requestor,
            requestor_kwargs={"session": self._session, "timeout": access.timeout_secs, "tell": self._tell},
        )

    def _tell(self, requestor: _Requestor) -> None:
        self._requestor = requestor


class _Requestor(prawcore.Requestor):
    """Sends once, reads no more than it should, follows no redirect: it could carry the password elsewhere."""

    def __init__(
        self, *args: Any, session: requests.Session, tell: Callable[[_Requestor], None], **options: Any
    ) -> None:
        super().__init__(*args, session=session, **options)
        self._ours = session
        self.has_left = False
        """Whether a call that is no log-in may have reached Reddit."""
        tell(self)  # praw makes it and keeps it to itself

    def request(self, *args: Any, timeout: float | None = None, **options: Any) -> requests.Response:
        """The answer of 200, whole. Raises Turned for any other, OSError for none: requests' failures are such."""
        del timeout  # prawcore gives its own for some calls
        method, url = args
        options |= {"allow_redirects": False, "stream": True}
        is_log_in = url.endswith(TOKEN_PATH)
        self.has_left = self.has_left or not is_log_in
        try:
            response = self._ours.request(method, url, timeout=self.timeout, **options)
        except (requests.ConnectTimeout, requests.ConnectionError) as error:
            self.has_left = self.has_left and not _is_unconnected(error)
            raise
        with response:
            body = self._read(response)
            if response.status_code != 200:
                raise Turned(response.status_code, dict(response.headers), is_log_in=is_log_in, body=body)
            return _whole(response, body)

    def _read(self, response: requests.Response) -> bytes:
        """The body; its time is the machine's, since a thread that waits for a socket has no other."""
        body, end = bytearray(), time.monotonic() + 2 * self.timeout
        for step in response.iter_content(STEP_BYTES):
            body += step
            if len(body) > MOST_BODY_BYTES:
                raise OSError(f"more than {MOST_BODY_BYTES} bytes")
            if time.monotonic() > end:
                raise TimeoutError(f"no whole answer within {2 * self.timeout:g} s")
        return bytes(body)


def _is_unconnected(error: requests.RequestException) -> bool:
    """Whether no connection was made: the one failure that proves that nothing left."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or type(reason).__name__ in (
        "NewConnectionError",
        "ConnectTimeoutError",
        "NameResolutionError",
    )


def _whole(head: requests.Response, body: bytes) -> requests.Response:
    """An answer that is read already, for prawcore, without the headers that would make it sleep or fail."""
    answer = requests.Response()
    answer.status_code = head.status_code
    answer.url = head.url
    answer.encoding = "utf-8"
    answer.headers["content-type"] = head.headers.get("content-type", "")
    answer.raw = BytesIO(body)
    return answer
