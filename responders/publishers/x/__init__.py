"""Posts on X as the account itself (OAuth 1.0a user context), for money, and reads back what may have been posted.

X knows no key against a second post. What may have left is looked for in the account's own posts before anything is
sent again, and a text that X refuses as a duplicate is looked for as well (docs.x.com/x-api/posts).
"""

from __future__ import annotations

from typing import Self

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.budget import Purse
from monitor.clock import Clock
from monitor.errors import Refused
from responders.calling import ServerUrl, is_on_this_machine
from responders.model import Publication, Receipt
from responders.publishers import Publisher
from responders.publishers.x.probing import probe
from responders.publishers.x.speaker import Speaker, bare

__all__ = ["AccountSettings", "Settings", "XPublisher", "build", "probe"]

_KEY = r"^[\x21-\x7e]+$"


class AccountSettings(BaseModel):
    """The four keys with which one account speaks: of the app, and of the account for that app."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    consumer_key: str = Field(min_length=1, max_length=200, pattern=_KEY, repr=False, description="the app's API key")
    consumer_secret: str = Field(min_length=1, max_length=200, pattern=_KEY, repr=False)
    access_token: str = Field(
        min_length=1, max_length=200, pattern=_KEY, repr=False,
        description="the account's, made after the app was given `Read and write`",
    )  # fmt: skip
    access_secret: str = Field(min_length=1, max_length=200, pattern=_KEY, repr=False)
    paid_partnership: bool = Field(default=False, description="every post is labelled as a paid partnership")


class Settings(BaseModel):
    """What stands under `publishers: x:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: dict[str, AccountSettings] = Field(min_length=1, max_length=50, description="by user name: `oreo`")
    base_url: ServerUrl = Field(default="https://api.x.com", description="where X's API is")
    timeout_secs: float = Field(default=20.0, gt=0.0, le=120.0)

    @model_validator(mode="after")
    def _knows_each_account_once(self) -> Self:
        if len({bare(handle) for handle in self.accounts}) < len(self.accounts):
            raise ValueError("two accounts have the same name; case and a leading @ make no difference")
        return self


def build(settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, purse: Purse) -> Publisher:
    """A publisher for the configured accounts; nothing is asked before it is used. `purse` is X's, for all of us."""
    return XPublisher(settings, http, clock, purse=purse)


class XPublisher:
    """See `responders.publishers.Publisher`. Each account has keys of its own and never speaks as another."""

    platform = "x"
    can_find = True  # its own posts are read back, as far as before the approval; a duplicate is refused besides
    settle_secs = 60.0  # X promises nothing: a post we gave up on may still be under way, and timelines lag by seconds

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock, *, purse: Purse) -> None:
        self.is_harmless = is_on_this_machine(settings.base_url)
        self._speakers = {
            bare(handle): Speaker(settings, http, clock, handle=handle, purse=purse) for handle in settings.accounts
        }

    async def publish(self, publication: Publication) -> Receipt:
        """Post it, once. Raises Refused for an account that is not configured here, OutOfMoney before anything left."""
        return await self._speaker(publication).publish(publication)

    async def find(self, publication: Publication) -> Receipt | None:
        """Look through the account's posts since the approval."""
        return await self._speaker(publication).find(publication)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete the post and read back that it is gone. No cap on spending stops that."""
        await self._speaker(publication).undo(receipt)

    async def close(self) -> None:
        """Nothing to let go of: the connections belong to the program."""

    def _speaker(self, publication: Publication) -> Speaker:
        speaker = self._speakers.get(bare(publication.account.partition(":")[2]))
        if speaker is None:
            raise Refused(f"{publication.account} has no keys under publishers: x: accounts in bot.yaml")
        return speaker
