"""Listening to X with little money: counting first, caps that are never passed, and less of what is loud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from monitor.clock import FakeClock
from monitor.listening import State
from monitor.sources.x.ruleset import tag_of
from responders.sandbox.x import X, start
from tests.samples import NOW
from tests.x_house import House, listening

COUNTING: dict[str, Any] = {"mode": "count_first", "rules": {"lights": "#lights"}}
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def humming(server: X, a_minute: int = 1) -> Callable[[int, int], None]:
    """The rule's usual hum; what is returned makes it louder for some minutes from now on."""
    loud: dict[datetime, int] = {}
    server.volume = lambda query, minute: loud.get(minute, a_minute)

    def burst(minutes: int, count: int) -> None:
        now = server.clock.now().replace(second=0, microsecond=0)
        loud.update({now + timedelta(minutes=place): count for place in range(minutes)})

    return burst


async def pass_minutes(house: House, minutes: float, *, a_second: int = 0, text: str = "#lights") -> None:
    """Time passes in steps of a second, in which so many post."""
    for _ in range(int(minutes * 60)):
        for number in range(a_second):
            house.server.post(f"{text} {number}")
        await house.ear.clock.advance(1.0)


async def test_a_rule_is_counted_and_read_only_while_it_rises() -> None:
    with structlog.testing.capture_logs() as logs:
        async with listening(**COUNTING) as house:
            burst = humming(house.server)
            await house.ear.until(lambda: house.calls("counts") == 1)
            await pass_minutes(house, 30)
            assert (house.server.rules, house.server.arrivals, house.ear.posts) == ({}, [], [])
            assert house.ear.listening.state is State.CONNECTED
            burst(10, 60)
            await house.ear.until(lambda: house.server.rules, within_secs=700)
            await house.ear.until(lambda: house.server.connections)
            await house.ear.pass_time(2)
            house.server.post("#lights out")
            await house.ear.until(lambda: house.ear.texts == ["#lights out"])
            assert "read; " in house.source.states()["lights"]
            await pass_minutes(house, 40)
            assert house.server.rules == {}
            assert house.server.connections[-1].until is not None
            assert house.source.states()["lights"].startswith("5 posts in 5 min; usual are 5, worth reading from 20")
            assert house.usd == pytest.approx(house.server.bill.usd)
            assert house.server.bill.counts["post_read"] == 1
    told = [(line["event"], line["rule"]) for line in logs if line["event"].startswith("rule_")]
    assert told == [("rule_started", "lights"), ("rule_stopped", "lights")]
    started = next(line for line in logs if line["event"] == "rule_started")
    assert started["usd_an_hour"] >= 3.6
    assert "rising: " in started["reason"]


async def test_a_day_at_fifty_posts_a_second_stops_at_the_cap_says_so_once_and_counts_go_on() -> None:
    with structlog.testing.capture_logs() as logs:
        async with listening(**COUNTING, usd_per_day=10.0) as house:
            burst = humming(house.server)
            await house.ear.until(lambda: house.calls("counts") == 1)
            await pass_minutes(house, 10)
            burst(20, 60)  # few enough to be read whole; what comes then is more
            await house.ear.until(lambda: house.server.connections, within_secs=700)
            await pass_minutes(house, 5, a_second=50)
            reads = house.server.bill.counts["post_read"]
            assert house.server.connections[-1].until is not None, "we hung up"
            house.server.posts.clear()
            before = house.calls("counts")
            burst(10, 6000)
            while house.ear.clock.now() < MIDNIGHT - timedelta(minutes=1):
                await house.ear.clock.advance(20.0)
            today = house.server.bill.by_day[NOW.date()] / 1e6
            counted = house.calls("counts") - before
            print(f"x at 50 posts a second: {reads} posts read, {counted} counts behind them, {today:.2f} USD billed, "
                  f"{house.usd:.2f} USD metered")  # fmt: skip
            assert house.server.bill.counts["post_read"] == reads
            assert 1500 < reads <= 1800, "a tenth is kept back for counting"
            assert reads - 10 <= len(house.ear.ids) <= reads, "what was under way when we hung up is billed as well"
            assert counted > 30
            assert today <= 10.0
            assert today <= house.usd + 1e-9 <= today + 0.051
            said = [line for line in logs if line["event"] == "source_narrowed" and line["rule"] == "all"]
            assert len(said) == 1
            assert "counting goes on, reading at 2026-11-23 00:00 UTC" in said[0]["reason"]
            assert house.ear.listening.lost == 0
            burst(30, 60)
            await house.ear.until(lambda: house.server.connections[-1].until is None, within_secs=1800)
            await house.ear.pass_time(2)
            await house.hear("#lights again")
            assert house.ear.listening.gaps == 1


