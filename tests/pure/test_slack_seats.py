"""Absences, mutes and steps in Slack: how they are typed, chosen and said; and nobody is rung."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Post
from responders.approvals.slack import cards, muting
from responders.approvals.slack.acts import read
from responders.approvals.slack.limits import problems
from responders.approvals.slack.thread import called
from responders.approvals.slack.wishes import Unread, Wish
from responders.model import Escalation
from tests.slack_house import NOW, card, leaves, reader, stories, submission

DAY = timedelta(days=1)


def typed(text: str) -> Wish | Unread:
    """What a slash command is read as."""
    found = read({"command": "/bonmot", "text": text, "user_id": "U1"}, now=NOW)
    assert isinstance(found, Wish | Unread)
    return found


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("away 2d jon", Wish("away", "U1", until=NOW + 2 * DAY, subject="jon")),
        ("away 2 days @Jon at sea", Wish("away", "U1", text="at sea", until=NOW + 2 * DAY, subject="jon")),
        ("away 90m", Wish("away", "U1", until=NOW + timedelta(minutes=90))),
        ("away 1h &lt;@U02BEN|ben&gt;", Wish("away", "U1", until=NOW + timedelta(hours=1), subject="U02BEN")),
        ("away 1h <@U02BEN>", Wish("away", "U1", until=NOW + timedelta(hours=1), subject="U02BEN")),
        ("back", Wish("back", "U1")),
        (
            "mute power cut 2h people are hurt",
            Wish("mute", "U1", "", 0, 0, "people are hurt", NOW + DAY / 12, "power cut"),
        ),
        (
            'mute "the last 2 days" 1d enough',
            Wish("mute", "U1", text="enough", until=NOW + DAY, subject="the last 2 days"),
        ),
        ("mute @ann 30m rude", Wish("mute", "U1", text="rude", until=NOW + DAY / 48, subject="@ann")),
        ("unmute power cut", Wish("unmute", "U1", subject="power cut")),
    ],
)
def test_a_command_is_read_as_it_was_meant(text: str, wish: Wish) -> None:
    assert typed(text) == wish


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("away", "Say how long, and who decides meanwhile: /bonmot away 2d jon"),
        ("away jon 2d", "Say how long"),
        ("mute", "/bonmot mute TERM 2h WHY"),
        ("mute blackout", "/bonmot mute TERM 2h WHY"),
        ("mute 2h because", "/bonmot mute TERM 2h WHY"),
        ("mute blackout 2h", "/bonmot mute TERM 2h WHY"),
        ("unmute", "/bonmot unmute TERM"),
        ("unmut x", "did you mean 'unmute'"),
    ],
)
def test_a_command_that_lacks_something_is_told_how_it_is_written(text: str, said: str) -> None:
    found = typed(text)
    assert isinstance(found, Unread)
    assert said in found.why


@given(st.sampled_from(["away", "mute", "unmute", "back"]), st.text(max_size=80))
def test_whatever_is_typed_becomes_a_wish_or_a_sentence(word: str, rest: str) -> None:
    assert isinstance(typed(f"{word} {rest}"), Wish | Unread)


def chosen(view: dict[str, Any], **values: str | None) -> Wish | Unread:
    """What the window is read as."""
    found = read(submission(view, **values), now=NOW)
    assert isinstance(found, Wish | Unread)
    return found


def test_every_choice_of_the_window_is_found_again_on_the_card() -> None:
    post = Post("1", "bluesky", NOW, "so dark", author="ann")
    found = card()
    trend = replace(found.opportunity.trend, samples=(post,))
    found = replace(found, opportunity=replace(found.opportunity, trend=trend))
    view = muting.form(found, reader())
    assert problems(view) == []
    options = view["blocks"][1]["element"]["options"]
    names = [one["text"]["text"] for one in options]
    assert names[:2] == ["This trend: Superdome lights out", "The term: lights out"]
    assert names[-1] == "The author: @ann"
    meant = []
    for one in options:
        wish = chosen(view, term=one["value"], reason="so", until="m120", brand="one")
        assert isinstance(wish, Wish)
        assert (wish.kind, wish.proposal, wish.text, wish.brand) == ("mute", "p-1", "so", "one")
        assert wish.until == NOW + timedelta(hours=2)
        meant.append(muting.meant(found, wish.subject))
    assert meant == ["Superdome lights out", *trend.terms, "@ann"]
    assert muting.meant(found, "nonsense") is None
    assert muting.meant(None, options[0]["value"]) is None


def test_a_window_without_a_reason_or_with_a_forged_end_mutes_nothing() -> None:
    view = muting.form(card(), reader())
    empty = chosen(view, reason="")
    assert isinstance(empty, Unread)
    assert empty.block.startswith("reason:")
    payload = submission(view, reason="so")
    payload["view"]["private_metadata"] = "{}"
    assert isinstance(read(payload, now=NOW), Unread)
    forged = json.loads(json.dumps(submission(view, reason="so")).replace('"m120"', '"m99999"'))
    assert isinstance(read(forged, now=NOW), Unread)


def test_the_menu_of_a_pending_card_opens_the_window() -> None:
    made = cards.message(card(), reader())
    [element] = [one for one in leaves(made) if one.get("type") == "overflow"]
    action = {"type": "overflow", "action_id": element["action_id"], "selected_option": element["options"][0]}
    payload = {"type": "block_actions", "user": {"id": "U1"}, "actions": [action]}
    assert read(payload, now=NOW) == Wish("mute_form", "U1", proposal="p-1", revision=1)


def test_hostile_terms_and_authors_stay_words() -> None:
    found = card()
    nasty = "<!channel> " + "\u202e" + "x" * 300
    post = Post("1", "bluesky", NOW, "x", author=nasty)
    trend = replace(found.opportunity.trend, name=nasty, terms=(nasty, "  "), samples=(post,))
    found = replace(found, opportunity=replace(found.opportunity, trend=trend))
    view = muting.form(found, reader())
    assert problems(view) == []
    assert all(one.get("type") != "mrkdwn" for one in leaves(view))
    assert "\u202e" not in json.dumps(view, ensure_ascii=False)


def test_a_step_rings_those_it_asks_and_nobody_else() -> None:
    ids = {"U02BEN": "jon"}
    people = {"jon": "Jon", "ines": "Ines <!channel>"}
    text = called(Escalation(180, ("jon", "group:S01APPR", "ines")), ids, people)
    assert text == (
        "<@U02BEN>, <!subteam^S01APPR>, Ines &lt;!channel&gt;: nobody decided in 3 min, so you may as well. "
        "Nothing is posted without a yes."
    )


def test_a_card_says_in_one_line_who_was_asked_and_who_stands_in() -> None:
    told = stories()
    asked = json.dumps(cards.message(*told["escalated"]), ensure_ascii=False)
    assert "Nobody decided in 5 min: Priya Nair, Jonas Weber, Slack group S01APPR may decide as well." in asked
    away = json.dumps(cards.message(*told["away"]), ensure_ascii=False)
    assert "Jonas Weber decides for Maya" in away
    by = json.dumps(cards.message(*told["stood_in"]), ensure_ascii=False)
    assert "Approved by Jonas Weber for Maya" in by
