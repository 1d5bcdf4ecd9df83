"""Who may say yes, as the settings write it: people and Slack groups, by tier, and who is asked next."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitor.schema import Model, Name

Approver = Annotated[
    str,
    Field(
        pattern=r"^([a-z][a-z0-9_-]{0,39}|group:S[A-Z0-9]{2,20})$",
        description="a person of bot.yaml, or a user group of Slack's by its id: group:S0123ABCD",
    ),
]
Approvers = Annotated[list[Approver], Field(min_length=1, max_length=50)]
TierName = Literal["tier0", "tier1", "tier2"]
TIERS: tuple[TierName, ...] = ("tier0", "tier1", "tier2")


def _whole_time(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError('must be a time in quotes such as "2026-12-24T08:00Z"') from error
    if at.tzinfo is None:
        raise ValueError("needs its time zone: end it with Z for UTC, or with +01:00")
    return text


class NeededSettings(Model):
    """How many different people have to say yes, by tier."""

    tier0: int = Field(default=1, ge=1, le=10)
    tier1: int = Field(default=1, ge=1, le=10)
    tier2: int = Field(default=2, ge=2, le=10)


class TierSettings(Model):
    """Who may say yes in one tier in place of `approvers`; a tier that is not named keeps those."""

    tier0: Approvers | None = None
    tier1: Approvers | None = None
    tier2: Approvers | None = None


class StepSettings(Model):
    """After so long without a decision these may decide as well. Nobody's silence says yes."""

    after_mins: float = Field(
        gt=0.0, le=10_080.0, description="since the step before; the first since the card was made"
    )
    to: Approvers
    tiers: list[TierName] = Field(default=["tier0", "tier1", "tier2"], min_length=1, max_length=3)


class ApprovalSettings(Model):
    """Who may say yes, how many of them, who is asked next, and how long a yes can be taken back."""

    approvers: Approvers
    tiers: TierSettings = TierSettings()
    needed: NeededSettings = NeededSettings()
    escalation: list[StepSettings] = Field(default_factory=list, max_length=10)
    undo_secs: float = Field(default=10.0, ge=0.0, le=3600.0)

    def of_tier(self, tier: TierName) -> list[str]:
        """Who may say yes there from the start."""
        own: list[str] | None = getattr(self.tiers, tier)
        return own or self.approvers


class AwaySettings(Model):
    """Out of office, with an end."""

    until: Annotated[str, AfterValidator(_whole_time)]
    delegate: Name | None = Field(default=None, description="who decides meanwhile, under their own name")
    why: str = Field(default="", max_length=200)

    @property
    def ends_at(self) -> datetime:
        """When it is over by itself."""
        return datetime.fromisoformat(self.until)
