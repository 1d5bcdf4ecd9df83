"""Files as they lie on disk: plain, .gz or .zst, unpacked piece by piece in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import zstandard

CHUNK_BYTES = 64 * 1024
ZST_CHUNK_BYTES = 2 * 1024
"""Compressed bytes fed at once: bounds what one step of a malicious .zst can unpack to about 64 MB."""

Add = Callable[[int], None]
"""Told how many bytes of the file, as it lies on disk, were read since the last call."""


class Damaged(Exception):
    """The compressed file ends early or makes no sense from here on."""


def chunks(path: Path, add: Add) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file; how it is packed is read from its first bytes, not from its name.

    Raises Damaged where the packing breaks off, and OSError.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic[:2] == b"\x1f\x8b":
            unpacked = _gzip_chunks(file, add)
        elif magic == zstandard.FRAME_HEADER:
            unpacked = _zst_chunks(file, add)
        else:
            unpacked = _plain_chunks(file, add)
        first = next(unpacked, b"")
        yield from chain([first.removeprefix(b"\xef\xbb\xbf")], unpacked)


def _plain_chunks(file: IO[bytes], add: Add) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        add(len(chunk))
        yield chunk


def _gzip_chunks(file: IO[bytes], add: Add) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            before = 0
            while chunk := unpacked.read1(CHUNK_BYTES):
                at = file.tell()
                add(at - before)
                before = at
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Damaged(f"the .gz is cut short or damaged here: {str(error)[:120]}") from error


def _zst_chunks(file: IO[bytes], add: Add) -> Iterator[bytes]:
    """Unpack frame after frame: appended segments are one stream to the reader."""
    unpacker, rest, is_open = zstandard.ZstdDecompressor().decompressobj(), b"", False
    try:
        while packed := rest or file.read(ZST_CHUNK_BYTES):
            add(0 if rest else len(packed))
            yield unpacker.decompress(packed)
            is_open, rest = not unpacker.eof, unpacker.unused_data if unpacker.eof else b""
            if not is_open:
                unpacker = zstandard.ZstdDecompressor().decompressobj()
    except zstandard.ZstdError as error:
        raise Damaged(f"the .zst is damaged here: {str(error)[:120]}") from error
    if is_open:
        raise Damaged("the .zst is cut short here")
