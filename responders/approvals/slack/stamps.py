"""What ids and values of a card carry, so that a click says which proposal, revision and text it meant. Pure.

Slack hands `value`, `block_id` and `private_metadata` back as they were sent. They hold names and numbers only: the
text to be posted stays in the ledger, and a fingerprint says which one was on the screen.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

PREFIX = "bonmot."
"""How every action and callback of ours begins."""
BETWEEN = ";"
"""Between the values of several cards."""
_KEY = r"[A-Za-z0-9_.-]{1,100}"
_VALUE = re.compile(rf"({_KEY}):([0-9]{{1,9}})((?::[A-Za-z0-9_]{{1,20}})*)")
_BLOCK = re.compile(rf"([a-z]{{1,20}}):({_KEY}):([0-9]{{1,9}}):([A-Za-z0-9]{{1,20}})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One revision of one proposal, as it looked on one screen."""

    proposal: str
    revision: int
    look: str = "0"
    """Differs whenever the card looks different: an updated message needs other block ids."""

    def value(self, *more: str) -> str:
        """`p-1:3` and what else a button says; at most 150 letters for ids of up to 100."""
        return ":".join((self.proposal, str(self.revision), *more))

    def block(self, part: str) -> str:
        """`drafts:p-1:3:0f9a`."""
        return f"{part}:{self.proposal}:{self.revision}:{self.look}"

    def metadata(self) -> str:
        """For a modal."""
        return json.dumps({"proposal": self.proposal, "revision": self.revision})


def read_value(text: object) -> tuple[Stamp, tuple[str, ...]] | None:
    """What `Stamp.value` wrote, or None."""
    found = _VALUE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    return Stamp(found[1], int(found[2])), tuple(found[3].split(":")[1:])


def read_block(text: object) -> tuple[str, Stamp] | None:
    """What `Stamp.block` wrote, or None."""
    found = _BLOCK.fullmatch(text) if isinstance(text, str) else None
    return None if found is None else (found[1], Stamp(found[2], int(found[3]), found[4]))


def read_metadata(text: object) -> Stamp | None:
    """What `Stamp.metadata` wrote, or None."""
    try:
        made = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(made, dict):
        return None
    found = read_value(f"{made.get('proposal')}:{made.get('revision')}")
    return None if found is None or found[1] else found[0]


def fingerprint(text: str) -> str:
    """16 hex digits that tell one text from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
