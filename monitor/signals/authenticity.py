"""Whether the crowd is a crowd: copies under many names and a few loud accounts look like a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from monitor.model import Brand, Post, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.reading import Reading

ENOUGH_POSTS = 12
"""Below a dozen posts copies and loud accounts say nothing."""
COPIED_FROM = 0.5
"""Half of the original posts being the same texts under different names is what a campaign looks like."""
LOUD_FROM = 0.5
LOUDEST = 5
"""Five accounts writing half of everything is a small club, not a crowd."""
FEW_FOLLOWERS = 100
"""Accounts that hardly anybody follows; on an open network about half of all accounts are such, and no harm in it."""
MANY_UNKNOWN = 0.75
"""Three quarters of a crowd being unknown is unusual: worth a second look."""
UNKNOWN_FROM = 0.9
"""Nine in ten being unknown is how accounts made for the day look."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 for many different people, 0.0 for copies; a suspected campaign blocks."""
    reading = context.reading_of(trend)
    if len(reading.posts) < ENOUGH_POSTS:
        return Signal("authenticity", 0.5, f"only {len(reading.posts)} posts: too few to tell a campaign")
    suspicions = [s for s in (_copied(reading), _loud(reading.posts), _unknown(reading.posts)) if s is not None]
    worst = max((weight for weight, _ in suspicions), default=0.0)
    why = "; ".join(text for _, text in suspicions) or "many different voices"
    if worst >= 1.0:
        return Signal("authenticity", 0.0, f"suspected campaign: {why}", veto=Verdict.BLOCK)
    return Signal("authenticity", 1.0 - worst, why, caution=f"perhaps a campaign: {why}" if worst >= 0.5 else None)


def _copied(reading: Reading) -> tuple[float, str] | None:
    """The share of posts, marked reposts aside, that repeat another's text under another name."""
    own = [[post for post in voice.posts if post.repost_of is None] for voice in reading.voices]
    total = sum(map(len, own))
    copied = sum(len(posts) - 1 for posts in own if len({post.author for post in posts}) > 1)
    if total < ENOUGH_POSTS or not copied:
        return None
    share = copied / total
    return min(1.0, share / COPIED_FROM) if share >= COPIED_FROM / 2 else 0.0, f"{copied} of {total} posts are copies"


def _loud(posts: Sequence[Post]) -> tuple[float, str] | None:
    """The share of the five loudest accounts, where the source says who wrote."""
    known = [post.author for post in posts if post.author is not None]
    if len(known) < 2 * ENOUGH_POSTS:
        return None
    loudest = sum(count for _, count in Counter(known).most_common(LOUDEST))
    share = loudest / len(known)
    text = f"{LOUDEST} accounts wrote {loudest} of {len(known)} posts"
    return (min(1.0, share / LOUD_FROM), text) if share >= LOUD_FROM / 2 else None


def _unknown(posts: Sequence[Post]) -> tuple[float, str] | None:
    """The share of accounts hardly anybody follows, where the source says so."""
    followers = {post.author: post.author_followers for post in posts if post.author_followers is not None}
    if len(followers) < ENOUGH_POSTS:
        return None
    few = sum(count < FEW_FOLLOWERS for count in followers.values())
    share = few / len(followers)
    text = f"{few} of {len(followers)} accounts have fewer than {FEW_FOLLOWERS} followers"
    return (1.0 if share >= UNKNOWN_FROM else 0.5, text) if share >= MANY_UNKNOWN else None
