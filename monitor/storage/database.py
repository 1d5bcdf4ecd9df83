"""Opening the database: one connection a process, one writer at a time on the machine, always at the newest schema."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from monitor.errors import BadInput, Unavailable
from monitor.storage.turns import turn_of, turning

HEAD = "0011"
"""The newest migration; known here so that an up-to-date database opens without loading Alembic."""

BUSY_SECS = 10.0
"""How long a write waits for another process before it gives up."""

_OF_THE_MACHINE = {
    sqlite3.SQLITE_FULL: "make room",
    sqlite3.SQLITE_READONLY: "look at the rights of the file and its folder",
    sqlite3.SQLITE_IOERR: "look at the disk",
    sqlite3.SQLITE_CANTOPEN: "look at the rights of the file and its folder",
    sqlite3.SQLITE_CORRUPT: "bring back a copy of the file",
    sqlite3.SQLITE_NOTADB: "bring back a copy of the file",
}
"""What SQLite complains about when the program is right and the disk is not, and what a person can do."""


class _Handle(sqlite3.Connection):
    """A connection that closes under the file lock: the last one to close writes the log back into the database."""

    lock_path: Path | None = None

    def close(self) -> None:
        with _file_lock(self.lock_path):
            super().close()


def open_database(place: str | Path) -> Engine:
    """The database at a path, a `sqlite:///` URL, or `:memory:`, created or brought to the newest schema.

    Raises BadInput when it is not a database of ours or was written by a newer version.

    SQLite before 3.51.3 can lose a commit when two connections write or check-point the log at the same time (the
    write-ahead-log reset fault). So a process has exactly one connection (a pool of one: threads wait for each other),
    and every write transaction, check-points included, holds an advisory lock on `<database>.lock` against other
    processes. The kernel drops that lock when a process dies, however it dies.
    """
    path = _path(str(place))
    if path is not None:
        _prepare(path)
        os.close(_opened(path))
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path), poolclass=QueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine, "begin", _begin)
    try:
        _upgrade(engine)
    except BadInput as error:
        engine.dispose()
        raise BadInput(f"{path or place}: {error}") from error
    except Exception:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database and writes nothing; inside `together` a part of that one."""
    if (turn := turn_of(engine)) is not None:
        with _sentences():
            yield turn.read()
        return
    with _sentences(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is alone: kept whole when the block ends, gone without trace when it raises.

    Inside `together` it is kept when that ends. Raises Unavailable when another process does not let go in time.
    """
    if (turn := turn_of(engine)) is not None:
        with _sentences(), turn.writing() as connection:
            yield connection
        return
    with _sentences(), _write_transaction(engine) as connection:
        yield connection


@contextmanager
def together(engine: Engine) -> Iterator[None]:
    """What this thread writes in here is kept at once, when the block ends: the disk is waited for a single time.

    Each `writing` in it still leaves all or nothing. Whoever wrote may be told so after the block only: when it raises,
    nothing of it was kept. Raises BadInput where the disk does not take it.
    """
    with _sentences(), turning(engine, _write_transaction):
        yield


@contextmanager
def _write_transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, _file_lock(_lock_path(connection)):
        connection = connection.execution_options(writes=True)
        with connection.begin():
            yield connection


def empty_log(engine: Engine) -> None:
    """Write the log back into the database and cut it: what was erased stands in it until then."""
    if (turn := turn_of(engine)) is not None:
        turn.keep()  # no log can be cut under an open transaction
    with _sentences(), engine.connect() as connection, _file_lock(_lock_path(connection)):
        handle: Any = connection.connection.dbapi_connection
        handle.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what the disk does to a database into a sentence; the transaction is undone before that."""
    try:
        yield
    except DatabaseError as error:
        remedy = _OF_THE_MACHINE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        if remedy is None:
            raise
        raise BadInput(f"the ledger cannot be read or written: {error.orig}; {remedy} and start again") from error


@contextmanager
def alone(place: str | Path) -> Iterator[None]:
    """Be the only daemon on this database. Raises BadInput when another one runs: it would take ours for dead."""
    path = _path(str(place))
    if path is None:
        yield
        return
    _prepare(path)
    descriptor = _opened(path.with_name(f"{path.name}.daemon"))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BadInput(f"{path}: another bonmot runs on this ledger; stop that one first") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _path(place: str) -> Path | None:
    if place in (":memory:", "sqlite://", "sqlite:///:memory:"):
        return None
    if "://" in place and not place.startswith("sqlite:///"):
        raise BadInput(
            f"{place.split('://')[0]}: this version keeps its ledger in SQLite; give a path or sqlite:///PATH"
        )
    return Path(place.removeprefix("sqlite:///")).absolute()


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path.parent}: cannot be made a folder for the ledger: {error.strerror}") from error


def _opened(path: Path) -> int:
    """A descriptor of the file, made when missing. Raises BadInput where the machine says no."""
    try:
        # Texts that nobody has approved yet are not for every account of the machine to read.
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadInput(f"{path}: cannot be opened, and the ledger needs it: {error.strerror}") from error


def _connect(path: Path | None) -> sqlite3.Connection:
    handle = sqlite3.connect(
        path or ":memory:", factory=_Handle, isolation_level=None, check_same_thread=False, timeout=BUSY_SECS
    )
    handle.lock_path = path.with_name(path.name + ".lock") if path else None
    with _file_lock(handle.lock_path):
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                handle.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError as error:
            sqlite3.Connection.close(handle)
            raise BadInput(f"it cannot be opened as our database: {error}") from error
    return handle


def _begin(connection: Connection) -> None:
    """IMMEDIATE takes the write lock at once: a read that turns into a write could otherwise be refused half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lock_path(connection: Connection) -> Path | None:
    handle: Any = connection.connection.dbapi_connection
    path: Path | None = handle.lock_path
    return path


@contextmanager
def _file_lock(path: Path | None) -> Iterator[None]:
    """Hold the machine-wide writer's lock; nothing for a database in memory, which nobody else can see."""
    if path is None:
        yield
        return
    descriptor = _opened(path)
    try:
        _wait_for(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: Path) -> None:
    give_up_at = time.monotonic() + BUSY_SECS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise Unavailable(f"{path}: held by another process for {BUSY_SECS:.0f} s", sent=False) from None
            time.sleep(0.002)
        else:
            return


def _upgrade(engine: Engine) -> None:
    with reading(engine) as connection:
        present = _version(connection)
    if present == HEAD:
        return
    with writing(engine) as connection:
        present = _version(connection)  # another process may have been faster
        if present is not None and present > HEAD:
            raise BadInput(f"it has schema {present}, this version knows {HEAD}: install the newer one")
        if present != HEAD:
            _migrate(connection)


def _version(connection: Connection) -> str | None:
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars().all()
    if "alembic_version" not in tables:
        if tables:
            raise BadInput(f"it holds tables that are not ours: {', '.join(sorted(tables)[:5])}; name another place")
        return None
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version is None:
        raise BadInput("it has lost the number of its schema; bring back a copy of the file")
    return str(version)


def _migrate(connection: Connection, to: str = "head") -> None:
    # Loading Alembic takes half a second; a database that is up to date never needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
