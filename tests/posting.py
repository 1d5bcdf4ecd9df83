"""Publishers for Mastodon, X, Reddit and a webhook, each with its sandbox, and an outbox that uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from monitor.clock import FakeClock
from responders.approvals import Order
from responders.ledger import Ledger
from responders.outbox import Outbox
from responders.publishers import Publisher, mastodon, reddit, webhook, x
from responders.sandbox import mastodon as mastodon_sandbox
from responders.sandbox import reddit as reddit_sandbox
from responders.sandbox import webhook as webhook_sandbox
from responders.sandbox import x as x_sandbox
from tests.samples import NOW, a_proposal, an_opportunity
from tests.x_house import a_purse

SECRET = "a shared secret of the two"


class DirectBooks:
    """The ledger without a thread of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def call(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return act(*args, **kwargs)


@dataclass
class Stage:
    """A publisher and the server it posts to, on one clock."""

    publisher: Publisher
    sandbox: Any
    clock: FakeClock
    http: aiohttp.ClientSession
    purse: Any = None


def mastodon_settings(url: str, handle: str = "oreo.test", **changes: Any) -> mastodon.Settings:
    accounts = {handle: mastodon.AccountSettings(token="token")}
    return mastodon.Settings(accounts=accounts, base_url=url, **{"timeout_secs": 5.0, **changes})


def x_keys(**changes: Any) -> dict[str, Any]:
    ours = {"consumer_key": "app", "consumer_secret": "app-secret"}
    return ours | {"access_token": "token", "access_secret": "token-secret"} | changes


def x_settings(
    url: str, handle: str = "oreo.test", *, keys: dict[str, Any] | None = None, **changes: Any
) -> x.Settings:
    accounts = {handle: x.AccountSettings(**x_keys(**(keys or {})))}
    return x.Settings(accounts=accounts, base_url=url, **{"timeout_secs": 5.0, **changes})


def reddit_account(**changes: Any) -> dict[str, Any]:
    ours = {"client_id": "app", "client_secret": "app-secret", "username": "oreo_test", "password": "pass"}
    return ours | {"subreddit": "oreo", "consent": "u/mod, modmail of 2026-11-20"} | changes


def reddit_settings(url: str, *, account: dict[str, Any] | None = None, **changes: Any) -> reddit.Settings:
    accounts = {"oreo.test": reddit.AccountSettings(**reddit_account(**(account or {})))}
    places = {"oauth_url": url, "reddit_url": url, "user_agent": "linux:test:1.0 (by u/x)"}
    return reddit.Settings(accounts=accounts, **{**places, "timeout_secs": 5.0, **changes})


def webhook_settings(url: str, *, secret: str = SECRET, most: int | None = None, **changes: Any) -> webhook.Settings:
    accounts = {"oreo.test": webhook.AccountSettings(url=url, secret=secret, max_chars=most)}
    return webhook.Settings(accounts=accounts, **{"timeout_secs": 5.0, "can_find": True, **changes})


@asynccontextmanager
async def on_mastodon(**changes: Any) -> AsyncIterator[Stage]:
    clock = FakeClock(NOW)
    sandbox = await mastodon_sandbox.start(clock=clock, accounts={"token": "oreo.test", "another": "fanta"})
    async with aiohttp.ClientSession() as http:
        yield Stage(mastodon.build(mastodon_settings(sandbox.url, **changes), http, clock), sandbox, clock, http)
    await sandbox.close()


@asynccontextmanager
async def on_x(*, usd_per_day: float = 10.0, **changes: Any) -> AsyncIterator[Stage]:
    clock = FakeClock(NOW)
    speakers = {"token": ("token-secret", "oreo.test"), "another": ("another-secret", "fanta")}
    sandbox = await x_sandbox.start(clock=clock, accounts=speakers)
    purse = a_purse(clock, usd_per_day)
    async with aiohttp.ClientSession() as http:
        publisher = x.build(x_settings(sandbox.url, **changes), http, clock, purse=purse)
        yield Stage(publisher, sandbox, clock, http, purse)
    await sandbox.close()


@asynccontextmanager
async def on_reddit(**changes: Any) -> AsyncIterator[Stage]:
    clock = FakeClock(NOW)
    sandbox = await reddit_sandbox.start(clock=clock)
    sandbox.rules.users |= {"oreo_test": "pass", "fanta": "pass"}
    async with aiohttp.ClientSession() as http:
        stage = Stage(reddit.build(reddit_settings(sandbox.url, **changes), http, clock), sandbox, clock, http)
        yield stage
        await stage.publisher.close()
    await sandbox.close()


@asynccontextmanager
async def on_webhook(**changes: Any) -> AsyncIterator[Stage]:
    clock = FakeClock(NOW)
    sandbox = await webhook_sandbox.start(clock=clock, secret=SECRET)
    async with aiohttp.ClientSession() as http:
        settings = webhook_settings(f"{sandbox.url}/hook", **changes)
        yield Stage(webhook.build(settings, http, clock), sandbox, clock, http)
    await sandbox.close()


@asynccontextmanager
async def a_mastodon() -> AsyncIterator[Publisher]:
    async with on_mastodon() as stage:
        yield stage.publisher


@asynccontextmanager
async def an_x() -> AsyncIterator[Publisher]:
    async with on_x() as stage:
        yield stage.publisher


@asynccontextmanager
async def a_reddit() -> AsyncIterator[Publisher]:
    async with on_reddit() as stage:
        yield stage.publisher


@asynccontextmanager
async def a_webhook() -> AsyncIterator[Publisher]:
    async with on_webhook() as stage:
        yield stage.publisher


def approve(ledger: Ledger, number: int = 1, **changes: Any) -> None:
    """A proposal that a person said yes to."""
    ledger.save_opportunity(an_opportunity(f"t{number}"), [a_proposal(number, **changes)])
    ledger.decide(Order(f"p{number}", "approve", "maya", "inbox", 1), NOW)


async def sent(ledger: Ledger, stage: Stage, *, times: int = 30, secs: float = 8.0) -> list[str]:
    """What the outbox did with the first proposal, move by move, in four minutes or until there is no more to do."""
    books, publishers = DirectBooks(ledger), {stage.publisher.platform: stage.publisher}
    box = Outbox(books, publishers=publishers, clock=stage.clock, random=Random(1), timeout_secs=5.0)
    for _ in range(times):
        await stage.clock.advance(secs)
        await box.step()
        if not ledger.proposals(open_only=True):
            break
    return [move.move for move in ledger.history("p1")][2:]
