"""`bonmot pause`: nothing is sent from now on, whatever was approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from monitor.errors import BadInput
from monitor.visible import visible
from responders.commands import Config
from responders.commands.office import LONGEST_MINUTES, Person, in_office, known_person, sayable
from responders.house import Office
from responders.model import Pause
from responders.refusals import clock_text

Why = Annotated[str, typer.Argument(metavar="WHY", help="For those who wonder why nothing goes out.")]
Minutes = Annotated[
    float | None,
    typer.Option("--minutes", metavar="N", min=1.0, max=LONGEST_MINUTES, help="End by itself after this long."),
]


def pause(why: Why, *, person: Person = "", minutes: Minutes = None, config: Config = None) -> None:
    """Pause at once; a publication already being sent is not called back."""

    reason = sayable("WHY", why)
    if not reason:
        raise BadInput("WHY: say why, for those who wonder why nothing goes out")

    async def act(rooms: Office) -> Pause | None:
        known_person(rooms.settings, person)
        until = rooms.clock.now() + timedelta(minutes=minutes) if minutes else None
        await rooms.desk.pause(person, reason, until)
        return await rooms.desk.paused()

    held = in_office(config, act)
    end = f"for {minutes:g} minutes" if minutes else "until `bonmot resume`"
    print(f"paused {end}: {visible(reason)}")
    if held is not None and held.terms:  # a pause does not make a tragedy's hold shorter
        print(f"a hold goes on{f' until {clock_text(held.until)}' if held.until else ''}: {visible(held.why)}")
