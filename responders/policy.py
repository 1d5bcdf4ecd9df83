"""What each network lets an account do today, as dated data with its sources. Pure.

A network changes its rules a few times a year, and differently by what an account pays. So a rule carries who says so
and when somebody last looked; what a company was granted is written into bot.yaml (`policy`) and comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import regex

from monitor.model import Account
from monitor.schema import Act, PolicySettings, Standing, to_date

STALE = timedelta(days=90)
"""Networks change their rules a few times a year; one that nobody looked at for so long is a guess."""
SELF_SERVE = "self_serve"
"""How an account reaches its network where bot.yaml says nothing of it."""

ACTS: Mapping[Act, str] = {
    "post": "a post of one's own",
    "reply": "a reply",
    "quote": "a quote",
    "mention": "naming somebody",
    "link": "a link",
    "cashtag": "a cashtag",
    "repeat": "the same text on another account",
}
"""What each act is called on cards."""
STANDINGS: Mapping[Standing, str] = {
    "allowed": "allowed",
    "summoned": "only to people who called the account",
    "permission": "only with the network's permission",
    "by_hand": "by hand only",
    "forbidden": "not allowed",
}
_CASHTAG = regex.compile(r"(?<![\w$])\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?!\w)", regex.I)
"""As twitter-text finds them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether one act is allowed, on which network, and who says so."""

    network: str
    act: Act
    standing: Standing
    why: str
    """A sentence for the card."""
    source: str
    checked: date
    """When somebody last read the source."""
    access: str = ""
    """For accounts that reach the network so; empty: for all."""
    account: str = ""
    """For this account alone, as `platform:handle`; empty: for all."""
    since: date | None = None
    """It holds from this day on."""
    most: int | None = None
    """Of `act`, so many in one post."""

    def speaks_of(self, account: Account, access: str, today: date) -> bool:
        """Whether it holds for the account today."""
        is_about = (
            self.network == account.platform and self.access in ("", access) and self.account in ("", account.key)
        )
        return is_about and (self.since is None or self.since <= today)

    @property
    def particular(self) -> tuple[bool, bool, date]:
        """What is said of one account comes before what is said of its kind, and the later before the earlier."""
        return bool(self.account), bool(self.access), self.since or date.min


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a network says what it allows, and when it was read."""

    network: str
    source: str
    checked: date

    def says(
        self,
        act: Act,
        standing: Standing,
        why: str,
        *,
        access: str = "",
        since: date | None = None,
        most: int | None = None,
    ) -> Rule:
        return Rule(self.network, act, standing, why, self.source, self.checked, access, "", since, most)


_X_POSTS = _Page("x", "docs.x.com, manage posts", date(2026, 8, 22))
_X_CHANGES = _Page("x", "docs.x.com, changelog", date(2026, 8, 22))
_X_BOTS = _Page("x", "docs.x.com, developer guidelines", date(2026, 8, 22))
_BLUESKY = _Page("bluesky", "docs.bsky.app, bots", date(2026, 11, 22))
_MASTODON = _Page("mastodon", "the rules of the instance", date(2026, 11, 22))
_REDDIT = _Page("reddit", "Responsible Builder Policy of 2025-11", date(2026, 11, 22))

