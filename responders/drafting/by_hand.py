"""What a network does not let a program do and a person may: a text with a link that opens the network's own composer.

bonmot posts nothing of this and asks nobody's yes for it: whoever opens the link posts in their own name, and reads the
card first. Composers: docs.x.com (web intent), docs.bsky.app (action intent links), `/share` of a Mastodon server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit

from monitor.model import Account, Brand, Opportunity, Post, Trend
from monitor.settings import TemplateSettings
from responders.drafting import templates as written
from responders.policy import Policy

MOST = 2
"""More a card has no room for."""
UNABLE = "bonmot cannot quote by itself yet"


@dataclass(frozen=True, slots=True)
class ByHand:
    """One text for a person to post, about one post of somebody else."""

    text: str
    about: str
    """The address of the post that it quotes."""
    why: str
    """Why bonmot does not do it."""
    link: str
    """Opens the composer with the text."""


def by_hand(
    opportunity: Opportunity,
    brand: Brand,
    templates: Sequence[TemplateSettings],
    *,
    account: Account,
    policy: Policy,
    today: date,
    rules: Callable[[str], list[str]] = lambda _: [],
) -> list[ByHand]:
    """The brand's quotes of the trend's loudest post on the account's own network; none without such a post."""
    about = loudest(opportunity.trend, account.platform)
    wanted = [template for template in templates if template.act == "quote"]
    rule = policy.rule(account, "quote", today)
    if about is None or about.url is None or not wanted or (rule is not None and rule.standing == "forbidden"):
        return []
    why = UNABLE if rule is None or rule.standing == "allowed" else rule.why
    plain = [template.model_copy(update={"act": "post"}) for template in wanted]
    found, _ = written.candidates(opportunity, brand, plain, account=account, recent=())
    texts = [one.draft.text for one in found if not rules(one.draft.text)]
    links = [(text, composer(account, text, about.url)) for text in dict.fromkeys(texts)]
    return [ByHand(text, about.url, why, link) for text, link in links if link is not None][:MOST]


def loudest(trend: Trend, platform: str) -> Post | None:
    """The post of this network with an address that was passed on most; None where there is none."""
    posts = [post for post in (*trend.samples, *trend.evidence) if post.platform == platform and post.url]
    originals = [post for post in posts if post.repost_of is None]
    return max(
        originals, key=lambda post: (post.reposts or 0, post.likes or 0, -post.created_at.timestamp()), default=None
    )


def composer(account: Account, text: str, about: str) -> str | None:
    """The address that opens the network's composer with text and post; None where no such address is known."""
    said = quote(text, safe="")
    match account.platform:
        case "x":
            return f"https://x.com/intent/tweet?text={said}&url={quote(about, safe='')}"
        case "bluesky":
            return f"https://bsky.app/intent/compose?text={quote(f'{text} {about}', safe='')}"
        case "mastodon":
            server = account.handle.partition("@")[2] or urlsplit(about).hostname or ""
            return f"https://{server}/share?text={quote(f'{text} {about}', safe='')}" if server else None
    return None
