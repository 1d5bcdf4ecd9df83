"""A listing of Reddit that is read again and again: which of its items are new, and whether some are missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.model import Post
from monitor.sources.reddit.answers import KINDS, number_of, parse

MOST_SEEN = 1000
INBOX = "/inbox"
"""Stands in a listing for a subreddit where it is what was written to our account; no subreddit can be called so."""


@dataclass(slots=True)
class Listing:
    """The comments or submissions of subreddits, or those to our account; `seen` holds the numbers of the latest."""

    subreddits: tuple[str, ...]
    kind: str
    begins: datetime
    """Of the first page only what was written after this: in a quiet place it reaches back for days."""
    seen: set[int] = field(default_factory=set)
    floor: int | None = None
    """What is not larger is known or too old; None before the first look."""

    @property
    def path(self) -> str:
        """Where it lies. Of the inbox only comments are taken: a private message is nobody's post."""
        return "message/inbox" if self.subreddits == (INBOX,) else f"r/{'+'.join(self.subreddits)}/{KINDS[self.kind]}"

    @property
    def key(self) -> str:
        """Its name in the cursor."""
        return f"{self.kind}:{'+'.join(self.subreddits).lower()}"

    def reaches_back(self, items: Sequence[Any]) -> bool:
        """Whether a page holds something that was there at the last look, or older than all that was."""
        if self.floor is None:
            return True
        newest = max(self.seen, default=self.floor)
        numbers = [number for item in items if (number := number_of(item, self.kind)) is not None]
        return any(number <= newest for number in numbers)

    def take(self, items: Sequence[Any], now: datetime) -> tuple[list[Post], list[tuple[str, str]]]:
        """The new posts, oldest first, and why other new items are none, with what was seen of them."""
        posts: dict[int, Post] = {}
        dropped: list[tuple[str, str]] = []
        numbers = set()
        for item in items:
            number = number_of(item, self.kind)
            if number is not None and (number in self.seen or number <= (self.floor or 0) or number in numbers):
                continue
            found = parse(item, now)
            if isinstance(found, str):
                dropped.append((found, repr(item)[:80]))
            elif number is not None and (self.floor is not None or found.created_at >= self.begins):
                posts[number] = found
            numbers |= {number} if number is not None else set()
        self._remember(numbers)
        return [posts[number] for number in sorted(posts)], dropped

    def _remember(self, numbers: set[int]) -> None:
        if self.floor is None:
            self.floor = min(numbers, default=1) - 1
        self.seen |= numbers
        if len(self.seen) > MOST_SEEN:
            latest = sorted(self.seen)
            self.floor = max(self.floor, latest[-MOST_SEEN - 1])
            self.seen = set(latest[-MOST_SEEN:])

    def parts(self) -> list[Listing]:
        """A listing for each subreddit, which knows what this one knows."""
        return [Listing((name,), self.kind, self.begins, set(self.seen), self.floor) for name in self.subreddits]

    def to_cursor(self) -> dict[str, Any]:
        """What a new process needs to go on, as fullnames without their kind."""
        return {"floor": self.floor, "seen": " ".join(map(base36, sorted(self.seen)))}

    def resume(self, kept: Mapping[str, Any]) -> None:
        """Go on where `to_cursor` of this listing, or of those that share a subreddit with it, was.

        The settings may have got another subreddit, or one of several refused and each has its own listing now. What
        is not as it was written is left out.
        """
        names = {name.lower() for name in self.subreddits}
        for key, one in kept.items():
            kind, _, others = key.partition(":")
            if kind == self.kind and isinstance(one, Mapping) and names & set(others.split("+")):
                self._resume(one.get("floor"), one.get("seen"))

    def _resume(self, floor: Any, seen: Any) -> None:
        if isinstance(floor, int) and isinstance(seen, str):
            self.floor = min(floor, self.floor) if self.floor is not None else floor
            self.seen |= {
                int(word, 36) for word in seen.split() if word.isalnum() and word.isascii() and len(word) <= 12
            }


def base36(number: int) -> str:
    """The way Reddit writes numbers."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
