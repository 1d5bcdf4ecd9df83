"""What a brand may promise: only what there is some of, and only until its end. Pure.

The brand's file says what is promised by which words, and until when; how many are left a person says while the
evening lasts (`bonmot stock`). A text that promises what is gone is no draft, gets no yes, and is taken back at the
claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Brand, Stock
from responders.drafting.no_go import said
from responders.refusals import clock_text


@dataclass(frozen=True, slots=True)
class Count:
    """How many were left when somebody looked."""

    brand: str
    item: str
    left: int
    person: str
    why: str
    at: datetime


def promised(text: str, brand: Brand) -> tuple[Stock, ...]:
    """What the text promises, by the words that stand for it."""
    return tuple(item for item in brand.stock if said(text, item.terms, brand=brand))


def against(text: str, brand: Brand, counts: Mapping[str, Count], *, now: datetime) -> list[str]:
    """Why it may not be promised now, in sentences; `counts` are the newest of each item."""
    found = []
    for item in promised(text, brand):
        count = counts.get(item.name)
        if item.until is not None and now >= item.until:
            found.append(f"promises {item.name}, which ended at {item.until:%Y-%m-%d %H:%M} UTC")
        elif count is not None and count.left <= 0:
            found.append(sold_out(count))
    return found


def sold_out(count: Count) -> str:
    """Who said so, when and why."""
    why = f": {count.why}" if count.why else ""
    return f"promises {count.item}, of which none are left, says {count.person} at {clock_text(count.at)}{why}"
