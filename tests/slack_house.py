"""A card in every state of its life, and what Slack sends back when somebody clicks on what we made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from responders import lifecycle
from responders.approvals import Card, samples
from responders.approvals.shapes import Reader
from responders.lifecycle import Facts
from responders.model import Escalation, Move, Pause, Picture, Proposal, Receipt, Silence, State
from responders.rights import Away, Rota, Seat, Standing

NOW = samples.START
PAUSE = Pause("jonas", "the coach of a team was in an accident <!channel>", NOW - timedelta(minutes=4), None)


def reader(now: datetime = NOW, pause: Pause | None = None) -> Reader:
    """Who looks is nobody in particular."""
    return Reader("", now, samples.PEOPLE, samples.BRANDS, pause)


def card(proposal: Proposal | None = None, *moves: tuple[str, Facts], good_secs: float = 760) -> Card:
    """A card whose proposal went through these moves by the real table."""
    offered = samples.opportunity(good_secs=good_secs)
    present = proposal or samples.proposal("p-1", offered, account="x:oreo")
    rows: list[Move] = []
    for name, facts in moves:
        after = lifecycle.apply(present, name, facts)
        rows.append(_row(len(rows) + 1, name, present, after=after))
        present = after
    return Card(present, offered, tuple(rows))


def facts(by: str, secs: float = 0, **more: Any) -> Facts:
    """What a person or machine does so many seconds after the card is looked at first."""
    return Facts(NOW + timedelta(seconds=secs), by, seen_revision=more.pop("seen", 1), **more)


YES = ("approve", facts("maya", 2))
CLAIM = ("claim", facts("outbox", 13))
RECEIPT = Receipt("1", "https://x.com/oreo/status/298246571718483968", NOW + timedelta(seconds=14))
POSTED = ("accepted", facts("outbox", 14, receipt=RECEIPT))
LOST = ("lost", facts("outbox", 43, why="no answer within 30 s"))
WAITS = "it spoke 40 min ago, and speaks once an hour"
STEP = ("escalate", facts("clock", 180, escalation=Escalation(180, ("priya",))))
MORE = ("escalate", facts("clock", 300, escalation=Escalation(300, ("jonas", "group:S01APPR"))))
AWAY = Away("maya", "jonas", "at sea", NOW - timedelta(hours=1), NOW + timedelta(hours=30), "maya")
MUTED = Silence("s-1", None, "<!channel> coach", "priya", "people are hurt", NOW, NOW + timedelta(hours=2))
ROTA = Rota((AWAY,), (MUTED,))
IN_PLACE = ("approve", facts("jonas", 2, standing=Standing((Seat("maya"),), frozenset({"maya"}))))
TIER_2 = {"tier": 2, "needed": 2}


def two() -> Proposal:
    """One that two different people have to agree to."""
    return samples.proposal("p-2", samples.opportunity(), account="x:oreo", **TIER_2)


def pictured() -> Card:
    """A card whose first draft goes with a picture."""
    made = card()
    picture = Picture("0" * 64, "An Oreo in a beam of light. @everyone <!here>", "image/png", "dark.png", 1200, 675, 9)
    drafts = (replace(made.proposal.drafts[0], media=(picture,)), *made.proposal.drafts[1:])
    return replace(made, proposal=replace(made.proposal, drafts=drafts, media=(picture,)))


def sister(key: str = "p-8", account: str = "mastodon:oreo@social.example", **changes: Any) -> Proposal:
    """The same opportunity on another account."""
    text = "Lights out. <!channel> Milk on."
    drafts = (replace(samples.proposal(key, samples.opportunity(), account=account).drafts[0], text=text),)
    return samples.proposal(key, samples.opportunity(), account=account, text=text, drafts=drafts, **changes)


def with_sisters(made: Card) -> Card:
    """One sister that waits for a yes, one that stands in public, one that nobody knows about."""
    out = sister("p-9", "bluesky:oreo.example", state=State.PUBLISHED, receipt=RECEIPT, moved_by="outbox")
    lost = sister("p-7", "reddit:oreo", state=State.UNCERTAIN)
    return replace(made, sisters=(sister(), out, lost))


def stories() -> dict[str, tuple[Card, Reader]]:
    """Every state by its name, and who sees it when."""
    later = reader(NOW + timedelta(seconds=5))
    late = reader(NOW + timedelta(minutes=20))
    snooze = ("snooze", facts("priya", 1, until=NOW + timedelta(minutes=5)))
    edit = ("edit", facts("jonas", 1, text="Dunk in the dark.\nWe have the milk."))
    undo = ("undo", facts("maya", 60, gone=True))
    wait = ("wait", facts("outbox", 13, why=WAITS, until=NOW + timedelta(minutes=9)))
    return {
        "pending": (card(), reader()),
        "pending_picture": (pictured(), reader()),
        "together": (replace(card(), sisters=(sister(), sister("p-9", "bluesky:oreo.example"))), reader()),
        "together_two_people": (replace(card(two()), sisters=(sister(tier=2, needed=2),)), reader()),
        "published_together": (with_sisters(card(None, YES, CLAIM, POSTED)), late),
        "retracted_still_there": (with_sisters(card(None, YES, CLAIM, POSTED, undo)), late),
        "pending_for_days": (card(good_secs=200_000), reader()),
        "pending_paused": (card(), reader(pause=PAUSE)),
        "edited": (card(None, edit), later),
        "escalated": (card(None, STEP, MORE), reader(NOW + timedelta(seconds=301))),
        "stood_in": (card(None, IN_PLACE), replace(later, rota=ROTA)),
        "away": (card(), replace(reader(), rota=ROTA)),
        "two_people": (card(two()), reader()),
        "second_yes": (card(two(), YES), later),
        "snoozed": (card(None, snooze), later),
        "approved": (card(None, YES), later),
        "approved_paused": (card(None, YES), replace(later, pause=PAUSE)),
        "waiting": (card(None, YES, wait), reader(NOW + timedelta(seconds=20))),
        "sending": (card(None, YES, CLAIM), later),
        "uncertain": (card(None, YES, CLAIM, LOST), late),
        "published": (card(None, YES, CLAIM, POSTED), late),
        "rejected": (card(None, ("reject", facts("jonas", 3, why="Too sensitive"))), later),
        "expired": (card(None, ("expire", facts("clock", 800))), late),
        "late": (card(), late),
        "withdrawn": (card(None, YES, ("withdraw", facts("maya", 5))), later),
        "failed": (card(None, YES, CLAIM, ("refused", facts("outbox", 14, why="403: suspended"))), late),
        "retracted": (card(None, YES, CLAIM, POSTED, undo), late),
    }


def clicks(made: dict[str, Any], chosen: int | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """(action id, the payload) for everything that can be pressed, as Slack sends it.

    `chosen` sets a radio button, counted from 0; without it they stand as they were sent.
    """
    state = radio_state(made, chosen)
    for block in made["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button":
                yield element["action_id"], pressed(block, element, {"value": element["value"]}, state=state)
            elif element.get("type") in ("static_select", "radio_buttons", "overflow"):
                for option in element["options"]:
                    yield element["action_id"], pressed(block, element, {"selected_option": option}, state=state)


def pressed(block: Any, element: Any, more: dict[str, Any], *, state: dict[str, Any]) -> dict[str, Any]:
    """A `block_actions` payload."""
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], **more}
    return {
        "type": "block_actions",
        "user": {"id": "U1", "username": "maya", "team_id": "T1"},
        "team": {"id": "T1"},
        "container": {"type": "message", "message_ts": "1700.1", "channel_id": "C1"},
        "trigger_id": "1.2.x",
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "state": {"values": state},
        "actions": [action],
    }


def radio_state(made: dict[str, Any], chosen: int | None) -> dict[str, Any]:
    """`state.values`: what is set in each radio group."""
    found = {}
    for block in made["blocks"]:
        for element in block.get("elements", []):
            if element.get("type") == "radio_buttons":
                option = element["initial_option"] if chosen is None else element["options"][chosen]
                found[block["block_id"]] = {element["action_id"]: {"type": "radio_buttons", "selected_option": option}}
    return found


def submission(view: dict[str, Any], **typed: str | None) -> dict[str, Any]:
    """A `view_submission` payload; `typed` overrides a field by the part its block id begins with."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, part = block["element"], block["block_id"].partition(":")[0]
        field: dict[str, Any] = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            field["value"] = typed.get(part, element.get("initial_value"))
        else:
            options = {option["value"]: option for option in element["options"]}
            field["selected_option"] = options.get(typed.get(part) or "", element.get("initial_option"))
        values[block["block_id"]] = {element["action_id"]: field}
    shown = {key: view[key] for key in ("callback_id", "private_metadata") if key in view}
    sent = {"id": "V1", "hash": "1.ab", **shown, "state": {"values": values}}
    return {"type": "view_submission", "user": {"id": "U1", "team_id": "T1"}, "view": sent}


def leaves(made: object) -> Iterator[dict[str, Any]]:
    """Every object in what was made."""
    if isinstance(made, list):
        for one in made:
            yield from leaves(one)
    if isinstance(made, dict):
        yield made
        for value in made.values():
            yield from leaves(value)


def _row(number: int, name: str, before: Proposal, *, after: Proposal) -> Move:
    why, person = after.reason or "", after.moved_by or ""
    return Move(
        number, after.id, name, before.state, after.state, person, "slack", why, after.revision, "", after.moved_at, ""
    )
