"""Forms with a file in them (multipart/form-data, RFC 7578), the same to the last byte for the same content. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """The body, and the content type with the line that parts it."""

    kind: str
    body: bytes


def form(fields: Mapping[str, str], *, name: str, file: tuple[str, str, bytes]) -> Form:
    """The fields and one file under `name`, given as its file name, type and bytes."""
    file_name, kind, data = file
    # It never stands in what it parts: it is the hash of all of it.
    line = hashlib.sha256(data + repr(sorted(fields.items())).encode()).hexdigest()[:40]
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{_quoted(file_name)}"\r\n'
    parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + data + f"\r\n--{line}--\r\n".encode())
    return Form(f"multipart/form-data; boundary={line}", b"".join(parts))


def _quoted(name: str) -> str:
    return name.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
