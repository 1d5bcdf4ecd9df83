"""Drafts by an optional language model: a bounded queue, one call at a time, and nothing that comes too late.

A card waits `join_within_secs` for the model and then goes out with the templates' drafts alone. What the model says
later is thrown away: a card under a person's hands does not change by itself, since every change is a new revision that
voids the yeses given so far, and a list of texts that moves under a thumb gets the wrong one approved.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import structlog

from monitor.clock import Clock
from monitor.errors import BonmotError, Unavailable
from monitor.model import Brand, Opportunity
from monitor.schema import DraftingSettings
from monitor.telemetry import MODEL_ASKED
from responders.drafting.writer import prompt
from responders.drafting.writer.answer import Declined, Unreadable, read
from responders.drafting.writer.endpoint import Busy, Endpoint, Lost, Off, TooLong
from responders.drafting.writer.prompt import Prompt
from responders.drafting.writer.spending import Spending

log = structlog.get_logger()

WAITING = 4
"""More questions than this at once are those of an evening nobody can follow; the newest go without a model."""
MOST_BUSY = 3
MOST_LOST = 2
FIRST_WAIT_SECS = 2.0


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, or why it wrote nothing."""

    texts: tuple[str, ...] = ()
    why: str = ""
    prompt: Prompt | None = None
    """What it was asked, for the checks of what came back."""


@dataclass(slots=True)
class _Ask:
    opportunity: Opportunity
    brand: Brand
    until: datetime
    answer: asyncio.Future[Written]
    wish: str = ""


@dataclass(slots=True)
class Writer:
    """Asks the model. `run` has to be running, else every question goes unanswered until its time is over."""

    settings: DraftingSettings
    endpoint: Endpoint
    spending: Spending
    clock: Clock
    random: Random = field(default_factory=Random)
    token: Callable[[], str] = lambda: secrets.token_hex(8)
    off: str = ""
    """Why nothing is asked any more until the next start."""
    _queue: asyncio.Queue[_Ask] = field(default_factory=lambda: asyncio.Queue(WAITING))

    @property
    def model(self) -> str:
        """Its name, as the cards show it."""
        return self.settings.model

    async def write(self, opportunity: Opportunity, brand: Brand, until: datetime, *, wish: str = "") -> Written:
        """What the model wrote by `until`, or why there is nothing. Raises nothing of the endpoint's.

        `wish` is what a person of the brand says of the wording.
        """
        if self.off:
            return self._missed("off", self.off)
        answer: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(_Ask(opportunity, brand, until, answer, wish))
        except asyncio.QueueFull:
            return self._missed("full", "too many cards wait for it")
        async with asyncio.TaskGroup() as group:
            left = (until - self.clock.now()).total_seconds()
            alarm = group.create_task(self.clock.sleep(left), name="draft deadline")
            first: set[asyncio.Future[Any]] = {alarm, answer}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            alarm.cancel()
        if not answer.done():
            answer.cancel()
            span = "the time for it" if wish else f"{self.settings.join_within_secs:g} s"
            return self._missed("late", f"it wrote nothing within {span}")
        return answer.result()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer questions one at a time until `stop`; what is under way then is given up."""
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._work(), name="drafts")
            await stop.wait()
            work.cancel()

    async def _work(self) -> None:
        while True:
            ask = await self._queue.get()
            if ask.answer.done():  # the card went without it
                continue
            try:
                written = await self._answer(ask)
            except Exception as error:  # the edge of the task: drafts are a help, never a reason to stop
                log.exception("task_failed", task="drafts", reason=repr(error))
                written = self._missed("failed", "it failed unexpectedly")
            # A call goes on when its card has gone: the server may be loading the model, and the next card gains by it.
            if not ask.answer.done():
                ask.answer.set_result(written)

    async def _answer(self, ask: _Ask) -> Written:
        token, secret = self.token(), self.token()
        question = prompt.ask(
            ask.opportunity,
            ask.brand,
            excerpts=self.settings.excerpts,
            canary=f"quill{secret}",
            mark=f"DATA-{token}",
            wish=ask.wish,
        )
        try:
            texts = await self._fitting(question, ask)
        except Declined as error:
            return self._missed("declined", str(error))
        except Unreadable as error:
            return self._missed("unreadable", f"its answer could not be used, {error}")
        except Off as error:
            self.off = f"it is switched off until the next start: {error}"
            log.error("writer_off", model=self.model, reason=str(error))
            return self._missed("off", str(error))
        except BonmotError as error:
            return self._missed("failed", str(error))
        MODEL_ASKED.labels(result="written").inc()
        return Written(tuple(texts), "", question)

    async def _fitting(self, question: Prompt, ask: _Ask) -> list[str]:
        """Once more with half of the data where the question is too long."""
        try:
            return await self._mended(question, ask)
        except TooLong:
            return await self._mended(question.shorter(), ask)

    async def _mended(self, question: Prompt, ask: _Ask) -> list[str]:
        """Once more where the answer cannot be read."""
        try:
            return read(await self._patient(question, ask))
        except Unreadable as error:
            return read(await self._patient(question.mended(str(error)), ask))

    async def _patient(self, question: Prompt, ask: _Ask) -> Any:
        """Again after a 429 or a lost connection, as long as the card can still wait for it."""
        failed = {Busy: 0, Lost: 0}
        while True:
            try:
                return await self._call(question)
            except (Busy, Lost) as error:
                kind = Busy if isinstance(error, Busy) else Lost
                failed[kind] += 1
                if failed[kind] > (MOST_BUSY if kind is Busy else MOST_LOST):
                    raise
                wait_secs = self._wait_secs(error, failed[kind])
                if self.clock.now() + timedelta(seconds=wait_secs) >= ask.until:
                    raise
                await self.clock.sleep(wait_secs)

    def _wait_secs(self, error: Unavailable, failed: int) -> float:
        """The endpoint's own wish, else 2, 4, 8 s and up to half of it more."""
        if error.retry_after_secs is not None:
            return error.retry_after_secs
        return FIRST_WAIT_SECS * 2.0 ** (failed - 1) * self.random.uniform(1.0, 1.5)

    async def _call(self, question: Prompt) -> Any:
        sent = json.dumps(question.messages, ensure_ascii=False)
        price = self.spending.begin(self.clock.now(), len(sent))
        began = self.clock.now()
        body = await self.endpoint.ask(question.messages)
        self.spending.settle(price, body)
        log.info(
            "model_answered",
            model=self.model,
            prompt=prompt.VERSION,
            input=hashlib.sha256(sent.encode()).hexdigest()[:16],
            secs=round((self.clock.now() - began).total_seconds(), 3),
            usage=_usage(body),
            usd_today=round(self.spending.usd_today, 4),
        )
        return body

    def _missed(self, result: str, why: str) -> Written:
        MODEL_ASKED.labels(result=result).inc()
        log.info("model_missed", model=self.model, result=result, reason=why)
        return Written(why=why)


def _usage(body: Any) -> str:
    """`900 in, 120 out`, where the endpoint counted."""
    usage = body.get("usage") if isinstance(body, dict) else None
    if not isinstance(usage, dict):
        return "not counted"
    counts = [usage.get(key) for key in ("prompt_tokens", "completion_tokens")]
    return f"{counts[0]} in, {counts[1]} out" if all(type(count) is int for count in counts) else "not counted"
