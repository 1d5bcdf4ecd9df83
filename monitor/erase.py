"""What its author took back must not be kept: which posts that concerns, and a trend without them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.keywords import cut
from monitor.model import Post, Trend

NAME_TERMS = 3
NAME_LETTERS = 60
"""As long as any name of a trend may be."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Posts of one platform whose text nobody may keep any more."""

    platform: str
    posts: frozenset[str]
    """Ids of deleted posts."""
    authors: frozenset[str]
    """As `Post.author` names them: closed or banned accounts, all of whose posts go."""

    def and_also(self, other: TakenBack) -> TakenBack:
        """Both, of one platform."""
        return TakenBack(self.platform, self.posts | other.posts, self.authors | other.authors)

    def covers(self, post: Post) -> bool:
        """Whether the post is one of them."""
        return self.platform == post.platform and (post.id in self.posts or post.author in self.authors)


def kept(posts: Sequence[Post], taken: Sequence[TakenBack]) -> tuple[Post, ...]:
    """The posts that may stay, in their order."""
    return tuple(post for post in posts if not any(one.covers(post) for one in taken))


def without(trend: Trend, taken: Sequence[TakenBack]) -> Trend:
    """The trend without what its authors took back; its figures stay, for they are nobody's words."""
    posts = (*trend.samples, *trend.evidence)
    name = renamed(trend.name, trend.terms, posts, taken=taken)
    return replace(trend, name=name, samples=kept(trend.samples, taken), evidence=kept(trend.evidence, taken))


def renamed(name: str, terms: Sequence[str], posts: Sequence[Post], *, taken: Sequence[TakenBack]) -> str:
    """The name of a trend; where it quotes a post that was taken back and no other, its terms instead."""
    left = {id(post) for post in kept(posts, taken)}
    quoted = [id(post) in left for post in posts if _quotes(name, post)]
    return name if any(quoted) or not quoted else ", ".join(terms[:NAME_TERMS])[:NAME_LETTERS]


def _quotes(name: str, post: Post) -> bool:
    return cut(name).line in cut(post.text).line


def without_posts(trend: Trend) -> Trend:
    """The trend without anybody's words but its name."""
    return replace(trend, samples=(), evidence=())
