"""A keyword tuned in Slack: its windows follow each other in their acks, and what is decided lies with the tuner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from monitor.errors import Refused
from responders.approvals.aides import Aides, BrandKeywords, Keyword, Preview, Progress, Retune, Tuning
from responders.approvals.slack import tuning
from responders.approvals.slack.limits import problems, rings
from responders.approvals.slack.look import Look
from responders.sandbox.slack import Envelope
from tests.slack_house import NOW, reader
from tests.slack_office import Office, an_office, until

ADA, BEN = "U01ADA", "U02BEN"
OREO = BrandKeywords("oreo", "Oreo <!here>", "0f" * 8, (Keyword("oreo* OR cookie*", 2.0), Keyword("dark", 1.5, "dark")))


class Book:
    """A tuner that remembers what it was asked."""

    def __init__(self) -> None:
        self.proposed: list[tuple[Retune, str]] = []
        self.settled: list[tuple[int, str, bool]] = []
        self.open: list[Tuning] = []
        self.hold: asyncio.Event | None = None
        self.tried = 0

    def keywords(self) -> list[BrandKeywords]:
        return [OREO]

    def against(self, retune: Retune) -> dict[str, str]:
        return {"match": "a ) is missing"} if "(" in retune.match else {}

    async def preview(self, retune: Retune, progress: Progress) -> Preview:
        self.tried += 1
        progress.posts = 1234
        if self.hold is not None:
            await self.hold.wait()
        return Preview(5, 3, "1234 recorded posts of the last 24 hours")

    async def propose(self, retune: Retune, person: str, at: Any) -> str:
        self.proposed.append((retune, person))
        return "Proposed."

    async def waiting(self) -> list[Tuning]:
        return self.open

    async def settle(self, number: int, person: str, *, apply: bool) -> str:
        if apply and person == self.open[0].person:
            raise Refused("you proposed it: another approver has to apply it")
        self.settled.append((number, person, apply))
        self.open = []
        return "Applied: oreo."


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        made.aides = Aides(tuner=Book())
        yield made


def book(office: Office) -> Book:
    assert isinstance(office.aides.tuner, Book)
    return office.aides.tuner


async def press(office: Office, name: str, user: str) -> None:
    """A button of the person's Home tab."""
    home = office.server.space.homes[user]
    found = [(b, e) for b in home["blocks"] for e in b.get("elements", []) if str(e.get("action_id")).endswith(name)]
    [(block, element)] = found
    action = {"type": "button", "action_id": element["action_id"], "block_id": block["block_id"],
              "value": element["value"], "action_ts": office.server.space.ts()}  # fmt: skip
    trigger = office.server.space.trigger()
    payload = {
        "type": "block_actions", "team": {"id": "T01"}, "user": {"id": user}, "trigger_id": trigger,
        "container": {"type": "view", "view_id": home["id"]}, "view": home, "actions": [action],
    }  # fmt: skip
    await office.server.deliver("interactive", payload, takes_answer=False)


