"""`bonmot run` as a person runs it: a process of its own, signals, health, and the command line beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from monitor.clock import SystemClock
from responders.demo.evening import evening, write
from responders.loading import starter_dir
from responders.sandbox import bluesky

PATIENCE_SECS = 60.0


@dataclass
class Daemon:
    """One running `bonmot run`, and the commands a person types in another terminal."""

    folder: Path
    process: asyncio.subprocess.Process
    sandbox: bluesky.Sandbox
    http: aiohttp.ClientSession
    url: str = ""

    async def bonmot(self, *words: str, code: int = 0) -> str:
        """Run one command beside the daemon; returns its standard output."""
        process = await asyncio.create_subprocess_exec(
            *BONMOT,
            *words,
            cwd=self.folder,
            env=environ(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == code, err.decode()
        assert b"Traceback" not in err
        return out.decode() or err.decode()

    async def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await self.bonmot("inbox", "--json"))
        return found

    async def first_card(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECS):
            while not (found := [card for card in await self.cards() if card["brand"] == "oreo"]):
                pass
        return found[0]

    async def said(self) -> str:
        """What it wrote to its standard error until it ended."""
        _, err = await self.process.communicate()
        return err.decode()


BONMOT = (sys.executable, "-m", "responders")


def environ() -> dict[str, str]:
    return {**os.environ, "SANDBOX_PASSWORD": "sandbox-only", "COLUMNS": "200"}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    sandbox = await bluesky.start()
    shutil.copytree(starter_dir(), tmp_path / "config")
    for path in (tmp_path / "config" / "brands").glob("*.yaml"):
        brand = yaml.safe_load(path.read_text("utf-8"))
        brand["approval"]["undo_secs"] = 0.5
        brand["markets"] = []  # today may be a day of mourning
        path.write_text(yaml.safe_dump(brand), "utf-8")
    write(evening(2013, SystemClock().now()), tmp_path / "evening.jsonl")
    bot = yaml.safe_load((tmp_path / "config" / "bot.yaml").read_text("utf-8"))
    bot["sources"] = {"recording": {"files": ["evening.jsonl"]}}
    log_in = {"password": "${SANDBOX_PASSWORD}"}
    bot["publishers"] = {
        "bluesky": {"base_url": sandbox.url, "accounts": {"oreo.example": log_in, "tide.example": log_in}}
    }
    bot["inbox"] = {"port": 0}
    bot["grace_secs"] = 5.0
    bot["hold"] = {"hours": 0}  # the evening has a disaster; tests/journey/test_hold.py is about it
    bot["log"] = {"format": "json"}
    (tmp_path / "config" / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *BONMOT, "run", cwd=tmp_path, env=environ(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with aiohttp.ClientSession() as http:
        running = Daemon(tmp_path, process, sandbox, http)
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE_SECS):
            while line := await process.stderr.readline():
                if b"bot_started" in line:
                    running.url = json.loads(line)["url"]
                    break
        try:
            yield running
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
            await sandbox.close()


async def health_readiness_and_metrics_answer(daemon: Daemon) -> None:
    async with daemon.http.get(f"{daemon.url}healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    async with daemon.http.get(f"{daemon.url}readyz") as answer:
        assert answer.status == 200
    async with daemon.http.get(f"{daemon.url}metrics") as answer:
        assert answer.status in (401, 403)
    token = (daemon.folder / "data" / "inbox.token").read_text("ascii")
    async with daemon.http.get(f"{daemon.url}metrics", headers={"Authorization": f"Bearer {token}"}) as answer:
        page = await answer.text()
    assert 'bonmot_posts_read_total{source="recording"}' in page
    assert 'bonmot_verdicts_total{brand="oreo",verdict="offer"}' in page


async def a_pause_holds_and_ends(daemon: Daemon) -> None:
    said = await daemon.bonmot("pause", "--person", "jon", "news is breaking")
    assert "until `bonmot resume`" in said
    assert "Posting is paused by jon until `bonmot resume`: news is breaking" in await daemon.bonmot("inbox")
    assert "resumed" in await daemon.bonmot("resume", "--person", "jon")
    again = await daemon.bonmot("resume", "--person", "jon", code=1)
    assert "paused" in again


async def settings_are_taken_on_a_signal(daemon: Daemon) -> None:
    """SIGHUP has them read again; the page lets a new person in at once."""
    path = daemon.folder / "config" / "bot.yaml"
    bot = yaml.safe_load(path.read_text("utf-8"))
    bot["people"]["zoe"] = {"title": "Zoe"}
    path.write_text(yaml.safe_dump(bot), "utf-8")
    token = (daemon.folder / "data" / "inbox.token").read_text("ascii")
    daemon.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(PATIENCE_SECS):
        status = 0
        while status != 200:
            asked = daemon.http.post(
                f"{daemon.url}api/login-links", json={"person": "zoe"}, headers={"Authorization": f"Bearer {token}"}
            )
            async with asked as answer:
                status = answer.status


async def test_its_health_is_told_and_what_a_terminal_approves_is_posted_once(daemon: Daemon) -> None:
    card = await daemon.first_card()
    await health_readiness_and_metrics_answer(daemon)
    await a_pause_holds_and_ends(daemon)
    await settings_are_taken_on_a_signal(daemon)
    assert "another bonmot runs" in await daemon.bonmot("run", code=1)
    refused = await daemon.bonmot("inbox", "approve", card["id"], "--person", "nobody", "--revision", "1", code=1)
    assert "known: ines, jon, maya, zoe" in refused
    chosen = ("--draft", "2", "--revision", str(card["revision"]))
    await daemon.bonmot("inbox", "approve", card["id"], "--person", "maya", *chosen)
    async with asyncio.timeout(PATIENCE_SECS):
        while not daemon.sandbox.posts:
            await asyncio.sleep(0.05)
    assert [post.text for post in daemon.sandbox.posts] == [card["drafts"][1]["text"]]
    listed = json.loads(await daemon.bonmot("outbox", "--json"))
    assert [(one["id"], one["state"]) for one in listed] == [(card["id"], "published")]
    assert "whole" in await daemon.bonmot("outbox", "--verify")
    daemon.process.send_signal(signal.SIGTERM)
    said = await asyncio.wait_for(daemon.said(), PATIENCE_SECS)
    assert daemon.process.returncode == 0
    assert "stop_asked" in said
    assert "bot_stopped" in said
    assert '"settings_taken"' in said
    assert "Traceback" not in said


async def test_a_second_signal_ends_it_at_once(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGINT)
    daemon.process.send_signal(signal.SIGTERM)
    said = await asyncio.wait_for(daemon.said(), PATIENCE_SECS)
    assert daemon.process.returncode in (0, 130), "0 where the drain was faster than the second signal"
    assert "Traceback" not in said
