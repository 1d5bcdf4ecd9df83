"""One message for each proposal: posted once, edited in place, brought up to date after an outage.

A message is a row before it is posted, and carries the proposal's id as metadata. Where an answer was lost, the
channel's history is searched for that mark before anything is posted again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import structlog

from monitor import retry
from monitor.clock import Clock, sleep_unless
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from responders.approvals import Card, Desk
from responders.approvals.changes import REFRESH
from responders.approvals.shapes import Reader
from responders.approvals.slack.face import Face
from responders.approvals.slack.kept import Delivered, Kept, Payload, Standing, digest_of
from responders.approvals.slack.plots import Plots
from responders.approvals.slack.thread import Thread
from responders.approvals.slack.trouble import Trouble
from responders.approvals.slack.web import GONE, Said, Web
from responders.crashpoints import crashpoint

log = structlog.get_logger()

EDIT_SECS = 1.0
"""Between two edits of one message, and two posts in one channel (docs.slack.dev, rate limits)."""
SHORTLY_SECS = 0.25
"""After a move: a yes is mostly posted by then, and one edit tells both. Whoever clicked is not kept from the next card
by the drawing of this one."""
TICK_SECS = 60.0
"""How often what is open is looked at for its clock alone."""
SETTLE_SECS = 5.0
"""How long a post whose answer was lost may take to show in the history."""
PERSON_SECS = 120.0
"""Between two tries while a person has to act."""
PAGE, MOST_PAGES = 100, 5
EARLIER = timedelta(minutes=2)
"""Slack's clock need not be ours."""
TOO_MUCH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"})
"""A mistake of ours in a card: its text alone is better than nothing."""
NAMED = re.compile(r"/blocks/(\d+)/slack_file")
"""The block that shows what Slack takes for no picture, in the words of its refusal."""


