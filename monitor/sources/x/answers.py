"""What X's answers mean for whoever asked: try later, ask a person, never again, or no money. Pure.

Sources: docs.x.com, fundamentals/response-codes-and-errors and filtered-stream/handling-disconnections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from monitor.errors import AuthNeeded, BonmotError, OutOfMoney, Refused, Silent, Throttled, Unavailable
from monitor.stream.web import wait_secs
from monitor.visible import visible

LONGEST_WAIT_SECS = 86_400.0
CREDIT_SECS = 3600.0
"""Whoever buys credits is heard an hour later at the latest."""
SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outage(Unavailable):
    """X answers that something is wrong on its side."""


class NoRules(Outage):
    """The stream was asked for, and X knows no rule for it."""


class Crowded(Throttled):
    """Another connection stands, or X thinks so: self-serve apps have one."""


class BadQuery(Refused):
    """X does not take this rule, or this parameter; others may do."""

    def __init__(self, message: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.answer = answer


def trouble(answer: Answer, now: datetime) -> BonmotError:
    """What to raise for an answer that is not the one that was hoped for."""
    said = _Problem.of(answer.body)
    text = f"X answers {answer.status}{said.words}"
    wish = wish_secs(answer.headers, now)
    if answer.status == 401:
        return AuthNeeded(f"{text}: it wants a valid bearer token")
    if answer.status == 402:
        return OutOfMoney(
            f"{text}: the app's credit with X is used up; somebody has to buy more", retry_after_secs=CREDIT_SECS
        )
    if answer.status == 429:
        return _too_much(said, text, wish)
    if answer.status == 409:
        return NoRules(text)
    if answer.status >= 500 or answer.status in (408, 425):
        return Outage(text, retry_after_secs=wish)
    return BadQuery(text, answer) if answer.status in (400, 422) else Refused(text)


def _too_much(said: _Problem, text: str, wish: float | None) -> Unavailable:
    if said.issue == "TooManyConnections":
        return Crowded(f"{text}: another connection stands", retry_after_secs=wish)
    if said.kind == "usage-capped":
        return OutOfMoney(f"{text}: X's own cap on usage", retry_after_secs=max(wish or 0.0, CREDIT_SECS))
    return Throttled(text, retry_after_secs=wish)


def goodbye(problems: list[Any]) -> Unavailable:
    """What to raise for a line of the stream that holds errors alone: X is about to end it."""
    said = _Problem.of(msgspec.json.encode({"errors": problems}))
    if said.kind == "usage-capped":
        return OutOfMoney(f"X ends the stream{said.words}", retry_after_secs=CREDIT_SECS)
    return Unavailable(f"X ends the stream{said.words}")


def wish_secs(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long X asks us to stay away: `x-rate-limit-reset` in Unix seconds, or what proxies say in `Retry-After`."""
    reset = headers.get("x-rate-limit-reset", "").strip()
    secs = wait_secs(headers, now)
    if reset.isascii() and reset.isdecimal():
        secs = max(secs or 0.0, float(reset[:12]) - now.timestamp(), 1.0)
    return None if secs is None else min(secs, LONGEST_WAIT_SECS)


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether the answer says that the door's calls of this window are used."""
    return headers.get("x-rate-limit-remaining", "").strip() == "0"


@dataclass(frozen=True, slots=True)
class _Problem:
    """The parts of X's problem that matter, of the answer or of its first error."""

    title: str = ""
    detail: str = ""
    kind: str = ""
    """The end of its type's address: `usage-capped`."""
    issue: str = ""

    @classmethod
    def of(cls, body: bytes) -> _Problem:
        """A page of HTML has none."""
        try:
            said = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return cls()
        errors = said.get("errors") if isinstance(said, dict) else None
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        whole = {**first, **said} if isinstance(said, dict) else {}
        detail = _text(first.get("message") or first.get("detail")) or _text(whole.get("detail"))
        kind = _text(whole.get("type")).rstrip("/").rpartition("/")[2]
        return cls(_text(whole.get("title")), detail, kind, _text(whole.get("connection_issue")))

    @property
    def words(self) -> str:
        """` (CreditsDepleted: ...)`, a stranger's words made safe; nothing where there is nothing."""
        said = ": ".join(dict.fromkeys(part for part in (self.title, self.detail) if part))
        return f" ({visible(said)[:SHOWN_CHARS]})" if said else ""


def _text(value: object) -> str:
    return value[:1000] if isinstance(value, str) else ""


class Waits:
    """How long to stay away after failures in a row, as X documents it, but never less than a second.

    Connections that break: a quarter of a second more each time, to 16 s. Server errors: 5 s doubling to 320 s. 429:
    from a minute on, doubling to a quarter of an hour, which is X's window. Chance adds up to a half, and
    half a minute at most, so that many clients do not come back at once; the time that X names is never cut short.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures: dict[str, int] = {}

    def well(self) -> None:
        """It works: the next failure is the first."""
        self._failures.clear()

    def stay_away(self, error: Unavailable) -> None:
        """Write into the error when to ask again."""
        if isinstance(error, OutOfMoney):
            return
        kind = "429" if isinstance(error, Throttled) else "http" if isinstance(error, Outage) else "network"
        count = self._failures[kind] = self._failures.get(kind, 0) + 1
        secs = {
            "429": min(60.0 * 2 ** min(count - 1, 10), 900.0),
            "http": min(5.0 * 2 ** min(count - 1, 10), 320.0),
            "network": min(1.0 + 0.25 * (count - 1), 16.0),
        }[kind]
        if kind == "429" and error.retry_after_secs is not None:
            secs = max(1.0, error.retry_after_secs)
        elif isinstance(error, Silent):
            secs = 1.0  # waited long enough already
        error.retry_after_secs = max(secs, error.retry_after_secs or 0.0) + self._random.uniform(
            0.0, min(secs / 2, 30.0)
        )
