"""The demo put on: for a person with a browser, or for itself with `--headless`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.clock import SystemClock
from responders.daemon import listen_for_signals, run_id_at
from responders.demo import slack_story
from responders.demo.stage import MEMBERS, MINUTES, SPEED, Stage, set_up
from responders.demo.story import Story, StoryFailed, play

PERSON = "maya"
COLLEAGUE = "jon"


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is put on."""

    headless: bool
    with_slack: bool
    seed: int
    port: int
    """Of the page."""
    open_page: bool


def run_demo(wish: Wish) -> Story | None:
    """Play the evening; returns the story of a headless one. Raises StoryFailed where it went wrong."""
    with tempfile.TemporaryDirectory(prefix="bonmot-demo-") as folder:
        return asyncio.run(_play(Path(folder), wish))


async def _play(folder: Path, wish: Wish) -> Story | None:
    clock = SystemClock()
    stop = asyncio.Event()
    async with set_up(
        folder, clock=clock, seed=wish.seed, port=wish.port, run_id=run_id_at(clock), with_slack=wish.with_slack
    ) as stage:
        main = asyncio.current_task()
        assert main is not None
        listen_for_signals(stop, main)
        if wish.headless:
            return await _told(stage, stop)
        _greet(stage, wish.open_page)
        await stage.house.run(stop)
    return None


async def _told(stage: Stage, stop: asyncio.Event) -> Story:
    act = slack_story.play if stage.slack is not None else play
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(stage.house.run(stop), name="house")
            story = await act(stage)
            stop.set()
    except* StoryFailed as failed:  # one sentence for the person at the terminal, not a group of one
        raise failed.exceptions[0] from None
    return story


def _greet(stage: Stage, open_page: bool) -> None:
    console = Console(highlight=False)
    inbox = stage.house.inbox
    mine = inbox.login_url(PERSON)
    links = {
        "the inbox, as Maya": mine,
        "as Jon, for a second yes": inbox.login_url(COLLEAGUE),
        "the sandbox network": stage.sandbox.url,
    }
    if stage.slack is not None:
        mine = f"{stage.slack.url}/?as={MEMBERS[PERSON][0]}"
        links = {"the workspace, as Maya": mine} | links
    lasts = MINUTES * 60 / SPEED
    console.print(f"\nAn evening of {stage.posts:,} made-up posts: {MINUTES} minutes pass in {lasts:.0f} seconds.\n")
    for what, link in links.items():
        console.print(f"  {what:<26}", Text(link, style=f"link {link}"), soft_wrap=True)
    console.print("\nSoon the lights go out. Choose a draft, say yes, look at the network. Ctrl-C ends it.\n")
    if open_page and sys.stdout.isatty():
        webbrowser.open(mine)


def print_story(story: Story) -> None:
    """One screen: what happened, and when."""
    table = Table(title="The evening", title_justify="left", box=None, show_header=False, pad_edge=False)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("", overflow="fold")
    for secs, what, detail in story.chapters:
        table.add_row(f"{secs:.2f} s", what, Text(detail))
    Console(highlight=False).print(table)
