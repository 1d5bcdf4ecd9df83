"""The whole bot with two networks: one opportunity, each its own text; one refuses, one is away when it is undone.

Scenario F7 of the described happenings: a memorial day, a post that was deleted on one network and stayed on another.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from monitor.aside import Here
from monitor.clock import FakeClock
from monitor.settings import Settings
from responders.approvals import Card, Order
from responders.bot import built
from responders.demo.evening import evening as scripted
from responders.demo.evening import write
from responders.desk import LedgerDesk
from responders.loading import load_settings, starter_dir
from responders.model import Proposal
from responders.sandbox import bluesky, mastodon
from tests.journey.test_whole_evening import NIGHT

ACCOUNTS = ["bluesky:att.example", "mastodon:att.test"]
SECRETS = {"BLUESKY": "sandbox-only", "MASTODON": "token"}


@dataclass
class Two:
    """A running bot that speaks on two networks."""

    desk: LedgerDesk
    clock: FakeClock
    bluesky: bluesky.Sandbox
    mastodon: mastodon.Mastodon

    async def cards(self) -> list[Card]:
        """Both cards of the one opportunity, waited for."""
        for _ in range(4000):
            cards = sorted(await self.desk.cards(), key=lambda card: card.proposal.account)
            if len(cards) == 2:
                return cards
            await asyncio.sleep(0.001)  # sockets and the ledger's thread live in real time
        raise AssertionError("there never were two cards")

    async def now(self, proposal: Proposal) -> Card:
        card = await self.desk.card(proposal.id)
        assert card is not None
        return card

    async def reach(self, proposals: list[Proposal], *states: str) -> None:
        """Let time pass until the proposals stand there."""
        for _ in range(4000):
            found = [(await self.now(one)).proposal.state.value for one in proposals]
            if found == list(states):
                return
            await self.pass_time()
        raise AssertionError(f"{states} never came: {found}")

    async def pass_time(self) -> None:
        await self.clock.advance(0.2)
        await asyncio.sleep(0.001)  # as above

    async def say_yes(self) -> list[Proposal]:
        """One yes to both, each to its own text."""
        cards = await self.cards()
        assert [one.id for one in cards[0].sisters] == [cards[1].proposal.id]
        first, second = (card.proposal for card in cards)
        texts = [first.text, next((draft.text for draft in second.drafts if draft.text != first.text), second.text)]
        return await self.desk.decide_together([
            Order(one.id, "approve", "maya", "inbox", one.revision, text=text)
            for one, text in zip((first, second), texts, strict=True)
        ])  # fmt: skip

    async def take_back(self, proposal: Proposal) -> list[str]:
        order = Order(proposal.id, "undo", "maya", "inbox", proposal.revision, reason="a day of mourning")
        undoing = asyncio.create_task(self.desk.take_back(order))
        while not undoing.done():
            await self.pass_time()
        return undoing.result()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with running(tmp_path) as made:
        yield made


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Two]:
    clock, stop = FakeClock(NIGHT), asyncio.Event()
    write(scripted(2013, clock.now(), minutes=45), folder / "evening.jsonl")
    skies, mammoths = await bluesky.start("127.0.0.1", 0), await mastodon.start(accounts={"token": "att.test"})
    settings = settings_in(folder, skies.url, mammoths.url)
    async with built(settings, clock=clock, run_id="run", think=Here()) as house, asyncio.TaskGroup() as group:
        task = group.create_task(house.run(stop), name="house")
        made = Two(house.office.desk, clock, skies, mammoths)
        try:
            await house.watch.is_finished.wait()
            await made.desk.resume("maya", "the tragedy of the evening is another one")
            yield made
            assert await house.office.books.call(house.office.books.ledger.verify_audit) == []
        finally:
            stop.set()
            while not task.done():
                await made.pass_time()
    await skies.close()
    await mammoths.close()


def settings_in(folder: Path, skies: str, mammoths: str) -> Settings:
    """The starter's Oreo under another name, with an account on each of two networks."""
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    for name in ("brands", "templates", "tests"):
        (config / name / "tide.yaml").unlink()
    brand = yaml.safe_load((config / "brands/oreo.yaml").read_text("utf-8"))
    brand |= {"title": "AT&T", "accounts": ACCOUNTS, "markets": []}
    (config / "brands/oreo.yaml").write_text(yaml.safe_dump(brand), "utf-8")
    bot = yaml.safe_load((config / "bot.yaml").read_text("utf-8"))
    bot["sources"] = {"recording": {"files": [str(folder / "evening.jsonl")], "speed": None}}
    bot["publishers"] = {
        "bluesky": {"base_url": skies, "accounts": {"att.example": {"password": "${BLUESKY}"}}},
        "mastodon": {"base_url": mammoths, "accounts": {"att.test": {"token": "${MASTODON}"}}},
    }
    bot["inbox"] = {"host": "127.0.0.1", "port": 0}
    (config / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    return load_settings(config, SECRETS)


async def test_one_yes_is_posted_on_two_networks_and_undone_on_both_from_one_card(two: Two) -> None:
    both = await two.say_yes()
    await two.reach(both, "published", "published")
    assert both[0].text != both[1].text, "each has its own"
    assert [post.text for post in two.bluesky.posts] == [both[0].text]
    assert [post.text for post in two.mastodon.posts] == [both[1].text]
    two.mastodon.dial.turn("unready", door="delete", times=1000)
    [told] = await two.take_back(both[0])
    assert "Mastodon @att.test" in told
    assert "tried again until it is gone" in told
    assert two.bluesky.posts == [], "the other one is gone at once"
    assert len(two.mastodon.posts) == 1
    card = await two.now(both[1])
    assert card.proposal.state.value == "published"
    assert card.proposal.moved_by == "maya"
    two.mastodon.dial.waiting.clear()
    await two.reach(both, "retracted", "retracted")
    assert two.mastodon.posts == []


async def test_one_network_that_refuses_leaves_the_other_standing(two: Two) -> None:
    two.mastodon.dial.turn("forbidden", door="post", times=1000)
    both = await two.say_yes()
    await two.reach(both, "published", "failed")
    assert [post.text for post in two.bluesky.posts] == [both[0].text]
    assert two.mastodon.posts == []
    assert "disabled" in ((await two.now(both[1])).proposal.reason or "")
    assert await two.take_back((await two.now(both[1])).proposal) == []
    await two.reach(both, "retracted", "failed")
    assert two.bluesky.posts == []
