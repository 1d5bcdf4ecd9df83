"""Sends what was approved, once: claim in one transaction, call the platform, write its answer in the next.

Between the two we know nothing. So what was in hand at a crash becomes `uncertain` and is looked for by our mark before
anything is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import ParamSpec, TypeVar

import structlog

from monitor.aside import first
from monitor.clock import Clock
from monitor.errors import AuthNeeded, BadState, Refused, Unavailable
from monitor.retry import delays
from monitor.telemetry import POSTING_SECS, PUBLICATIONS
from responders.album import Album
from responders.approvals import Order
from responders.books import Books
from responders.crashpoints import crashpoint
from responders.lifecycle import has_waited
from responders.model import Proposal, Publication, Receipt, State
from responders.pacing import Pace, Wait
from responders.publishers import Publisher

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

Guard = Callable[[Proposal, datetime], Awaitable[str | None]]
"""Judges a proposal once more right before it is sent; a reason in words withdraws it."""

POLL_SECS = 0.2
"""How often the ledger is asked what is due; the query costs well under a millisecond."""

AUTH_WAIT_SECS = 30.0
"""How long a publisher that needs a person's help is left alone."""


class Outbox:
    """Sends, looks for what was lost, and deletes what people take back. One publication at a time per account."""

    def __init__(
        self,
        books: Books,
        *,
        publishers: Mapping[str, Publisher],
        clock: Clock,
        guard: Guard | None = None,
        paces: Mapping[str, Pace] | None = None,
        promised: Callable[[Proposal], Sequence[str]] | None = None,
        album: Album | None = None,
        timeout_secs: float = 30.0,
        grace_secs: float = 20.0,
        random: Random | None = None,
    ) -> None:
        """`publishers` by account (`bluesky:oreo.example`) or by platform, the account wins; `paces` by brand.

        `promised`: what a text promises that there may be none of any more.
        Without an `album` nothing with a picture is sent.
        """
        self._books = books
        self._ledger = books.ledger
        self._publishers = publishers
        self._clock = clock
        self._guard = guard
        self._paces = paces or {}
        self._promised = promised
        self._album = album
        self._timeout_secs = timeout_secs
        self._grace_secs = grace_secs
        self._random = random or Random()  # noqa: S311 - spreads retries, hides nothing
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._moving: set[str] = set()  # the proposals that are in hand
        self._passed_by: set[str] = set()  # lanes that were taken when somebody else wanted them
        self._waits: dict[str, tuple[datetime, Iterator[float]]] = {}
        self._waiting: dict[str, datetime] = {}  # by account, until when it may not speak
        self._away: set[str] = set()
        self._told: dict[str, str] = {}
        self._woken = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand within the grace time.

        What the grace time cuts off, or a cancel, stays `sending` in the ledger; the next start looks for it.
        """
        await self.start_up()
        async with asyncio.TaskGroup() as house:
            while not stop.is_set():
                self._woken.clear()  # before the look: whatever happens during it is looked at again
                await self._tick(house)
                await self._wait(stop)
            await self._finish()

    async def start_up(self) -> None:
        """Before anything is sent: what was in hand when we died, nobody knows about."""
        for proposal in await self._call(self._ledger.sending_to_uncertain, self._clock.now()):
            log.warning("publication_lost", proposal=proposal.id, account=proposal.account, reason=proposal.reason)

    async def step(self) -> None:
        """Do once all that is due now, and wait until it is done."""
        async with asyncio.TaskGroup() as house:
            await self._tick(house)

    def wake(self, proposal: str = "") -> None:
        """Look at the ledger at once, for this proposal moved; to be called on the event loop."""
        if proposal not in self._moving:  # else we moved it ourselves, and look when its lane is free
            self._woken.set()

    async def undo(self, order: Order) -> Proposal:
        """Delete a publication, read back that it is gone, and say so in the ledger.

        The wish is a row before anything is deleted, so that a crash or a platform that is away cannot forget it.
        Raises Refused, with a sentence for the person, also when the platform cannot be asked now.
        """
        proposal = await self._call(self._ledger.proposal, order.proposal)
        if proposal is None or proposal.state is not State.PUBLISHED:
            return await self._call(self._ledger.decide, order, self._clock.now())
        return await self.delete(await self._call(self._ledger.undo_asked, order, self._clock.now()), order)

    async def delete(self, proposal: Proposal, order: Order) -> Proposal:
        """Delete what a person was written down to want deleted. Raises Refused as `undo` does."""
        try:
            return await self._delete(proposal, order)
        except (Unavailable, AuthNeeded, TimeoutError) as error:
            self._wait_longer(proposal)
            where = _platform(proposal)
            raise Refused(
                f"{where} did not delete it yet ({_words(error)}): it is tried again until it is gone"
            ) from error

    # --- the round ---------------------------------------------------------------------------------------------

    async def _tick(self, house: asyncio.TaskGroup) -> None:
        now = self._clock.now()
        with first():
            uncertain, undo_wanted, claimable = await self._call(self._read_due, now)
        self._passed_by.clear()
        for proposal in uncertain:
            self._take(house, f"look for {proposal.id}", proposal, act=self._look_for)
        for proposal in undo_wanted:
            self._take(house, f"delete {proposal.id}", proposal, act=self._delete_again)
        for proposal in claimable:
            if has_waited(proposal) and now < self._waiting.get(proposal.account, now):
                continue
            self._take(house, proposal.account, proposal, act=self._send)

    def _read_due(self, now: datetime) -> tuple[list[Proposal], list[Proposal], list[Proposal]]:
        """In the ledger's thread: one turn there for the whole round."""
        self._ledger.expire_due(now)
        return self._ledger.uncertain(), self._ledger.undo_wanted(), self._ledger.claimable(now)

    def _take(
        self, house: asyncio.TaskGroup, lane: str, proposal: Proposal, *, act: Callable[[Proposal], Awaitable[None]]
    ) -> None:
        """Start the work unless its lane is taken or it has to wait; a lane does one thing at a time."""
        until, _ = self._waits.get(proposal.id, (None, None))
        if lane in self._in_hand or (until is not None and self._clock.now() < until):
            self._passed_by.add(lane)
            return
        task = house.create_task(self._at_the_edge(proposal, act), name=f"outbox {lane}")
        self._in_hand[lane] = task
        self._moving.add(proposal.id)
        task.add_done_callback(lambda _: self._let_go(lane, proposal.id))

    def _let_go(self, lane: str, proposal: str) -> None:
        self._in_hand.pop(lane, None)
        self._moving.discard(proposal)
        if lane in self._passed_by:  # somebody waits for it
            self._woken.set()

    async def _at_the_edge(self, proposal: Proposal, act: Callable[[Proposal], Awaitable[None]]) -> None:
        try:
            with first():  # the network stands behind a click as well, and somebody looks at the clock
                await act(proposal)
        except BadState:
            raise
        except Refused as error:
            # Somebody was faster, or a pause began: the ledger said no and nothing was done.
            self._tell_once(proposal, _words(error))
        except Exception:
            # The edge of a task: one proposal's surprise must not stop the others. Its row says where it stands.
            log.exception("task_failed", task="outbox", proposal=proposal.id)
            self._wait_longer(proposal)

    async def _wait(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as waiting:
            first = [
                waiting.create_task(self._clock.sleep(POLL_SECS), name="outbox poll"),
                waiting.create_task(self._woken.wait(), name="outbox woken"),
                waiting.create_task(stop.wait(), name="outbox stop"),
            ]
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            for task in first:
                task.cancel()

    async def _finish(self) -> None:
        if not self._in_hand:
            return
        _, late = await asyncio.wait(list(self._in_hand.values()), timeout=self._grace_secs)
        for task in late:
            task.cancel()

    # --- sending -----------------------------------------------------------------------------------------------

    async def _send(self, proposal: Proposal) -> None:
        publisher = self._publisher(proposal)
        if publisher is None or await self._is_held_back(proposal):
            return
        crashpoint("before_claim")
        # Committed before the first byte leaves: a crash from here on is looked into, never just repeated.
        pace = self._paces.get(proposal.brand)
        now, promised = self._clock.now(), self._promised(proposal) if self._promised else ()
        publication = await self._call(self._ledger.claim, proposal.id, now, pace=pace, promised=promised)
        if publication is None:
            log.warning("guard_turned", proposal=proposal.id, by="outbox", reason="what it promises is gone")
            return
        if isinstance(publication, Wait):
            self._waiting[proposal.account] = publication.until
            log.info("publication_waits", proposal=proposal.id, account=proposal.account, reason=publication.why)
            return
        log.info("publication_claimed", proposal=proposal.id, account=proposal.account)
        crashpoint("after_claim")
        began_at = self._clock.now()
        receipt = await self._publish(publisher, proposal, publication)
        if receipt is not None:
            crashpoint("after_post")
            await self._call(self._ledger.accepted, proposal.id, receipt, self._clock.now())
            crashpoint("after_receipt")
            POSTING_SECS.observe((self._clock.now() - began_at).total_seconds())
            self._count(proposal, "sent", name="publication_sent", url=receipt.url)

    async def _is_held_back(self, proposal: Proposal) -> bool:
        """Whether a silence or the guard withdrew it: looked at right before the claim."""
        now = self._clock.now()
        silence = await self._call(self._ledger.silence_over, proposal, now)
        if silence is not None:
            why, by = f"{silence.term!r} is silenced by {silence.person}: {silence.why}", "outbox"
        else:
            found = await self._guard(proposal, now) if self._guard else None
            if found is None:
                return False
            why, by = found, "guard"
        await self._call(self._ledger.withdraw, proposal.id, by=by, why=why, now=self._clock.now())
        log.warning("guard_turned", proposal=proposal.id, by=by, reason=why)
        return True

    async def _publish(self, publisher: Publisher, proposal: Proposal, publication: Publication) -> Receipt | None:
        """The receipt, or None when the ledger already says what became of it."""
        try:
            async with asyncio.timeout(self._timeout_secs):
                receipt = await publisher.publish(await self._with_files(publication))
        except Refused as error:
            await self._call(self._ledger.refused, proposal.id, _words(error), self._clock.now())
            self._count(proposal, "failed", name="publication_failed", reason=_words(error))
        except AuthNeeded as error:
            # Who is not let in has not posted.
            await self._not_sent(proposal, error, wait_secs=AUTH_WAIT_SECS)
        except Unavailable as error:
            if error.sent:
                await self._lost(proposal, error)
            else:
                wait = next(islice(delays(self._random), proposal.tries, None))
                await self._not_sent(proposal, error, wait_secs=max(wait, error.retry_after_secs or 0.0))
        except TimeoutError:
            await self._lost(proposal, TimeoutError(f"no answer within {self._timeout_secs:g} s"))
        except Exception as error:
            # The edge of a publisher: whatever broke in there, a byte may have left.
            await self._lost(proposal, error)
        else:
            self._is_back(proposal)
            return receipt
        return None

    async def _with_files(self, publication: Publication) -> Publication:
        """With the very bytes that were agreed to. Raises Refused, before anything left, where they are not there."""
        if not publication.media:
            return publication
        if self._album is None:
            raise Refused(f"{publication.proposal} has a picture, and there is no album to take it from")
        read = self._album.read
        files = [await asyncio.to_thread(read, picture.sha256) for picture in publication.media]
        return replace(publication, files=tuple(files))

    async def _not_sent(self, proposal: Proposal, error: Exception, *, wait_secs: float) -> None:
        now = self._clock.now()
        again_at = now + timedelta(seconds=wait_secs)
        await self._call(self._ledger.not_sent, proposal.id, _words(error), now=now, again_at=again_at)
        PUBLICATIONS.labels(_platform(proposal), "not_sent").inc()
        self._is_away(proposal, error)

    async def _lost(self, proposal: Proposal, error: Exception) -> None:
        await self._call(self._ledger.lost, proposal.id, _words(error), self._clock.now())
        self._count(proposal, "lost", name="publication_lost", reason=_words(error))

    # --- looking for what was lost -----------------------------------------------------------------------------

    async def _look_for(self, proposal: Proposal) -> None:
        publisher = self._publisher(proposal)
        publication = await self._call(self._ledger.publication, proposal.id)
        if publisher is None or publication is None:
            return
        settled_at = proposal.moved_at + timedelta(seconds=publisher.settle_secs)
        # The clock is read before the platform is asked: its answer is about a time after that.
        is_settled = self._clock.now() >= settled_at
        try:
            async with asyncio.timeout(self._timeout_secs):
                receipt = await publisher.find(publication)
        except (Unavailable, AuthNeeded, Refused, TimeoutError) as error:
            self._is_away(proposal, error)
            self._wait_longer(proposal)
            return
        self._is_back(proposal)
        if receipt is not None:
            await self._call(self._ledger.found, proposal.id, receipt, self._clock.now())
            self._count(proposal, "found", name="publication_found", url=receipt.url)
        elif is_settled and publisher.can_find:
            await self._call(self._ledger.absent, proposal.id, self._clock.now())
            self._count(proposal, "absent", name="publication_absent")
        else:
            # Not there proves nothing yet, or never will: then the row waits for a person.
            self._wait_longer(proposal, at_least=settled_at if publisher.can_find else None)
            return
        self._waits.pop(proposal.id, None)

    # --- taking back -------------------------------------------------------------------------------------------

    async def _delete_again(self, proposal: Proposal) -> None:
        order = await self._call(self._ledger.last_undo, proposal.id)
        try:
            await self._delete(proposal, order)
        except (Unavailable, AuthNeeded, Refused, TimeoutError) as error:
            if isinstance(error, Refused):  # somebody was faster, or the network will not: that is not being away
                self._tell_once(proposal, _words(error))
            else:
                self._is_away(proposal, error)
            self._wait_longer(proposal)

    async def _delete(self, proposal: Proposal, order: Order) -> Proposal:
        publisher = self._publisher(proposal)
        publication = await self._call(self._ledger.publication, proposal.id)
        if publisher is None or publication is None or proposal.receipt is None:
            raise Refused(f"{proposal.id} cannot be deleted: nothing here can post to {proposal.account}")
        async with asyncio.timeout(self._timeout_secs):
            await publisher.undo(publication, proposal.receipt)
        after = await self._call(self._ledger.retracted, order, self._clock.now())
        self._count(proposal, "retracted", name="publication_retracted")
        return after

    # --- inside ------------------------------------------------------------------------------------------------

    async def _call(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._books.call(act, *args, **kwargs)

    def _publisher(self, proposal: Proposal) -> Publisher | None:
        found = self._publishers.get(proposal.account) or self._publishers.get(_platform(proposal))
        if found is None:
            self._tell_once(proposal, f"nothing here can post to {proposal.account}")
        return found

    def _wait_longer(self, proposal: Proposal, *, at_least: datetime | None = None) -> None:
        _, waits = self._waits.get(proposal.id, (None, delays(self._random)))
        again_at = self._clock.now() + timedelta(seconds=next(waits))
        # Never past the moment from which the answer counts.
        self._waits[proposal.id] = (min(again_at, at_least) if at_least else again_at, waits)

    def _tell_once(self, proposal: Proposal, reason: str) -> None:
        if self._told.get(proposal.id) != reason:
            self._told[proposal.id] = reason
            log.warning("order_refused", proposal=proposal.id, by="outbox", reason=reason)

    def _is_away(self, proposal: Proposal, error: Exception) -> None:
        if proposal.account not in self._away:
            self._away.add(proposal.account)
            log.warning("publisher_lost", account=proposal.account, reason=_words(error))

    def _is_back(self, proposal: Proposal) -> None:
        if proposal.account in self._away:
            self._away.discard(proposal.account)
            log.info("publisher_back", account=proposal.account)

    def _count(self, proposal: Proposal, result: str, *, name: str, **fields: object) -> None:
        PUBLICATIONS.labels(_platform(proposal), result).inc()
        log.info(name, proposal=proposal.id, account=proposal.account, **fields)


def _platform(proposal: Proposal) -> str:
    return proposal.account.partition(":")[0]


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