async def send(office: Office, view: dict[str, Any], user: str = ADA, **typed: str) -> Envelope:
    """A window with these values in its fields, the others as they stand."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, part = block["element"], block["block_id"].partition(":")[0]
        field: dict[str, Any] = {"type": element["type"]}
        if "options" in element or "option_groups" in element:
            groups = element.get("option_groups", [element])
            options = {one["value"]: one for group in groups for one in group["options"]}
            field["selected_option"] = options.get(typed.get(part, ""), element.get("initial_option"))
        else:
            field["value"] = typed.get(part, element.get("initial_value"))
        values[block["block_id"]] = {element["action_id"]: field}
    envelope = await office.server.submit(view, user, values)
    await until(lambda: envelope.acked_at is not None)
    return envelope


async def first(office: Office) -> dict[str, Any]:
    await office.server.open_home(ADA)
    await office.worked(1)
    await press(office, "tune", ADA)
    assert (await office.worked(2))[1] == "opened tune"
    return dict(list(office.server.space.views.values())[-1])


async def form(office: Office, which: str) -> dict[str, Any]:
    """The second window, where the server has it under the id of the first."""
    view = await first(office)
    answer = (await send(office, view, which=which)).answer
    assert answer["response_action"] == "update"
    return dict(answer["view"]) | {"id": view["id"]}


async def test_a_keyword_goes_through_its_windows_to_a_proposal(office: Office) -> None:
    async with office.running():
        view = await form(office, "oreo:1")
        assert problems(view) == []
        assert rings(view) == []
        envelope = await send(office, view, match="dark OR blackout", weight="2.5", why="more of it")
        assert envelope.answer["response_action"] == "update"
        assert "Counting cards" in str(envelope.answer["view"])
        await until(lambda: "tuneshow" in office.server.space.views[view["id"]]["callback_id"])
        shown = dict(office.server.space.views[view["id"]])
        assert "2 cards fewer" in str(shown["blocks"])
        assert "5 → 3" in str(shown["blocks"])
        assert "Counted on 1234 recorded posts" in str(shown["blocks"])
        assert (await send(office, shown)).answer is None
        assert (await office.worked(5))[3:] == ["preview by maya", "propose by maya"]
        wanted = Retune("oreo", "change", 1, OREO.digest, "dark OR blackout", 2.5, "more of it")
        assert book(office).proposed == [(wanted, "maya")]
        [told] = office.server.messages
        assert (told["text"], told["channel"]) == ("Proposed.", "D01ADA")


async def test_a_rule_that_cannot_be_read_is_told_beside_its_field(office: Office) -> None:
    async with office.running():
        view = await form(office, "oreo:new")
        answer = (await send(office, view, match="(dark", why="x")).answer
        [(block, sentence)] = answer["errors"].items()
        assert block.startswith("match:")
        assert sentence == "a ) is missing"
        answer = (await send(office, view, match="dark", weight="seven", why="x")).answer
        assert next(iter(answer["errors"])).startswith("weight:")
        assert book(office).tried == 0


async def test_a_keyword_can_be_removed(office: Office) -> None:
    async with office.running():
        view = await form(office, "oreo:0")
        await send(office, view, what="remove", why="x")
        await until(lambda: "tuneshow" in office.server.space.views[view["id"]]["callback_id"])
        await send(office, dict(office.server.space.views[view["id"]]))
        await office.worked(5)
        assert book(office).proposed[0][0].act == "remove"


async def test_how_far_a_preview_is_shows_and_clicks_go_on(office: Office) -> None:
    held = book(office).hold = asyncio.Event()
    async with office.running():
        view = await form(office, "oreo:0")
        await send(office, view, match="oreo", why="x")
        await until(lambda: book(office).tried == 1)
        await office.pass_time(3.5)
        await until(lambda: "1234 posts so far" in str(office.server.space.views[view["id"]]["blocks"]))
        await office.server.command("/bonmot status", BEN)
        assert "status by jonas" in await office.worked(4)
        held.set()
        await until(lambda: "tuneshow" in office.server.space.views[view["id"]]["callback_id"])


async def test_another_person_applies_it_on_the_home_tab(office: Office) -> None:
    book(office).open = [
        Tuning(7, "oreo", "add", 0, "zeppelin <!channel>", 2.0, "", OREO.digest, "maya", "we had one", NOW)
    ]
    async with office.running():
        for user in (ADA, BEN):
            await office.server.open_home(user)
        await office.worked(2)
        home = office.server.space.homes[BEN]
        assert problems({key: home[key] for key in ("type", "callback_id", "blocks")}) == []
        assert rings(home) == []
        assert "a new keyword zeppelin" in str(home["blocks"])
        await press(office, "tune_apply", ADA)
        assert "another approver" in (await office.worked(3))[2]
        await press(office, "tune_apply", BEN)
        assert (await office.worked(4))[3] == "tune_apply by jonas"
        assert book(office).settled == [(7, "jonas", True)]
        assert "zeppelin" not in str(office.server.space.homes[BEN]["blocks"])


async def test_the_home_tab_of_a_channel_without_a_tuner_has_no_such_button(office: Office) -> None:
    office.aides = Aides()
    async with office.running():
        await office.server.open_home(ADA)
        await office.worked(1)
        assert "tune" not in str(office.server.space.homes[ADA]["blocks"])


def test_metadata_holds_the_longest_rule_and_nothing_else_is_read_from_it() -> None:
    longest = Retune("b" * 40, "change", 99, "0" * 16, '"' * tuning.RULE_LETTERS, 2.5, "ü\n" * 100)
    view = tuning.shown(longest, Preview(0, 0, "x"))
    assert len(view["private_metadata"]) <= 3000
    assert tuning.read(view["private_metadata"]) == longest
    for odd in ("", "{}", "[1]", "[" * 5000, '["a","eat",0,"d","m",1,"w"]', '["a","add",-1,"d","m",1,"w"]',
                '["a","add",0,"d","m","1","w"]', '["a","add",true,"d","m",1,"w"]'):  # fmt: skip
        assert tuning.read(odd) is None


def test_every_window_keeps_to_the_limits() -> None:
    many = BrandKeywords("oreo", "O" * 80, "0" * 16, tuple(Keyword("x" * 1000, 1.0) for _ in range(150)))
    retune = Retune("oreo", "change", 0, "0" * 16, "y" * 800, 1.0, "z" * 200)
    known = BrandKeywords("oreo", "O" * 80, "0" * 16, (Keyword("y" * 800, 1.0),))
    made = [tuning.choose([many]), tuning.form(known, retune), tuning.counting(retune, 10**9), tuning.said("a" * 5000)]
    for view in [*made, tuning.shown(retune, Preview(0, 10**6, "p" * 1000))]:
        assert problems(view) == []
        assert rings(view) == []
    assert list(tuning.waiting([], reader()))
