"""The stage of the demo: starter settings in a folder of its own, a written evening, a sandbox network, a house."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from monitor.approval import ApprovalSettings
from monitor.aside import Aside
from monitor.clock import Clock
from monitor.settings import HoldSettings, Settings
from responders.bot import built
from responders.demo.evening import evening, write
from responders.house import House
from responders.loading import load_settings, starter_dir
from responders.sandbox import bluesky, slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, SECOND, Slack

MINUTES = 45
SEED = 2013
SPEED = 240.0
"""The evening's 45 minutes pass in about 11 seconds: fast, and still slow enough to watch."""

UNDO_SECS = 3.0
"""Shorter than in life, where people need a moment to gasp."""

SECRETS = {
    "BONMOT_SANDBOX_PASSWORD": "sandbox-only",
    "BONMOT_SANDBOX_BOT": BOT_TOKEN,
    "BONMOT_SANDBOX_APP": APP_TOKEN,
}
"""They open nothing but the sandboxes on this machine."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the demo shows."""

    house: House
    sandbox: bluesky.Sandbox
    posts: int
    """How many posts the evening has."""
    slack: Slack | None = None
    """The workspace, where the people decide in Slack as well."""


MEMBERS = {"maya": ("U11MAYA", "Maya (social)"), "jon": ("U12JON", "Jon (brand)"), "ines": ("U13INES", "Ines (legal)")}
"""Slack's ids and names of the people of the starter settings."""


@asynccontextmanager
async def set_up(
    folder: Path,
    *,
    clock: Clock,
    run_id: str,
    seed: int = SEED,
    port: int = 0,
    speed: float | None = SPEED,
    hold_hours: float = 0.0,
    think: Aside | None = None,
    with_slack: bool = False,
) -> AsyncIterator[Stage]:
    """Write the evening and the settings into `folder`, start the sandbox and the house around them.

    `speed` None plays the evening as fast as it can be judged. Without `hold_hours` its tragedy stops only its own
    trend: in life everything would wait for hours, and the story would end there. `with_slack` puts a sandbox workspace
    beside the page, with a channel for each brand.
    """
    posts = evening(seed, clock.now(), minutes=MINUTES)
    write(posts, folder / "evening.jsonl")
    async with AsyncExitStack() as stack:
        sandbox = await bluesky.start("127.0.0.1", 0)
        stack.push_async_callback(sandbox.close)
        chat = await _workspace(stack, clock) if with_slack else None
        settings = _settings(folder, sandbox=sandbox.url, port=port, speed=speed, chat=chat)
        settings = settings.model_copy(
            update={"bot": settings.bot.model_copy(update={"hold": HoldSettings(hours=hold_hours)})}
        )
        async with built(settings, clock=clock, run_id=run_id, think=think) as house:
            yield Stage(house, sandbox, len(posts), chat)


async def _workspace(stack: AsyncExitStack, clock: Clock) -> Slack:
    chat = await slack.start(clock=clock)
    stack.push_async_callback(chat.close)
    chat.space.join({key: (name, title) for name, (key, title) in MEMBERS.items()})
    for key, name in ((CHANNEL, "oreo-live"), (SECOND, "tide-live")):
        chat.space.channels[key]["name"] = name
    return chat


def _settings(folder: Path, *, sandbox: str, port: int, speed: float | None, chat: Slack | None) -> Settings:
    """What `init` gives a person, with the evening to listen to and the sandbox to post to."""
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    bot = yaml.safe_load((config / "bot.yaml").read_text("utf-8"))
    bot["sources"] = {"recording": {"files": [str(folder / "evening.jsonl")], "speed": speed}}
    handles = ["oreo.example", "tide.example"]
    log_ins = {handle: {"password": "${BONMOT_SANDBOX_PASSWORD}"} for handle in handles}
    bot["publishers"] = {"bluesky": {"base_url": sandbox, "accounts": log_ins}}
    bot["inbox"] = {"host": "127.0.0.1", "port": port}
    if chat is not None:
        tokens = {"bot_token": "${BONMOT_SANDBOX_BOT}", "app_token": "${BONMOT_SANDBOX_APP}"}
        bot["slack"] = tokens | {"channels": {"oreo": CHANNEL, "tide": SECOND}, "base_url": f"{chat.url}/api"}
        for name, (key, _) in MEMBERS.items():
            bot["people"][name]["slack"] = key
    (config / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    settings = load_settings(config, SECRETS)
    brands = {
        name: brand.model_copy(update={"approval": _quick(brand.approval), "markets": []})  # plays on sad days as well
        for name, brand in settings.brands.items()
    }
    return settings.model_copy(update={"brands": brands})


def _quick(approval: ApprovalSettings) -> ApprovalSettings:
    return approval.model_copy(update={"undo_secs": UNDO_SECS})
