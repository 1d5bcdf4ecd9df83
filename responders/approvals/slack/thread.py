"""What a card's thread is told: that nobody decided in time, and who may now. Each is said once, whatever crashes.

A reply is a row before it is posted, as a card is, and carries its own mark; where an answer was lost, the thread is
searched for that mark before anything is said again. The text holds names of the settings and ids, no stranger's word:
what rings is built here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.clock import Clock
from responders.approvals import Card
from responders.approvals.slack.kept import Delivered, Kept, Payload, Standing, digest_of
from responders.approvals.slack.web import Web, escaped
from responders.crashpoints import crashpoint
from responders.model import Escalation, State
from responders.rights import GROUP, is_group

SPOKEN_SECS = 1.0
"""Between two posts in one channel (docs.slack.dev, rate limits)."""
SETTLE_SECS = 5.0
PAGE, MOST_PAGES = 100, 5


@dataclass(slots=True)
class Thread:
    """Keeps the replies as the cards have their steps."""

    web: Web
    kept: Kept
    ids: Mapping[str, str]
    """Slack id -> person."""
    people: Mapping[str, str]
    """Person -> what colleagues call them."""
    clock: Clock
    own: Callable[[], str]
    """Our own user id."""
    spoken: MutableMapping[str, datetime]
    """When a channel was posted to last; shared with whoever else posts there."""

    async def tell(self, card: Card, shown: Delivered) -> float:
        """Say what was not said yet, one thing at a time; how many seconds to come back in, 0 for done."""
        for number, step in enumerate(card.proposal.escalations, 1):
            key = f"{card.proposal.id}/step{number}"
            before = await self.kept.delivered(key)
            if before is not None and before.state is not Standing.SENDING:
                continue
            wait = await self._tell_step(card, step, key, shown=shown, before=before)
            if wait:
                return wait
        return 0.0

    async def _tell_step(
        self, card: Card, step: Escalation, key: str, *, shown: Delivered, before: Delivered | None
    ) -> float:
        now, room = self.clock.now(), shown.channel
        if before is not None:
            settled = before.moved_at + timedelta(seconds=SETTLE_SECS)
            if now < settled:
                return (settled - now).total_seconds()
            if await self._found(before, str(shown.ts)):
                return 0.0
        if card.proposal.state is not State.PENDING:  # decided meanwhile: nobody is called for nothing
            if before is not None:
                await self.kept.keep(replace(before, state=Standing.GONE))
            return 0.0
        last = self.spoken.get(room)
        if last is not None and now < last + timedelta(seconds=SPOKEN_SECS):
            return SPOKEN_SECS
        text = called(step, self.ids, self.people)
        sending = Delivered(key, room, None, digest_of({"text": text}), Standing.SENDING, now)
        await self.kept.keep(sending)
        crashpoint("slack_step_kept")
        self.spoken[room] = now
        mark = {"event_type": "bonmot_step", "event_payload": {"step": key}}
        said = await self.web.ask(
            "chat.postMessage", channel=room, thread_ts=shown.ts, text=text, metadata=mark,
            unfurl_links=False, unfurl_media=False,
        )  # fmt: skip
        crashpoint("slack_step_posted")
        await self.kept.keep(replace(sending, ts=str(said.get("ts")), state=Standing.SHOWN, moved_at=self.clock.now()))
        return SPOKEN_SECS

    async def _found(self, before: Delivered, ts: str) -> bool:
        """Look for the reply by its mark, and keep where it stands."""
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self.web.ask(
                "conversations.replies", channel=before.channel, ts=ts, limit=PAGE, include_all_metadata=True,
                cursor=cursor,
            )  # fmt: skip
            for message in page.get("messages", []):
                if self._is_ours(message, before.proposal):
                    shown = replace(before, ts=str(message["ts"]), state=Standing.SHOWN, moved_at=self.clock.now())
                    await self.kept.keep(shown)
                    return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False
        return False

    def _is_ours(self, message: Payload, key: str) -> bool:
        if not isinstance(message, dict) or message.get("user") != self.own():
            return False
        metadata = message.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        return isinstance(payload, dict) and payload.get("step") == key and isinstance(message.get("ts"), str)


def called(step: Escalation, ids: Mapping[str, str], people: Mapping[str, str]) -> str:
    """`<@U0JON>: nobody decided in 3 min, so you may as well. Nothing is posted without a yes.`"""
    slack = {person: key for key, person in ids.items()}
    names = []
    for entry in step.to:
        if is_group(entry):
            names.append(f"<!subteam^{entry.removeprefix(GROUP)}>")
        else:
            names.append(f"<@{slack[entry]}>" if entry in slack else escaped(people.get(entry, entry)))
    minutes = f"{step.after_secs / 60:g} min"
    return f"{', '.join(names)}: nobody decided in {minutes}, so you may as well. Nothing is posted without a yes."
