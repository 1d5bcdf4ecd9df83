"""The manifest of the Slack app asks for what the code calls, no more and no less, and is one that Slack takes."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from responders.approvals import slack
from responders.approvals.slack.acts import SHORTCUTS
from responders.approvals.slack.scopes import APP_CALLS, CALLS, SCOPES, WITHOUT
from responders.commands.slack_steps import MANIFEST
from responders.loading import starter_dir

PACKAGE = Path(slack.__file__).parent
METHOD = re.compile(
    r"(api|apps|auth|bookmarks|bots|calls|chat|conversations|dialog|dnd|emoji|files|im|mpim|pins|reactions|reminders"
    r"|search|stars|team|usergroups|users|views)(\.[a-z][A-Za-z]*){1,2}"
)
NOT_CALLED_YET: frozenset[str] = frozenset()
"""Windows that fill by themselves; a row that is called leaves this list."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((starter_dir() / MANIFEST).read_text("utf-8"))
    return found


def called() -> dict[str, str]:
    """Every method that the channel's source names, and where."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ("scopes.py", "limits.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and METHOD.fullmatch(node.value):
                found[node.value] = f"{path.name}:{node.lineno}"
    return found


def test_every_call_has_its_scopes_in_the_table() -> None:
    unknown = {method: place for method, place in called().items() if method not in {*CALLS, *APP_CALLS}}
    assert not unknown, f"add a row to CALLS in scopes.py, with the scopes of its page at docs.slack.dev: {unknown}"


def test_no_scope_is_asked_for_that_no_call_needs() -> None:
    idle = set(CALLS) - set(called()) - NOT_CALLED_YET
    assert not idle, f"nobody calls {idle}: take the rows out of scopes.py, and the scopes out of the manifest"
    needed = {scope for scopes in CALLS.values() for scope in scopes} | {"commands"}
    assert needed == set(SCOPES), "each scope says what fails without it, and no other does"


def test_the_manifest_asks_for_exactly_these_scopes(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(WITHOUT)


def test_its_shortcuts_and_command_are_those_that_are_understood(manifest: dict[str, Any]) -> None:
    features = manifest["features"]
    assert {one["callback_id"] for one in features["shortcuts"]} == set(SHORTCUTS)
    assert [one["command"] for one in features["slash_commands"]] == ["/bonmot"]
    assert features["bot_user"]["display_name"] == "bonmot", "who is invited with /invite @bonmot"


def test_it_switches_on_what_the_channel_lives_by(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert settings["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True


def test_it_keeps_to_slacks_limits(manifest: dict[str, Any]) -> None:
    """docs.slack.dev, reference/app-manifest: lengths and letters of each field."""
    about, features = manifest["display_information"], manifest["features"]
    assert 1 <= len(about["name"]) <= 35
    assert 1 <= len(about["description"]) <= 140
    assert re.fullmatch("#[0-9a-fA-F]{6}", about["background_color"])
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", features["bot_user"]["display_name"])
    for one in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", one["command"])
        assert 1 <= len(one["description"]) <= 2000
        assert len(one["usage_hint"]) <= 1000
    assert len(features["shortcuts"]) <= 10
    for one in features["shortcuts"]:
        assert 1 <= len(one["name"]) <= 24
        assert 1 <= len(one["description"]) <= 150
        assert len(one["callback_id"]) <= 255
        assert one["type"] in ("global", "message")
    assert set(manifest) == {"_metadata", "display_information", "features", "oauth_config", "settings"}
    assert manifest["_metadata"] == {"major_version": 1, "minor_version": 1}


def test_the_addresses_it_names_for_http_are_those_of_the_door() -> None:
    from responders.approvals.slack.signed import PATHS

    text = (starter_dir() / MANIFEST).read_text("utf-8")
    assert set(re.findall(r"https://bonmot\.example\.com(\S+)", text)) == set(PATHS)
    uncommented = re.sub(r"# ((request_)?url: \S+) +# over HTTP only", r"\1", text)
    assert yaml.safe_load(uncommented)["settings"]["interactivity"]["request_url"].endswith("/slack/interactivity")
