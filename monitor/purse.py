"""The purse of one network: its caps kept over restarts, in a small file beside the ledger, one writer at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog

from monitor.bookkeeping import keep_aside, read_book, write_book
from monitor.budget import (
    Book,
    Caps,
    Rate,
    Refusal,
    Sum,
    affordable,
    assumed_spent,
    empty_at,
    next_day,
    refusal,
)
from monitor.clock import Clock
from monitor.errors import BadInput, OutOfMoney
from monitor.prices import READS, Tariff, usd_text
from monitor.visible import visible

log = structlog.get_logger()

UNWRITTEN_SECS = 60.0


class KeptPurse:
    """A `monitor.budget.Purse`. What is paid is in the file before the act; without a `path` a restart forgets it."""

    def __init__(self, tariff: Tariff, caps: Caps, clock: Clock, *, path: Path | None = None) -> None:
        self.tariff = tariff
        self.caps = caps
        self.trouble = ""
        """What is wrong with the book, in words; empty where nothing is."""
        self._clock = clock
        self._path = path
        self._rate = Rate()
        self._seen = _seen(path) if path is not None else None
        """Which state of the file is known."""
        self._book = self._opened()

    def can_pay(self, act: str, count: int = 1) -> bool:
        """As the promise says."""
        return self._refusal(act, count) is None

    def pay(self, act: str, count: int = 1) -> None:
        """As the promise says. Raises OutOfMoney as well where the book cannot be written."""
        with self._alone():
            refused = self._refusal(act, count)
            if refused is not None:
                raise self._out(refused)
            self._note(act, count)

    def note(self, act: str, count: int = 1) -> None:
        """Write down what the network has charged already, whatever the caps say: posts that were under way.

        Raises OutOfMoney where the book cannot be written: then nothing more is to be bought.
        """
        with self._alone():
            self._note(act, count)

    def _note(self, act: str, count: int) -> None:
        if count == 0:
            return
        now, cost = self._clock.now(), self.tariff.cost(act, count)
        book = self._book.with_spent(now.date(), act, Sum(count, cost))
        try:
            self._write(book)
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror or error}"
            why = f"nothing is bought from {self.tariff.network} that is not written down: {self.trouble}"
            raise OutOfMoney(why, retry_after_secs=UNWRITTEN_SECS) from error
        self._book = book  # behind the file: nothing is spent that a restart does not know of
        self._rate.add(cost, now)

    def give_back(self, act: str, count: int = 1) -> None:
        """As the promise says. What midnight has put on another page, or cannot be written, stays spent: never less."""
        with self._alone():
            self._give_back(act, count)

    def _give_back(self, act: str, count: int) -> None:
        now, cost = self._clock.now(), self.tariff.cost(act, count)
        paid = self._book.of_day(now.date(), (act,))
        if paid.count < count or paid.micros < cost:
            return
        book = self._book.with_spent(now.date(), act, Sum(-count, -cost))
        try:
            self._write(book)
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror or error}"
            return
        self._book = book
        self._rate.add(-cost, now)

    def until(self, act: str = "post_read", count: int = 1) -> datetime:
        """As the promise says; of another act than reading, where it is named."""
        refused = self._refusal(act, count)
        return refused.until if refused is not None else next_day(self._clock.now())

    def affords(self, act: str) -> int:
        """How often the act can still be paid today."""
        return affordable(self._book, self.caps, self.tariff, act=act, now=self._clock.now())

    def refusal(self, act: str, count: int = 1) -> str | None:
        """Why `pay` would not pass, for a person."""
        refused = self._refusal(act, count)
        return None if refused is None else str(self._out(refused))

    @property
    def spent(self) -> tuple[int, int]:
        """Micro-dollars of this UTC day and of this month."""
        self._catch_up()
        today = self._clock.now().date()
        return self._book.of_day(today).micros, self._book.of_month(today).micros

    def sentence(self) -> str:
        """`2.5 USD of 5 USD spent today, 40 USD of 100 USD this month; at this rate reading ends at 14:20 UTC`."""
        (day, month), caps, now = self.spent, self.caps, self._clock.now()
        said = f"{usd_text(day)} of {usd_text(caps.day)} spent today"
        said += f", {usd_text(month)} of {usd_text(caps.month)} this month"
        refused = self._refusal("post_read", 1) if READS & self.tariff.prices.keys() else None
        if refused is not None:
            return f"{said}; reading goes on at {refused.until:%Y-%m-%d %H:%M} UTC"
        left = self.affords("post_read") * self.tariff.cost("post_read")
        empty = empty_at(left, self._rate.micros_a_sec(now), now)
        return f"{said}; at this rate reading ends at {empty:%H:%M} UTC" if empty is not None else said

    def _refusal(self, act: str, count: int) -> Refusal | None:
        self._catch_up()
        return refusal(self._book, self.caps, self.tariff, act=act, count=count, now=self._clock.now())

    def _out(self, refused: Refusal) -> OutOfMoney:
        secs = max(1.0, (refused.until - self._clock.now()).total_seconds())
        said = f"{refused.why}; money is back at {refused.until:%Y-%m-%d %H:%M} UTC"
        return OutOfMoney(said, retry_after_secs=secs)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes the book meanwhile: a command may stand beside the daemon. Raises OutOfMoney."""
        if self._path is None:
            yield
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._path.with_name(f"{self._path.name}.lock").open("ab")
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror or error}"
            why = f"nothing is bought from {self.tariff.network} that is not written down: {self.trouble}"
            raise OutOfMoney(why, retry_after_secs=UNWRITTEN_SECS) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # for a fraction of a millisecond; the kernel lets go when we die
            self._catch_up()
            yield

    def _catch_up(self) -> None:
        """Read the book again where another process has written it. A book that is gone is the one we know."""
        if self._path is None or (seen := _seen(self._path)) in (None, self._seen):
            return
        self._book, self._seen = self._opened(), seen

    def _write(self, book: Book) -> None:
        if self._path is not None:
            write_book(self._path, _kept(book))
            self._seen = _seen(self._path)
            self.trouble = ""

    def _opened(self) -> Book:
        if self._path is None:
            return Book()
        try:
            kept = read_book(self._path)
            return Book() if kept is None else _read(kept)
        except BadInput as error:
            return self._assumed(self._path, str(error))

    def _assumed(self, path: Path, reason: str) -> Book:
        """A book that cannot be read says nothing of what is left: the most that may be gone is taken to be gone."""
        book = assumed_spent(self.caps, self._clock.now())
        self.trouble = f"{path} {reason}: the most that the caps allow until today is taken to be spent"
        try:
            aside = keep_aside(path)
            write_book(path, _kept(book))
        except OSError as error:
            aside = path
            self.trouble += f", and it cannot be written: {error.strerror or error}"
        log.warning("book_put_aside", place=str(aside), reason=self.trouble)
        return book


def _seen(path: Path) -> tuple[int, int] | None:
    """What tells one state of the file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _kept(book: Book) -> dict[str, Any]:
    days = {
        day.isoformat(): {act: [done.count, done.micros] for act, done in page.items()}
        for day, page in sorted(book.days.items())
    }
    return {"form": 1, "micro_usd": days}


def _read(kept: dict[str, Any]) -> Book:
    """Raises BadInput for what this program did not write."""
    days = kept.get("micro_usd")
    if kept.get("form") != 1 or not isinstance(days, dict):
        raise BadInput("is no book of ours")
    try:
        return Book({date.fromisoformat(day): _page(page) for day, page in days.items()})
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"is damaged: {visible(str(error))[:100]}") from error


def _page(page: Any) -> dict[str, Sum]:
    return {act: _sum(*done) for act, done in page.items()}


def _sum(count: Any, micros: Any) -> Sum:
    if type(count) is not int or type(micros) is not int or min(count, micros) < 0:
        raise ValueError(f"{count!r} and {micros!r} are no count and no amount")
    return Sum(count, micros)
