"""`bonmot pause`: nothing is sent from now on, whatever was approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from responders.bot import Office
from responders.commands import Config
from responders.commands.office import Person, in_office, known_person

Why = Annotated[str, typer.Argument(metavar="WHY", help="For those who wonder why nothing goes out.")]
Minutes = Annotated[float | None, typer.Option("--minutes", min=1.0, help="End by itself after this long.")]


def pause(why: Why, *, person: Person = "", minutes: Minutes = None, config: Config = None) -> None:
    """Pause at once; a publication already being sent is not called back."""

    async def act(rooms: Office) -> None:
        known_person(rooms.settings, person)
        until = rooms.clock.now() + timedelta(minutes=minutes) if minutes else None
        await rooms.desk.pause(person, why, until)

    in_office(config, act)
    end = f"for {minutes:g} minutes" if minutes else "until `bonmot resume`"
    print(f"paused {end}: {why}")
