"""The five steps that make bonmot an app of a Slack workspace, as `bonmot init` tells them."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from monitor.errors import BadInput

MANIFEST = "slack-manifest.yaml"
STEPS = (
    (
        "Create the app: https://api.slack.com/apps, Create New App, From a manifest, your workspace; paste the file\n"
        "{manifest}"
    ),
    "Install it: Install App, Install to Workspace. Copy the Bot User OAuth Token:\nexport SLACK_BOT_TOKEN=xoxb-...",
    (
        "Open its sockets: Basic Information, App-Level Tokens, Generate, with the scope connections:write."
        " Copy the token:\nexport SLACK_APP_TOKEN=xapp-..."
    ),
    (
        "Invite it: write /invite @bonmot in the channel for the cards. The channel's id, C..., stands at the foot of"
        " its About. Take the # away before `slack:` and the four lines below it, and write the id under `channels:`,"
        " one a brand, in\n{bot}"
    ),
    (
        "Name people: each one's profile, the three dots, Copy member ID, U.... Write it under `people:` in the same"
        " file, beside the title, as `slack: U0123ABCD`"
    ),
)
WIDTH = 100


def steps(folder: Path) -> list[str]:
    """Lines for a terminal, with the files of this settings folder in them."""
    told = []
    for number, step in enumerate(STEPS, 1):
        begin, text = f"  {number}. ", step.format(manifest=folder / MANIFEST, bot=folder / "bot.yaml")
        for line in text.split("\n"):
            told += wrap(line, WIDTH, initial_indent=begin, subsequent_indent="     ", break_long_words=False)
            begin = "     "
    where = "" if folder == Path("config") else f" --config {folder}"
    return [*told, f"Then `bonmot doctor{where}` tries both tokens, each scope, channel and person."]


def write(starter: Path, folder: Path) -> str:
    """Put the manifest beside bot.yaml where there is none, and say so. Raises BadInput without a bot.yaml."""
    if not (folder / "bot.yaml").is_file():
        raise BadInput(f"{folder} holds no bot.yaml: `bonmot init` copies the starter settings first")
    ours, theirs = (starter / MANIFEST).read_bytes(), folder / MANIFEST
    try:
        with theirs.open("xb") as file:
            file.write(ours)
    except FileExistsError:
        is_same = theirs.read_bytes() == ours
        return f"{theirs} is there" if is_same else f"{theirs} is there, and is not this version's: it stays as it is"
    except OSError as error:
        raise BadInput(f"{theirs}: cannot be written: {error.strerror}") from error
    return f"{theirs} is written"
