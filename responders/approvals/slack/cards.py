"""One proposal as one Slack message, in every state of its life. Pure.

The message is for everybody in the channel: it shows every act, and the desk says at the click who may. What is sent
with it must switch unfurling off: quoted links are strangers'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from responders.approvals import Card
from responders.approvals.shapes import CardView, Reader
from responders.approvals.slack import case, choice, muting, pictures, together
from responders.approvals.slack.kept import Plot
from responders.approvals.slack.kit import (
    Piece,
    actions,
    button,
    confirm,
    cut,
    escaped,
    line,
    option,
    rich,
    say,
    section,
    when,
)
from responders.approvals.slack.stamps import PREFIX, Stamp
from responders.approvals.views import said_by, view
from responders.lifecycle import people_needed, yeses
from responders.model import Proposal, State

SNOOZES = ((15, "15 min"), (60, "1 h"), (24 * 60, "until tomorrow"))
"""Minutes and their names; tomorrow is the same hour of the next day."""
FALLBACK = 400
"""Letters of the notification."""
DIVIDER = {"type": "divider"}


def message(
    card: Card, reader: Reader, plot: Plot | None = None, *, files: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`text` for notifications and screen readers, `blocks`, and `metadata` by which the message is found again.

    `reader` says when it is, what everybody is called and whether posting is paused; `reader.person` does not count.
    `plot` is the trend's plot, once Slack has it; letters draw it until then. `files` are Slack's ids of the drafts'
    pictures by their hash; words tell of those that are not among them.
    """
    everybody = replace(reader, person="")
    c = pictures.filed(view(card, everybody), files or {})
    # An updated message needs other block ids, and one that looks the same must keep them: the look is what is shown.
    plain = Stamp(c.id, c.revision)
    stamp = replace(plain, look=_look(_blocks(card, c, everybody, stamp=plain, plot=plot)))
    return {
        "text": fallback(c, everybody),
        "blocks": _blocks(card, c, everybody, stamp=stamp, plot=plot),
        "metadata": {
            "event_type": "bonmot_card",
            "event_payload": {"proposal": c.id, "revision": c.revision, "state": c.state, "look": stamp.look},
        },
    }


def fallback(c: CardView, reader: Reader) -> str:
    """One sentence for a locked phone, in which nothing can be clicked or rings."""
    where = f"{line(c.brand, 60)} on {line(c.place, 90)}: {line(c.headline, 120)}"
    if not _is_pending(c):
        until = f" {c.status.until:%H:%M:%S} UTC." if c.status.until else ""
        state = c.status.text.removesuffix(" in") + (" at" if until else "")
        return escaped(cut(f"{where}. {line(state, 150)}{until}", FALLBACK))
    paused = " Posting is paused." if reader.pause else ""
    people = " Two people have to say yes." if c.two_people else ""
    return escaped(cut(f"{where}. Good until {c.deadline:%H:%M} UTC.{people}{paused}", FALLBACK))


def _blocks(card: Card, c: CardView, reader: Reader, *, stamp: Stamp, plot: Plot | None) -> list[Piece]:
    if _is_pending(c):
        return list(_pending(card, c, reader, stamp=stamp, plot=plot))
    return list(_after(card, c, reader, stamp=stamp))


def _look(blocks: list[Piece]) -> str:
    return hashlib.sha256(json.dumps(blocks).encode()).hexdigest()[:10]


def _is_pending(c: CardView) -> bool:
    return c.state == State.PENDING.value and c.is_open


def _pending(card: Card, c: CardView, reader: Reader, *, stamp: Stamp, plot: Plot | None) -> Iterator[Piece]:
    p = card.proposal
    yield from case.head(c, card.opportunity.trend, stamp, plot=plot)
    yield from case.reasons(c, stamp)
    yield DIVIDER
    yield from _notes(c, reader, stamp)
    offered = choice.offered(c)
    yield from choice.blocks(p, c, offered, stamp=stamp)
    yield from together.shown(c, offered, stamp=stamp)
    rows = []
    if offered.is_whole and reader.pause is None:
        rows = [_approve(p, c, stamp), *together.for_all(card, c, offered, stamp=stamp)]
    rows += [
        button(f"{PREFIX}edit", "Edit", stamp.value(*choice.chosen(p))),
        button(f"{PREFIX}wish", "Other drafts", stamp.value()),
        button(f"{PREFIX}reject", "Reject", stamp.value()),
    ]
    yield from actions(stamp.block("acts"), [*rows, *_snooze(p, reader, stamp), muting.menu(stamp)])
    yield from case.by_hand(c, stamp)
    yield rich(stamp.block("who"), section([say(_who(p, reader), italic=True)]))


def _notes(c: CardView, reader: Reader, stamp: Stamp) -> Iterator[Piece]:
    """What stands in the way of a quick yes."""
    yield from case.paused(reader, stamp)
    if c.status.text:
        yield rich(stamp.block("status"), section(case.standing(c.status)))
    if c.two_people:
        yield rich(stamp.block("two"), section([say("Two people. ", bold=True), say(line(c.two_people, 800))]))
    if c.more_people:
        yield rich(stamp.block("people"), section([say(line(c.more_people, 500), bold=True)]))
    if c.note:
        yield rich(stamp.block("note"), section([say(line(c.note, 300), italic=True)]))


