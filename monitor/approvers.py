"""Whether those who may say yes exist, are enough, and are asked before the joke is stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from monitor.approval import TIERS, ApprovalSettings, TierName
from monitor.mistakes import nearest
from monitor.settings import BotSettings, BrandSettings
from monitor.yamlfile import Document, Trail

if TYPE_CHECKING:
    from monitor.load import Loaded

GROUP = "group:"


def check_approvers(loaded: Loaded, brand: BrandSettings, document: Document) -> None:
    """Check one brand's `approval` against the people and against its shelf life."""
    for trail, entries in _lists(brand.approval):
        _check_list(loaded.bot, document, trail, entries=entries)
    for tier in TIERS:
        _check_enough(loaded.bot, brand.approval, document, tier=tier)
        _check_in_time(brand, document, tier)


def check_absences(loaded: Loaded) -> None:
    """Check that whoever decides for somebody who is away is somebody else."""
    document = loaded.documents["bot.yaml"]
    people = loaded.bot.people if loaded.bot else {}
    for name, person in people.items():
        delegate = person.away.delegate if person.away else None
        here: Trail = ("people", name, "away", "delegate")
        if delegate is not None and delegate not in people:
            text = f"'{delegate}' is not among the people of bot.yaml{nearest(delegate, people)}"
            document.mistakes.append(document.mistake(here, text))
        elif delegate == name:
            document.mistakes.append(document.mistake(here, "somebody else has to decide meanwhile"))


def check_groups(loaded: Loaded) -> None:
    """Doubt groups that decide nowhere, and members that nobody can tell."""
    slack = loaded.bot.slack if loaded.bot else None
    if loaded.bot is None or slack is None:
        return
    document = loaded.documents["bot.yaml"]
    used = groups_of(loaded.brands.values())
    ids = {person.slack for person in loaded.bot.people.values()}
    for group, members in slack.groups.items():
        here: Trail = ("slack", "groups", group)
        if group not in used and loaded.brands:
            loaded.warnings.append(document.mistake(here, "no brand names this group", at_key=True))
        for i, member in enumerate(members):
            if member not in ids:
                text = f"'{member}' is the `slack` id of nobody under people, and decides nothing"
                loaded.warnings.append(document.mistake((*here, i), text))


def groups_of(brands: Iterable[BrandSettings]) -> set[str]:
    """Every Slack group that some brand names, by its bare id."""
    found = (entry for brand in brands for entry in all_approvers(brand.approval))
    return {entry.removeprefix(GROUP) for entry in found if entry.startswith(GROUP)}


def all_approvers(approval: ApprovalSettings) -> set[str]:
    """Everybody who may decide in some tier, now or later."""
    return {entry for _, entries in _lists(approval) for entry in entries}


def _lists(approval: ApprovalSettings) -> Iterator[tuple[Trail, list[str]]]:
    yield ("approval", "approvers"), approval.approvers
    for tier in TIERS:
        if (own := getattr(approval.tiers, tier)) is not None:
            yield ("approval", "tiers", tier), own
    for i, step in enumerate(approval.escalation):
        yield ("approval", "escalation", i, "to"), step.to


def _check_list(bot: BotSettings | None, document: Document, trail: Trail, *, entries: list[str]) -> None:
    people = bot.people if bot else None
    for i, entry in enumerate(entries):
        here: Trail = (*trail, i)
        if people is not None and not entry.startswith(GROUP) and entry not in people:
            text = f"'{entry}' is not among the people of bot.yaml{nearest(entry, people)}"
            document.mistakes.append(document.mistake(here, text))
        if bot is not None and entry.startswith(GROUP) and bot.slack is None:
            text = f"'{entry}' is a group of Slack's, and there is no `slack` in bot.yaml: nobody can tell who is in it"
            document.mistakes.append(document.mistake(here, text))
        if entry in entries[:i]:
            document.mistakes.append(document.mistake(here, f"'{entry}' is listed twice; a person has one yes"))


def _check_enough(bot: BotSettings | None, approval: ApprovalSettings, document: Document, *, tier: TierName) -> None:
    """More yeses than people is a tier in which nothing is ever posted."""
    entries = set(approval.of_tier(tier))
    names = {entry for entry in entries if not entry.startswith(GROUP)}
    needed = getattr(approval.needed, tier)
    if names != entries:
        # Who is in a group only Slack knows; but whoever is in it decides only with a `slack` id in bot.yaml.
        names |= {name for name, person in (bot.people if bot else {}).items() if person.slack}
    count = len(names)
    if needed <= count:
        return
    who = "approver is" if count == 1 else "approvers are"
    told = (
        f"{count} {who} listed"
        if names <= entries
        else f"{count} can: members of a group need a `slack` id in bot.yaml"
    )
    text = f"{needed} people have to say yes, but only {told}"
    document.mistakes.append(document.mistake(("approval", "needed", tier), text))


def _check_in_time(brand: BrandSettings, document: Document, tier: TierName) -> None:
    """The last who are asked still have to be able to post before the trend is stale."""
    chain = [(i, step.after_mins) for i, step in enumerate(brand.approval.escalation) if tier in step.tiers]
    undo, shelf = brand.approval.undo_secs, brand.shelf_life_secs
    for done, minutes in enumerate(accumulate(mins for _, mins in chain)):
        if minutes * 60 + undo < shelf:
            continue
        said = " and ".join(f"{mins:g}" for _, mins in chain[: done + 1])
        steps = "1 step" if done == 0 else f"{done + 1} steps"
        text = (
            f"{steps} of {said} min and {undo:g} s to take a yes back make {_span(minutes * 60 + undo)}, but a card is "
            f"stale after {_span(shelf)} (shelf_life_secs): these people could never post; ask sooner, or fewer in turn"
        )
        place = document.mistake(("approval", "escalation", chain[done][0], "after_mins"), text)
        if place not in document.mistakes:  # one chain for all tiers is said once
            document.mistakes.append(place)
        return


def _span(secs: float) -> str:
    minutes, rest = divmod(secs, 60)
    parts = [f"{minutes:g} min"] if minutes else []
    return " ".join([*parts, f"{rest:g} s"] if rest or not parts else parts)
