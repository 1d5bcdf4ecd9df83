"""The face of the Slack channel: cards, windows and sentences on one side, what people did on the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from responders.approvals import Card, Order
from responders.approvals.shapes import Reader
from responders.approvals.slack import acts, cards, forms, home, modals, muting, sayings
from responders.approvals.slack.face import Asked, View
from responders.approvals.slack.kept import Payload, Plot
from responders.approvals.slack.slash import HELP
from responders.approvals.slack.stamps import Stamp
from responders.approvals.slack.wishes import Unread, Wish

OPENS = {
    "details": "details",
    "edit": "edit",
    "reject": "reject",
    "pause_form": "pause",
    "mute_form": "mute",
    "wish_form": "wish",
    "tune_form": "tune",
}


class Look:
    """See `responders.approvals.slack.face.Face`."""

    def message(
        self, card: Card, reader: Reader, plot: Plot | None = None, *, files: Mapping[str, str] | None = None
    ) -> Payload:
        """As the promise says."""
        return cards.message(card, reader, plot, files=files)

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
        if asked.name == "mute":
            return muting.form(card, reader)
        if asked.name == "edit":
            return modals.edit(card, reader, asked.number)
        made = {"reject": modals.reject, "wish": modals.wish}.get(asked.name, modals.details)
        return made(card, reader)

    def complaint(self, payload: Payload, asked: Asked, sentence: str) -> Payload | None:
        """As the promise says; beside the field that people write into, where the sentence names none."""
        block = asked.block or forms.first_field(payload)
        return modals.beside(block, sentence) if block else None

    def home(self, view: View) -> Payload:
        """As the promise says."""
        house = home.House(view.cards, view.judged, tunings=view.tunings, can_tune=view.can_tune)
        return home.home(house, view.reader)

    def answer(self, asked: Asked, view: View) -> str:
        """As the promise says."""
        if asked.name == "status":
            return sayings.status(view)
        if asked.name == "missed":
            return sayings.silences(view.judged, view.reader) or "Nothing was passed over yet."
        if asked.name == "why":
            return sayings.live(asked.reason, view) or sayings.unknown(asked.reason)
        if asked.name == "test":
            return "Say which text: /bonmot test TEXT"
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
    return Asked(
        "wish", wish.proposal, text=wish.subject, seen_revision=wish.revision, reason=wish.text, until=wish.until,
        name=wish.kind, number=wish.number, brand=wish.brand,
    )  # fmt: skip
