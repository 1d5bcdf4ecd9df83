"""What the commands that act on the ledger share: the opened office, who acts, and how a proposal is shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console

from monitor.clock import SystemClock
from monitor.errors import BadInput
from monitor.settings import Settings
from monitor.visible import visible
from responders.album import FOLDER
from responders.bot import office
from responders.house import Office
from responders.loading import find_config, load_settings
from responders.model import Draft, Pause, Proposal, State

R = TypeVar("R")

LONGEST_MINUTES = 60.0 * 24 * 366
"""Of a pause or a snooze; a slip of the finger is not kept for centuries."""

Person = Annotated[str, typer.Option("--person", metavar="NAME", help="Who acts; a key of people in bot.yaml.")]


def in_office(config: Path | None, act: Callable[[Office], Awaitable[R]]) -> R:
    """Open the ledger and the publishers, act, close. Safe beside a running daemon: writers take turns."""
    settings = load_settings(find_config(config, os.environ), os.environ)

    async def whole() -> R:
        async with office(settings, clock=SystemClock()) as rooms:
            return await act(rooms)

    return asyncio.run(whole())


def known_person(settings: Settings, person: str) -> str:
    """The person's key. Raises BadInput for nobody or somebody unknown."""
    if person in settings.bot.people:
        return person
    known = ", ".join(sorted(settings.bot.people))
    what = f"{person!r} is not in bot.yaml" if person else "say who you are"
    raise BadInput(f"--person: {what}; known: {known}")


def sayable(option: str, text: str) -> str:
    """What a person typed, without space around it. Raises BadInput for bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{option}: is not UTF-8 at character {error.start + 1}; type it again") from error
    return text.strip()


def json_of(value: Any) -> str:
    """Frozen dataclasses as JSON text."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def print_proposal(console: Console, proposal: Proposal) -> None:
    """One proposal for a terminal; texts are never markup, and what a terminal would obey is spelled out."""
    lines = (
        f"  {proposal.brand} on {proposal.account}, tier {proposal.tier}",
        f"  trend: {visible(proposal.trend_name)}",
        *(f"  {'text: ' if n == 0 else '':6} {visible(line)}" for n, line in enumerate(proposal.text.split("\n"))),
        *(f"  {visible(line)}" for line in _chosen(proposal)),
        *(f"  {visible(line)}" for line in _shown(proposal)),
        *(f"  --draft {n}: {visible(one)}" for n, one in _others(proposal)),
        f"  {_when(proposal)}; {visible(_standing(proposal))}",
    )
    console.print(f"{proposal.id}  {proposal.state.value}  revision {proposal.revision}", style="bold", markup=False)
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _others(proposal: Proposal) -> list[tuple[int, str]]:
    """The drafts that could be chosen instead, numbered from 1 as `inbox approve --draft` takes them."""
    if proposal.state is not State.PENDING:
        return []
    others = [(n, one) for n, one in enumerate(proposal.drafts, start=1) if one.text != proposal.text]
    return [(n, f"{one.text}  [{source_of(one)}]{_beside(one)}") for n, one in others]


def _beside(draft: Draft) -> str:
    return "".join(f"  [with {picture.name}: {picture.alt}]" for picture in draft.media)


def _shown(proposal: Proposal) -> list[str]:
    """The pictures that go with the text: where they can be looked at, and what is said of them."""
    lines: list[str] = []
    for one in proposal.media:
        about = f"{one.name}, {one.width} x {one.height}, {one.size:,} bytes"
        lines += [f"with:  {about}, {FOLDER}/{one.sha256} in the data folder", f"alt:   {one.alt}"]
    return lines


def _chosen(proposal: Proposal) -> list[str]:
    """Where the present text came from."""
    return [f"from: {source_of(one)}" for one in proposal.drafts if one.text == proposal.text][:1]


def source_of(draft: Draft) -> str:
    """Who wrote it, and what it was ranked by."""
    who = draft.template
    if draft.model is not None:
        who = f"written by {draft.model}, read by a person before it goes out"
    reasons = "; ".join(one.why for one in sorted(draft.measures, key=lambda m: -m.weight) if one.name != "turn")
    return f"{who}; rank {draft.rank:.2f}: {reasons}" if reasons else who


def _when(proposal: Proposal) -> str:
    """The deadline of what is open, the time of the last move of what is closed."""
    if proposal.state in (State.PENDING, State.APPROVED):
        asleep = f"snoozed until {proposal.snoozed_until:%H:%M:%S}, " if proposal.snoozed_until else ""
        return f"{asleep}until {proposal.deadline:%H:%M:%S} UTC"
    return f"{proposal.moved_at:%Y-%m-%d %H:%M:%S} UTC"


def print_pause(console: Console, pause: Pause | None) -> None:
    """Why nothing goes out, where that is so."""
    if pause is not None:
        end = f"until {pause.until:%H:%M} UTC" if pause.until else "until `bonmot resume`"
        console.print(f"Posting is paused by {pause.person} {end}: {visible(pause.why)}", markup=False, soft_wrap=True)


def _standing(proposal: Proposal) -> str:
    said = ", ".join(approval.person for approval in proposal.approvals) or "nobody"
    why = f"; {proposal.reason}" if proposal.reason else ""
    where = f"; {proposal.receipt.url}" if proposal.receipt and proposal.receipt.url else ""
    return f"yes from {said}, {proposal.needed} needed{why}{where}"
