"""`bonmot demo`: the whole story, with no keys and nothing to configure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from responders.commands import Json

Headless = Annotated[bool, typer.Option("--headless", help="Click by itself, print the story, end.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Another number, another evening.")]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Of the page; 0 takes a free one.")]
Slack = Annotated[bool, typer.Option("--slack", help="Decide in a sandbox workspace that speaks Slack's wire format.")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")]


def demo(
    *, headless: Headless = False, with_slack: Slack = False, seed: Seed = 2013, port: Port = 0,
    open_page: Open = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Play the scripted evening into the real pipeline, against a sandbox network on this machine."""
    from monitor import telemetry
    from responders.demo.run import Wish, print_story, run_demo

    telemetry.configure("warning")
    wish = Wish(headless=headless, with_slack=with_slack, seed=seed, port=port, open_page=open_page)
    story = run_demo(wish)
    if story is None:
        return
    if as_json:
        print(json.dumps(asdict(story)["chapters"], indent=2, ensure_ascii=False))
    else:
        print_story(story)
