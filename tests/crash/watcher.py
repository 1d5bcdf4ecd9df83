"""One life of the watching half in a process of its own: `watcher.py FOLDER RUN_ID DIES_AT_SECS`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from monitor.telemetry import configure
from tests.lives import live

if __name__ == "__main__":
    configure("error")
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2], dies_at_secs=float(sys.argv[3])))
