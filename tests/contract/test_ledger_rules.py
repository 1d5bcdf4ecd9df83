"""What the database keeps by itself, what shows when somebody changes its file, and files that are not ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.errors import BadInput, BadState
from monitor.storage import alone, open_database, reading, tables, writing
from monitor.storage.database import HEAD
from monitor.storage.migrations.versions import s0001_first
from responders.ledger import Ledger
from responders.lifecycle import MOVES
from responders.model import State
from tests.ledger_moves import offered, order, published
from tests.samples import ACCOUNT, NOW

# --- what the database itself refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE moves SET why = 'never'", "DELETE FROM moves", "DELETE FROM proposals", "DELETE FROM receipts",
        "UPDATE publications SET text = 'other'", "UPDATE approvals SET person = 'eve'", "DELETE FROM opportunities",
        "UPDATE proposals SET state = 'pending'", "UPDATE proposals SET state = 'sending'",
        "UPDATE proposals SET text = 'other', revision = 2", "UPDATE proposals SET mark = 'x'",
        "UPDATE proposals SET state = 'published?'", "INSERT INTO receipts SELECT * FROM receipts",
        "INSERT INTO publications SELECT * FROM publications",
    ],
)  # fmt: skip
def test_the_database_refuses_what_would_break_a_promise(engine: Engine, ledger: Ledger, statement: str) -> None:
    published(ledger)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql(statement)


def test_the_database_holds_one_open_proposal_for_brand_trend_and_account(engine: Engine, ledger: Ledger) -> None:
    offered(ledger)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO proposals SELECT 'p2', opportunity, brand, trend, trend_name, account, tier, drafts, text, "
            "revision, edited_by, state, created_at, deadline, snoozed_until, approvers, needed, approved_at, "
            "send_after, tries, 'other', reason, moved_by, moved_at, undo_secs, languages, version, escalations, "
            "media FROM proposals"
        )


@pytest.mark.parametrize("people", [0, 1])
def test_the_database_takes_no_publication_without_enough_yeses(engine: Engine, ledger: Ledger, people: int) -> None:
    proposal = offered(ledger, tier=2, needed=2)
    for person in ("maya", "jon")[:people]:
        ledger.decide(order("approve", person), NOW)
    row = ("p1", ACCOUNT, proposal.text, 1, proposal.digest, proposal.mark, "2026-11-22T20:40:00.000Z", "[]")
    with pytest.raises(IntegrityError, match="without the yes"), writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO publications VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')", row)


def test_the_database_knows_the_same_ways_as_the_table_of_moves() -> None:
    ways = {f"{before}>{after}" for (before, _), afters in MOVES.items() for after in afters if before is not after}
    assert set(s0001_first.WAYS) == ways
    states = s0001_first.TABLES[1]
    assert all(f"'{state}'" in states for state in State)


def test_the_tables_are_those_that_the_migrations_made(engine: Engine) -> None:
    with reading(engine) as connection:
        for table in tables.metadata.sorted_tables:
            made = connection.exec_driver_sql(f"PRAGMA table_info({table.name})").mappings().all()
            assert [row["name"] for row in made] == [column.name for column in table.columns]


# --- tampering, and files that are not ours ------------------------------------------------------------------------


def tamper(path: Path, *statements: str) -> None:
    """Change rows as somebody would who has the file: triggers away, then the change."""
    with sqlite3.connect(path) as connection:
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
            assert sql
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE moves SET person = 'eve' WHERE number = 2", "move 2 (approve of p1) was changed"),
        ("DELETE FROM moves WHERE number = 2", "move 2 is missing"),
        ("UPDATE proposals SET state = 'rejected'", "proposal p1 is rejected"),
        ("UPDATE proposals SET revision = 7", "proposal p1 is published, revision 7"),
        ("UPDATE proposals SET text = 'what nobody saw'", "proposal p1 holds another text"),
        ("DELETE FROM moves WHERE number >= 4", "its last move says sending"),
    ],
)
def test_the_record_shows_what_was_changed_behind_its_back(tmp_path: Path, statement: str, said: str) -> None:
    path = tmp_path / "bonmot.db"
    ledger = Ledger(open_database(path))
    published(ledger)
    ledger.close()
    tamper(path, statement)
    ledger = Ledger(open_database(path))
    assert any(said in problem for problem in ledger.verify_audit()), ledger.verify_audit()
    ledger.close()


def test_a_state_nobody_knows_stops_us_with_the_id(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    ledger = Ledger(open_database(path))
    offered(ledger)
    ledger.close()
    tamper(path, "PRAGMA ignore_check_constraints = ON", "UPDATE proposals SET state = 'sleeping'")
    ledger = Ledger(open_database(path))
    with pytest.raises(BadState, match=r"proposal p1: .*sleeping"):
        ledger.proposals()
    ledger.close()


def test_a_ledger_survives_being_closed_and_its_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bonmot.db"
    ledger = Ledger(open_database(path))
    before = published(ledger)
    ledger.close()
    ledger.close()
    again = Ledger(open_database(f"sqlite:///{path}"))
    assert again.proposal("p1") == before
    assert path.stat().st_mode & 0o077 == 0
    again.close()


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("nothing of yours" * 100)
    with pytest.raises(BadInput, match=r"notes\.db"):
        open_database(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    with pytest.raises(BadInput, match="not ours: theirs"):
        open_database(other)
    with pytest.raises(BadInput, match="SQLite"):
        open_database("postgresql://localhost/bonmot")


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    open_database(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(BadInput, match="install the newer one"):
        open_database(path)
    newest = max(Path(s0001_first.__file__).parent.glob("s*.py")).name
    assert newest.startswith(f"s{HEAD}_")


def test_the_database_is_opened_to_last(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "bonmot.db")
    with reading(engine) as connection:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


def test_only_one_daemon_runs_on_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    with alone(path), pytest.raises(BadInput, match="another bonmot runs"), alone(path):
        raise AssertionError("two at once")
    with alone(path):
        pass
