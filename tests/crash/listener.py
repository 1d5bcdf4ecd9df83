"""One life of the bot in a process of its own: `listener.py FOLDER SOURCE RUN_ID DIES_AT_SECS`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from monitor.telemetry import configure
from tests.crash.stories import Life

if __name__ == "__main__":
    configure("error")
    asyncio.run(Life(Path(sys.argv[1]), sys.argv[2], sys.argv[3], dies_at_secs=float(sys.argv[4])).live())
