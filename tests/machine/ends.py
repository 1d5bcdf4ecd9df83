"""What must be true of a world after every step, and of one in which nothing goes wrong any more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from monitor.clock import from_text
from monitor.storage import reading, tables
from responders import outbox
from responders.approvals import Card
from responders.approvals.shapes import Reader
from responders.approvals.slack.look import Look
from responders.model import State
from tests.machine import people
from tests.machine.rules import OVER, Rules
from tests.machine.world import World

QUIET_SECS = 200.0
"""Nothing is due for so long: the longest wait for a person of the channel is over as well."""
SLOW_POLL_SECS, IDLE_POLL_SECS = 10.0, 60.0


@dataclass(frozen=True)
class Pauses:
    """The pauses of the ledger, as they stand in their table."""

    rows: list[Any]

    def covers(self, at: datetime) -> bool:
        """Whether a pause was in force; times are kept to the millisecond, so its very edges are left out."""
        edge = timedelta(milliseconds=2)
        return any(from_text(row.since) + edge < at < self._end(row) - edge for row in self.rows)

    @staticmethod
    def _end(row: Any) -> datetime:
        ends = [from_text(text) for text in (row.until, row.ended_at) if text]
        return min(ends) if ends else datetime.max.replace(tzinfo=from_text(row.since).tzinfo) - timedelta(days=1)


def after_a_step(world: World, rules: Rules) -> None:
    """Everything that must hold at any moment."""
    assert not world.loop.unexpected, world.loop.unexpected
    if world.bot is not None:
        assert not world.bot.failures, world.bot.failures
        fresh = world.bot.ledger.moves_since(len(rules.rows))
        rules.read(fresh, world.offers, world.deeds)
        rules.check_each_act_counts_once(world.deeds)
        pauses = Pauses(_table(world, tables.pauses))
        for row in pauses.rows:
            assert row.until is None or row.until > row.since, f"pause {row.number} was over before it began"
        for row in fresh:
            if row.move in ("claim", "approve"):
                assert not pauses.covers(row.at), f"row {row.number}: {row.move} of {row.proposal} within a pause"
    check_network(world, rules)
    for key in world.offers:
        assert len(world.cards(key)) <= 1, f"{key} has {len(world.cards(key))} messages"


def reborn(world: World, rules: Rules) -> None:
    """What a life wrote down is there in the next."""
    assert world.bot is not None
    kept = world.bot.ledger.moves_since(0)[: len(rules.rows)]
    assert kept == rules.rows[: len(kept)], "a row is lost or was changed"
    assert len(kept) == min(len(rules.rows), 500)
    assert world.bot.ledger.verify_audit() == []


def check_network(world: World, rules: Rules) -> None:
    """At most one post a card, of a text that was claimed with enough yeses (which `Rules` saw to)."""
    written = Counter(one.text for one in world.posts.network.written)
    for text, times in written.items():
        assert times == 1, f"{text!r} stands {times} times on the network"
        claimed = [key for key, sheet in rules.sheets.items() if any(text == said for _, said in sheet.claims)]
        assert world.bot is None or len(claimed) == 1, f"{text!r} was claimed for {claimed}"
    if world.bot is not None:
        for key, sheet in rules.sheets.items():
            assert len({text for _, text in sheet.claims}) <= 1, f"{key} was claimed with two texts"


def at_the_end(world: World, rules: Rules) -> None:
    """No fault any more, and time enough: all that is open comes to its end, and Slack shows the truth."""
    world.calm()
    world.live()
    outbox.POLL_SECS = SLOW_POLL_SECS
    world.pass_time(QUIET_SECS)
    assert world.bot is not None
    outbox.POLL_SECS = IDLE_POLL_SECS
    left = [(one.deadline - world.clock.now()).total_seconds() for one in world.bot.ledger.proposals(open_only=True)]
    if left:
        world.pass_time(max([0.0, *left]) + QUIET_SECS)
    after_a_step(world, rules)
    assert world.bot.ledger.verify_audit() == []
    for key, sheet in rules.sheets.items():
        _check_truth(world, key, sheet.state)
        _check_card(world, key)
    _check_store(world, rules)


def _check_truth(world: World, key: str, state: str) -> None:
    assert world.bot is not None
    found = world.bot.ledger.proposal(key)
    assert found is not None
    assert found.state.value == state, f"{key}: the rows end with {state}, the card is {found.state}"
    assert state in OVER | {"published", "uncertain"}, f"{key} is still {state}: {found.reason}"
    world.count[f"end: {state}"] += 1
    mine = [one for one in world.posts.network.written if one.text == found.text]
    standing = [one for one in mine if not one.is_deleted]
    if state == "published":
        wanted = [move for move in world.bot.ledger.history(key) if move.move == "undo"]
        assert len(standing) == 1 or (wanted and len(mine) == 1), f"{key} is published, and {len(standing)} stand there"
    elif state == "retracted":
        assert (len(mine), len(standing)) == (1, 0), f"{key} is retracted: {len(standing)} of {len(mine)} stand there"
    elif state not in ("uncertain", "failed"):
        assert not mine, f"{key} is {state} and stands on the network"
    if found.receipt is not None and state == "published" and standing:
        number = getattr(standing[0], "id", None) or getattr(standing[0], "uri", None)
        assert found.receipt.platform_id == number, f"{key}: the receipt is of another post"


def _check_card(world: World, key: str) -> None:
    """Slack shows what the ledger says, to the last block."""
    assert world.bot is not None
    ledger = world.bot.ledger
    found = ledger.proposal(key)
    assert found is not None
    shown = world.card(key)
    if shown is None:
        assert not found.is_open, f"{key} is {found.state} and stands nowhere in Slack"
        world.count["end: over before it was shown"] += 1
        return
    card = Card(found, ledger.opportunity(found.opportunity), tuple(ledger.history(key)))
    now = world.clock.now()
    names = world.bot.names
    truth = Look().message(card, Reader("", now, names.people, names.brands, ledger.paused(now)))
    assert shown["text"] == truth["text"], f"{key}: Slack says {shown['text']!r}, and it is {truth['text']!r}"
    assert shown["blocks"] == truth["blocks"], f"{key} ({found.state}): the card does not show how it stands"
    if found.state is State.UNCERTAIN:
        world.count["end: uncertain, and said so"] += 1


def _check_store(world: World, rules: Rules) -> None:
    """Every act that was acked is kept once, and worked off or refused with a reason."""
    kept = _table(world, tables.slack_inbox)
    by_envelope = {row.envelope: row for row in kept}
    acked = {one.id for one in world.slack.sockets.envelopes if one.acked_at is not None}
    done: dict[int, str] = {}
    for place, deed in enumerate(world.deeds):
        rows = [by_envelope[one] for one in deed.envelopes if one in by_envelope]
        assert len(rows) <= 1, f"{deed} is kept {len(rows)} times"
        assert rows or not acked & set(deed.envelopes), f"{deed} was acked, and is not kept"
        for row in rows:
            assert row.done_at is not None, f"{deed} was never worked off"
            assert row.outcome, f"{deed} ended without a word"
            done[place] = row.outcome
            world.count[f"outcome: {row.outcome.split()[0]}"] += 1
            if deed.user not in world.ids or people.who(deed.user) in people.NEVER:
                assert row.outcome.startswith(("refused", "nothing", "not done")), f"{deed}: {row.outcome}"
    rules.check_each_act_counts_once(world.deeds, done=done)
    _check_switch(world, done)


def _check_switch(world: World, done: dict[int, str]) -> None:
    """Each pause and each resume stands there once, and nobody's resume ended a pause that came after it."""
    rows = _table(world, tables.pauses)
    kept = {row.envelope: from_text(row.received_at) for row in _table(world, tables.slack_inbox)}
    for act, said in (("pause", [row.why for row in rows]), ("resume", [row.ended_why for row in rows])):
        times = Counter(said)
        for place, deed in enumerate(world.deeds):
            if deed.act != act or deed.via != "slack":
                continue
            wanted = int(done.get(place, "").startswith(f"{act} by "))
            assert times[deed.reason] == wanted, f"{deed} counts {times[deed.reason]} times: {done.get(place)}"
    for deed in world.deeds:
        for row in rows:
            if deed.act == "resume" and deed.via == "slack" and row.ended_why == deed.reason:
                at = next(kept[one] for one in deed.envelopes if one in kept)
                assert from_text(row.since) <= at, f"{deed} ended a pause that came after it"


def _table(world: World, table: Any) -> list[Any]:
    assert world.bot is not None
    with reading(world.bot._engine) as connection:
        return list(connection.execute(select(table)))
