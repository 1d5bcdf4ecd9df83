"""Where nothing is posted, no card says that it was: button, place, sister and status tell that the console had it."""

from __future__ import annotations

from dataclasses import replace

from monitor.clock import FakeClock
from monitor.model import Account, Brand
from monitor.storage import open_database
from responders.approvals.changes import Changes
from responders.approvals.slack import cards
from responders.approvals.views import view
from responders.desk import Books, LedgerDesk
from responders.ledger import Ledger
from tests.samples import ACCOUNT, NOW, a_picture, a_proposal, an_opportunity
from tests.slack_house import CLAIM, POSTED, YES, card, leaves, reader, sister

ONLY = frozenset({"x", "mastodon"})


def test_the_button_and_the_place_say_so() -> None:
    made = view(replace(card(), rehearsed=ONLY), replace(reader(), person="maya"))
    assert made.place == "X @oreo (console only)"
    assert made.act_name == "Post to X @oreo (console only)"
    assert view(card(), reader()).place == "X @oreo"


def test_what_was_printed_is_not_called_posted_alone() -> None:
    printed = replace(card(None, YES, CLAIM, POSTED), rehearsed=ONLY)
    assert view(printed, reader()).status.text == (
        "Posted to X @oreo. Only printed to the console: nothing left this machine."
    )
    assert view(replace(printed, rehearsed=frozenset()), reader()).status.text == "Posted to X @oreo."


def test_a_sister_says_so_as_well() -> None:
    both = replace(card(), sisters=(sister(),), rehearsed=ONLY)
    [one] = view(both, reader()).kin.waiting
    assert one.place.endswith(" (console only)")


async def test_the_desk_tells_each_card() -> None:
    ledger = Ledger(open_database(":memory:"))
    books = Books(ledger)
    brands = {"oreo": Brand("oreo", "Oreo", accounts=(Account(ACCOUNT, "bluesky", "oreo.test"),))}
    desk = LedgerDesk(books, clock=FakeClock(NOW), brands=brands, changes=Changes())
    desk.rehearsed = frozenset({"bluesky"})
    await books.call(ledger.save_opportunity, an_opportunity(), [a_proposal()])
    found = await desk.card("p1")
    assert found is not None
    assert found.rehearsed == {"bluesky"}
    books.close()
    ledger.close()


def _buttons(made: object) -> list[str]:
    return [one["action_id"] for one in leaves(made) if one.get("type") == "button"]


def test_nobody_agrees_to_a_sisters_picture_that_this_card_does_not_have() -> None:
    plain = replace(card(), sisters=(sister(),))
    assert "bonmot.together" in _buttons(cards.message(plain, reader()))
    unseen = replace(card(), sisters=(replace(sister(), media=(a_picture(),)),))
    assert "bonmot.together" not in _buttons(cards.message(unseen, reader()))
    own = replace(unseen, proposal=replace(unseen.proposal, media=(a_picture(),)))
    assert "bonmot.together" in _buttons(cards.message(own, reader()))
