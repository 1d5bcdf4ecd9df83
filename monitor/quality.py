"""How good the announcements on a recording are: found or missed, how late, how many in quiet periods. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

SHOWN_TERMS = 8
"""Terms a person sees on a card; more do not count as shown."""
EARLY = timedelta(seconds=60)
"""An announcement may come this long before the listed onset."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that really happened in a recording, as a person described it."""

    id: str
    onset: datetime
    terms: tuple[str, ...]
    is_major: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What is known of a recording: happenings, and periods in which nothing happens."""

    happenings: tuple[Happening, ...]
    quiet: tuple[tuple[datetime, datetime], ...] = ()
    tolerance: timedelta = timedelta(seconds=180)
    is_dense: bool = False
    """Enough posts for a clock of one minute."""
    tracked_terms: tuple[str, ...] = ()
    """The words whoever collected the recording followed."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A trend as it was shown when it was announced."""

    id: str
    at: datetime
    name: str
    terms: tuple[str, ...]


@dataclass(slots=True)
class Match:
    """A listed happening and the announcements that show it in time, the first one first."""

    happening: Happening
    announcements: list[Announcement] = field(default_factory=list)

    @property
    def delay_secs(self) -> float | None:
        if not self.announcements:
            return None
        return (self.announcements[0].at - self.happening.onset).total_seconds()


def compare(listing: Listing, announced: Sequence[Announcement]) -> list[Match]:
    """Every listed happening with the announcements that show one of its terms in time."""
    return [
        Match(happening, [one for one in announced if is_in_time(one, happening, listing) and shows(one, happening)])
        for happening in listing.happenings
    ]


def is_in_time(one: Announcement, happening: Happening, listing: Listing) -> bool:
    """Whether the announcement came neither long before the happening nor after the listing's patience."""
    return happening.onset - EARLY <= one.at <= happening.onset + listing.tolerance


def shows(one: Announcement, happening: Happening) -> bool:
    """Whether a word or phrase of the happening begins a word of the name or of the shown terms."""
    shown = f" {_plain(' | '.join([one.name, *one.terms[:SHOWN_TERMS]]))}"
    return any(f" {plain}" in shown for term in happening.terms if (plain := _plain(term)))


def figures(listing: Listing, announced: Sequence[Announcement], span: timedelta) -> dict[str, Any]:
    """The numbers of the report; `span` is the time from the first post to the last."""
    return _sum([(listing, announced)], len(announced), span)


def figures_of_several(
    told: Sequence[tuple[Listing, Sequence[Announcement], timedelta]], *, announced: int, mixed: int, span: timedelta
) -> dict[str, Any]:
    """The same numbers for several lists, summed: each with the announcements of its own file and that file's span.

    `announced` counts those of all files, `mixed` the trends that rest on posts of more than one; `by_file` holds the
    numbers of each list alone.
    """
    return {
        **_sum([(listing, own) for listing, own, _ in told], announced, span),
        "mixed": mixed,
        "by_file": [figures(*each) for each in told],
    }


def quantile(delays: Sequence[float], share: float) -> float | None:
    """The value that `share` of the delays do not exceed: a measured one, never a mean of two. None without any."""
    ordered = sorted(delays)
    return round(ordered[int(share * (len(ordered) - 1) + 0.5)], 1) if ordered else None


def delays_of(matches: Sequence[Match]) -> dict[str, float | None]:
    """Seconds from the onset to the first announcement by happening; None for those that were missed."""
    return {match.happening.id: match.delay_secs for match in matches}


def _sum(told: Sequence[tuple[Listing, Sequence[Announcement]]], announced: int, span: timedelta) -> dict[str, Any]:
    matches = [match for listing, own in told for match in compare(listing, own)]
    delays = [match.delay_secs for match in matches if match.delay_secs is not None]
    majors = [match for match in matches if match.happening.is_major]
    hours = span.total_seconds() / 3600
    return {
        "found": len(delays),
        "listed": len(matches),
        "majors_found": sum(bool(match.announcements) for match in majors),
        "majors_listed": len(majors),
        "median_delay_secs": round(median(delays), 1) if delays else None,
        "p90_delay_secs": quantile(delays, 0.9),
        "quiet_alerts": sum(sum(is_in_quiet(one, listing) for one in own) for listing, own in told),
        "quiet_minutes": round(
            sum((end - start).total_seconds() for each, _ in told for start, end in each.quiet) / 60
        ),
        "alerts_per_hour": round(announced / hours, 2) if hours else 0.0,
        "duplicates": sum(max(0, len(match.announcements) - 1) for match in matches),
        "missed": [match.happening.id for match in matches if not match.announcements],
    }


def is_in_quiet(one: Announcement, listing: Listing) -> bool:
    """Whether the announcement falls into a period in which nothing happened."""
    return any(start <= one.at <= end for start, end in listing.quiet)


def _plain(text: str) -> str:
    """Lower case; everything that is no letter or digit is one space."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
