"""The demo without a person: a small browser goes through the page's own doors and tells what happened when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from monitor.errors import BonmotError
from monitor.model import Verdict
from responders.approvals import Judged
from responders.demo.stage import Stage
from responders.model import FINAL

PATIENCE_SECS = 60.0
"""Longer than any stage of the story may take on a slow machine."""
POLL_SECS = 0.05
PERSON = "maya"
ENDS = frozenset(state.value for state in FINAL)

T = TypeVar("T")


class StoryFailed(BonmotError):
    """The story did not go as it has to; the text says where it stopped."""


@dataclass(slots=True)
class Story:
    """What happened, each with its seconds since the curtain rose."""

    started: float = field(default_factory=time.monotonic)
    chapters: list[tuple[float, str, str]] = field(default_factory=list)

    def tell(self, what: str, detail: str) -> None:
        """Add a chapter that ended just now."""
        self.chapters.append((time.monotonic() - self.started, what, detail))


async def play(stage: Stage) -> Story:
    """Wait for the card, approve it as a browser would, see the post on the sandbox. Raises StoryFailed."""
    story = Story()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, stage.house.url)
        await browser.sign_in(stage.house.inbox.login_url(PERSON))
        card = await until(browser.first_card, "a card")
        found = await stage.house.office.desk.card(card["id"])
        assert found is not None
        trend = found.opportunity.trend
        age = (trend.detected_at - trend.started_at).total_seconds()
        story.tell("trend", f"{trend.name!r}: {trend.voices} voices, announced {age:.0f} s after its first post")
        story.tell("card", f"{card['brand']} on {card['account']}, tier {card['tier']}: {len(card['drafts'])} drafts")
        await browser.see(card["trend"])
        await browser.approve(card)
        story.tell("yes", f"{PERSON} said yes to {card['text']!r}")
        posted = await until(lambda: browser.in_state(card["id"], "published"), "the publication")
        story.tell("posted", f"{posted['receipt']['url'] or posted['receipt']['id']}")
        await browser.see_on(stage.sandbox.url, card["text"])
        if sum(post.text == card["text"] for post in stage.sandbox.posts) != 1:
            raise StoryFailed("the sandbox does not show the text exactly once")
        story.tell("seen", f"exactly once on the sandbox network, {stage.sandbox.url}")
    await asyncio.wait_for(stage.house.watch.is_finished.wait(), PATIENCE_SECS)
    await tell_silences(stage, story)
    return story


async def tell_silences(stage: Stage, story: Story) -> None:
    """A tragedy must have been blocked, and something loud ignored; nothing else may have become a card."""
    judged = await stage.house.office.desk.judged()
    for verdict, what in ((Verdict.BLOCK, "blocked"), (Verdict.IGNORE, "ignored")):
        found = [j for j in judged if all(score.verdict is verdict for score in j.scores)]
        if not found:
            raise StoryFailed(f"nothing was {what}, and the evening holds something that has to be")
        loudest = max(found, key=lambda j: j.trend.voices)
        story.tell(what, _silence(loudest, verdict, len(found)))


def _silence(judged: Judged, verdict: Verdict, count: int) -> str:
    why = next(score.why for score in judged.scores if score.verdict is verdict)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"{judged.trend.name!r}, {judged.trend.voices} voices: {why}{more}"


@dataclass(slots=True)
class Browser:
    """As much of a browser as the page needs: cookies, its own origin, the token of the session."""

    http: aiohttp.ClientSession
    url: str
    csrf: str = ""

    async def sign_in(self, link: str) -> None:
        """Open the link's page, then hand in the code of its fragment."""
        await self.see("", at=link.partition("#")[0])
        code = link.partition("#code=")[2]
        self.csrf = (await self._post("api/login", {"code": code}))["csrf"]

    async def first_card(self) -> dict[str, Any] | None:
        """The open card with the nearest deadline, if any."""
        async with self.http.get(f"{self.url}api/cards") as answer:
            cards = (await answer.json())["cards"]
        return next((card for card in cards if card["state"] == "pending"), None)

    async def approve(self, card: dict[str, Any]) -> None:
        """Say yes to the text on the screen."""
        await self._post(f"api/cards/{card['id']}/approve", {"revision": card["revision"], "text": card["text"]})

    async def in_state(self, proposal: str, state: str) -> dict[str, Any] | None:
        """The card once it has reached the state."""
        async with self.http.get(f"{self.url}api/cards/{proposal}") as answer:
            card: dict[str, Any] = (await answer.json())["card"]
        if card["state"] in ENDS and card["state"] != state:
            raise StoryFailed(f"{proposal} is {card['state']} instead of {state}: {card['reason']}")
        return card if card["state"] == state else None

    async def see(self, text: str, *, at: str = "") -> None:
        """The page shows the text. Raises StoryFailed."""
        await self.see_on(at or self.url, text)

    async def see_on(self, url: str, text: str) -> None:
        """A page anywhere shows the text. Raises StoryFailed."""
        async with self.http.get(url) as answer:
            page = unescape(await answer.text())
            if answer.status != 200 or text not in page:
                raise StoryFailed(f"{url} answered {answer.status} and does not show {text!r}")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        parts = urlsplit(self.url)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "X-CSRF-Token": self.csrf}
        async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as answer:
            if answer.status != 200:
                raise StoryFailed(f"{path} answered {answer.status}: {(await answer.text())[:300]}")
            found: dict[str, Any] = await answer.json()
            return found


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Look again and again until there is something. Raises StoryFailed after the patience is over."""
    end = time.monotonic() + PATIENCE_SECS
    while time.monotonic() < end:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(POLL_SECS)
    raise StoryFailed(f"waited {PATIENCE_SECS:.0f} s for {what}")
