"""The sandbox workspace in a real browser: people choose, confirm, edit, command and look, and the channel hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from responders.approvals.slack.look import Look
from responders.model import State
from responders.plot import of_trend
from responders.plot_png import png
from tests.journey.test_inbox_browser import BEYOND, CHROMIUM, CONTRAST, FLAGS
from tests.slack_office import Office, an_office, until

PATIENCE_MS = 5000
ADA, BEN = "U01ADA", "U02BEN"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; install it or set BONMOT_CHROMIUM"),
]


@dataclass
class Stage:
    """A workspace, the bot in it, and a browser before it."""

    office: Office
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def open(self, user: str, *, room: str = "", width: int = 1100, theme: str = "light") -> Page:
        page = await self.browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda failure: self.complaints.append(str(failure)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        await page.goto(f"{self.office.server.url}/?as={user}&at={room}")
        await page.wait_for_selector("html[data-live=yes]")
        return page

    async def decided(self, key: str, state: State) -> None:
        card = await self.office.desk.card(key)
        assert card is not None
        assert card.proposal.state is state


@asynccontextmanager
async def a_stage() -> AsyncIterator[Stage]:
    async with an_office() as office, async_playwright() as playwright:
        office.face = Look()
        office.draw = lambda trend: png(of_trend(trend))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stage = Stage(office, browser)
        try:
            yield stage
        finally:
            await browser.close()
        assert stage.complaints == []


async def test_a_draft_is_chosen_and_posted_and_everybody_sees_it() -> None:
    async with a_stage() as stage:
        stage.office.offer(account="x:oreo")
        async with stage.office.running():
            await stage.office.card()
            await until(lambda: bool(stage.office.ledger.plots("p1")))
            await stage.office.pass_time(3)
            ada, ben = await stage.open(ADA), await stage.open(BEN, width=390, theme="dark")
            await expect(ada.locator("figure img")).to_have_attribute("alt", "1,356 posts a minute at 01:38 UTC, "
                "rising since 01:36; at most 1,572 a minute so far.")  # fmt: skip
            assert await ada.evaluate("document.querySelector('figure img').decode().then(() => true)")
            for page in (ada, ben):
                assert await page.evaluate(CONTRAST) == []
                assert await page.evaluate(BEYOND) == []
            await ada.get_by_label("Draft 2").check()
            await ada.get_by_role("button", name="Post now to X @oreo").click()
            await until(lambda: any(order.act == "approve" for order in stage.office.desk.orders))
            await stage.office.pass_time(1.1)
            card = await stage.office.desk.card("p1")
            assert card is not None
            assert card.proposal.text == card.proposal.drafts[1].text
            for page in (ada, ben):
                await expect(page.locator("#list article")).to_contain_text("Approved by Maya Okafor")
            await ben.get_by_role("button", name="Undo: do not post").click()
            await until(lambda: len(stage.office.desk.orders) == 2)
            await stage.decided("p1", State.WITHDRAWN)


async def test_a_yes_for_two_is_asked_again_and_a_no_to_that_does_nothing() -> None:
    async with a_stage() as stage:
        stage.office.offer(account="x:oreo", tier=2, needed=2)
        async with stage.office.running():
            await stage.office.card()
            ada = await stage.open(ADA)
            yes = ada.get_by_role("button", name="Say yes to X @oreo")
            await yes.click()
            await expect(ada.locator("#ask")).to_contain_text("2 different people have to say yes")
            await ada.locator("#ask").get_by_role("button", name="Not yet").click()
            assert stage.office.server.sockets.envelopes == []
            await yes.click()
            await ada.locator("#ask").get_by_role("button", name="Say yes").click()
            await until(lambda: len(stage.office.desk.orders) == 1)
            await stage.decided("p1", State.PENDING)


async def test_a_text_is_edited_in_a_window_that_says_what_is_wrong() -> None:
    async with a_stage() as stage:
        stage.office.offer()
        async with stage.office.running():
            await stage.office.card()
            ada, ben = await stage.open(ADA, width=390), await stage.open(BEN)
            await ada.get_by_role("button", name="Edit").click()
            window = ada.locator("#modal")
            await window.get_by_label("The text").fill("")
            await window.get_by_role("button", name="Save the text").click()
            await expect(window.get_by_role("alert").first).to_have_text("Please complete this required field.")
            await window.get_by_label("The text").fill("Dark out there. <b>Milk</b> in here.")
            assert await ada.evaluate(BEYOND) == []
            await expect(ben.locator("#modal")).to_be_hidden()
            await window.get_by_role("button", name="Save the text").click()
            await expect(window).to_be_hidden()
            await until(lambda: len(stage.office.desk.orders) == 1)
            await stage.office.pass_time(1.1)
            await expect(ben.locator("#list article")).to_contain_text("Dark out there. <b>Milk</b> in here.")


async def test_commands_answer_one_person_and_home_shows_the_queue() -> None:
    async with a_stage() as stage:
        stage.office.offer()
        async with stage.office.running():
            await stage.office.card()
            ada, ben = await stage.open(ADA), await stage.open(BEN)
            await ada.get_by_label("Write").fill("/bonmot status")
            await ada.get_by_label("Write").press("Enter")
            await expect(ada.locator("article.aside")).to_contain_text("1 waiting")
            await expect(ben.locator("article.aside")).to_have_count(0)
            await ada.get_by_role("link", name="bonmot").click()
            await expect(ada.locator("#list")).to_contain_text("1 open")
            await ada.get_by_role("button", name="Pause all posting").click()
            window = ada.locator("#modal")
            await window.get_by_label("Why?").fill("a grave day")
            await window.get_by_label("How long?").select_option("For 1 hour")
            await window.get_by_role("button", name="Pause").click()
            await expect(window).to_be_hidden()
            await until(lambda: len(stage.office.ledger.outcomes()) >= 4)
            pause = await stage.office.desk.paused()
            assert pause is not None
            assert (pause.why, (pause.until - pause.since).total_seconds() if pause.until else 0) == (
                "a grave day",
                3600,
            )
            await ada.get_by_label("You are").select_option("Ben")
            await expect(ada.locator("#viewer")).to_have_value(BEN)
