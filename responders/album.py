"""The bytes of pictures, kept under their SHA-256 in data/media/ from the card to the post.

What a person said yes to is these bytes, whatever becomes of the asset's file afterwards. They are compared with their
name each time they are read: bytes that changed on the disk are no longer what was agreed to, and are not handed out.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from monitor.errors import Refused, Unavailable

FOLDER = "media"
"""In the data folder."""
_NAME = re.compile(r"[0-9a-f]{64}")


class Album:
    """Blocking. Safe from several threads and processes: a file appears whole, and never changes."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first picture is kept."""
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep the bytes and return their hash; keeping them again only makes them young. Raises Unavailable."""
        name = hashlib.sha256(data).hexdigest()
        path = self._folder / name
        try:
            if path.is_file() and path.read_bytes() == data:
                os.utime(path)  # from now on it is wanted again: pruning leaves the young alone
                return name
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        except OSError as error:
            raise Unavailable(f"the picture cannot be kept in {self._folder}: {error.strerror}", sent=False) from error
        return name

    def read(self, sha256: str) -> bytes:
        """The bytes with this hash. Raises Refused where they are gone, cannot be read or have changed."""
        if not _NAME.fullmatch(sha256):
            raise Refused(f"{sha256[:80]!r} is no picture")
        try:
            data = (self._folder / sha256).read_bytes()
        except OSError as error:
            why = f"{error.strerror or type(error).__name__}"
            raise Refused(f"the picture that was agreed to cannot be read ({sha256[:12]}: {why})") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Refused(f"the picture was changed after it was agreed to ({sha256[:12]}): it is not posted")
        return data

    def prune(self, wanted: Collection[str], *, than: datetime) -> int:
        """Delete what nobody wants and is older; returns how many. What cannot be deleted stays for the next time."""
        gone = 0
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name in wanted:
                continue
            try:
                if path.stat().st_mtime < than.timestamp():
                    path.unlink()
                    gone += 1
            except OSError:
                continue
        return gone

    def _sync(self) -> None:
        """The name has to outlive a power cut as well: a row is about to speak of it."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, path: Path, data: bytes) -> None:
        # Whole under its name or not at all: a half picture under a hash would be refused for ever.
        with NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
                self._sync()
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
