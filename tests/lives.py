"""One folder, several lives of the watching half: settings, a small recording, a run to its end or to a death."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from monitor.model import Post, Score, Verdict
from monitor.pipeline import Judgement
from monitor.signals.context import Context
from responders.bot import built
from responders.demo.evening import write
from responders.loading import load_settings, starter_dir
from responders.model import Proposal
from tests.crowd import START, post

RECORDING = "evening.jsonl"


def people(at_secs: float, *texts: str) -> list[Post]:
    """Sixty people within a minute say one of the texts, short enough and with a number of their own: no copies."""
    random = Random(at_secs)
    return [
        post(f"{random.choice(texts)} {random.randrange(10**6)}", at_secs + random.random() * 60.0,
             key=f"p-{at_secs}-{number}", author=f"p{at_secs}-{number}")
        for number in range(60)
    ]  # fmt: skip


class TickingClock:
    """A second passes with every look at it: what is due every few seconds comes due while a recording plays."""

    def __init__(self, start: datetime) -> None:
        self.present = start

    def now(self) -> datetime:
        self.present += timedelta(seconds=1)
        return self.present

    async def sleep(self, secs: float) -> None:
        self.present += timedelta(seconds=max(0.0, secs))
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Life:
    """What one life did, and what the ledger holds after it."""

    cards: list[Proposal]
    told: list[Judgement]
    context: Context
    """As it was when this life began."""

    @property
    def announced(self) -> list[str]:
        return [judgement.trend.id for judgement in self.told if judgement.is_first]

    def scores(self, word: str) -> list[Score]:
        """What was thought of the trends that a word of theirs names, told in this life."""
        return [
            score
            for judgement in self.told
            if word in " ".join((judgement.trend.name, *judgement.trend.terms)).casefold()
            for score in judgement.scores
        ]

    def verdicts(self, word: str) -> set[Verdict]:
        return {score.verdict for score in self.scores(word)}


def furnish(folder: Path, posts: Sequence[Post], **changes: Any) -> Path:
    """Starter settings for the brand oreo alone, listening to a recording of these posts; returns the folder."""
    config = folder / "config"
    shutil.copytree(starter_dir(), config)
    for path in config.glob("*/*.yaml"):
        if path.stem != "oreo" and path.parent.name != "calendars":
            path.unlink()
    oreo = config / "brands" / "oreo.yaml"
    oreo.write_text(yaml.safe_dump(yaml.safe_load(oreo.read_text("utf-8")) | {"min_voices": 5} | changes), "utf-8")
    bot = yaml.safe_load((config / "bot.yaml").read_text("utf-8"))
    bot |= {"sources": {"recording": {"files": [str(folder / RECORDING)]}}, "inbox": {"port": 0}}
    bot["save_every_secs"] = 20.0
    (config / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    record(folder, posts)
    return folder


def play(folder: Path, **block: Any) -> None:
    """Set what stands under `sources: recording:`."""
    path = folder / "config" / "bot.yaml"
    path.write_text(
        yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | {"sources": {"recording": block}}), "utf-8"
    )


def record(folder: Path, posts: Sequence[Post]) -> None:
    """What there is to hear so far."""
    write(sorted(posts, key=lambda one: one.created_at), folder / RECORDING)


async def live(folder: Path, run_id: str, *, dies_at_secs: float | None = None) -> Life:
    """Watch to the end of the recording, or die without a word when the stream's clock is there."""
    clock = TickingClock(START)
    told: list[Judgement] = []
    async with built(load_settings(folder / "config", {}), clock=clock, run_id=run_id) as house:
        office, watch = house.office, house.watch
        add, receive, context = office.pipeline.add, watch.receive, office.pipeline.context

        def add_or_die(one: Post) -> list[Judgement]:
            if dies_at_secs is not None and (one.created_at - START).total_seconds() >= dies_at_secs:
                os.kill(os.getpid(), signal.SIGKILL)
            return add(one)

        async def note(judgement: Judgement, is_recording: bool) -> None:
            told.append(judgement)
            await receive(judgement, is_recording)

        office.pipeline.add = add_or_die  # type: ignore[method-assign]
        watch.receive = note
        await watch.run(asyncio.Event())
        cards = await office.books.call(office.books.ledger.proposals)
    return Life(cards, told, context)
