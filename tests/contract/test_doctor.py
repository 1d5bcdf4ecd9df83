"""What `bonmot doctor` finds: every network against its sandbox, let in, turned away and gone; this machine; money."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.clock import SystemClock
from monitor.probing import Finding, Health, ahead_secs, fine
from monitor.schema import DraftingSettings
from monitor.settings import InboxSettings, Settings
from monitor.storage import alone
from responders import cli, costs, premises
from responders.checkup import Row, checkup, worst
from responders.loading import load_settings
from responders.sandbox import (
    bluesky,
    feeds,
    hackernews,
    jetstream,
    llm,
    mastodon,
    mastodon_stream,
    reddit,
    webhook,
    wikimedia,
    x,
)

BASE = Path(__file__).resolve().parent.parent / "golden" / "config" / "base"
SECRET = "hunter2-hunter2"
LONG = f"{SECRET}-and-{SECRET}"
ENVIRON = {"SECRET": SECRET, "WRONG": "wrong-wrong", "CONSUMER": "app-secret", "ACCESS": "token-of-oreo"}


class Off(SystemClock):
    """The machine's clock, wrong by some seconds."""

    def __init__(self, secs: float) -> None:
        self._off = timedelta(seconds=secs)

    def now(self) -> datetime:
        return super().now() + self._off


def settings_with(folder: Path, environ: dict[str, str] | None = None, **blocks: Any) -> Settings:
    """The base settings with other blocks in bot.yaml."""
    config = folder / "config"
    if not config.exists():
        shutil.copytree(BASE, config)
    bot = yaml.safe_load((BASE / "bot.yaml").read_text("utf-8"))
    bot |= {"inbox": {"port": 0}, "sources": {"recording": {"files": [str(BASE / "bot.yaml")]}}} | blocks
    (config / "bot.yaml").write_text(yaml.safe_dump(bot), "utf-8")
    return load_settings(config, ENVIRON | (environ or {}))


async def rows_of(settings: Settings, about: str, clock: SystemClock | None = None) -> list[Finding]:
    rows = await checkup(settings, clock or SystemClock())
    told = json.dumps([(row.about, row.finding.part, row.finding.said, row.finding.do) for row in rows])
    assert SECRET not in told, "no credential is ever shown"
    return [row.finding for row in rows if row.about == about]


@asynccontextmanager
async def closing(server: Any) -> AsyncIterator[None]:
    """Whatever the test does with it."""
    try:
        yield
    finally:
        await server.close()


