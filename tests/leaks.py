"""What a process still holds: memory of those who listen, and sockets."""

from __future__ import annotations

import asyncio
import gc
import os
import tracemalloc
from contextlib import suppress

HOLDERS = ("*/monitor/sources/*", "*/monitor/stream/*", "*/monitor/*.py", "*/aiohttp/*", "*/asyncio/*",
           "*/requests/*", "*/urllib3/*", "*/praw*", "*/ssl.py", "*/socket.py")  # fmt: skip
"""Who could keep something of a connection that ended. What the detector counts and what a test writes down is not
theirs, and grows with every post."""


class Grown:
    """What the holders asked for since then and still hold: no less than they grew by. Dear, so not for longer than
    needed."""

    def __init__(self) -> None:
        gc.collect()
        tracemalloc.start()

    def end(self) -> int:
        """Bytes, and no more tracing."""
        gc.collect()
        chosen = [tracemalloc.Filter(True, pattern) for pattern in HOLDERS]
        chosen.append(tracemalloc.Filter(False, "*/monitor/detect/*"))
        snapshot = tracemalloc.take_snapshot()
        tracemalloc.stop()
        return sum(one.size for one in snapshot.filter_traces(chosen).statistics("filename"))


def open_sockets() -> int:
    """Sockets of this process, both ends of what is connected to itself."""
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the folder's own descriptor is gone by now
            found += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return found


async def closed_to(most: int) -> int:
    """How many sockets are open, once those that are being closed are: at the most a second later."""
    for _ in range(200):
        if open_sockets() <= most:
            break
        await asyncio.sleep(0.005)
    return open_sockets()
