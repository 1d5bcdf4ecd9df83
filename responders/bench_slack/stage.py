"""The bot of the measurement: settings with a brand for each person, and cards that may be posted as they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.schema import PaceSettings, SlackSettings
from monitor.settings import BrandSettings, InboxSettings, PersonSettings, Settings
from responders.approvals import samples
from responders.bench_slack.crowd import Crowd, Street
from responders.ledger import Ledger
from responders.loading import load_settings, starter_dir
from responders.marks import new_mark
from responders.model import Draft
from responders.sandbox.slack import APP_TOKEN, BOT_TOKEN

GOOD_FOR = timedelta(hours=1)
TEXTS = (
    "You can still dunk in the dark.",
    "Lights out is another word for story time with milk.",
    "Somebody find the switch, we brought cookies for everyone.",
    "Half the stadium is whispering; the other half is snacking.",
    "Our cream filling glows in nobody's dark, but it tastes the same.",
    "Candles, blankets, a glass of milk: halftime is sorted.",
    "A midnight snack at nine in the evening counts double.",
    "Twist slowly, listen for the crunch, wait for the floodlights.",
    "Black on the outside, white in the middle, calm all the way through.",
    "Take your time, electricians; the cookie jar is within reach.",
    "If you can read this, your phone still has power and we have biscuits.",
    "Nobody sees who takes the last one now.",
)
"""Different enough that none is a near copy of another: an account may post each."""


def settings_for(crowd: Crowd, street: Street, *, folder: Path, files: list[str]) -> Settings:
    """The starter settings with a brand and a channel for each person; everybody may say yes to everything."""
    starter = load_settings(starter_dir(), {})
    names = {f"p{number}": user for number, user in enumerate(crowd.users(), 1)}
    brands = [f"brand{number}" for number in range(1, crowd.people + 1)]
    handles = [f"{brand}.test" for brand in brands]
    slack = SlackSettings(
        bot_token=BOT_TOKEN, app_token=APP_TOKEN, base_url=f"{street.slack_url}/api",
        channels=dict(zip(brands, crowd.rooms(), strict=True)),
    )  # fmt: skip
    log_ins = {handle: {"password": "x"} for handle in handles}
    changes = {
        "data_dir": str(folder), "inbox": InboxSettings(port=0), "slack": slack,
        "people": {name: PersonSettings(title=name, slack=user) for name, user in names.items()},
        "publishers": {"bluesky": {"base_url": street.network_url, "accounts": log_ins}},
        "sources": {"recording": {"files": files}},
    }  # fmt: skip
    made = {
        brand: _brand(starter.brands["oreo"], handle, list(names))
        for brand, handle in zip(brands, handles, strict=True)
    }
    return starter.model_copy(update={"bot": starter.bot.model_copy(update=changes), "brands": made})


def _brand(like: BrandSettings, handle: str, approvers: list[str]) -> BrandSettings:
    """One that may post as often as its cards are clicked, and at once."""
    approval = like.approval.model_copy(update={"approvers": approvers, "undo_secs": 0.0})
    pace = PaceSettings(per_hour=1000, per_day=1000, per_month=1000)
    changes = {"approval": approval, "accounts": [f"bluesky:{handle}"], "templates": ["oreo"], "pace": pace}
    return like.model_copy(update=changes)


def offer(ledger: Ledger, crowd: Crowd, now: datetime) -> list[str]:
    """Open the cards; returns their ids."""
    keys = []
    for number in range(1, crowd.people + 1):
        for card in range(crowd.cards_each):
            key, brand = f"p-{number}-{card}", f"brand{number}"
            trend = replace(samples.trend(f"Lights out number {card}"), id=f"t-{number}-{card}")
            offered = replace(
                samples.opportunity(of=trend, by=samples.score(brand)), id=f"o-{number}-{card}",
                offered_at=now, deadline=now + GOOD_FOR,
            )  # fmt: skip
            account, text = f"bluesky:{brand}.test", TEXTS[card % len(TEXTS)]
            asked = samples.proposal(
                key, offered, account=account, drafts=(Draft(account, text, "bench"),), text=text, undo_secs=0.0,
                mark=new_mark(now), approvers=tuple(f"p{n}" for n in range(1, crowd.people + 1)),
            )  # fmt: skip
            ledger.save_opportunity(offered, [asked])
            keys.append(key)
    return keys
