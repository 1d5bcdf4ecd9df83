"""What the bot needs of this machine: a folder to write into, room on the disk, a port for its page, a true clock."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from monitor.errors import BadInput
from monitor.probing import Finding, Health, doubtful, fine
from monitor.schema import ListenSettings
from monitor.settings import InboxSettings
from monitor.storage import alone

SCARCE_BYTES = 1 << 30
TOO_FEW_BYTES = 100 << 20
"""The ledger and what counting knows take some tens of megabytes, and are written anew beside themselves."""
OFF_SECS = 5.0
WRONG_SECS = 60.0
"""Posts that are newer than now are not believed, and log-ins that are signed with a time are refused."""


def folder(path: Path) -> list[Finding]:
    """Whether the data folder can be written into, and how much room there is. Leaves nothing behind."""
    place = next(parent for parent in (path, *path.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        said = f"{place} cannot be written into: {error.strerror or error}"
        return [Finding("data folder", Health.FAILED, said, "give the bot's account the right to write there")]
    told = f"{path} can be written into" if place == path else f"{path} will be made in {place}"
    return [fine("data folder", told), _room(shutil.disk_usage(place).free)]


def _room(free: int) -> Finding:
    said = f"{free / (1 << 30):.1f} GiB are free"
    if free >= SCARCE_BYTES:
        return fine("disk", said)
    health = Health.WARNING if free >= TOO_FEW_BYTES else Health.FAILED
    return Finding("disk", health, said, "make room: a full disk stops the ledger, and with it everything")


def page(settings: InboxSettings | ListenSettings, ledger: Path, name: str = "page") -> Finding:
    """Whether the port of the page, or of Slack's clicks, is free, or taken by our own daemon."""
    place, block = f"{settings.host}:{settings.port}", "inbox" if name == "page" else f"slack: {name}"
    if settings.port == 0:
        return fine(name, "takes a free port at each start")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
        except OSError as error:
            if _is_running(ledger):
                return fine(name, f"our daemon serves it at {place}")
            said = f"{place} cannot be used: {error.strerror or error}"
            return Finding(name, Health.FAILED, said, f"choose another `{block}: port`, or stop what has it")
    if _is_running(ledger):
        return doubtful(name, f"our daemon runs, and not on {place}", "start it again: it still has older settings")
    return fine(name, f"{place} is free")


def _is_running(ledger: Path) -> bool:
    if not ledger.with_name(f"{ledger.name}.daemon").exists() or not os.access(ledger.parent, os.W_OK):
        return False
    try:
        with alone(ledger):
            return False
    except BadInput:
        return True


def clock_of(findings: Sequence[Finding]) -> Finding | None:
    """What the servers say of our clock, by the middle one: a single wrong server must not set it. None without any."""
    ahead = [found.ahead_secs for found in findings if found.ahead_secs is not None]
    if not ahead:
        return None
    off = -median(ahead)
    direction = "ahead of" if off > 0 else "behind"
    said = f"{abs(off):.0f} s {direction} the servers' ({len(ahead)} asked)"
    if abs(off) < OFF_SECS:
        return fine("clock", f"agrees with the servers' ({len(ahead)} asked)")
    health = Health.WARNING if abs(off) < WRONG_SECS else Health.FAILED
    return Finding("clock", health, said, "switch on time synchronisation (timedatectl set-ntp true)")
