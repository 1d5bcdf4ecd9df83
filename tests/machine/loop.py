"""A loop of its own time, lives that end without a word, and wires between both ends of a connection.

Time passes only where everything waits: then it jumps to the next thing that is due. Nothing touches the machine's
clock or a socket, so the same seed gives the same evening to the last callback. A life is a process of the bot: all
that runs in its context. Once it is dead none of its callbacks runs any more: no `finally`, no `except`, nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import selectors
import weakref
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any

import aiohttp

LATENCY_SECS = (0.0005, 0.03)
"""One way, from one end of a wire to the other."""


class Killed(BaseException):
    """Unwinds the one call in which a life died; whatever it runs into belongs to the dead."""


class Life:
    """What dies together."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.is_dead = False
        self.fuse: int | None = None
        """So many callbacks later it dies."""
        self.on_death: Callable[[], None] = lambda: None
        self.wires: list[End] = []
        self.running: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self.dead: list[asyncio.Task[Any]] = []
        """Kept, for a task that nobody holds would be closed, and run its `finally`."""
        self.dropped: list[tuple[Any, Any, contextvars.Context]] = []
        self.context = contextvars.copy_context()
        self.context.run(LIFE.set, self)

    def start(self, act: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """A task of this life."""
        return self.context.run(self.loop.create_task, act, name=name)

    def die(self) -> None:
        """By a power cut: what is on disk stays, what is on the wire arrives, nothing else happens."""
        if not self.is_dead:
            self.is_dead = True
            self.dead = [task for task in self.running if not task.done()]
            self.on_death()
            for end in self.wires:
                end.hang_up()

    def bury(self) -> list[asyncio.Task[Any]]:
        """Once nobody looks any more: let what was dropped run, so that every task can end. Returns those that cannot
        have ended yet, cancelled."""
        mine = [*self.dead, *(task for task in self.running if not task.done())]
        self.is_dead, self.fuse = False, None
        for callback, args, context in self.dropped:
            self.loop.call_soon(callback, *args, context=context)
        self.dropped.clear()
        for task in mine:
            task.cancel()
        return mine


LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("life", default=None)


class _Nothing(selectors.SelectSelector):
    """Waits for no file: the time that a loop would wait has passed at once."""

    loop: Loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is due any more")
        self.loop.elapsed += max(0.0, timeout)
        return []


class Loop(asyncio.SelectorEventLoop):
    """See above. `servers` are what listens, by port."""

    def __init__(self, seed: int) -> None:
        self.elapsed = 0.0
        selector = _Nothing()
        selector.loop = self
        super().__init__(selector)
        self.random = Random(seed)
        self.servers: dict[int, Callable[[], asyncio.Protocol]] = {}
        self.unexpected: list[str] = []
        self.set_exception_handler(self._note)

    def time(self) -> float:
        return self.elapsed

    def _write_to_self(self) -> None:
        """Nobody waits in the kernel."""

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        """As ever, as long as the life it belongs to lasts."""
        context = contextvars.copy_context() if context is None else context
        return super().call_soon(_run, context.get(LIFE), callback, args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        """The same."""
        context = contextvars.copy_context() if context is None else context
        return super().call_at(when, _run, context.get(LIFE), callback, args, context=context)

    def create_task(self, coro: Any, **how: Any) -> Any:
        """As ever; a life knows what runs in it."""
        task = super().create_task(coro, **how)
        life = LIFE.get()
        if life is not None:
            life.running.add(task)
        return task

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        """A door for wires in place of a socket."""
        number = 40_000 + len(self.servers)
        self.servers[number] = protocol_factory
        return _Listener(self, host, number)

    def _note(self, _loop: Any, about: dict[str, Any]) -> None:
        error = about.get("exception")
        if not isinstance(error, Killed):
            self.unexpected.append(f"{about.get('message')}: {error!r}")


def _run(life: Life | None, callback: Any, args: Any) -> None:
    if life is not None:
        if life.fuse is not None and not life.is_dead:
            life.fuse -= 1
            if life.fuse <= 0:
                life.die()
        if life.is_dead:
            life.dropped.append((callback, args, contextvars.copy_context()))
            return
    callback(*args)


class LoopClock:
    """The clock of bot and sandboxes alike."""

    def __init__(self, loop: Loop, start: datetime) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.elapsed)

    async def sleep(self, secs: float) -> None:
        await asyncio.sleep(max(0.0, secs))


class _Listener:
    """What `create_server` gives."""

    def __init__(self, loop: Loop, host: str, number: int) -> None:
        self._loop = loop
        self._name = (host, number)
        self.sockets = [self]

    def getsockname(self) -> tuple[str, int]:
        return self._name

    def is_serving(self) -> bool:
        return self._name[1] in self._loop.servers

    def close(self) -> None:
        self._loop.servers.pop(self._name[1], None)

    async def wait_closed(self) -> None:
        """It is."""


class End(asyncio.Transport):
    """One end of a wire. What is written arrives at the other in order, some time later; also from the dead."""

    other: End

    def __init__(self, loop: Loop, life: Life | None) -> None:
        super().__init__()
        self._loop = loop
        self._life = life
        self._context = life.context if life is not None else contextvars.Context()
        self._protocol: Any = None
        self._is_over = False
        self._is_lost = False
        self._is_paused = False
        self._held: list[bytes] = []
        self._next_at = 0.0

    def made(self, protocol: Any) -> None:
        """Begin."""
        self._protocol = protocol
        self._context.run(protocol.connection_made, self)

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def get_protocol(self) -> Any:
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever too much."""

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._is_over

    def is_reading(self) -> bool:
        return not self._is_paused

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        held, self._held = self._held, []
        for data in held:
            self._take(data)

    def write(self, data: Any) -> None:
        if not self._is_over and not (self._life is not None and self._life.is_dead):
            self._later(self.other._take, bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._loop.call_soon(self._lose, context=self._context)
            self._later(self.other._lose)

    abort = close

    def hang_up(self) -> None:
        """The process is gone: the kernel sends what it has, and ends the connection."""
        if not self._is_over:
            self._is_over = True
            self._later(self.other._lose)

    def _later(self, act: Callable[..., None], *args: Any) -> None:
        """Told at the other end, never before what was told earlier."""
        at = self._loop.elapsed + self._loop.random.uniform(*LATENCY_SECS)
        self._next_at = max(at, self._next_at + 1e-6)
        self._loop.call_at(self._next_at, act, *args, context=self.other._context)

    def _take(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_paused:
            self._held.append(data)
        else:
            self._protocol.data_received(data)

    def _lose(self) -> None:
        self._is_over = True
        if not self._is_lost:
            self._is_lost = True
            self._protocol.connection_lost(None)


class Wires(aiohttp.BaseConnector):
    """Connects one life with whatever listens."""

    def __init__(self, loop: Loop, life: Life) -> None:
        super().__init__(loop=loop)
        self._wires_of = life

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        loop, life = self._wires_of.loop, self._wires_of
        await asyncio.sleep(loop.random.uniform(*LATENCY_SECS))
        factory = loop.servers.get(req.url.port)
        if factory is None:
            raise aiohttp.ClientConnectorError(req.connection_key, OSError(111, "nobody listens"))
        near, far = End(loop, life), End(loop, None)
        near.other, far.other = far, near
        life.wires.append(near)
        protocol = self._factory()
        far.made(far._context.run(factory))
        near.made(protocol)
        return protocol
