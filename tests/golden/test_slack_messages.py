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
from responders.approvals.aides import BrandKeywords, Keyword, Preview, Retune, Tuning
from responders.approvals.slack import cards, home, modals, muting, tuning
from responders.approvals.slack.kept import Plot, PlotState
from responders.approvals.slack.plots import in_words
from tests.slack_house import NOW, card, reader, stories

FOLDER = Path(__file__).parent / "slack"
STORIES = stories()
OREO = BrandKeywords("oreo", "Oreo", "0f" * 8, (Keyword("oreo* OR cookie*", 2.0), Keyword("dark", 1.5, "dark")))
CHANGE = Retune("oreo", "change", 1, OREO.digest, "dark OR blackout", 2.5, "more of it")
WAITS = Tuning(7, "oreo", "change", 1, "dark OR blackout", 2.5, "dark", OREO.digest, "maya", "more of it", NOW)


def made() -> dict[str, dict[str, Any]]:
    """Every message and view by its name."""
    messages = {name: cards.message(*STORIES[name]) for name in STORIES}
    plot = Plot("p-1", "F0PLOT00001", in_words(samples.trend()), 2123, PlotState.READY, samples.START)
    messages["pending_plot"] = cards.message(*STORIES["pending"], plot)
    files = {"0" * 64: "F0PICTURE01"}
    messages["pending_picture_shown"] = cards.message(*STORIES["pending_picture"], plot, files=files)
    second, later = STORIES["second_yes"]
    house = home.House([found for found, _ in STORIES.values() if found.proposal.id == "p-1"][:1], samples.silences())
    views = {
        "modal_loading": modals.loading(),
        "modal_details": modals.details(second, later),
        "modal_edit": modals.edit(second, later, 2),
        "modal_reject": modals.reject(card(), reader()),
        "modal_wish": modals.wish(card(), reader()),
        "modal_pause": modals.pause("a grave day"),
        "modal_mute": muting.form(card(), reader()),
        "modal_tune": tuning.choose([OREO]),
        "modal_tune_rule": tuning.form(OREO, CHANGE),
        "modal_tune_count": tuning.counting(CHANGE, 1234),
        "modal_tune_show": tuning.shown(CHANGE, Preview(5, 3, "1234 recorded posts of the last 24 hours")),
        "home_tuning": home.home(home.House([], tunings=[WAITS], can_tune=True), reader()),
        "home": home.home(house, reader()),
        "home_muted": home.home(house, STORIES["away"][1]),
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
