"""Several accounts on the local page, in a real browser: one yes, one undo, by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from responders.approvals import Order
from responders.model import Draft
from tests.journey.test_inbox_browser import CHROMIUM, CONTRAST, FIRST, OREO, Stage, stage, status, windows

__all__ = ["stage", "windows"]

MASTODON = "mastodon:oreo"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; install it or set BONMOT_CHROMIUM"),
]


async def test_two_accounts_are_agreed_to_and_undone_by_keyboard(stage: Stage) -> None:
    text = "Lights out, milk on."
    stage.house.offer("p2", account=MASTODON, text=text, drafts=(Draft(MASTODON, text, "dark"),))
    page = await stage.open()
    card = page.locator("#card-p1")
    box = card.get_by_role("checkbox")
    await expect(box).not_to_be_checked()
    await box.focus()
    await page.keyboard.press("Enter")  # means nothing on a check box, and breaks nothing
    await page.keyboard.press("Space")
    button = card.get_by_role("button", name="Post to Bluesky @oreo.example and 1 more")
    await expect(button).to_be_visible()
    assert await page.evaluate(CONTRAST) == []
    await page.keyboard.press("a")
    await page.keyboard.press("Enter")
    await expect(status(page)).to_contain_text("Approved by Maya Okafor.")
    await stage.house.pass_time(11)
    assert stage.house.desk.posted == [(OREO, FIRST), (MASTODON, text)]
    stage.house.desk.keeps_posts = {MASTODON}
    everywhere = card.get_by_role("button", name="Delete it everywhere (Bluesky, Mastodon)").first
    await everywhere.focus()
    await page.keyboard.press("Enter")
    await expect(card.locator('[data-panel="everywhere"]')).to_contain_text("Mastodon @oreo: deleted")
    await page.keyboard.type("a day of mourning")
    await page.keyboard.press("Enter")
    await expect(card.locator(".status.alarm")).to_contain_text("It still stands on Mastodon @oreo")
    await expect(status(page, "p2")).to_contain_text("asked to delete it from Mastodon @oreo")
    assert await page.evaluate(CONTRAST) == []


async def test_a_sister_that_changes_under_the_hand_changes_no_click(stage: Stage) -> None:
    text = "Lights out, milk on."
    stage.house.offer("p2", account=MASTODON, text=text, drafts=(Draft(MASTODON, text, "dark"),))
    page = await stage.open()
    card = page.locator("#card-p1")
    await card.get_by_role("checkbox").check()
    await stage.house.desk.decide(Order("p2", "edit", "jonas", "inbox", 1, text="What Jonas wrote."))
    await expect(card.locator(".changed")).to_be_visible()
    await card.get_by_role("button", name="and 1 more").click()
    await expect(card.locator(".feedback")).to_contain_text("p2 was edited by jonas")
    assert stage.house.desk.posted == []
    await expect(card.get_by_role("checkbox")).not_to_be_checked()
    await expect(card.locator(".sisters .draft-text")).to_have_text("What Jonas wrote.")
