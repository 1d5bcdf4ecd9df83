"""Settings that change under a running house: taken whole between two posts, or refused and said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.errors import Refused
from monitor.model import Post, Verdict
from monitor.pipeline import Judgement
from monitor.sources import Batch, recording
from responders.approvals import Order
from responders.bot import built
from responders.house import House
from responders.loading import load_settings
from responders.reload import Reloader
from tests.crowd import START, chatter
from tests.lives import TickingClock, furnish, people

STOAT = ("a stoat on the motorway", "the stoat took my shoes", "somebody stop that stoat")
OTTER = ("two otters in the fountain", "who put otters there", "the otters hold hands")
DARK = ("the stadium lights went out", "stadium lights out, so dark", "who turned off the stadium lights")


class Fed:
    """A source that gives what the test puts in."""

    name = "recording"
    is_recording = True

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Batch | None] = asyncio.Queue()
        self.opened: list[str | None] = []
        self.closed = 0

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        self.opened.append(since)
        try:
            while (batch := await self.waiting.get()) is not None:
                yield batch
        finally:
            self.closed += 1


@dataclass
class Rig:
    """A running watch that is fed by hand, and its settings folder."""

    folder: Path
    house: House
    source: Fed
    reloader: Reloader
    told: list[Judgement] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    def change(self, name: str, act: Callable[[dict[str, Any]], object]) -> None:
        path = self.folder / "config" / name
        body = yaml.safe_load(path.read_text("utf-8"))
        act(body)
        path.write_text(yaml.safe_dump(body), "utf-8")

    async def hear(self, posts: list[Post]) -> None:
        """Feed posts and wait until all of it is judged."""
        await self.source.waiting.put(Batch(sorted(posts, key=lambda post: post.created_at), f"c{len(self.added)}"))
        due = len(self.added) + len(posts)
        while len(self.added) < due or not self.source.waiting.empty():
            await asyncio.sleep(0)
        await self.house.watch.between(_nothing)

    def verdicts(self, word: str) -> set[tuple[str, Verdict]]:
        return {
            (score.brand, score.verdict)
            for one in self.told
            if word in " ".join((one.trend.name, *one.trend.terms)).casefold()
            for score in one.scores
        }


async def _nothing() -> None:
    pass


@asynccontextmanager
async def rig(folder: Path, source: Fed | None = None) -> AsyncIterator[Rig]:
    furnish(folder, [])
    settings = load_settings(folder / "config", {})
    async with built(settings, clock=TickingClock(START), run_id="one") as house:
        fed = source or Fed()
        house.watch.sources = [fed]
        made = Rig(folder, house, fed, Reloader(house, settings.root, {}))
        add, receive = house.office.pipeline.add, house.watch.receive

        def noted(post: Post) -> list[Judgement]:
            made.added.append(post.id)
            return add(post)

        async def heard(judgement: Judgement, is_recording: bool) -> None:
            made.told.append(judgement)
            await receive(judgement, is_recording)

        house.office.pipeline.add = noted  # type: ignore[method-assign]
        house.watch.receive = heard
        async with asyncio.TaskGroup() as group:
            group.create_task(house.watch.run(asyncio.Event()), name="watch")
            yield made
            await fed.waiting.put(None)


def likes_otters(body: dict[str, Any]) -> None:
    body["facts"].append({"name": "otter", "fact": "likes otters", "terms": ["otter", "otters"]})


async def test_a_fact_that_is_added_counts_for_the_next_trend(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        await made.hear(chatter(9) + people(300, *STOAT))
        assert made.verdicts("stoat") == {("oreo", Verdict.IGNORE)}
        made.told.clear()
        made.change("brands/oreo.yaml", likes_otters)
        assert await made.reloader.reload()
        await made.hear(chatter(9, seed=2, begin_secs=540) + people(900, *OTTER))
        assert ("oreo", Verdict.OFFER) in made.verdicts("otter")
        [card] = await made.house.office.desk.cards()
        assert card.opportunity.score.bridge is not None
        assert card.opportunity.score.bridge.matched == ("otters",)


async def test_the_same_settings_again_change_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        settings = made.house.settings
        assert not await made.reloader.reload()
        assert made.house.settings is settings


async def test_a_mistake_leaves_everything_as_it_was_and_is_said_on_the_page(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        before = made.house.settings
        path = tmp_path / "config" / "brands" / "oreo.yaml"
        good = path.read_text("utf-8")
        path.write_text(good + "\nfasts: 3\n", "utf-8")
        assert not await made.reloader.reload()
        assert made.house.settings is before
        assert "not taken" in made.house.refused
        assert "brands/oreo.yaml:" in made.house.refused
        assert "fasts" in made.house.refused
        path.write_text(good, "utf-8")
        assert not await made.reloader.reload()
        assert made.house.refused == "", "mended, and the same as what counts"


async def test_no_post_is_lost_or_counted_twice_while_settings_change(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        posts = chatter(10)
        for start in range(0, len(posts), 60):
            await made.source.waiting.put(Batch(posts[start : start + 60], str(start)))
            made.change("brands/oreo.yaml", lambda body, start=start: body.update(min_voices=6 + start))
            assert await made.reloader.reload()
        while len(made.added) < len(posts):
            await asyncio.sleep(0)
        assert made.added == [post.id for post in posts]
        assert made.house.office.pipeline.detector.duplicates == 0
        assert made.source.opened == [None], "a source whose block did not change is not opened again"
        assert made.house.settings.brands["oreo"].min_voices == 546


async def test_a_card_of_a_brand_that_was_removed_goes_nowhere(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        await made.hear(chatter(9) + people(300, *DARK))
        [card] = await made.house.office.desk.cards()
        brands = tmp_path / "config" / "brands"
        made.change("brands/oreo.yaml", lambda body: body.update(templates=["oreo"]))
        (brands / "oreo.yaml").rename(brands / "other.yaml")
        for path in (tmp_path / "config" / "tests").glob("*.yaml"):
            path.unlink()
        assert await made.reloader.reload(), made.house.refused
        assert list(made.house.office.brands) == ["other"]
        order = Order(card.proposal.id, "approve", "maya", "inbox", card.proposal.revision)
        with pytest.raises(Refused, match="oreo is no longer configured"):
            await made.house.office.desk.decide(order)
        assert await made.house.office.outbox._guard(card.proposal, START) == "oreo is no longer configured"


async def test_people_and_titles_of_the_page_follow(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        made.change("bot.yaml", lambda body: body["people"].update(zoe={"title": "Zoe Zander"}))
        made.change("brands/oreo.yaml", lambda body: body.update(title="Oreo cookies"))
        assert await made.reloader.reload()
        assert "#code=" in made.house.inbox.login_url("zoe")
        assert made.house.titles == {"oreo": "Oreo cookies"}


async def test_what_is_built_in_waits_for_a_new_start_and_says_so(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        made.change("bot.yaml", lambda body: body.update(hold={"hours": 1}, publishers={"console": None}))
        made.change("brands/oreo.yaml", lambda body: body.update(accounts=["console:oreo"]))
        assert not await made.reloader.reload()
        assert "accounts on console are new" in made.house.refused
        made.change("brands/oreo.yaml", lambda body: body.update(accounts=["bluesky:oreo.example"]))
        made.change("bot.yaml", lambda body: body.update(grace_secs=99.0))
        assert await made.reloader.reload()
        assert made.house.settings.bot.hold.hours == 1
        assert made.house.settings.bot.grace_secs != 99.0
        assert made.house.refused == "bot.yaml: grace_secs changed: start again for that to count"


async def test_another_recording_takes_the_place_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Fed()
    async with rig(tmp_path) as made:
        await made.hear(chatter(2))
        monkeypatch.setattr(recording, "build", lambda *_: fresh)
        (tmp_path / "second.jsonl").write_text("", "utf-8")
        made.change("bot.yaml", lambda b: b.update(sources={"recording": {"files": [str(tmp_path / "second.jsonl")]}}))
        assert await made.reloader.reload(), made.house.refused
        assert made.source.closed == 1
        made.source = fresh
        await made.hear(chatter(1, seed=3, begin_secs=120))
        assert fresh.opened == ["c0"], "it goes on behind what was judged"
        assert len(made.added) == len(chatter(2)) + len(chatter(1))
        await fresh.waiting.put(None)


async def test_a_saved_file_is_noticed(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        stop, taken = asyncio.Event(), asyncio.Event()
        take = made.house.take
        made.house.__class__.take = lambda self, settings: (take(settings), taken.set())  # type: ignore[method-assign,assignment]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(made.reloader.run(stop), name="reloader")
                async with asyncio.timeout(30):
                    while not taken.is_set():  # the watcher needs a moment to begin; each save is another change
                        made.change("brands/oreo.yaml", lambda body: body.update(min_voices=body["min_voices"] + 1))
                        await _some_time(taken)
                stop.set()
        finally:
            made.house.__class__.take = take.__func__  # type: ignore[method-assign]
        assert made.house.settings.brands["oreo"].min_voices > 5


async def _some_time(until: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(1):
            await until.wait()
    except TimeoutError:
        pass
