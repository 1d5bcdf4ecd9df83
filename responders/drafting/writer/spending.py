"""What the model may cost: calls in an hour, money in a day; what was spent today outlives a restart."""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.errors import Refused
from monitor.schema import DraftingSettings

CHARS_A_TOKEN = 3
"""A careful guess for what is not yet counted; most languages have more."""
HOUR = timedelta(hours=1)


class Spending:
    """One endpoint's account book, kept in a small file beside the ledger where `path` names one."""

    def __init__(self, settings: DraftingSettings, path: Path | None = None) -> None:
        self._settings = settings
        self._path = path
        self._calls: deque[datetime] = deque()
        self._day, self._usd = _kept(path)

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

    def _add(self, usd: float) -> None:
        self._usd = max(0.0, self._usd + usd)
        if self._path is not None and usd:
            # Whole or not at all: half a file would be read as nothing spent.
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps({"day": self._day, "usd": self._usd}), encoding="ascii")
            beside.replace(self._path)


def _kept(path: Path | None) -> tuple[str, float]:
    try:
        kept = json.loads(path.read_text("ascii")) if path is not None else {}
        return str(kept.get("day", "")), max(0.0, float(kept.get("usd", 0.0)))
    except (OSError, ValueError, TypeError, AttributeError):
        return "", 0.0
