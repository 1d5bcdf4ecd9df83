"""The page says where we listen and how it stands there; what needs a person stands at the top."""

from __future__ import annotations

from datetime import timedelta

from monitor.listening import Listening, State
from responders.approvals import samples
from tests.inbox_house import open_house

EVIL = "<img src=x onerror=alert(1)> & no token"


def heard() -> dict[str, Listening]:
    now = samples.START
    return {
        "bluesky": Listening(State.CONNECTED, since=now - timedelta(hours=1), posts=1234, last_post_at=now),
        "hackernews": Listening(State.CONNECTED, since=now - timedelta(hours=1), last_post_at=now - timedelta(hours=1)),
        "mastodon": Listening(State.AWAY, "answers 502", since=now - timedelta(minutes=4)),
        "reddit": Listening(State.REFUSED, EVIL, since=now),
    }


async def test_each_source_has_a_line_a_person_understands() -> None:
    async with open_house(listening=heard) as house:
        maya = await house.enter()
        status, page = await maya.get("parts/listening")
        assert status == 200
        shown = [line for line in page.splitlines() if line.startswith("<li")]
        assert [line.split('"')[1] for line in shown] == ["alarm", "fine", "fine", "wait"]
        assert "connected, 1234 posts" in shown[1]
        assert f"connected, silent since {samples.START - timedelta(hours=1):%H:%M} UTC" in shown[2]
        assert f"away since {samples.START - timedelta(minutes=4):%H:%M} UTC: answers 502" in shown[3]
        assert "<img" not in page
        _, whole = await maya.get("")
        assert all(line in whole for line in shown), "the page has it from the start"


async def test_what_needs_a_person_stands_at_the_top_and_nothing_else_does() -> None:
    async with open_house(listening=heard) as house:
        maya = await house.enter()
        _, part = await maya.get("parts/trouble")
        assert part.count('class="trouble"') == 1
        assert "Reddit</strong> needs a person: &lt;img" in part


async def test_a_page_without_ears_has_no_such_list() -> None:
    async with open_house() as house:
        maya = await house.enter()
        _, page = await maya.get("")
        assert 'aria-labelledby="listening-title" hidden' in page
        assert 'class="trouble"' not in page


async def test_strangers_learn_nothing_of_it() -> None:
    async with open_house(listening=heard) as house:
        status, _ = await house.visitor().get("parts/listening")
        assert status in (302, 303, 401)