RULES: tuple[Rule, ...] = (
    _X_POSTS.says("post", "allowed", "a post of one's own"),
    _X_POSTS.says("cashtag", "allowed", "one cashtag a post", access=SELF_SERVE, most=1),
    _X_CHANGES.says(
        "reply",
        "summoned",
        "only where its author named the account or quoted one of its posts",
        access=SELF_SERVE,
        since=date(2026, 2, 23),
    ),
    _X_CHANGES.says(
        "quote",
        "by_hand",
        "quoting was taken out of everything but enterprise access",
        access=SELF_SERVE,
        since=date(2026, 4, 20),
    ),
    _X_BOTS.says("mention", "forbidden", "calling people unasked is against its automation rules"),
    _X_BOTS.says("repeat", "forbidden", "the same or a similar text on several accounts is spam"),
    _BLUESKY.says("post", "allowed", "a post of one's own"),
    _BLUESKY.says("reply", "summoned", "bots speak only with people who tagged the account"),
    _BLUESKY.says("mention", "summoned", "bots speak only with people who tagged the account"),
    _BLUESKY.says("quote", "by_hand", "it is allowed, and bonmot cannot do it yet"),
    _MASTODON.says("post", "allowed", "unless the instance forbids advertising"),
    _MASTODON.says("reply", "summoned", "most instances forbid unasked replies"),
    _MASTODON.says("mention", "summoned", "most instances forbid unasked replies"),
    _MASTODON.says("quote", "by_hand", "its author decides who may quote it, so a person looks"),
    _REDDIT.says("post", "permission", "only in the community whose moderators agreed"),
    _REDDIT.says("reply", "permission", "only in the community whose moderators agreed"),
)
"""What was found on the networks' own pages. Where nothing stands of an act, nothing is known against it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that hold here: the company's own before the networks'."""

    rules: Sequence[Rule] = RULES
    access: Mapping[str, str] = field(default_factory=dict)
    """How an account reaches its network, by `platform:handle`; one that is not named has self-serve access."""

    def rule(self, account: Account, act: Act, today: date) -> Rule | None:
        """The one that decides; None where nothing is known against it."""
        access = self.access.get(account.key, SELF_SERVE)
        found = [rule for rule in self.rules if rule.act == act and rule.speaks_of(account, access, today)]
        return max(found, key=lambda rule: rule.particular, default=None)

    def allows(self, account: Account, act: Act, today: date) -> bool:
        """Whether the bot may do it by itself once people said yes; what moderators agreed to counts as allowed."""
        rule = self.rule(account, act, today)
        return rule is None or rule.standing in ("allowed", "permission")

    def against(self, text: str, account: Account, today: date) -> list[str]:
        """What the network has against such a post, in sentences for whoever has to mend it."""
        return list(self._against(text, account, today))

    def _against(self, text: str, account: Account, today: date) -> Iterator[str]:
        post = self.rule(account, "post", today)
        if post is not None and post.standing == "forbidden":
            yield f"may not be posted on {account.key}: {post.why} ({post.source}, {post.checked})"
        cashtag = self.rule(account, "cashtag", today)
        count = len(_CASHTAG.findall(text))
        if cashtag is not None and count > (cashtag.most if cashtag.most is not None else count):
            yield f"holds {count} cashtags: {cashtag.why} ({cashtag.source}, {cashtag.checked})"

    def told(self, account: Account, today: date) -> list[str]:
        """A line for each act that the network does not simply allow."""
        lines = []
        for act, name in ACTS.items():
            rule = self.rule(account, act, today)
            if rule is not None and rule.standing != "allowed":
                since = f" since {rule.since}" if rule.since else ""
                lines.append(f"{name}: {STANDINGS[rule.standing]}{since}, {rule.why} ({rule.source}, {rule.checked})")
        return lines

    def stale(self, networks: Iterable[str], today: date) -> list[str]:
        """A sentence for each network whose oldest rule nobody compared with its source for too long."""
        found = []
        for network in sorted(set(networks)):
            rules = [rule for rule in self.rules if rule.network == network]
            oldest = min(rules, key=lambda one: one.checked, default=None)
            if oldest is not None and today - oldest.checked > STALE:
                days = (today - oldest.checked).days
                found.append(
                    f"what {network} allows was last read {days} days ago ({oldest.checked}, {oldest.source}): read it "
                    "again, and write what changed under `policy`"
                )
        return found


POLICY = Policy()
"""What is known of the networks, with self-serve access to each."""


def policy_of(settings: PolicySettings) -> Policy:
    """The company's own rules and the networks'."""
    own = [
        Rule(
            network=rule.account.partition(":")[0], act=rule.act, standing=rule.standing, why=rule.why,
            source=rule.source, checked=to_date(rule.checked), account=rule.account, most=rule.most,
        )
        for rule in settings.rules
    ]  # fmt: skip
    return Policy((*own, *RULES), dict(settings.access))
