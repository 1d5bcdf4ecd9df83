"""What was recorded can be replayed, survives a crash, and lets go of what was taken back, too old or too much."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from monitor.aside import Here
from monitor.clock import FakeClock
from monitor.errors import BadInput
from monitor.model import Post
from monitor.record import LONGEST, README, SWEEP_EVERY, TAKEN_FILE, Keeper, Limits, Recorder
from monitor.sources import Batch, Tally
from monitor.sources.recording import read
from responders.bot import built
from responders.loading import load_settings, starter_dir
from responders.sandbox import jetstream
from tests.lives import TickingClock, furnish

NOW = datetime(2026, 11, 22, 20, 59, 30, tzinfo=UTC)
PLENTY = Limits(10**9, timedelta(days=7))
HOUR = 3600.0


def some(*texts: str, platform: str = "bluesky", at: datetime = NOW) -> list[Post]:
    return [
        Post(f"{platform}-{text}", platform, at + timedelta(seconds=n), text, author=f"did:{text}", likes=3)
        for n, text in enumerate(texts)
    ]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.jsonl.zst"))


def heard(folder: Path) -> list[Post]:
    tally = Tally()
    found = list(read(segments(folder), tally=tally, clock=FakeClock(NOW + timedelta(days=30))))
    assert tally.dropped == {}, tally
    return found


def recorder(folder: Path, clock: FakeClock, limits: Limits = PLENTY) -> Recorder:
    return Recorder(folder, limits, clock)


def test_what_was_recorded_is_read_again_as_it_was(tmp_path: Path) -> None:
    made = recorder(tmp_path, FakeClock(NOW))
    posts = [*some("a", "b", "zażółć 👩‍🚀"), *some("c", platform="mastodon")]
    made.take("bluesky", Batch(posts[:2]))
    made.take("bluesky", Batch(posts[2:3]))
    made.take("mastodon", Batch(posts[3:]))
    made.close()
    assert heard(tmp_path) == sorted(posts, key=lambda post: (post.created_at, post.id))
    assert [path.parent.name for path in segments(tmp_path)] == ["bluesky", "mastodon"]
    assert made.kept["bluesky"].posts == 3
    assert "deletions are honoured" in (tmp_path / "bluesky" / README).read_text("utf-8")
    assert {path.stat().st_mode & 0o077 for path in segments(tmp_path)} == {0}, "for nobody else on the machine"


async def test_each_hour_has_a_segment(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    made = recorder(tmp_path, clock)
    made.take("bluesky", Batch(some("a")))
    await clock.advance(60)
    made.take("bluesky", Batch(some("b", at=clock.now())))
    made.close()
    assert [path.name for path in segments(tmp_path)] == ["2026-11-22T20.jsonl.zst", "2026-11-22T21.jsonl.zst"]
    assert [post.text for post in heard(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("lost", [8, 20, 40])
def test_after_a_crash_in_the_middle_of_a_write_the_rest_is_whole_and_goes_on(tmp_path: Path, lost: int) -> None:
    clock = FakeClock(NOW)
    first = recorder(tmp_path, clock)
    first.take("bluesky", Batch(some("a")))
    first.flush()
    first.take("bluesky", Batch(some("b")))
    first.flush()
    [path] = segments(tmp_path)
    path.write_bytes(path.read_bytes()[:-lost])
    second = recorder(tmp_path, clock)
    second.take("bluesky", Batch(some("c")))
    second.close()
    assert [post.text for post in heard(tmp_path)] == ["a", "c"]


def test_what_was_taken_back_leaves_every_segment(tmp_path: Path) -> None:
    made = recorder(tmp_path, FakeClock(NOW))
    made.take("bluesky", Batch(some("a", "b", "c")))
    made.take("bluesky", Batch([], deleted=["bluesky-a"], gone=["did:c"]))
    assert (tmp_path / "bluesky" / TAKEN_FILE).exists(), "it is known after a crash, too"
    again = recorder(tmp_path, FakeClock(NOW))
    again.close()
    assert [post.text for post in heard(tmp_path)] == ["b"]
    assert not (tmp_path / "bluesky" / TAKEN_FILE).exists()


def test_a_deletion_half_written_in_a_crash_takes_no_other_along(tmp_path: Path) -> None:
    made = recorder(tmp_path, FakeClock(NOW))
    made.take("bluesky", Batch(some("a", "b", "c")))
    made.take("bluesky", Batch([], deleted=["bluesky-a"]))
    noted = tmp_path / "bluesky" / TAKEN_FILE
    noted.write_text(noted.read_text("utf-8") + '{"posts":["blues', "utf-8")
    made.take("bluesky", Batch([], deleted=["bluesky-c"]))
    made.close()
    assert [post.text for post in heard(tmp_path)] == ["b"]


async def test_deletions_are_swept_while_it_records(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    made = recorder(tmp_path, clock)
    made.take("bluesky", Batch(some("a", "b")))
    made.take("bluesky", Batch([], deleted=["bluesky-a"]))
    await clock.advance(SWEEP_EVERY.total_seconds())
    made.take("bluesky", Batch(some("c", at=clock.now())))
    made.flush()
    assert [post.text for post in heard(tmp_path)] == ["b", "c"]


@pytest.mark.parametrize("platform", ["x", "reddit", "bluesky"])
async def test_nothing_is_kept_for_longer_than_its_network_or_the_settings_allow(tmp_path: Path, platform: str) -> None:
    clock = FakeClock(NOW)
    made = recorder(tmp_path, clock)
    made.take(platform, Batch(some("a", platform=platform)))
    longest = LONGEST.get(platform, PLENTY.most_age)
    await clock.advance((longest - 2 * SWEEP_EVERY).total_seconds())
    made.sweep()
    assert [post.text for post in heard(tmp_path)] == ["a"]
    await clock.advance(SWEEP_EVERY.total_seconds())
    made.sweep()
    assert segments(tmp_path) == [], "it would be too old at the next look"


async def test_beyond_the_size_the_oldest_goes(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    made = recorder(tmp_path, clock, Limits(2000, timedelta(days=7)))
    for hour in range(8):
        noise = [os.urandom(300).hex() for _ in range(2)]
        made.take("bluesky", Batch(some(*noise, at=clock.now())))
        made.flush()
        await clock.advance(HOUR)
        assert made.kept["bluesky"].posts == 2 * (hour + 1)
    made.sweep()
    left = segments(tmp_path)
    assert sum(path.stat().st_size for path in left) <= 2000
    assert left
    assert left[-1].name == "2026-11-23T03.jsonl.zst", "the newest stays"


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "bluesky").mkdir()
    mine = tmp_path / "bluesky" / "holiday.jsonl.zst"
    mine.write_bytes(b"mine")
    recorder(tmp_path, FakeClock(NOW), Limits(1, timedelta(seconds=1))).close()
    assert mine.read_bytes() == b"mine"


def test_a_place_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="recordings cannot be kept there"):
        recorder(tmp_path / "file" / "below", FakeClock(NOW))


class Full(Recorder):
    """A disk with no room."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


