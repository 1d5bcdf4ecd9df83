"""What Slack is sent, letter for letter: a change here is a change of what people see before they say yes.

`GOLDEN=write pytest tests/golden` writes the answers anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from responders.approvals import samples
from responders.approvals.slack import cards, home, modals
from tests.slack_house import card, reader, stories

FOLDER = Path(__file__).parent / "slack"
STORIES = stories()


def made() -> dict[str, dict[str, Any]]:
    """Every message and view by its name."""
    messages = {name: cards.message(*STORIES[name]) for name in STORIES}
    second, later = STORIES["second_yes"]
    house = home.House([found for found, _ in STORIES.values() if found.proposal.id == "p-1"][:1], samples.silences())
    views = {
        "modal_loading": modals.loading(),
        "modal_details": modals.details(second, later),
        "modal_edit": modals.edit(second, later, 2),
        "modal_reject": modals.reject(card(), reader()),
        "modal_wish": modals.wish(card(), reader()),
        "modal_pause": modals.pause("a grave day"),
        "home": home.home(house, reader()),
        "home_paused": home.home(house, STORIES["pending_paused"][1]),
    }
    return messages | views


MADE = made()


@pytest.mark.parametrize("name", MADE)
def test_slack_is_sent_what_it_was_sent(name: str) -> None:
    golden = FOLDER / f"{name}.json"
    said = json.dumps(MADE[name], ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_nothing_is_kept_of_a_card_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MADE)
