"""Many transactions of one thread as one: each leaves all or nothing, and the disk is waited for once for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from monitor.errors import Unavailable

Begin = Callable[[Engine], AbstractContextManager[Connection]]
"""Opens a transaction that may write, alone on the machine."""

_HERE = threading.local()


class Turn:
    """What one thread does until everything is kept. It writes nothing before somebody writes."""

    def __init__(self, engine: Engine, begin: Begin) -> None:
        self.engine = engine
        self._begin = begin
        self._open: ExitStack | None = None
        self._connection: Connection | None = None
        self._writes = False
        self._lost = ""

    def read(self) -> Connection:
        """The connection, within a transaction. Raises Unavailable where the turn is lost."""
        self._check()
        if self._connection is None:
            self._enter(writes=False)
        assert self._connection is not None
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A part of the turn that leaves all or nothing. Raises Unavailable where the turn is lost."""
        self._check()
        if not self._writes:
            self.keep()  # what only reads must not turn into what writes: it could be refused half-way
            self._enter(writes=True)
        assert self._connection is not None
        handle: Any = self._connection.connection.dbapi_connection
        handle.execute("SAVEPOINT part")
        try:
            yield self._connection
        except BaseException as error:
            if handle.in_transaction:
                handle.execute("ROLLBACK TO part")
                handle.execute("RELEASE part")
            else:  # a full or broken disk: SQLite took back everything, what others wrote before as well
                self._lost = str(error) or type(error).__name__
            raise
        handle.execute("RELEASE part")

    def keep(self) -> None:
        """Commit what was written so far. Raises where that cannot be; then the turn is lost."""
        opened, self._open, self._connection, self._writes = self._open, None, None, False
        if opened is None:
            return
        try:
            opened.close()
        except BaseException as error:
            self._lost = str(error) or type(error).__name__
            raise

    def end(self) -> None:
        """Commit and be done. Raises Unavailable where what was written is lost."""
        if self._lost:
            self.drop(RuntimeError(self._lost))
            self._check()
        self.keep()

    def drop(self, error: BaseException) -> None:
        """Take back what was written since the last time it was kept."""
        opened, self._open, self._connection = self._open, None, None
        if opened is not None:
            opened.__exit__(type(error), error, None)

    def _enter(self, *, writes: bool) -> None:
        with ExitStack() as opening:
            if writes:
                self._connection = opening.enter_context(self._begin(self.engine))
            else:
                self._connection = opening.enter_context(self.engine.connect())
                opening.enter_context(self._connection.begin())
            self._writes = writes
            self._open = opening.pop_all()

    def _check(self) -> None:
        if self._lost:
            raise Unavailable(f"the ledger took nothing of what was written together: {self._lost}", sent=False)


def turn_of(engine: Engine) -> Turn | None:
    """The turn that this thread is in, with this database."""
    turn: Turn | None = getattr(_HERE, "turn", None)
    return turn if turn is not None and turn.engine is engine else None


@contextmanager
def turning(engine: Engine, begin: Begin) -> Iterator[None]:
    """Gather until the block ends, then keep everything; nothing where it raises."""
    assert getattr(_HERE, "turn", None) is None, "a turn within a turn"
    turn = _HERE.turn = Turn(engine, begin)
    try:
        yield
        turn.end()
    except BaseException as error:
        turn.drop(error)
        raise
    finally:
        _HERE.turn = None
