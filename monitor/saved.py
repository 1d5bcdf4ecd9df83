"""What counting knows, kept in one file beside the ledger, so that a restart goes on as if nothing had been.

The file is a line that names its form, 16 bytes of checksum over the rest (BLAKE2b), and the rest: MessagePack packed
with Zstandard. It is written whole under another name and renamed: a reader finds the old one or the new one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import msgspec
import zstandard

from monitor.clock import to_text
from monitor.errors import BadInput

FORM = b"bonmot watch 1\n"
"""The first line of every such file; the number grows when the rest is laid out otherwise."""
DIGEST_BYTES = 16
MAX_BYTES = 1 << 30
"""Unpacked; several times what a full detector takes. A larger file is not one of ours."""
TOO_OLD = timedelta(hours=6)
"""Twice the longest window: behind such a gap nothing that was counted says anything of the present."""
PACKING_LEVEL = 1
"""The fastest: saving must not keep the posts waiting."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The watching half at one instant: every post up to the cursors is in the pipeline, none behind them."""

    at: datetime
    """By our clock."""
    cursors: dict[str, str]
    """Where each source resumes."""
    pipeline: bytes
    """What `Pipeline.save` gave."""
    recordings: tuple[str, ...] = ()
    """The files that set the stream's clock; empty where our own clock does."""


def write(path: Path, saved: Saved) -> int:
    """Put the file in place, or leave the old one there; returns its bytes. Blocking. Raises OSError."""
    packed = zstandard.ZstdCompressor(level=PACKING_LEVEL).compress(msgspec.msgpack.encode(saved))
    new = path.with_name(f"{path.name}.new")
    # It holds posts of strangers, deleted ones perhaps: not for every account of the machine to read.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(FORM + _digest(packed) + packed)
        file.flush()
        os.fsync(file.fileno())  # before the rename: a name must never stand for a file that is not on the disk
    new.replace(path)
    _sync_folder(path.parent)
    return len(FORM) + DIGEST_BYTES + len(packed)


def read(path: Path, now: datetime, *, recordings: tuple[str, ...] = ()) -> Saved | None:
    """What was saved, or None where nothing was.

    Raises BadInput, with the reason, for a file that cannot be read, is damaged, not ours, of another version, too far
    from `now`, or saved while other recordings played: to a detector that has been in 2021, posts of 2013 are too old.
    """
    try:
        whole = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror or error}") from error
    saved = _unpacked(whole)
    if abs(now - saved.at) > TOO_OLD:
        hours = TOO_OLD / timedelta(hours=1)
        raise BadInput(f"it was saved at {to_text(saved.at)}, more than {hours:.0f} hours from now")
    if saved.recordings != recordings:
        raise BadInput("it was saved while other recordings played, by another clock")
    return saved


def aside_of(path: Path) -> Path:
    """Where a file that cannot be used is put."""
    return path.with_name(f"{path.name}.aside")


def put_aside(path: Path) -> Path:
    """Give the file another name, for whoever wants to look into it; the one put aside before goes. Raises OSError."""
    return path.replace(aside_of(path))


def _unpacked(whole: bytes) -> Saved:
    name, version = FORM.split()[0], FORM.split()[-1].decode()
    if not whole.startswith(FORM):
        what = "is of another version" if whole.startswith(name) else "is no file of ours"
        raise BadInput(f"it {what}: form {version} is looked for, it begins with {whole[: len(FORM)]!r}")
    digest, packed = whole[len(FORM) :][:DIGEST_BYTES], whole[len(FORM) + DIGEST_BYTES :]
    if digest != _digest(packed):
        raise BadInput("it is damaged: its checksum does not fit its content")
    try:
        body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=MAX_BYTES)
        return msgspec.msgpack.decode(body, type=Saved)
    except (zstandard.ZstdError, msgspec.MsgspecError, MemoryError) as error:
        raise BadInput(f"it is damaged: {error}") from error


def _digest(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=DIGEST_BYTES).digest()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
