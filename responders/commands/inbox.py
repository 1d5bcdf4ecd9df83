"""`bonmot inbox`: what the page can do, from a terminal, and the links that open the page."""

from __future__ import annotations

import json
import os
import urllib.request
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPException
from typing import Annotated, cast

import typer
from rich.console import Console

from monitor.errors import BadInput, Refused, Unavailable
from monitor.visible import visible
from responders import approvals
from responders.approvals import Order
from responders.bot import TOKEN_FILE, token_in
from responders.commands import Config, Json, together
from responders.commands.office import (
    LONGEST_MINUTES,
    Person,
    in_office,
    json_of,
    known_person,
    print_pause,
    print_proposal,
    sayable,
)
from responders.house import Office
from responders.loading import find_config, load_settings
from responders.model import Pause, Proposal

ACTS = ("list", "link", "approve", "edit", "reject", "snooze", "undo")

Act = Annotated[str, typer.Argument(metavar="ACT", help=" | ".join(ACTS))]
Which = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Its id, as `bonmot inbox` shows it.")]
Text = Annotated[str | None, typer.Option("--text", metavar="TEXT", help="For edit: the new text.")]
Chosen = Annotated[
    int | None, typer.Option("--draft", metavar="N", min=1, help="For approve: another draft of the list.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", help="For reject (needed) and undo.")]
Minutes = Annotated[float, typer.Option("--minutes", metavar="N", min=0.1, max=LONGEST_MINUTES, help="For snooze.")]
Revision = Annotated[
    int | None, typer.Option("--revision", metavar="N", help="The revision you looked at; else you are asked.")
]
Everywhere = Annotated[
    bool, typer.Option("--everywhere", help="For approve and undo: with the other accounts of the same opportunity.")
]


def inbox(
    act: Act = "list",
    which: Which = "",
    *,
    person: Person = "",
    text: Text = None,
    draft: Chosen = None,
    reason: Reason = "",
    minutes: Minutes = 15.0,
    revision: Revision = None,
    everywhere: Everywhere = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the open cards, or act on one of them, with the same rules as the page."""
    if act not in ACTS:
        raise BadInput(f"{act!r} is no act; one of {', '.join(ACTS)}")
    if everywhere and (act not in ("approve", "undo") or revision is not None):
        raise BadInput("--everywhere: goes with approve and undo, and without --revision: you are shown each text")
    if act == "link":
        print(_link(config, person))
        return
    if act == "list":
        pause, open_ones = in_office(config, _open_ones)
        _print(open_ones, as_json, pause=pause)
        return

    untold: list[str] = []

    async def decide(rooms: Office) -> list[Proposal]:
        known_person(rooms.settings, person)
        proposal = await _find(rooms, which)
        until = rooms.clock.now() + timedelta(minutes=minutes) if act == "snooze" else None
        said = _draft(proposal, draft) if act == "approve" and draft else _text(act, text)
        what = cast("approvals.Act", act)
        order = Order(proposal.id, what, person, "cli", 0, text=said, reason=_reason(act, reason), until=until)
        if everywhere:
            return await together.carry_out(rooms.desk, order, untold)
        return [await rooms.desk.decide(replace(order, seen_revision=_seen(proposal, act, revision, said=said)))]

    _print(in_office(config, decide), as_json)
    if untold:
        raise Refused(f"not undone everywhere: {'; '.join(untold)}")


async def _open_ones(rooms: Office) -> tuple[Pause | None, list[Proposal]]:
    return await rooms.desk.paused(), [card.proposal for card in await rooms.desk.cards() if card.proposal.is_open]


async def _find(rooms: Office, which: str) -> Proposal:
    card = await rooms.desk.card(which)
    if card is None:
        raise Refused(f"there is no proposal {which!r}; `bonmot inbox` lists them")
    return card.proposal


def _draft(proposal: Proposal, number: int) -> str:
    if number > len(proposal.drafts):
        raise BadInput(f"--draft: {proposal.id} has {len(proposal.drafts)} drafts")
    return proposal.drafts[number - 1].text


def _seen(proposal: Proposal, act: str, revision: int | None, *, said: str | None) -> int:
    """The revision the person looked at. Asks where it was not given: nobody says yes to a text unseen."""
    if revision is not None:
        return revision
    if act in ("approve", "edit"):
        print_proposal(Console(stderr=True), proposal)
        what = f"approve {visible(said)!r}" if act == "approve" and said else f"{act} this"
        if not typer.confirm(f"{what}?", err=True):
            raise Refused("nothing was done")
    return proposal.revision


def _text(act: str, text: str | None) -> str | None:
    if act == "edit" and not (text or "").strip():
        raise BadInput("--text: the new text is missing")
    return sayable("--text", text) if act == "edit" and text else None


def _reason(act: str, reason: str) -> str:
    if act == "reject" and not reason.strip():
        raise BadInput("--reason: say why, for those who wonder later")
    return sayable("--reason", reason)


def _print(proposals: list[Proposal], is_json: bool, *, pause: Pause | None = None) -> None:
    if is_json:
        print(json_of(proposals))
        return
    console = Console(highlight=False)
    print_pause(console, pause)
    for proposal in proposals:
        print_proposal(console, proposal)
    if not proposals:
        console.print("Quiet. Nothing waits for a decision.")


def _link(config: Config, person: str) -> str:
    """Ask the running page for a sign-in link. Raises Unavailable when it does not run."""
    settings = load_settings(find_config(config, os.environ), os.environ)
    known_person(settings, person)
    page = settings.bot.inbox
    url = f"http://{page.host}:{page.port}/api/login-links"
    token = token_in(settings.data_dir / TOKEN_FILE)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(url, json.dumps({"person": person}).encode(), headers)
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
            return str(json.load(answer)["url"])
    except (OSError, HTTPException) as error:
        raise Unavailable(f"no page answers at {page.host}:{page.port} ({error}); is `bonmot run` up?") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"something else than our page answers at {page.host}:{page.port}") from error
