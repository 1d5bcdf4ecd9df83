"""Content ids as the network computes them: the hash of a record's one binary form (DAG-CBOR)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any


def cid_of(record: Any) -> str:
    """The content id of a JSON record: CIDv1, dag-cbor, SHA-256, in base 32. Raises ValueError for what has no form."""
    digest = hashlib.sha256(encode(record)).digest()
    return "b" + base64.b32encode(b"\x01\x71\x12\x20" + digest).decode().rstrip("=").lower()


def cid_of_bytes(data: bytes) -> str:
    """The content id of a blob: CIDv1, raw, SHA-256, in base 32."""
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()).decode().rstrip("=").lower()


def encode(value: Any) -> bytes:
    """DAG-CBOR: shortest heads, map keys by length then bytes, no fractions (ipld.io/specs/codecs/dag-cbor)."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        raw = value.encode()
        return _head(3, len(raw)) + raw
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        return _encode_map(value)
    raise ValueError(f"a record cannot hold {value!r}")


def _encode_map(value: dict[str, Any]) -> bytes:
    if value.keys() == {"$link"}:
        # A link to other content is tag 42 around the id's bytes, behind a zero byte.
        text = str(value["$link"])[1:].upper()
        raw = b"\x00" + base64.b32decode(text + "=" * (-len(text) % 8))
        return _head(6, 42) + _head(2, len(raw)) + raw
    items = sorted((key.encode(), item) for key, item in value.items())
    items.sort(key=lambda pair: len(pair[0]))
    return _head(5, len(items)) + b"".join(_head(3, len(key)) + key + encode(item) for key, item in items)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError(f"{number} does not fit into 64 bits")
