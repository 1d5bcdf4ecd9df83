"""The face of the Slack channel: cards, windows and sentences on one side, what people did on the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from responders.approvals import Card, Judged, Order
from responders.approvals.shapes import Reader
from responders.approvals.slack import acts, cards, forms, home, modals
from responders.approvals.slack.face import Asked, View
from responders.approvals.slack.kept import Payload
from responders.approvals.slack.slash import HELP
from responders.approvals.slack.stamps import Stamp
from responders.approvals.slack.wishes import Unread, Wish
from responders.approvals.views import passed
from responders.model import State

MOST_TOLD = 10
"""Lines of an answer that only one person sees."""
OPENS = {"details": "details", "edit": "edit", "reject": "reject", "pause_form": "pause"}


class Look:
    """See `responders.approvals.slack.face.Face`."""

    def message(self, card: Card, reader: Reader) -> Payload:
        """As the promise says."""
        return cards.message(card, reader)

    def read(self, payload: Payload, now: datetime) -> Asked:
        """As the promise says."""
        found = acts.read(payload, now=now)
        if isinstance(found, Unread):
            return Asked("refused", reason=found.why, block=found.block)
        if isinstance(found, Order):
            return _order(found)
        if isinstance(found, acts.Pick):
            stamp = found.stamp
            return Asked(
                "order", stamp.proposal, "approve", stamp.revision, number=found.number, mark=found.fingerprint
            )
        return _wish(found)

    def chosen(self, asked: Asked, card: Card | None) -> Asked:
        """As the promise says; refused where the text on the screen is not the one that is kept."""
        if not asked.mark:
            return asked
        pick = acts.Pick(Stamp(asked.proposal, asked.seen_revision), asked.number, asked.mark, "")
        found = acts.order_of(pick, card)
        return Asked("refused", asked.proposal, reason=found.why) if isinstance(found, Unread) else _order(found)

    def window(self, asked: Asked, card: Card | None, reader: Reader) -> Payload:
        """As the promise says."""
        if asked.name == "pause":
            return modals.pause(asked.reason)
        if card is None:
            return modals.failure("There is no such card any more.")
        if asked.name == "edit":
            return modals.edit(card, reader, asked.number)
        return modals.reject(card, reader) if asked.name == "reject" else modals.details(card, reader)

    def complaint(self, payload: Payload, asked: Asked, sentence: str) -> Payload | None:
        """As the promise says; beside the field that people write into, where the sentence names none."""
        block = asked.block or forms.first_field(payload)
        return modals.beside(block, sentence) if block else None

    def home(self, view: View) -> Payload:
        """As the promise says."""
        return home.home(home.House(view.cards, view.judged), view.reader)

    def answer(self, asked: Asked, view: View) -> str:
        """As the promise says."""
        if asked.name == "status":
            return _status(view)
        if asked.name == "missed":
            return _silences(view.judged, view.reader) or "Nothing was passed over yet."
        if asked.name == "why":
            return _why(asked.reason, view)
        if asked.name == "test":
            return "To hear what the guard says of a text, ask `bonmot explain --text` where bonmot runs."
        return HELP


def _order(order: Order) -> Asked:
    return Asked(
        "order",
        order.proposal,
        order.act,
        order.seen_revision,
        text=order.text,
        reason=order.reason,
        until=order.until,
    )


def _wish(wish: Wish) -> Asked:
    if wish.kind == "nothing":
        return Asked("nothing")
    if wish.kind in OPENS:
        return Asked(
            "open", wish.proposal, seen_revision=wish.revision, reason=wish.text, name=OPENS[wish.kind],
            number=wish.number,
        )  # fmt: skip
    return Asked("wish", reason=wish.text, until=wish.until, name=wish.kind)


def _status(view: View) -> str:
    waiting = [card for card in view.cards if card.proposal.state is State.PENDING]
    posted = sum(card.proposal.state is State.PUBLISHED for card in view.cards)
    reader = view.reader
    names = ", ".join(f"{reader.brands.get(one.proposal.brand, one.proposal.brand)}: {one.proposal.trend_name}"
                      for one in waiting[:MOST_TOLD])  # fmt: skip
    said = [f"{len(waiting)} waiting{f' ({names})' if names else ''}, {posted} posted in the last 24 hours."]
    if reader.pause is not None:
        said.append(f"Posting is paused by {reader.name(reader.pause.person)}: {reader.pause.why}")
    return " ".join(said)


def _silences(judged: Sequence[Judged], reader: Reader) -> str:
    """A line for each trend that did not become a card, with the reason of each brand."""
    lines = []
    for one in [passed(each, reader) for each in judged[:MOST_TOLD]]:
        why = "; ".join(f"{brand} {verdict}: {reason}" for brand, verdict, reason, _ in one.verdicts)
        lines.append(f"{one.name} ({one.size}): {why}")
    return "\n".join(lines)


def _why(text: str, view: View) -> str:
    """What is thought of the trends in whose name or words the text stands."""
    wanted = text.casefold()
    judged = [one for one in view.judged if _speaks_of(one, wanted)]
    asked = [Judged(card.opportunity.trend, (card.opportunity.score,), card.proposal.created_at) for card in view.cards]
    found = [*judged, *(one for one in asked if _speaks_of(one, wanted))]
    nobody = replace(view.reader, person="")
    return (
        _silences(found, nobody)
        or f"No trend of today speaks of {text!r}. `/bonmot missed` lists what was passed over."
    )


def _speaks_of(judged: Judged, wanted: str) -> bool:
    trend = judged.trend
    return wanted in " ".join((trend.name, *trend.terms)).casefold()
