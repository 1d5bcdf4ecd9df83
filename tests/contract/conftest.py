"""What several contract suites stand on: a ledger in memory, a sandbox network, somebody who may post there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from sqlalchemy import Engine

from monitor.clock import FakeClock
from monitor.storage import open_database
from responders.ledger import Ledger
from responders.publishers import Publisher, bluesky
from responders.sandbox.bluesky import Sandbox, start
from tests.samples import NOW


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_database(":memory:")
    yield opened
    opened.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    running = await start(clock=FakeClock(NOW))
    yield running
    await running.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def speaker(sandbox: Sandbox, http: aiohttp.ClientSession) -> Publisher:
    log_in = bluesky.AccountSettings(password="x")
    settings = bluesky.Settings(accounts={"oreo.test": log_in}, base_url=sandbox.url, timeout_secs=5.0)
    return bluesky.build(settings, http, FakeClock(NOW))
