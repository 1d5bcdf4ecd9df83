"""Calls to one server of Mastodon's kind with one account's token, each answer told as what we may do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from monitor.clock import Clock
from monitor.errors import Refused, Unavailable
from responders.calling import Answer, Question, call, failure, shown, to_json
from responders.forms import Form

NOT_LET_IN = frozenset({401})
"""403 is a no to this post or this account, whose words a person should read; 401 is the token."""


class Gone(Refused):
    """404 or 410: what was asked for is not there."""


class Forbidden(Refused):
    """403: the account may not do this, or not any more."""


class Client:
    """One account on one server. A post is sent once; whoever asks again decides that."""

    def __init__(
        self, http: aiohttp.ClientSession, *, base_url: str, token: str, clock: Clock, timeout_secs: float
    ) -> None:
        self.base_url = base_url
        self._http = http
        self._token = token
        self._clock = clock
        self._timeout_secs = timeout_secs

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON. Raises as the promise of publishers says, Gone for what is not there."""
        query = f"?{urlencode(params)}" if params else ""
        return await self._ask(Question("GET", f"{self.base_url}{path}{query}", self._headers()))

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Send JSON once, under our key."""
        headers = self._headers() | {"Content-Type": "application/json", "Idempotency-Key": key}
        return await self._ask(Question("POST", f"{self.base_url}{path}", headers, to_json(body)))

    async def send(self, path: str, form: Form) -> Answer:
        """Send a form once; 200 and 202 are both fine."""
        headers = self._headers() | {"Content-Type": form.kind}
        return await self._answer(Question("POST", f"{self.base_url}{path}", headers, form.body), (200, 202))

    async def look(self, path: str) -> Answer:
        """The answer to a question; 200 and 206 are both fine."""
        return await self._answer(Question("GET", f"{self.base_url}{path}", self._headers()), (200, 206))

    async def delete(self, path: str) -> None:
        """Delete. Raises Gone for what is gone already."""
        await self._ask(Question("DELETE", f"{self.base_url}{path}", self._headers()))

    async def _ask(self, question: Question) -> Any:
        return (await self._answer(question, (200,))).json

    async def _answer(self, question: Question, fine: tuple[int, ...]) -> Answer:
        answer = await call(self._http, question, timeout_secs=self._timeout_secs)
        if answer.status in fine:
            if answer.json is None:
                raise Unavailable(f"{question.place} answered {answer.status} with something that is not JSON")
            return answer
        said = f"{question.place} answers {answer.status}: {_words(answer)}"
        if answer.status in (404, 410):
            raise Gone(said)
        if answer.status == 403:
            raise Forbidden(said)
        raise failure(answer, said, now=self._clock.now(), for_a_person=NOT_LET_IN)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}


def _words(answer: Answer) -> str:
    """The server's own reason, in its language; a page of HTML has none."""
    said = answer.json.get("error") if isinstance(answer.json, dict) else None
    return shown(said) if isinstance(said, str) and said else "without a reason"
