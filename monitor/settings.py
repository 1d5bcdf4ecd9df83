"""The schema of everything in config/: what a person may write, with its limits and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from monitor.approval import ApprovalSettings, AwaySettings
from monitor.assets import AssetFile
from monitor.keywords import Lists, without, written_out
from monitor.model import Account, Brand, Fact, KeywordRule, RememberedDay, Thresholds, Verdict
from monitor.remembrance import FORMS, check_rule
from monitor.schema import (
    BudgetSettings,
    Day,
    DraftingSettings,
    Model,
    Name,
    PaceSettings,
    PolicySettings,
    SlackSettings,
    StockSettings,
    VoiceSettings,
    Words,
    to_date,
)

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Language = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}$", description="a language code of two or three letters such as en")
]
AccountKey = Annotated[
    str, Field(pattern=r"^[a-z]+:[^\s:]{1,253}$", description="platform:handle such as bluesky:oreo.example")
]
DEFAULT_MARKET = "international"
OWN_NAMES, NO_NAMES = "own", "none"
"""Which finder of names is asked where no spaCy pipeline is named: our own, or none."""


_zones = cache(available_timezones)
"""Looks into six hundred files each time it is asked; a folder of settings names a zone some twenty times."""


def _known_zone(zone: str) -> str:
    if zone not in _zones():
        raise ValueError("must be an IANA time zone such as Europe/Warsaw")
    return zone


def _real_rule(rule: str) -> str:
    check_rule(rule)
    return rule


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class FactSettings(Model):
    """Something true of the brand that a trend's words may meet (the bridge)."""

    name: Name
    fact: str = Field(min_length=1, max_length=200)
    terms: Words = Field(min_length=1)
    strength: Fraction = 1.0


class KeywordSettings(Model):
    """A rule of relevance in the language of `monitor.keywords`: words, "phrases", #tags, OR, -not, lang:en ..."""

    match: str = Field(min_length=1, max_length=1000)
    weight: float = Field(default=1.0, ge=0.0, le=5.0)
    tag: Annotated[str, Field(max_length=60)] = Field(default="", description="what the rule is called on cards")
    exclude: Words = Field(default_factory=list, description="rules; a post that meets one does not count for this one")

    def to_rule(self, lists: Lists) -> KeywordRule:
        """The frozen domain form, lists written out. Raises BadInput as `keywords.parse` does."""
        return KeywordRule(without(written_out(self.match, lists), self.exclude, lists), self.weight, self.tag)


class ThresholdSettings(Model):
    """Where the weighted score becomes a verdict."""

    offer: Fraction = 0.6
    caution: Fraction = 0.45


class BrandSettings(Model):
    """One file in config/brands/. Its file name is the brand's name."""

    title: str = Field(min_length=1, max_length=80)
    description: str = Field(default="", max_length=2000)
    languages: list[Language] = Field(default=["en"], min_length=1)
    time_zone: TimeZone = "UTC"
    markets: list[Name] = Field(default=[DEFAULT_MARKET], max_length=100)
    """Files in config/calendars/ (without .yaml): where the brand is heard, and whose days of mourning it keeps."""
    keywords: list[KeywordSettings] = Field(default_factory=list, max_length=5000)
    exclude: Words = Field(default_factory=list)
    known_voices: Words = Field(default_factory=list)
    """Authors whose word reaches the brand's people; one of them under a trend adds to its reach."""
    territories: dict[Annotated[str, Field(min_length=1, max_length=60)], Annotated[str, Field(max_length=1000)]] = (
        Field(default_factory=dict, max_length=50)
    )
    """Name -> keyword rule: where the brand may speak; none means anywhere."""
    facts: list[FactSettings] = Field(min_length=1, max_length=500)
    competitors: Words = Field(default_factory=list)
    own_names: Words = Field(default_factory=list)
    no_go: Words = Field(default_factory=list)
    voice: VoiceSettings = VoiceSettings()
    weights: dict[Name, Annotated[float, Field(ge=0.0, le=10.0)]] = Field(default_factory=dict)
    thresholds: ThresholdSettings = ThresholdSettings()
    half_life_secs: float = Field(default=600.0, gt=0.0, le=86400.0)
    shelf_life_secs: float = Field(default=1200.0, ge=60.0, le=604800.0)
    min_voices: int = Field(default=20, ge=1, le=100000)
    cards_per_day: int = Field(default=8, ge=0, le=1000)
    cool_off_hours: float = Field(default=72.0, ge=0.0, le=720.0)
    accounts: list[AccountKey] = Field(min_length=1, max_length=20)
    pace: PaceSettings = PaceSettings()
    stock: dict[Name, StockSettings] = Field(default_factory=dict, max_length=100)
    templates: list[Name] = Field(default_factory=list, max_length=50)
    """Files in config/templates/ (without .yaml); empty means the brand's own name."""
    approval: ApprovalSettings

    def to_brand(self, name: str, remembered: tuple[RememberedDay, ...] = (), lists: Lists | None = None) -> Brand:
        """The frozen domain form; `name` is the file's stem, `remembered` what its markets' calendars hold.

        `lists` are the words that rules name. Raises BadInput for a rule that cannot be read.
        """
        lists = lists or {}
        return Brand(
            name=name,
            title=self.title,
            description=self.description,
            languages=tuple(self.languages),
            keywords=tuple(rule.to_rule(lists) for rule in self.keywords),
            exclude=tuple(written_out(rule, lists) for rule in self.exclude),
            known_voices=tuple(self.known_voices),
            territories=tuple((name, written_out(rule, lists)) for name, rule in self.territories.items()),
            facts=tuple(Fact(f.name, f.fact, tuple(f.terms), f.strength) for f in self.facts),
            competitors=tuple(self.competitors),
            own_names=tuple(self.own_names),
            no_go=tuple(self.no_go),
            weights=dict(self.weights),
            thresholds=Thresholds(self.thresholds.offer, self.thresholds.caution),
            half_life_secs=self.half_life_secs,
            shelf_life_secs=self.shelf_life_secs,
            min_voices=self.min_voices,
            cards_per_day=self.cards_per_day,
            cool_off_hours=self.cool_off_hours,
            accounts=tuple(to_account(key) for key in self.accounts),
            time_zone=self.time_zone,
            remembered=remembered,
            voice=self.voice.to_voice(),
            stock=tuple(stock.to_stock(name, self.time_zone) for name, stock in self.stock.items()),
        )


