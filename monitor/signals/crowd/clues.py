"""Six things that organised crowds do and organic ones hardly ever: each a share of the crowd, said in numbers.

Every share is taken of all voices: accounts, and posts whose author is unknown, one voice each. So whoever joins with a
text of their own only makes a clue weaker, and what a source does not say is never held against anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import chain, combinations

from monitor.model import Post
from monitor.signals.crowd.copies import same_texts

DOUBTFUL, HEAVY = 0.5, 1.0
"""What a clue weighs: two doubtful ones together, or a heavy one alone, make a suspicion."""

FEWEST = 6
"""Fewer accounts, or posts, than half a dozen may do anything by chance."""
DOZEN = 12
"""What even half a dozen does by chance needs a dozen: having few followers, writing much."""

PASTED_FROM = 1 / 2
PASTED_TEXTS, ONE_TEXT_FROM = 3, 3 / 4
"""Half of a crowd pasting is doubtful; of one or two texts, three quarters, for good jokes are quoted. Never more than
doubtful: where a source marks no reposts, an official line that everybody reposts looks the same."""

REPEATED_FROM, REPEATED_HEAVY = 1 / 4, 1 / 2
"""People hardly ever write the same long text twice; advertising does nothing else."""

TOGETHER = timedelta(minutes=1)
"""One hand on many accounts serves them within a minute (Keller et al., Political Astroturfing on Twitter, 2020)."""
TOGETHER_FROM, TOGETHER_HEAVY = 1 / 4, 1 / 2
"""Once is chance; that the same two accounts say the same together again is rare among strangers."""

BUSY_POSTS, BUSY_WITHIN = 3, timedelta(minutes=2)
BUSY_FROM = 1 / 5
"""Of the fans of a final about one in twenty writes three times in two minutes about one thing; of paid crowds half."""

LOUDEST = 5
LOUD_FROM, LOUD_HEAVY = 1 / 2, 3 / 4
"""Five accounts writing half of everything are a small club: reporters at a siege, customers and a help desk. At three
quarters there is no crowd around them."""

FEW_FOLLOWERS = 100
FEW_FROM = 9 / 10
"""On an open network about half of all accounts have fewer than a hundred followers; nine in ten have them nowhere."""


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that speaks for an organised crowd."""

    weight: float
    """DOUBTFUL or HEAVY."""
    says: str
    posts: frozenset[str]
    """Ids of the posts it rests on."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The posts of a trend by who wrote them."""

    posts: tuple[Post, ...]
    accounts: dict[str, list[Post]]
    own: list[list[Post]]
    """Posts with a known author that are no marked reposts, those together that say the same at some length."""
    reposts: list[list[Post]]
    """Marked reposts with a known author, those of the same text together."""

    @property
    def voices(self) -> int:
        """Accounts, and each post of an unknown author as one more."""
        return len(self.accounts) + len(self.posts) - sum(map(len, self.accounts.values()))


def crowd_of(posts: Sequence[Post]) -> Crowd:
    """Sort the posts of a trend by account and by text."""
    accounts: dict[str, list[Post]] = {}
    for post in posts:
        if post.author is not None:
            accounts.setdefault(_account(post), []).append(post)
    own: list[Post] = []
    reposts: dict[str, list[Post]] = {}
    for post in chain.from_iterable(accounts.values()):
        (own if post.repost_of is None else reposts.setdefault(post.text, [])).append(post)
    return Crowd(tuple(posts), accounts, same_texts(own), list(reposts.values()))


@lru_cache(maxsize=4)
def clues_in(posts: tuple[Post, ...]) -> tuple[Clue, ...]:
    """All that speaks for an organised crowd, weightiest first. Kept for a while: every brand asks the same."""
    crowd = crowd_of(posts)
    found = [measure(crowd) for measure in (_together, _pasted, _repeated, _busy, _loud, _few_followers)]
    return tuple(sorted((clue for clue in found if clue), key=lambda clue: -clue.weight))


def _pasted(crowd: Crowd) -> Clue | None:
    """Longer texts that stand, as if they were their own, under several names."""
    copied = [group for group in crowd.own if len(_accounts(group)) > 1]
    pasters = _accounts(post for group in copied for post in group)
    needed = PASTED_FROM if len(copied) >= PASTED_TEXTS else ONE_TEXT_FROM
    if len(pasters) < FEWEST or len(pasters) < needed * crowd.voices:
        return None
    texts = "one text stands" if len(copied) == 1 else f"{len(copied)} texts stand"
    says = f"{texts} under several names, {_of(len(pasters), crowd.voices, 'account')} pasted them"
    return Clue(DOUBTFUL, says, _ids(copied))


