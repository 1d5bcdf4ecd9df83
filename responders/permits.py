"""What settings and Slack say of rights, fetched before a decision and never kept for longer than a minute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from monitor.approval import TIERS, ApprovalSettings
from monitor.settings import Settings
from responders.model import Proposal
from responders.rights import GROUP, SETTINGS, Away, Permit, Rule, Step, is_group

T = TypeVar("T")
Members = Callable[[Collection[str]], Awaitable[Mapping[str, frozenset[str]]]]
"""Group -> the people who are in it now, as far as that can be told; asked with the groups that matter."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when an absence counts that stands in the settings."""


class Permits:
    """The rules of the settings as they are now, and who is in a group."""

    def __init__(self, settings: Settings) -> None:
        self.rules: dict[str, Rule] = {}
        """By brand; the same object for as long as the house stands."""
        self.people: set[str] = set()
        self._away: dict[str, Away] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._members: Members | None = None
        self.take(settings)

    def take(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        _put(self.rules, {name: rule_of(brand.approval) for name, brand in settings.brands.items()})
        self.people = set(settings.bot.people)
        _put(self._away, _absences(settings))
        _put(self._groups, groups_in(settings))

    def ask(self, members: Members) -> None:
        """Ask Slack who is in a group, from now on."""
        self._members = members

    @property
    def away(self) -> tuple[Away, ...]:
        """Absences that stand in the settings."""
        return tuple(self._away.values())

    async def of(self, proposal: Proposal) -> Permit:
        """What matters for one proposal. A brand that is no longer configured lets nobody decide."""
        rule = self.rules.get(proposal.brand, Rule({}))
        groups = [entry for entry in proposal.approvers if is_group(entry)]
        return Permit(rule.named(proposal.tier), await self.members(groups), self.away)

    async def members(self, groups: Collection[str] | None = None) -> Mapping[str, frozenset[str]]:
        """Who is in these groups, or in all that the settings name. Whom nobody can tell is no member."""
        if groups is None:
            groups = {entry for rule in self.rules.values() for tier in (0, 1, 2) for entry in rule.named(tier)}
            groups = {entry for entry in groups if is_group(entry)}
        if not groups:
            return {}
        if self._members is not None:
            return await self._members(groups)
        return {group: self._groups.get(group, frozenset()) for group in groups}


def _put(known: dict[str, T], new: Mapping[str, T]) -> None:
    """Make one the other, for whoever holds it."""
    known.clear()
    known.update(new)


def rule_of(approval: ApprovalSettings) -> Rule:
    """The frozen domain form."""
    steps = tuple(
        Step(step.after_mins * 60, tuple(step.to), tuple(TIERS.index(tier) for tier in step.tiers))
        for step in approval.escalation
    )
    return Rule({n: tuple(approval.of_tier(tier)) for n, tier in enumerate(TIERS)}, steps)


def groups_in(settings: Settings) -> dict[str, frozenset[str]]:
    """Group -> people, as the settings say for the time while Slack does not."""
    ids = {person.slack: name for name, person in settings.bot.people.items() if person.slack}
    known = settings.bot.slack.groups if settings.bot.slack else {}
    return {f"{GROUP}{key}": frozenset(ids[one] for one in members if one in ids) for key, members in known.items()}


def _absences(settings: Settings) -> dict[str, Away]:
    return {
        name: Away(name, away.delegate, away.why, EVER, away.ends_at, SETTINGS)
        for name, person in settings.bot.people.items()
        if (away := person.away) is not None
    }
