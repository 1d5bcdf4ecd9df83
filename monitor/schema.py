"""What every block of the settings is made of, and the blocks of drafting: a brand's voice, an optional model."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from monitor.budget import Caps
from monitor.model import Claim, Stock, Voice
from monitor.prices import micros_of

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="lower-case letters, digits, - and _")]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,20}$", description="the id of a channel: C0123ABCD")]
GroupId = Annotated[str, Field(pattern=r"^S[A-Z0-9]{2,20}$", description="the id of a user group: S0123ABCD")]
MemberId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$", description="the member id of a profile: U0123")]


def to_date(text: str) -> date:
    """`2027-05-04` as a date. Raises ValueError with a sentence for a person."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write 2027-05-04") from error


def _real_date(text: str) -> str:
    to_date(text)
    return text


Day = Annotated[str, AfterValidator(_real_date)]
Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=500)]


class Model(BaseModel):
    """Unknown keys are errors; nothing is coerced from another type silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ClaimSettings(Model):
    """Words that need a proof."""

    phrases: Words = Field(min_length=1, description="words or phrases; `any price` is every amount and discount")
    proof: str = Field(default="", max_length=500, description="where it can be looked up; empty: never said")


class VoiceSettings(Model):
    """How the brand sounds. `do` and `dont` instruct a model; the rest is measured on every text, people's too."""

    do: Words = Field(default_factory=list)
    dont: Words = Field(default_factory=list)
    emoji: int | None = Field(default=None, ge=0, le=50, description="at most so many in a text")
    hashtags: int | None = Field(default=None, ge=0, le=30, description="at most so many in a text")
    claims: list[ClaimSettings] = Field(default_factory=list, max_length=200)
    allow: Words = Field(
        default_factory=list, description="addresses, @names, #tags, phone numbers a model's draft may hold"
    )

    def to_voice(self) -> Voice:
        """The frozen domain form."""
        return Voice(
            do=tuple(self.do),
            dont=tuple(self.dont),
            emoji=self.emoji,
            hashtags=self.hashtags,
            claims=tuple(Claim(tuple(claim.phrases), claim.proof.strip()) for claim in self.claims),
            allow=tuple(self.allow),
        )


class DraftingSettings(Model):
    """A language model that writes drafts beside the templates, behind any OpenAI-compatible endpoint."""

    base_url: str = Field(min_length=1, max_length=500, description="up to /v1, such as http://127.0.0.1:11434/v1")
    api_key: str = Field(default="", max_length=500, repr=False, description="a reference; local servers need none")
    model: str = Field(min_length=1, max_length=120, pattern=r"^[\w.:/@ -]+$")
    structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    token_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - the name of a field
    max_tokens: int = Field(default=400, ge=50, le=8000, description="reasoning models need four times as many")
    temperature: float | None = Field(default=0.7, ge=0.0, le=2.0, description="null: not sent")
    connect_secs: float = Field(default=5.0, gt=0.0, le=60.0)
    first_answer_secs: float = Field(default=120.0, gt=0.0, le=600.0, description="a local server may load the model")
    total_secs: float = Field(default=180.0, gt=0.0, le=600.0)
    join_within_secs: float = Field(
        default=2.0, gt=0.0, le=120.0, description="a card waits so long for the model and then goes without"
    )
    excerpts: int = Field(default=5, ge=0, le=5, description="how many posts the model reads a cleaned piece of")
    max_calls_per_hour: int = Field(default=30, ge=1, le=10000)
    max_usd_per_day: float = Field(default=1.0, ge=0.0, le=10000.0)
    usd_per_1k_in: float = Field(default=0.0, ge=0.0, le=100.0, description="price of 1,000 tokens it reads")
    usd_per_1k_out: float = Field(default=0.0, ge=0.0, le=100.0, description="price of 1,000 tokens it writes")
    allow_remote: bool = Field(default=False, description="brand data and pieces of posts leave this machine")

    @model_validator(mode="after")
    def _sound_address(self) -> Self:
        wrong = wrong_address(self.base_url, allow_remote=self.allow_remote)
        if wrong:
            raise ValueError(f"base_url {wrong}")
        return self


class ListenSettings(Model):
    """Where clicks come in over HTTP; a proxy with TLS stands before it."""

    host: str = Field(default="127.0.0.1", max_length=100, description="an address of this machine, not a name")
    port: int = Field(default=8643, ge=0, le=65535)

    @field_validator("host")
    @classmethod
    def _is_an_address(cls, host: str) -> str:
        if not is_address(host):
            raise ValueError("must be an address of this machine such as 127.0.0.1 or ::1")
        return host