def _approve(p: Proposal, c: CardView, stamp: Stamp) -> Piece:
    """Named by what it does: with yeses still missing it posts nothing."""
    missing = people_needed(p) - len(yeses(p))
    name = "Post now to" if missing <= 1 else "Say yes to"
    made = button(f"{PREFIX}approve", f"{name} {c.place}", stamp.value(*choice.chosen(p)), style="primary")
    if people_needed(p) < 2:
        return made
    return made | {"confirm": _second(p, c) if missing <= 1 else _first(p, c)}


def _second(p: Proposal, c: CardView) -> Piece:
    text = (
        f"This is the last yes that is missing. The text you chose is posted in {p.undo_secs:.0f} s unless somebody "
        "takes it back. If you chose another text than the one agreed to, the earlier yes no longer counts."
    )
    return confirm(f"Post to {c.place}?", text, yes="Yes, post it", no="Not yet")


def _first(p: Proposal, c: CardView) -> Piece:
    text = f"{people_needed(p)} different people have to say yes; nothing is posted by this one alone."
    return confirm(f"Say yes to {c.place}?", text, yes="Say yes", no="Not yet")


def _snooze(p: Proposal, reader: Reader, stamp: Stamp) -> list[Piece]:
    """Only what ends before the joke is stale."""
    left = p.deadline - reader.now
    fitting = [(minutes, name) for minutes, name in SNOOZES if timedelta(minutes=minutes) < left]
    if not fitting:
        return []
    options = [option(name.capitalize(), stamp.value(f"m{minutes}")) for minutes, name in fitting]
    placeholder = {"type": "plain_text", "text": "Snooze"}
    made = {"type": "static_select", "action_id": f"{PREFIX}snooze", "placeholder": placeholder, "options": options}
    return [made]


def _who(p: Proposal, reader: Reader) -> str:
    names = [line(reader.name(key), 60) for key in p.approvers]
    shown = [*names[:8], *([f"{len(names) - 8} more"] if len(names) > 8 else [])]
    return f"{' or '.join(filter(None, (', '.join(shown[:-1]), *shown[-1:]))) or 'Nobody'} may say yes."


def _after(card: Card, c: CardView, reader: Reader, *, stamp: Stamp) -> Iterator[Piece]:
    """Decided, posted or over: where it stands, the text, and what can still be done."""
    yield from case.head(c, card.opportunity.trend, stamp)
    if c.state == State.APPROVED.value:
        yield from case.paused(reader, stamp)
    yield rich(stamp.block("status"), section(case.standing(c.status)))
    yield rich(stamp.block("text"), case.exact(choice.shortened(c.text)), *pictures.said(c.pictures))
    yield from pictures.shown(c.pictures, stamp)
    agreed = _agreed(card.proposal, reader)
    if agreed and c.state != State.APPROVED.value:  # there the sentence says it
        yield rich(stamp.block("agreed"), section([say("Said yes: ", italic=True), *agreed]))
    yield from together.alarms(c, stamp)
    details = button(f"{PREFIX}details", "Details", stamp.value())
    back = [*_back(c, stamp), *together.everywhere(c, stamp)]
    yield from actions(stamp.block("acts"), [*_see(c, stamp), *back, details])


def _agreed(p: Proposal, reader: Reader) -> list[Piece]:
    """Who stands behind the text, and since when."""
    found: list[Piece] = []
    for yes in yeses(p)[:8]:
        found += [say(f"{'; ' if found else ''}{line(said_by(yes, reader), 120)}, "), when(yes.at, "{time_secs}")]
    return found


def _see(c: CardView, stamp: Stamp) -> list[Piece]:
    if c.status.link is None:
        return []
    url, host = c.status.link
    return [button(f"{PREFIX}open", f"See it at {host}", stamp.value(), url=url)]


def _back(c: CardView, stamp: Stamp) -> list[Piece]:
    """What takes it back, asked again before it is done."""
    place = line(c.place, 90)
    match c.state:
        case State.APPROVED.value:
            return [button(f"{PREFIX}withdraw", "Undo: do not post", stamp.value(), style="danger")]
        case State.PUBLISHED.value:
            ask = confirm("Delete the post?", f"It is deleted from {place}.", yes="Delete the post", no="Keep it")
            return [button(f"{PREFIX}undo", "Undo: delete the post", stamp.value(), style="danger", confirm=ask)]
        case State.UNCERTAIN.value:
            text = f"Look at {place} first. Giving up ends this card; it is never sent again."
            ask = confirm("Give up on it?", text, yes="Give up on it", no="Wait")
            return [button(f"{PREFIX}give_up", "I looked: it is not there", stamp.value(), confirm=ask)]
    return []
