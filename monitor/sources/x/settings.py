"""What a person writes under `sources: x:` in bot.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from monitor.stream.web import HttpUrl

MOST_RULE_CHARS = 1024

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="lower-case letters, digits, - and _")]
RuleText = Annotated[str, Field(min_length=1, max_length=MOST_RULE_CHARS, pattern=r"^[^\x00-\x1f]*$")]
UserId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$", description="the number of an account, not its @name")]


class Rising(BaseModel):
    """When a rule is worth money: the rule of thumb of `count_first`, see monitor.sources.x.rising."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    window_minutes: int = Field(default=5, ge=1, le=60, description="the stretch that is looked at")
    at_least: int = Field(default=20, ge=1, le=1_000_000, description="posts in the stretch, however quiet it was")
    times: float = Field(default=3.0, ge=1.0, le=1000.0, description="so many times what is usual for the rule")
    calm_minutes: int = Field(
        default=15, ge=1, le=1440, description="so long below half of that, and it is read no more"
    )


class Settings(BaseModel):
    """What it may cost stands under `budgets: x:`, for listening and posting together."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    bearer_token: str = Field(
        min_length=1,
        max_length=1000,
        pattern=r"^[\x21-\x7e]*$",
        repr=False,
        description="the app's, as ${X_BEARER_TOKEN}",
    )
    rules: dict[Name, RuleText] = Field(
        default_factory=dict,
        max_length=1000,
        description="name: a rule in X's own grammar; without any, what `bonmot check --rules` makes of the keywords",
    )
    mode: Literal["count_first", "stream", "search"] = "count_first"
    """count_first: rules are counted, and read while they rise. stream: all are read. search: asked now and then."""
    rising: Rising = Rising()
    count_every_secs: float = Field(
        default=300.0, ge=60.0, le=86_400.0, description="each rule; longer where money is short"
    )
    search_every_secs: float = Field(default=60.0, ge=5.0, le=86_400.0)
    woeids: list[Annotated[int, Field(ge=1, le=1_000_000_000)]] = Field(default_factory=list, max_length=20)
    """Places whose trends are looked at: 1 the world, 23424977 the United States. A rule that meets one is read."""
    trends_every_secs: float = Field(default=900.0, ge=60.0, le=86_400.0)
    mentions_of: list[UserId] = Field(default_factory=list, max_length=20)
    """Our own accounts: who mentions them may be answered."""
    mentions_every_secs: float = Field(default=120.0, ge=10.0, le=86_400.0)
    authors: bool = Field(default=False, description="ask for names and followers, which may cost 0.01 USD an author")
    catch_up_pages: int = Field(
        default=5, ge=0, le=100, description="of a hundred posts, bought for each rule after a gap"
    )
    catch_up_minutes: int = Field(default=60, ge=1, le=10_000, description="what is older is no news any more")
    silence_secs: float = Field(default=25.0, ge=21.0, le=600.0)
    """Without a sign of life for so long, X gives one every 20 seconds, the connection is taken for dead."""
    base_url: HttpUrl = "https://api.x.com"

    @field_validator("rules")
    @classmethod
    def _differ(cls, rules: dict[str, str]) -> dict[str, str]:
        seen: dict[str, str] = {}
        for name, text in rules.items():
            if not text.strip():
                raise ValueError(f"{name} is empty")
            if text in seen:
                raise ValueError(f"{name} and {seen[text]} are the same rule, which X takes once")
            seen[text] = name
        return rules
