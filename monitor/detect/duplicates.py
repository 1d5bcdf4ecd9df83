"""Told apart: a new voice, the same post again, and a copy that supports what another voice said."""

from __future__ import annotations

from enum import Enum, auto

from monitor.detect.text import Reading
from monitor.model import Post

COPY_WORDS = 6
"""A text needs this many words before an equal one is a copy: many people shout the same three words by themselves."""
KEY_WORDS = 12
"""Words compared: reposts are often cut off at the end."""


class Kind(Enum):
    """What a post adds."""

    VOICE = auto()
    """Somebody says something."""
    COPY = auto()
    """A repost, or a longer text that somebody posted before: support, not a new voice."""


class Remembered:
    """A set that forgets: holds between `size` and twice `size` of the newest keys."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: set[int] = set()
        self._old: set[int] = set()

    def add(self, key: int) -> bool:
        """Remember a key; True when it was known already."""
        if key in self._new:
            return True
        known = key in self._old
        self._new.add(key)
        if len(self._new) >= self._size:
            self._old, self._new = self._new, set()
        return known

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


class Duplicates:
    """Remembers ids and texts, both bounded."""

    def __init__(self, *, ids: int, texts: int) -> None:
        self._ids = Remembered(ids)
        self._texts = Remembered(texts)

    def is_known(self, post: Post) -> bool:
        """Whether this very post was here before; remembers it."""
        return self._ids.add(hash((post.platform, post.id)))

    def kind(self, post: Post, reading: Reading) -> Kind:
        """VOICE or COPY for a post that is not known; remembers its text."""
        key = text_key(reading)
        is_copy = key is not None and self._texts.add(key)
        return Kind.COPY if is_copy or post.repost_of is not None else Kind.VOICE

    def sizes(self) -> dict[str, int]:
        """How many ids and texts are remembered now."""
        return {"ids": len(self._ids), "texts": len(self._texts)}


def text_key(reading: Reading) -> int | None:
    """One number for texts that say the same, or None for a text too short to be a copy. Mentions do not matter."""
    words = [word for word in reading.words if word[0] != "@"]
    if words[:1] == ["rt"]:
        del words[0]
    return hash(tuple(words[:KEY_WORDS])) if len(words) >= COPY_WORDS else None
