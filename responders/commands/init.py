"""`bonmot init`: starter settings to begin with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import BadInput
from responders.commands import slack_steps
from responders.loading import starter_dir

Target = Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made when missing.", show_default=True)]


Slack = Annotated[
    bool, typer.Option("--slack", help="Copy nothing but a missing slack-manifest.yaml, and tell the steps of Slack.")
]


def init(target: Target = Path("config"), slack: Slack = False) -> None:
    """Copy every starter file. Raises BadInput, with nothing written, where one of them already exists."""
    starter = starter_dir()
    if slack:
        print(slack_steps.write(starter, target))
        print("Cards and clicks in Slack, in five steps:")
        print("\n".join(slack_steps.steps(target)))
        return
    wanted = sorted(path.relative_to(starter) for path in starter.rglob("*") if path.is_file())
    taken = [str(target / path) for path in wanted if (target / path).exists()]
    if taken:
        more = f" and {len(taken) - 3} more" if len(taken) > 3 else ""
        raise BadInput(f"nothing was copied: {', '.join(taken[:3])}{more} already there; choose another folder")
    copy(starter, wanted, target)
    where = "" if target == Path("config") else f" --config {target}"
    print(f"{len(wanted)} files in {target}. Next:")
    print(f"  bonmot check{where}   tells what is wrong with the settings, and tries the brands' examples")
    print(f'  bonmot explain{where} --text "the lights went out"   judges what people write')
    print(f"  bonmot run{where}   listens and asks you; posts to the console until bot.yaml says `live: true`")
    print("Cards and clicks in Slack as well, in five steps (`bonmot init --slack` tells them again):")
    print("\n".join(slack_steps.steps(target)))


def copy(starter: Path, wanted: list[Path], target: Path) -> None:
    """Copy the files one by one; raises BadInput where the disk says no."""
    try:
        for path in wanted:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(starter / path, target / path)
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written: {error.strerror}") from error