async def test_a_full_disk_ends_recording_and_nothing_else(tmp_path: Path) -> None:
    keeper = Keeper(Full(tmp_path, PLENTY, FakeClock(NOW)), Here())
    await keeper.take("bluesky", Batch(some("a")))
    await keeper.flush()
    await keeper.take("bluesky", Batch(some("b")))
    await keeper.close()
    assert keeper.failed == "No space left on device"


class Fed:
    """A live source that gives what it was made with."""

    name = "bluesky"
    is_recording = False

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.batches = batches

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        for batch in self.batches:
            yield batch


async def test_the_daemon_records_beside_judging_and_writes_before_the_cursor_moves(tmp_path: Path) -> None:
    furnish(tmp_path, [])
    path = tmp_path / "config" / "bot.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | {"record": {}}), "utf-8")
    written: list[tuple[str, int]] = []
    async with built(load_settings(tmp_path / "config", {}), clock=TickingClock(NOW), run_id="one") as house:
        watch, folder = house.watch, tmp_path / "data" / "recorded"
        save = watch.save_cursor

        async def noted(source: str, cursor: str) -> None:
            await save(source, cursor)
            written.append((cursor, len(heard(folder))))

        watch.save_cursor = noted
        watch.sources = [Fed([Batch(some("a", "b"), "1"), Batch(some("c", "d"), "2")])]
        await watch.run(asyncio.Event())
    assert written[0] == ("1", 2)
    assert [post.text for post in heard(folder)] == ["a", "c", "b", "d"]


async def test_the_command_records_a_live_stream_that_replay_reads(tmp_path: Path) -> None:
    server = await jetstream.start()
    shutil.copytree(starter_dir(), tmp_path / "config")
    bot = yaml.safe_load((tmp_path / "config" / "bot.yaml").read_text("utf-8"))
    bot["sources"] = {"bluesky": {"endpoints": [server.endpoint]}}
    (tmp_path / "config" / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    for number in range(50):
        server.post(f"hello {number}")
    run = await bonmot(tmp_path, "record", "--minutes", "0.06", "--json", "--out", "kept", says=server)
    [row] = run["sources"]
    assert row["source"] == "bluesky"
    assert row["posts"] > 0
    texts = {post.text for post in heard(tmp_path / "kept")}
    assert len(texts) == row["posts"]
    assert "cursors.json" in {path.name for path in (tmp_path / "kept").iterdir()}
    files = [str(path) for path in segments(tmp_path / "kept")]
    report = await bonmot(tmp_path, "replay", *files, "--json", "-")
    assert report["posts"] == row["posts"]
    await server.close()


async def bonmot(folder: Path, *words: str, says: jetstream.Jetstream | None = None) -> dict[str, object]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "responders", *words, cwd=folder, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    talking = asyncio.ensure_future(_talk(says)) if says else None
    out, err = await process.communicate()
    if talking:
        talking.cancel()
    assert process.returncode == 0, err.decode()
    found: dict[str, object] = json.loads(out)
    return found


async def _talk(server: jetstream.Jetstream) -> None:
    for number in range(100_000):
        server.post(f"live {number}")
        await asyncio.sleep(0.02)
