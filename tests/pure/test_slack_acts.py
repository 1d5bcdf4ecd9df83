"""What Slack sends back becomes the right order; what nobody can have meant becomes a sentence, never an exception."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import Refused
from responders import lifecycle
from responders.approvals import Order, samples
from responders.approvals.slack import acts, cards, home, modals
from responders.approvals.slack.acts import Pick, order_of, origin, read
from responders.approvals.slack.look import Look
from responders.approvals.slack.stamps import Stamp, fingerprint, read_block, read_metadata, read_value
from responders.approvals.slack.wishes import Unread, Wish
from responders.lifecycle import Facts
from tests.slack_house import NOW, PAUSE, card, clicks, leaves, reader, stories, submission

STORIES = stories()
EXPECTED: dict[str, type] = {"approve": Pick, "snooze": Order, "withdraw": Order, "undo": Order, "give_up": Order}


def press(name: str, story: str = "pending", chosen: int | None = None) -> Any:
    """What a click on the first such button is read as."""
    made = cards.message(*STORIES[story])
    payload = next(payload for action, payload in clicks(made, chosen) if action == f"bonmot.{name}")
    return read(payload, now=NOW)


def order(name: str, story: str = "pending", chosen: int | None = None) -> Order:
    """The same where it has to be an order."""
    done = press(name, story, chosen)
    done = order_of(done, STORIES[story][0]) if isinstance(done, Pick) else done
    assert isinstance(done, Order), done
    return done


@pytest.mark.parametrize("story", STORIES)
def test_every_button_of_every_card_is_understood(story: str) -> None:
    found, seen = STORIES[story]
    count = 0
    for action, payload in clicks(cards.message(found, seen)):
        done = read(payload, now=seen.now)
        assert not isinstance(done, Unread), (action, done)
        assert isinstance(done, EXPECTED.get(action.removeprefix("bonmot."), Wish)), (action, done)
        if isinstance(done, Order):
            assert (done.proposal, done.seen_revision) == (found.proposal.id, found.proposal.revision)
            assert (done.act, done.person, done.via) == (action.removeprefix("bonmot."), "U1", "slack")
            carried_out(found.proposal, done, seen.now)
        count += 1
    assert count >= 1


def carried_out(proposal: Any, done: Order, now: Any) -> Any:
    """The real table takes the order."""
    by = Facts(now, "priya", "because", done.seen_revision, text=done.text, until=done.until)
    return lifecycle.decide(proposal, done.act, by)[-1][1]


@pytest.mark.parametrize("chosen", [None, 0, 1, 2])
def test_a_yes_is_to_the_text_on_the_screen(chosen: int | None) -> None:
    done = order("approve", chosen=chosen)
    assert done.text == samples.DRAFTS[chosen or 0][1]
    assert carried_out(STORIES["pending"][0].proposal, done, NOW).text == done.text


@pytest.mark.parametrize("chosen", [None, 0, 1, 2, 3])
def test_a_yes_to_a_card_that_was_edited_is_to_what_was_chosen(chosen: int | None) -> None:
    proposal = STORIES["edited"][0].proposal
    done = order("approve", "edited", chosen)
    assert done.text == (proposal.text if chosen is None else proposal.drafts[chosen].text)
    assert done.seen_revision == 2


def test_an_old_card_cannot_agree_to_a_new_text() -> None:
    done = order("approve", "pending")
    with pytest.raises(Refused, match="you saw revision 1, it is now 2"):
        carried_out(STORIES["edited"][0].proposal, done, NOW)


def test_the_second_yes_posts_what_the_first_agreed_to() -> None:
    done = order("approve", "second_yes")
    assert carried_out(STORIES["second_yes"][0].proposal, done, NOW).state == "approved"
    other = order("approve", "second_yes", 2)
    after = carried_out(STORIES["second_yes"][0].proposal, other, NOW)
    assert (after.state, after.text) == ("pending", samples.DRAFTS[2][1])


def test_a_text_that_is_not_the_one_kept_is_agreed_to_by_nobody() -> None:
    pick = press("approve", chosen=1)
    found = STORIES["pending"][0]
    changed = replace(found.proposal.drafts[1], text="Something else.")
    drafts = (found.proposal.drafts[0], changed)
    other = replace(found, proposal=replace(found.proposal, drafts=drafts))
    assert isinstance(order_of(pick, other), Unread)
    assert isinstance(order_of(replace(pick, number=9), found), Unread)
    last = fingerprint(found.proposal.drafts[-1].text)
    assert isinstance(order_of(replace(pick, number=0, fingerprint=last), found), Unread)
    assert isinstance(order_of(pick, None), Unread)
    assert isinstance(order_of(replace(pick, stamp=Stamp("p-9", 1)), found), Unread)


def test_radio_buttons_of_another_revision_are_not_believed() -> None:
    old = cards.message(*STORIES["pending"])
    new = cards.message(*STORIES["edited"])
    payload = next(payload for action, payload in clicks(new) if action == "bonmot.approve")
    payload["state"]["values"] = next(payload for _, payload in clicks(old, 1))["state"]["values"]
    assert isinstance(read(payload, now=NOW), Unread)


def test_radio_buttons_that_nobody_touched_mean_the_present_text() -> None:
    payload = next(payload for action, payload in clicks(cards.message(*STORIES["pending"])) if "approve" in action)
    for state in ({}, {"values": {}}, {"values": {"other": {"x": {"selected_option": {"value": "1"}}}}}):
        done = read(payload | {"state": state}, now=NOW)
        assert isinstance(done, Pick)
        assert done.number == 1


def test_a_snooze_ends_so_many_minutes_after_the_click() -> None:
    made = cards.message(*STORIES["pending_for_days"])
    ends = [read(payload, now=NOW) for action, payload in clicks(made) if action == "bonmot.snooze"]
    assert [done.until - NOW for done in ends if isinstance(done, Order) and done.until] == [
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(days=1),
    ]


def test_edit_opens_with_the_draft_that_is_set() -> None:
    wish = press("edit", chosen=2)
    assert (wish.kind, wish.proposal, wish.revision, wish.number) == ("edit", "p-1", 1, 3)
    view = modals.edit(*STORIES["pending"], number=wish.number)
    assert view["blocks"][1]["element"]["initial_value"] == samples.DRAFTS[2][1]


@pytest.mark.parametrize("text", ["New & better <text>.\nTwo lines.", "مرحبا", "a" * 3000])
def test_an_edit_comes_back_letter_for_letter(text: str) -> None:
    done = read(submission(modals.edit(*STORIES["pending"]), texta=text.replace("\n", "\r\n")), now=NOW)
    assert done == Order("p-1", "edit", "U1", "slack", 1, text=text)


def test_an_edit_of_a_long_text_comes_back_whole() -> None:
    text = "We hold your milk & cookies until the lights are back. " * 100
    found = card()
    drafts = (replace(found.proposal.drafts[0], text=text),)
    long = replace(found, proposal=replace(found.proposal, drafts=drafts, text=text))
    done = read(submission(modals.edit(long, reader())), now=NOW)
    assert isinstance(done, Order)
    assert done.text == text


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_an_empty_edit_is_told_beside_its_field(text: str | None) -> None:
    view = modals.edit(*STORIES["pending"])
    done = read(submission(view, texta=text), now=NOW)
    assert isinstance(done, Unread)
    assert done.block == view["blocks"][1]["block_id"]
    answer = modals.beside(done.block, done.why)
    assert answer == {"response_action": "errors", "errors": {done.block: "Write the text that should be posted."}}


def test_what_stands_against_an_edit_is_told_beside_its_field() -> None:
    view = modals.edit(*STORIES["pending"])
    payload = submission(view, texta="new")
    done = Look().read(payload, NOW)
    answer = Look().complaint(payload, done, "too long by 3; it says <never>")
    assert answer is not None
    assert answer["errors"] == {view["blocks"][1]["block_id"]: "too long by 3; it says &lt;never&gt;"}
    assert Look().complaint({"view": {}}, done, "no field") is None


@pytest.mark.parametrize(
    ("quick", "typed", "reason"),
    [
        ("Too late", None, "Too late"),
        (None, " not us ", "not us"),
        ("Off brand", "we bake", "Off brand: we bake"),
    ],
)
def test_a_rejection_has_its_reason(quick: str | None, typed: str | None, reason: str) -> None:
    done = read(submission(modals.reject(*STORIES["pending"]), quick=quick, reason=typed), now=NOW)
    assert done == Order("p-1", "reject", "U1", "slack", 1, reason=reason)


def test_a_rejection_without_a_reason_is_told_beside_its_field() -> None:
    done = read(submission(modals.reject(*STORIES["pending"]), reason=" "), now=NOW)
    assert isinstance(done, Unread)
    assert done.block.startswith("reason:p-1:1:")


def test_a_pause_has_its_reason_and_its_end() -> None:
    done = read(submission(modals.pause(), reason="a grave day", until="m240"), now=NOW)
    assert done == Wish("pause", "U1", text="a grave day", until=NOW + timedelta(hours=4))
    assert read(submission(modals.pause("x")), now=NOW) == Wish("pause", "U1", text="x")
    assert isinstance(read(submission(modals.pause()), now=NOW), Unread)


def test_the_home_tab_has_its_switch() -> None:
    for pause, kind in ((None, "pause_form"), (PAUSE, "resume")):
        made = home.home(home.House([card()]), reader(pause=pause))
        kinds = [done.kind for _, payload in clicks(made) if isinstance(done := read(payload, now=NOW), Wish)]
        assert kinds == [kind, "details"]


SAID: dict[str, Wish] = {
    "": Wish("help", "U1"),
    "help": Wish("help", "U1"),
    "status": Wish("status", "U1"),
    "  STATUS  ": Wish("status", "U1"),
    "missed": Wish("missed", "U1"),
    "missed the lights": Wish("missed", "U1", text="the lights"),
    "test the lights": Wish("test", "U1", text="the lights"),
    "why the lights &lt;went&gt; out &amp;lt;": Wish("why", "U1", text="the lights <went> out &lt;"),
    "pause": Wish("pause_form", "U1"),
    "pause 10m": Wish("pause_form", "U1", until=NOW + timedelta(minutes=10)),
    "pause 10m a grave day": Wish("pause", "U1", text="a grave day", until=NOW + timedelta(minutes=10)),
    "pause 2 hours grave": Wish("pause", "U1", text="grave", until=NOW + timedelta(hours=2)),
    "pause\ta grave\nday": Wish("pause", "U1", text="a grave\nday"),
    "pause 3 people are hurt": Wish("pause", "U1", text="3 people are hurt"),
    "resume all clear": Wish("resume", "U1", text="all clear"),
}


def slash(text: str) -> dict[str, Any]:
    return {"command": "/bonmot", "text": text, "user_id": "U1", "team_id": "T1", "channel_id": "C1"}


@pytest.mark.parametrize("text", SAID)
def test_a_command_is_understood(text: str) -> None:
    assert read(slash(text), now=NOW) == SAID[text]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("stauts", "did you mean 'status'"),
        ("approve p-1", "does not know 'approve'"),
        ("why", "Say what to explain"),
        ("pause 0m x", "from a minute to seven days"),
        ("pause 8d x", "from a minute to seven days"),
        ("why " + "x" * 1001, "longer than 1000"),
        ("x" * 4000, "does not know"),
    ],
)
def test_a_command_nobody_knows_is_answered_in_words(text: str, answer: str) -> None:
    done = read(slash(text), now=NOW)
    assert isinstance(done, Unread)
    assert answer in done.why


def test_shortcuts_and_the_home_tab() -> None:
    pause = {"type": "shortcut", "callback_id": "pause_posting", "user": {"id": "U1"}}
    assert read(pause, now=NOW) == Wish("pause_form", "U1")
    why = {
        "type": "message_action",
        "callback_id": "explain_message",
        "user": {"id": "U1"},
        "message": {"text": "a &lt; b"},
    }
    assert read(why, now=NOW) == Wish("why", "U1", text="a < b")
    opened = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1", "tab": "home"}}
    assert read(opened, now=NOW) == Wish("home", "U1")
    assert isinstance(read(pause | {"callback_id": "of_another"}, now=NOW), Unread)


def test_recorded_payloads_of_others_are_refused_in_words(shared: Path) -> None:
    folder = shared / "recordings/slack/payloads"
    names = sorted(path.stem for path in folder.glob("*.json"))
    assert len(names) > 10
    for name in names:
        done = read(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), now=NOW)
        assert isinstance(done, Unread) or (name, done) == ("view_closed", Wish("nothing", "W111")), name


def test_the_origin_of_recorded_payloads(shared: Path) -> None:
    folder = shared / "recordings/slack/payloads"
    button = origin(json.loads((folder / "block_actions_message_button.json").read_text(encoding="utf-8")))
    assert (button.user, button.team, button.channel, button.message) == ("W111", "T111", "C111", "111.222")
    assert (button.trigger, button.response_url[:23]) == ("111.222.valid", "https://hooks.slack.com")
    sent = origin(json.loads((folder / "view_submission_modal.json").read_text(encoding="utf-8")))
    assert (sent.view, sent.hash) == ("V111", "1596530361.3wRYuk3R")
    typed = origin(json.loads((folder / "slash_command.json").read_text(encoding="utf-8")))
    assert (typed.user, typed.team, typed.channel) == ("U111", "T111", "C111")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PLACES = ("type", "user", "state", "actions", "view", "callback_id", "command", "text", "event", "message")


@settings(max_examples=200, deadline=None)
@given(other=JSON, place=st.sampled_from(PLACES))
def test_nothing_that_comes_in_raises(other: Any, place: str) -> None:
    made = cards.message(*STORIES["pending"])
    good = [payload for _, payload in clicks(made)] + [
        submission(modals.edit(*STORIES["pending"])),
        slash("pause 1m x"),
    ]
    for payload in (other, *good):
        changed = {**payload, place: other} if isinstance(payload, dict) else payload
        done = read(changed, now=NOW)
        assert isinstance(done, Order | Pick | Wish | Unread)
        origin(changed)


@settings(max_examples=200, deadline=None)
@given(other=JSON, which=st.integers(0, 200))
def test_nothing_deep_inside_raises_either(other: Any, which: int) -> None:
    for payload in (
        submission(modals.edit(*STORIES["pending"])),
        next(p for _, p in clicks(cards.message(*STORIES["pending"]))),
    ):
        changed = json.loads(json.dumps(payload))
        inside = list(leaves(changed))
        target = inside[which % len(inside)]
        target[sorted(target)[which % len(target)]] = other
        assert isinstance(read(changed, now=NOW), Order | Pick | Wish | Unread)


@pytest.mark.parametrize(
    "payload", [None, [], "x", 3, {}, {"user": {"id": "U1"}}, {"user": {"id": ["U1"]}, "type": "block_actions"}]
)
def test_what_is_no_payload_is_refused(payload: object) -> None:
    assert isinstance(read(payload, now=NOW), Unread)


def test_two_actions_at_once_are_refused() -> None:
    payload = next(payload for action, payload in clicks(cards.message(*STORIES["approved"])) if "withdraw" in action)
    assert isinstance(read(payload | {"actions": payload["actions"] * 2}, now=NOW), Unread)


@given(proposal=st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True), revision=st.integers(0, 10**9 - 1))
def test_stamps_come_back(proposal: str, revision: int) -> None:
    stamp = Stamp(proposal, revision, "0f9a")
    assert read_value(stamp.value("d3", fingerprint("x"))) == (Stamp(proposal, revision), ("d3", fingerprint("x")))
    assert read_block(stamp.block("choice")) == ("choice", stamp)
    assert read_metadata(stamp.metadata()) == Stamp(proposal, revision)
    assert len(stamp.value("d10", fingerprint("x"))) <= 150


@given(text=st.text())
def test_what_is_no_stamp_is_none(text: str) -> None:
    assert read_value(f"<{text}") is None
    assert read_block(f"<{text}") is None
    assert read_metadata(text) is None


def test_the_callbacks_of_the_manifest_are_known() -> None:
    assert "pause_posting" in acts.SHORTCUTS
