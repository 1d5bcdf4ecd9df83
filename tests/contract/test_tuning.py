"""Keywords tuned by two people: tried on the last day, written where they stand, refused where anything changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.aside import Here
from monitor.clock import FakeClock, to_text
from monitor.errors import Refused
from monitor.pipeline import Judgement
from monitor.signals.context import Context
from monitor.storage import open_database
from responders.approvals import samples
from responders.approvals.aides import Progress, Retune
from responders.approvals.changes import Changes
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from responders.loading import load_settings, starter_dir
from responders.trying import Trial
from responders.tuning import CHANGES, LiveTuner
from tests.crowd import START, chatter, happening

NOW = START + timedelta(hours=1)
SETTINGS = load_settings(starter_dir(), {})


@dataclass
class Room:
    """A folder of settings with a tuner before it."""

    root: Path
    tuner: LiveTuner
    ledger: Ledger
    clock: FakeClock
    desk: LedgerDesk
    recorded: list[Path]

    @property
    def file(self) -> Path:
        return self.root / "brands" / "oreo.yaml"

    def retune(self, **changes: Any) -> Retune:
        [oreo, _] = self.tuner.keywords()
        known = Retune("oreo", "add", 0, oreo.digest, "zeppelin", 2.0, "we had one")
        return replace(known, **changes)

    async def propose(self, person: str = "maya", **changes: Any) -> str:
        await self.clock.advance(1.0)
        return await self.tuner.propose(self.retune(**changes), person, self.clock.now())


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    root = tmp_path / "config"
    shutil.copytree(starter_dir(), root)
    settings = SETTINGS.model_copy(update={"root": root})
    clock, ledger = FakeClock(NOW), Ledger(open_database(":memory:"))
    books = Books(ledger)
    brands = {brand.name: brand for brand in settings.domain_brands()}
    desk = LedgerDesk(books, clock=clock, brands=brands, changes=Changes())
    recorded: list[Path] = []
    trial = Trial(lambda: recorded[0] if recorded else None, Context, books, desk, clock, Here())
    tuner = LiveTuner(lambda: settings, books, clock, trial, environ={})
    yield Room(root, tuner, ledger, clock, desk, recorded)
    books.close()
    ledger.close()


async def test_a_change_waits_for_another_approver_and_then_stands_in_the_file(room: Room) -> None:
    before = room.file.read_text("utf-8")
    people = load_settings(room.root, {}).brands["oreo"].approval.approvers
    assert len(people) > 1
    one, other = people[:2]
    assert "applies it on the Home tab" in await room.propose(one)
    [waiting] = await room.tuner.waiting()
    assert room.file.read_text("utf-8") == before
    with pytest.raises(Refused, match="another approver"):
        await room.tuner.settle(waiting.number, one, apply=True)
    said = await room.tuner.settle(waiting.number, other, apply=True)
    assert said == "Applied: oreo: a new keyword 'zeppelin' with weight 2.0."
    after = room.file.read_text("utf-8")
    new = "  - match: 'zeppelin'\n    weight: 2.0\n"
    assert after.replace(new, "") == before
    assert load_settings(room.root, {}).brands["oreo"].keywords[-1].match == "zeppelin"
    line = (room.root / CHANGES).read_text("utf-8")
    assert line.endswith(
        f"oreo: a new keyword 'zeppelin' with weight 2.0; proposed by {one} (we had one), applied by {other}\n"
    )
    assert await room.tuner.waiting() == []
    with pytest.raises(Refused, match="settled that already"):
        await room.tuner.settle(waiting.number, other, apply=True)
    assert [path.name for path in room.file.parent.iterdir() if path.name.startswith(".")] == []


async def test_who_is_no_approver_neither_proposes_nor_reviews(room: Room) -> None:
    with pytest.raises(Refused, match="eve may not tune Oreo"):
        await room.propose("eve")
    await room.propose()
    [waiting] = await room.tuner.waiting()
    with pytest.raises(Refused, match="eve may not tune Oreo"):
        await room.tuner.settle(waiting.number, "eve", apply=False)


async def test_the_only_approver_applies_it_alone(room: Room) -> None:
    before = room.tuner.settings()
    oreo = before.brands["oreo"]
    approval = oreo.approval.model_copy(update={"approvers": ["maya"]})
    brands = {**before.brands, "oreo": oreo.model_copy(update={"approval": approval})}
    alone = before.model_copy(update={"brands": brands})
    room.tuner.settings = lambda: alone
    assert (await room.propose()).startswith("Applied: oreo")
    assert "zeppelin" in room.file.read_text("utf-8")


async def test_a_file_that_changed_in_between_is_left_alone(room: Room) -> None:
    await room.propose()
    [waiting] = await room.tuner.waiting()
    room.file.write_text(room.file.read_text("utf-8") + "# mine\n", "utf-8")
    kept = room.file.read_bytes()
    with pytest.raises(Refused, match="was changed since"):
        await room.tuner.settle(waiting.number, "jon", apply=True)
    assert room.file.read_bytes() == kept
    assert not (room.root / CHANGES).exists()
    assert (await room.tuner.settle(waiting.number, "maya", apply=False)).startswith("Dropped")
    stale = replace(room.retune(), digest="0" * 16)
    assert "changed in the meantime" in room.tuner.against(stale)[""]
    with pytest.raises(Refused, match="changed in the meantime"):
        await room.tuner.propose(stale, "maya", NOW)


async def test_settings_that_would_not_load_are_not_written(room: Room) -> None:
    await room.propose()
    [waiting] = await room.tuner.waiting()
    bot = room.root / "bot.yaml"
    bot.write_text(bot.read_text("utf-8") + "\nnonsense: 1\n", "utf-8")
    kept = room.file.read_bytes()
    with pytest.raises(Refused, match=r"not applied: .*nonsense"):
        await room.tuner.settle(waiting.number, "jon", apply=True)
    assert room.file.read_bytes() == kept


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"match": "(dark"}, "match", "("),
        ({"match": "list:nothing"}, "match", "nothing"),
        ({"match": " "}, "match", "one line"),
        ({"match": "a\nb"}, "match", "one line"),
        ({"weight": 7.0}, "weight", "from 0 to 5"),
        ({"brand": "nobody"}, "", "no longer configured"),
        ({"act": "change", "place": 99}, "", "stands there no more"),
    ],
)
def test_mistakes_are_told_by_field(room: Room, changes: dict[str, Any], field: str, said: str) -> None:
    assert said in room.tuner.against(room.retune(**changes))[field]


def test_a_fine_rule_has_nothing_against_it(room: Room) -> None:
    assert room.tuner.against(room.retune()) == {}
    assert room.tuner.against(room.retune(act="remove")) == {}


async def test_a_preview_counts_the_trends_that_are_kept_and_says_so(room: Room) -> None:
    trend = replace(samples.opportunity().trend, detected_at=NOW - timedelta(minutes=30))
    room.desk.note(Judgement(trend, (), (), NOW - timedelta(minutes=30), True))
    found = await room.tuner.preview(room.retune(), Progress())
    assert found.of.startswith("1 trends that are kept of the last 24 hours, because nothing is recorded")
    assert 0 <= found.before <= 1
    room.recorded.append(room.root / "nothing")
    assert "no recording of the day can be read" in (await room.tuner.preview(room.retune(), Progress())).of


async def test_a_preview_reads_the_recordings_where_there_are_any(room: Room, tmp_path: Path) -> None:
    folder = tmp_path / "recorded" / "x"
    folder.mkdir(parents=True)
    words = ("soup", "bread", "tea", "rain", "snow", "wind", "hats", "cars", "trains", "boats", "cats", "dogs", "birds")
    texts = [f"lights out at the harbour with {one} and {other}" for one in words for other in words]
    posts = sorted([*chatter(25), *happening(texts, 900, posts=300)], key=lambda one: one.created_at)
    lines = [
        json.dumps({"id": one.id, "created_at": to_text(one.created_at), "text": one.text, "author": one.author,
                    "platform": one.platform})
        for one in posts
    ]  # fmt: skip
    (folder / "1.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    room.recorded.append(folder.parent)
    progress = Progress()
    before = room.tuner.settings()
    strict = before.brands["oreo"].thresholds.model_copy(update={"offer": 0.85, "caution": 0.85})
    oreo = before.brands["oreo"].model_copy(update={"thresholds": strict})
    settings = before.model_copy(update={"brands": {**before.brands, "oreo": oreo}})
    room.tuner.settings = lambda: settings
    deaf = Retune("oreo", "change", 1, room.retune().digest, "zeppelin", 0.0)
    found = await room.tuner.preview(deaf, progress)
    assert found.of == f"{len(posts)} recorded posts of the last 24 hours"
    assert progress.posts == len(posts)
    assert (found.before, found.after) == (1, 0)


async def test_a_preview_that_nobody_waits_for_ends(room: Room, tmp_path: Path) -> None:
    folder = tmp_path / "recorded" / "x"
    folder.mkdir(parents=True)
    line = json.dumps({"id": "1", "created_at": to_text(START), "text": "a", "author": "b", "platform": "x"})
    (folder / "1.jsonl").write_text(line + "\n", "utf-8")
    room.recorded.append(folder.parent)
    with pytest.raises(Exception, match="nobody waits"):
        await room.tuner.preview(room.retune(), Progress(is_over=True))
