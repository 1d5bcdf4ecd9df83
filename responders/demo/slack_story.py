"""The demo without a person, in Slack: a hand clicks on the workspace's page, and every stage is told with its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from monitor.clock import to_text
from monitor.model import Trend
from responders.approvals import Card
from responders.demo.stage import MEMBERS, SPEED, UNDO_SECS, Stage
from responders.demo.story import PATIENCE_SECS, PERSON, Story, StoryFailed, tell_silences, until
from responders.model import State
from responders.sandbox.slack import CHANNEL, Envelope, Slack

Message = dict[str, Any]
GLANCE_SECS = 0.01


@dataclass(slots=True)
class Passing:
    """When the stream had come to which of its own times: (the newest post's, ours)."""

    stage: Stage
    seen: list[tuple[datetime, float]] = field(default_factory=list)

    async def follow(self) -> None:
        """Look every hundredth of a second, until cancelled."""
        while True:
            newest = self.stage.house.last_read()
            if newest is not None and (not self.seen or newest > self.seen[-1][0]):
                self.seen.append((newest, self.stage.house.office.clock.now().timestamp()))
            await asyncio.sleep(GLANCE_SECS)

    def reached(self, at: datetime) -> float:
        """When a post came that was written at that time or after it, to a hundredth of a second."""
        return next((ours for theirs, ours in self.seen if theirs >= at), self.seen[-1][1])


async def play(stage: Stage) -> Story:
    """Wait for Oreo's card, click on it, see what becomes of it. Raises StoryFailed."""
    passing = Passing(stage)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(passing.follow(), name="follow the stream")
        try:
            return await _told(stage, passing)
        finally:
            following.cancel()


async def _told(stage: Stage, passing: Passing) -> Story:
    assert stage.slack is not None
    began = stage.house.office.clock.now().timestamp()
    story, chat = Story(), stage.slack

    def tell(at: float, what: str, detail: str) -> None:
        story.chapters.append((at - began, what, detail))

    message = await until(lambda: _card(chat), "a card in Slack")
    card = await _proposal(stage, message)
    trend = card.opportunity.trend
    _tell_first(tell, trend, passing)
    tell(_posted_at(chat, message), "card", f"in #oreo-live, {len(card.proposal.drafts)} drafts: {message['text']}")
    picture = await until(lambda: _picture(chat, message), "the picture on the card")
    tell(_edited_at(chat, message, since=0.0), "picture", picture["alt_text"])
    clicked = await _click(stage, message)
    tell(clicked.sent[0].timestamp(), "click", f"{PERSON} clicks: {card.proposal.text!r}")
    assert clicked.acked_at is not None
    tell(clicked.acked_at.timestamp(), "ack", f"{_ms(clicked)} ms after it was sent, stored first")
    done = await until(lambda: _in_state(stage, card.proposal.id, State.PUBLISHED), "the publication")
    yes, out = (next(m.at.timestamp() for m in done.history if m.move == name) for name in ("approve", "accepted"))
    tell(yes, "decision", f"stored {1000 * (yes - clicked.sent[0].timestamp()):.0f} ms after the click")
    assert done.proposal.receipt is not None
    link = done.proposal.receipt.url or done.proposal.receipt.platform_id
    tell(out, "posted", f"{link}, after {UNDO_SECS:.0f} s in which it could be taken back")
    first = passing.reached(trend.started_at)
    tell(out, "in all", f"{out - first:.2f} s from the first post to ours, {UNDO_SECS:.0f} s of them to take it back")
    await until(lambda: _says(chat, message, "Posted to"), "the card to say so")
    tell(_edited_at(chat, message, since=out), "card edited", "says that it is posted, and offers to undo it")
    if sum(post.text == card.proposal.text for post in stage.sandbox.posts) != 1:
        raise StoryFailed("the sandbox network does not show the text exactly once")
    await asyncio.wait_for(stage.house.watch.is_finished.wait(), PATIENCE_SECS)
    await tell_silences(stage, story)
    return story


def _tell_first(tell: Any, trend: Trend, passing: Passing) -> None:
    lasted = (trend.detected_at - trend.started_at).total_seconds()
    tell(
        passing.reached(trend.started_at),
        "first post",
        f"of {trend.name!r}, {to_text(trend.started_at)} on the evening",
    )
    said = f"{lasted:.0f} s later on the evening, which passes {SPEED:.0f} times as fast; {trend.voices} voices"
    tell(passing.reached(trend.detected_at), "announced", said)


async def _card(chat: Slack) -> Message | None:
    return next((one for one in chat.messages if one["channel"] == CHANNEL and one.get("blocks")), None)


async def _proposal(stage: Stage, message: Message) -> Card:
    card = await stage.house.office.desk.card(message["metadata"]["event_payload"]["proposal"])
    if card is None:
        raise StoryFailed("the card in Slack is of no proposal")
    return card


async def _picture(chat: Slack, message: Message) -> Message | None:
    return next((one for one in message["blocks"] if one["type"] == "image"), None)


async def _says(chat: Slack, message: Message, words: str) -> bool | None:
    return True if words in str(message.get("blocks")) else None


async def _in_state(stage: Stage, key: str, state: State) -> Card | None:
    card = await stage.house.office.desk.card(key)
    return card if card is not None and card.proposal.state is state else None


async def _click(stage: Stage, message: Message) -> Envelope:
    """Press the green button as a browser does, and hear what was sent for it."""
    assert stage.slack is not None
    blocks = message["blocks"]
    buttons = [(block, one) for block in blocks for one in block.get("elements", []) if one.get("style") == "primary"]
    if not buttons:
        raise StoryFailed("the card has no green button")
    block, button = buttons[0]
    asked = {
        "as": MEMBERS[PERSON][0], "act": "use", "holder": f"m {message['channel']} {message['ts']}",
        "block": block["block_id"], "action": button["action_id"],
    }  # fmt: skip
    async with aiohttp.ClientSession() as http, http.post(f"{stage.slack.url}/_page/act", json=asked) as answer:
        said = await answer.json()
    if said:
        raise StoryFailed(f"the click was not heard: {said}")
    return stage.slack.sockets.envelopes[-1]


def _posted_at(chat: Slack, message: Message) -> float:
    return next(at for ts, at in chat.space.posts if ts == message["ts"])


def _edited_at(chat: Slack, message: Message, *, since: float) -> float:
    """When it was first edited after a time."""
    edits: Sequence[tuple[str, float]] = tuple(chat.space.edits)
    return next(at for ts, at in edits if ts == message["ts"] and at >= since)


def _ms(envelope: Envelope) -> str:
    assert envelope.acked_at is not None
    return f"{1000 * (envelope.acked_at - envelope.sent[0]).total_seconds():.0f}"
