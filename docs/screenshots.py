"""Take the pictures of the local page: `python docs/screenshots.py [FOLDER]`; the one in the README is inbox.png."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from monitor.clock import FakeClock, SystemClock
from monitor.model import Signal, Verdict
from responders.approvals import Order, samples
from responders.approvals.fake import FakeDesk
from responders.approvals.inbox import InboxApp, build
from responders.demo.stage import set_up

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    name: str
    width: int
    height: int | None = None
    """None takes the whole page."""
    dark: bool = False
    real: bool = False
    """Of the running demo, as anybody can have it with `make demo`."""
    busy: bool = False
    """With a second evening on the page: every state a card can be in."""


SHOTS = (
    Shot("inbox", 1200, 1120, real=True),
    Shot("light", 1200, 1120),
    Shot("dark", 1200, 1120, dark=True),
    Shot("phone", 390),
    Shot("phone-dark", 390, 1400, dark=True),
    Shot("states", 1200, busy=True),
    Shot("states-dark", 1200, dark=True, busy=True),
)


def quiet_evening(clock: FakeClock) -> FakeDesk:
    """One card and two silences."""
    desk = FakeDesk(clock)
    desk.offer(samples.opportunity(), samples.proposal("lights", samples.opportunity()))
    for judged in samples.silences():
        desk.note(judged)
    return desk


async def busy_evening(clock: FakeClock) -> FakeDesk:
    """Cards in every state."""
    desk = quiet_evening(clock)
    caution = Signal("safety", 0.55, "names a living person", caution="names a living person (Beyoncé)")
    careful = samples.score("tide", verdict=Verdict.CAUTION, tier=2, signals=(caution, *samples.score().signals[:3]))
    named = samples.opportunity(2, by=careful, of=samples.trend("Beyoncé blew the fuse"), good_secs=100)
    desk.offer(named, samples.proposal("fuse", named, account="mastodon:tide@brands.example", needed=2))
    for key in ("approved", "posted", "lost", "rejected"):
        other = samples.opportunity(3, by=samples.score("duracell"), of=samples.trend(f"The {key} one"))
        desk.offer(other, samples.proposal(key, other, account=f"bluesky:{key}.example"))
    await act(desk, "posted", "approve")
    await clock.advance(11)
    await desk.tick()
    desk.loses_answers = True
    await act(desk, "lost", "approve")
    await clock.advance(11)
    await desk.tick()
    await act(desk, "approved", "approve")
    await act(desk, "fuse", "approve", person="jonas")
    await act(desk, "rejected", "reject", reason="Too sensitive while nobody knows the cause")
    return desk


async def act(desk: FakeDesk, key: str, name: Any, *, person: str = "maya", reason: str = "") -> None:
    card = await desk.card(key)
    assert card is not None
    await desk.decide(Order(key, name, person, "inbox", card.proposal.revision, reason=reason))


async def take_real(browser: Browser, shot: Shot, folder: Path) -> None:
    """Play the demo to its end and photograph what it shows."""
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory() as place:
        async with set_up(Path(place), clock=SystemClock(), run_id="demo") as stage, asyncio.TaskGroup() as group:
            group.create_task(stage.house.run(stop))
            await stage.house.watch.is_finished.wait()
            await _photograph(browser, shot, folder, inbox=stage.house.inbox)
            stop.set()


async def take(browser: Browser, shot: Shot, folder: Path) -> None:
    """Build an evening, open it, photograph it."""
    clock = FakeClock(samples.START)
    desk = await busy_evening(clock) if shot.busy else quiet_evening(clock)
    inbox = build(
        desk,
        people=samples.PEOPLE,
        brands=samples.BRANDS,
        clock=clock,
        port=0,
        last_read=lambda: samples.START - timedelta(seconds=2),
    )
    await inbox.start()
    try:
        await _photograph(browser, shot, folder, inbox=inbox)
    finally:
        desk.close()
        await inbox.close()


async def _photograph(browser: Browser, shot: Shot, folder: Path, *, inbox: InboxApp) -> None:
    context = await browser.new_context(
        viewport={"width": shot.width, "height": shot.height or 900},
        color_scheme="dark" if shot.dark else "light",
        timezone_id="America/Chicago",
        locale="en-US",
    )
    page = await context.new_page()
    page.on("console", lambda line: print(f"{shot.name}: {line.text}", file=sys.stderr))
    page.on("pageerror", lambda failure: print(f"{shot.name}: {failure}", file=sys.stderr))
    await page.goto(inbox.login_url("maya"))
    await page.wait_for_selector(".live[data-state=live]")
    await page.wait_for_function("[...document.images].every((i) => i.complete)")
    await page.screenshot(path=folder / f"{shot.name}.png", full_page=shot.height is None)
    await context.close()


async def main(folder: Path, wanted: list[str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                await (take_real if shot.real else take)(browser, shot, folder)
        await browser.close()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    asyncio.run(main(target, sys.argv[2:] or ["inbox"] * (len(sys.argv) < 2)))
