"""Two people in a real browser before the real bot: its ledger, its outbox, and the sandbox network."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from monitor.clock import SystemClock
from responders.demo.stage import Stage, set_up
from responders.model import State
from tests.journey.test_inbox_browser import CHROMIUM, FLAGS

PATIENCE_MS = 15_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; install it or set BONMOT_CHROMIUM"),
]


async def test_clicks_reach_the_ledger_once_and_the_network_once(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with (
        async_playwright() as playwright,
        set_up(tmp_path, clock=SystemClock(), run_id="run", speed=None) as stage,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(stage.house.run(stop), name="house")
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            await stage.house.watch.is_finished.wait()
            maya, jon = await window(browser, stage, "maya"), await window(browser, stage, "jon")
            await one_wins_and_the_post_is_made_once(stage, maya, jon)
            await edited_approved_and_taken_back_everywhere(stage, jon)
        finally:
            await browser.close()
            stop.set()
    assert stage.sandbox.posts == [], "both were undone"


async def window(browser: Browser, stage: Stage, person: str) -> Page:
    page = await (await browser.new_context(reduced_motion="reduce", locale="en-US")).new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(stage.house.inbox.login_url(person))
    await page.wait_for_selector("#live[data-state=live]")
    return page


async def card_of(stage: Stage, brand: str) -> str:
    found = [card.proposal.id for card in await stage.house.office.desk.cards() if card.proposal.brand == brand]
    assert len(found) == 1
    return found[0]


async def one_wins_and_the_post_is_made_once(stage: Stage, maya: Page, jon: Page) -> None:
    key = await card_of(stage, "oreo")
    text = await maya.locator(f"#card-{key} .draft:has(input:checked)").first.inner_text()
    # Neither hears of the other's click in time: that is what "at once" means.
    async with asyncio.TaskGroup() as both:
        for page in (maya, jon):
            both.create_task(page.locator(f"#card-{key} [data-do=approve]").dispatch_event("click"))
    for page in (maya, jon):
        await expect(page.locator(f"#card-{key} .status")).to_contain_text("Posted to Bluesky", timeout=PATIENCE_MS)
    assert len(stage.sandbox.posts) == 1
    assert stage.sandbox.posts[0].text in text
    card = await stage.house.office.desk.card(key)
    assert card is not None
    assert [move.move for move in card.history].count("approve") == 1
    await maya.locator(f"#card-{key}").get_by_role("button", name="Undo").click()
    await maya.get_by_role("button", name="Delete the post", exact=True).click()
    await expect(maya.locator(f"#card-{key} .status")).to_contain_text("Deleted", timeout=PATIENCE_MS)
    assert stage.sandbox.posts == []


async def edited_approved_and_taken_back_everywhere(stage: Stage, jon: Page) -> None:
    key = await card_of(stage, "tide")
    card = jon.locator(f"#card-{key}")
    await card.get_by_role("button", name="Edit").click()
    await card.get_by_label("Your text").fill("Dark out there. Spotless in here.")
    await card.get_by_role("button", name="Save text").click()
    await expect(card.locator(".draft:has(input:checked)")).to_contain_text("edited by Jon")
    await card.locator("[data-do=approve]").click()
    await expect(card.locator(".status")).to_contain_text("Approved by Jon")
    await card.get_by_role("button", name="Undo").click()
    await expect(card).to_contain_text("Nothing was posted", timeout=PATIENCE_MS)
    kept = await stage.house.office.desk.card(key)
    assert kept is not None
    assert kept.proposal.state is State.WITHDRAWN, "a final state: nothing can be claimed any more"
    assert stage.sandbox.posts == []