async def test_a_stream_without_money_says_until_when() -> None:
    async with listening(usd_per_day=0.5) as house:
        await house.ear.connected()
        await pass_minutes(house, 1, a_second=5)
        assert house.ear.listening.state is State.BROKE
        sentence = house.ear.listening.sentence("x", house.ear.clock.now())
        assert sentence.startswith("x: out of money until 00:00 UTC: what reading X may cost this day is spent")
        assert house.server.bill.usd <= 0.45
        while house.ear.clock.now() < MIDNIGHT:
            await house.ear.clock.advance(20.0)
        await house.ear.until(lambda: house.ear.listening.state is State.CONNECTED, within_secs=60)
        await house.hear("#lights")


async def test_the_month_ends_as_well() -> None:
    async with listening(usd_per_day=5.0, usd_per_month=0.5) as house:
        await house.ear.connected()
        await pass_minutes(house, 1, a_second=5)
        sentence = house.ear.listening.sentence("x", house.ear.clock.now())
        assert sentence.startswith("x: out of money until 2026-12-01 00:00 UTC: what reading X may cost this month is")


async def test_where_money_goes_too_fast_less_is_read_of_the_loudest_rule() -> None:
    rules = {"lights": "#lights", "tea": "tea OR milk"}
    with structlog.testing.capture_logs() as logs:
        async with listening(rules=rules, usd_per_day=20.0) as house:
            await house.ear.connected()
            for number in range(100):
                await pass_minutes(house, 1 / 60, a_second=15)
                if number % 10 == 0:
                    house.server.post(f"milk {number}")
            values = {rule.tag: rule.value for rule in house.server.rules.values()}
            assert values[tag_of("tea", "tea OR milk")] == "tea OR milk"
            thin = next(value for value in values.values() if "sample:" in value)
            assert thin.startswith("(#lights) sample:")
            await pass_minutes(house, 10, a_second=15)
            assert house.server.bill.usd < 18.0, "it would have been 54"
            assert house.ear.listening.state is State.CONNECTED
            await house.hear("tea is still read")
    said = [line["reason"] for line in logs if line["event"] == "source_narrowed"]
    assert "posts a minute cost" in said[0]
    assert "in a hundred of its posts are read" in said[0]
    print(f"x thinned out: {said}")


async def test_a_rule_in_a_trends_name_is_read() -> None:
    async with listening(**COUNTING, woeids=[1, 23424977], trends_every_secs=600.0) as house:
        house.server.trends[23424977] = [("Stadium", 10), ("The #Lights Are Out", None)]
        await house.ear.until(lambda: house.server.connections, within_secs=60)
        assert house.calls("trends") == 2
        house.server.trends.clear()
        await pass_minutes(house, 25)
        assert house.server.rules == {}, "nothing was said: it is calm again"
        assert house.usd == pytest.approx(house.server.bill.usd)


async def test_trends_that_we_may_not_see_leave_the_counts_alone() -> None:
    with structlog.testing.capture_logs() as logs:
        async with listening(**COUNTING, woeids=[1], trends_every_secs=60.0) as house:
            humming(house.server)
            await house.ear.until(lambda: house.calls("counts") == 1)
            house.server.rest.dial.turn("forbidden", times=1)
            for _ in range(90):
                await house.ear.clock.advance(20.0)
            assert house.calls("counts") == 7
            assert house.ear.listening.state is State.CONNECTED
    lost = [line["part"] for line in logs if line["event"] == "part_lost"]
    assert len(lost) == 1


