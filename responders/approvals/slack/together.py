"""A card's sisters in Slack: each text whole, one button for all of them, and one undo everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.errors import Refused
from responders.approvals import Card, Desk, Order, Said, words
from responders.approvals.shapes import CardView, SisterView
from responders.approvals.slack import acts, case, choice, pictures
from responders.approvals.slack.face import Asked
from responders.approvals.slack.kit import Piece, button, confirm, line, rich, say, section, size
from responders.approvals.slack.stamps import BETWEEN, PREFIX, Stamp
from responders.approvals.slack.wishes import VIA, Unread
from responders.lifecycle import people_needed, yeses
from responders.model import Proposal

MOST_SISTERS = 5
VALUE = 2000
"""Letters of a button's value."""
QUESTION = 300
"""Letters of the dialog before it."""
NAME = 75
"""Letters on it."""


def shown(c: CardView, offered: choice.Offered, *, stamp: Stamp) -> Iterator[Piece]:
    """The sisters' texts, whole, where there is room for all of them; else a word about where they stand."""
    if not c.kin.waiting:
        return
    if not _fit(c, offered):
        text = "The drafts for its other accounts do not fit here; they stand on cards of their own."
        yield rich(stamp.block("kin"), section([say(text, italic=True)]))
        return
    for letter, sister in zip("abcde", c.kin.waiting, strict=False):
        title = section([say(f"Also for {line(sister.place, 90)}", bold=True), say(_about(sister), italic=True)])
        yield rich(stamp.block(f"kin{letter}"), title, case.exact(sister.shown), *pictures.said(sister.pictures))


def for_all(card: Card, c: CardView, offered: choice.Offered, *, stamp: Stamp) -> list[Piece]:
    """The button that says yes to this card and its sisters; none where not every text and place is shown whole."""
    own = card.proposal
    waiting = [one for one in card.sisters if one.id in {sister.id for sister in c.kin.waiting}]
    if not waiting or not _fit(c, offered) or not _all_seen(own, waiting):
        return []
    parts = [stamp.value(*choice.chosen(own))]
    parts += [Stamp(one.id, one.revision).value(*choice.chosen(one)) for one in waiting]
    value = BETWEEN.join(parts)
    question = _question([own, *waiting], card.rehearsed)
    if size(value) > VALUE or size(question) > QUESTION:
        return []
    verb = "Post to" if all(_is_last(one) for one in (own, *waiting)) else "Say yes to"
    count = 1 + len(waiting)
    networks = ", ".join(dict.fromkeys(words.network(one.account.partition(":")[0]) for one in (own, *waiting)))
    name = f"{verb} all {count}: {networks}"
    ask = confirm(f"{verb} all {count}?", question, yes="Yes, all of them", no="Not yet")
    return [button(f"{PREFIX}together", name if size(name) <= NAME else f"{verb} all {count}", value, confirm=ask)]


def everywhere(c: CardView, stamp: Stamp) -> list[Piece]:
    """The button that takes back this card and its sisters; what it does where is asked first."""
    if not c.kin.undo:
        return []
    does = "; ".join(f"{line(place, 90)}: {what}" for place, what in c.kin.undoes)
    if size(does) > QUESTION:
        does = f"{c.kin.undo}. Open cards for the same trend are taken back as well."
    ask = confirm("Undo everywhere?", does, yes="Undo everywhere", no="Keep it")
    return [button(f"{PREFIX}everywhere", "Undo everywhere", stamp.value(), style="danger", confirm=ask)]


def alarms(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    """Where it still stands though it was taken back here."""
    if c.kin.alarms:
        yield rich(stamp.block("still"), *(section([say(alarm, bold=True)]) for alarm in c.kin.alarms))


async def agree(desk: Desk, asked: Asked, person: str, *, said: Said) -> str:
    """Say yes to all of them or none. Raises Refused with a sentence for the person."""
    orders = []
    for pick in acts.picks_in(asked.reason, person):
        order = acts.order_of(pick, await desk.card(pick.stamp.proposal))
        if isinstance(order, Unread):
            raise Refused(f"{order.why} Nothing was approved.")
        orders.append(replace(order, said=said))
    decided = await desk.decide_together(orders)
    return f"Your yes is kept for {', '.join(words.place(one.account) for one in decided)}."


async def take_back(desk: Desk, asked: Asked, person: str, *, said: Said) -> str:
    """Undo it everywhere. Raises Refused with a sentence for the person."""
    untold = await desk.take_back(Order(asked.proposal, "undo", person, VIA, asked.seen_revision, said=said))
    return (
        f"Not undone everywhere. {' '.join(f'{one}.' for one in untold)}" if untold else "It is taken back everywhere."
    )


def _fit(c: CardView, offered: choice.Offered) -> bool:
    own = sum(size(one.shown) + pictures.letters(one.pictures) for one in offered.drafts)
    theirs = sum(size(one.shown) + pictures.letters(one.pictures) for one in c.kin.waiting)
    return len(c.kin.waiting) <= MOST_SISTERS and own + theirs <= choice.MOST_LETTERS and offered.is_whole


def _all_seen(own: Proposal, waiting: list[Proposal]) -> bool:
    """Whether no sister has a picture that this card does not have as well: nobody agrees to one unseen."""
    here = {one.digest for media in (own.media, *(draft.media for draft in own.drafts)) for one in media}
    return all(one.digest in here for sister in waiting for one in sister.media)


def _about(sister: SisterView) -> str:
    return f"  {sister.length}{'' if sister.fits else ', too long'}"


def _is_last(p: Proposal) -> bool:
    return people_needed(p) - len(yeses(p)) <= 1


def _question(proposals: list[Proposal], rehearsed: frozenset[str]) -> str:
    places = ", ".join(line(words.place(one.account, rehearsed), 90) for one in proposals)
    waits = [one for one in proposals if not _is_last(one)]
    more = " Other people have to say yes as well." if waits else ""
    return f"Here the text you chose, elsewhere the text shown for it: {places}. All of them or none.{more}"
