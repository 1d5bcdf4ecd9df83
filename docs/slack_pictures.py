"""Take pictures of every golden card as people see it: `python docs/slack_pictures.py FOLDER [NAME...]`.

The cards of tests/golden/slack are put into the sandbox workspace and looked at through its page: at the width of a
screen and of a phone, light and dark.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from monitor.clock import FakeClock
from responders.approvals import samples
from responders.plot import of_trend
from responders.plot_png import png
from responders.sandbox import slack
from responders.sandbox.slack import CHANNEL, Slack

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
CARDS = Path(__file__).parent.parent / "tests/golden/slack"
PICTURE = Path(__file__).parent.parent / "config/assets/dark.png"
WIDTHS = (1100, 390)
VIEWER = "U01ADA"


async def take(browser: Browser, made: dict[str, dict[str, Any]], folder: Path) -> None:
    """Each card in a workspace of its own, four times."""
    for name, shown in made.items():
        server = await slack.start(clock=FakeClock(samples.START))
        put(server, shown)
        for width in WIDTHS:
            for theme in ("light", "dark"):
                page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
                page.on("pageerror", lambda failure: print(failure, file=sys.stderr))
                room = "home" if shown.get("type") == "home" else CHANNEL
                await page.goto(f"{server.url}/?as={VIEWER}&at={room}")
                await page.wait_for_selector("html[data-live=yes]")
                await photograph(page, folder / f"{name}-{width}-{theme}.png", shown)
                await page.close()
        await server.close()


def put(server: Slack, shown: dict[str, Any]) -> None:
    """The card into the channel, or the view before the viewer."""
    space = server.space
    space.files["F0PLOT00001"] = {
        "id": "F0PLOT00001", "body": png(of_trend(samples.trend())), "is_complete": True, "looks": 9,
    }  # fmt: skip
    space.files["F0PICTURE01"] = space.files["F0PLOT00001"] | {"id": "F0PICTURE01", "body": PICTURE.read_bytes()}
    kind = shown.get("type")
    if kind == "modal":
        view = space.view(shown)
        space.stacks[VIEWER] = [view["id"]]
    elif kind == "home":
        space.homes[VIEWER] = space.view(shown)
    else:
        space.post(CHANNEL, shown)


async def photograph(page: Page, path: Path, shown: dict[str, Any]) -> None:
    """The whole of it, however long."""
    size = page.viewport_size
    assert size is not None
    if shown.get("type") == "modal":
        body = await page.evaluate("document.querySelector('#modal .body').scrollHeight")
        await page.set_viewport_size({"width": size["width"], "height": body + 200})
        await page.locator("#modal").screenshot(path=path)
        return
    height = await page.evaluate("document.getElementById('list').scrollHeight + 220")
    await page.set_viewport_size({"width": size["width"], "height": height})
    await page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
    await page.screenshot(path=path)


async def main(folder: Path, wanted: list[str]) -> None:
    """Read the cards and photograph them."""
    made = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(CARDS.glob("*.json"))}
    made = {name: shown for name, shown in made.items() if not wanted or name in wanted}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await take(browser, made, folder)
        await browser.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(target, sys.argv[2:]))
