"""`bonmot silence`: offer nothing of a term, a trend or an author for a while; list silences, end one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from monitor.errors import BadInput
from monitor.visible import visible
from responders.commands import Config, Json
from responders.commands.office import Person, in_office, json_of, known_person, sayable
from responders.house import Office
from responders.model import Silence

LONGEST_HOURS = 24.0 * 30

Term = Annotated[str, typer.Argument(metavar="TERM", help="A word, a trend's name, an author; without one: list them.")]
Why = Annotated[str, typer.Option("--reason", metavar="WHY", help="For those who wonder why nothing is offered.")]
Hours = Annotated[float, typer.Option("--hours", metavar="N", min=0.02, max=LONGEST_HOURS, help="How long.")]
Brand = Annotated[str, typer.Option("--brand", metavar="NAME", help="For this brand alone; else for all.")]
End = Annotated[bool, typer.Option("--end", help="End the silence of TERM.")]


def silence(
    term: Term = "",
    *,
    reason: Why = "",
    hours: Hours = 2.0,
    brand: Brand = "",
    end: End = False,
    person: Person = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Silence, list or end. Open cards that speak of it are taken back."""
    wanted, why = sayable("TERM", term), sayable("--reason", reason)
    if not wanted:
        _print(in_office(config, _in_force), as_json)
        return
    if not end and not why:
        raise BadInput("--reason: say why, for those who wonder why nothing is offered")

    async def act(rooms: Office) -> str:
        known_person(rooms.settings, person)
        if end:
            ended = await rooms.desk.unsilence(wanted, person, why, via="cli")
            return f"{ended.term!r} may be offered again"
        until = rooms.clock.now() + timedelta(hours=hours)
        count = await rooms.desk.silence(wanted, person, why, until=until, brand=brand or None, via="cli")
        where = brand or "every brand"
        return f"{wanted!r} is silenced for {where} until {until:%Y-%m-%d %H:%M} UTC; open cards taken back: {count}"

    print(visible(in_office(config, act)))


async def _in_force(rooms: Office) -> list[Silence]:
    return list((await rooms.desk.rota()).silences)


def _print(silences: list[Silence], is_json: bool) -> None:
    if is_json:
        print(json_of(silences))
        return
    for one in silences:
        where = one.brand or "every brand"
        print(visible(f"{one.term!r} for {where} until {one.until:%Y-%m-%d %H:%M} UTC, by {one.person}: {one.why}"))
    if not silences:
        print("nothing is silenced")