class SlackSettings(Model):
    """Cards and clicks in Slack; the local page stays. People have their Slack ids under `people`.

    Clicks come over Socket Mode with an `app_token`, over HTTP with a `signing_secret`.
    """

    bot_token: str = Field(min_length=1, max_length=500, repr=False, description="xoxb-..., a reference")
    app_token: str = Field(default="", max_length=500, repr=False, description="xapp-..., a reference; Socket Mode")
    signing_secret: str = Field(default="", max_length=500, repr=False, description="a reference; clicks over HTTP")
    listen: ListenSettings | None = Field(default=None, description="with `signing_secret`: where clicks come in")
    channels: dict[Name, ChannelId] = Field(
        min_length=1, max_length=200, description="brand -> id of a channel the bot was invited to; others: page only"
    )
    groups: dict[GroupId, Annotated[list[MemberId], Field(max_length=500)]] = Field(
        default_factory=dict,
        max_length=50,
        description="who is in a group while Slack does not tell: its plan, a scope",
    )
    base_url: str = Field(default="https://slack.com/api", min_length=1, max_length=500)

    @model_validator(mode="after")
    def _sound_address(self) -> Self:
        wrong = wrong_address(self.base_url, allow_remote=True)
        if wrong:
            raise ValueError(f"base_url {wrong}")
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if bool(self.app_token) == bool(self.signing_secret):
            raise ValueError("needs an app_token (Socket Mode) or a signing_secret (clicks over HTTP), and not both")
        if self.listen is not None and not self.signing_secret:
            raise ValueError("listen goes with a signing_secret: Socket Mode listens nowhere")
        return self

    @property
    def door(self) -> ListenSettings | None:
        """Where clicks come in over HTTP; None in Socket Mode."""
        return (self.listen or ListenSettings()) if self.signing_secret else None


Hour = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description='a time of day in quotes such as "22:00"')
]


class PaceSettings(Model):
    """How often each account of the brand may speak, and when it is quiet. What is approved waits for its time."""

    per_hour: int = Field(default=4, ge=1, le=1000)
    per_day: int = Field(default=12, ge=1, le=10_000)
    per_month: int = Field(default=150, ge=1, le=100_000, description="of thirty days")
    quiet_from: Hour | None = None
    """With `quiet_to`, by the clocks of `time_zone`."""
    quiet_to: Hour | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet_from and quiet_to belong together: give both or neither")
        return self


Act = Literal["post", "reply", "quote", "mention", "link", "cashtag", "repeat"]
"""What an account may do on its network, as the rules of networks tell them apart."""
Standing = Literal["allowed", "summoned", "permission", "by_hand", "forbidden"]
"""Whether it may: yes; to people who called it; where it was permitted; a person does it, outside of bonmot; no."""


class PolicyRuleSettings(Model):
    """What one account was granted, or what the company does not want; it comes before what is known of the network."""

    account: Annotated[str, Field(pattern=r"^[a-z]+:[^\s:]{1,253}$", description="platform:handle")]
    act: Act
    standing: Standing
    why: str = Field(min_length=1, max_length=300, description="a sentence for the card")
    source: str = Field(min_length=1, max_length=300, description="who says so: a contract, a page, a moderator")
    checked: Day = Field(description="when somebody last looked: 2026-11-20")
    most: int | None = Field(default=None, ge=0, le=100, description="of a cashtag: so many in one post")


class PolicySettings(Model):
    """What the networks let our accounts do, where it differs from what is known of them."""

    access: dict[Annotated[str, Field(pattern=r"^[a-z]+:[^\s:]{1,253}$")], Literal["self_serve", "enterprise"]] = Field(
        default_factory=dict, description="how an account reaches its network; self_serve where nothing is said"
    )
    rules: list[PolicyRuleSettings] = Field(default_factory=list, max_length=500)


class StockSettings(Model):
    """Something a text may promise: an offer with an end, a thing that can be sold out (`bonmot stock` counts it)."""

    terms: Words = Field(min_length=1, description="words that promise it")
    until: Day | None = Field(default=None, description="its last day, by the brand's clocks")

    def to_stock(self, name: str, zone: str) -> Stock:
        """The frozen domain form; it ends at the midnight after its last day."""
        end = None
        if self.until is not None:
            end = datetime.combine(to_date(self.until) + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
        return Stock(name, tuple(self.terms), end)


class BudgetSettings(Model):
    """What a paid network may cost, by UTC days and months. Nothing is bought that would pass a cap."""

    usd_per_day: float = Field(default=5.0, ge=0.0, le=100_000.0)
    usd_per_month: float = Field(default=100.0, ge=0.0, le=1_000_000.0)
    reserve: float = Field(
        default=0.1, ge=0.0, le=1.0, description="the part of both that reading leaves to counting and posting"
    )

    def to_caps(self) -> Caps:
        """The frozen domain form."""
        return Caps(micros_of(self.usd_per_day), micros_of(self.usd_per_month), self.reserve)


def wrong_address(url: str, *, allow_remote: bool) -> str | None:
    """Why the endpoint may not be called, as the end of a sentence."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no web address"
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        return "must be an http or https address such as http://127.0.0.1:11434/v1"
    if parts.username is not None or parts.password is not None:
        return "must not hold a login; use api_key"
    if parts.query or parts.fragment:
        return "must end with its path, without ? and #"
    if is_loopback(host):
        return None
    if parts.scheme == "http":
        return "is plain http to another machine: use https, or a server on this machine"
    return None if allow_remote else "is another machine: brand data would leave this one; say allow_remote: true"


def is_address(host: str) -> bool:
    """Whether it is the number of a machine."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether the name or number means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
