"""What the model may cost: calls in an hour, money in a day; what was spent today outlives a restart."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from monitor.bookkeeping import keep_aside, read_book, write_book
from monitor.errors import BadInput, Refused
from monitor.schema import DraftingSettings

log = structlog.get_logger()

CHARS_A_TOKEN = 3
"""A careful guess for what is not yet counted; most languages have more."""
HOUR = timedelta(hours=1)


class Spending:
    """One endpoint's account book, kept in a small file beside the ledger where `path` names one."""

    def __init__(self, settings: DraftingSettings, path: Path | None = None) -> None:
        self._settings = settings
        self._path = path
        self._calls: deque[datetime] = deque()
        self._is_unknown = False
        self._day, self._usd = "", 0.0
        self._open()

    def begin(self, now: datetime, chars: int) -> float:
        """Count one call at its dearest and return that price in USD. Raises Refused where it would be too much."""
        settings = self._settings
        while self._calls and self._calls[0] <= now - HOUR:
            self._calls.popleft()
        if len(self._calls) >= settings.max_calls_per_hour:
            raise Refused(f"the {settings.max_calls_per_hour} calls of this hour are spent")
        self._turn(now)
        price = self._price(chars // CHARS_A_TOKEN, settings.max_tokens)
        if price and self._usd + price > settings.max_usd_per_day:
            raise Refused(f"the {settings.max_usd_per_day:g} USD of this day are spent")
        self._calls.append(now)
        self._add(price)
        return price

    def settle(self, price: float, body: Any) -> None:
        """Put what the endpoint counted in place of the guess; without a count the guess stays."""
        usage = body.get("usage") if isinstance(body, dict) else None
        if not isinstance(usage, dict):
            return
        read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(read, int) and isinstance(written, int) and min(read, written) >= 0:
            self._add(self._price(read, written) - price)

    @property
    def usd_today(self) -> float:
        """As far as it is known."""
        return self._usd

    def _price(self, read: int, written: int) -> float:
        return (read * self._settings.usd_per_1k_in + written * self._settings.usd_per_1k_out) / 1000

    def _turn(self, now: datetime) -> None:
        if self._day != now.date().isoformat():
            self._day, self._usd = now.date().isoformat(), 0.0
        if self._is_unknown:  # nobody knows what this day has cost: the most it may have
            self._is_unknown = False
            self._add(max(0.0, self._settings.max_usd_per_day - self._usd))

    def _add(self, usd: float) -> None:
        self._usd = max(0.0, self._usd + usd)
        if self._path is not None and usd:
            write_book(self._path, {"day": self._day, "usd": self._usd})

    def _open(self) -> None:
        try:
            kept = read_book(self._path) if self._path is not None else None
            if kept is not None:
                self._day, self._usd = _read(kept)
        except BadInput as error:
            self._is_unknown = True
            log.warning("book_put_aside", place=_aside(self._path), reason=f"{error}: this day is taken to be spent")


def _read(kept: dict[str, Any]) -> tuple[str, float]:
    """Raises BadInput for what this program did not write."""
    day, usd = kept.get("day"), kept.get("usd")
    if not isinstance(day, str) or not isinstance(usd, int | float) or not 0.0 <= usd < float("inf"):
        raise BadInput("is no book of ours")
    return day, float(usd)


def _aside(path: Path | None) -> str:
    try:
        return str(keep_aside(path)) if path is not None else ""
    except OSError as error:
        return f"{path}: {error.strerror or error}"
