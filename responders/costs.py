"""What a configuration costs a month at the most, told before it does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.bookkeeping import read_book
from monitor.budget import MONTH_DAYS, Caps, forecast_text
from monitor.errors import BadInput
from monitor.prices import TARIFFS, Tariff, usd_text
from monitor.probing import Finding, Health, doubtful, fine
from monitor.schema import BudgetSettings, DraftingSettings, is_loopback
from monitor.settings import Settings
from responders.adapters import book_of


def costs(settings: Settings, rates: dict[str, dict[str, float]], now: datetime) -> list[Finding]:
    """Findings on each paid network that is used and on the language model. `rates` are acts a second, by network."""
    used = [name for name in TARIFFS if name in settings.bot.sources or name in settings.bot.publishers]
    found = [one for name in used for one in _network(settings, name, rates.get(name, {}), now=now)]
    return found + ([_model(settings.bot.drafting)] if settings.bot.drafting else [])


def _network(settings: Settings, name: str, a_second: dict[str, float], *, now: datetime) -> list[Finding]:
    tariff, caps = TARIFFS[name], settings.bot.budgets.get(name, BudgetSettings()).to_caps()
    found = [fine(tariff.network, _said(tariff, caps, a_second))]
    stale = tariff.warning(now.date())
    if stale is not None:
        found.append(doubtful(f"{tariff.network} prices", stale, "compare them; a newer version may have new ones"))
    return found + _book(tariff, book_of(settings, name))


def _said(tariff: Tariff, caps: Caps, a_second: dict[str, float]) -> str:
    most = min(caps.month, caps.day * MONTH_DAYS)
    said = f"at most {usd_text(most)} a month, {usd_text(caps.day)} a day"
    if tariff.prices.get("post_read"):
        posts = caps.for_reads(caps.day) // tariff.cost("post_read")
        said += f", which buys {posts:,} posts"
    return f"{said}; expected {forecast_text(caps, tariff, a_second)}" if a_second else said


def _book(tariff: Tariff, path: Path) -> list[Finding]:
    try:
        read_book(path)
    except BadInput as error:
        return [
            Finding(
                f"{tariff.network} book",
                Health.WARNING,
                f"{path} {error}: the next start takes this day's cap to be spent",
                "remove the file if you know that little was spent",
            )
        ]
    return []


def _model(drafting: DraftingSettings) -> Finding:
    if drafting.usd_per_1k_in or drafting.usd_per_1k_out:
        most = drafting.max_usd_per_day * MONTH_DAYS
        return fine("language model", f"at most {most:,.2f} USD a month, {drafting.max_usd_per_day:g} USD a day")
    if _is_here(drafting.base_url):
        return fine("language model", "runs on this machine, and costs nothing")
    calls = f"{drafting.max_calls_per_hour} calls an hour"
    said = f"has no prices, so that max_usd_per_day stops nothing; {calls} at the most do"
    return doubtful("language model", said, "write usd_per_1k_in and usd_per_1k_out from the provider's price list")


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def rates_of(module: Any, settings: Any) -> dict[str, float]:
    """What a source expects to do a second, where it can say so (`rates(settings)`, by act of the price list)."""
    rates = getattr(module, "rates", None)
    return dict(rates(settings)) if rates is not None else {}
