"""Domain objects for tests: each builder takes only what a test is about."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Bridge, Opportunity, Post, Score, Signal, Stage, Trend, Verdict
from responders.marks import tid
from responders.model import Draft, Picture, Proposal, Publication, State

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
ACCOUNT = "bluesky:oreo.test"


def a_trend(key: str = "t1", **changes: Any) -> Trend:
    """The lights go out in a stadium."""
    post = Post("1", "bluesky", NOW, "who turned off the lights", author="ann", lang="en")
    trend = Trend(
        id=key, name="lights out at the bowl", terms=("lights out", "blackout"), stage=Stage.RISING,
        started_at=NOW - timedelta(minutes=2), detected_at=NOW - timedelta(minutes=1), peaked_at=None, ended_at=None,
        posts=120, voices=90, authors=80, significance=9.5, velocity=40.0, expected_velocity=0.5, samples=(post,),
        evidence=(post,), volume=(1, 2, 40), volume_started_at=NOW - timedelta(minutes=3), volume_step_secs=60,
    )  # fmt: skip
    return replace(trend, **changes)


def an_opportunity(key: str = "t1", *, brand: str = "oreo", now: datetime = NOW) -> Opportunity:
    """Offered now, good for twenty minutes."""
    bridge = Bridge("dark", "can be dunked in the dark", 0.9, ("lights out",))
    score = Score(brand, Verdict.OFFER, 1, 0.71, "young and close", bridge, (Signal("velocity", 0.9, "40 a minute"),))
    return Opportunity(f"o-{key}", a_trend(key), score, now, now + timedelta(minutes=20))


def a_proposal(number: int = 1, **changes: Any) -> Proposal:
    """Pending, two drafts, two approvers, one yes needed, ten seconds to take it back."""
    account = changes.get("account", ACCOUNT)
    drafts = (Draft(account, "dunk in the dark", "dark"), Draft(account, "no lights, no problem", "calm"))
    proposal = Proposal(
        id=f"p{number}", opportunity=f"o-t{number}", brand="oreo", trend=f"t{number}",
        trend_name="lights out at the bowl", account=account, tier=1, drafts=drafts, text=drafts[0].text, revision=1,
        edited_by=None, state=State.PENDING, created_at=NOW, deadline=NOW + timedelta(minutes=20), snoozed_until=None,
        approvers=("maya", "jon", "ines"), needed=1, approvals=(), approved_at=None, send_after=None, tries=0,
        mark=tid(int(NOW.timestamp()) * 1_000_000 + number, 7), receipt=None, reason=None, moved_by=None, moved_at=NOW,
        undo_secs=10.0,
    )  # fmt: skip
    return replace(proposal, **changes)


def a_publication(number: int = 1, **changes: Any) -> Publication:
    """What a publisher is given for the first proposal."""
    proposal = a_proposal(number)
    publication = Publication(proposal.id, ACCOUNT, proposal.text, proposal.digest, proposal.mark, NOW)
    return replace(publication, **changes)


def a_picture(data: bytes = b"bytes of a picture", **changes: Any) -> Picture:
    """What is agreed to of a picture with these bytes."""
    known = hashlib.sha256(data).hexdigest()
    picture = Picture(known, "an Oreo in the dark", "image/png", "dunk.png", 600, 400, len(data))
    return replace(picture, **changes)
