"""The local page in a real browser: a person decides, changes their mind, is too late, is beaten to it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from monitor.model import Post
from responders.approvals import Order, samples
from tests.inbox_house import House, open_house

CHROMIUM = Path(os.environ.get("BONMOT_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 5000
FIRST, SECOND = samples.DRAFTS[0][1], samples.DRAFTS[1][1]
OREO = "bluesky:oreo.example"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; install it or set BONMOT_CHROMIUM"),
]

CONTRAST = """() => {
  const light = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const lum = ([r, g, b]) => .2126 * light(r) + .7152 * light(g) + .0722 * light(b);
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > .9) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    const speaks = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!speaks || !e.checkVisibility() || e.closest(".unseen, .skip, noscript")) continue;
    const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(ground(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.push(`${e.className} ${e.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor; }"""
"""Texts whose contrast with what lies behind them is under 4.5 : 1 (WCAG 2.2, success criterion 1.4.3)."""

BEYOND = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && !e.closest(".unseen, .skip"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => `${e.tagName}.${e.className}`)"""
"""What is cut off at the right edge."""


class Windows:
    """One browser window for each person, used again by every test: opening one costs more than most tests."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.pages: dict[str, Page] = {}
        self.complaints: list[str] = []

    async def of(self, person: str) -> Page:
        if person not in self.pages:
            context = await self.browser.new_context(
                viewport={"width": 1200, "height": 900}, reduced_motion="reduce", locale="en-US"
            )
            self.pages[person] = await context.new_page()
            self.pages[person].set_default_timeout(PATIENCE_MS)
            self.pages[person].on("pageerror", lambda failure: self.complaints.append(str(failure)))
            self.pages[person].on("console", self._hear)
        return self.pages[person]

    def _hear(self, line: Any) -> None:
        # A refused act answers 409 or 422, and Chromium writes every such answer down.
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.complaints.append(line.text)

    async def leave(self) -> None:
        """Close what is shown, so that no page looks for a server that is gone."""
        for page in self.pages.values():
            await page.unroute_all()
            await page.goto("about:blank")


@dataclass
class Stage:
    """A house, and the people who look at it."""

    house: House
    windows: Windows

    async def open(self, person: str = "maya", *, is_live: bool = True) -> Page:
        """The person's window, logged in by link."""
        page = await self.windows.of(person)
        if not is_live:
            await page.route("**/stream", lambda route: route.abort())
        await page.goto(self.house.inbox.login_url(person))
        await page.wait_for_selector("#live[data-state=live]" if is_live else "#live[data-state=lost]")
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def windows() -> AsyncIterator[Windows]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Windows(browser)
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(windows: Windows) -> AsyncIterator[Stage]:
    windows.complaints.clear()
    async with open_house(last_read=lambda: samples.START) as house:
        house.offer()
        yield Stage(house, windows)
        await windows.leave()
    assert not windows.complaints


def status(page: Page, key: str = "p1") -> Any:
    return page.locator(f"#card-{key} .status")


async def test_one_click_approves_and_the_page_tells_when_it_is_posted(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Post to Bluesky @oreo.example").click()
    await expect(status(page)).to_have_text(re.compile(r"Approved by Maya Okafor\. Posting in 0:(09|10)"))
    await stage.house.pass_time(11)
    await expect(status(page)).to_contain_text("Posted to Bluesky @oreo.example.")
    await expect(page.get_by_role("link", name="See it at 127.0.0.1")).to_be_visible()
    await expect(page).to_have_title("bonmot")
    assert stage.house.desk.posted == [(OREO, FIRST)]


async def test_another_draft_is_chosen_and_posted(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_text(SECOND).click()
    await page.locator("[data-do=approve]").click()
    await expect(page.locator(".said")).to_have_text(SECOND)
    await stage.house.pass_time(11)
    assert stage.house.desk.posted == [(OREO, SECOND)]


async def test_edit_in_place_counts_warns_saves_and_is_approved(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Edit").click()
    area = page.get_by_label("Your text")
    await expect(area).to_have_value(FIRST)
    await area.fill("x" * 301)
    await expect(page.locator(".editor .length")).to_have_text("301 / 300")
    await expect(page.locator(".problems")).to_contain_text("too long")
    await expect(page.get_by_role("button", name="Save text")).to_be_disabled()
    await area.fill("Dunk in the dark.")
    await page.get_by_role("button", name="Save text").click()
    await expect(page.locator(".draft:has(input:checked)")).to_contain_text("edited by Maya Okafor")
    await expect(page.locator("[data-do=approve]")).to_be_focused()
    await page.locator("[data-do=approve]").click()
    await expect(status(page)).to_contain_text("Approved")
    await stage.house.pass_time(11)
    assert stage.house.desk.posted == [(OREO, "Dunk in the dark.")]


async def test_reject_asks_for_a_reason(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Reject").click()
    panel = page.locator("[data-panel=reject]")
    await panel.get_by_role("button", name="Reject").click()
    await expect(page.locator("#card-p1 .feedback")).to_contain_text("Say why")
    await panel.get_by_role("button", name="Too sensitive").click()
    await panel.get_by_role("button", name="Reject").click()
    await expect(status(page)).to_contain_text("Rejected by Maya Okafor. Too sensitive.")
    await expect(page.locator("#quiet")).to_be_visible()


async def test_snooze_shows_how_long_and_never_passes_the_deadline(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Snooze").click()
    choices = page.locator("[data-panel=snooze] [data-do=snooze]")
    await expect(choices).to_have_text(["5 min"])  # the deadline is in 12 minutes
    await choices.click()
    await expect(status(page)).to_have_text(re.compile(r"Snoozed by Maya Okafor; back in (5:00|4:5\d)"))


async def test_undo_in_the_window_takes_it_back(stage: Stage) -> None:
    page = await stage.open()
    await page.locator("[data-do=approve]").click()
    await page.get_by_role("button", name="Undo: do not post").click()
    await expect(status(page)).to_contain_text("Taken back by Maya Okafor. Nothing was posted.")
    await stage.house.pass_time(60)
    assert stage.house.desk.posted == []


async def test_undo_after_posting_deletes_the_post(stage: Stage) -> None:
    page = await stage.open()
    await page.locator("[data-do=approve]").click()
    await expect(status(page)).to_contain_text("Approved")
    await stage.house.pass_time(11)
    await page.get_by_role("button", name="Undo: delete the post").click()
    await page.get_by_role("button", name="Delete the post", exact=True).click()
    await expect(status(page)).to_contain_text("Deleted from Bluesky by Maya Okafor.")


async def test_an_expired_card_is_greyed_and_has_no_buttons(stage: Stage) -> None:
    page = await stage.open()
    await stage.house.pass_time(800)
    await expect(status(page)).to_contain_text("Expired. Nothing was posted.")
    await expect(page.locator("#card-p1 button:visible")).to_have_count(0)
    await expect(page.locator("#waiting")).to_have_text("0")


async def test_of_two_people_at_once_one_wins_and_the_other_is_told_who(stage: Stage) -> None:
    # Neither page hears of the other's click in time: that is what "at once" means.
    pages = {name: await stage.open(name, is_live=False) for name in ("maya", "jonas")}
    async with asyncio.TaskGroup() as group:
        for page in pages.values():
            group.create_task(page.locator("[data-do=approve]").click())
    for page in pages.values():
        await expect(status(page)).to_contain_text("Approved by")
    card = await stage.house.desk.card("p1")
    assert card is not None
    winner = card.proposal.approvals[0].person
    loser = "jonas" if winner == "maya" else "maya"
    await expect(pages[loser].locator("#card-p1 .feedback")).to_contain_text(f"already approved by {winner}")
    await expect(pages[winner].locator("#card-p1 .feedback")).to_have_text("")
    await stage.house.pass_time(11)
    assert len(stage.house.desk.posted) == 1


async def test_two_people_say_yes_where_it_is_delicate(stage: Stage) -> None:
    stage.house.offer("p2", tier=2, needed=2)
    maya, jonas = await stage.open(), await stage.open("jonas")
    await maya.locator("#card-p2 [data-do=approve]").click()
    await expect(maya.locator("#card-p2 .acts")).to_contain_text("You said yes. Another person has to.")
    await expect(jonas.locator("#card-p2 .two-people")).to_contain_text("Maya Okafor said yes; 1 more to go.")
    await jonas.locator("#card-p2 [data-do=approve]").click()
    await expect(status(maya, "p2")).to_contain_text("Approved by Maya Okafor and Jonas Weber.")


async def test_what_somebody_types_is_never_taken_away(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Your text").fill("My half-written jo")
    await stage.house.desk.decide(Order("p1", "edit", "jonas", "cli", 1, text="Quicker."))
    await expect(page.locator(".changed")).to_contain_text("Changed meanwhile.")
    await expect(page.get_by_label("Your text")).to_have_value("My half-written jo")
    await page.get_by_role("button", name="Save text").click()
    await expect(page.locator("#card-p1 .feedback")).to_contain_text("was edited by jonas")
    await expect(page.get_by_label("Your text")).to_have_value("My half-written jo")
    await page.get_by_role("button", name="Show how it stands now").click()
    await expect(page.locator(".draft:has(input:checked)")).to_contain_text("Quicker.")


async def test_a_pause_elsewhere_leaves_a_half_written_text_alone(stage: Stage) -> None:
    page = await stage.open()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Your text").fill("My half-written jo")
    await stage.house.desk.pause("jonas", "Sponsor call", None)
    await expect(page.locator(".paused")).to_be_visible()
    await expect(page.locator(".changed")).to_be_visible()
    await expect(page.get_by_label("Your text")).to_have_value("My half-written jo")


async def test_a_text_does_not_change_under_the_hand(stage: Stage) -> None:
    page = await stage.open()
    await page.locator("[data-do=approve]").hover()
    await stage.house.desk.decide(Order("p1", "edit", "jonas", "cli", 1, text="Swapped."))
    await expect(page.locator(".changed")).to_be_visible()
    await page.locator("[data-do=approve]").click()
    await expect(page.locator("#card-p1 .feedback")).to_contain_text("was edited by jonas")
    await stage.house.pass_time(11)
    assert stage.house.desk.posted == []


async def test_everything_works_by_keyboard(stage: Stage) -> None:
    page = await stage.open()
    keys = page.keyboard
    await keys.press("j")
    await expect(page.locator("#card-p1")).to_be_focused()
    await keys.press("3")
    await expect(page.locator(".draft input").nth(2)).to_be_checked()
    await keys.press("e")
    await keys.press("Control+a")
    await keys.type("Typed, not clicked.")
    await keys.press("Control+Enter")
    await expect(page.locator("[data-do=approve]")).to_be_focused()
    await keys.press("Enter")
    await expect(status(page)).to_contain_text("Approved")
    await keys.press("u")
    await expect(status(page)).to_contain_text("Taken back")
    await keys.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("By keyboard")
    await keys.press("Escape")
    await expect(page.locator("#help")).to_be_hidden()


async def test_a_single_key_shows_the_button_but_never_posts(stage: Stage) -> None:
    page = await stage.open()
    await page.keyboard.press("a")
    button = page.locator("[data-do=approve]")
    await expect(button).to_be_focused()
    outline = await button.evaluate("(e) => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("r")
    await page.keyboard.type("Off brand")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-panel=reject]")).to_be_hidden()
    card = await stage.house.desk.card("p1")
    assert card is not None
    assert card.proposal.state == "pending"


async def test_a_card_arrives_by_itself_and_in_its_place(stage: Stage) -> None:
    page = await stage.open()
    stage.house.offer("p0", deadline=stage.house.clock.now().replace(minute=45))
    await expect(page.locator("#open > .card").first).to_have_id("card-p0")
    await expect(page).to_have_title("(2) bonmot")
    await expect(page.locator("#said")).to_have_text("New card: Superdome lights out")


async def test_pausing_takes_a_reason_and_shows_on_every_page(stage: Stage) -> None:
    maya, jonas = await stage.open(), await stage.open("jonas")
    await maya.get_by_role("button", name="Pause").click()
    await maya.get_by_label("Why", exact=True).fill("Sponsor call")
    await maya.get_by_role("button", name="Pause posting").click()
    await expect(jonas.locator(".paused")).to_contain_text("Posting is paused by Maya Okafor")
    await expect(jonas.locator("#card-p1 .acts")).to_contain_text("Nothing can be approved while posting is paused.")
    await jonas.get_by_role("button", name="Resume posting").click()
    await expect(maya.locator("[data-do=approve]")).to_be_visible()


async def test_an_unclear_outcome_is_shown_loudly(stage: Stage) -> None:
    stage.house.desk.loses_answers = True
    page = await stage.open()
    await page.locator("[data-do=approve]").click()
    await expect(status(page)).to_contain_text("Approved")
    await stage.house.pass_time(11)
    await expect(page.locator(".status.alarm")).to_contain_text("It is not known whether this was posted.")


async def test_a_login_link_leaves_no_trace_and_works_once(stage: Stage) -> None:
    link = stage.house.inbox.login_url("maya")
    page = await stage.windows.of("maya")
    await page.goto(link)
    await page.wait_for_url(stage.house.inbox.url)
    await page.goto(link)
    await expect(page.get_by_role("heading")).to_have_text("Not logged in")
    assert page.url == f"{stage.house.inbox.url}login"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_scrolls_one_way_and_every_word_is_legible(stage: Stage, scheme: Any) -> None:
    long = "W" * 10_000
    post = Post(
        "h", "bluesky", samples.START, f"{long} \u202e <script>alert(1)</script>", url="https://a.example/" + long[:900]
    )
    stage.house.offer("p2", trend=samples.trend(long, samples=(post,), terms=(long,)), text=FIRST)
    for judged in samples.silences():
        stage.house.desk.note(judged)
    page = await stage.windows.of("maya")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await stage.open()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    assert await page.evaluate(BEYOND) == []
    assert await page.evaluate(CONTRAST) == []
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == ("rgb(21, 20, 18)" if scheme == "dark" else "rgb(246, 244, 239)")
    await expect(page.locator("#card-p1 .plot")).to_have_js_property("naturalWidth", 340)
    chosen = await page.locator("#card-p1 .plot").evaluate("(e) => e.currentSrc")
    assert ("theme=dark" in chosen) == (scheme == "dark")