@asynccontextmanager
async def on_bluesky(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await jetstream.start()
    async with closing(server):
        yield server, {"sources": {"bluesky": {"endpoints": [server.endpoint]}}}


@asynccontextmanager
async def on_wikipedia(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await wikimedia.start()
    async with closing(server):
        yield server, {"sources": {"wikipedia": {"url": server.endpoint}}}


@asynccontextmanager
async def on_mastodon(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await mastodon_stream.start(token=SECRET)
    async with closing(server):
        yield server, {"sources": {"mastodon": {"url": server.url, "token": secret}}}


@asynccontextmanager
async def on_hackernews(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await hackernews.start()
    server.publish("story", say="first")
    async with closing(server):
        yield server, {"sources": {"hackernews": {"base_url": f"{server.url}/v0"}}}


@asynccontextmanager
async def on_reddit(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await reddit.start()
    server.rules.client = ("app", SECRET)
    server.publish("first", kind="t3")
    block = {
        "client_id": "app", "client_secret": secret, "user_agent": "linux:test:1.0 (by u/x)",
        "subreddits": ["AskReddit", "nba"], "oauth_url": server.url, "reddit_url": server.url,
    }  # fmt: skip
    async with closing(server):
        yield server, {"sources": {"reddit": block}}


@asynccontextmanager
async def on_x(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await x.start(token=SECRET)
    block = {"bearer_token": secret, "rules": {"tea": "tea"}}
    async with closing(server):
        yield server, {"sources": {"x": block | {"base_url": server.url}}}


@asynccontextmanager
async def on_feeds(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await feeds.start()
    server.papers["paper"] = feeds.Paper([feeds.Entry("g", "first", SystemClock().now())])
    async with closing(server):
        yield (
            server,
            {"sources": {"feeds": {"feeds": [f"{server.url}/paper.xml", f"{server.url}/paper.atom?key=abcd"]}}},
        )


@asynccontextmanager
async def on_publisher(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await bluesky.start(accounts={"oreo.test": SECRET})
    async with closing(server):
        yield (
            server,
            {"publishers": {"bluesky": {"base_url": server.url, "accounts": {"oreo.test": {"password": secret}}}}},
        )


@asynccontextmanager
async def on_fediverse(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await mastodon.start(accounts={SECRET: "oreo"})
    async with closing(server):
        accounts = {"oreo@brands.example": {"token": secret}}
        yield server, {"publishers": {"mastodon": {"base_url": server.url, "accounts": accounts}}}


@asynccontextmanager
async def on_webhook(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await webhook.start(secret=LONG)
    async with closing(server):
        accounts = {"banner": {"url": f"{server.url}/hook", "secret": f"{secret}-and-{secret}"}}
        yield server, {"publishers": {"webhook": {"can_find": True, "accounts": accounts}}}


@asynccontextmanager
async def on_speaking_x(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await x.start(accounts={ENVIRON["ACCESS"]: (SECRET, "oreo")})
    keys = {
        "consumer_key": "app", "consumer_secret": "${CONSUMER}", "access_token": "${ACCESS}", "access_secret": secret,
    }  # fmt: skip
    async with closing(server):
        yield server, {"publishers": {"x": {"base_url": server.url, "accounts": {"oreo": keys}}}}


@asynccontextmanager
async def on_speaking_reddit(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await reddit.start()
    server.rules.client, server.rules.users["oreo"] = ("app", SECRET), SECRET
    account = {
        "client_id": "app", "client_secret": secret, "username": "oreo", "password": "${SECRET}",
        "subreddit": "oreo", "consent": "u/mod, 2026-11-20",
    }  # fmt: skip
    places = {"oauth_url": server.url, "reddit_url": server.url, "user_agent": "linux:test:1.0 (by u/x)"}
    async with closing(server):
        yield server, {"publishers": {"reddit": places | {"accounts": {"oreo": account}}}}


@asynccontextmanager
async def on_model(secret: str) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
    server = await llm.start(key=SECRET)
    async with closing(server):
        yield server, {"drafting": {"base_url": server.base_url, "model": llm.MODEL, "api_key": secret}}


PLACES: dict[str, Callable[[str], Any]] = {
    "source bluesky": on_bluesky, "source wikipedia": on_wikipedia, "source mastodon": on_mastodon,
    "source hackernews": on_hackernews, "source reddit": on_reddit, "source feeds": on_feeds,
    "publisher bluesky": on_publisher, "publisher mastodon": on_fediverse, "publisher webhook": on_webhook,
    "publisher x": on_speaking_x, "publisher reddit": on_speaking_reddit, "drafting": on_model, "source x": on_x,
}  # fmt: skip
WITH_CREDENTIALS = (
    "source mastodon", "source reddit", "source x", "publisher bluesky", "publisher mastodon", "publisher webhook",
    "publisher x", "publisher reddit", "drafting",
)  # fmt: skip


@pytest.mark.parametrize("about", sorted(PLACES))
async def test_what_works_is_said_to_work(about: str, tmp_path: Path) -> None:
    async with PLACES[about]("${SECRET}") as (_, blocks):
        found = await rows_of(settings_with(tmp_path, **blocks), about)
    assert found
    assert [one.health for one in found if one.health is not Health.OK] == [], found


@pytest.mark.parametrize("about", WITH_CREDENTIALS)
async def test_a_wrong_credential_is_told_with_its_remedy(about: str, tmp_path: Path) -> None:
    async with PLACES[about]("${WRONG}") as (_, blocks):
        found = await rows_of(settings_with(tmp_path, **blocks), about)
    bad = [one for one in found if one.health is Health.FAILED]
    assert bad, found
    assert all(one.do for one in bad)
    assert "wrong-wrong" not in str(found)


@pytest.mark.parametrize("about", sorted(PLACES))
async def test_a_server_that_is_away_fails_and_the_others_are_told(about: str, tmp_path: Path) -> None:
    async with PLACES[about]("${SECRET}") as (server, blocks):
        await server.close()
        rows = await checkup(settings_with(tmp_path, **blocks), SystemClock())
    bad = {row.about for row in rows if row.finding.health is Health.FAILED}
    assert bad == {about}
    assert {"this machine", about} <= {row.about for row in rows}


@pytest.mark.parametrize("about", sorted(set(PLACES) - {"source feeds", "source bluesky"}))
async def test_a_clock_that_is_wrong_is_told_by_the_servers(about: str, tmp_path: Path) -> None:
    async with PLACES[about]("${SECRET}") as (_, blocks):
        settings = settings_with(tmp_path, **blocks)
        for secs, health, said in (
            (0, Health.OK, "agrees"),
            (-20, Health.WARNING, "behind"),
            (90, Health.FAILED, "ahead of"),
        ):
            clock = Off(secs)
            machine = {one.part: one for one in await rows_of(settings, "this machine", clock)}
            assert (machine["clock"].health, said in machine["clock"].said) == (health, True)


async def test_the_clock_is_judged_by_the_middle_server() -> None:
    servers = [fine("a", "", ahead=0.4), fine("b", "", ahead=-0.3), fine("c", "", ahead=7200.0), fine("d", "")]
    found = premises.clock_of(servers)
    assert found is not None
    assert (found.health, found.said) == (Health.OK, "agrees with the servers' (3 asked)")
    assert premises.clock_of(servers[3:]) is None


@pytest.mark.parametrize(
    ("headers", "secs"),
    [({"Date": "Sat, 28 Nov 2026 12:00:30 GMT"}, 30.0), ({"Date": "Sat, 28 Nov 2026 11:59:00 GMT", "Age": "60"}, 0.0),
     ({"Date": "soon"}, None), ({}, None), ({"Date": "Sat, 28 Nov 2026 12:00:30 GMT", "Age": "old"}, None)],
)  # fmt: skip
def test_the_time_of_a_server(headers: dict[str, str], secs: float | None) -> None:
    assert ahead_secs(headers, datetime(2026, 11, 28, 12, tzinfo=UTC)) == secs


async def test_subreddits_that_are_closed_are_named(tmp_path: Path) -> None:
    async with on_reddit("${SECRET}") as (server, blocks):
        server.rules.closed.add("nba")
        found = {one.part: one.health for one in await rows_of(settings_with(tmp_path, **blocks), "source reddit")}
    assert found == {"log-in": Health.OK, "r/AskReddit": Health.OK, "r/nba": Health.FAILED}


async def test_keys_that_may_only_read_are_told(tmp_path: Path) -> None:
    async with on_speaking_x("${SECRET}") as (server, blocks):
        server.desk.access = "read"
        (found,) = await rows_of(settings_with(tmp_path, **blocks), "publisher x")
    assert (found.health, "only read" in found.said, "Read and write" in found.do) == (Health.WARNING, True, True)


async def test_the_key_in_a_feeds_address_is_not_shown(tmp_path: Path) -> None:
    async with on_feeds("") as (server, blocks):
        del server.papers["paper"]
        found = await rows_of(settings_with(tmp_path, **blocks), "source feeds")
    assert [one.health for one in found] == [Health.FAILED] * 2
    assert "abcd" not in str(found)


async def test_a_model_that_is_not_loaded_is_a_warning(tmp_path: Path) -> None:
    async with on_model("${SECRET}") as (_, blocks):
        blocks["drafting"]["model"] = "another"
        found = await rows_of(settings_with(tmp_path, **blocks), "drafting")
    assert [(one.part, one.health) for one in found][1:] == [("model", Health.WARNING)]
    assert llm.MODEL in found[1].said


async def test_a_second_host_that_works_is_enough(tmp_path: Path) -> None:
    async with on_bluesky("") as (_, blocks):
        blocks["sources"]["bluesky"]["endpoints"].insert(0, "ws://127.0.0.1:9/subscribe")
        found = await rows_of(settings_with(tmp_path, **blocks), "source bluesky")
    assert [one.health for one in found] == [Health.WARNING, Health.OK]


async def test_a_missing_recording_is_told(tmp_path: Path) -> None:
    blocks = {"sources": {"recording": {"files": [str(tmp_path / "nowhere.jsonl")]}}}
    (found,) = await rows_of(settings_with(tmp_path, **blocks), "source recording")
    assert found.health is Health.FAILED
    assert "nowhere.jsonl" in found.said


def test_a_folder_nobody_may_write_into_fails(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert premises.folder(file / "data")[0].health is Health.FAILED
    assert [one.health for one in premises.folder(tmp_path / "new" / "data")] == [Health.OK, Health.OK]
    assert not (tmp_path / "new").exists(), "nothing is left behind"


@pytest.mark.parametrize(
    ("free", "health"), [(5 << 30, Health.OK), (500 << 20, Health.WARNING), (9 << 20, Health.FAILED)]
)
def test_a_disk_that_is_nearly_full_is_told(free: int, health: Health) -> None:
    assert premises._room(free).health is health


def test_a_port_is_free_ours_or_somebody_elses(tmp_path: Path) -> None:
    ledger = tmp_path / "bonmot.db"
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        inbox = InboxSettings(port=door.getsockname()[1])
        assert premises.page(inbox, ledger).health is Health.FAILED
        with alone(ledger):
            assert "our daemon" in premises.page(inbox, ledger).said
            assert premises.page(inbox, ledger).health is Health.OK
    assert premises.page(inbox, ledger).said.endswith("is free")
    with alone(ledger):
        assert premises.page(inbox, ledger).health is Health.WARNING


def test_what_a_configuration_costs_is_told(tmp_path: Path) -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    settings = settings_with(tmp_path, budgets={"x": {"usd_per_day": 2, "usd_per_month": 40}})
    assert costs.costs(settings, {}, now) == [], "nothing that costs is used"
    (told,) = costs._network(settings, "x", {}, now=now)
    assert told.said == "at most 40 USD a month, 2 USD a day, which buys 360 posts"
    told, stale = costs._network(settings, "x", {"post_read": 10.0}, now=now + timedelta(days=100))
    assert "without the caps about 129,600 USD" in told.said
    assert (stale.part, stale.health) == ("X prices", Health.WARNING)
    settings.data_dir.mkdir()
    (settings.data_dir / "x.spent.json").write_text("{")
    assert costs._network(settings, "x", {}, now=now)[1].health is Health.WARNING
    assert (settings.data_dir / "x.spent.json").read_text() == "{", "only looked at"


@pytest.mark.parametrize(
    ("block", "health", "said"),
    [({"base_url": "http://127.0.0.1:1/v1"}, Health.OK, "costs nothing"),
     ({"base_url": "https://llm.example/v1", "allow_remote": True}, Health.WARNING, "stops nothing"),
     ({"base_url": "https://llm.example/v1", "allow_remote": True, "usd_per_1k_in": 0.01}, Health.OK,
      "at most 30.00 USD")],
)  # fmt: skip
def test_what_a_language_model_costs_is_told(block: dict[str, Any], health: Health, said: str) -> None:
    found = costs._model(DraftingSettings(model="m", **block))
    assert (found.health, said in found.said) == (health, True)


def test_the_command_prints_a_table_or_json_and_leaves_with_0_or_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_with(tmp_path)
    assert cli.run(["doctor", "--config", str(tmp_path / "config")]) == 0
    assert "everything works" in capsys.readouterr().out
    assert cli.run(["doctor", "--config", str(tmp_path / "config"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    settings_with(tmp_path, sources={"recording": {"files": ["nowhere"]}})
    assert cli.run(["doctor", "--config", str(tmp_path / "config")]) == 1
    said = capsys.readouterr().out
    assert "failed" in said
    assert "1 to look at" in said


def test_with_a_mistake_in_the_settings_nothing_else_is_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(BASE, tmp_path / "config")
    (tmp_path / "config" / "bot.yaml").write_text("peple: {}\n")
    assert cli.run(["doctor", "--config", str(tmp_path / "config"), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {one["about"] for one in findings} == {"settings"}
    assert any("bot.yaml:1" in one["said"] for one in findings)


def test_the_worst_row_counts() -> None:
    rows = [Row("a", Finding("", health, "")) for health in (Health.OK, Health.FAILED, Health.WARNING)]
    assert worst(rows) is Health.FAILED
    assert worst([]) is Health.OK