def _repeated(crowd: Crowd) -> Clue | None:
    """Accounts that write their own longer text again."""
    again = [
        same
        for group in crowd.own
        for account in _accounts(group)
        if len(same := [post for post in group if _account(post) == account]) > 1
    ]
    count = sum(len(same) - 1 for same in again)
    weight = _weight(count, len(crowd.posts), (REPEATED_FROM, REPEATED_HEAVY))
    if not weight or count < FEWEST:
        return None
    return Clue(weight, f"{_of(count, len(crowd.posts), 'post')} repeat what the same account wrote", _ids(again))


def _together(crowd: Crowd) -> Clue | None:
    """Accounts that say or repost the same within a minute of each other, and then again."""
    times: Counter[tuple[str, str]] = Counter()
    groups = [*crowd.own, *crowd.reposts]
    for group in groups:
        times.update(_pairs(group))
    again = {account for pair, count in times.items() if count > 1 for account in pair}
    weight = _weight(len(again), crowd.voices, (TOGETHER_FROM, TOGETHER_HEAVY))
    if not weight or len(again) < FEWEST:
        return None
    says = f"{_of(len(again), crowd.voices, 'account')} posted the same as another within a minute, and then again"
    shared = [[post for post in group if _account(post) in again] for group in groups if len(group) > 1]
    return Clue(weight, says, _ids(shared))


def _pairs(group: Sequence[Post]) -> set[tuple[str, str]]:
    """The accounts of a group of equal posts that posted within a minute of each other."""
    stamps = sorted((post.created_at, _account(post)) for post in group)
    return {
        (min(one, other), max(one, other))
        for (early, one), (late, other) in combinations(stamps, 2)
        if one != other and late - early <= TOGETHER
    }


def _busy(crowd: Crowd) -> Clue | None:
    """Accounts that write again and again within minutes."""
    busy = [posts for posts in crowd.accounts.values() if _is_busy(posts)]
    if len(busy) < FEWEST or len(busy) < BUSY_FROM * crowd.voices:
        return None
    says = f"{_of(len(busy), crowd.voices, 'account')} posted three times or more within two minutes"
    return Clue(DOUBTFUL, says, _ids(busy))


def _is_busy(posts: Sequence[Post]) -> bool:
    times = sorted(post.created_at for post in posts)
    return any(late - early <= BUSY_WITHIN for early, late in zip(times, times[BUSY_POSTS - 1 :], strict=False))


def _loud(crowd: Crowd) -> Clue | None:
    """The few accounts that write most; who wrote once or twice is never one of them."""
    often = [posts for posts in crowd.accounts.values() if len(posts) >= BUSY_POSTS]
    loudest = sorted(often, key=lambda posts: (-len(posts), _account(posts[0])))[:LOUDEST]
    count = sum(map(len, loudest))
    weight = _weight(count, len(crowd.posts), (LOUD_FROM, LOUD_HEAVY))
    if not weight or count < DOZEN:
        return None
    who = "one account" if len(loudest) == 1 else f"{len(loudest)} accounts"
    return Clue(weight, f"{who} wrote {_of(count, len(crowd.posts), 'post')}", _ids(loudest))


def _few_followers(crowd: Crowd) -> Clue | None:
    """Accounts that hardly anybody follows, as far as the source says so."""
    few = [posts for posts in crowd.accounts.values() if 0 <= _followers(posts) < FEW_FOLLOWERS]
    if len(few) < DOZEN or len(few) < FEW_FROM * crowd.voices:
        return None
    says = f"{_of(len(few), crowd.voices, 'account')} have fewer than {FEW_FOLLOWERS} followers"
    return Clue(DOUBTFUL, says, _ids(few))


def _followers(posts: Sequence[Post]) -> int:
    """The most that was seen of an account; -1 where the source does not say."""
    return max((post.author_followers for post in posts if post.author_followers is not None), default=-1)


def _weight(count: int, of: int, limits: tuple[float, float]) -> float:
    """DOUBTFUL from the first share on, HEAVY from the second; 0 below."""
    doubtful, heavy = limits
    return HEAVY if count >= heavy * of else DOUBTFUL if count >= doubtful * of else 0.0


def _of(count: int, of: int, what: str) -> str:
    return f"{count} of {of} {what}{'s' if of != 1 else ''}"


def _account(post: Post) -> str:
    return f"{post.platform}:{post.author}"


def _accounts(posts: Iterable[Post]) -> set[str]:
    return {_account(post) for post in posts}


def _ids(groups: Iterable[Iterable[Post]]) -> frozenset[str]:
    return frozenset(post.id for group in groups for post in group)
