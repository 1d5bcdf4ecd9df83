"""What a restart must not forget: tragedies of the cool-off and the cards of the day, as rows of the ledger."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine

from monitor.clock import to_text
from monitor.errors import BadState
from monitor.signals.context import MAX_TRAGEDIES, Context, Tragedy
from monitor.storage import migrations, open_database, reading, writing
from responders.ledger import Ledger
from tests.ledger_moves import offered, order
from tests.samples import NOW, a_proposal, an_opportunity

FERRY = Tragedy("seven dead after the ferry sank", frozenset({"ferry", "port selby", "łódź"}), NOW)
DAY = timedelta(days=1)


def test_tragedies_come_back_as_they_were_oldest_first(ledger: Ledger) -> None:
    older = Tragedy("fire", frozenset({"mill street"}), NOW - DAY)
    ledger.save_tragedies([older], NOW - DAY)
    ledger.save_tragedies([FERRY], NOW)
    assert ledger.context(NOW) == Context((older, FERRY), ())


def test_the_dead_come_back_with_their_names_and_go_when_it_was_a_mistake(ledger: Ledger) -> None:
    jane, john = (Tragedy(f"{n} Doe died", frozenset({f"{n} doe"}), NOW, f"{n} doe") for n in ("jane", "john"))
    ledger.save_tragedies([jane, FERRY, john], NOW)
    assert ledger.context(NOW).tragedies == (jane, FERRY, john)
    ledger.drop_tragedies([jane])
    ledger.drop_tragedies([jane])
    assert ledger.context(NOW).tragedies == (FERRY, john)


def test_the_many_dead_push_no_disaster_out(ledger: Ledger) -> None:
    dead = [Tragedy(f"t{n}", frozenset({f"x{n}"}), NOW, f"x{n}") for n in range(MAX_TRAGEDIES + 3)]
    ledger.save_tragedies([FERRY, *dead], NOW)
    assert ledger.context(NOW).tragedies == (FERRY, *dead)


def test_a_tragedy_learnt_twice_is_one(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.save_tragedies([FERRY], NOW)
    assert ledger.context(NOW).tragedies == (FERRY,)
    again = Tragedy(FERRY.name, FERRY.terms, NOW + timedelta(hours=2))
    ledger.save_tragedies([again], NOW)
    assert ledger.context(NOW).tragedies == (FERRY, again), "it goes on: the cool-off counts from the last one"


def test_a_tragedy_of_a_recording_is_kept_by_our_clock(ledger: Ledger) -> None:
    long_ago = Tragedy("storm", frozenset({"staten island"}), NOW - 5000 * DAY)
    ledger.save_tragedies([long_ago], NOW)
    assert ledger.context(NOW + 29 * DAY).tragedies == (long_ago,)
    assert ledger.context(NOW + 31 * DAY).tragedies == ()


def test_of_very_bad_news_the_newest_are_loaded(ledger: Ledger) -> None:
    many = [Tragedy(f"t{n}", frozenset({"x"}), NOW + timedelta(seconds=n)) for n in range(MAX_TRAGEDIES + 3)]
    ledger.save_tragedies(many, NOW)
    assert ledger.context(NOW).tragedies == tuple(many[3:])


@pytest.mark.parametrize(
    "values", ["1, 'x', 'no time', '[]'", f"1, 'x', '{to_text(NOW)}', '[7]'", f"1, 'x', '{to_text(NOW)}', '{{}}'"]
)
def test_a_row_that_makes_no_sense_stops_us(engine: Engine, ledger: Ledger, values: str) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql(f"INSERT INTO tragedies VALUES ({values}, '{to_text(NOW)}', '')")
    with pytest.raises(BadState, match="tragedy 1: the stored row makes no sense"):
        ledger.context(NOW)


def test_a_card_spends_the_days_budget_whatever_becomes_of_it(ledger: Ledger) -> None:
    offered(ledger, 1)
    offered(ledger, 2)
    ledger.decide(order("reject", reason="stale"), NOW)
    assert ledger.context(NOW + DAY).offered == (("oreo", NOW), ("oreo", NOW))
    assert ledger.context(NOW + 2 * DAY + timedelta(seconds=1)).offered == ()


def test_what_nobody_was_asked_about_spends_nothing(ledger: Ledger) -> None:
    offered(ledger)
    assert ledger.save_opportunity(an_opportunity("t1"), [a_proposal(7, trend="t1")]) == []
    ledger.save_opportunity(an_opportunity("t9"), [])
    assert ledger.context(NOW).offered == (("oreo", NOW),)


def test_a_card_of_a_recording_counts_by_the_recordings_clock(ledger: Ledger) -> None:
    then = NOW - 4000 * DAY
    ledger.save_opportunity(an_opportunity("t1"), [a_proposal(1)], judged_at=then)
    assert ledger.context(NOW).offered == (("oreo", then),)


def test_a_ledger_of_the_first_version_is_brought_along(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    make_first_version(path)
    with sqlite3.connect(path) as connection:
        row = (to_text(NOW), to_text(NOW + timedelta(minutes=20)))
        connection.execute("INSERT INTO opportunities VALUES ('o-t1', 'oreo', 't1', ?, ?, '{}')", row)
    connection.close()
    engine = open_database(path)
    with reading(engine) as opened:
        [kept] = opened.exec_driver_sql("SELECT judged_at, offered_at FROM opportunities").all()
    assert kept.judged_at == kept.offered_at == to_text(NOW)
    assert Ledger(engine).context(NOW) == Context()
    engine.dispose()


def make_first_version(path: Path) -> None:
    """A database as the first version left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
