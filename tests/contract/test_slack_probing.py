"""What `bonmot doctor` finds of Slack, without saying anything there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from monitor.clock import FakeClock, SystemClock
from monitor.probing import Finding, Health, fine
from monitor.schema import SlackSettings
from responders.approvals.slack.probing import Asked, probe
from responders.approvals.slack.scopes import OPTIONAL, SCOPES, WITHOUT
from responders.checkup import checkup
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, FOREIGN, SECOND, Slack
from tests.contract.test_doctor import settings_with
from tests.samples import NOW
from tests.slack_street import SECRET

HEX = "0123456789abcdef0123456789abcdef"
BY_HTTP = {"app_token": "", "signing_secret": HEX}


async def tried(
    http: aiohttp.ClientSession, server: Slack, asked: Asked | None = None, **changes: object
) -> dict[str, Finding]:
    usual = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "channels": {"oreo": CHANNEL}}
    block = SlackSettings.model_validate(usual | {"base_url": f"{server.url}/api"} | changes)
    more = asked or Asked(block)
    wanted = Asked(block, more.people, more.groups, lambda place: fine("listen", f"{place.port} is free"))
    return {found.part: found for found in await probe(wanted, http, FakeClock(NOW))}


def asked(*groups: str, **people: str) -> Asked:
    block = SlackSettings(bot_token="x", app_token="x", channels={"oreo": CHANNEL})
    return Asked(block, people, groups)


@pytest.fixture
async def server() -> AsyncIterator[Slack]:
    running = await slack.start(clock=FakeClock(NOW))
    yield running
    await running.close()


async def test_what_works_is_said_to_work_and_nothing_is_posted(http: aiohttp.ClientSession, server: Slack) -> None:
    found = await tried(http, server, asked("S01APPR", U01ADA="maya"))
    assert {finding.health for finding in found.values()} == {Health.OK}
    assert "#approvals" in found[f"channel {CHANNEL} of oreo"].said
    assert found["person maya"].said == "U01ADA is Ada"
    assert found["group S01APPR"].said == "has 2 people; those with a `slack` id under people may decide"
    assert found["scopes"].said == f"all {len(SCOPES)} are there"
    assert (server.messages, server.sockets.opened) == ([], [])
    assert not [call for call in server.calls if call.startswith(("chat", "views", "files"))]


async def test_a_group_that_does_not_tell_is_doubted_where_a_list_stands_in(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    found = await tried(http, server, asked("S02LIST", "S03NONE"), groups={"S02LIST": ["U01ADA"]})
    assert found["group S02LIST"].health is Health.WARNING
    assert "the list under slack.groups counts meanwhile" in found["group S02LIST"].said
    assert found["group S03NONE"].health is Health.FAILED


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("tells", [True, False])
async def test_a_missing_scope_is_named_with_what_fails(
    http: aiohttp.ClientSession, server: Slack, scope: str, tells: bool
) -> None:
    server.space.scopes.discard(scope)
    server.tells_scopes = tells
    found = await tried(http, server, asked("S01APPR", U01ADA="maya"))
    named = found.get(f"scope {scope}")
    if tells:
        assert named is not None
        health = Health.WARNING if scope in OPTIONAL else Health.FAILED
        assert (named.health, named.said) == (health, f"is missing: {WITHOUT[scope]}")
        assert "install the app again" in named.do
    elif scope in ("users:read", "usergroups:read"):  # what was refused told what is there
        assert named is not None
        failed = [one for part, one in found.items() if part.startswith(("person", "group")) and "scope" in one.said]
        assert scope in failed[0].said
    else:
        assert "does not say which" in found["scopes"].said


@pytest.mark.parametrize(
    ("change", "said", "do"),
    [
        ({"is_archived": True}, "is archived", "another channel"),
        ({"is_member": False}, "does not have the bot in it", "/invite @bonmot"),
        (None, "channel_not_found", "copy its id again"),
    ],
)
async def test_a_channel_that_takes_no_card_is_told(
    http: aiohttp.ClientSession, server: Slack, change: dict[str, bool] | None, said: str, do: str
) -> None:
    if change is None:
        del server.space.channels[CHANNEL]
    else:
        server.space.channels[CHANNEL] |= change
    found = (await tried(http, server))[f"channel {CHANNEL} of oreo"]
    assert found.health is Health.FAILED
    assert said in found.said
    assert do in found.do


async def test_tokens_that_do_not_do_are_told(http: aiohttp.ClientSession, server: Slack) -> None:
    rooms = {"oreo": FOREIGN, "tide": SECOND}
    found = await tried(http, server, app_token=BOT_TOKEN, channels=rooms)
    assert found["bot token"].health is Health.OK
    assert "not_allowed_token_type" in found["app token"].said
    assert "does not have the bot in it" in found[f"channel {FOREIGN} of oreo"].said
    assert BOT_TOKEN not in str(found)
    found = await tried(http, server, asked("S01APPR", U01ADA="maya"), bot_token="xoxb-of-nobody")
    assert list(found) == ["bot token", "app token"], "the rest would say the same"
    assert "invalid_auth" in found["bot token"].said
    server.space.is_revoked = True
    assert "token_revoked" in (await tried(http, server))["bot token"].said


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U04GUEST", "is a guest"), ("U05SOLO", "is a guest"), ("U06ROBOT", "is a bot"), ("U07GONE", "switched off"),
        ("U08AWAY", "of another workspace"), ("U99NOBODY", "user_not_found"),
    ],
)  # fmt: skip
async def test_people_who_cannot_decide_are_told(
    http: aiohttp.ClientSession, server: Slack, user: str, said: str
) -> None:
    found = (await tried(http, server, asked(**{user: "maya"})))["person maya"]
    assert found.health is not Health.OK
    assert said in found.said
    assert found.do


async def test_groups_that_nobody_is_in_or_that_are_not_there_are_told(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    server.space.groups["S02EMPTY"] = []
    found = await tried(http, server, asked("S02EMPTY", "S03GONE"))
    assert "nobody" in found["group S02EMPTY"].said
    assert "no_such_subteam" in found["group S03GONE"].said


async def test_over_http_the_secret_and_the_port_are_looked_at(http: aiohttp.ClientSession, server: Slack) -> None:
    found = await tried(http, server, **BY_HTTP)
    assert {finding.health for finding in found.values()} == {Health.OK}
    assert "app token" not in found
    assert found["listen"].said == "8643 is free"
    found = await tried(http, server, **BY_HTTP | {"signing_secret": "xoxb-a-token", "listen": {"host": "0.0.0.0"}})
    assert "does not look like one" in found["signing secret"].said
    assert "plain HTTP" in found["listen"].said
    assert "xoxb-a-token" not in str(found)


async def test_doctor_tells_it_for_the_whole_settings_and_hides_the_secret(
    tmp_path: Path, server: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {"maya": {"title": "Maya", "slack": "U01ADA"}, "jon": {"title": "Jon", "slack": "U04GUEST"}}
    block = {"bot_token": "${BOT}", "signing_secret": "${SIGN}", "channels": {"oreo": CHANNEL}, "listen": {"port": 0}}
    environ = {"BOT": BOT_TOKEN, "SIGN": SECRET}
    settings = settings_with(tmp_path, environ=environ, people=people, slack=block | {"base_url": f"{server.url}/api"})
    found = {row.finding.part: row.finding for row in await checkup(settings, SystemClock()) if row.about == "slack"}
    assert "guest" in found["person jon"].said
    assert found["listen"].said == "takes a free port at each start"
    assert SECRET not in str(found)
