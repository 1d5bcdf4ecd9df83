"""Once a day every account is tried: what died is said once until it lives again; what is away proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import aiohttp
import pytest
import structlog

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Unavailable
from monitor.probing import Finding, failed, fine
from responders.adapters import probes_of
from responders.credentials import AWAY_MOST_SECS, EVERY, FIRST_SECS, SOON, Credentials
from responders.loading import load_settings, starter_dir
from responders.publishers import load
from responders.sandbox import bluesky
from tests.samples import NOW

DEAD = AuthNeeded("bluesky says 401: the password is wrong")
AWAY = Unavailable("bluesky does not answer")


class Network:
    """Answers for one account as it is told, and remembers when it was asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.says: BonmotError | None = None
        self.asked_at: list[float] = []

    async def probe(self) -> list[Finding]:
        self.asked_at.append((self.clock.now() - NOW).total_seconds())
        return [fine("oreo", "is let in") if self.says is None else failed("oreo", self.says, "make a new one")]


async def _over(act: Callable[[FakeClock, Network, Credentials], Awaitable[None]]) -> Network:
    """Run the daily look while `act` plays with clock and network."""
    clock = FakeClock(NOW)
    network = Network(clock)
    credentials, stop = Credentials({"bluesky": network.probe}, clock, Random(1)), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(credentials.run(stop))
        await clock.advance(0)  # it has begun to wait
        await act(clock, network, credentials)
        stop.set()
    return network


async def test_it_is_asked_soon_after_the_start_and_then_once_a_day() -> None:
    async def act(clock: FakeClock, _network: Network, credentials: Credentials) -> None:
        await clock.advance(FIRST_SECS + 2 * EVERY.total_seconds())
        assert credentials.notice() == ""

    day = EVERY.total_seconds()
    assert (await _over(act)).asked_at == [FIRST_SECS, FIRST_SECS + day, FIRST_SECS + 2 * day]


async def test_a_dead_password_is_told_once_with_its_remedy_until_it_is_renewed() -> None:
    async def act(clock: FakeClock, network: Network, credentials: Credentials) -> None:
        network.says = DEAD
        await clock.advance(FIRST_SECS + 3 * SOON.total_seconds())
        assert credentials.notice() == (
            "Nothing can be posted as bluesky:oreo (bluesky says 401: the password is wrong; make a new one)."
        )
        network.says = None
        await clock.advance(SOON.total_seconds())
        assert credentials.notice() == ""

    with structlog.testing.capture_logs() as told:
        await _over(act)
    assert [one["event"] for one in told] == ["credential_dead", "credential_back"]


async def test_a_network_that_is_away_proves_nothing_and_is_asked_again_within_the_hour() -> None:
    async def act(clock: FakeClock, network: Network, credentials: Credentials) -> None:
        network.says = AWAY
        await clock.advance(FIRST_SECS + timedelta(hours=12).total_seconds())
        assert credentials.notice() == ""

    with structlog.testing.capture_logs() as told:
        network = await _over(act)
    assert told == []
    gaps = [later - before for before, later in zip(network.asked_at, network.asked_at[1:], strict=False)]
    assert len(gaps) >= 12
    assert max(gaps) <= AWAY_MOST_SECS


async def test_while_it_is_away_a_dead_password_stays_dead() -> None:
    async def act(clock: FakeClock, network: Network, credentials: Credentials) -> None:
        network.says = DEAD
        await clock.advance(FIRST_SECS)
        network.says = AWAY
        await clock.advance(SOON.total_seconds())
        assert credentials.notice() != ""

    assert len((await _over(act)).asked_at) == 2


@pytest.mark.parametrize(("password", "is_dead"), [("right", False), ("wrong", True)])
async def test_the_real_question_to_a_real_server(password: str, is_dead: bool) -> None:
    server = await bluesky.start("127.0.0.1", 0, accounts={"oreo.example": "right"})
    block = {"base_url": server.url, "accounts": {"oreo.example": {"password": password}}}
    settings = load_settings(starter_dir(), {})
    settings = settings.model_copy(update={"bot": settings.bot.model_copy(update={"publishers": {"bluesky": block}})})
    module, clock = load("bluesky"), FakeClock(NOW)
    async with aiohttp.ClientSession() as http:
        posts_to = {"bluesky": module.build(module.Settings.model_validate(block), http, clock)}
        probes = probes_of(settings, posts_to=posts_to, http=http, clock=clock, purses=None)  # type: ignore[arg-type]
        found = await probes["bluesky"]()
    await server.close()
    assert any(one.is_dead for one in found) is is_dead
