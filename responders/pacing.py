"""How often an account may speak, and at what hours: a yes is kept, and waits until its time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.settings import BrandSettings

WINDOWS = (
    ("an hour", timedelta(hours=1)),
    ("a day", timedelta(days=1)),
    ("in thirty days", timedelta(days=30)),
)
"""Rolling: at five to twelve a calendar's hour would let through twice as many."""
LONGEST = WINDOWS[-1][1]
"""So far back publications count."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The caps of one account and the hours in which it is quiet."""

    per_hour: int | None = None
    per_day: int | None = None
    per_month: int | None = None
    """Of thirty days."""
    quiet: tuple[time, time] | None = None
    """From and to, by the clocks of `zone`; the end may be of the next day."""
    zone: str = "UTC"

    def caps(self) -> Iterator[tuple[str, timedelta, int]]:
        """The name of each window that has a cap, its length and the cap."""
        for (name, window), most in zip(WINDOWS, (self.per_hour, self.per_day, self.per_month), strict=True):
            if most is not None:
                yield name, window, most


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when nothing is posted on the account, and why."""

    until: datetime
    why: str


def pace_of(brand: BrandSettings) -> Pace:
    """The pace a brand's file asks for."""
    asked, quiet = brand.pace, None
    if asked.quiet_from is not None and asked.quiet_to is not None:
        quiet = (time.fromisoformat(asked.quiet_from), time.fromisoformat(asked.quiet_to))
    return Pace(asked.per_hour, asked.per_day, asked.per_month, quiet, brand.time_zone)


def wait_for(pace: Pace, posted: Sequence[datetime], now: datetime) -> Wait | None:
    """Why the account may not post now and when it may; None where it may. `posted` are its publications so far."""
    found, at = None, now
    while (wait := _next(pace, posted, at)) is not None:  # behind a cap may lie the night
        found, at = Wait(wait.until, f"{found.why}; then {wait.why}" if found else wait.why), wait.until
    return found


def _next(pace: Pace, posted: Sequence[datetime], at: datetime) -> Wait | None:
    for name, window, most in pace.caps():
        recent = sorted(time for time in posted if at - window < time <= at)
        if len(recent) >= most:
            posts = "1 post {} is" if most == 1 else f"{most} posts {{}} are"
            return Wait(recent[-most] + window, f"{posts.format(name)} its most")
    return _quiet(pace, at)


def _quiet(pace: Pace, at: datetime) -> Wait | None:
    """The night, by the account's own clocks; an hour that summer time skips or repeats is where those clocks say."""
    if pace.quiet is None or pace.quiet[0] == pace.quiet[1]:
        return None
    begins, ends = pace.quiet
    here = at.astimezone(ZoneInfo(pace.zone))
    clock = here.time()
    is_quiet = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not is_quiet:
        return None
    day = here.date() if clock < ends else here.date() + timedelta(days=1)
    until = datetime.combine(day, ends, ZoneInfo(pace.zone)).astimezone(UTC)
    # Where clocks are set back, the end of the night may lie behind us for an hour.
    return Wait(until if until > at else at + timedelta(minutes=1), f"it is quiet until {ends:%H:%M} ({pace.zone})")
