"""`bonmot stock`: what brands promise, how many are left, and who counted."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.clock import to_text
from monitor.errors import BadInput
from monitor.mistakes import nearest
from monitor.visible import visible
from responders.commands import Config, Json
from responders.commands.office import Person, in_office, json_of, known_person, sayable
from responders.house import Office
from responders.stock import Count

Brand = Annotated[str, typer.Argument(metavar="BRAND", help="Whose; without it everything is listed.")]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="A name under `stock` in the brand's file.")]
Left = Annotated[
    int,
    typer.Argument(metavar="LEFT", show_default=False, help="How many are left; at 0 nothing promises it any more."),
]
Why = Annotated[str, typer.Option("--reason", metavar="WHY", help="For those who wonder.")]
UNKNOWN = -1
MOST = 10**9


def stock(
    brand: Brand = "",
    item: Item = "",
    left: Left = UNKNOWN,
    *,
    person: Person = "",
    reason: Why = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List it, or say how many are left. It counts from the next claim on."""
    if brand and (not item or not 0 <= left <= MOST):
        raise BadInput("say BRAND, ITEM and LEFT (0 or more), or nothing to see the list")

    async def act(rooms: Office) -> list[tuple[str, str, str, Count | None]]:
        if brand:
            known_person(rooms.settings, person)
            _known(rooms, brand, item)
            counted = Count(brand, item, left, person, sayable("--reason", reason), rooms.clock.now())
            await rooms.books.call(rooms.books.ledger.count_stock, counted)
        return await _listed(rooms)

    rows = in_office(config, act)
    if as_json:
        print(json_of([{"brand": b, "item": i, "until": until or None, "count": c} for b, i, until, c in rows]))
        return
    _print(rows)


def _known(rooms: Office, brand: str, item: str) -> None:
    if brand not in rooms.brands:
        raise BadInput(f"BRAND: there is no brand {brand!r}{nearest(brand, list(rooms.brands))}")
    names = [one.name for one in rooms.brands[brand].stock]
    if item not in names:
        raise BadInput(f"ITEM: {brand} has no stock {item!r}{nearest(item, names)}")


async def _listed(rooms: Office) -> list[tuple[str, str, str, Count | None]]:
    rows: list[tuple[str, str, str, Count | None]] = []
    for name, brand in sorted(rooms.brands.items()):
        counts = await rooms.books.call(rooms.books.ledger.stock, name)
        rows += [
            (name, item.name, to_text(item.until) if item.until else "", counts.get(item.name)) for item in brand.stock
        ]
    return rows


def _print(rows: list[tuple[str, str, str, Count | None]]) -> None:
    if not rows:
        print("no brand promises anything: `stock` in a brand's file names what a text may promise")
        return
    table = Table("brand", "item", "until", "left", "counted by", "why", box=None)
    for brand, item, until, count in rows:
        told = ("not counted", "", "") if count is None else (str(count.left), _by(count), visible(count.why))
        table.add_row(brand, item, until, *told)
    Console(markup=False).print(table)


def _by(count: Count) -> str:
    return f"{count.person}, {count.at:%Y-%m-%d %H:%M} UTC"
