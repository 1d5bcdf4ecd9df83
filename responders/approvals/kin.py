"""What a card shows of its sisters: which wait for the same yes, and what an undo on every network would do. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from responders.approvals import Card, words
from responders.approvals.posted import length_text, pictures_of
from responders.approvals.shapes import KinView, Reader, SisterView
from responders.model import Proposal, State
from responders.together import UNKNOWN

_GONE = (State.RETRACTED, State.WITHDRAWN)
_UNDOES = {
    State.PUBLISHED: "deleted, and read back as gone",
    State.APPROVED: "not posted",
    State.PENDING: "its card, which waits for a yes, is taken back",
    State.SENDING: "it is being sent this moment: look there yourself",
    State.UNCERTAIN: "nobody knows whether it stands there: look there yourself",
}


def kin_of(card: Card, reader: Reader, *, may: Callable[[Proposal], bool]) -> KinView:
    """For one person; `may` says whether they could say yes to a sister now."""
    own = card.proposal
    waiting = [one for one in card.sisters if one.state is State.PENDING and one.deadline > reader.now]
    undone = _undone(card)
    return KinView(
        waiting=tuple(_sister(one, card.rehearsed, may=may(one)) for one in waiting)
        if own.state is State.PENDING
        else (),
        undo=_undo_name(undone),
        undoes=tuple((words.place(one.account, card.rehearsed), _UNDOES[one.state]) for one in undone),
        alarms=tuple(_alarms(card)),
    )


def networks(proposals: list[Proposal]) -> str:
    """`Bluesky, Mastodon`: each once, in their order."""
    return ", ".join(dict.fromkeys(words.network(one.account.partition(":")[0]) for one in proposals))


def is_wanted_gone(p: Proposal) -> bool:
    """Whether a person asked to delete what is published, and it is not known to be gone: nothing else moves it."""
    return p.state is State.PUBLISHED and p.moved_by is not None and p.moved_by not in words.MACHINES


def _sister(p: Proposal, rehearsed: frozenset[str], *, may: bool) -> SisterView:
    length, fits = length_text(p.account, p.text, pictures=len(p.media))
    return SisterView(
        id=p.id,
        revision=p.revision,
        place=words.place(p.account, rehearsed),
        network=words.network(p.account.partition(":")[0]),
        shown=words.revealed(p.text),
        exact=json.dumps(p.text),
        length=length,
        fits=fits,
        may=may,
        pictures=pictures_of(p.media),
    )


def _undone(card: Card) -> list[Proposal]:
    """What an undo everywhere concerns, the card's own first; empty where one card alone is concerned, or none."""
    own = card.proposal
    concerned = [one for one in (own, *card.sisters) if one.state in _UNDOES]
    is_out = any(one.state in (State.PUBLISHED, State.APPROVED) for one in concerned)
    is_alone = all(one.id == own.id for one in concerned)
    return [] if own.state is State.PENDING or is_alone or not is_out else concerned


def _undo_name(undone: list[Proposal]) -> str:
    out = [one for one in undone if one.state in (State.PUBLISHED, State.APPROVED)]
    if any(one.state is State.PUBLISHED for one in out):
        return f"Delete it everywhere ({networks(out)})"
    return f"Post it nowhere ({networks(out)})" if out else ""


def _alarms(card: Card) -> Iterator[str]:
    """What must not be overlooked when this card alone is looked at."""
    is_gone = card.proposal.state in _GONE or is_wanted_gone(card.proposal)
    for one in card.sisters:
        where = words.place(one.account)
        if is_wanted_gone(one):
            yield f"It still stands on {where}: the network did not delete it yet. It is tried again until it is gone."
        elif is_gone and one.state is State.PUBLISHED:
            yield f"It still stands on {where}."
        elif is_gone and one.state in UNKNOWN:
            yield f"It may stand on {where}: {_UNDOES[one.state]}."
