"""The menu and the window by which a card's trend, a word of it or an author is silenced. Pure.

A choice carries a fingerprint, never the words: they are found again on the card that is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from responders.approvals import Card
from responders.approvals.shapes import Reader
from responders.approvals.slack import case, forms
from responders.approvals.slack.kit import Piece, label, line, option, rich, say, section
from responders.approvals.slack.stamps import PREFIX, Stamp, fingerprint
from responders.approvals.views import view
from responders.silencing import choices_of

ENDS = (("30 minutes", 30), ("2 hours", 120), ("a day", 1440), ("a week", 10_080), ("30 days", 43_200))


def menu(stamp: Stamp) -> Piece:
    """Behind the three dots: what is done seldom."""
    options = [option("Mute this trend, a term or an author", stamp.value())]
    return {"type": "overflow", "action_id": f"{PREFIX}mute", "options": options}


def form(card: Card, reader: Reader) -> dict[str, Any]:
    """What to silence, how long, for whom and why."""
    c = view(card, replace(reader, person=""))
    stamp = Stamp(c.id, c.revision)
    choices = [option(line(name, 70), fingerprint(term)) for term, name in choices_of(card.opportunity.trend)]
    ends = [option(f"For {name}", f"m{minutes}") for name, minutes in ENDS]
    brands = [option(line(f"Only {c.brand}", 70), forms.BRAND_ALONE), option("Every brand", "all")]
    typed = {"type": "plain_text_input", "action_id": f"{PREFIX}{forms.REASON}", "max_length": 300}
    blocks = [
        rich(stamp.block("about"), section([*case.banner(c), say(f": {line(c.headline, 150)}")])),
        _input(stamp, forms.TERM, "Offer nothing that speaks of", element=_select(forms.TERM, choices)),
        _input(stamp, forms.UNTIL, "How long?", element=_select(forms.UNTIL, ends, 1)),
        _input(stamp, forms.BRAND, "For whom?", element=_select(forms.BRAND, brands)),
        _input(stamp, forms.REASON, "Why?", element=typed),
    ]
    names = {"title": label("Mute", 24), "submit": label("Mute", 24), "close": label("Cancel", 24)}
    made = {"type": "modal", "callback_id": f"{PREFIX}mute", "private_metadata": stamp.metadata(), "blocks": blocks}
    return made | names


def meant(card: Card | None, mark: str) -> str | None:
    """What a choice stands for; None where the card does not hold it any more."""
    choices = choices_of(card.opportunity.trend) if card else ()
    return next((term for term, _ in choices if fingerprint(term) == mark), None)


def _select(name: str, options: list[Piece], first: int = 0) -> Piece:
    made = {"type": "static_select", "action_id": f"{PREFIX}{name}", "options": options}
    return made | {"initial_option": options[first]}


def _input(stamp: Stamp, part: str, name: str, *, element: Piece) -> Piece:
    block = {"type": "input", "block_id": stamp.block(part), "label": label(name, 150), "element": element}
    return block | {"optional": False}
