"""Messages packed with Zstandard and a dictionary that both sides know, each a frame of its own."""

from __future__ import annotations

from pathlib import Path

import zstandard

from monitor.errors import BadInput

MAGIC = b"\x37\xa4\x30\xec"
"""How a dictionary begins (RFC 8878, section 5)."""


class Unpacker:
    """Unpacks single messages in bounded memory."""

    def __init__(self, path: str, most_bytes: int) -> None:
        """Raises BadInput for a file that is no dictionary."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
        if not data.startswith(MAGIC):
            raise BadInput(f"{path}: is no Zstandard dictionary; Jetstream's project has it as `zstd_dictionary`")
        self._unpack = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(data))
        self._most_bytes = most_bytes

    def unpack(self, frame: bytes) -> bytes | None:
        """The message; None for one that is damaged, packed with another dictionary, or too long."""
        try:
            return self._unpack.decompress(frame, max_output_size=self._most_bytes)
        except zstandard.ZstdError:
            return None
