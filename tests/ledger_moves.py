"""A proposal moved along in a ledger, for suites that begin somewhere in its life."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from monitor.storage import writing
from responders.approvals import Order
from responders.ledger import Ledger, switches
from responders.model import Proposal, Receipt, Silence
from tests.samples import NOW, a_proposal, an_opportunity

AFTER = NOW + timedelta(seconds=11)
RECEIPT = Receipt("at://did/app.bsky.feed.post/1", "http://127.0.0.1/1", AFTER, "cid")


def offered(ledger: Ledger, number: int = 1, **changes: object) -> Proposal:
    [saved] = ledger.save_opportunity(an_opportunity(f"t{number}"), [a_proposal(number, **changes)])
    return saved


def order(act: str, person: str = "maya", *, number: int = 1, seen: int = 1, **more: object) -> Order:
    return Order(f"p{number}", act, person, "inbox", seen, **more)


def published(ledger: Ledger) -> Proposal:
    offered(ledger)
    ledger.decide(order("approve"), NOW)
    ledger.claim("p1", AFTER)
    return ledger.accepted("p1", RECEIPT, AFTER)


def only_keep(ledger: Ledger, silence: Silence) -> None:
    """A silence that withdrew nothing when it came, for what is looked at later."""
    with writing(ledger._engine) as connection:
        switches.add_silence(connection, silence)


def forget_pictures(connection: Connection) -> None:
    """As the tables were before there were pictures, and what came after them."""
    for statement in (
        "DROP TABLE slack_plots", "DROP TABLE examples", "DROP TABLE tunings",
        "DROP TRIGGER proposals_media", "DROP TRIGGER proposals_publication_media",
        "ALTER TABLE proposals DROP COLUMN media", "ALTER TABLE publications DROP COLUMN media",
    ):  # fmt: skip
        connection.exec_driver_sql(statement)
