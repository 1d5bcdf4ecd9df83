"""What the channel wants of whoever makes the cards and reads the clicks: the one place where the two halves meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from responders.approvals import Act, Card, Judged
from responders.approvals.aides import Tuning
from responders.approvals.shapes import Reader
from responders.approvals.slack.kept import Payload, Plot


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payload asks for. Who asks, and whether they may, is not its business."""

    kind: Literal["order", "open", "wish", "refused", "nothing"]
    proposal: str = ""
    act: Act | None = None
    """For `order`."""
    seen_revision: int = 0
    text: str | None = None
    """For a wish: what is silenced, or who decides."""
    reason: str = ""
    """For `order` and `wish`; for `refused` the sentence for the person."""
    until: datetime | None = None
    name: str = ""
    """For `open` which window; for `wish` one of `pause`, `resume`, `home`, those of
    `responders.approvals.slack.errands`, or what `answer` knows."""
    number: int = 0
    """Which draft was meant, from 1; 0 for none."""
    mark: str = ""
    """By what its text on the screen is known again; `chosen` finds it."""
    brand: str = ""
    """For the wish `mute`; empty for all."""
    block: str = ""
    """For `refused`: the field of a modal that the sentence belongs beside."""


@dataclass(frozen=True, slots=True)
class View:
    """What there is to tell, for an answer or a Home tab."""

    cards: Sequence[Card]
    judged: Sequence[Judged]
    reader: Reader
    tunings: Sequence[Tuning] = ()
    """Changes of keywords that wait for a review."""
    can_tune: bool = False


class Face(Protocol):
    """Pure: nothing here waits, and nothing raises for what comes in."""

    def message(
        self, card: Card, reader: Reader, plot: Plot | None = None, *, files: Mapping[str, str] | None = None
    ) -> Payload:
        """`text`, `blocks` and `metadata`, whose `event_payload.proposal` is the proposal's id. `files`: the pictures
        of its drafts that Slack can show, by their hash."""
        ...

    def read(self, payload: Payload, now: datetime) -> Asked:
        """What was done."""
        ...

    def chosen(self, asked: Asked, card: Card | None) -> Asked:
        """The same with what only the card knows: the text of the draft that was on the screen."""
        ...

    def window(self, asked: Asked, card: Card | None, reader: Reader) -> Payload:
        """The modal that `open` asks for."""
        ...

    def complaint(self, payload: Payload, asked: Asked, sentence: str) -> Payload | None:
        """What keeps a modal open, with the sentence beside its field; None where it has no field."""
        ...

    def home(self, view: View) -> Payload:
        """The Home tab."""
        ...

    def answer(self, asked: Asked, view: View) -> str:
        """A sentence or two for a wish of another name."""
        ...
