"""The settings of X's publisher, its keys, and what recorded answers of X say to it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from monitor.clock import FakeClock
from monitor.errors import Unavailable
from responders.publishers import x
from responders.publishers.x import reading
from tests.posting import x_keys, x_settings
from tests.samples import NOW, a_publication
from tests.x_house import a_purse


@pytest.mark.parametrize(
    ("url", "harmless"), [("http://127.0.0.1:9", True), ("http://[::1]:9/", True), ("https://api.x.com", False)]
)
async def test_only_loopback_is_harmless(url: str, harmless: bool) -> None:
    clock = FakeClock(NOW)
    async with aiohttp.ClientSession() as http:
        assert x.build(x_settings(url), http, clock, purse=a_purse(clock)).is_harmless is harmless
    assert x_settings(url).base_url == url


@pytest.mark.parametrize(
    ("block", "said"),
    [({"accounts": {}}, "at least 1 item"),
     ({"accounts": {"oreo": x_keys(), "@Oreo": x_keys()}}, "same name"),
     ({"accounts": {"oreo": x_keys()}, "base_url": "http://api.x.com"}, "must begin with https"),
     ({"accounts": {"oreo": x_keys(access_secret="two words")}}, "pattern")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(block: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        x.Settings.model_validate(block)


def test_no_key_is_ever_shown() -> None:
    shown = repr(x.AccountSettings(consumer_key="k3y", consumer_secret="s1", access_token="t0k", access_secret="s2"))
    assert not [part for part in ("k3y", "s1", "t0k", "s2") if part in shown]


async def test_it_asks_nobody_before_it_is_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with aiohttp.ClientSession() as http:
            clock = FakeClock(NOW)
            nobody = x.build(x_settings(url), http, clock, purse=a_purse(clock))
            with pytest.raises(Unavailable) as caught:
                await nobody.publish(a_publication())
    assert caught.value.sent is False


def test_recorded_answers_are_read(shared: Path) -> None:
    def body(name: str, number: int = 0) -> Any:
        kept = json.loads((shared / "recordings" / "x" / "api" / f"{name}.json").read_text("utf-8"))
        return kept["interactions"][number]["response"]["body"]["json"]

    assert reading.new_id(body("asyncclient_create_and_delete_tweet")) == "1522929456142245888"
    assert reading.account_id(body("client_get_me"), "tweepydev") == "1072250532645998596"
    page = reading.page_of(body("client_get_users_tweets"))
    assert page is not None
    assert (page.next_token or "").startswith("7140")
    told = "if you see an edited Tweet it's because we're testing the edit button"
    assert page.posts[1].shows(f"{told}\n\nthis is happening and you'll be okay")
    assert not page.posts[1].shows(told)
    assert not reading.is_gone(body("client_get_tweet"))
    kept = json.loads((shared / "recordings" / "x" / "playground_transcript.json").read_text("utf-8"))
    said = {entry["note"]: entry["response"].get("body") for entry in kept}
    assert reading.is_gone(said["lookup missing: 200 with errors"])
    assert reading.new_id(said["create"]) == "624"
    assert reading.problem(said["too long (281+)"]) == "text field exceeds maximum length of 280 characters"
    assert "Application-Only is forbidden" in reading.problem(said["app-only token on a user endpoint"])