class RememberedSettings(Model):
    """A day on which a market mourns: `date` (every year) or `dates` (listed), and what follows."""

    name: str = Field(min_length=1, max_length=120)
    who: str = Field(min_length=1, max_length=300, description="who mourns whom, in words for the card")
    date: Annotated[str, AfterValidator(_real_rule)] | None = Field(default=None, description=f"such as {FORMS}")
    dates: list[Day] = Field(default_factory=list, max_length=200)
    days: int = Field(default=1, ge=1, le=31, description="how long it lasts")
    follows: Literal["caution", "block"] = Field(description="two people look, or nothing is offered")
    terms: Words = Field(
        default_factory=list, description="words never joked with on that day, the day before and after"
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.date is None) == (not self.dates):
            raise ValueError("needs either `date` or `dates`")
        return self


class CalendarFile(Model):
    """One file in config/calendars/. Its file name is the market's name."""

    title: str = Field(min_length=1, max_length=80, description="the market as a card says it: the United States")
    time_zones: list[TimeZone] = Field(default_factory=list, max_length=30)
    """A day lasts from the first midnight in these zones to the last; without any it is the brand's own day."""
    days: list[RememberedSettings] = Field(min_length=1, max_length=500)

    def to_days(self, market: str) -> tuple[RememberedDay, ...]:
        """The frozen domain form; `market` is the file's stem."""
        return tuple(
            RememberedDay(
                name=day.name,
                market=market,
                place=self.title,
                who=day.who,
                rule=day.date or "",
                dates=tuple(sorted(map(to_date, day.dates))),
                days=day.days,
                follows=Verdict(day.follows),
                terms=tuple(day.terms),
                time_zones=tuple(self.time_zones),
            )
            for day in self.days
        )


def remembered_in(markets: list[str], calendars: Mapping[str, CalendarFile]) -> tuple[RememberedDay, ...]:
    """The days of mourning of these markets; one without a calendar has none."""
    return tuple(day for market in markets if market in calendars for day in calendars[market].to_days(market))


class ListFile(Model):
    """One file in config/lists/: words that rules name as list:NAME. Its file name is the list's name."""

    words: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=5000, description="words, phrases, #tags, @names, beginnings*"
    )


class TemplateSettings(Model):
    """One text a brand may say. `text` is a Jinja2 template; its slots are listed in the README."""

    name: Name
    facts: list[Name] = Field(default_factory=list, description="facts it goes with; empty: any")
    text: str = Field(min_length=1, max_length=3000)
    pre_cleared: bool = Field(default=False, description="playbook text: tier 0, one click")
    asset: Name | None = Field(default=None, description="a picture of assets/, or auto: by the fact and the mood")
    needs_asset: bool = Field(default=False, description="no text without its picture")
    act: Literal["post", "quote"] = Field(
        default="post", description="quote: of the trend's loudest post, by a person's hand in the network's composer"
    )


class TemplateFile(Model):
    """One file in config/templates/."""

    templates: list[TemplateSettings] = Field(min_length=1, max_length=500)


