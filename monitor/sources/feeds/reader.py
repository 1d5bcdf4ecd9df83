"""The handle of the process that reads feeds: asked with an end, killed when it does not come to one, started again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from monitor.fetch import Unusable, short

READ_SECS = 10.0
"""A feed of two megabytes takes about a second."""
MOST_ANSWER_BYTES = 16_000_000

_PROLOG = re.compile(rb"<[A-Za-z]")


class Entry(msgspec.Struct, frozen=True):
    """One entry as plain text; `at` is its date in unix seconds."""

    id: str
    link: str
    title: str
    text: str
    at: int | None


class Document(msgspec.Struct, frozen=True):
    """One feed, newest entries first as feeds usually are."""

    entries: list[Entry] = []
    has_more: bool = False
    wish_secs: float | None = None
    lang: str = ""
    wrong: str | None = None


class Reader:
    """Reads one feed at a time. `read_secs` is the machine's time: it is the machine's work that is bounded."""

    def __init__(self, read_secs: float = READ_SECS) -> None:
        self._read_secs = read_secs
        self._process: Process | None = None
        self._is_idle = True
        self._turn = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether the process has a feed in hand."""
        return self._turn.locked()

    async def read(self, body: bytes, *, url: str, content_type: str) -> Document:
        """The document. Raises Unusable for what is no feed, declares entities or takes too long."""
        if _declares(body):
            raise Unusable("entities", "declares entities of its own, which no feed needs and bombs are made of")
        async with self._turn:
            try:
                async with asyncio.timeout(self._read_secs):
                    answer = await self._ask(body, {"url": url[:2000], "content_type": content_type[:200]})
            except TimeoutError as error:
                raise Unusable("too_slow", f"took longer than {self._read_secs:g} s to read") from error
            except (EOFError, OSError) as error:  # an incomplete read is an EOFError
                raise Unusable("crashed", "ended the process that read it") from error
            finally:
                if not self._is_idle:  # whatever was to come would be taken for the next answer
                    await self._end()
        document = msgspec.json.decode(answer, type=Document)
        if document.wrong is not None:
            raise Unusable("no_feed", f"is no feed: {short(document.wrong)}")
        return document

    async def close(self) -> None:
        """End the process, if there is one."""
        await self._end()

    async def _ask(self, body: bytes, about: dict[str, str]) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await _start()
        assert process.stdin is not None
        assert process.stdout is not None
        head = json.dumps(about).encode()
        self._is_idle = False
        process.stdin.write(struct.pack(">II", len(head), len(body)) + head + body)
        await process.stdin.drain()
        (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
        if length > MOST_ANSWER_BYTES:
            raise EOFError
        answer = await process.stdout.readexactly(length)
        self._is_idle = True
        return answer

    async def _end(self) -> None:
        process, self._process, self._is_idle = self._process, None, True
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _start() -> Process:
    """The worker, with nothing of our environment: what it reads is hostile, and secrets live there."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "monitor.feedworker"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LC_ALL": "C.UTF-8"},
    )


def _declares(body: bytes) -> bool:
    """Whether a DOCTYPE with declarations stands before the first element, in any encoding of two or four bytes too."""
    letters = body.replace(b"\0", b"") if b"\0" in body[:64] else body
    begins = _PROLOG.search(letters)
    prolog = letters[: begins.start()] if begins else letters
    found = prolog.upper().find(b"<!DOCTYPE")
    return found >= 0 and b"[" in prolog[found:]
