"""`bonmot outbox`: what was posted or is on its way, what is uncertain, and whether the record is whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from monitor.errors import BadInput
from monitor.visible import visible
from responders.approvals import Order
from responders.commands import Config, Json
from responders.commands.office import Person, in_office, json_of, known_person, print_proposal, sayable
from responders.house import Office
from responders.model import Proposal, State

SHOWN = (State.APPROVED, State.SENDING, State.UNCERTAIN, State.PUBLISHED, State.FAILED, State.RETRACTED)

GiveUp = Annotated[str, typer.Option("--give-up", metavar="PROPOSAL", help="Close an uncertain one as failed.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", help="For --give-up: what you saw on the platform.")]
Verify = Annotated[bool, typer.Option("--verify", help="Walk the audit's chain of hashes.")]
Days = Annotated[float, typer.Option("--days", metavar="N", min=0.01, max=36500.0, help="How far back.")]


def outbox(
    *,
    give_up: GiveUp = "",
    person: Person = "",
    reason: Reason = "",
    verify: Verify = False,
    days: Days = 7.0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List publications; close an uncertain one; verify the audit (leaves with 1 where it is broken)."""
    if verify:
        _verify(config)
        return

    async def act(rooms: Office) -> list[Proposal]:
        if give_up:
            known_person(rooms.settings, person)
            if not reason.strip():
                raise BadInput("--reason: say what you saw on the platform")
            found = await rooms.desk.card(give_up)
            seen = found.proposal.revision if found else 0
            order = Order(give_up, "give_up", person, "cli", seen, reason=sayable("--reason", reason))
            return [await rooms.desk.decide(order)]
        since = rooms.clock.now() - timedelta(days=days)
        known = await rooms.books.call(rooms.books.ledger.proposals, closed_since=since)
        return [proposal for proposal in known if proposal.state in SHOWN]

    _print(in_office(config, act), as_json)


def _print(proposals: list[Proposal], is_json: bool) -> None:
    if is_json:
        print(json_of(proposals))
        return
    console = Console(highlight=False)
    for proposal in proposals:
        print_proposal(console, proposal)
    if not proposals:
        console.print("Nothing was posted, and nothing is on its way.")


def _verify(config: Config) -> None:
    async def walk(rooms: Office) -> tuple[list[str], tuple[int, str]]:
        ledger = rooms.books.ledger
        return await rooms.books.call(ledger.verify_audit), await rooms.books.call(ledger.audit_head)

    problems, (number, digest) = in_office(config, walk)
    for problem in problems:
        print(visible(problem))
    if problems:
        raise typer.Exit(1)
    print(f"{number} moves, whole; the newest hash is {digest}")
