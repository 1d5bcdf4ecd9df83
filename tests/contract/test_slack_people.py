"""Groups, stand-ins, steps, mutes and refusals in the real channel, against the sandbox's workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from responders.approvals.slack.groups import Groups
from responders.approvals.slack.look import Look
from responders.approvals.slack.trouble import Trouble
from responders.approvals.slack.web import Web
from responders.lifecycle import Facts
from responders.model import Escalation, State
from responders.sandbox import slack
from responders.sandbox.slack import BOT_TOKEN, Slack
from tests.samples import NOW
from tests.slack_office import IDS, Office, an_office, settle, until

GROUP = "group:S01APPR"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        yield made


@pytest.fixture
async def server() -> AsyncIterator[Slack]:
    running = await slack.start(clock=FakeClock(NOW))
    yield running
    await running.close()


def groups(http: aiohttp.ClientSession, server: Slack, **fallback: list[str]) -> Groups:
    """The groups as the channel asks for them."""
    clock = server.space.clock
    web = Web(http, token=BOT_TOKEN, clock=clock, base_url=f"{server.url}/api", timeout_secs=0.2)
    return Groups(web, IDS, fallback, clock, Trouble(clock))


# --- groups -----------------------------------------------------------------------------------------------------------


async def test_members_are_people_of_the_settings_and_asked_once_a_minute(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    server.space.groups["S01APPR"] = ["U01ADA", "U03CLEO", "U07GONE"]
    asked = groups(http, server)
    for _ in range(3):
        assert await asked.members([GROUP]) == {GROUP: frozenset({"maya"})}
    assert server.calls.count("usergroups.users.list") == 1
    server.space.groups["S01APPR"] = ["U02BEN"]
    await server.space.clock.advance(60)
    assert await asked.members([GROUP]) == {GROUP: frozenset({"jonas"})}
    assert asked.trouble.notice() == ""


@pytest.mark.parametrize("fault", ["plan", "scope", "unready", "silence", "page", "limit"])
async def test_where_slack_cannot_tell_the_list_counts_and_without_one_nobody_does(
    http: aiohttp.ClientSession, server: Slack, fault: str
) -> None:
    server.space.is_paid = fault != "plan"
    if fault == "scope":
        server.space.scopes.remove("usergroups:read")
    if fault in ("unready", "silence", "page", "limit"):
        server.dial.turn(fault, door="usergroups.users.list", times=1000)
    without, with_list = groups(http, server), groups(http, server, S01APPR=["U02BEN", "U99NOBODY"])
    assert await without.members([GROUP]) == {GROUP: frozenset()}
    assert await with_list.members([GROUP]) == {GROUP: frozenset({"jonas"})}
    assert "its members decide nothing" in without.trouble.notice()
    assert "the list in bot.yaml counts" in with_list.trouble.notice()
    asked = server.calls.count("usergroups.users.list")
    await without.members([GROUP])
    assert server.calls.count("usergroups.users.list") == asked


async def test_a_group_that_is_gone_has_no_members_whatever_the_list_says(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    del server.space.groups["S01APPR"]
    asked = groups(http, server, S01APPR=["U02BEN"])
    assert await asked.members([GROUP]) == {GROUP: frozenset()}
    assert "no_such_subteam" in asked.trouble.notice()


async def test_what_was_known_is_not_kept_for_longer_than_a_minute(http: aiohttp.ClientSession, server: Slack) -> None:
    asked = groups(http, server)
    assert (await asked.members([GROUP]))[GROUP] == {"maya", "jonas"}
    server.dial.turn("unready", door="usergroups.users.list", times=1000)
    await server.space.clock.advance(61)
    assert (await asked.members([GROUP]))[GROUP] == frozenset()


# --- who is let in ----------------------------------------------------------------------------------------------------


def action(message: dict[str, Any], name: str) -> str:
    """The action of ours with this name."""
    found = [one for block in message["blocks"] for one in [*block.get("elements", []), block.get("accessory", {})]]
    return next(one["action_id"] for one in found if one.get("action_id") == f"bonmot.{name}")


@pytest.mark.parametrize(
    ("user", "person", "said"),
    [
        ("U08AWAY", "U08AWAY", "Only people of our own workspace decide here."),
        ("U04GUEST", "U04GUEST", "This account is a guest"),
        ("U05SOLO", "U05SOLO", "This account is a guest"),
        ("U06ROBOT", "U06ROBOT", "This account is a bot"),
        ("U07GONE", "U07GONE", "This account is an account that is switched off"),
        ("U03CLEO", "U03CLEO", "You are not among the people"),
    ],
)
async def test_who_is_none_of_ours_is_refused_told_and_kept(office: Office, user: str, person: str, said: str) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        await office.server.click(card, action(card, "approve"), user)
        [outcome] = await office.worked(1)
        assert outcome.startswith(f"refused {user}: {said}")
        [(who, about, why, via)] = office.desk.folk.refusals
        team = "T99ELSE" if user == "U08AWAY" else "T01TEST"
        assert (who, about, via) == (person, f"approve p1 by {user} of {team}", "slack")
        assert why.startswith(said)
        [whisper] = office.server.space.ephemerals
        assert (whisper["user"], whisper["text"].startswith(said)) == (user, True)
        assert office.desk._proposals["p1"].state is State.PENDING


async def test_looking_at_the_home_tab_is_trying_nothing(office: Office) -> None:
    async with office.running():
        await office.server.open_home("U03CLEO")
        await office.worked(1)
        assert office.desk.folk.refusals == []


async def test_an_approver_no_more_is_refused_and_kept(office: Office) -> None:
    office.offer(approvers=("maya", "jonas"))
    async with office.running():
        card = await office.card()
        office.desk.folk.taken_out.add("maya")
        await office.server.click(card, action(card, "approve"), "U01ADA")
        [outcome] = await office.worked(1)
        assert "maya may not decide on p1 any more" in outcome
        assert [(who, about) for who, about, _, _ in office.desk.folk.refusals] == [("maya", "approve p1")]


async def test_a_member_of_a_group_says_yes_and_a_stranger_to_it_does_not(office: Office) -> None:
    office.offer(approvers=(GROUP,))
    office.desk.folk.members[GROUP] = frozenset({"jonas"})
    async with office.running():
        card = await office.card()
        assert "Slack group S01APPR may say yes." in str(card["blocks"])
        await office.server.click(card, action(card, "approve"), "U01ADA")
        await office.server.click(card, action(card, "approve"), "U02BEN")
        first, second = await office.worked(2)
        assert first.startswith("refused U01ADA: maya may not decide on p1")
        assert second == "approve by jonas"


# --- stand-ins and mutes ----------------------------------------------------------------------------------------------


async def test_a_stand_in_decides_until_somebody_is_back(office: Office) -> None:
    office.offer(approvers=("maya",))
    async with office.running():
        card = await office.card()
        await office.server.command("/bonmot away 2d <@U02BEN|ben> at sea", "U01ADA")
        assert await office.worked(1) == ["away by maya"]
        told = office.server.space.ephemerals[0]
        assert (told["user"], "jonas decides for you" in told["text"]) == ("U01ADA", True)
        await office.pass_time(1.2)
        await until(lambda: "Jonas Weber decides for Maya" in str(office.found()[0]["blocks"]))
        await office.server.command("/bonmot back", "U01ADA")
        await office.server.click(card, action(card, "approve"), "U02BEN")
        assert (await office.worked(3))[2].startswith("refused U02BEN: jonas may not decide")
        await office.server.command("/bonmot away 1h jonas", "U01ADA")
        await office.server.click(card, action(card, "approve"), "U02BEN")
        assert (await office.worked(5))[4] == "approve by jonas"
        [yes] = office.desk._proposals["p1"].approvals
        assert (yes.person, yes.seat) == ("jonas", "maya")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("away 2d <@U03CLEO|cleo>", "has to be among the people"),
        ("away 2d nobody", "nobody is called 'nobody' in bot.yaml"),
        ("away 90d jonas", "an absence lasts 60 days at most"),
        ("away 2d maya", "somebody else has to decide for you"),
        ("back", "maya is not away"),
        ("mute blackout 31d enough", "a silence lasts 30 days at most"),
        ("mute x 1d enough", "say what to silence"),
        ("unmute blackout", "'blackout' is not silenced"),
    ],
)
async def test_what_cannot_be_is_told_to_one_person_alone(office: Office, text: str, said: str) -> None:
    async with office.running():
        await office.server.command(f"/bonmot {text}", "U01ADA")
        [outcome] = await office.worked(1)
        assert said in outcome
        assert said in office.server.space.ephemerals[0]["text"]


async def test_a_mute_takes_the_card_back_and_stands_in_status_and_home(office: Office) -> None:
    office.offer()
    async with office.running():
        await office.card()
        await office.server.command("/bonmot mute superdome 2h people are hurt", "U02BEN")
        await office.worked(1)
        assert "1 open card was taken back" in office.server.space.ephemerals[0]["text"]
        await office.pass_time(1.2)
        await until(lambda: "Taken back by Jonas Weber" in str(office.found()[0]["blocks"]))
        assert "people are hurt" in str(office.found()[0]["blocks"])
        await office.server.command("/bonmot status", "U01ADA")
        await office.server.open_home("U01ADA")
        await office.worked(3)
        assert (
            "by Jonas Weber, for every brand: superdome (people are hurt)" in office.server.space.ephemerals[1]["text"]
        )
        assert "superdome (people are hurt)" in str(office.server.space.homes["U01ADA"])
        await office.server.command("/bonmot unmute Superdome", "U01ADA")
        assert (await office.worked(4))[3] == "unmute by maya"
        assert (await office.desk.rota()).silences == ()


async def test_a_mute_by_the_window_is_for_what_was_chosen(office: Office) -> None:
    office.offer()
    async with office.running():
        card = await office.card()
        await office.server.click(card, action(card, "mute"), "U01ADA")
        assert await office.worked(1) == ["opened mute"]
        [view] = office.server.space.views.values()
        values: dict[str, Any] = {}
        for block in view["blocks"][1:]:
            element = block["element"]
            typed = {"type": element["type"], "value": "enough of it"}
            chosen = {"type": element["type"], "selected_option": element.get("initial_option")}
            is_text = element["type"] == "plain_text_input"
            values[block["block_id"]] = {element["action_id"]: typed if is_text else chosen}
        await office.server.submit(view, "U01ADA", values)
        assert (await office.worked(2))[1] == "mute by maya"
        [silence] = (await office.desk.rota()).silences
        assert (silence.term, silence.brand, silence.person) == ("Superdome lights out", "oreo", "maya")
        assert timedelta(minutes=119) < silence.until - silence.since <= timedelta(hours=2)
        assert office.desk._proposals["p1"].state is State.WITHDRAWN


# --- steps ------------------------------------------------------------------------------------------------------------


def escalate(office: Office, after_secs: float, *to: str) -> None:
    """What the ledger would do in its time."""
    known = Facts(office.clock.now(), "clock", escalation=Escalation(after_secs, to))
    office.desk._move(office.desk._proposals["p1"], "escalate", known)


def replies(office: Office) -> list[dict[str, Any]]:
    return [one for one in office.server.messages if one.get("thread_ts", one["ts"]) != one["ts"]]


async def test_a_step_is_one_line_on_the_card_and_one_reply_that_rings(office: Office) -> None:
    office.server.is_strict = True
    office.offer(approvers=("maya",))
    async with office.running():
        card = await office.card()
        await office.pass_time(180)
        escalate(office, 180, "jonas")
        await office.pass_time(4)
        [reply] = replies(office)
        assert reply["thread_ts"] == card["ts"]
        assert reply["text"].startswith("<@U02BEN>: nobody decided in 3 min")
        assert "Nobody decided in 3 min: Jonas Weber may decide as well." in str(office.found()[0]["blocks"])
        await office.pass_time(130)
        assert len(replies(office)) == 1
        escalate(office, 300, GROUP)
        await office.pass_time(4)
        assert [one["text"].partition(":")[0] for one in replies(office)] == ["<@U02BEN>", "<!subteam^S01APPR>"]
        card = office.found()[0]
        await office.server.click(card, action(card, "approve"), "U02BEN")
        assert await office.worked(1) == ["approve by jonas"]


@pytest.mark.parametrize("fault", ["drop", "half", "error", "page", "cut", "unready"])
async def test_a_lost_answer_rings_nobody_twice(office: Office, fault: str) -> None:
    office.offer(approvers=("maya",))
    async with office.running():
        await office.card()
        await office.pass_time(180)
        escalate(office, 180, "jonas")
        await settle()
        office.server.dial.turn(fault, door="chat.postMessage", times=1)
        await office.pass_time(25)
        assert len(replies(office)) == 1
    async with office.running():
        await office.pass_time(25)
        assert len(replies(office)) == 1


async def test_what_was_decided_meanwhile_rings_nobody(office: Office) -> None:
    office.offer(approvers=("maya",))
    async with office.running():
        await office.card()
        await office.pass_time(180)
    escalate(office, 180, "jonas")
    office.desk._move(office.desk._proposals["p1"], "withdraw", Facts(office.clock.now(), "guard", why="it turned"))
    async with office.running():
        await office.pass_time(10)
        assert replies(office) == []


async def test_a_refused_reply_is_told_on_the_page_and_stops_no_card(office: Office) -> None:
    office.offer(approvers=("maya",))
    async with office.running() as channel:
        await office.card()
        await office.pass_time(180)
        office.server.dial.turn("missing", door="chat.postMessage", times=1000)
        escalate(office, 180, "jonas")
        await office.pass_time(5)
        assert "Slack does not work" in channel.notice()
        assert "may decide as well" in str(office.found()[0]["blocks"])
