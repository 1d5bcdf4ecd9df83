"""Which picture goes with a text: by the fact, the mood of the hour, the market and the rights. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.assets import AUTO, CALM, AssetSettings
from monitor.model import Brand, Opportunity
from monitor.remembrance import distance
from monitor.settings import TemplateSettings
from responders.model import Picture

Pictures = Mapping[str, Picture | str]
"""By the template's name: its picture, or why it has none."""


def chosen(
    template: TemplateSettings,
    assets: Sequence[AssetSettings],
    *,
    opportunity: Opportunity,
    brand: Brand,
    now: datetime,
) -> tuple[AssetSettings | None, str]:
    """The picture of a template for this card, or None and why; where fact and mood decide, the first that fits."""
    if template.asset is None:
        return None, ""
    wanted = [asset for asset in assets if template.asset in (AUTO, asset.name)]
    against = [(asset, _against(asset, opportunity, brand, now=now)) for asset in wanted]
    # A picture made for the very fact comes before one that goes with anything.
    fitting = [asset for asset, why in sorted(against, key=lambda one: not one[0].facts) if not why]
    if fitting:
        return fitting[0], ""
    return None, "; ".join(f"{asset.name}: {why}" for asset, why in against) or "there is no picture"


def calls_for_calm(opportunity: Opportunity, brand: Brand, now: datetime) -> str:
    """Why nothing playful is shown now: two people have to look, or somebody mourns today; empty where nothing is."""
    mourned = [day for day in brand.remembered if distance(day, now, time_zone=brand.time_zone) == 0]
    if mourned:
        return f"today is {mourned[0].name} in {mourned[0].place}"
    return "two people have to look at this" if opportunity.score.tier >= 2 else ""


def _against(asset: AssetSettings, opportunity: Opportunity, brand: Brand, *, now: datetime) -> str:
    """Why this one is not shown; empty where it may be."""
    today = now.astimezone(ZoneInfo(brand.time_zone)).date()
    if asset.last_day is not None and today > asset.last_day:
        return f"it may be shown until {asset.last_day}"
    bridge = opportunity.score.bridge
    if asset.facts and (bridge is None or bridge.name not in asset.facts):
        return f"it goes with {' or '.join(asset.facts)}"
    calm = calls_for_calm(opportunity, brand, now)
    return f"it is {asset.mood}, and {calm}" if calm and asset.mood not in CALM else ""
