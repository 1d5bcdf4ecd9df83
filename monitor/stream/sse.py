"""Server-sent events cut out of bytes as they come (WHATWG HTML, 9.2.6), each bounded, whatever a server sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_MESSAGE_BYTES = 1 << 20
"""Larger messages are dropped unread: no post of any platform comes near it."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; a comment, which servers send to keep the connection, is one without data."""

    data: bytes = b""
    kind: str = "message"
    id: str | None = None
    """The last id the server gave, which resumes behind this message."""
    is_too_long: bool = False
    """There was more than MAX_MESSAGE_BYTES of it; `data` is empty."""


class Reader:
    """Takes chunks, gives the messages that are whole. A message that the end of the stream cuts off is not given."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._bytes = 0
        self._kind = ""
        self._id: str | None = None
        self._is_skipping = False
        """Within a line that is too long already."""
        self._may_be_two = False
        """The last chunk ended in CR, whose LF may come with the next."""

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Yield the messages that `chunk` completes."""
        if self._may_be_two and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._may_be_two = chunk.endswith(b"\r")
        *lines, rest = _LINE_END.split(chunk)
        for line in lines:
            whole, self._rest = self._rest + line, b""
            was_cut, self._is_skipping = self._is_skipping, False
            if was_cut or len(whole) > MAX_MESSAGE_BYTES:
                self._bytes = MAX_MESSAGE_BYTES + 1
                self._data = []
            else:
                yield from self._line(whole)
        if len(self._rest) + len(rest) > MAX_MESSAGE_BYTES:
            self._rest, self._is_skipping = b"", True
        elif not self._is_skipping:
            self._rest += rest

    def _line(self, line: bytes) -> Iterator[Message]:
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            yield Message(id=self._id)
        elif name == b"data":
            self._bytes += len(value) + 1
            if self._bytes <= MAX_MESSAGE_BYTES:
                self._data.append(value)
        elif name == b"event":
            self._kind = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")

    def _dispatch(self) -> Iterator[Message]:
        is_too_long = self._bytes > MAX_MESSAGE_BYTES
        if self._data or is_too_long:
            yield Message(b"\n".join(self._data), self._kind or "message", self._id, is_too_long)
        self._data, self._bytes, self._kind = [], 0, ""
