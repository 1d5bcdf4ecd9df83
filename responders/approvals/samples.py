"""A made-up evening: the lights go out in a stadium. For tests of channels, for pictures, for trying things out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Bridge, Opportunity, Post, Score, Signal, Stage, Trend, Verdict
from responders.approvals import Judged
from responders.model import Draft, Proposal, State

START = datetime(2013, 2, 4, 1, 38, 40, tzinfo=UTC)
"""When the cards are looked at; the lights went out two minutes before."""
PEOPLE = {"maya": "Maya Okafor", "jonas": "Jonas Weber", "priya": "Priya Nair"}
BRANDS = {"oreo": "Oreo", "tide": "Tide", "duracell": "Duracell"}
DRAFTS = (
    ("dunk-in-the-dark", "Power out? No problem. You can still dunk in the dark."),
    ("lights", "Lights out is just another word for story time with milk. We'll bring the cookies."),
    ("halftime", "They found the switch yet? We'll hold your glass of milk until they do."),
)
_SAYINGS = (
    ("superdome lights out?? did somebody forget to pay the bill 😂", "bluesky"),
    ("Half the stadium just went dark. Players are stretching on the field, nobody knows how long.", "mastodon"),
    ("Beyoncé really shut the whole power grid down #superdome #lightsout", "bluesky"),
    ("So what do we do in the dark now, shadow puppets?", "bluesky"),
)
_BEFORE = (3, 2, 4, 1, 3, 5, 2, 3, 4, 2, 3, 1, 4, 3, 2, 5, 3, 2, 4, 3)
_AFTER = (9, 38, 97, 164, 221, 248, 262, 240, 255, 231, 214, 226, 118)


def trend(name: str = "Superdome lights out", **changes: Any) -> Trend:
    """A rising trend with its volume in steps of ten seconds."""
    began = START - timedelta(seconds=130)
    posts = tuple(
        Post(f"p{i}", platform, began + timedelta(seconds=14 + 9 * i), text, url=f"https://{platform}.example/p/{i}")
        for i, (text, platform) in enumerate(_SAYINGS)
    )
    made = Trend(
        id="t1",
        name=name,
        terms=("lights out", "superdome", "#lightsout", "power", "dark", "blackout"),
        stage=Stage.RISING,
        started_at=began,
        detected_at=began + timedelta(seconds=24),
        peaked_at=None,
        ended_at=None,
        posts=2123,
        voices=1640,
        authors=1588,
        significance=41.0,
        velocity=1310.0,
        expected_velocity=17.0,
        samples=posts,
        evidence=posts,
        volume=_BEFORE + _AFTER,
        volume_started_at=began - timedelta(seconds=10 * len(_BEFORE)),
        volume_step_secs=10,
    )
    return replace(made, **changes)


def score(brand: str = "oreo", **changes: Any) -> Score:
    """An offer with a bridge, eight signals and a case against."""
    signals = (
        Signal("velocity", 0.97, "1,310 voices a minute, 77 times the usual 17"),
        Signal("freshness", 0.86, "began 2 min ago; a joke of this kind is good for about 10"),
        Signal("reach", 0.91, "1,640 different voices on two networks"),
        Signal("relevance", 0.64, "matches the rule: dark OR night OR midnight"),
        Signal("bridge", 0.88, "“dark” and “lights out” meet “milk and cookies at night”"),
        Signal("tone", 0.81, "8 of 10 posts joke; 1 in 10 is worried about the players"),
        Signal("safety", 0.93, "no injury, no panic, nobody is blamed"),
        Signal("authenticity", 0.9, "1,588 authors; no text repeated more than 11 times"),
    )
    made = Score(
        brand=brand,
        verdict=Verdict.OFFER,
        tier=1,
        value=0.86,
        why="Loud, two minutes old, and the dark is where this brand is at home.",
        bridge=Bridge(
            "night snack", "A cookie and milk is what you have when the lights are out.", 0.88, ("dark", "lights out")
        ),
        signals=signals,
        against=(
            "The cause is not known yet; if somebody was hurt this turns within minutes.",
            "At least four other brands are likely to joke about it.",
        ),
    )
    return replace(made, **changes)


def opportunity(
    number: int = 1, *, of: Trend | None = None, by: Score | None = None, good_secs: float = 760
) -> Opportunity:
    """One that was offered just now and is good for `good_secs` more."""
    offered = START - timedelta(seconds=20)
    return Opportunity(f"o{number}", of or trend(), by or score(), offered, START + timedelta(seconds=good_secs))


def proposal(key: str, offered: Opportunity, *, account: str = "bluesky:oreo.example", **changes: Any) -> Proposal:
    """The drafts of an opportunity up for decision by Maya, Jonas or Priya."""
    drafts = tuple(Draft(account, text, name) for name, text in DRAFTS)
    made = Proposal(
        id=key,
        opportunity=offered.id,
        brand=offered.brand,
        trend=offered.trend.id,
        trend_name=offered.trend.name,
        account=account,
        tier=offered.score.tier,
        drafts=drafts,
        text=drafts[0].text,
        revision=1,
        edited_by=None,
        state=State.PENDING,
        created_at=offered.offered_at,
        deadline=offered.deadline,
        snoozed_until=None,
        approvers=("maya", "jonas", "priya"),
        needed=1,
        approvals=(),
        approved_at=None,
        send_after=None,
        tries=0,
        mark=f"mark-{key}",
        receipt=None,
        reason=None,
        moved_by=None,
        moved_at=offered.offered_at,
    )
    return replace(made, **changes)


def silences() -> list[Judged]:
    """Two trends that did not become a card: one must never be joked about, one has nothing to do with anybody."""
    began = START - timedelta(minutes=21)
    bus = Post("b1", "mastodon", began, "Awful pictures from the coach crash on I-10. Praying for those families.")
    wed = Post("w1", "bluesky", began, "they said yes on live television and I am crying at work")
    crash = trend("Coach crash on I-10", id="t2", samples=(bus,), voices=412)
    wedding = trend("Proposal at the finale", id="t3", samples=(wed,), voices=958)
    block = "death: 61 of 80 posts speak of people who died; silent for 72 h"
    ignore = "no bridge: nothing in it meets a fact of the brand; a joke would be forced"
    return [
        Judged(crash, tuple(_passed(b, Verdict.BLOCK, block) for b in ("oreo", "tide")), began + timedelta(minutes=2)),
        Judged(wedding, (_passed("oreo", Verdict.IGNORE, ignore),), began + timedelta(minutes=9)),
    ]


def _passed(brand: str, verdict: Verdict, why: str) -> Score:
    return score(brand, verdict=verdict, tier=0, why=why, bridge=None, value=0.2, against=())
