"""When a feed is asked again, by what it answered: its own wishes are kept as far as they are reasonable. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

HOUR = 3600.0
MOST_SECS = 6 * HOUR
"""The longest that anything but its own wish keeps us from a feed."""
LONGEST_WISH_SECS = HOUR
"""A feed that wants to be read once a week would be of no use to somebody who looks for what happens now."""
GONE_AFTER = timedelta(days=3)
JITTER = 0.2
MOST_DOUBLINGS = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a feed gave nothing: in words, and the answer's status where there was one."""

    why: str
    status: int | None = None
    retry_after_secs: float | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """How long to wait, what a person reads about the feed, and whether it is given up."""

    wait_secs: float
    said: str
    is_dead: bool = False


def after_answer(every_secs: float, wish_secs: float | None, random: Random) -> Next:
    """The feed answered: its own interval, longer where it wishes so (`ttl`, `max-age`)."""
    wait = max(every_secs, min(wish_secs or 0.0, LONGEST_WISH_SECS))
    return Next(_spread(wait, random), "answers")


def after_refusal(
    refusal: Refusal, failures: int, *, every_secs: float, missing_for: timedelta, random: Random
) -> Next:
    """The feed gave nothing, the `failures`-th time in a row; `missing_for` is how long it has answered 404."""
    doubled = every_secs * 2.0 ** min(failures, MOST_DOUBLINGS)
    status, why = refusal.status, refusal.why
    if status == 410:
        return Next(MOST_SECS, f"is gone for good ({why}); remove it", is_dead=True)
    if status == 404:
        if missing_for >= GONE_AFTER:
            return Next(MOST_SECS, f"is gone: {why} for {missing_for.days} days; remove it", is_dead=True)
        return Next(_spread(max(every_secs, HOUR), random), f"cannot be found: {why}")
    if status in (401, 403):
        return Next(_spread(MOST_SECS, random), f"is blocked: {why}; asked again in six hours")
    if status in (429, 503):
        if refusal.retry_after_secs is not None:
            # Not before the wished time, and not all at once behind it.
            wait = max(every_secs, refusal.retry_after_secs) * (1.0 + JITTER * random.random())
            return Next(wait, f"throttles: {why}")
        return Next(_spread(min(doubled, MOST_SECS), random), f"throttles: {why}")
    return Next(_spread(max(every_secs, min(doubled, HOUR)), random), f"fails: {why}")


def time_of(published: datetime | None, now: datetime, *, last_good: datetime | None) -> datetime | str:
    """The time of an entry that is seen for the first time, or the reason to leave it out.

    Dates lie, so the time it was first seen counts where the feed is watched; the date only decides what is too old.
    Of a feed that is read for the first time, or after a long outage, the dates are all there is.
    """
    if published is not None and published > now:
        published = now
    if published is not None and now - published > OLDEST:
        return "too_old"
    if last_good is not None and now - last_good <= WATCHED:
        return max(published, now - FRESH) if published is not None else now
    return "undated" if published is None else published


OLDEST = timedelta(hours=24)
FRESH = timedelta(minutes=5)
"""No post that just appeared is taken to be older than this: it would come too late to count."""
WATCHED = timedelta(hours=1, minutes=15)
"""So long after the last good answer a new entry is taken to be new: the longest wished interval, and its jitter."""


def _spread(secs: float, random: Random) -> float:
    return secs * (1.0 + JITTER * (2.0 * random.random() - 1.0))
