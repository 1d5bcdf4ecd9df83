"""The names in some posts, counted for a person to read; they enter no verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST = 12
"""Names told; what one post in two hundred says helps nobody."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a finder of names found."""

    known: int
    """Posts in a language the finder reads."""
    of: int
    names: tuple[tuple[str, str, int], ...]
    """Name as it is written most often, kind, and in how many posts; the commonest first, MOST at most."""

    def __str__(self) -> str:
        if not self.known:
            return f"none of {self.of} posts is in a language the finder of names reads, or too short to tell"
        told = ", ".join(f"{name} ({kind}, {posts})" for name, kind, posts in self.names) or "none"
        return f"{told}; in {self.known} of {self.of} posts it could read"

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        names = [{"text": name, "kind": kind, "posts": posts} for name, kind, posts in self.names]
        return {"posts": self.of, "read": self.known, "found": names}


def names_in(posts: Sequence[str], finder: str) -> Told | None:
    """What the finder that `language.names` says finds; None where that is `none`. A second of work or less.

    Raises BadInput for a spaCy pipeline that cannot be used.
    """
    from monitor.language.names import chosen  # weights: only who asks waits for them

    find = chosen(finder)
    if find is None:
        return None
    found = find(posts, [None] * len(posts))
    seen: Counter[tuple[str, str]] = Counter()
    written: dict[tuple[str, str], Counter[str]] = {}
    for names in found:
        for key, text in {(name.text.casefold(), name.kind): name.text for name in names or ()}.items():
            seen[key] += 1
            written.setdefault(key, Counter())[text] += 1
    told = [(written[key].most_common(1)[0][0], key[1], seen[key]) for key in sorted(seen, key=lambda k: (-seen[k], k))]
    return Told(sum(names is not None for names in found), len(posts), tuple(told[:MOST]))
