"""Whether the crowd is a crowd: accounts in step, copies under many names and a few loud ones look like a campaign.

What the accounts do is judged, not only who they are: many people, each with words of their own, are never suspected,
however few follow them. When an account was made would tell as well; no source says it, so it counts for nothing.
"""

from __future__ import annotations

from datetime import datetime

from monitor.model import Brand, Signal, Trend, Verdict
from monitor.signals.context import Context
from monitor.signals.crowd.clues import DOUBTFUL, DOZEN, HEAVY, clues_in, crowd_of

SHOWN_POSTS = 20
"""Posts named as evidence, the earliest."""


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """1.0 for many different people, 0.0 for a suspected campaign, which blocks; 0.5 where nobody can tell."""
    clues = clues_in(trend.evidence)
    if not clues:
        return _unsuspected(trend)
    weight = min(HEAVY, sum(clue.weight for clue in clues))
    why = "; ".join(clue.says for clue in clues)
    ids = frozenset[str]().union(*(clue.posts for clue in clues))
    posts = sorted((post for post in trend.evidence if post.id in ids), key=lambda post: (post.created_at, post.id))
    shown = tuple(post.id for post in posts[:SHOWN_POSTS])
    if weight >= HEAVY:
        why = f"suspected coordination: {why}"
        return Signal("authenticity", 0.0, why, veto=Verdict.BLOCK, evidence=shown)
    return Signal("authenticity", 1.0 - DOUBTFUL, why, caution=f"perhaps a campaign: {why}", evidence=shown)


def _unsuspected(trend: Trend) -> Signal:
    crowd = crowd_of(trend.evidence)
    if len(crowd.accounts) >= DOZEN:
        return Signal(
            "authenticity", 1.0, f"{len(crowd.accounts)} accounts, nothing in step; how old they are is unknown"
        )
    if len(trend.evidence) < DOZEN:
        return Signal("authenticity", 0.5, f"only {len(trend.evidence)} posts: too few to tell a campaign")
    return Signal("authenticity", 0.5, "the source does not say who wrote: a campaign could not be told")
