"""Posts on a server of Mastodon's kind, where the account lives, with our mark as the key against a second status.

The key is remembered for an hour, and not by every server of the network. So what may have left is never just sent
again: the account's own statuses are read back first (docs.joinmastodon.org/methods/statuses and /accounts).
"""

from __future__ import annotations

from typing import Self

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.clock import Clock
from monitor.errors import Refused
from responders.calling import ServerUrl, is_on_this_machine
from responders.model import Publication, Receipt
from responders.publishers import Publisher
from responders.publishers.mastodon.probing import probe
from responders.publishers.mastodon.speaker import Speaker, bare

__all__ = ["AccountSettings", "MastodonPublisher", "Settings", "build", "probe"]


class AccountSettings(BaseModel):
    """How one account is let in, and where it lives."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    token: str = Field(
        min_length=1, max_length=500, repr=False, pattern=r"^[\x21-\x7e]+$",
        description="the account's access token; scopes profile, read:statuses, write:statuses, write:media",
    )  # fmt: skip
    base_url: ServerUrl | None = Field(default=None, description="its server, where it is not the one for all")


class Settings(BaseModel):
    """What stands under `publishers: mastodon:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: dict[str, AccountSettings] = Field(
        min_length=1, max_length=50, description="by handle: `oreo@brands.example`, or `oreo` alone"
    )
    base_url: ServerUrl | None = Field(default=None, description="the server of every account that names none")
    timeout_secs: float = Field(default=20.0, gt=0.0, le=120.0)

    @model_validator(mode="after")
    def _has_a_server_for_each(self) -> Self:
        homeless = [handle for handle, account in self.accounts.items() if not (account.base_url or self.base_url)]
        if homeless:
            raise ValueError(f"{homeless[0]} has no base_url; write its server there, or one for all above")
        if len({bare(handle) for handle in self.accounts}) < len(self.accounts):
            raise ValueError("two accounts have the same handle; case and a leading @ make no difference")
        return self

    def server_of(self, handle: str) -> str:
        """Where the account lives, without a slash at the end."""
        return (self.accounts[handle].base_url or self.base_url or "").rstrip("/")


def build(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Publisher:
    """A publisher for the configured accounts; nothing is asked before it is used."""
    return MastodonPublisher(settings, http, clock)


class MastodonPublisher:
    """See `responders.publishers.Publisher`. Each account has a token of its own and never speaks as another."""

    platform = "mastodon"
    can_find = True  # its own statuses are read back, as far as before the approval
    settle_secs = 60.0  # a post that we gave up on may still wait in the server's queue, whose copies lag by seconds

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> None:
        self.is_harmless = all(is_on_this_machine(settings.server_of(handle)) for handle in settings.accounts)
        self._speakers = {bare(handle): Speaker(settings, http, clock, handle=handle) for handle in settings.accounts}

    async def publish(self, publication: Publication) -> Receipt:
        """Post it publicly, once. Raises Refused for an account that is not configured here."""
        return await self._speaker(publication).publish(publication)

    async def find(self, publication: Publication) -> Receipt | None:
        """Look through the account's statuses since the approval."""
        return await self._speaker(publication).find(publication)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete the status and read back that it is gone from its own server.

        Other servers are told to delete their copies; whether they do cannot be known.
        """
        await self._speaker(publication).undo(receipt)

    async def close(self) -> None:
        """Nothing to let go of: the connections belong to the program."""

    def _speaker(self, publication: Publication) -> Speaker:
        speaker = self._speakers.get(bare(publication.account.partition(":")[2]))
        if speaker is None:
            raise Refused(f"{publication.account} has no token under publishers: mastodon: accounts in bot.yaml")
        return speaker
