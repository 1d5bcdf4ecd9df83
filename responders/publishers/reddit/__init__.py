"""Posts on Reddit as text submissions to the one subreddit that allowed it, through praw in a thread of its own.

Reddit approves every app first, and most communities ban advertising: so each account names its subreddit and who
there consented, when. Reddit knows no key against a second submission: the account's own submissions are looked
through before anything is sent (reddit.com/dev/api).
"""

from __future__ import annotations

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.clock import Clock
from monitor.errors import Refused
from responders.calling import ServerUrl, is_on_this_machine
from responders.model import Publication, Receipt
from responders.publishers import Publisher
from responders.publishers.reddit.probing import probe
from responders.publishers.reddit.speaker import Speaker, bare

__all__ = ["AccountSettings", "RedditPublisher", "Settings", "build", "probe"]


class AccountSettings(BaseModel):
    """How one account logs in, and where it may speak."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    client_id: str = Field(min_length=1, max_length=100, description="the number of the app that Reddit approved")
    client_secret: str = Field(min_length=1, max_length=200, repr=False, description="its secret, from the environment")
    username: str = Field(pattern=r"^[A-Za-z0-9_-]{1,30}$", description="the account's user name, without u/")
    password: str = Field(min_length=1, max_length=200, repr=False)
    subreddit: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{1,20}$", description="the one it posts in, by its bare name: `oreo`"
    )
    consent: str = Field(
        min_length=10, max_length=500,
        description="which moderator allowed it and when: `u/name, modmail of 2026-11-20`",
    )  # fmt: skip


class Settings(BaseModel):
    """What stands under `publishers: reddit:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: dict[str, AccountSettings] = Field(
        min_length=1, max_length=20, description="by a name of your own: `oreo` is the account `reddit:oreo`"
    )
    user_agent: str = Field(
        max_length=200, pattern=r"^[^\s:]+:[^\s:]+:[^\s:]+ \(by /?u/[A-Za-z0-9_-]+\)$",
        description="of the form `linux:our-app:1.0 (by u/name)`, as Reddit demands",
    )  # fmt: skip
    oauth_url: ServerUrl = Field(default="https://oauth.reddit.com")
    reddit_url: ServerUrl = Field(default="https://www.reddit.com")
    timeout_secs: float = Field(default=8.0, gt=0.0, le=60.0)

    @model_validator(mode="after")
    def _knows_each_account_once(self) -> Settings:
        if len({bare(name) for name in self.accounts}) < len(self.accounts):
            raise ValueError("two accounts have the same name; case and a leading @ make no difference")
        return self


def build(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Publisher:
    """A publisher for the configured accounts; nothing is asked before it is used. praw brings its own client."""
    del http
    return RedditPublisher(settings, clock)


class RedditPublisher:
    """See `responders.publishers.Publisher`. Each account has a log-in of its own and never speaks as another."""

    platform = "reddit"
    can_find = True  # its own submissions are read back, as far as before the approval
    settle_secs = 90.0  # listings come from caches that lag, and a submission that we gave up on may still be queued

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.is_harmless = is_on_this_machine(settings.oauth_url) and is_on_this_machine(settings.reddit_url)
        self._speakers = {bare(name): Speaker(settings, clock, name=name) for name in settings.accounts}

    async def publish(self, publication: Publication) -> Receipt:
        """Submit it, once. Raises Refused for an account that is not configured here."""
        return await self._speaker(publication).publish(publication)

    async def find(self, publication: Publication) -> Receipt | None:
        """Look through the account's submissions since the approval."""
        return await self._speaker(publication).find(publication)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete the submission and read back that it is gone.

        Reddit deletes author and text; the title stays for who has the link.
        """
        await self._speaker(publication).undo(receipt)

    async def close(self) -> None:
        """End the threads, when what they have in hand is done."""
        for speaker in self._speakers.values():
            await speaker.close()

    def _speaker(self, publication: Publication) -> Speaker:
        speaker = self._speakers.get(bare(publication.account.partition(":")[2]))
        if speaker is None:
            raise Refused(f"{publication.account} has no log-in under publishers: reddit: accounts in bot.yaml")
        return speaker
