"""All that the settings lean on, tried once: networks, credentials, this machine, money. Posts and buys nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import aiohttp

from monitor import references, sources
from monitor.approvers import groups_of
from monitor.clock import Clock
from monitor.errors import BonmotError
from monitor.probing import Finding, Health, doubtful, failed, fine
from monitor.schema import SlackSettings
from monitor.settings import Settings
from monitor.stream.web import session
from responders import publishers
from responders.adapters import chosen_sources
from responders.approvals.slack.probing import Asked
from responders.approvals.slack.probing import probe as probe_slack
from responders.bot import database
from responders.costs import costs, rates_of
from responders.drafting.writer.probing import probe as probe_model
from responders.house import ids_in
from responders.policy import policy_of
from responders.premises import clock_of, folder, page

WHOLE_SECS = 60.0
"""One source or publisher with all its accounts and feeds; whoever takes longer is away."""
HIDDEN = "***"
SHORTEST_SECRET = 4
"""A shorter one would hide half of every sentence."""

Probe = Callable[[Any, aiohttp.ClientSession, Clock], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Row:
    """A finding, and the block of the settings it belongs to."""

    about: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class _Trial:
    about: str
    probe: Probe | None
    settings: Any


async def checkup(settings: Settings, clock: Clock) -> list[Row]:
    """Try it all at once; the rows in the order of the settings. Never raises for what a network does."""
    trials = list(_trials(settings))
    results: dict[str, list[Finding]] = {}

    async def run(trial: _Trial) -> None:
        results[trial.about] = await _tried(trial, http, clock)

    async with session() as http, asyncio.TaskGroup() as group:
        for trial in trials:
            group.create_task(run(trial), name=f"try {trial.about}")
    rows = [Row(trial.about, found) for trial in trials for found in results[trial.about]]
    rows += [Row("this machine", found) for found in _here(settings, [row.finding for row in rows])]
    rows += [Row("money", found) for found in costs(settings, _rates(settings), clock.now())]
    rows += [Row("policy", found) for found in _allowed(settings, clock.now().date())]
    hidden = sorted(_secrets(settings), key=len, reverse=True)
    return [replace(row, finding=_without(row.finding, hidden)) for row in rows]


def _trials(settings: Settings) -> Iterator[_Trial]:
    for name, block in chosen_sources(settings).items():
        module = sources.load(name)
        yield _Trial(f"source {name}", getattr(module, "probe", None), module.Settings.model_validate(block))
    for name, block in settings.bot.publishers.items():
        module = publishers.load(name)
        yield _Trial(f"publisher {name}", getattr(module, "probe", None), module.Settings.model_validate(block))
    if settings.bot.slack is not None:
        yield _Trial("slack", probe_slack, _asked_of_slack(settings, settings.bot.slack))
    if settings.bot.drafting is not None:
        yield _Trial("drafting", probe_model, settings.bot.drafting)


def _asked_of_slack(settings: Settings, block: SlackSettings) -> Asked:
    groups = sorted(groups_of(settings.brands.values()))
    return Asked(block, ids_in(settings), groups, door=partial(page, ledger=database(settings), name="listen"))


async def _tried(trial: _Trial, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    if trial.probe is None:
        return [fine("", "asks nobody: there is nothing to try")]
    try:
        async with asyncio.timeout(WHOLE_SECS):
            return await trial.probe(trial.settings, http, clock)
    except BonmotError as error:
        return [failed("", error)]
    except TimeoutError:
        return [Finding("", Health.FAILED, f"was not through within {WHOLE_SECS:g} s", "try again later")]
    except Exception as error:  # the edge of one trial: the others are told all the same
        return [Finding("", Health.FAILED, f"could not be tried: {type(error).__name__}", "report it: a bug of ours")]


def _allowed(settings: Settings, today: date) -> list[Finding]:
    """What each account may not simply do on its network, and whether anybody read that lately."""
    policy = policy_of(settings.bot.policy)
    accounts = [account for brand in settings.domain_brands() for account in brand.accounts]
    told = {account.key: policy.told(account, today) for account in accounts}
    found = [
        fine(key, f"posts its own; not simply allowed: {'; '.join(lines)}") for key, lines in told.items() if lines
    ]
    stale = policy.stale((account.platform for account in accounts), today)
    return found + [doubtful("rules", why, "a newer version may have read them") for why in stale]


def _here(settings: Settings, found: list[Finding]) -> list[Finding]:
    clock = clock_of(found)
    rows = [*folder(settings.data_dir), page(settings.bot.inbox, database(settings))]
    return rows + ([clock] if clock is not None else [])


def _rates(settings: Settings) -> dict[str, dict[str, float]]:
    found = {}
    for name, block in chosen_sources(settings).items():
        module = sources.load(name)
        found[name] = rates_of(module, module.Settings.model_validate(block))
    return found


def _secrets(settings: Settings) -> set[str]:
    """Every value that may not be shown: a server's answer could hold what we sent it."""
    bot = settings.bot
    blocks: list[Any] = [bot.sources, bot.publishers, {"api_key": bot.drafting.api_key} if bot.drafting else {}]
    blocks.append(bot.slack.model_dump() if bot.slack else {})
    return {secret for block in blocks for secret in _secrets_in(block, ()) if len(secret) >= SHORTEST_SECRET}


def _secrets_in(value: Any, trail: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets_in(inner, (*trail, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_in(inner, trail)
    elif isinstance(value, str) and references.is_secret(trail):
        yield value


def _without(finding: Finding, secrets: list[str]) -> Finding:
    part, said, do = finding.part, finding.said, finding.do
    for secret in secrets:
        part, said, do = (text.replace(secret, HIDDEN) for text in (part, said, do))
    return replace(finding, part=part, said=said, do=do)


def worst(rows: list[Row]) -> Health:
    """The worst of all rows."""
    order = list(Health)
    return max((row.finding.health for row in rows), key=order.index, default=Health.OK)
