"""The commands of `bonmot`, one module each, with a function of the same name; imported only when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import BadInput
from monitor.model import Brand


@dataclass(frozen=True, slots=True)
class Entry:
    """What `--help` says of a command: one line, and one example."""

    line: str
    example: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("Copy the starter settings into a folder.", "bonmot init config"),
    "demo": Entry("Show the whole story on a scripted evening, with no keys.", "bonmot demo"),
    "run": Entry("Run the daemon until it is told to stop.", "bonmot run --config config"),
    "check": Entry(
        "Check settings, rules and the brands' examples; tell the next days of mourning.",
        "bonmot check --config config",
    ),
    "doctor": Entry(
        "Try every address, credential and limit of the settings, and tell what they cost; post and buy nothing.",
        "bonmot doctor --config config",
    ),
    "explain": Entry(
        "Tell why a trend got its verdict, signal by signal.", 'bonmot explain --brand oreo --text "the lights are out"'
    ),
    "replay": Entry(
        "Run recorded streams again and list their trends.",
        "bonmot replay match.jsonl.gz chatter.jsonl.gz --shift align",
    ),
    "record": Entry("Keep what the sources deliver, for replay.", "bonmot record --source bluesky --minutes 60"),
    "inbox": Entry(
        "List what waits for a decision; approve, edit, reject, snooze, undo.",
        "bonmot inbox approve p-1a2b3c --person maya",
    ),
    "outbox": Entry("List what was posted or is on its way; close what stays uncertain.", "bonmot outbox --verify"),
    "pause": Entry("Stop every publication from now on.", 'bonmot pause --person maya "a death in the family"'),
    "resume": Entry("End the pause, or the hold that a tragedy brought.", "bonmot resume --person maya"),
    "stock": Entry("List what brands promise; say how many are left.", "bonmot stock oreo cookie-jar 0 --person maya"),
    "silence": Entry(
        "Offer nothing of a term, a trend or an author for a while; list silences, end one.",
        'bonmot silence "coach crash" --hours 6 --reason "people are hurt" --person maya',
    ),
    "away": Entry(
        "Be away for a while and say who decides meanwhile; list who is away, come back.",
        "bonmot away jon --hours 48 --person maya",
    ),
    "bench": Entry("Measure speed, memory and how well recordings are read.", "bonmot bench --plot out.svg"),
    "train": Entry("Make the language heads anew from the research sets.", "bonmot train --out heads"),
    "schema": Entry("Print the JSON schema of every settings file.", "bonmot schema > schema.json"),
}
"""In the order of `bonmot --help`. A module in this folder that is not listed here does not exist for people."""

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="DIR", help="The settings; else BONMOT_CONFIG, else ./config.", show_default=False
    ),
]
"""`--config DIR`, the same for every command; give it to `responders.loading.find_config`."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def brands_named(brands: Sequence[Brand], names: Sequence[str]) -> list[Brand]:
    """The brands of these names, or all without any. Raises BadInput for a name nobody has."""
    known = {brand.name: brand for brand in brands}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"the brands are {', '.join(known)}"
            raise BadInput(f"there is no brand '{name}'; {hint}")
    return [known[name] for name in dict.fromkeys(names)] if names else list(brands)
