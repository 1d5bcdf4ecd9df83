"""Every card fits Slack's limits whatever is in it, rings nobody, and shows the text to be posted whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Bridge, Post, Signal
from responders.approvals import Card, samples
from responders.approvals.ears import Ear
from responders.approvals.slack import cards, home, kit, limits, modals
from responders.model import Draft, State
from tests.json_schema import Schema
from tests.slack_house import NOW, PAUSE, card, leaves, reader, stories

STORIES = stories()
PINGS = "<!channel> <!here> <@U123ABCD> <#C1|general> <https://evil.example|slack.com> @everyone *bold* `code` :bomb:"
LONG = "We hold your milk & cookies until the lights are back. " * 80
ODD: dict[str, str] = {
    "pings": PINGS,
    "right_to_left": "\u202eevil.exe\u2066 \u2069 كعكة مع الحليب في الظلام \u200f",
    "hebrew": "חלב ועוגיות בחושך",
    "four_thousand": LONG[:4000],
    "ampersands": "&" * 3000,
    "angles": "<" * 200,
    "emoji_only": "😂🖤🏴󠁧󠁢󠁳󠁣󠁴󠁿👩‍👩‍👧‍👦" * 9,
    "emoji_long": "👩‍👩‍👧‍👦" * 700,
    "half_pair": "half \ud83d of a pair \udc00",
    "null": "a\x00b\x07c\x1b[31m",
    "blank": " \n\t ",
    "nothing": "",
    "one_letter": "x",
    "newlines": "\n" * 500 + "end",
    "link": "https://evil.example/" + "a" * 3000,
    "script": "javascript:alert(1) <script>alert(1)</script>",
    "entities": "&lt;!channel&gt; &amp;amp;",
    "date": "<!date^1392734382^{date}|x> <!subteam^S123|@team>",
    "zalgo": "l" + "\u0301\u0337\u0489" * 400,
    "zero_width": "\u200b\u2060\ufeff" * 100,
    "line_separators": "one\u2028two\u2029three",
    "private_use": "\ue000\uf8ff",
    "wide": "全角" * 900,
    "quotes": "“”\"'\\\\ {{ brand }} %s {0}",
    "json": '{"type": "mrkdwn", "text": "<!here>"}',
    "markdown": "**b** _i_ ~s~ > quote\n```code```\n- [x](https://evil.example)",
    "colons": ":" * 400,
    "tag_letters": "\U000e0041\U000e0042",
    "vertical": "\u180e\ufe0f\u20e3" * 50,
    "long_word": "a" * 5000,
}


def strange(text: str, name: str = "pending") -> tuple[Card, Any]:
    """A story in which every stranger says this."""
    found, seen = STORIES[name]
    trend = found.opportunity.trend
    post = Post("p", text, NOW, text, author=text, url=f"https://a.example/{text}")
    trend = replace(trend, name=text, terms=(text,) * 12, samples=(post,) * 5, volume=())
    signals = (Signal(text, 0.5, text, caution=text),) * 40
    bridge = Bridge("night snack", "cookies", 0.5, (text,) * 9)
    score = replace(found.opportunity.score, signals=signals, against=(text,) * 9, why=text, bridge=bridge)
    opportunity = replace(found.opportunity, trend=trend, score=score)
    return Card(replace(found.proposal, trend_name=text), opportunity, found.history), seen


def drafted(*texts: str, **changes: Any) -> Card:
    """A card with these drafts, the first of them the present text."""
    found = card()
    drafts = tuple(Draft("x:oreo", text, f"t{i}") for i, text in enumerate(texts))
    return replace(found, proposal=replace(found.proposal, drafts=drafts, text=texts[0], **changes))


def check(made: dict[str, Any]) -> None:
    assert limits.problems(made) == []
    assert limits.rings(made) == []


def texts_of(block: Any) -> str:
    return "".join(leaf["text"] for leaf in leaves(block) if leaf.get("type") == "text")


def shown_texts(made: dict[str, Any]) -> list[str]:
    """The texts with a bar beside them: what may be posted."""
    return [texts_of(one) for one in leaves(made) if one.get("type") == "rich_text_quote"]


def test_every_state_has_a_story() -> None:
    assert {found.proposal.state for found, _ in STORIES.values()} == set(State)


@pytest.mark.parametrize("name", STORIES)
def test_every_state_fits_and_rings_nobody(name: str) -> None:
    for made in (cards.message(*STORIES[name]), modals.details(*STORIES[name]), modals.edit(*STORIES[name])):
        check(made)


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("story", ["second_yes", "published"])
def test_whatever_strangers_write_fits_and_rings_nobody(name: str, story: str) -> None:
    found, seen = strange(ODD[name], story)
    for made in (cards.message(found, seen), modals.details(found, seen), modals.edit(found, seen)):
        check(made)
    check(modals.reject(found, seen))


@pytest.mark.parametrize("name", ODD)
def test_home_fits_with_strange_words(name: str) -> None:
    found, seen = strange(ODD[name])
    others = [replace(found, proposal=replace(found.proposal, id=f"p-{i}")) for i in range(5)]
    ears = [Ear("x", ODD[name], "alarm", True)] * 30
    check(home.home(home.House(others, samples.silences(), ears), replace(seen, pause=PAUSE)))


def test_a_queue_of_any_length_fits_and_says_what_is_left_out() -> None:
    found = card()
    many = [replace(found, proposal=replace(found.proposal, id=f"p-{i}")) for i in range(43)]
    made = home.home(home.House(many, links={"p-1": "https://a.slack.com/archives/C1/p1"}), reader())
    check(made)
    assert "and 13 more" in texts_of(made)
    assert sum(leaf.get("action_id") == "bonmot.open" for leaf in leaves(made)) == 1


@settings(max_examples=50, deadline=None)
@given(text=st.text(), size=st.integers(1, 200))
def test_any_words_of_strangers_fit_and_ring_nobody(text: str, size: int) -> None:
    found, seen = strange(text * size)
    for made in (cards.message(found, seen), modals.details(found, seen)):
        check(made)


@settings(max_examples=50, deadline=None)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=12),
    size=st.integers(1, 90),
)
def test_what_is_offered_stands_there_whole(texts: list[str], size: int) -> None:
    found = drafted(*(text * size for text in texts))
    made = cards.message(found, reader())
    check(made)
    shown = shown_texts(made)
    has_post = any(leaf.get("action_id") == "bonmot.approve" for leaf in leaves(made))
    revealed = cards.view(found, reader()).text
    assert has_post == (revealed in shown)
    offered = [draft.shown for draft in cards.view(found, reader()).drafts]
    assert all(text in offered for text in shown)


def test_a_draft_of_four_thousand_letters_is_shown_whole_and_can_be_posted() -> None:
    made = cards.message(drafted(LONG[:4000]), reader())
    check(made)
    assert LONG[:4000] in shown_texts(made)
    assert "bonmot.approve" in json.dumps(made)


def test_ten_drafts_can_be_chosen_from_and_more_are_told_of() -> None:
    made = cards.message(drafted(*(f"draft number {i}" for i in range(12))), reader())
    check(made)
    radio = next(leaf for leaf in leaves(made) if leaf.get("type") == "radio_buttons")
    assert len(radio["options"]) == 10
    assert "2 more drafts do not fit here" in texts_of(made)


def test_a_text_too_long_for_slack_cannot_be_agreed_to_there() -> None:
    made = cards.message(drafted("long " * 3000, "short"), reader())
    check(made)
    assert "bonmot.approve" not in json.dumps(made)
    assert "decide on the page of bonmot" in texts_of(made)


def test_hidden_letters_of_a_draft_are_spelled_out() -> None:
    assert "a[U+202E]b" in shown_texts(cards.message(drafted("a\u202eb"), reader()))


def test_a_paused_card_has_no_button_to_post() -> None:
    made = cards.message(*STORIES["pending_paused"])
    assert "bonmot.approve" not in json.dumps(made)
    assert "Posting is paused" in texts_of(made)
    assert "Posting is paused" in made["text"]


def test_ids_change_with_what_is_shown_and_only_then() -> None:
    found, seen = STORIES["pending"]
    first = cards.message(found, seen)
    assert cards.message(found, replace(seen, now=seen.now + timedelta(seconds=1)))["blocks"] == first["blocks"]
    for other in (replace(seen, pause=PAUSE), replace(seen, now=seen.now + timedelta(minutes=3))):
        ids = {block.get("block_id") for block in cards.message(found, other)["blocks"]} - {None}
        assert not ids & {block.get("block_id") for block in first["blocks"]}


def test_who_looks_changes_nothing() -> None:
    found, seen = STORIES["second_yes"]
    assert cards.message(found, replace(seen, person="maya")) == cards.message(found, seen)


@pytest.mark.parametrize("action", ["approve", "undo", "give_up"])
def test_what_cannot_be_taken_back_is_asked_again(action: str) -> None:
    story = {"approve": "second_yes", "undo": "published", "give_up": "uncertain"}[action]
    button = next(
        leaf for leaf in leaves(cards.message(*STORIES[story])) if leaf.get("action_id") == f"bonmot.{action}"
    )
    assert "confirm" in button


def test_home_counts_the_day_and_names_what_needs_a_person() -> None:
    found = [pair[0] for name, pair in STORIES.items() if name in ("published", "rejected", "failed", "withdrawn")]
    ears = [Ear("X", "its key was refused", "alarm", True), Ear("Reddit", "fine", "fine", False)]
    said = texts_of(home.home(home.House(found, samples.silences(), ears), STORIES["published"][1]))
    assert "1 posted, 1 rejected, 0 expired, 1 taken back, 1 failed. Passed over: 2 trends, 1 of them blocked." in said
    assert "its key was refused" in said
    assert "Reddit" not in said
    assert "Nothing waits for you" in json.dumps(home.home(home.House(found), reader()))


def test_what_was_passed_over_is_told_with_its_reason() -> None:
    said = texts_of(home.missed(samples.silences(), reader()))
    assert "Coach crash on I-10" in said
    assert "Oreo: block, death: 61 of 80 posts speak of people who died; silent for 72 h" in said
    assert "Nothing was passed over yet." in texts_of(home.missed([], reader()))


def test_a_decided_card_says_who_agreed() -> None:
    assert "Said yes: Maya Okafor, " in texts_of(cards.message(*STORIES["published"]))
    assert "the yes so far is to this one" in texts_of(cards.message(*STORIES["second_yes"]))


def test_a_notification_says_who_where_what_and_until_when() -> None:
    found, seen = STORIES["pending"]
    assert cards.message(found, seen)["text"] == "Oreo on X @oreo: Superdome lights out. Good until 01:51 UTC."
    over, late = STORIES["published"]
    assert cards.message(over, late)["text"].startswith("Oreo on X @oreo: Superdome lights out. Posted to X @oreo.")


@given(text=st.text(max_size=400), limit=st.integers(1, 100))
def test_parts_put_together_are_the_text(text: str, limit: int) -> None:
    pieces = kit.parts(text, max(limit, 5))
    assert "".join(pieces) == text
    assert all(kit.size(piece) <= max(limit, 5) for piece in pieces)


def test_an_edit_longer_than_a_field_has_several() -> None:
    view = modals.edit(drafted(LONG[:4000]), reader())
    check(view)
    fields = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    assert "".join(field["initial_value"] for field in fields) == LONG[:4000]
    assert modals.edit(drafted("a" * 20_000), reader())["callback_id"] == "bonmot.failure"


def test_everything_follows_the_recorded_schema(shared: Path) -> None:
    schema = Schema(json.loads((shared / "recordings/slack/block_kit_subset.schema.json").read_text(encoding="utf-8")))
    for name, (found, seen) in STORIES.items():
        blocks = cards.message(found, seen)["blocks"]
        assert schema.errors(blocks, "#/$defs/message_blocks") == [], name
        for view in (modals.details(found, seen), modals.edit(found, seen), modals.reject(found, seen)):
            assert schema.errors(view, "#/$defs/modal_view") == [], name
    for view in (modals.loading(), modals.pause("why"), modals.failure("")):
        assert schema.errors(view, "#/$defs/modal_view") == []
    assert schema.errors(home.home(home.House([card()]), reader()), "#/$defs/home_view") == []
    assert schema.errors([{"type": "section"}], "#/$defs/message_blocks") != []
