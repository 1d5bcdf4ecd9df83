"""`bonmot away`: be away until a time, with somebody who decides meanwhile; list who is away, come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from monitor.visible import visible
from responders.commands import Config, Json
from responders.commands.office import Person, in_office, json_of, known_person, sayable
from responders.house import Office
from responders.rights import Away

LONGEST_HOURS = 24.0 * 60

Delegate = Annotated[str, typer.Argument(metavar="NAME", help="Who decides meanwhile, under their own name.")]
Hours = Annotated[
    float | None, typer.Option("--hours", metavar="N", min=0.02, max=LONGEST_HOURS, help="How long; it ends by itself.")
]
Why = Annotated[str, typer.Option("--reason", metavar="WHY", help="For colleagues.")]
Back = Annotated[bool, typer.Option("--back", help="You are back: nobody decides in your place any more.")]


def away(
    delegate: Delegate = "",
    *,
    hours: Hours = None,
    reason: Why = "",
    back: Back = False,
    person: Person = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Without `--hours` and `--back`: list who is away."""
    why = sayable("--reason", reason)

    async def act(rooms: Office) -> str:
        known_person(rooms.settings, person)
        if back:
            await rooms.desk.come_back(person, via="cli")
            return f"{person} is back"
        until = rooms.clock.now() + timedelta(hours=hours or 0)
        gone = await rooms.desk.go_away(person, delegate or None, why, until=until, via="cli")
        return _sentence(gone)

    if back or hours is not None:
        print(visible(in_office(config, act)))
        return
    found = in_office(config, _in_force)
    if as_json:
        print(json_of(found))
        return
    print("\n".join(visible(_sentence(one)) for one in found) or "nobody is away")


async def _in_force(rooms: Office) -> list[Away]:
    return list((await rooms.desk.rota()).away)


def _sentence(one: Away) -> str:
    then = f"{one.delegate} decides meanwhile" if one.delegate else "nobody stands in"
    why = f": {one.why}" if one.why else ""
    return f"{one.person} is away until {one.until:%Y-%m-%d %H:%M} UTC, {then}{why}"
