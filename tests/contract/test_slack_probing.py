"""What `bonmot doctor` finds of Slack, without saying anything there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from monitor.clock import FakeClock
from monitor.probing import Finding, Health
from monitor.schema import SlackSettings
from responders.approvals.slack.probing import probe
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, FOREIGN, SECOND, Slack
from tests.samples import NOW


async def tried(http: aiohttp.ClientSession, server: Slack, **changes: object) -> dict[str, Finding]:
    usual = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "channels": {"oreo": CHANNEL}}
    settings = SlackSettings.model_validate(usual | {"base_url": f"{server.url}/api"} | changes)
    return {found.part: found for found in await probe(settings, http, FakeClock(NOW))}


@pytest.fixture
async def server() -> AsyncIterator[Slack]:
    running = await slack.start(clock=FakeClock(NOW))
    yield running
    await running.close()


async def test_what_works_is_said_to_work_and_nothing_is_posted(http: aiohttp.ClientSession, server: Slack) -> None:
    found = await tried(http, server)
    assert {finding.health for finding in found.values()} == {Health.OK}
    assert "#approvals" in found[f"channel {CHANNEL} of oreo"].said
    assert (server.messages, server.sockets.opened) == ([], [])


@pytest.mark.parametrize("scope", ["files:write", "files:read"])
async def test_a_scope_that_only_pictures_need_is_a_doubt(
    http: aiohttp.ClientSession, server: Slack, scope: str
) -> None:
    server.space.scopes.discard(scope)
    found = await tried(http, server)
    assert found["pictures"].health is Health.WARNING
    assert scope in found["pictures"].said
    assert {finding.health for part, finding in found.items() if part != "pictures"} == {Health.OK}
    assert not any(file["body"] for file in server.space.files.values())


async def test_tokens_that_do_not_do_and_channels_without_the_bot_are_told(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    server.space.channels[SECOND]["is_archived"] = True
    rooms = {"oreo": FOREIGN, "tide": SECOND, "other": "C0NOWHERE"}
    found = await tried(http, server, app_token=BOT_TOKEN, channels=rooms)
    assert found["bot token"].health is Health.OK
    assert "not_allowed_token_type" in found["app token"].said
    assert "does not have the bot in it" in found[f"channel {FOREIGN} of oreo"].said
    assert "archived" in found[f"channel {SECOND} of tide"].said
    assert found["channel C0NOWHERE of other"].health is Health.FAILED
    assert BOT_TOKEN not in str(found)