async def test_many_rules_are_counted_less_often_so_that_counting_stays_cheap() -> None:
    rules = {f"r{number}": f"tea{number}" for number in range(10)}
    async with listening(**(COUNTING | {"rules": rules}), usd_per_day=4.0) as house:
        humming(house.server, 0)
        await house.ear.until(lambda: house.calls("counts") == 10, within_secs=200)
        for _ in range(24 * 60):
            await house.ear.clock.advance(60.0)
        assert 150 < house.calls("counts") < 220
        assert sum(house.server.bill.by_day.values()) / 1e6 < 1.2


async def test_after_a_restart_a_rule_that_was_read_still_is() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    burst = humming(server)
    cursors: dict[str, str] = {}
    async with listening(clock, server=server, cursors=cursors, **COUNTING) as house:
        burst(120, 60)
        await pass_minutes(house, 6)
        await house.hear("#lights one")
    server.post("#lights two")
    await clock.advance(30.0)
    async with listening(clock, server=server, cursors=cursors, **COUNTING) as house:
        await house.hear("#lights three")
        assert {"#lights two", "#lights three"} <= set(house.ear.texts)
    await server.close()


@pytest.mark.parametrize("fault", ["credits", "usage_cap"])
async def test_money_that_x_misses_is_out_of_money(fault: str) -> None:
    async with listening(**COUNTING) as house:
        house.server.rest.dial.turn(fault)
        await house.ear.until(lambda: house.ear.listening.state is State.BROKE)
        calls = len(house.server.rest.calls)
        for _ in range(150):
            await house.ear.clock.advance(20.0)
        assert len(house.server.rest.calls) <= calls + 1
        house.server.rest.dial.turn("fine")
        for _ in range(40):
            await house.ear.clock.advance(20.0)
        assert house.ear.listening.state is State.CONNECTED


async def test_mentions_of_our_account_are_heard() -> None:
    async with listening(mode="search", mentions_of=["42"]) as house:
        house.server.people["42"] = "oreo"
        await house.ear.until(lambda: house.calls("mentions") == 1)
        house.server.post("dear @oreo, dunk?")
        await house.ear.until(lambda: house.ear.texts == ["dear @oreo, dunk?"], within_secs=200)
        assert house.server.bill.counts == {"owned_read": 1}
        assert house.usd == pytest.approx(0.001)


async def test_search_hears_every_rule_once_and_its_cursor_is_behind_all_of_them() -> None:
    clock = FakeClock(NOW)
    server = await start(clock=clock, token="right")
    rules = {"tea": "tea", "milk": "milk", "both": "tea milk"}
    cursors: dict[str, str] = {}
    async with listening(clock, server=server, cursors=cursors, mode="search", rules=rules) as house:
        await house.ear.pass_time(10)
        for number in range(120):
            server.post(f"tea {number}")
        server.post("tea with milk")
        await house.ear.until(lambda: len(house.ear.ids) == 121, within_secs=100)
        await house.ear.pass_time(130)
        assert len(house.ear.posts) == 121
        assert house.usd == pytest.approx(server.bill.usd)
    server.post("milk in between")
    await clock.advance(60)
    async with listening(clock, server=server, cursors=cursors, mode="search", rules=rules) as house:
        await house.ear.until(lambda: "milk in between" in house.ear.texts, within_secs=100)
        assert len(house.ear.ids) < 10
    await clock.advance(8 * 86_400)
    async with listening(clock, server=server, cursors=cursors, mode="search", rules=rules) as house:
        await house.ear.until(lambda: house.ear.listening.gaps == 3, within_secs=100)
        await house.hear("tea again")
    await server.close()


async def test_search_stops_at_the_cap() -> None:
    async with listening(mode="search", usd_per_day=0.5, search_every_secs=10.0) as house:
        await house.ear.connected()
        for _ in range(200):
            house.server.post("#lights")
        await house.ear.until(lambda: house.ear.listening.state is State.BROKE)
        assert house.server.bill.usd <= 0.45
        assert len(house.ear.ids) <= 90


async def test_a_door_that_is_used_up_is_not_knocked_at_before_its_time() -> None:
    async with listening(mode="search", search_every_secs=5.0) as house:
        house.server.doors.limits["search"] = 3
        await house.ear.pass_time(400)
        assert house.calls("search/recent") == 3
        assert house.ear.listening.state is State.THROTTLED
        assert "this window's calls of search are used" in house.ear.listening.why
        await house.ear.pass_time(600)
        assert 3 < house.calls("search/recent") <= 6
