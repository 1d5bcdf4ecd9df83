"""The stream of X: what a line becomes, which rules X holds, what a gap costs, and that nothing ends it in silence."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import ValidationError

from monitor import telemetry
from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, OutOfMoney, Refused, Throttled, Unavailable
from monitor.listening import State
from monitor.probing import Health
from monitor.sources import load, names
from monitor.sources.x import Settings, answers, probe
from monitor.sources.x.answers import Answer, Crowded, NoRules, trouble
from monitor.sources.x.ruleset import plan, tag_of
from responders.sandbox.x import X, start
from tests.samples import NOW
from tests.x_house import OURS, listening


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    assert not left, f"tasks that outlive the source: {left}"


def tags(server: X) -> list[str | None]:
    return sorted(rule.tag for rule in server.rules.values() if rule.tag is not None)


# --- settings -------------------------------------------------------------------------------------------------------


def test_it_is_a_source_by_its_name_and_does_not_load_tweepy() -> None:
    assert "x" in names()
    assert load("x").Settings is Settings
    code = "import sys, monitor.sources.x; sys.exit('tweepy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": {"a": "x" * 1025}},
        {"rules": {"a": "tea", "b": "tea"}},
        {"rules": {"A b": "tea"}},
        {"rules": {"a": " "}},
        {"mode": "everything"},
        {"base_url": "api.x.com"},
        {"mentions_of": ["@oreo"]},
        {"silence_secs": 20.0},
        {"bearer_token": ""},
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    given = {name: value for name, value in (OURS | wrong).items() if value is not None}
    with pytest.raises(ValidationError):
        Settings(**given)


def test_the_token_is_not_shown() -> None:
    assert "right" not in repr(Settings(**OURS))


# --- posts ----------------------------------------------------------------------------------------------------------


async def test_a_post_of_the_stream_is_heard_with_all_that_it_says() -> None:
    async with listening(authors=True) as house:
        await house.ear.connected()
        long = {"note_tweet": {"text": "the long &amp; whole story"}}
        number = house.server.post("the long... #lights", lang="in", username="ann", **long)
        repost = [{"type": "retweeted", "id": "99"}, {"type": "replied_to", "id": "98"}]
        house.server.post("RT @b: #lights", referenced_tweets=repost, lang="zxx", public_metrics={"like_count": 3})
        await house.ear.until(lambda: len(house.ear.posts) == 2)
        first, second = house.ear.posts
        assert (first.id, first.platform, first.text, first.lang) == (number, "x", "the long & whole story", "id")
        assert (first.author, first.author_followers) == ("ann", 13)
        assert first.url == f"https://x.com/ann/status/{number}"
        assert abs(first.created_at - house.ear.clock.now()) < timedelta(seconds=2)
        assert (second.repost_of, second.reply_to, second.likes, second.lang) == ("99", "98", 3, None)
        assert house.ear.cursors["x"] == second.id
        assert house.server.bill.counts == {"post_read": 2, "user_read": 1}
        assert house.usd == house.server.bill.usd == 0.02


async def test_names_are_not_asked_for_unless_they_are_wanted() -> None:
    async with listening() as house:
        await house.ear.connected()
        await house.hear("tea #lights")
        assert (house.ear.posts[0].author, house.ear.posts[0].author_followers) == ("7", None)
        assert house.ear.posts[0].url is not None
        assert "/i/status/" in house.ear.posts[0].url
        assert house.server.bill.counts == {"post_read": 1}


async def test_the_same_post_is_paid_once_a_day_and_heard_once() -> None:
    async with listening(catch_up_pages=1) as house:
        await house.ear.connected()
        house.server.dial.turn("duplicate")
        house.server.disconnect()
        await house.ear.until(lambda: len(house.server.arrivals) == 2)
        await house.ear.pass_time(2)
        await house.hear("tea #lights")
        await house.ear.pass_time(1)
        assert len(house.ear.posts) == 1
        assert house.usd == house.server.bill.usd == 0.005


# --- rules ----------------------------------------------------------------------------------------------------------


async def test_only_our_stale_rules_are_deleted_and_missing_ones_added() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    server.add_rule("somebody's", "theirs")
    server.add_rule("untagged")
    kept = server.add_rule("tea", tag_of("tea", "tea"))
    server.add_rule("old tea", tag_of("old", "old tea"))
    server.add_rule("teas", tag_of("milk", "teas"))
    async with listening(clock, server=server, rules={"tea": "tea", "milk": "milk"}) as house:
        await house.ear.connected()
        assert tags(server) == sorted(["theirs", tag_of("tea", "tea"), tag_of("milk", "milk")])
        assert kept.id in server.rules
        assert "untagged" in {rule.value for rule in server.rules.values()}
        server.post("untagged")
        await house.hear("tea")
        assert house.ear.texts == ["untagged", "tea"], "a rule without a tag is a rule"
        assert house.ear.tally.dropped == {}
    await server.close()


async def test_a_rule_that_x_does_not_take_is_told_by_name_and_the_others_are_read() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    server.add_rule("twice")
    rules = {"fine": "tea", "wrong": "tea -(a OR b)", "same": "twice", "bad": "-tea"}
    with structlog.testing.capture_logs() as logs:
        async with listening(clock, server=server, rules=rules) as house:
            await house.ear.connected()
            await house.hear("tea")
    lost = {line["part"]: line["reason"] for line in logs if line["event"] == "part_lost"}
    assert set(lost) == {"wrong", "same", "bad"}
    assert "duplicate-rules" in lost["same"]
    assert "invalid-rules" in lost["wrong"]
    assert "Negations of groups" in lost["wrong"]
    await server.close()


async def test_a_probe_tells_wrong_rules_by_name_and_changes_nothing() -> None:
    server = await start(clock=FakeClock(NOW), token="right")
    server.add_rule("milk", tag_of("milk", "milk"))
    ours = Settings(**(OURS | {"base_url": server.url, "rules": {"tea": "tea", "milk": "milk", "bad": "-tea"}}))
    async with aiohttp.ClientSession() as http:
        found = await probe(ours, http, FakeClock(NOW))
    assert [(one.part, one.health) for one in found[1:]] == [("rule bad", Health.WARNING)]
    assert len(server.rules) == 1
    assert server.bill.usd == 0
    await server.close()


async def test_without_room_for_a_rule_a_person_is_asked() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    server.most_rules = 1
    async with listening(clock, server=server, rules={"tea": "tea", "milk": "milk"}) as house:
        await house.ear.until(lambda: house.ear.listening.state is State.REFUSED)
        assert "rule-cap" in house.ear.listening.why
        assert "milk" in house.ear.listening.why
    await server.close()


async def test_where_no_rule_is_left_a_person_is_asked() -> None:
    async with listening(rules={"bad": "-tea"}) as house:
        await house.ear.until(lambda: house.ear.listening.state is State.REFUSED)
        assert "bad: X does not take it" in house.ear.listening.why


def test_a_plan_for_many_rules_goes_in_parts() -> None:
    wanted = {f"r{number}": f"tea {number}" for number in range(250)}
    assert len(plan([], wanted).add) == 250


async def test_two_hundred_and_fifty_rules_are_added() -> None:
    async with listening(rules={f"r{number}": f"tea{number}" for number in range(250)}) as house:
        await house.ear.connected()
        assert len(house.server.rules) == 250
        assert house.calls("/rules") == 4


async def test_rules_that_somebody_deleted_come_back() -> None:
    async with listening() as house:
        await house.ear.connected()
        house.server.rules.clear()
        house.server.disconnect()
        await house.ear.until(lambda: len(house.server.rules) == 1, within_secs=120)
        await house.ear.until(lambda: house.ear.listening.state is State.CONNECTED, within_secs=120)
        await house.hear("tea #lights")
        assert [rule.value for rule in house.server.rules.values()] == ["#lights"]
        assert house.ear.texts == ["tea #lights"]


# --- ends -----------------------------------------------------------------------------------------------------------


async def test_an_error_line_is_told_and_the_stream_comes_back_with_what_was_missed() -> None:
    async with listening() as house:
        await house.ear.connected()
        await house.hear("before #lights")
        house.server.disconnect("maintenance")
        await house.ear.until(lambda: house.ear.listening.state is State.AWAY)
        assert "operational-disconnect: maintenance" in house.ear.listening.why
        house.server.post("within #lights")
        await house.hear("behind #lights")
        assert sorted(house.ear.texts) == ["before #lights", "behind #lights", "within #lights"]
        assert house.usd == house.server.bill.usd


async def test_a_storm_of_clean_closes_is_a_handful_of_connections() -> None:
    async with listening() as house:
        await house.ear.connected()
        house.server.dial.turn("close", times=1000, after=0)
        house.server.disconnect()
        began = house.ear.clock.now()
        await house.ear.pass_time(600)
        times = [arrival.at for arrival in house.server.arrivals if arrival.at > began]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        closest = min(gaps).total_seconds()
        print(f"x clean closes: {len(times)} connections in ten minutes, at least {closest:.1f} s apart")
        assert min(gaps) >= timedelta(seconds=1)
        assert len(times) <= 60


async def test_a_connection_that_x_holds_for_open_is_ended_once() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    server.has_ghost = True
    async with listening(clock, server=server) as house:
        await house.ear.connected()
        assert (clock.now() - NOW).total_seconds() < 30
        assert house.calls("connections") == 1
        server.has_ghost = True
        server.disconnect()
        server.has_ghost = True
        await house.ear.pass_time(1800)
        assert house.calls("connections") == 1, "another program of ours may hold it"
        assert house.ear.listening.state is State.THROTTLED
        assert "another connection stands" in house.ear.listening.why
    await server.close()


async def test_an_exception_in_tweepy_is_an_end_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as house:
        await house.ear.connected()
        from monitor.sources.x.client import Client

        async def broken(self: Client, raw_data: bytes) -> None:
            raise KeyError("tag")

        monkeypatch.setattr(Client, "on_data", broken)
        house.server.post("one #lights")
        await house.ear.until(lambda: house.ear.listening.state is State.AWAY)
        assert "the stream broke: KeyError('tag')" in house.ear.listening.why
        monkeypatch.undo()
        await house.ear.until(lambda: house.ear.texts == ["one #lights"])


async def test_credits_that_are_used_up_are_out_of_money() -> None:
    async with listening() as house:
        await house.ear.connected()
        house.server.has_credits = False
        house.server.disconnect()
        await house.ear.until(lambda: house.ear.listening.state is State.BROKE)
        sentence = house.ear.listening.sentence("x", house.ear.clock.now())
        assert sentence.startswith("x: out of money until 21:40 UTC: X answers 402 (CreditsDepleted")
        house.server.has_credits = True
        await house.ear.until(lambda: house.ear.listening.state is State.CONNECTED, within_secs=4000)


async def test_the_cursor_waits_for_a_catch_up_that_fails_and_then_a_gap_is_told() -> None:
    async with listening() as house:
        await house.ear.connected()
        await house.hear("before #lights")
        await house.ear.pass_time(6)
        cursor = house.ear.cursors["x"]
        house.server.disconnect()
        await house.ear.until(lambda: house.ear.listening.lost == 1)
        house.server.post("within #lights")
        house.server.rest.dial.turn("unready", times=2)
        await house.ear.until(lambda: len(house.server.arrivals) == 2)
        await house.ear.pass_time(1)
        house.server.post("behind #lights")
        await house.ear.pass_time(10)
        assert house.ear.cursors["x"] == cursor
        await house.ear.until(lambda: "within #lights" in house.ear.texts, within_secs=120)
        house.server.disconnect()
        house.server.rest.dial.turn("unready", times=3)
        await house.ear.until(lambda: house.ear.listening.gaps == 1, within_secs=200)


async def test_what_is_older_than_an_hour_or_costs_too_many_pages_is_a_gap() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    cursors: dict[str, str] = {}
    async with listening(clock, server=server, cursors=cursors) as house:
        await house.ear.connected()
        await house.hear("before #lights")
    server.post("old #lights")
    await clock.advance(7200)
    for number in range(250):
        server.post(f"{number} #lights")
    await clock.advance(1)
    with structlog.testing.capture_logs() as logs:
        async with listening(clock, server=server, cursors=cursors, catch_up_pages=2) as house:
            await house.ear.until(lambda: len(house.ear.posts) == 200)
            assert house.ear.posts[-1].text == "249 #lights"
            await house.ear.until(lambda: house.ear.listening.gaps == 2)
    reasons = [line["reason"] for line in logs if line["event"] == "source_gap"]
    assert reasons == ["older than is caught up with", "lights: more than 2 pages"]
    await server.close()


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"title":"Unauthorized"}', AuthNeeded),
        (402, b'{"title":"CreditsDepleted"}', OutOfMoney),
        (403, b"<html>", Refused),
        (400, b'{"errors":[{"message":"no"}]}', answers.BadQuery),
        (409, b"{}", NoRules),
        (429, b'{"title":"Too Many Requests"}', Throttled),
        (429, b'{"connection_issue":"TooManyConnections"}', Crowded),
        (429, b'{"type":"https://api.twitter.com/2/problems/usage-capped"}', OutOfMoney),
        (503, b"\xff\xfe", Unavailable),
        (302, b"", Refused),
        (500, b"[" * 100_000, Unavailable),
    ],
)
def test_an_answer_means_something_to_do(status: int, body: bytes, kind: type[Exception]) -> None:
    assert type(trouble(Answer(status, {}, body), NOW)) in (kind, answers.Outage)
    assert isinstance(trouble(Answer(status, {}, body), NOW), kind)


def test_a_reset_in_unix_seconds_is_waited_for() -> None:
    headers = {"x-rate-limit-reset": str(int(NOW.timestamp()) + 90), "x-rate-limit-remaining": "0"}
    error = trouble(Answer(429, headers, b""), NOW)
    assert isinstance(error, Throttled)
    assert error.retry_after_secs == 90


async def test_the_token_is_never_logged(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("debug", "text")
    secret = "very-secret-token"
    clock = FakeClock(NOW)
    server = await start(clock=clock, token=secret)
    async with listening(clock, server=server, bearer_token=secret) as house:
        await house.ear.connected()
        server.dial.turn("status", status=403)
        server.disconnect()
        await house.ear.until(lambda: house.ear.listening.state is State.REFUSED)
    said = capsys.readouterr()
    assert "source_lost" in said.err
    assert secret not in said.err + said.out
    await server.close()
