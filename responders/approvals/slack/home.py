"""The app's Home tab: what waits, what happened today, the pause switch, sources that need a person. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from monitor.model import Verdict
from responders.approvals import Card, Judged
from responders.approvals.aides import Tuning
from responders.approvals.ears import Ear
from responders.approvals.shapes import CardView, Passed, Reader
from responders.approvals.slack import case, tuning
from responders.approvals.slack.kit import (
    Piece,
    actions,
    button,
    confirm,
    label,
    line,
    listed,
    rich,
    say,
    section,
    when,
)
from responders.approvals.slack.stamps import PREFIX, Stamp
from responders.approvals.views import passed, rota_lines, view
from responders.model import State

DAY = timedelta(hours=24)
MOST_CARDS = 30
"""Two blocks each; a view takes 100."""
MOST_JUDGED = 50
"""As many as the desk keeps."""
STAMP = Stamp("home", 0)


@dataclass(frozen=True, slots=True)
class House:
    """What the Home tab is made of."""

    cards: Sequence[Card]
    judged: Sequence[Judged] = ()
    ears: Sequence[Ear] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Proposal -> address of its message, where known."""
    tunings: Sequence[Tuning] = ()
    can_tune: bool = False


def home(house: House, reader: Reader) -> dict[str, Any]:
    """The view for `views.publish`; the same for everybody."""
    everybody = replace(reader, person="")
    blocks = [*_switch(everybody), *_rota(everybody), *_numbers(house, everybody), *_trouble(house)]
    if house.can_tune:
        blocks += tuning.waiting(house.tunings, everybody)
    blocks += _queue(house, everybody)
    return {"type": "home", "callback_id": f"{PREFIX}home", "blocks": blocks}


def missed(judged: Sequence[Judged], reader: Reader, most: int = 15) -> list[Piece]:
    """The latest trends that we stayed silent about, for `/bonmot missed`."""
    rows = [_silent(passed(one, reader)) for one in judged]
    title = section([say("Stayed silent about" if rows else "Nothing was passed over yet.", bold=True)])
    return [rich(STAMP.block("missed"), title, *listed(rows, most))]


def _switch(reader: Reader) -> Iterator[Piece]:
    if reader.pause is None:
        yield rich(STAMP.block("pause"), section([say("Posting is on. "), say("Nothing goes out without a yes.")]))
        yield from actions(STAMP.block("switch"), [button(f"{PREFIX}pause", "Pause all posting", "on", style="danger")])
        return
    yield from case.paused(reader, STAMP)
    text = "What was approved and is not stale goes out then."
    ask = confirm("Resume posting?", text, yes="Resume", no="Stay paused")
    yield from actions(STAMP.block("switch"), [button(f"{PREFIX}resume", "Resume posting", "off", confirm=ask)])


def _numbers(house: House, reader: Reader) -> Iterator[Piece]:
    since = reader.now - DAY
    states = Counter(card.proposal.state for card in house.cards if card.proposal.moved_at >= since)
    recent = [one for one in house.judged if one.at >= since]
    blocked = sum(any(score.verdict is Verdict.BLOCK for score in one.scores) for one in recent)
    least = "at least " if len(recent) >= MOST_JUDGED else ""
    posted, taken = states[State.PUBLISHED], states[State.WITHDRAWN] + states[State.RETRACTED]
    cards = (
        f"{posted} posted, {states[State.REJECTED]} rejected, {states[State.EXPIRED]} expired, "
        f"{taken} taken back, {states[State.FAILED]} failed."
    )
    silent = f" Passed over: {least}{len(recent)} trends, {blocked} of them blocked."
    yield rich(STAMP.block("numbers"), section([say("The last 24 hours. ", bold=True), say(cards + silent)]))


def _rota(reader: Reader) -> Iterator[Piece]:
    rows = [[say(line(sentence, 400))] for sentence in rota_lines(reader)]
    if rows:
        yield rich(STAMP.block("rota"), section([say("Silences and absences", bold=True)]), *listed(rows, 20))


def _trouble(house: House) -> Iterator[Piece]:
    rows = [
        [say(line(ear.name, 60), bold=True), say(f" {line(ear.text, 300)}")] for ear in house.ears if ear.needs_person
    ]
    if rows:
        title = section([say("Sources that need a person", bold=True)])
        yield rich(STAMP.block("sources"), title, *listed(rows, 20))


def _queue(house: House, reader: Reader) -> Iterator[Piece]:
    views = [view(card, reader) for card in house.cards if card.proposal.is_open]
    going = [c for c in views if c.is_open]
    title = f"{len(going)} open" if going else "Nothing waits for you"
    yield {"type": "header", "block_id": STAMP.block("queue"), "text": label(title, 150)}
    for c in going[:MOST_CARDS]:
        yield from _waiting(c, house.links.get(c.id))
    if len(going) > MOST_CARDS:
        yield rich(STAMP.block("more"), section([say(f"and {len(going) - MOST_CARDS} more", italic=True)]))


def _waiting(c: CardView, address: str | None) -> Iterator[Piece]:
    stamp = Stamp(c.id, c.revision)
    state = case.standing(c.status) if c.status.text else [say("Waits for a yes, good until "), when(c.deadline)]
    text = [*case.banner(c), say(f": {line(c.headline, 150)}. "), *state]
    yield rich(stamp.block("card"), section(text))
    open_card = [button(f"{PREFIX}open", "Open the card", stamp.value(), url=address)] if address else []
    yield from actions(stamp.block("acts"), [*open_card, button(f"{PREFIX}details", "Details", stamp.value())])


def _silent(one: Passed) -> list[Piece]:
    verdicts = "; ".join(
        f"{line(brand, 80)}: {verdict}, {line(why, 200)}" for brand, verdict, why, _ in one.verdicts[:4]
    )
    return [when(one.at), say(f" {line(one.name, 120)} ", bold=True), say(f"({one.size}) {verdicts}")]
