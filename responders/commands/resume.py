"""`bonmot resume`: publications go on."""

from __future__ import annotations

from typing import Annotated

import typer

from responders.commands import Config
from responders.commands.office import Person, in_office, known_person, sayable
from responders.house import Office

Why = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why it may go on.")]


def resume(*, person: Person = "", reason: Why = "", config: Config = None) -> None:
    """End the pause. Raises Refused where there is none."""

    async def act(rooms: Office) -> None:
        known_person(rooms.settings, person)
        await rooms.desk.resume(person, sayable("--reason", reason))

    in_office(config, act)
    print("resumed: what was approved and is not stale goes out")
