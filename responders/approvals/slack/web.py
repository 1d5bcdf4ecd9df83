"""Slack's Web API: one call is one HTTP exchange, and what came of it is told as what we may do next.

Facts are those of docs.slack.dev: the usual failure is HTTP 200 with `{"ok": false, "error": ..}`; 429 says in
`Retry-After` how long to wait. Arguments go as a form, which every method takes.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders.approvals.slack.kept import Payload
from responders.calling import Answer, Question, call, failure, shown

BASE_URL = "https://slack.com/api"
TIMEOUT_SECS = 15.0
GRANTED = "X-OAuth-Scopes"
FORM = "application/x-www-form-urlencoded; charset=utf-8"

AUTH = frozenset(
    {"not_authed", "invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type",
     "missing_scope", "no_permission", "ekm_access_denied", "access_denied", "team_access_not_granted"}
)  # fmt: skip
"""A person has to look at the credential or its scopes."""
LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
"""Nothing was done, and later it may be."""
UNKNOWN = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
"""Part of it may have been done (docs.slack.dev: `fatal_error`)."""
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The message cannot be changed any more: a fresh one takes its place."""


class Said(Refused):
    """Slack said no for a reason of its own, in one word."""

    def __init__(self, method: str, error: str, hint: str = "") -> None:
        super().__init__(f"Slack refuses {method}: {error}{hint}")
        self.error = error


class ScopeMissing(AuthNeeded):
    """The token may not do this."""


class Web:
    """One token at one address. Never asks twice by itself."""

    def __init__(
        self, http: aiohttp.ClientSession, *, token: str, clock: Clock, base_url: str = BASE_URL,
        timeout_secs: float = TIMEOUT_SECS,
    ) -> None:  # fmt: skip
        self._http = http
        self._token = token
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._timeout_secs = timeout_secs
        self.scopes: frozenset[str] | None = None
        """What the token may, as Slack told last; None while it told nothing."""

    async def ask(self, method: str, **args: Any) -> Payload:
        """Call a method. Objects and lists go as JSON inside the form; None is left out.

        Raises AuthNeeded, Unavailable (`sent` is False only where it is proven that nothing was done) or `Said`.
        """
        form = {key: _written(value) for key, value in args.items() if value is not None}
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": FORM}
        question = Question("POST", f"{self._base_url}/{method}", headers, _encoded(form))
        return self._read(method, await call(self._http, question, timeout_secs=self._timeout_secs))

    async def upload(self, url: str, body: bytes) -> None:
        """Send a file's bytes where Slack said, without our token. Raises as `ask` does."""
        ours = urlsplit(self._base_url)
        if urlsplit(url).scheme != "https" and urlsplit(url)[:2] != ours[:2]:
            raise Refused("Slack names an address for a file that is not private")
        headers = {"Content-Type": "application/octet-stream"}
        answer = await call(self._http, Question("POST", url, headers, body), timeout_secs=self._timeout_secs)
        if answer.status != 200:
            text = f"Slack answers a file with {answer.status}"
            raise failure(answer, text, now=self._clock.now(), for_a_person=frozenset({401, 403}))

    def _read(self, method: str, answer: Answer) -> Payload:
        said = answer.json
        self._learn(answer, said)
        if not 200 <= answer.status < 300:
            word = said.get("error") if isinstance(said, dict) else None
            text = f"Slack answers {method} with {answer.status}: {shown(word or 'no reason')}"
            raise failure(answer, text, now=self._clock.now(), for_a_person=frozenset({401, 403}))
        if not isinstance(said, dict) or not isinstance(said.get("ok"), bool):
            # A page of somebody on the way: what became of the call nobody can tell.
            raise Unavailable(f"Slack answers {method} with something that is not its JSON")
        if said["ok"]:
            return said
        raise refusal(method, said)

    def _learn(self, answer: Answer, said: Any) -> None:
        """Every answer names the token's scopes in a header, a refusal for want of one in `provided`."""
        told = answer.headers.get(GRANTED) or (said.get("provided") if isinstance(said, dict) else None)
        if isinstance(told, str):
            self.scopes = frozenset(filter(None, (scope.strip() for scope in told.split(","))))


def refusal(method: str, said: Payload) -> BonmotError:
    """What `ok: false` means."""
    error = shown(said.get("error") or "no reason")
    if error in AUTH:
        needed = f"; it needs the scope {shown(said['needed'])}" if said.get("needed") else ""
        kind = ScopeMissing if error == "missing_scope" else AuthNeeded
        return kind(f"Slack does not let us {method}: {error}{needed}")
    if error in LIMITED:
        return Unavailable(f"Slack wants {method} less often: {error}", sent=False)
    if error in UNKNOWN:
        return Unavailable(f"Slack may have done {method} or not: {error}")
    about = said.get("response_metadata")
    messages = about.get("messages") if isinstance(about, dict) else None
    return Said(method, error, f" ({shown('; '.join(map(str, messages)))})" if isinstance(messages, list) else "")


def escaped(text: str) -> str:
    """Text that mentions nobody and links nowhere (docs.slack.dev, formatting: escape &, <, >)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return str(value)


def _encoded(form: dict[str, str]) -> bytes:
    try:
        return urlencode(form).encode()
    except UnicodeEncodeError as error:
        raise Refused("the text holds half of a pair of characters; write it anew") from error