@dataclass(slots=True)
class Board:
    """Keeps the messages as the desk has the cards."""

    desk: Desk
    web: Web
    kept: Kept
    face: Face
    channels: Mapping[str, str]
    """Brand -> channel id."""
    clock: Clock
    reader: Callable[[], Awaitable[Reader]]
    trouble: Trouble
    plots: Plots
    random: Random = field(default_factory=Random)  # spreads retries, hides nothing
    thread: Thread | None = None
    """Where steps are told."""
    own: str = ""
    """Our own user id: others may put the same metadata under theirs."""
    _due: dict[str, datetime] = field(default_factory=dict)
    """Which proposals to look at, and not before when."""
    done_at: dict[str, datetime] = field(default_factory=dict)
    """When a message, or a channel's newest one, was written."""
    _held_until: datetime | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the desk until `stop`; what is being written then is finished."""
        async with asyncio.TaskGroup() as group:
            # First, so that no change is missed between the first look at everything and the first that is told.
            following = group.create_task(self._follow(), name="follow desk for slack")
            ticking = group.create_task(self._tick(), name="slack count-downs")
            showing = group.create_task(self._show_all(stop), name="slack cards")
            await stop.wait()
            self._news.set()
            await asyncio.wait([showing])
            following.cancel()
            ticking.cancel()

    def mark(self, proposal: str, *, secs: float = 0.0) -> None:
        """Look at a proposal soon, at the earliest in `secs`; several marks before that are one look."""
        at = self.clock.now() + timedelta(seconds=secs)
        last = self.done_at.get(proposal)
        if last is not None:
            at = max(at, last + timedelta(seconds=EDIT_SECS))
        self._due[proposal] = max(at, self._due[proposal]) if secs and proposal in self._due else at
        self._news.set()

    async def _mark_all(self, *, open_only: bool = False) -> None:
        for card in await self.desk.cards():
            if card.proposal.is_open or not open_only:
                self.mark(card.proposal.id)

    async def _follow(self) -> None:
        async for what in self.desk.changes():
            if what in (REFRESH, "pause"):
                await self._mark_all()
            elif what != "judged":
                self.mark(what, secs=SHORTLY_SECS)

    async def _tick(self) -> None:
        while True:
            await self.clock.sleep(TICK_SECS)
            await self._mark_all(open_only=True)

    async def _show_all(self, stop: asyncio.Event) -> None:
        await self._mark_all()
        waits = retry.delays(self.random)
        while not stop.is_set():
            self._news.clear()
            key, secs = self._next()
            if key is None:
                await sleep_unless(self._news, self.clock, secs)
                continue
            del self._due[key]
            try:
                await self._show(key)
            except (Refused, Unavailable, AuthNeeded) as error:
                self._failed(key, error, wait=next(waits))
            else:
                waits = retry.delays(self.random)

    def _next(self) -> tuple[str | None, float]:
        """What to show now, or how long nothing is to be shown."""
        now = self.clock.now()
        if not self._due:
            return None, TICK_SECS
        at, key = min((at, key) for key, at in self._due.items())
        at = max(at, self._held_until or at)
        return (key, 0.0) if at <= now else (None, (at - now).total_seconds())

    def _failed(self, key: str, error: BonmotError, *, wait: float) -> None:
        """A service that is away holds everything up; a no to one card only that one."""
        if isinstance(error, Refused):
            self.trouble.tell(f"card {key}", str(error))
            self.mark(key, secs=PERSON_SECS)
            return
        if isinstance(error, AuthNeeded):
            wait = PERSON_SECS
        elif isinstance(error, Unavailable):
            wait = max(wait, error.retry_after_secs or 0.0)
        self.trouble.tell("cards", str(error))
        self._held_until = self.clock.now() + timedelta(seconds=wait)
        self.mark(key, secs=wait)

    async def _show(self, key: str) -> None:
        card = await self.desk.card(key)
        room = self.channels.get(card.proposal.brand) if card is not None else None
        if card is None or room is None:
            return
        delivered = await self.kept.delivered(key)
        if delivered is None and not card.proposal.is_open:
            return  # over before anybody could be asked
        plot, files = await self.plots.of(card), await self.plots.files(card)
        message = self.face.message(card, await self.reader(), plot, files=files)
        if delivered is None or delivered.state is Standing.SENDING:
            await self._post(card, message, room=room, before=delivered)
        elif delivered.state is Standing.SHOWN and delivered.shown != digest_of(message):
            await self._edit(card, message, delivered)
        if card.proposal.escalations:
            await self._tell_thread(card)

    async def _tell_thread(self, card: Card) -> None:
        """What the thread has to be told, once the card itself stands there."""
        key = card.proposal.id
        shown = await self.kept.delivered(key)
        if self.thread is None or shown is None or shown.state is not Standing.SHOWN:
            return
        if wait := await self.thread.tell(card, shown):
            self.mark(key, secs=wait)
        self.trouble.tell(f"card {key}", "")

    async def _post(self, card: Card, message: Payload, *, room: str, before: Delivered | None) -> None:
        key, now = card.proposal.id, self.clock.now()
        if before is not None:
            settled = before.moved_at + timedelta(seconds=SETTLE_SECS)
            if now < settled:
                self.mark(key, secs=(settled - now).total_seconds())
                return
            if await self._found(before):
                self.mark(key)
                return
            if not card.proposal.is_open:
                await self.kept.keep(replace(before, state=Standing.GONE))
                return
        spoken = self.done_at.get(room)
        if spoken is not None and now < spoken + timedelta(seconds=EDIT_SECS):
            self.mark(key, secs=EDIT_SECS)
            return
        # The row first: a crash between the two is a message to look for, never one to post again unseen.
        sending = Delivered(key, room, before.ts if before else None, digest_of(message), Standing.SENDING, now)
        await self.kept.keep(sending)
        crashpoint("slack_card_kept")
        self.done_at[room] = now
        try:
            said = await self._write("chat.postMessage", message, channel=room)
        except Unavailable as error:
            if error.sent:
                log.warning("slack_card_lost", proposal=key, reason=str(error))
            raise
        crashpoint("slack_card_posted")
        await self._keep_shown(sending, str(said.get("ts")))

    async def _edit(self, card: Card, message: Payload, delivered: Delivered) -> None:
        try:
            await self._write("chat.update", message, channel=delivered.channel, ts=delivered.ts)
        except Said as error:
            if error.error not in GONE:
                raise
            is_open = card.proposal.is_open
            state = Standing.SENDING if is_open else Standing.GONE
            # The old `ts` stays: a message that cannot be edited any more is not the one to be found by its mark.
            await self.kept.keep(replace(delivered, state=state, moved_at=self.clock.now()))
            self.mark(delivered.proposal)
            return
        await self._keep_shown(replace(delivered, shown=digest_of(message)), str(delivered.ts))

    async def _write(self, method: str, message: Payload, **where: str | None) -> Payload:
        parts = {"text": message.get("text"), "metadata": message.get("metadata")}
        quiet = {"unfurl_links": False, "unfurl_media": False} if method == "chat.postMessage" else {}
        try:
            return await self.web.ask(method, **where, **parts, **quiet, blocks=message.get("blocks"))
        except Said as error:
            if error.error not in TOO_MUCH:
                raise
            if without := await self._without_picture(message, str(error)):
                return await self._write(method, without, **where)
            log.error("slack_card_refused", reason=str(error))
            text = str(message.get("text") or "")[:3000]
            return await self.web.ask(method, **where, **parts | {"text": text}, **quiet)

    async def _without_picture(self, message: Payload, why: str) -> Payload | None:
        """The message without the picture in which Slack sees none; None where it has none to blame."""
        blocks = message.get("blocks") or []
        at = named[1] if (named := NAMED.search(why)) else ""
        # Where Slack names no block, any of them may be the one.
        blamed = [block for i, block in enumerate(blocks) if "slack_file" in block and at in ("", str(i))]
        about = message["metadata"]["event_payload"]
        for block in blamed:
            await self.plots.refuse(block["slack_file"]["id"], str(about["proposal"]), why)
        return message | {"blocks": [block for block in blocks if block not in blamed]} if blamed else None

    async def _keep_shown(self, delivered: Delivered, ts: str) -> None:
        now = self.clock.now()
        self.done_at[delivered.proposal] = now
        await self.kept.keep(replace(delivered, ts=ts, state=Standing.SHOWN, moved_at=now))
        self.trouble.tell("cards", "")
        self.trouble.tell(f"card {delivered.proposal}", "")

    async def _found(self, before: Delivered) -> bool:
        """Look for the message by its mark, and keep where it stands."""
        oldest = f"{(before.moved_at - EARLIER).timestamp():.6f}"
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self.web.ask(
                "conversations.history",
                channel=before.channel,
                oldest=oldest,
                limit=PAGE,
                include_all_metadata=True,
                cursor=cursor,
            )
            for message in page.get("messages", []):
                if self._is_ours(message, before):
                    # Shown as nothing we know: the next look edits it.
                    await self._keep_shown(replace(before, shown=""), str(message["ts"]))
                    return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False
        return False

    def _is_ours(self, message: object, before: Delivered) -> bool:
        if not isinstance(message, dict) or message.get("user") != self.own or not isinstance(message.get("ts"), str):
            return False
        if before.ts is not None and message["ts"] <= before.ts:
            return False
        metadata = message.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        return isinstance(payload, dict) and payload.get("proposal") == before.proposal