class PersonSettings(Model):
    """Somebody who may decide."""

    title: str = Field(min_length=1, max_length=80, description="the name colleagues see")
    slack: str = Field(
        default="", pattern=r"^([UW][A-Z0-9]{2,20})?$", description="the member id of the profile: U0123"
    )
    away: AwaySettings | None = None


class InboxSettings(Model):
    """The built-in local page."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)


class LogSettings(Model):
    """How much the daemon says, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class HoldSettings(Model):
    """When a grave tragedy breaks nothing is posted until a person resumes, or until this time is over."""

    hours: float = Field(default=6.0, ge=0.0, le=168.0, description="0: a tragedy stops nothing but its own trend")


class LanguageSettings(Model):
    """Who finds names in what people write."""

    names: str = Field(
        default=OWN_NAMES,
        min_length=1,
        max_length=1000,
        pattern=r"^[^\x00-\x1f]*$",
        description="own: the tagger in the package; none; else an installed spaCy pipeline, or the folder of one",
    )


class RecordSettings(Model):
    """Keep what live sources deliver, for `bonmot replay`."""

    folder: str = Field(
        default="recorded",
        min_length=1,
        max_length=1000,
        pattern=r"^[^\x00-\x1f]*$",
        description="the path of a folder, relative to data_dir",
    )
    max_gb: float = Field(default=5.0, gt=0.0, le=10_000.0, description="compressed, of all sources together")
    max_days: float = Field(default=7.0, gt=0.0, le=366.0, description="X and Reddit allow less, and get less")


class BotSettings(Model):
    """config/bot.yaml."""

    live: bool = False
    data_dir: str = Field(
        default="data",
        min_length=1,
        max_length=1000,
        pattern=r"^[^\x00-\x1f]*$",
        description="the path of a folder, relative to the one that holds config/",
    )
    grace_secs: float = Field(default=20.0, ge=0.0, le=600.0)
    save_every_secs: float = Field(
        default=120.0, ge=1.0, le=3600.0, description="how much counting a crash may make us do again"
    )
    sources: dict[Name, dict[str, Any]] = Field(default_factory=dict, repr=False)
    publishers: dict[Name, dict[str, Any]] = Field(default_factory=dict, repr=False)
    budgets: dict[Name, BudgetSettings] = Field(default_factory=dict, max_length=20)
    """By paid network; one that is not named has the defaults."""
    policy: PolicySettings = PolicySettings()
    people: dict[Name, PersonSettings] = Field(min_length=1)
    hold: HoldSettings = HoldSettings()
    drafting: DraftingSettings | None = None
    """Without it drafts come from the templates alone."""
    language: LanguageSettings = LanguageSettings()
    record: RecordSettings | None = None
    """Without it nothing of what comes in is kept longer than it is needed."""
    inbox: InboxSettings = InboxSettings()
    slack: SlackSettings | None = None
    log: LogSettings = LogSettings()

    @field_validator("sources", "publishers", mode="before")
    @classmethod
    def _empty_block(cls, blocks: Any) -> Any:
        """`console:` with nothing behind it switches the console on with its defaults."""
        if not isinstance(blocks, dict):
            return blocks
        return {name: {} if block is None else block for name, block in blocks.items()}


class Settings(Model):
    """All of config/, checked whole: what the program is built from."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)

    root: Path
    """The config folder."""
    bot: BotSettings
    brands: dict[str, BrandSettings]
    templates: dict[str, TemplateFile]
    calendars: dict[str, CalendarFile] = Field(default_factory=dict)
    lists: dict[str, ListFile] = Field(default_factory=dict)
    assets: dict[str, AssetFile] = Field(default_factory=dict)

    def domain_brands(self) -> list[Brand]:
        """The brands in the form the pure rooms take, sorted by name."""
        lists = words_of(self.lists)
        return [
            settings.to_brand(name, remembered_in(settings.markets, self.calendars), lists)
            for name, settings in sorted(self.brands.items())
        ]

    def texts(self) -> dict[str, list[TemplateSettings]]:
        """What each brand may say, by brand."""
        return {
            name: [one for stem in brand.templates or [name] for one in self.templates[stem].templates]
            for name, brand in self.brands.items()
        }

    @property
    def data_dir(self) -> Path:
        """Where the ledger lives, absolute."""
        return (self.root.parent / self.bot.data_dir).resolve()


def words_of(lists: Mapping[str, ListFile]) -> Lists:
    """The words of each list, as rules take them."""
    return {name: tuple(file.words) for name, file in lists.items()}


def to_account(key: str) -> Account:
    """`platform:handle` as an Account."""
    platform, _, handle = key.partition(":")
    return Account(key, platform, handle)
