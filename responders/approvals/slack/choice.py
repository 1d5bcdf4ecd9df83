"""The drafts of a card: each offered text whole, and radio buttons to choose one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from responders.approvals.shapes import CardView, DraftView
from responders.approvals.slack import case, pictures
from responders.approvals.slack.kit import Piece, actions, cut, line, option, rich, say, section, size
from responders.approvals.slack.stamps import PREFIX, Stamp, fingerprint
from responders.lifecycle import yeses
from responders.model import Proposal

MOST_DRAFTS = 10
"""As many choices as radio buttons take."""
MOST_LETTERS = 9000
"""Of all offered texts together: Slack refuses a message that is too long and names no number."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The drafts that the message shows whole."""

    drafts: tuple[DraftView, ...]
    left_out: int
    is_whole: bool
    """Whether the present text is among them; without it nobody can say yes here."""


def offered(c: CardView) -> Offered:
    """The present text first of all, then the others as far as they fit, in their own order."""
    kept: list[DraftView] = []
    room = MOST_LETTERS
    for draft in sorted(c.drafts, key=lambda one: not one.is_chosen):
        room -= size(draft.shown) + pictures.letters(draft.pictures)
        if room < 0 or len(kept) == MOST_DRAFTS:
            break
        kept.append(draft)
    in_order = tuple(sorted(kept, key=lambda one: one.number))
    return Offered(in_order, len(c.drafts) - len(kept), any(draft.is_chosen for draft in kept))


def chosen(p: Proposal) -> tuple[str, str]:
    """Number and fingerprint of the present text, for a value."""
    number = next((n for n, draft in enumerate(p.drafts, 1) if draft.text == p.text), 0)
    return f"d{number}", fingerprint(p.text)


def blocks(p: Proposal, c: CardView, shown: Offered, *, stamp: Stamp) -> Iterator[Piece]:
    """The texts, then the choice among them."""
    for letter, draft in zip("abcdefghij", shown.drafts, strict=False):
        yield rich(
            stamp.block(f"draft{letter}"), _title(p, draft), case.exact(draft.shown), *pictures.said(draft.pictures)
        )
        yield from pictures.shown(draft.pictures, stamp, letter)
    if not shown.is_whole:
        text = "This text is longer than a message of Slack's. Read it and decide on the page of bonmot."
        yield rich(stamp.block("long"), section([say(text, bold=True)]))
    elif shown.left_out:
        text = f"{shown.left_out} more drafts do not fit here; they stand on the page of bonmot."
        yield rich(stamp.block("more"), section([say(text, italic=True)]))
    if len(shown.drafts) > 1 and shown.is_whole:
        yield from actions(stamp.block("choice"), [_radio(p, shown, stamp)])


def shortened(shown: str) -> str:
    """A text that nobody is asked about any more, short enough for a message, and said to be cut where it is."""
    return shown if size(shown) <= MOST_LETTERS else f"{cut(shown, MOST_LETTERS)} (cut)"


def _title(p: Proposal, draft: DraftView) -> Piece:
    agreed = [say("  the yes so far is to this one", bold=True)] if draft.is_chosen and yeses(p) else []
    over = "" if draft.fits else ", too long"
    # Why it stands where it stands is behind the button: a card is read in ten seconds.
    about = f"  {line(draft.source, 120)}, {draft.length}{over}"
    return section([say(f"Draft {draft.number}", bold=True), say(about, italic=True), *agreed])


def _radio(p: Proposal, shown: Offered, stamp: Stamp) -> Piece:
    options = {draft.number: _option(p, draft, stamp) for draft in shown.drafts}
    first = next(options[draft.number] for draft in shown.drafts if draft.is_chosen)
    made = {"type": "radio_buttons", "action_id": f"{PREFIX}choose", "options": list(options.values())}
    return made | {"initial_option": first}


def _option(p: Proposal, draft: DraftView, stamp: Stamp) -> Piece:
    value = stamp.value(f"d{draft.number}", fingerprint(p.drafts[draft.number - 1].text))
    return option(f"Draft {draft.number}", value)  # its text stands right above, whole
