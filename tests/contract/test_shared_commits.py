"""Many writes with one commit: each leaves all or nothing, and nobody is told before it is on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import IntegrityError, OperationalError

from monitor.aside import MOST_FIRST, Thread, first
from monitor.errors import BadInput, Refused, Unavailable
from monitor.storage import open_database, reading, tables, together, writing
from responders.approvals.slack.kept import Stored
from responders.approvals.slack.turns import Turn, Turns
from responders.desk import Books
from responders.ledger import Ledger
from responders.ledger.switches import cursor, save_cursor
from tests.samples import NOW


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "bonmot.db")
    yield engine
    engine.dispose()


def commits_of(engine: Engine) -> list[str]:
    """What is begun from now on."""
    seen: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _(_c: Any, _k: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("BEGIN"):
            seen.append(statement)

    return seen


def on_the_disk(tmp_path: Path) -> list[str]:
    """As another process sees it."""
    other = sqlite3.connect(tmp_path / "bonmot.db")
    try:
        return [source for (source,) in other.execute("SELECT source FROM cursors ORDER BY source")]
    finally:
        other.close()


def test_writes_that_come_together_are_kept_together(engine: Engine, tmp_path: Path) -> None:
    begun = commits_of(engine)
    with together(engine):
        for name in ("a", "b"):
            with writing(engine) as connection:
                save_cursor(connection, name, "1")
        with reading(engine) as connection:
            assert cursor(connection, "b") == "1", "whoever is in the same turn sees it"
        assert on_the_disk(tmp_path) == []
    assert on_the_disk(tmp_path) == ["a", "b"]
    assert begun == ["BEGIN IMMEDIATE"]


def test_a_turn_that_only_reads_keeps_nobody_from_writing(engine: Engine) -> None:
    begun = commits_of(engine)
    with together(engine), reading(engine) as connection:
        assert cursor(connection, "a") is None
    assert begun == ["BEGIN"]


def write(engine: Engine, source: str, then: Callable[[Connection], object] = lambda _: None) -> None:
    """Something is written, and then goes right or wrong."""
    with writing(engine) as connection:
        save_cursor(connection, source, "1")
        then(connection)


def refuse(_: Connection) -> None:
    raise Refused("no")


def write_twice(connection: Connection) -> None:
    connection.execute(tables.cursors.insert(), {"source": "broken", "cursor": "2"})


def fill(connection: Connection) -> None:
    """As SQLite does it: the transaction is gone with the first thing that finds no room."""
    connection.exec_driver_sql("ROLLBACK")
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise OperationalError("INSERT", {}, full)


def test_what_is_refused_takes_nothing_else_with_it(engine: Engine, tmp_path: Path) -> None:
    with together(engine):
        write(engine, "before")
        with pytest.raises(Refused):
            write(engine, "refused", refuse)
        with pytest.raises(IntegrityError):
            write(engine, "broken", write_twice)
        write(engine, "after")
    assert on_the_disk(tmp_path) == ["after", "before"]


def test_nothing_of_a_turn_that_fails_is_kept(engine: Engine, tmp_path: Path) -> None:
    def fail() -> None:
        with together(engine):
            write(engine, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert on_the_disk(tmp_path) == []
    write(engine, "b")
    assert on_the_disk(tmp_path) == ["b"]


def test_a_disk_that_takes_back_everything_lets_nobody_believe_it_was_kept(engine: Engine, tmp_path: Path) -> None:
    def turn() -> None:
        with together(engine):
            write(engine, "a")
            with pytest.raises(BadInput, match="full"):
                write(engine, "b", fill)
            with pytest.raises(Unavailable):
                write(engine, "c")
            with pytest.raises(Unavailable), reading(engine):
                pass

    with pytest.raises(Unavailable, match="nothing of what was written together"):
        turn()
    assert on_the_disk(tmp_path) == []
    write(engine, "d")
    assert on_the_disk(tmp_path) == ["d"]


async def test_whoever_waits_for_the_ledger_is_told_after_the_one_commit(engine: Engine, tmp_path: Path) -> None:
    ledger, may_go_on = Ledger(engine), threading.Event()
    books, told = Books(ledger), []

    async def receive(number: int) -> None:
        with first():
            stored = Stored(f"e{number}", f"act {number}", "interactive", "{}")
            assert await books.call(ledger.receive, stored, NOW)
        other = sqlite3.connect(tmp_path / "bonmot.db")
        told.append(other.execute("SELECT count(*) FROM slack_inbox").fetchone()[0])
        other.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(books.call(may_go_on.wait, 5.0))
        await asyncio.sleep(0)
        begun = commits_of(engine)
        for number in range(10):
            group.create_task(receive(number))
        await asyncio.sleep(0)
        may_go_on.set()
    books.close()
    assert told == [10] * 10, "each was told when all were on the disk"
    assert begun.count("BEGIN IMMEDIATE") == 1
    with reading(engine) as connection:
        assert len(connection.execute(select(tables.slack_inbox)).all()) == 10


async def test_a_group_that_is_lost_is_lost_for_each_but_for_whom_it_was_over(engine: Engine) -> None:
    class Lost(Exception):
        pass

    class Block:
        def __enter__(self) -> None:
            return None

        def __exit__(self, *_: object) -> None:
            raise Lost

    thread, may_go_on = Thread("t", gather=Block), threading.Event()
    calls = [thread.call(may_go_on.wait, 5.0), thread.call(lambda: 1), thread.call(lambda: 1 // 0)]
    waiting = asyncio.gather(*calls, return_exceptions=True)
    await asyncio.sleep(0)
    may_go_on.set()
    kinds = [type(found) for found in await waiting]
    assert kinds == [Lost, Lost, ZeroDivisionError]
    thread.close()


async def test_what_nobody_looks_at_is_late_and_never_left_out() -> None:
    thread, order, may_go_on = Thread("t"), [], threading.Event()

    async def urgent(number: int) -> None:
        with first():
            await thread.call(order.append, f"urgent {number}")

    async with asyncio.TaskGroup() as group:
        group.create_task(thread.call(may_go_on.wait, 5.0))
        await asyncio.sleep(0)
        group.create_task(thread.call(order.append, "other"))
        for number in range(3 * MOST_FIRST):
            group.create_task(urgent(number))
        await asyncio.sleep(0)
        may_go_on.set()
    assert order.index("other") == MOST_FIRST
    thread.close()


async def test_one_person_and_one_card_go_in_order_and_all_others_side_by_side() -> None:
    turns, seen = Turns(), []
    hold = asyncio.Event()

    async def act(name: str, turn: Turn, *, waits: bool = False) -> None:
        async with turn:
            seen.append(name)
            if waits:
                await hold.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(act("maya p1", turns.take({"maya", "p1"}), waits=True))
        group.create_task(act("jon p1", turns.take({"jon", "p1"})))
        group.create_task(act("maya p2", turns.take({"maya", "p2"})))
        group.create_task(act("priya p3", turns.take({"priya", "p3"})))
        group.create_task(act("pause", turns.take({"sam"}, alone=True)))
        group.create_task(act("priya p4", turns.take({"priya", "p4"})))
        for _ in range(10):
            await asyncio.sleep(0)
        assert seen == ["maya p1", "priya p3"]
        hold.set()
    assert seen == ["maya p1", "priya p3", "jon p1", "maya p2", "pause", "priya p4"]
    assert not turns._last
    assert not turns._under_way
    assert turns._alone is None
