"""Asks the next people where nobody decided in time. It says yes to nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from monitor.clock import sleep_unless

if TYPE_CHECKING:
    from responders.house import Office

log = structlog.get_logger()

LOOK_SECS = 5.0
"""How late a step may come; steps are minutes."""


async def run(office: Office, stop: asyncio.Event) -> None:
    """Look every few seconds, until `stop`. What a stop or a crash leaves is due at the next look."""
    while not stop.is_set():
        await look(office)
        await sleep_unless(stop, office.clock, LOOK_SECS)


async def look(office: Office) -> None:
    """Take every step that is due; whoever looks on hears of it as of every move."""
    ledger = office.books.ledger
    for proposal in await office.books.call(ledger.escalate_due, office.permits.rules, office.clock.now()):
        log.info("proposal_escalated", proposal=proposal.id, reason=proposal.reason or "nobody decided in time")
